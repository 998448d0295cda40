/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which values a network wants for pixels of 0..255. In turn: integers are
 * the bytes of the picture; metadata; the range of the first QUANTIZE; what
 * the graph does first to its input; and else a guess. */

#include "engine/model/pixels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of ImageNet's pictures: R, G, B. */
#define IMAGENET_MEAN {123.675f, 116.28f, 103.53f, 0}
#define IMAGENET_STD {58.395f, 57.12f, 57.375f, 1}
#define CAFFE_MEAN {123.68f, 116.779f, 103.939f, 0}

/* What people train with. Ranges are those of all channels together. */
typedef struct
{
  gfloat low, high;
  gboolean per_channel; /* mean and std differ */
  gfloat mean[4], std[4];
  const gchar *name; /* for people; NULL: the range */
} Usual;

static const Usual usual[] = {{0, 255, FALSE, {0}, {1, 1, 1, 1}, NULL},
  {0, 1, FALSE, {0}, {255, 255, 255, 255}, NULL},
  {-1, 1, FALSE, {127.5f, 127.5f, 127.5f, 127.5f},
    {127.5f, 127.5f, 127.5f, 127.5f}, NULL},
  {-128, 127, FALSE, {128, 128, 128, 128}, {1, 1, 1, 1}, NULL},
  {-127.5f, 127.5f, FALSE, {127.5f, 127.5f, 127.5f, 127.5f}, {1, 1, 1, 1},
    NULL},
  {-0.5f, 0.5f, FALSE, {127.5f, 127.5f, 127.5f, 127.5f}, {255, 255, 255, 255},
    NULL},
  {-2.1179f, 2.64f, TRUE, IMAGENET_MEAN, IMAGENET_STD,
    "ImageNet's mean and "
    "deviation, as in PyTorch"},
  {-123.68f, 151.061f, TRUE, CAFFE_MEAN, {1, 1, 1, 1},
    "ImageNet's mean, as in "
    "Caffe"}};

/* The ends of a range that a calibration saw may lie so far inside and
 * outside of the true one, as a share of it: pictures need not hold black and
 * white. */
#define SEEN_LESS 0.15f
#define SEEN_MORE 0.04f
/* Metadata that agrees with a quantisation. */
#define AGREES 0.03f

void
mn_input_meaning_clear (MnInputMeaning *self)
{
  g_free (self->why);
  g_free (self->doubt);
  memset (self, 0, sizeof (*self));
}

static void
set_all (MnInputMeaning *self, gfloat mean, gfloat std)
{
  guint i;

  for (i = 0; i < 4; i++) {
    self->mean[i] = mean;
    self->std[i] = std;
  }
}

/* Pixels 0 and 255 become low and high. */
static void
set_range (MnInputMeaning *self, gfloat low, gfloat high)
{
  gfloat std = 255 / (high - low);

  set_all (self, -low * std, std);
}

static guint
count_channels (const MnGraph *graph)
{
  const MnTensor *in = mn_graph_input (graph, 0);

  return MIN (in->dims[in->rank - 1], 4);
}

/* The ends of what mean and std make of pixels, over the channels. */
static void
get_ends (const gfloat *mean, const gfloat *std, guint channels, gfloat *low,
    gfloat *high)
{
  guint c;

  *low = G_MAXFLOAT;
  *high = -G_MAXFLOAT;
  for (c = 0; c < channels; c++) {
    *low = MIN (*low, (0 - mean[c]) / std[c]);
    *high = MAX (*high, (255 - mean[c]) / std[c]);
  }
}

static gboolean
ends_agree (gfloat low, gfloat high, gfloat other_low, gfloat other_high,
    gfloat share)
{
  gfloat most = (other_high - other_low) * share;

  return fabsf (low - other_low) <= most && fabsf (high - other_high) <= most;
}

