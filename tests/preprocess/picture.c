/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/preprocess/picture.h"

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

gboolean
format_is_yuv (MnFormat format)
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

guint
format_bits (MnFormat format)
{
  return layouts[format].bits;
}

void
format_chroma_steps (MnFormat format, gint *x, gint *y)
{
  *x = layouts[format].sx;
  *y = layouts[format].sy;
}

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

guint
picture_get (Picture *self, guint c, gint x, gint y)
{
  return get_value (&layouts[self->frame.desc.format],
      component_at (self, c, x, y));
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
