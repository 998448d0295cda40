/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of picture formats. */

#include "engine/preprocess/formats.h"

#define N MN_COMPONENT_NONE

/* The formatter takes braces in macros for those of blocks. */
/* clang-format off */

/* The three shapes of planar YUV, each for values of so many bytes: a plane
 * of UV, planes U and V; x and y are the chroma's shifts. */
#define PLANES_2(bytes, x, y) \
    2, {{bytes, 0, 0}, {2 * bytes, x, y}}, x, y
#define STREAMS_2(u, v) \
    2, {{0, FALSE, 1, {0, N, N, N}}, {1, TRUE, 2, {u, v, N, N}}}
#define PLANES_3(bytes, x, y) \
    3, {{bytes, 0, 0}, {bytes, x, y}, {bytes, x, y}}, x, y
#define STREAMS_3 \
    3, {{0, FALSE, 1, {0, N, N, N}}, {1, TRUE, 1, {1, N, N, N}}, \
      {2, TRUE, 1, {2, N, N, N}}}
/* Packed 4:2:2 and packed pixels. */
#define PLANE_422 1, {{4, 1, 0}}, 1, 0
#define STREAMS_YC(a, b) \
    2, {{0, FALSE, 2, {0, N, N, N}}, {0, TRUE, 4, {N, a, N, b}}}
#define STREAMS_CY(a, b) \
    2, {{0, FALSE, 2, {N, 0, N, N}}, {0, TRUE, 4, {a, N, b, N}}}
#define PIXELS(bytes, a, b, c, d) \
    1, {{bytes, 0, 0}}, 0, 0, 1, {{0, FALSE, bytes, {a, b, c, d}}}
/* Packed 4:4:4, and what is left of it for the other stream. */
#define PIXELS_YUV(y0, y1, y2, y3, c0, c1, c2, c3) \
    1, {{4, 0, 0}}, 0, 0, \
    2, {{0, FALSE, 4, {y0, y1, y2, y3}}, {0, TRUE, 4, {c0, c1, c2, c3}}}
/* A plane a colour. */
#define STREAMS_RGB \
    3, {{0, FALSE, 1, {0, N, N, N}}, {1, FALSE, 1, {1, N, N, N}}, \
      {2, FALSE, 1, {2, N, N, N}}}

/* clang-format on */

