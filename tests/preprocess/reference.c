/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/preprocess/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where the values of each component lie: a plane, a step and a place in it,
 * in values. */
typedef struct
{
  gint kind; /* 0: grey, 1: RGB, 2: YUV */
  gint n_planes;
  gint sx, sy; /* pixels a chroma sample, YUV */
  struct
  {
    gint plane, step, first;
  } at[3];
  gint bytes, shift, bits; /* of a value */
  gboolean big_endian;
  gint tile_width, tile_height; /* bytes, rows; 0: no tiles */
  gboolean z;
} Layout;

#define GREY \
  0, 1, 1, 1, \
  {{0, 1, 0}}
#define RGB(n, r, g, b) \
  1, 1, 1, 1, \
  { \
    {0, n, r}, {0, n, g}, \
    { \
      0, n, b \
    } \
  }
#define YUV3(x, y) \
  2, 3, x, y, \
  { \
    {0, 1, 0}, {1, 1, 0}, {2, 1, 0} \
  }
#define YUV2(x, y, u, v) \
  2, 2, x, y, \
  { \
    {0, 1, 0}, {1, 2, u}, \
    { \
      1, 2, v \
    } \
  }
#define YUV444(l, u, v) \
  2, 1, 1, 1, \
  { \
    {0, 4, l}, {0, 4, u}, \
    { \
      0, 4, v \
    } \
  }
#define YUV1(l, u, v) \
  2, 1, 2, 1, \
  { \
    {0, 2, l}, {0, 4, u}, \
    { \
      0, 4, v \
    } \
  }

