/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drawings in every raw format of the GStreamer that runs: they look as in
 * others, and nothing changes around them. */

#include "tests/gst/overlayutil.h"

#include <string.h>

#include "gst/overlay/blend.h"
#include "tests/gst/allformats.h"
#include "tests/gst/pictureutil.h"
#include "tests/gst/randomutil.h"

#define WIDTH 53
#define HEIGHT 37

/* One colour (0xrrggbb), at a place that suits no samples of chroma. */
static GstVideoOverlayComposition *
rectangle_new (gint x, gint y, guint width, guint height, guint rgb,
    guint alpha)
{
  GstBuffer *pixels = gst_buffer_new_allocate (NULL, width * height * 4, NULL);
  GstVideoOverlayRectangle *rectangle;
  GstVideoOverlayComposition *result;
  guint32 word = alpha << 24 | ((rgb >> 16 & 255) * alpha / 255) << 16
      | ((rgb >> 8 & 255) * alpha / 255) << 8 | (rgb & 255) * alpha / 255;
  guint i;

  for (i = 0; i < width * height; i++)
    gst_buffer_fill (pixels, 4 * i, &word, 4);
  gst_buffer_add_video_meta (pixels, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, width, height);
  rectangle = gst_video_overlay_rectangle_new_raw (pixels, x, y, width, height,
      GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA);
  result = gst_video_overlay_composition_new (rectangle);
  gst_video_overlay_rectangle_unref (rectangle);
  gst_buffer_unref (pixels);
  return result;
}

/* What its pixels are unpacked to, of 8 bits or 16; WIDTH to a row. Free with
 * g_free. */
static gpointer
unpack (GstVideoFrame *frame, gsize *size)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  gsize pixel = finfo->unpack_format == GST_VIDEO_FORMAT_AYUV64
          || finfo->unpack_format == GST_VIDEO_FORMAT_ARGB64
      ? 8
      : 4;
  g_autofree guint8 *line = g_malloc0 ((WIDTH + 128) * pixel);
  guint8 *all = g_malloc (WIDTH * HEIGHT * pixel);
  gint y;

  for (y = 0; y < HEIGHT; y++) {
    finfo->unpack_func (finfo, GST_VIDEO_PACK_FLAG_NONE, line, frame->data,
        frame->info.stride, 0, y, WIDTH);
    memcpy (all + y * WIDTH * pixel, line, WIDTH * pixel);
  }
  *size = pixel;
  return all;
}

/* Whether a sample at x, y has to do with the rectangle. */
static gboolean
is_near (const GstVideoFormatInfo *finfo, const GstVideoRectangle *r, gint x,
    gint y)
{
  gint step_x = 1 << GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1);
  gint step_y = 1 << GST_VIDEO_FORMAT_INFO_H_SUB (finfo, 1);

  return x / step_x >= r->x / step_x && y / step_y >= r->y / step_y
      && x / step_x <= (r->x + r->w - 1) / step_x
      && y / step_y <= (r->y + r->h - 1) / step_y;
}

/* Bits of no use may be lost. */
static gboolean
is_same (const GstVideoFormatInfo *finfo, const guint8 *a, const guint8 *b,
    gsize size)
{
  guint lost = 16 - GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 0), c;

  if (size == 4)
    return memcmp (a, b, size) == 0;
  for (c = 0; c < 4; c++) {
    if (((const guint16 *) a)[c] >> lost != ((const guint16 *) b)[c] >> lost)
      return FALSE;
  }
  return TRUE;
}

static const GstVideoRectangle places[] = {{5, 7, 21, 11}, {40, 3, 13, 34},
  {0, 0, 53, 37}, {-3, 30, 20, 20}, {52, 36, 1, 1}};