static const MnFormatInfo formats[] = {
  [MN_FORMAT_TENSOR] = {"tensor", MN_COLOUR_RGB, 1, {{0}}, 0, 0, 0, {{0}}},
  [MN_FORMAT_NV12] = {"NV12", MN_COLOUR_YUV, PLANES_2 (1, 1, 1),
    STREAMS_2 (1, 2)},
  [MN_FORMAT_NV21] = {"NV21", MN_COLOUR_YUV, PLANES_2 (1, 1, 1),
    STREAMS_2 (2, 1)},
  [MN_FORMAT_I420] = {"I420", MN_COLOUR_YUV, PLANES_3 (1, 1, 1), STREAMS_3},
  [MN_FORMAT_YUY2] = {"YUY2", MN_COLOUR_YUV, PLANE_422, STREAMS_YC (1, 2)},
  [MN_FORMAT_UYVY] = {"UYVY", MN_COLOUR_YUV, PLANE_422, STREAMS_CY (1, 2)},
  [MN_FORMAT_RGB] = {"RGB", MN_COLOUR_RGB, PIXELS (3, 0, 1, 2, N)},
  [MN_FORMAT_BGR] = {"BGR", MN_COLOUR_RGB, PIXELS (3, 2, 1, 0, N)},
  [MN_FORMAT_RGBX] = {"RGBX", MN_COLOUR_RGB, PIXELS (4, 0, 1, 2, N)},
  [MN_FORMAT_BGRX] = {"BGRX", MN_COLOUR_RGB, PIXELS (4, 2, 1, 0, N)},
  [MN_FORMAT_GRAY8] = {"GRAY8", MN_COLOUR_GREY, PIXELS (1, 0, N, N, N)},
  [MN_FORMAT_XRGB] = {"XRGB", MN_COLOUR_RGB, PIXELS (4, N, 0, 1, 2)},
  [MN_FORMAT_XBGR] = {"XBGR", MN_COLOUR_RGB, PIXELS (4, N, 2, 1, 0)},
  [MN_FORMAT_YVYU] = {"YVYU", MN_COLOUR_YUV, PLANE_422, STREAMS_YC (2, 1)},
  [MN_FORMAT_NV16] = {"NV16", MN_COLOUR_YUV, PLANES_2 (1, 1, 0),
    STREAMS_2 (1, 2)},
  [MN_FORMAT_NV24] = {"NV24", MN_COLOUR_YUV, PLANES_2 (1, 0, 0),
    STREAMS_2 (1, 2)},
  [MN_FORMAT_Y42B] = {"Y42B", MN_COLOUR_YUV, PLANES_3 (1, 1, 0), STREAMS_3},
  [MN_FORMAT_Y444] = {"Y444", MN_COLOUR_YUV, PLANES_3 (1, 0, 0), STREAMS_3},
  [MN_FORMAT_P010_LE] = {"P010_10LE", MN_COLOUR_YUV, PLANES_2 (2, 1, 1),
    STREAMS_2 (1, 2), MN_SAMPLE_LE16, 6, 10},
  [MN_FORMAT_P010_BE] = {"P010_10BE", MN_COLOUR_YUV, PLANES_2 (2, 1, 1),
    STREAMS_2 (1, 2), MN_SAMPLE_BE16, 6, 10},
  [MN_FORMAT_I420_10LE] = {"I420_10LE", MN_COLOUR_YUV, PLANES_3 (2, 1, 1),
    STREAMS_3, MN_SAMPLE_LE16, 0, 10},
  [MN_FORMAT_I420_10BE] = {"I420_10BE", MN_COLOUR_YUV, PLANES_3 (2, 1, 1),
    STREAMS_3, MN_SAMPLE_BE16, 0, 10},
  [MN_FORMAT_I422_10LE] = {"I422_10LE", MN_COLOUR_YUV, PLANES_3 (2, 1, 0),
    STREAMS_3, MN_SAMPLE_LE16, 0, 10},
  [MN_FORMAT_Y444_10LE] = {"Y444_10LE", MN_COLOUR_YUV, PLANES_3 (2, 0, 0),
    STREAMS_3, MN_SAMPLE_LE16, 0, 10},
  [MN_FORMAT_GRAY16_LE] = {"GRAY16_LE", MN_COLOUR_GREY, 1, {{2, 0, 0}}, 0, 0, 1,
    {{0, FALSE, 1, {0, N, N, N}}}, MN_SAMPLE_LE16, 0, 16},
  [MN_FORMAT_NV12_4L4] = {"NV12_4L4", MN_COLOUR_YUV, PLANES_2 (1, 1, 1),
    STREAMS_2 (1, 2), MN_SAMPLE_BYTE, 0, 0, {MN_TILES_ROWS, 4, 4}},
  [MN_FORMAT_NV12_32L32] = {"NV12_32L32", MN_COLOUR_YUV, PLANES_2 (1, 1, 1),
    STREAMS_2 (1, 2), MN_SAMPLE_BYTE, 0, 0, {MN_TILES_ROWS, 32, 32}},
  [MN_FORMAT_NV12_64Z32] = {"NV12_64Z32", MN_COLOUR_YUV, PLANES_2 (1, 1, 1),
    STREAMS_2 (1, 2), MN_SAMPLE_BYTE, 0, 0, {MN_TILES_Z, 64, 32}},
  [MN_FORMAT_NV61] = {"NV61", MN_COLOUR_YUV, PLANES_2 (1, 1, 0),
    STREAMS_2 (2, 1)},
  [MN_FORMAT_Y41B] = {"Y41B", MN_COLOUR_YUV, PLANES_3 (1, 2, 0), STREAMS_3},
  [MN_FORMAT_YUV9] = {"YUV9", MN_COLOUR_YUV, PLANES_3 (1, 2, 2), STREAMS_3},
  [MN_FORMAT_XYUV] = {"XYUV", MN_COLOUR_YUV,
    PIXELS_YUV (N, 0, N, N, N, N, 1, 2)},
  [MN_FORMAT_VUYX] = {"VUYX", MN_COLOUR_YUV,
    PIXELS_YUV (N, N, 0, N, 2, 1, N, N)},
  [MN_FORMAT_RGBP] = {"RGBP", MN_COLOUR_RGB, PLANES_3 (1, 0, 0), STREAMS_RGB},
  [MN_FORMAT_P012_LE] = {"P012_LE", MN_COLOUR_YUV, PLANES_2 (2, 1, 1),
    STREAMS_2 (1, 2), MN_SAMPLE_LE16, 4, 12},
  [MN_FORMAT_P016_LE] = {"P016_LE", MN_COLOUR_YUV, PLANES_2 (2, 1, 1),
    STREAMS_2 (1, 2), MN_SAMPLE_LE16, 0, 16},
  [MN_FORMAT_I420_12LE] = {"I420_12LE", MN_COLOUR_YUV, PLANES_3 (2, 1, 1),
    STREAMS_3, MN_SAMPLE_LE16, 0, 12},
  [MN_FORMAT_I422_12LE] = {"I422_12LE", MN_COLOUR_YUV, PLANES_3 (2, 1, 0),
    STREAMS_3, MN_SAMPLE_LE16, 0, 12},
  [MN_FORMAT_Y444_12LE] = {"Y444_12LE", MN_COLOUR_YUV, PLANES_3 (2, 0, 0),
    STREAMS_3, MN_SAMPLE_LE16, 0, 12},
  [MN_FORMAT_I420_16LE] = {"I420_16LE", MN_COLOUR_YUV, PLANES_3 (2, 1, 1),
    STREAMS_3, MN_SAMPLE_LE16, 0, 16},
  [MN_FORMAT_I422_16LE] = {"I422_16LE", MN_COLOUR_YUV, PLANES_3 (2, 1, 0),
    STREAMS_3, MN_SAMPLE_LE16, 0, 16},
  [MN_FORMAT_Y444_16LE] = {"Y444_16LE", MN_COLOUR_YUV, PLANES_3 (2, 0, 0),
    STREAMS_3, MN_SAMPLE_LE16, 0, 16},
  [MN_FORMAT_GRAY10_LE] = {"GRAY10_LE16", MN_COLOUR_GREY, 1, {{2, 0, 0}}, 0, 0,
    1, {{0, FALSE, 1, {0, N, N, N}}}, MN_SAMPLE_LE16, 0, 10},
  [MN_FORMAT_GRAY16_BE] = {"GRAY16_BE", MN_COLOUR_GREY, 1, {{2, 0, 0}}, 0, 0, 1,
    {{0, FALSE, 1, {0, N, N, N}}}, MN_SAMPLE_BE16, 0, 16},
  [MN_FORMAT_XRGB64_LE] = {"XRGB64_LE", MN_COLOUR_RGB, 1, {{8, 0, 0}}, 0, 0, 1,
    {{0, FALSE, 4, {N, 0, 1, 2}}}, MN_SAMPLE_LE16, 0, 16},
};

