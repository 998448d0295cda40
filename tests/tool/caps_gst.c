/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tool's reading of caps strings held to GstVideoInfo's: sizes, strides
 * and offsets, and the colour that they name or leave out. */

#include "tools/caps.h"

#include <gst/video/video.h>
#include <string.h>

static const gchar *const formats[] = {"NV12", "NV21", "I420", "YV12", "YUY2",
  "UYVY", "RGB", "BGR", "RGBA", "BGRA", "RGBx", "BGRx", "GRAY8", "xRGB", "ARGB",
  "xBGR", "ABGR", "YVYU", "NV16", "NV24", "Y42B", "Y444", "P010_10LE",
  "P010_10BE", "I420_10LE", "I420_10BE", "I422_10LE", "Y444_10LE", "GRAY16_LE"};

static gboolean
parse_both (const gchar *text, MnRawFrame *frame, GstVideoInfo *info)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", text);
  g_assert_nonnull (caps);
  g_assert_true (gst_video_info_from_caps (info, caps));
  g_assert_true (mn_caps_parse (text, frame, &error));
  g_assert_no_error (error);
  return TRUE;
}

static void
check_layout (const gchar *format, guint width, guint height)
{
  g_autofree gchar
      *text = g_strdup_printf ("video/x-raw, format=%s, width=%u, height=%u",
          format, width, height);
  GstVideoInfo info;
  MnRawFrame frame;
  guint i;

  parse_both (text, &frame, &info);
  g_assert_cmpuint (frame.size, ==, info.size);
  g_assert_cmpuint (frame.n_planes, ==, GST_VIDEO_INFO_N_PLANES (&info));
  for (i = 0; i < frame.n_planes; i++) {
    guint p = frame.n_planes == 3 ? GST_VIDEO_FORMAT_INFO_PLANE (info.finfo, i)
                                  : i;

    g_assert_cmpuint (frame.offset[i], ==, info.offset[p]);
    g_assert_cmpuint (frame.stride[i], ==, (gsize) info.stride[p]);
  }
}

static void
test_layout (void)
{
  static const guint sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 17, 640, 1918};
  guint f, w, h;

  for (f = 0; f < G_N_ELEMENTS (formats); f++) {
    for (w = 0; w < G_N_ELEMENTS (sizes); w++) {
      for (h = 0; h < G_N_ELEMENTS (sizes); h++)
        check_layout (formats[f], sizes[w], sizes[h]);
    }
  }
}

static MnMatrix
matrix_of (const GstVideoInfo *info)
{
  switch (info->colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_FCC:
      return MN_MATRIX_FCC;
    case GST_VIDEO_COLOR_MATRIX_BT709:
      return MN_MATRIX_BT709;
    case GST_VIDEO_COLOR_MATRIX_BT601:
      return MN_MATRIX_BT601;
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
      return MN_MATRIX_SMPTE240M;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return MN_MATRIX_BT2020;
    default:
      g_assert_not_reached ();
  }
}

static void
check_colour (const gchar *format, guint height, const gchar *rest)
{
  g_autofree gchar
      *text = g_strdup_printf ("video/x-raw, format=%s, width=64, height=%u%s",
          format, height, rest);
  GstVideoInfo info;
  GstVideoChromaSite site;
  MnRawFrame frame;
  guint expected = MN_SITE_CENTRE;

  parse_both (text, &frame, &info);
  g_assert_cmpuint (frame.desc.par_n, ==, GST_VIDEO_INFO_PAR_N (&info));
  g_assert_cmpuint (frame.desc.par_d, ==, GST_VIDEO_INFO_PAR_D (&info));
  if (info.colorimetry.range != GST_VIDEO_COLOR_RANGE_UNKNOWN)
    g_assert_cmpint (frame.desc.full_range, ==,
        info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255);
  if (!GST_VIDEO_INFO_IS_YUV (&info))
    return;
  g_assert_cmpint (frame.desc.matrix, ==, matrix_of (&info));
  site = GST_VIDEO_INFO_CHROMA_SITE (&info);
  /* Which site is meant where none is named differs between versions. */
  if (site == GST_VIDEO_CHROMA_SITE_UNKNOWN || !strstr (rest, "chroma-site"))
    return;
  if (site & GST_VIDEO_CHROMA_SITE_H_COSITED)
    expected |= MN_SITE_H_COSITED;
  if (site & GST_VIDEO_CHROMA_SITE_V_COSITED)
    expected |= MN_SITE_V_COSITED;
  g_assert_cmpuint (frame.desc.chroma_site, ==, expected);
}

static void
test_colour (void)
{
  static const gchar *const rests[] = {"", ", pixel-aspect-ratio=12/11",
    ", colorimetry=bt601", ", colorimetry=bt709", ", colorimetry=bt2020",
    ", colorimetry=smpte240m", ", colorimetry=sRGB", ", colorimetry=1:4:0:0",
    ", colorimetry=2:4:7:1", ", colorimetry=1:3:5:1", ", colorimetry=2:2:0:0",
    ", colorimetry=1:1:0:0", ", colorimetry=1:0:0:0",
    ", colorimetry=bt709, chroma-site=mpeg2",
    ", colorimetry=bt709, chroma-site=jpeg",
    ", colorimetry=bt601, chroma-site=cosited",
    ", colorimetry=bt601, chroma-site=dv",
    ", colorimetry=bt601, chroma-site=v-cosited"};
  static const guint heights[] = {48, 576, 577, 720, 2160};
  guint f, h, r;

  for (f = 0; f < G_N_ELEMENTS (formats); f++) {
    for (h = 0; h < G_N_ELEMENTS (heights); h++) {
      for (r = 0; r < G_N_ELEMENTS (rests); r++)
        check_colour (formats[f], heights[h], rests[r]);
    }
  }
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/caps-gst/layout", test_layout);
  g_test_add_func ("/caps-gst/colour", test_colour);
  return g_test_run ();
}
