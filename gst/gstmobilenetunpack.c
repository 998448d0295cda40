/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetunpack.h"

#include <string.h>

/* Rows start where vectors like them to. */
#define ALIGNMENT 64
/* Unpacking goes on to the end of a group of pixels, or of a tile. */
#define SLACK 128
#define PIXEL 4                 /* values of an unpacked one: alpha first */

/* ---- which copy ------------------------------------------------------- */

/* What is unpacked to AYUV or AYUV64 goes into planes, with as few samples of
 * chroma as the format has, so that they stay where they are, and with as
 * many bits. */
static const GstMobilenetLayout layouts_yuv[] = {
  {MN_FORMAT_Y444, 3, 1, 1, 8, 0, 0},
  {MN_FORMAT_Y42B, 3, 1, 1, 8, 1, 0},
  {MN_FORMAT_I420, 3, 1, 1, 8, 1, 1},
  {MN_FORMAT_Y41B, 3, 1, 1, 8, 2, 0},
  {MN_FORMAT_YUV9, 3, 1, 1, 8, 2, 2},
  {MN_FORMAT_Y444_10LE, 3, 2, 1, 10, 0, 0},
  {MN_FORMAT_I422_10LE, 3, 2, 1, 10, 1, 0},
  {MN_FORMAT_I420_10LE, 3, 2, 1, 10, 1, 1},
  {MN_FORMAT_Y444_12LE, 3, 2, 1, 12, 0, 0},
  {MN_FORMAT_I422_12LE, 3, 2, 1, 12, 1, 0},
  {MN_FORMAT_I420_12LE, 3, 2, 1, 12, 1, 1},
  {MN_FORMAT_Y444_16LE, 3, 2, 1, 16, 0, 0},
  {MN_FORMAT_I422_16LE, 3, 2, 1, 16, 1, 0},
  {MN_FORMAT_I420_16LE, 3, 2, 1, 16, 1, 1},
};

static const GstMobilenetLayout layouts_grey[] = {
  {MN_FORMAT_GRAY8, 1, 1, 1, 8},
  {MN_FORMAT_GRAY10_LE, 1, 2, 1, 10},
  {MN_FORMAT_GRAY16_LE, 1, 2, 1, 16},
};

static const GstMobilenetLayout layout_rgb = { MN_FORMAT_XRGB, 1, 1, 4, 8 };
static const GstMobilenetLayout layout_rgb64 = {
  MN_FORMAT_XRGB64_LE, 1, 2, 4, 16
};

static const GstMobilenetLayout *
find_layout (const GstMobilenetLayout * layouts, guint n, guint bits,
    guint x_shift, guint y_shift)
{
  guint i;

  for (i = 0; i < n; i++) {
    if (layouts[i].bits == bits && layouts[i].x_shift == x_shift
        && layouts[i].y_shift == y_shift)
      return &layouts[i];
  }
  return NULL;
}

/* Where there are no such planes, each pixel keeps the chroma that unpacking
 * gave it; bits that are no such number are counted from the upper end. */
static const GstMobilenetLayout *
find_values (const GstVideoFormatInfo * finfo, guint max_bits)
{
  guint bits = GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 0);
  guint x = GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1);
  guint y = GST_VIDEO_FORMAT_INFO_H_SUB (finfo, 1);
  gboolean grey = GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo);
  const GstMobilenetLayout *all = grey ? layouts_grey : layouts_yuv, *found;
  guint n = grey ? G_N_ELEMENTS (layouts_grey) : G_N_ELEMENTS (layouts_yuv);

  if (max_bits == 8 || !find_layout (all, n, bits, 0, 0))
    bits = max_bits;
  found = find_layout (all, n, bits, grey ? 0 : x, grey ? 0 : y);
  return found ? found : find_layout (all, n, bits, 0, 0);
}

const GstMobilenetLayout *
gst_mobilenet_unpack_find (const GstVideoFormatInfo * finfo)
{
  if (!finfo->unpack_func || finfo->pack_lines > 1)
    return NULL;
  switch (finfo->unpack_format) {
    case GST_VIDEO_FORMAT_ARGB:
      return &layout_rgb;
    case GST_VIDEO_FORMAT_ARGB64:
      return &layout_rgb64;
    case GST_VIDEO_FORMAT_AYUV:
      return find_values (finfo, 8);
    case GST_VIDEO_FORMAT_AYUV64:
      return find_values (finfo, 16);
    default:
      return NULL;
  }
}

/* ---- the planes that there are ---------------------------------------- */

/* Bytes of a row of formats whose pixels share bytes, without what rows are
 * padded with by default; else 0. */
static gsize
grouped_row (const GstVideoFormatInfo * finfo, gsize width)
{
  switch (GST_VIDEO_FORMAT_INFO_FORMAT (finfo)) {
    case GST_VIDEO_FORMAT_v210:
      return (width + 5) / 6 * 16;
    case GST_VIDEO_FORMAT_UYVP:
      return (width + 1) / 2 * 5;
    case GST_VIDEO_FORMAT_IYU1:
      return (width + 3) / 4 * 6;
    case GST_VIDEO_FORMAT_GRAY10_LE32:
    case GST_VIDEO_FORMAT_NV12_10LE32:
    case GST_VIDEO_FORMAT_NV16_10LE32:
      return (width + 2) / 3 * 4;
    case GST_VIDEO_FORMAT_NV12_10LE40:
      return (width + 3) / 4 * 5;
    default:
      return 0;
  }
}