/* What the values of a quantised tensor can be. */
static void
get_quant_range (const MnTensor *tensor, gfloat *low, gfloat *high)
{
  gfloat first = tensor->dtype == MN_DTYPE_I8 ? -128 : 0;
  gfloat scale = tensor->quant.scale[0], zero = tensor->quant.zero_point[0];

  *low = (first - zero) * scale;
  *high = (first + 255 - zero) * scale;
}

/* ---- integers ---------------------------------------------------------- */

/* The upper half of a range around 0 that holds pixels as they are. */
static gboolean
is_symmetric (gfloat low, gfloat high)
{
  return ends_agree (low, high, -256, 254, 0.02f);
}

/* The bytes of the picture are those of the tensor: so do the libraries of
 * the format, whatever the metadata says, which is for floats. */
static void
find_integer (const MnGraph *graph, const MnMetadata *metadata,
    const gchar *source, MnInputMeaning *self)
{
  const MnTensor *in = mn_graph_input (graph, 0);
  const gchar *bytes = in->dtype == MN_DTYPE_I8
      ? "the bytes of the picture, less 128"
      : "the bytes of the picture";
  gfloat low, high, said_low, said_high;

  self->source = "quantisation";
  if (in->quant.n == 0) {
    set_all (self, in->dtype == MN_DTYPE_I8 ? 128 : 0, 1);
    self->why = g_strdup (bytes);
    return;
  }
  get_quant_range (in, &low, &high);
  if (is_symmetric (low, high)) {
    set_all (self, 0, 1);
    self->why = g_strdup_printf ("0..255 is the upper half of its range, %g.."
                                 "%g",
        low, high);
    return;
  }
  set_all (self, in->quant.zero_point[0] + (in->dtype == MN_DTYPE_I8 ? 128 : 0),
      1 / in->quant.scale[0]);
  self->why = g_strdup (bytes);
  if (!metadata || !metadata->has_norm)
    return;
  get_ends (metadata->mean, metadata->std, count_channels (graph), &said_low,
      &said_high);
  if (ends_agree (said_low, said_high, low, high, AGREES))
    return;
  g_free (self->why);
  self->why = g_strdup_printf ("%s; the %s says %.4g..%.4g, which is for "
                               "floats, and is left out",
      bytes, source, said_low, said_high);
}

/* ---- the first QUANTIZE ------------------------------------------------ */

static const MnNode *
find_reader (const MnGraph *graph, gint t)
{
  guint i;

  for (i = 0; i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);

    if (node->inputs[0] == t)
      return node;
  }
  return NULL;
}

static gboolean
was_seen_as (gfloat low, gfloat high, gfloat true_low, gfloat true_high)
{
  gfloat span = true_high - true_low;

  return low >= true_low - SEEN_MORE * span
      && low <= true_low + SEEN_LESS * span
      && high >= true_high - SEEN_LESS * span
      && high <= true_high + SEEN_MORE * span;
}

/* The usual range that this is; NULL: none. */
static const Usual *
find_usual (gfloat low, gfloat high, guint channels)
{
  const Usual *best = NULL;
  gfloat least = G_MAXFLOAT;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (usual); i++) {
    const Usual *u = &usual[i];
    gfloat off = (fabsf (low - u->low) + fabsf (high - u->high))
        / (u->high - u->low);

    if ((u->per_channel && channels != 3) || off >= least
        || !was_seen_as (low, high, u->low, u->high))
      continue;
    best = u;
    least = off;
  }
  return best;
}

/* FALSE: the network does not begin with one. The range is that of the
 * declared input: what the graph does before is undone. */
