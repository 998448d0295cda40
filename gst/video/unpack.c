/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/unpack.h"

#include <string.h>

#include "gst/video/planes.h"

/* Rows start where vectors like them to. */
#define ALIGNMENT 64
/* Unpacking goes on to the end of a group of pixels, or of a tile. */
#define SLACK 128
#define PIXEL 4 /* values of an unpacked one: alpha first */

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

static const GstMobilenetLayout layout_rgb = {MN_FORMAT_XRGB, 1, 1, 4, 8};
static const GstMobilenetLayout layout_rgb64 = {
  MN_FORMAT_XRGB64_LE, 1, 2, 4, 16};

static const GstMobilenetLayout *
find_layout (const GstMobilenetLayout *layouts, guint n, guint bits,
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
find_values (const GstVideoFormatInfo *finfo, guint max_bits)
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
gst_mobilenet_unpack_find (const GstVideoFormatInfo *finfo)
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

/* ---- the copy --------------------------------------------------------- */

static gsize
align (gsize size)
{
  return (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
}

/* Of one that is unpacked, and as much for two that are not. */
static gsize
line_size (guint width)
{
  return align (2 * ((gsize) width + SLACK) * PIXEL * sizeof (guint16));
}

/* Stride and rows of a plane. */
static gsize
plane_shape (const GstMobilenetLayout *layout, guint plane, guint width,
    guint height, gsize *n_rows)
{
  gsize x = plane > 0 ? layout->x_shift : 0;
  gsize y = plane > 0 ? layout->y_shift : 0;
  gsize samples = ((gsize) width + (1u << x) - 1) >> x;

  *n_rows = ((gsize) height + (1u << y) - 1) >> y;
  return align (layout->bytes * layout->values * (samples + SLACK));
}

/* Of colours with ten bits, which go on from tile to tile, one tile more than
 * frames have by default is read at some odd widths. Bytes of a copy of that
 * plane, 0: there is no need of one. */
static gsize
spare_tiles (const GstMobilenetPacked *packed, gsize *used)
{
  const GstVideoFormatInfo *finfo = packed->finfo;
  gsize tile, stride = packed->planes[1].stride;

  if (GST_VIDEO_FORMAT_INFO_FORMAT (finfo) != GST_VIDEO_FORMAT_NV12_10BE_8L128)
    return 0;
  tile = finfo->tile_info[1].size;
  *used = GST_VIDEO_TILE_X_TILES (stride) * GST_VIDEO_TILE_Y_TILES (stride)
      * tile;
  return packed->planes[1].size < *used + tile ? *used + tile : 0;
}

gsize
gst_mobilenet_unpack_size (const GstMobilenetPacked *packed,
    const GstMobilenetLayout *layout, guint width, guint height)
{
  gsize size = line_size (width) + ALIGNMENT, plane, n_rows, used;
  guint i;

  for (i = 0; i < layout->n_planes; i++) {
    gsize stride = plane_shape (layout, i, width, height, &n_rows);

    if (!g_size_checked_mul (&plane, stride, n_rows)
        || !g_size_checked_add (&size, size, plane))
      return 0;
  }
  return g_size_checked_add (&size, size, spare_tiles (packed, &used)) ? size
                                                                       : 0;
}

/* Every step-th of the values at from, PIXEL apart. */
static inline void
take_bytes (const guint8 *from, guint8 *to, guint n, guint step)
{
  guint i;

  for (i = 0; i < n; i++)
    to[i] = from[i * step * PIXEL];
}

static inline void
take_words (const guint16 *from, guint16 *to, guint n, guint step, guint shift)
{
  guint i;

  for (i = 0; i < n; i++)
    to[i] = GUINT16_TO_LE (from[i * step * PIXEL] >> shift);
}

/* Value c of the pixels from x (a multiple of step) to end of a line. */
static void
take_values (const GstMobilenetLayout *layout, const guint8 *line, guint c,
    guint x, guint end, guint x_shift, guint8 *row)
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
row_of (const MnPlane *plane, guint row)
{
  return (guint8 *) plane->data + (gssize) row * plane->stride;
}

/* The words of a row in the order that the engine expects. */
static void
order_words (guint8 *row, gsize n)
{
#if G_BYTE_ORDER != G_LITTLE_ENDIAN
  guint16 *words = (guint16 *) row;
  gsize i;

  for (i = 0; i < n; i++)
    words[i] = GUINT16_TO_LE (words[i]);
#endif
}

/* Bytes that are read of the plane's row r, beyond those that are there. */
static gsize
find_lack (const GstMobilenetPacked *packed, guint p, gsize r, guint width,
    guint n_rows, gsize *there)
{
  const MnPlane *plane = &packed->planes[p];
  gsize need = gst_mobilenet_planes_grouped_row (packed->finfo, p, width);
  gsize n = plane->stride < 0 ? n_rows - 1 - r : r;

  *there = plane->size - n * (gsize) ABS (plane->stride);
  return need > *there ? need - *there : 0;
}

/* Sets data to where the planes begin, and returns y; or, where the memory
 * ends before all of row y has been read, to that row itself, and to copies
 * of what there is of it: then it is row 0. */
static guint
find_row (const GstMobilenetPacked *packed, guint y, guint height, guint width,
    guint8 *copy, gpointer *data)
{
  const GstVideoFormatInfo *finfo = packed->finfo;
  gboolean grouped = gst_mobilenet_planes_grouped_row (finfo, 0, 1) > 0;
  guint8 *rows[GST_VIDEO_MAX_PLANES];
  gboolean lacks = FALSE;
  guint i;

  for (i = 0; i < packed->n_planes; i++)
    data[i] = (gpointer) packed->planes[i].data;
  for (i = 0; i < packed->n_planes && grouped; i++) {
    const MnPlane *plane = &packed->planes[i];
    guint n_rows = gst_mobilenet_planes_count_rows (finfo, i, height);
    guint r = n_rows < height ? y / 2 : y;
    gsize there, lack = find_lack (packed, i, r, width, n_rows, &there);

    rows[i] = (guint8 *) plane->data + (gssize) r * plane->stride;
    if (lack == 0)
      continue;
    memcpy (copy, rows[i], there);
    memset (copy + there, 0, lack);
    rows[i] = copy;
    copy += align (there + lack);
    lacks = TRUE;
  }
  for (i = 0; lacks && i < packed->n_planes; i++)
    data[i] = rows[i];
  return lacks ? 0 : y;
}

/* So many pixels of a row are unpacked that end are right: the last ones are
 * not, up to 1.28, in a pair of VYUY that is not whole, and in such a tile of
 * MT2110. Pairs and tiles have memory as a whole. */
static guint
round_up (const GstVideoFormatInfo *finfo, guint end)
{
  guint group = 1;

  if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
    group = finfo->tile_info[0].width;
  else if (finfo->n_planes == 1
      && gst_mobilenet_planes_grouped_row (finfo, 0, end) == 0)
    group = 1 << GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1);
  return group > 1 ? (end + group - 1) / group * group : end;
}

static void
unpack_rows (const GstMobilenetPacked *packed, const GstMobilenetLayout *layout,
    const MnFrameDesc *desc, const MnRect *r, guint8 *line,
    const MnPlane *planes)
{
  GstVideoPackFlags flags = GST_VIDEO_PACK_FLAG_NONE;
  gpointer data[GST_VIDEO_MAX_PLANES] = {
    NULL,
  };
  gint stride[GST_VIDEO_MAX_PLANES] = {
    0,
  };
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
    packed->finfo->unpack_func (packed->finfo, flags, to, data, stride, 0, from,
        n);
    if (layout->values == PIXEL) {
      order_words (to, layout->bytes == 2 ? (gsize) end * PIXEL : 0);
      continue;
    }
    take_values (layout, line, 1, x, end, 0, row_of (&planes[0], y));
    for (i = 1;
        i < layout->n_planes && (y & ((1u << layout->y_shift) - 1)) == 0; i++)
      take_values (layout, line, 1 + i, x, end, layout->x_shift,
          row_of (&planes[i], y >> layout->y_shift));
  }
}

void
gst_mobilenet_unpack (const GstMobilenetPacked *packed,
    const GstMobilenetLayout *layout, const MnFrameDesc *desc,
    const MnRect *rect, gpointer memory, MnPlane *planes)
{
  guint8 *line = (guint8 *) align ((gsize) memory);
  guint8 *at = line + line_size (desc->width);
  GstMobilenetPacked from = *packed;
  gsize used;
  guint i;

  for (i = 0; i < layout->n_planes; i++) {
    gsize n_rows,
        stride = plane_shape (layout, i, desc->width, desc->height, &n_rows);

    planes[i] = (MnPlane) {
      .data = at, .stride = stride, .size = stride * n_rows};
    at += planes[i].size;
  }
  if (spare_tiles (packed, &used) > 0) {
    memcpy (at, packed->planes[1].data, used);
    from.planes[1].data = at;
  }
  unpack_rows (&from, layout, desc, rect, line, planes);
}