static const Layout layouts[MN_N_FORMATS] = {
  [MN_FORMAT_NV12] = {YUV2 (2, 2, 0, 1), 1, 0, 8},
  [MN_FORMAT_NV21] = {YUV2 (2, 2, 1, 0), 1, 0, 8},
  [MN_FORMAT_I420] = {YUV3 (2, 2), 1, 0, 8},
  [MN_FORMAT_YUY2] = {YUV1 (0, 1, 3), 1, 0, 8},
  [MN_FORMAT_UYVY] = {YUV1 (1, 0, 2), 1, 0, 8},
  [MN_FORMAT_RGB] = {RGB (3, 0, 1, 2), 1, 0, 8},
  [MN_FORMAT_BGR] = {RGB (3, 2, 1, 0), 1, 0, 8},
  [MN_FORMAT_RGBX] = {RGB (4, 0, 1, 2), 1, 0, 8},
  [MN_FORMAT_BGRX] = {RGB (4, 2, 1, 0), 1, 0, 8},
  [MN_FORMAT_GRAY8] = {GREY, 1, 0, 8},
  [MN_FORMAT_XRGB] = {RGB (4, 1, 2, 3), 1, 0, 8},
  [MN_FORMAT_XBGR] = {RGB (4, 3, 2, 1), 1, 0, 8},
  [MN_FORMAT_YVYU] = {YUV1 (0, 3, 1), 1, 0, 8},
  [MN_FORMAT_NV16] = {YUV2 (2, 1, 0, 1), 1, 0, 8},
  [MN_FORMAT_NV24] = {YUV2 (1, 1, 0, 1), 1, 0, 8},
  [MN_FORMAT_Y42B] = {YUV3 (2, 1), 1, 0, 8},
  [MN_FORMAT_Y444] = {YUV3 (1, 1), 1, 0, 8},
  [MN_FORMAT_P010_LE] = {YUV2 (2, 2, 0, 1), 2, 6, 10},
  [MN_FORMAT_P010_BE] = {YUV2 (2, 2, 0, 1), 2, 6, 10, TRUE},
  [MN_FORMAT_I420_10LE] = {YUV3 (2, 2), 2, 0, 10},
  [MN_FORMAT_I420_10BE] = {YUV3 (2, 2), 2, 0, 10, TRUE},
  [MN_FORMAT_I422_10LE] = {YUV3 (2, 1), 2, 0, 10},
  [MN_FORMAT_Y444_10LE] = {YUV3 (1, 1), 2, 0, 10},
  [MN_FORMAT_GRAY16_LE] = {GREY, 2, 0, 16},
  [MN_FORMAT_NV12_4L4] = {YUV2 (2, 2, 0, 1), 1, 0, 8, FALSE, 4, 4},
  [MN_FORMAT_NV12_32L32] = {YUV2 (2, 2, 0, 1), 1, 0, 8, FALSE, 32, 32},
  [MN_FORMAT_NV12_64Z32] = {YUV2 (2, 2, 0, 1), 1, 0, 8, FALSE, 64, 32, TRUE},
  [MN_FORMAT_NV61] = {YUV2 (2, 1, 1, 0), 1, 0, 8},
  [MN_FORMAT_Y41B] = {YUV3 (4, 1), 1, 0, 8},
  [MN_FORMAT_YUV9] = {YUV3 (4, 4), 1, 0, 8},
  [MN_FORMAT_XYUV] = {YUV444 (1, 2, 3), 1, 0, 8},
  [MN_FORMAT_VUYX] = {YUV444 (2, 1, 0), 1, 0, 8},
  [MN_FORMAT_RGBP] = {1, 3, 1, 1, {{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}, 1, 0, 8},
  [MN_FORMAT_P012_LE] = {YUV2 (2, 2, 0, 1), 2, 4, 12},
  [MN_FORMAT_P016_LE] = {YUV2 (2, 2, 0, 1), 2, 0, 16},
  [MN_FORMAT_I420_12LE] = {YUV3 (2, 2), 2, 0, 12},
  [MN_FORMAT_I422_12LE] = {YUV3 (2, 1), 2, 0, 12},
  [MN_FORMAT_Y444_12LE] = {YUV3 (1, 1), 2, 0, 12},
  [MN_FORMAT_I420_16LE] = {YUV3 (2, 2), 2, 0, 16},
  [MN_FORMAT_I422_16LE] = {YUV3 (2, 1), 2, 0, 16},
  [MN_FORMAT_Y444_16LE] = {YUV3 (1, 1), 2, 0, 16},
  [MN_FORMAT_GRAY10_LE] = {GREY, 2, 0, 10},
  [MN_FORMAT_GRAY16_BE] = {GREY, 2, 0, 16, TRUE},
  [MN_FORMAT_XRGB64_LE] = {RGB (4, 1, 2, 3), 2, 0, 16},
};

static gboolean
is_yuv (MnFormat format)
{
  return layouts[format].kind == 2;
}

gboolean
format_is_grey (MnFormat format)
{
  return layouts[format].kind == 0;
}

gboolean
format_is_tiled (MnFormat format)
{
  return layouts[format].tile_width > 0;
}

void
format_chroma_steps (MnFormat format, gint *x, gint *y)
{
  *x = layouts[format].sx;
  *y = layouts[format].sy;
}

GRand *
test_rand_new (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? strtoul (text, NULL, 0) : g_random_int ();

  g_test_message ("MOBILENET_TEST_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

/* ---- stage ----------------------------------------------------------- */

MnPreprocess *
stage_new (const MnInput *input, guint width, guint height, guint channels)
{
  static const gfloat ones[4] = {1, 1, 1, 1}, zeros[4] = {0};
  g_autoptr (GError) error = NULL;
  MnPreprocess *stage = mn_preprocess_new (input, width, height, channels,
      zeros, ones, ones, zeros, &error);

  g_assert_no_error (error);
  g_assert_nonnull (stage);
  return stage;
}

gfloat *
stage_run (const MnPreprocess *stage, const MnFrame *frame)
{
  gsize n = (gsize) stage->out_width * stage->out_height * stage->out_channels;
  gsize size = mn_preprocess_scratch_size (stage);
  gpointer scratch = aligned_alloc (64, (size + 63) / 64 * 64);
  gfloat *out = g_new (gfloat, n);
  g_autoptr (GError) error = NULL;
  gsize i;

  memset (scratch, 0xff, size);
  for (i = 0; i < n; i++)
    out[i] = NAN;
  g_assert_true (mn_preprocess_check_frame (stage, frame, &error));
  g_assert_no_error (error);
  mn_preprocess_run (stage, frame, 0, stage->out_height, scratch, out);
  free (scratch);
  return out;
}

/* ---- pictures -------------------------------------------------------- */

/* Bytes of a row, and rows, without tiles. */
static void
plane_size (const MnFrameDesc *desc, gint plane, gsize *row, guint *rows)
{
  const Layout *l = &layouts[desc->format];
  gint n = l->kind == 0 ? 1 : 3, c;

  *row = *rows = 0;
  for (c = 0; c < n; c++) {
    gint sx = c ? l->sx : 1, sy = c ? l->sy : 1;

    if (l->at[c].plane != plane)
      continue;
    *row = MAX (*row,
        (gsize) ((desc->width + sx - 1) / sx * l->at[c].step * l->bytes));
    *rows = (desc->height + sy - 1) / sy;
  }
}

static gsize
round_up (gsize value, gsize to)
{
  return (value + to - 1) / to * to;
}

/* The tile in memory of column x, row y: what the manual of the hardware
 * (Samsung's MFC) shows, repeated to the right and down. */
static gsize
tile_number (const Layout *l, gsize x, gsize y, gsize columns, gsize rows)
{
  static const gsize z[2][4] = {{0, 1, 6, 7}, {2, 3, 4, 5}};

  if (!l->z || (y % 2 == 0 && y + 1 == rows))
    return y * columns + x;
  return (y - y % 2) * columns + x / 4 * 8 + z[y % 2][x % 4];
}

static guint8 *
tiled_at (Picture *self, guint plane, gsize x, guint y)
{
  const Layout *l = &layouts[self->frame.desc.format];
  const MnPlane *p = &self->frame.planes[plane];
  gsize w = l->tile_width, h = l->tile_height;

  return (guint8 *) p->data
      + tile_number (l, x / w, y / h, p->stride / (w * h), p->tile_rows) * w * h
      + y % h * w + x % w;
}

static void
put_value (const Layout *l, guint8 *at, guint value)
{
  value <<= l->shift;
  if (l->bytes == 1) {
    at[0] = value;
  } else {
    at[l->big_endian] = value & 255;
    at[!l->big_endian] = value >> 8;
  }
}

static guint
get_value (const Layout *l, const guint8 *at)
{
  guint value = l->bytes == 1 ? at[0]
                              : at[l->big_endian] + 256u * at[!l->big_endian];

  return value >> l->shift;
}

static void
tiled_plane_init (Picture *self, guint i, gsize row, guint rows, GRand *rand,
    gboolean rand_layout)
{
  const Layout *l = &layouts[self->frame.desc.format];
  MnPlane *plane = &self->frame.planes[i];
  gsize tile = l->tile_width * l->tile_height, k;
  gsize columns = round_up (row, (l->z ? 2 : 1) * l->tile_width)
      / l->tile_width;

  plane->tile_rows = round_up (rows, l->tile_height) / l->tile_height;
  if (rand_layout) {
    columns += (l->z ? 2 : 1) * g_rand_int_range (rand, 0, 3);
    plane->tile_rows += g_rand_int_range (rand, 0, 3);
  }
  plane->stride = columns * tile;
  plane->size = plane->stride * plane->tile_rows;
  self->blocks[i] = g_malloc (plane->size);
  plane->data = self->blocks[i];
  for (k = 0; k < plane->size; k++)
    self->blocks[i][k] = g_rand_int (rand) >> 24;
}

static void
plain_plane_init (Picture *self, guint i, gsize row, guint rows, GRand *rand,
    gboolean rand_layout)
{
  const Layout *l = &layouts[self->frame.desc.format];
  MnPlane *plane = &self->frame.planes[i];
  gsize stride = row, offset = 0, k;
  guint y;

  if (rand_layout) {
    stride += g_rand_int_range (rand, 0, 40);
    offset = g_rand_int_range (rand, 0, 9);
  }
  plane->size = (rows - 1) * stride + row;
  self->blocks[i] = g_malloc (offset + plane->size);
  for (k = 0; k < offset + plane->size; k++)
    self->blocks[i][k] = g_rand_int (rand) >> 24;
  for (y = 0; y < rows && l->bytes > 1; y++) {
    for (k = 0; k < row; k += l->bytes)
      put_value (l, self->blocks[i] + offset + y * stride + k,
          g_rand_int (rand) >> (32 - l->bits));
  }
  plane->data = self->blocks[i] + offset;
  plane->stride = stride;
  if (rand_layout && g_rand_boolean (rand)) {
    plane->data += (rows - 1) * stride;
    plane->stride = -(gssize) stride;
  }
}

void
picture_init (Picture *self, const MnFrameDesc *desc, GRand *rand,
    gboolean rand_layout)
{
  guint i;

  memset (self, 0, sizeof (*self));
  mn_frame_init (&self->frame, desc, NULL, NULL);
  g_assert_cmpint (self->frame.n_planes, ==, layouts[desc->format].n_planes);
  for (i = 0; i < self->frame.n_planes; i++) {
    gsize row;
    guint rows;

    plane_size (desc, i, &row, &rows);
    if (format_is_tiled (desc->format))
      tiled_plane_init (self, i, row, rows, rand, rand_layout);
    else
      plain_plane_init (self, i, row, rows, rand, rand_layout);
  }
}

void
picture_clear (Picture *self)
{
  guint i;

  for (i = 0; i < MN_MAX_PLANES; i++)
    g_clear_pointer (&self->blocks[i], g_free);
}

guint8 *
picture_at (Picture *self, guint plane, gsize x, guint y)
{
  const MnPlane *p = &self->frame.planes[plane];

  if (format_is_tiled (self->frame.desc.format))
    return tiled_at (self, plane, x, y);
  return (guint8 *) p->data + (gssize) y * p->stride + (gssize) x;
}

/* Component c at its own sample x, y. */
static guint8 *
component_at (Picture *self, guint c, gint x, gint y)
{
  const Layout *l = &layouts[self->frame.desc.format];

  return picture_at (self, l->at[c].plane,
      (x * l->at[c].step + l->at[c].first) * l->bytes, y);
}

void
picture_put (Picture *self, gint x, gint y, const guint8 value[3])
{
  const Layout *l = &layouts[self->frame.desc.format];
  guint n = l->kind == 0 ? 1 : 3, c;

  for (c = 0; c < n; c++) {
    gint sx = c ? l->sx : 1, sy = c ? l->sy : 1;

    if (x % sx == 0 && y % sy == 0)
      put_value (l, component_at (self, c, x / sx, y / sy),
          (guint) value[c] << (l->bits - 8));
  }
}

/* ---- reference ------------------------------------------------------- */

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
  const Layout *l = &layouts[desc->format];
  gint step_x = c > 0 ? l->sx : 1, step_y = c > 0 ? l->sy : 1;
  gint x0, y0, x, y;

  self->width = axis_positions (crop.x, crop.width, step_x,
      step_x > 1 && (desc->chroma_site & MN_SITE_H_COSITED), &x0, &self->px);
  self->height = axis_positions (crop.y, crop.height, step_y,
      step_y > 1 && (desc->chroma_site & MN_SITE_V_COSITED), &y0, &self->py);
  self->step_x = step_x;
  self->step_y = step_y;
  self->v = g_new (gdouble, self->width * self->height);
  for (y = 0; y < self->height; y++) {
    for (x = 0; x < self->width; x++)
      self->v[y * self->width + x] = get_value (l,
          component_at (picture, c, x + x0, y + y0));
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
  const Layout *l = &layouts[desc->format];
  gdouble more = 1 << (l->bits - 8), last = (1 << l->bits) - 1;
  gdouble y, pb, pr, r, b;
  guint c;

  y = desc->full_range ? in[0] * 255 / last : (in[0] / more - 16) * 255 / 219;
  rgb[0] = rgb[1] = rgb[2] = y;
  for (c = 0; l->kind == 1 && c < 3; c++)
    rgb[c] = in[c] * 255 / last;
  if (is_yuv (desc->format)) {
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