static gboolean
get_first_range (const MnGraph *graph, gfloat *low, gfloat *high)
{
  const MnNode *node = find_reader (graph,
      g_array_index (graph->inputs, gint, 0));
  const MnTensor *out;
  gfloat a, b;

  if (!node || node->op != MN_OP_QUANTIZE || graph->input_scale[0] <= 0)
    return FALSE;
  out = mn_graph_tensor (graph, node->outputs[0]);
  if (out->quant.n != 1
      || (out->dtype != MN_DTYPE_U8 && out->dtype != MN_DTYPE_I8))
    return FALSE;
  get_quant_range (out, &a, &b);
  *low = (a - graph->input_offset[0]) / graph->input_scale[0];
  *high = (b - graph->input_offset[0]) / graph->input_scale[0];
  return isfinite (*low) && isfinite (*high) && *high > *low;
}

static gboolean
find_by_quantize (const MnGraph *graph, MnInputMeaning *self)
{
  const Usual *is;
  gfloat low, high;

  if (!get_first_range (graph, &low, &high))
    return FALSE;
  self->source = "quantisation";
  is = find_usual (low, high, count_channels (graph));
  self->why = g_strdup_printf ("its QUANTIZE holds %.4g..%.4g%s%s", low, high,
      is && is->name ? ": " : "", is && is->name ? is->name : "");
  if (is) {
    memcpy (self->mean, is->mean, sizeof (self->mean));
    memcpy (self->std, is->std, sizeof (self->std));
  } else {
    set_range (self, low, high);
  }
  return TRUE;
}

/* ---- what the graph does first ----------------------------------------- */

/* A scale alone, of a network that takes bytes, is smaller. */
#define LARGEST_SCALE_OF_BYTES 0.1f

/* Which of the input's values the graph turns into 0 lies in the middle of
 * pictures, or at their dark end; the middle of those of -1..1 is a little
 * below 0. */
static void
find_by_offset (gfloat zero, gfloat scale, MnInputMeaning *self)
{
  if (zero < -2)
    set_all (self, 128, 1);
  else if (zero > 2 || fabsf (scale) < LARGEST_SCALE_OF_BYTES)
    set_all (self, 0, 1);
  else if (zero < -0.02f)
    set_all (self, 127.5f, 127.5f);
  else
    set_all (self, 0, 255);
}

/* Means that fall from red to blue are ImageNet's; those that rise as much
 * are the same ones of a picture whose blue comes first. */
static void
look_for_bgr (const gfloat *zero, MnInputMeaning *self)
{
  static const gfloat mean[] = CAFFE_MEAN;
  gfloat unit = zero[0] > 2 ? 1 : 255;
  guint c;

  for (c = 0; c < 3; c++) {
    if (fabsf (zero[c] * unit - mean[2 - c]) > 2)
      return;
  }
  self->doubt = g_strdup (
      "the means that the network takes off are those of "
      "blue, green and red: it wants pictures of BGR, and gets RGB; convert it "
      "with the order of the channels turned in the first convolution's "
      "weights");
}

static gboolean
find_by_scale (const MnGraph *graph, MnInputMeaning *self)
{
  guint channels = count_channels (graph), c;
  const gfloat *scale = graph->input_scale, *offset = graph->input_offset;
  gboolean scaled = FALSE, shifted = FALSE;
  gfloat zero[4] = {0}, middle = 0;

  for (c = 0; c < channels; c++) {
    scaled |= scale[c] != 1;
    shifted |= offset[c] != 0;
    zero[c] = scale[c] != 0 ? -offset[c] / scale[c] : 0;
    middle += zero[c] / channels;
  }
  if (!scaled && !shifted)
    return FALSE;
  self->source = "graph";
  if (shifted) {
    find_by_offset (middle, scale[0], self);
    self->why = g_strdup_printf ("%.4g of it becomes 0", middle);
    if (channels == 3)
      look_for_bgr (zero, self);
  } else {
    set_all (self, 0, scale[0] < LARGEST_SCALE_OF_BYTES ? 1 : 255);
    self->why = g_strdup_printf ("it is multiplied by %.4g", scale[0]);
  }
  return TRUE;
}

/* ---- a guess ----------------------------------------------------------- */