/* The component that fills the plane; of several any. */
static guint
component_of (const GstVideoFormatInfo * finfo, guint plane)
{
  guint c;

  for (c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) == plane)
      return c;
  }
  return 0;
}

/* Bytes that a row must have; usual is what the format's rows have, which of
 * UYVP is not always as much as is read. */
static gsize
row_bytes (const GstVideoFormatInfo * finfo, guint plane, guint width,
    gsize usual)
{
  gsize bytes = MIN (grouped_row (finfo, width), usual);
  guint c;

  for (c = 0; bytes == 0 && c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo);
      c++) {
    gsize step = GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c);
    gsize n = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (finfo, c, width);

    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) != plane)
      continue;
    if (step == 0)
      return usual;
    /* Both pixels of the last pair have their brightness. */
    if (finfo->n_planes == 1 && GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1))
      return GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (finfo, 1, width)
          * GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, 1);
    bytes = n * step;
  }
  return bytes > 0 ? bytes : usual;
}

static gboolean
tiles_fit (const GstVideoFormatInfo * finfo, const MnPlane * plane,
    guint usual, gsize tile_size)
{
  guint x = GST_VIDEO_TILE_X_TILES (plane->stride);
  guint y = GST_VIDEO_TILE_Y_TILES (plane->stride);

  return plane->stride > 0 && x >= GST_VIDEO_TILE_X_TILES (usual)
      && y >= GST_VIDEO_TILE_Y_TILES (usual)
      && (guint64) x *y * tile_size <= plane->size;
}

static gboolean
rows_fit (const MnPlane * plane, gsize row, gsize n_rows)
{
  gsize stride = ABS (plane->stride), need;

  return (n_rows == 1 || stride >= row)
      && g_size_checked_mul (&need, stride, n_rows - 1)
      && g_size_checked_add (&need, need, row) && need <= plane->size;
}

gboolean
gst_mobilenet_packed_fits (const GstMobilenetPacked * packed, guint width,
    guint height)
{
  const GstVideoFormatInfo *finfo = packed->finfo;
  GstVideoInfo usual;
  guint i;

  if (!gst_video_info_set_format (&usual, GST_VIDEO_FORMAT_INFO_FORMAT (finfo),
          width, height))
    return FALSE;
  for (i = 0; i < packed->n_planes; i++) {
    const MnPlane *plane = &packed->planes[i];
    gboolean fits;

    if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
      fits = tiles_fit (finfo, plane, usual.stride[i],
          finfo->tile_info[i].size);
    else if (i == 1 && GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
      fits = plane->size >= 256 * 4;
    else
      fits = rows_fit (plane, row_bytes (finfo, i, width, usual.stride[i]),
          GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, component_of (finfo, i),
              height));
    if (!plane->data || !fits)
      return FALSE;
  }
  return TRUE;
}

/* ---- the copy --------------------------------------------------------- */