/* Noise stays noise around a drawing, the first time and the second. */
GST_START_TEST (test_around)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoRectangle *r = &places[__i__];
  GstVideoOverlayComposition *drawing = rectangle_new (r->x, r->y, r->w, r->h,
      0xc83c14, 200);
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format))) {
    GstMobilenetOverlayBlend *blend = gst_mobilenet_overlay_blend_new ();
    GstVideoFrame frame;
    GstVideoInfo info;
    GstBuffer *buffer;
    guint turn;
    gsize i;

    gst_video_info_set_format (&info, format, WIDTH, HEIGHT);
    buffer = test_noise_new (&info);
    fail_unless (gst_video_frame_map (&frame, &info, buffer,
        GST_MAP_READWRITE));
    for (turn = 0; turn < 3; turn++) {
      g_autofree guint8 *before = NULL, *after = NULL;
      gsize pixel;

      before = unpack (&frame, &pixel);
      gst_mobilenet_overlay_blend_apply (blend, drawing, 0, 0, &frame);
      after = unpack (&frame, &pixel);
      for (i = 0; i < WIDTH * HEIGHT; i++)
        fail_unless (is_near (finfo, r, i % WIDTH, i / WIDTH)
                || is_same (finfo, before + i * pixel, after + i * pixel,
                    pixel),
            "%s: %d, %d has changed", finfo->name, (gint) i % WIDTH,
            (gint) i / WIDTH);
    }
    gst_video_frame_unmap (&frame);
    gst_buffer_unref (buffer);
    gst_mobilenet_overlay_blend_free (blend);
  }
  gst_video_overlay_composition_unref (drawing);
}

GST_END_TEST;

/* One pixel of a frame as videoconvert shows it. */
static void
show_pixel (GstBuffer *buffer, const GstVideoInfo *info, gint x, gint y,
    guint8 argb[4])
{
  GstVideoInfo to;
  GstBuffer *shown;

  gst_video_info_set_format (&to, GST_VIDEO_FORMAT_ARGB, WIDTH, HEIGHT);
  shown = gst_buffer_new_allocate (NULL, to.size, NULL);
  test_convert (buffer, info, shown, &to, NULL);
  gst_buffer_extract (shown, y * to.stride[0] + 4 * x, argb, 4);
  gst_buffer_unref (shown);
}

/* A frame of one colour, made by videoconvert. */
static GstBuffer *
ground_new (const GstVideoInfo *info, guint rgb)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, info->size, NULL), *plain;
  GstVideoInfo from;

  gst_video_info_set_format (&from, GST_VIDEO_FORMAT_ARGB, WIDTH, HEIGHT);
  plain = test_frame_new (&from, rgb, 0);
  test_convert (plain, &from, buffer, info, NULL);
  gst_buffer_unref (plain);
  return buffer;
}

/* Rounding to few bits is not ours, nor that GStreamer draws with BT.709, and
 * onto grey as if it were of a limited range: which may be 16 steps off. */
static void
check_pixel (const GstVideoFormatInfo *finfo, const guint8 argb[4], guint alpha,
    guint picture)
{
  static const gint ground[3] = {0x30, 0x80, 0xff},
                    over[3] = {0xc8, 0x3c, 0x14};
  gboolean grey = GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo);
  gint want[3], c;

  for (c = 0; c < 3; c++)
    want[c] = (over[c] * (gint) alpha + ground[c] * (255 - (gint) alpha)) / 255;
  if (grey)
    want[0] = want[1] = want[2] = (213 * want[0] + 715 * want[1] + 72 * want[2])
        / 1000;
  for (c = 0; c < 3; c++)
    fail_unless (ABS (argb[1 + c] - want[c]) <= (grey ? 16 : 10),
        "%s, alpha %u, picture %u: colour %u is %d, not %d", finfo->name, alpha,
        picture, c, argb[1 + c], want[c]);
}

/* The first picture with a drawing, and the third, which is drawn in another
 * way. */
