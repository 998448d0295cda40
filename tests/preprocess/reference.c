/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/preprocess/reference.h"

#include "engine/base/cpu_flags.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

GRand *
test_rand_new (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? strtoul (text, NULL, 0) : g_random_int ();

  g_test_message ("MOBILENET_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

/* ---- stage ----------------------------------------------------------- */

MnCpuStage *
stage_new_norm (const MnInput *input, guint width, guint height, guint channels,
    const gfloat *mean, const gfloat *std, const gfloat *scale_in,
    const gfloat *offset_in)
{
  MnCpuStage *stage = mn_cpu_stage_new (mn_cpu_flags_get ());
  g_autoptr (GError) error = NULL;
  MnPreprocess preprocess;

  mn_preprocess_init (&preprocess, input, width, height, channels, mean, std,
      scale_in, offset_in, &error);
  g_assert_no_error (error);
  mn_cpu_stage_set (stage, &preprocess, &error);
  g_assert_no_error (error);
  return stage;
}

MnCpuStage *
stage_new (const MnInput *input, guint width, guint height, guint channels)
{
  static const gfloat ones[4] = {1, 1, 1, 1}, zeros[4] = {0};

  return stage_new_norm (input, width, height, channels, zeros, ones, ones,
      zeros);
}

gfloat *
stage_run (const MnCpuStage *stage, const MnFrame *frame)
{
  const MnPreprocess *p = &stage->preprocess;
  gsize n = (gsize) p->out_width * p->out_height * p->out_channels;
  gsize size = mn_cpu_stage_scratch_size (p);
  gpointer scratch = aligned_alloc (64, (size + 63) / 64 * 64);
  gfloat *out = g_new (gfloat, n);
  g_autoptr (GError) error = NULL;
  gsize i;

  memset (scratch, 0xff, size);
  for (i = 0; i < n; i++)
    out[i] = NAN;
  g_assert_true (mn_preprocess_check_frame (p, frame, &error));
  g_assert_no_error (error);
  mn_cpu_stage_run (stage, frame, 0, p->out_height, scratch, out);
  free (scratch);
  return out;
}

/* ---- reference ------------------------------------------------------- */

/* One component: value v[y * width + x] sits at px[x], py[y], in pixels of
 * the frame; neighbours are step_x, step_y apart. */
typedef struct
{
  gint width, height;
  gdouble *v, *px, *py;
  gdouble step_x, step_y;
} Component;

/* What the upright picture's x and y run along: the source's columns (x) or
 * rows (y), in which direction. */
static const gchar *const upright[] = {
  [MN_ORIENT_0] = "+x+y",
  [MN_ORIENT_MIRROR] = "-x+y",
  [MN_ORIENT_180] = "-x-y",
  [MN_ORIENT_FLIP] = "+x-y",
  [MN_ORIENT_TRANSPOSE] = "+y+x",
  [MN_ORIENT_90] = "-y+x",
  [MN_ORIENT_ANTITRANSPOSE] = "-y-x",
  [MN_ORIENT_270] = "+y-x",
};

/* The samples of an axis that belong to pixels first .. first + n - 1. */
static gint
axis_positions (gint first, gint n, gint step, gboolean cosited,
    gint *first_sample, gdouble **positions)
{
  gint begin = first / step, end = (first + n - 1) / step + 1, i;

  *positions = g_new (gdouble, end - begin);
  for (i = begin; i < end; i++)
    (*positions)[i - begin] = i * step + (cosited ? 0.5 : step / 2.0);
  *first_sample = begin;
  return end - begin;
}

static void
component_init (Component *self, Picture *picture, guint c, MnRect crop)
{
  const MnFrameDesc *desc = &picture->frame.desc;
  gint step_x = 1, step_y = 1;
  gint x0, y0, x, y;

  if (c > 0)
    format_chroma_steps (desc->format, &step_x, &step_y);
  self->width = axis_positions (crop.x, crop.width, step_x,
      step_x > 1 && (desc->chroma_site & MN_SITE_H_COSITED), &x0, &self->px);
  self->height = axis_positions (crop.y, crop.height, step_y,
      step_y > 1 && (desc->chroma_site & MN_SITE_V_COSITED), &y0, &self->py);
  self->step_x = step_x;
  self->step_y = step_y;
  self->v = g_new (gdouble, self->width * self->height);
  for (y = 0; y < self->height; y++) {
    for (x = 0; x < self->width; x++)
      self->v[y * self->width + x] = picture_get (picture, c, x + x0, y + y0);
  }
}

static void
component_clear (Component *self)
{
  g_free (self->v);
  g_free (self->px);
  g_free (self->py);
}

static void
mirror (gdouble *positions, gint n, gint size)
{
  gint i;

  for (i = 0; i < n; i++)
    positions[i] = size - positions[i];
}

static void
component_turn (Component *self, const MnFrameDesc *desc)
{
  const gchar *way = upright[desc->orientation];
  Component old = *self;
  gint x, y;

  if (strstr (way, "-x"))
    mirror (self->px, self->width, desc->width);
  if (strstr (way, "-y"))
    mirror (self->py, self->height, desc->height);
  if (way[1] == 'x')
    return;
  *self = (Component) {old.height, old.width,
    g_new (gdouble, old.width * old.height), old.py, old.px, old.step_y,
    old.step_x};
  for (y = 0; y < old.height; y++) {
    for (x = 0; x < old.width; x++)
      self->v[x * old.height + y] = old.v[y * old.width + x];
  }
  g_free (old.v);
}

static MnRect
turn_rect (MnRect r, const MnFrameDesc *desc)
{
  const gchar *way = upright[desc->orientation];

  if (strstr (way, "-x"))
    r.x = (gint) desc->width - r.x - r.width;
  if (strstr (way, "-y"))
    r.y = (gint) desc->height - r.y - r.height;
  return way[1] == 'x' ? r : (MnRect) {r.y, r.x, r.height, r.width};
}

/* One value: every sample counts with the triangle at its place. */
static gdouble
sample (const Component *self, gdouble cx, gdouble cy, gdouble scale_x,
    gdouble scale_y)
{
  gdouble half_x = MAX (self->step_x, scale_x);
  gdouble half_y = MAX (self->step_y, scale_y);
  gdouble sum = 0, weights = 0;
  gint x, y;

  for (y = 0; y < self->height; y++) {
    gdouble wy = 1 - fabs (self->py[y] - cy) / half_y;

    for (x = 0; x < self->width && wy > 0; x++) {
      gdouble w = wy * (1 - fabs (self->px[x] - cx) / half_x);

      if (w > 0) {
        sum += w * self->v[y * self->width + x];
        weights += w;
      }
    }
  }
  return sum / weights;
}

/* Kr and Kb. */
static void
luma_shares (MnMatrix matrix, gdouble *r, gdouble *b)
{
  static const gdouble shares[][2] = {{0.299, 0.114}, {0.2126, 0.0722},
    {0.2627, 0.0593}, {0.30, 0.11}, {0.212, 0.087}};

  *r = shares[matrix][0];
  *b = shares[matrix][1];
}

static void
to_rgb (const MnFrameDesc *desc, const gdouble in[3], gdouble rgb[3])
{
  guint bits = format_bits (desc->format);
  gboolean yuv = format_is_yuv (desc->format);
  gboolean is_rgb = !yuv && !format_is_grey (desc->format);
  gdouble more = 1 << (bits - 8), last = (1 << bits) - 1;
  gdouble y, pb, pr, r, b;
  guint c;

  y = desc->full_range ? in[0] * 255 / last : (in[0] / more - 16) * 255 / 219;
  rgb[0] = rgb[1] = rgb[2] = y;
  for (c = 0; is_rgb && c < 3; c++)
    rgb[c] = in[c] * 255 / last;
  if (yuv) {
    luma_shares (desc->matrix, &r, &b);
    pb = (in[1] - 128 * more) * 255 / (desc->full_range ? last : 224 * more);
    pr = (in[2] - 128 * more) * 255 / (desc->full_range ? last : 224 * more);
    rgb[0] = y + 2 * (1 - r) * pr;
    rgb[2] = y + 2 * (1 - b) * pb;
    rgb[1] = (y - r * rgb[0] - b * rgb[2]) / (1 - r - b);
  }
  for (c = 0; c < 3; c++)
    rgb[c] = CLAMP (rgb[c], 0, 255);
}

/* a * b / c to the nearest, halves up, at least 1. */
static gint
ratio (gint64 a, gint64 b, gint64 c)
{
  return MAX (1, (2 * a * b + c) / (2 * c));
}

/* Cuts crop, or shrinks inner, both upright. */
static void
fit (MnFit how, MnRect *crop, MnRect *inner)
{
  gint w = inner->width, h = inner->height;
  gboolean wide = (gint64) crop->width * h > (gint64) crop->height * w;
  MnRect old = *crop;

  if (how == MN_FIT_CROP && wide)
    crop->width = ratio (crop->height, w, h);
  else if (how == MN_FIT_CROP)
    crop->height = ratio (crop->width, h, w);
  else if (how == MN_FIT_LETTERBOX && wide)
    inner->height = ratio (w, crop->height, crop->width);
  else if (how == MN_FIT_LETTERBOX)
    inner->width = ratio (h, crop->width, crop->height);
  crop->x += (old.width - crop->width) / 2;
  crop->y += (old.height - crop->height) / 2;
  inner->x = (w - inner->width) / 2;
  inner->y = (h - inner->height) / 2;
}

gdouble *
reference_run (const MnInput *input, Picture *picture, gint width, gint height)
{
  const MnFrameDesc *desc = &picture->frame.desc;
  guint n = format_is_grey (desc->format) ? 1 : 3, c;
  MnRect inner = {0, 0, width, height}, crop = desc->crop, source;
  gdouble *out = g_new (gdouble, width * height * 3);
  Component components[3];
  gdouble scale_x, scale_y;
  gint x, y;

  if (!crop.width)
    crop = (MnRect) {0, 0, desc->width, desc->height};
  crop = turn_rect (crop, desc);
  fit (input->fit, &crop, &inner);
  /* Turning back: the same way, with the roles of x and y exchanged. */
  source = crop;
  if (upright[desc->orientation][1] == 'y')
    source = (MnRect) {crop.y, crop.x, crop.height, crop.width};
  if (strstr (upright[desc->orientation], "-x"))
    source.x = (gint) desc->width - source.x - source.width;
  if (strstr (upright[desc->orientation], "-y"))
    source.y = (gint) desc->height - source.y - source.height;
  for (c = 0; c < n; c++) {
    component_init (&components[c], picture, c, source);
    component_turn (&components[c], desc);
  }
  scale_x = crop.width / (gdouble) inner.width;
  scale_y = crop.height / (gdouble) inner.height;
  for (x = 0; x < width * height * 3; x++)
    out[x] = 127.5;
  for (y = 0; y < inner.height; y++) {
    for (x = 0; x < inner.width; x++) {
      gdouble in[3] = {0};

      for (c = 0; c < n; c++)
        in[c] = sample (&components[c], crop.x + (x + 0.5) * scale_x,
            crop.y + (y + 0.5) * scale_y, scale_x, scale_y);
      to_rgb (desc, in, out + ((inner.y + y) * width + inner.x + x) * 3);
    }
  }
  for (c = 0; c < n; c++)
    component_clear (&components[c]);
  return out;
}
