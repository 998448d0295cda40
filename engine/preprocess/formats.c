/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of picture formats. */

#include "engine/preprocess/formats.h"

#define N MN_COMPONENT_NONE

static const MnFormatInfo formats[] = {
  [MN_FORMAT_TENSOR] = {"tensor", MN_COLOUR_RGB, 1, {{0}}, 0, 0, 0, {{0}}},
  [MN_FORMAT_NV12] = {"NV12", MN_COLOUR_YUV, 2, {{1, 0, 0}, {2, 1, 1}}, 1, 1,
      2, {{0, FALSE, 1, {0, N, N, N}}, {1, TRUE, 2, {1, 2, N, N}}}},
  [MN_FORMAT_NV21] = {"NV21", MN_COLOUR_YUV, 2, {{1, 0, 0}, {2, 1, 1}}, 1, 1,
      2, {{0, FALSE, 1, {0, N, N, N}}, {1, TRUE, 2, {2, 1, N, N}}}},
  [MN_FORMAT_I420] = {"I420", MN_COLOUR_YUV, 3,
        {{1, 0, 0}, {1, 1, 1}, {1, 1, 1}}, 1, 1,
        3, {{0, FALSE, 1, {0, N, N, N}}, {1, TRUE, 1, {1, N, N, N}},
          {2, TRUE, 1, {2, N, N, N}}}},
  [MN_FORMAT_YUY2] = {"YUY2", MN_COLOUR_YUV, 1, {{4, 1, 0}}, 1, 0,
      2, {{0, FALSE, 2, {0, N, N, N}}, {0, TRUE, 4, {N, 1, N, 2}}}},
  [MN_FORMAT_UYVY] = {"UYVY", MN_COLOUR_YUV, 1, {{4, 1, 0}}, 1, 0,
      2, {{0, FALSE, 2, {N, 0, N, N}}, {0, TRUE, 4, {1, N, 2, N}}}},
  [MN_FORMAT_RGB] = {"RGB", MN_COLOUR_RGB, 1, {{3, 0, 0}}, 0, 0,
      1, {{0, FALSE, 3, {0, 1, 2, N}}}},
  [MN_FORMAT_BGR] = {"BGR", MN_COLOUR_RGB, 1, {{3, 0, 0}}, 0, 0,
      1, {{0, FALSE, 3, {2, 1, 0, N}}}},
  [MN_FORMAT_RGBX] = {"RGBX", MN_COLOUR_RGB, 1, {{4, 0, 0}}, 0, 0,
      1, {{0, FALSE, 4, {0, 1, 2, N}}}},
  [MN_FORMAT_BGRX] = {"BGRX", MN_COLOUR_RGB, 1, {{4, 0, 0}}, 0, 0,
      1, {{0, FALSE, 4, {2, 1, 0, N}}}},
  [MN_FORMAT_GRAY8] = {"GRAY8", MN_COLOUR_GREY, 1, {{1, 0, 0}}, 0, 0,
      1, {{0, FALSE, 1, {0, N, N, N}}}},
};

const MnFormatInfo *
mn_format_get_info (MnFormat format)
{
  return (guint) format < G_N_ELEMENTS (formats) ? &formats[format] : NULL;
}

gsize
mn_plane_row_bytes (const MnPlaneLayout * plane, guint width)
{
  guint units = (width + (1u << plane->x_shift) - 1) >> plane->x_shift;

  return (gsize) units *plane->unit;
}

guint
mn_plane_n_rows (const MnPlaneLayout * plane, guint height)
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