static gsize
align (gsize size)
{
  return (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
}

/* Of one that is unpacked, and as much for one that is not. */
static gsize
line_size (guint width)
{
  return align (2 * ((gsize) width + SLACK) * PIXEL * sizeof (guint16));
}

/* Stride and rows of a plane. */
static gsize
plane_shape (const GstMobilenetLayout * layout, guint plane, guint width,
    guint height, gsize * n_rows)
{
  gsize x = plane > 0 ? layout->x_shift : 0;
  gsize y = plane > 0 ? layout->y_shift : 0;
  gsize samples = ((gsize) width + (1u << x) - 1) >> x;

  *n_rows = ((gsize) height + (1u << y) - 1) >> y;
  return align (layout->bytes * layout->values * (samples + SLACK));
}

gsize
gst_mobilenet_unpack_size (const GstMobilenetLayout * layout, guint width,
    guint height)
{
  gsize size = line_size (width) + ALIGNMENT, plane, n_rows;
  guint i;

  for (i = 0; i < layout->n_planes; i++) {
    gsize stride = plane_shape (layout, i, width, height, &n_rows);

    if (!g_size_checked_mul (&plane, stride, n_rows)
        || !g_size_checked_add (&size, size, plane))
      return 0;
  }
  return size;
}

/* Every step-th of the values at from, PIXEL apart. */
static inline void
take_bytes (const guint8 * from, guint8 * to, guint n, guint step)
{
  guint i;

  for (i = 0; i < n; i++)
    to[i] = from[i * step * PIXEL];
}

static inline void
take_words (const guint16 * from, guint16 * to, guint n, guint step,
    guint shift)
{
  guint i;

  for (i = 0; i < n; i++)
    to[i] = GUINT16_TO_LE (from[i * step * PIXEL] >> shift);
}

/* Value c of the pixels from x (a multiple of step) to end of a line. */
static void
take_values (const GstMobilenetLayout * layout, const guint8 * line, guint c,
    guint x, guint end, guint x_shift, guint8 * row)
{
  gsize at = (gsize) x * PIXEL + c;
  guint n = (end - x + (1u << x_shift) - 1) >> x_shift;
  guint first = x >> x_shift;

  if (layout->bytes == 2)
    take_words ((const guint16 *) line + at, (guint16 *) row + first, n,
        1u << x_shift, 16 - layout->bits);
  else if (x_shift == 0)
    take_bytes (line + at, row + first, n, 1);
  else
    take_bytes (line + at, row + first, n, 1u << x_shift);
}

static guint8 *
row_of (const MnPlane * plane, guint row)
{
  return (guint8 *) plane->data + (gssize) row * plane->stride;
}

/* The words of a row in the order that the engine expects. */
static void
order_words (guint8 * row, gsize n)
{
#if G_BYTE_ORDER != G_LITTLE_ENDIAN
  guint16 *words = (guint16 *) row;
  gsize i;

  for (i = 0; i < n; i++)
    words[i] = GUINT16_TO_LE (words[i]);
#endif
}

/* Row y of the only plane, as it is or, where the memory ends before all has
 * been read, as a copy: then y is 0 there. */
static guint
find_row (const GstMobilenetPacked * packed, guint y, guint height,
    guint width, guint8 * copy, gpointer * data)
{
  const MnPlane *plane = &packed->planes[0];
  gsize need = packed->n_planes == 1 ? grouped_row (packed->finfo, width) : 0;
  gsize n = plane->stride < 0 ? height - 1 - y : y, there;

  data[0] = (gpointer) plane->data;
  there = plane->size - n * (gsize) ABS (plane->stride);
  if (need <= there)
    return y;
  memset (copy, 0, need);
  memcpy (copy, plane->data + (gssize) y * plane->stride, there);
  data[0] = copy;
  return 0;
}

/* So many pixels of a row are unpacked that end are right: the last ones are
 * not, up to 1.28, in a pair of VYUY that is not whole, and in such a tile of
 * MT2110. Pairs and tiles have memory as a whole. */
static guint
round_up (const GstVideoFormatInfo * finfo, guint end)
{
  guint group = 1;

  if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
    group = finfo->tile_info[0].width;
  else if (finfo->n_planes == 1 && grouped_row (finfo, end) == 0)
    group = 1 << GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1);
  return group > 1 ? (end + group - 1) / group * group : end;
}

static void
unpack_rows (const GstMobilenetPacked * packed,
    const GstMobilenetLayout * layout, const MnFrameDesc * desc,
    const MnRect * r, guint8 * line, const MnPlane * planes)
{
  GstVideoPackFlags flags = GST_VIDEO_PACK_FLAG_NONE;
  gpointer data[GST_VIDEO_MAX_PLANES] = { NULL, };
  gint stride[GST_VIDEO_MAX_PLANES] = { 0, };
  guint end = r->x + r->width, y = r->y >> layout->y_shift << layout->y_shift;
  guint x = r->x >> layout->x_shift << layout->x_shift, i;
  guint n = round_up (packed->finfo, end);

  for (i = 0; i < packed->n_planes; i++) {
    data[i] = (gpointer) packed->planes[i].data;
    stride[i] = (gint) packed->planes[i].stride;
  }
  /* The lower bits of a limited range are zeros. */
  if (layout->values == 1 && !desc->full_range)
    flags = GST_VIDEO_PACK_FLAG_TRUNCATE_RANGE;
  for (; y < r->y + r->height; y++) {
    guint8 *to = layout->values == PIXEL ? row_of (&planes[0], y) : line;
    guint from = find_row (packed, y, desc->height, desc->width,
        line + line_size (desc->width) / 2, data);

    /* From the first pixel on: not all of these functions heed another. */
    packed->finfo->unpack_func (packed->finfo, flags, to, data, stride, 0,
        from, n);
    if (layout->values == PIXEL) {
      order_words (to, layout->bytes == 2 ? (gsize) end * PIXEL : 0);
      continue;
    }
    take_values (layout, line, 1, x, end, 0, row_of (&planes[0], y));
    for (i = 1; i < layout->n_planes && (y & ((1u << layout->y_shift) - 1))
        == 0; i++)
      take_values (layout, line, 1 + i, x, end, layout->x_shift,
          row_of (&planes[i], y >> layout->y_shift));
  }
}

void
gst_mobilenet_unpack (const GstMobilenetPacked * packed,
    const GstMobilenetLayout * layout, const MnFrameDesc * desc,
    const MnRect * rect, gpointer memory, MnPlane * planes)
{
  guint8 *line = (guint8 *) align ((gsize) memory);
  guint8 *at = line + line_size (desc->width);
  guint i;

  for (i = 0; i < layout->n_planes; i++) {
    gsize n_rows, stride = plane_shape (layout, i, desc->width, desc->height,
        &n_rows);

    planes[i] = (MnPlane) {
    .data = at,.stride = stride,.size = stride * n_rows};
    at += planes[i].size;
  }
  unpack_rows (packed, layout, desc, rect, line, planes);
}