/* Half of the filters of a first convolution add up to less than this, taken
 * without their signs, where its pixels are 0..255; those for small numbers
 * add up to 3 and more. */
#define SMALL_WEIGHTS 0.7f

static gint
compare_floats (gconstpointer a, gconstpointer b)
{
  gfloat x = *(const gfloat *) a, y = *(const gfloat *) b;

  return (x > y) - (x < y);
}

/* The median over the filters; a negative number: there is no such layer. */
static gfloat
get_first_weights (const MnGraph *graph)
{
  const MnNode *node = find_reader (graph,
      g_array_index (graph->inputs, gint, 0));
  g_autofree gfloat *sums = NULL;
  const MnTensor *weights;
  const gfloat *w;
  guint n, i;

  if (node && node->op == MN_OP_PAD)
    node = find_reader (graph, node->outputs[0]);
  if (!node || node->op != MN_OP_CONV_2D)
    return -1;
  weights = mn_graph_input_of (graph, node, 1);
  if (!weights->data || weights->dtype != MN_DTYPE_F32)
    return -1;
  w = weights->data;
  n = weights->n_elements / weights->dims[0];
  sums = g_try_new0 (gfloat, weights->dims[0]);
  if (!sums)
    return -1;
  for (i = 0; i < weights->n_elements; i++)
    sums[i / n] += fabsf (w[i]);
  qsort (sums, weights->dims[0], sizeof (gfloat), compare_floats);
  return sums[weights->dims[0] / 2];
}

static void
guess (const MnGraph *graph, MnInputMeaning *self)
{
  gfloat weights = get_first_weights (graph);
  gboolean bytes = weights > 0 && weights < SMALL_WEIGHTS;

  self->source = "guess";
  set_all (self, bytes ? 0 : 127.5f, bytes ? 1 : 127.5f);
  self->why = g_strdup (bytes ? "its first weights are as small as those of "
                                "networks that take bytes"
                              : "nothing in the file says it");
  self->doubt = g_strdup_printf (
      "the file does not say which values it wants "
      "for pixels; %s is a guess%s. If the classes are wrong, set mean and std "
      "to what it was trained with: %smean=0 std=255 (0..1)%s%s; with both "
      "set there is no warning",
      bytes ? "0..255 (mean=0 std=1)" : "-1..1 (mean=127.5 std=127.5)",
      bytes ? " by its first weights, which are small" : "",
      bytes ? "mean=127.5 std=127.5 (-1..1), " : "",
      bytes ? "" : ", mean=0 std=1 (0..255)",
      count_channels (graph) != 3
          ? ""
          : ", mean=123.675,116.28,103.53 std=58.395,57.12,57.375 (PyTorch)");
}

/* ---- all of it --------------------------------------------------------- */

static void
take_metadata (const MnGraph *graph, const MnMetadata *metadata,
    const gchar *source, MnInputMeaning *self)
{
  gfloat low, high, said_low, said_high;

  memcpy (self->mean, metadata->mean, sizeof (self->mean));
  memcpy (self->std, metadata->std, sizeof (self->std));
  self->source = source;
  get_ends (metadata->mean, metadata->std, count_channels (graph), &said_low,
      &said_high);
  if (get_first_range (graph, &low, &high)
      && !was_seen_as (low, high, said_low, said_high))
    self->why = g_strdup_printf ("although its QUANTIZE holds %.4g..%.4g", low,
        high);
}

void
mn_input_meaning_find (const MnGraph *graph, const MnMetadata *metadata,
    const gchar *source, MnInputMeaning *self)
{
  mn_input_meaning_clear (self);
  if (mn_graph_input (graph, 0)->dtype != MN_DTYPE_F32)
    find_integer (graph, metadata, source, self);
  else if (metadata && metadata->has_norm)
    take_metadata (graph, metadata, source, self);
  else if (!find_by_quantize (graph, self) && !find_by_scale (graph, self))
    guess (graph, self);
}