static void
check_drawn (const GstVideoFormatInfo *finfo, guint alpha)
{
  GstMobilenetOverlayBlend *blend = gst_mobilenet_overlay_blend_new ();
  GstVideoOverlayComposition *drawing = rectangle_new (5, 7, 31, 21, 0xc83c14,
      alpha);
  GstVideoInfo info;
  guint i;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_INFO_FORMAT (finfo), WIDTH,
      HEIGHT);
  if (GST_VIDEO_FORMAT_INFO_IS_YUV (finfo))
    gst_video_colorimetry_from_string (&info.colorimetry, "bt709");
  for (i = 0; i < 3; i++) {
    GstBuffer *buffer = ground_new (&info, 0x3080ff);
    GstVideoFrame frame;
    guint8 argb[4];

    fail_unless (gst_video_frame_map (&frame, &info, buffer,
        GST_MAP_READWRITE));
    gst_mobilenet_overlay_blend_apply (blend, drawing, 0, 0, &frame);
    gst_video_frame_unmap (&frame);
    show_pixel (buffer, &info, 20, 18, argb);
    check_pixel (finfo, argb, alpha, i);
    gst_buffer_unref (buffer);
  }
  gst_video_overlay_composition_unref (drawing);
  gst_mobilenet_overlay_blend_free (blend);
}

GST_START_TEST (test_drawn)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format))) {
    if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
      continue;
    check_drawn (finfo, 255);
    check_drawn (finfo, 128);
  }
}

GST_END_TEST;

/* A palette stays, and gives the nearest of its colours. */
GST_START_TEST (test_palette)
{
  GstVideoOverlayComposition *drawing = rectangle_new (5, 7, 31, 21, 0x000000,
      128);
  GstMobilenetOverlayBlend *blend = gst_mobilenet_overlay_blend_new ();
  GstBuffer *buffer;
  GstVideoFrame frame;
  GstVideoInfo info;
  guint8 *pixels;
  guint i;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB8P, WIDTH, HEIGHT);
  buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
  gst_buffer_memset (buffer, 0, 100, -1);
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READWRITE));
  for (i = 0; i < 256; i++)
    ((guint32 *) frame.data[1])[i] = 0xff000000u + i * 0x010101u;
  gst_mobilenet_overlay_blend_apply (blend, drawing, 0, 0, &frame);
  pixels = frame.data[0];
  fail_unless_equals_int (pixels[3 * info.stride[0] + 3], 100);
  fail_unless (ABS (pixels[18 * info.stride[0] + 20] - 50) <= 1);
  for (i = 0; i < 256; i++)
    fail_unless_equals_int (((guint32 *) frame.data[1])[i],
        0xff000000u + i * 0x010101u);
  gst_video_frame_unmap (&frame);
  gst_buffer_unref (buffer);
  gst_video_overlay_composition_unref (drawing);
  gst_mobilenet_overlay_blend_free (blend);
}

GST_END_TEST;

/* By the element. */
GST_START_TEST (test_labelled)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format))) {
    g_autofree gchar *caps = test_caps (finfo->name, 163, 121);
    GstHarness *h = test_overlay_open (caps, FALSE);
    GstBuffer *buffer = test_frame_new_for_caps (caps, 0x3080ff, 0), *before;

    test_overlay_attach (buffer, "e", 2);
    before = gst_buffer_copy_deep (buffer);
    buffer = test_pass (h, buffer);
    fail_if (test_same_bytes (buffer, before), "%s", finfo->name);
    gst_buffer_unref (before);
    gst_buffer_unref (buffer);
    gst_harness_teardown (h);
  }
}

GST_END_TEST;

static Suite *
blend_suite (void)
{
  Suite *suite = suite_create ("blend");
  TCase *tc = tcase_create ("blend");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup_random, test_teardown_random);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_around, 0, G_N_ELEMENTS (places));
  tcase_add_test (tc, test_drawn);
  tcase_add_test (tc, test_palette);
  tcase_add_test (tc, test_labelled);
  return suite;
}

GST_CHECK_MAIN (blend);