const MnFormatInfo *
mn_format_get_info (MnFormat format)
{
  return (guint) format < G_N_ELEMENTS (formats) ? &formats[format] : NULL;
}

guint
mn_format_value_size (const MnFormatInfo *info)
{
  return info->sample == MN_SAMPLE_BYTE ? 1 : 2;
}

gsize
mn_plane_row_bytes (const MnPlaneLayout *plane, guint width)
{
  guint units = (width + (1u << plane->x_shift) - 1) >> plane->x_shift;

  return (gsize) units * plane->unit;
}

guint
mn_plane_n_rows (const MnPlaneLayout *plane, guint height)
{
  return (height + (1u << plane->y_shift) - 1) >> plane->y_shift;
}

guint
mn_format_n_planes (MnFormat format)
{
  const MnFormatInfo *info = mn_format_get_info (format);

  return info ? info->n_planes : 0;
}

const gchar *
mn_format_name (MnFormat format)
{
  const MnFormatInfo *info = mn_format_get_info (format);

  return info ? info->name : "unknown";
}

gboolean
mn_plane_fits (const MnPlaneLayout *layout, const MnPlane *plane, guint width,
    guint height, gsize *below, gsize *need)
{
  gsize row = mn_plane_row_bytes (layout, width);
  gsize last = mn_plane_n_rows (layout, height) - 1;
  gsize stride = plane->stride < 0 ? -(gsize) plane->stride : plane->stride;

  /* Rows may not overlap: that would be a mistake in the stride. */
  return (last == 0 || stride >= row)
      && g_size_checked_mul (below, last, stride)
      && g_size_checked_add (need, *below, row) && *need <= plane->size
      && *need <= G_MAXSSIZE;
}
