/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `mobilenetoverlay`: it draws where it says it draws, and nowhere else. */

#include "tests/gst/overlayutil.h"

#include <string.h>

static const struct
{
  gint width, height;
} sizes[] = {{640, 480}, {321, 241}, {120, 90}, {1920, 1080}};

/* Counts the samples of component c that differ, inside r (widened to whole
 * chroma samples and macropixels) and outside of it. */
static void
count_changes (const GstVideoFrame *a, const GstVideoFrame *b, guint c,
    const GstVideoRectangle *r, guint *inside, guint *outside)
{
  const GstVideoFormatInfo *finfo = a->info.finfo;
  guint w_sub = GST_VIDEO_FORMAT_INFO_W_SUB (finfo, c);
  guint h_sub = GST_VIDEO_FORMAT_INFO_H_SUB (finfo, c);
  gint x, y;

  for (y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (a, c); y++) {
    const guint8 *row_a = GST_VIDEO_FRAME_COMP_DATA (a, c);
    const guint8 *row_b = GST_VIDEO_FRAME_COMP_DATA (b, c);

    row_a += y * GST_VIDEO_FRAME_COMP_STRIDE (a, c);
    row_b += y * GST_VIDEO_FRAME_COMP_STRIDE (b, c);
    for (x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH (a, c); x++) {
      gint at = x * GST_VIDEO_FRAME_COMP_PSTRIDE (a, c);
      gint px = x << w_sub, py = y << h_sub;
      gboolean in = px + (1 << w_sub) > r->x && px < r->x + r->w
          && py + (1 << h_sub) > r->y && py < r->y + r->h;

      if (row_a[at] != row_b[at])
        (*(in ? inside : outside))++;
    }
  }
}

static void
check_drawn (const gchar *caps_text, GstBuffer *before, GstBuffer *after,
    const GstVideoRectangle *r)
{
  GstCaps *caps = gst_caps_from_string (caps_text);
  GstVideoFrame a, b;
  GstVideoInfo info;
  guint c, inside = 0, outside = 0;

  fail_unless (gst_video_info_from_caps (&info, caps));
  gst_caps_unref (caps);
  fail_unless (gst_video_frame_map (&a, &info, before, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&b, &info, after, GST_MAP_READ));
  for (c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS (&a); c++) {
    count_changes (&a, &b, c, r, &inside, &outside);
    if (c == 0)
      fail_unless (inside > r->w * r->h / 2, "only %u of %dx%d drawn", inside,
          r->w, r->h);
  }
  fail_unless_equals_int (outside, 0);
  gst_video_frame_unmap (&a);
  gst_video_frame_unmap (&b);
}

static void
check_format (const gchar *format, gint width, gint height, guint colour)
{
  g_autofree gchar *caps = test_caps (format, width, height);
  GstBuffer *frame = test_frame_new_for_caps (caps, colour, 0);
  GstBuffer *copy, *attached, *blended;
  GstVideoRectangle r;
  GstHarness *h = test_overlay_open (caps, TRUE);

  GST_INFO ("%s %dx%d %06x", format, width, height, colour);
  copy = gst_buffer_copy_deep (frame);
  test_overlay_attach (copy, "e", 3);
  attached = test_pass (h, copy);
  fail_unless (test_overlay_get_composition (attached) != NULL);
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                              test_overlay_get_composition (attached)),
      1);
  test_overlay_get_rectangle (attached, 0, &r);
  fail_unless (r.x >= 0 && r.y >= 0 && r.w > 0 && r.h > 0);
  fail_unless (r.x + r.w <= width && r.y + r.h <= height);
  gst_harness_teardown (h);

  h = test_overlay_open (caps, FALSE);
  copy = gst_buffer_copy_deep (frame);
  test_overlay_attach (copy, "e", 3);
  blended = test_pass (h, copy);
  fail_unless (test_overlay_get_composition (blended) == NULL);
  check_drawn (caps, frame, blended, &r);
  gst_harness_teardown (h);
  gst_buffer_unref (attached);
  gst_buffer_unref (blended);
  gst_buffer_unref (frame);
}

GST_START_TEST (test_formats)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_format (test_overlay_formats[__i__], sizes[i].width, sizes[i].height,
        i % 2 ? 0xc08040 : 0x3080ff);
}

GST_END_TEST;

/* Light on dark whatever lies below. */
GST_START_TEST (test_readable)
{
  static const guint grounds[] = {0x000000, 0x808080, 0xffffff};
  g_autofree gchar *caps = test_caps ("GRAY8", 640, 480);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (grounds); i++) {
    GstHarness *h = test_overlay_open (caps, FALSE);
    GstBuffer *frame = test_frame_new_for_caps (caps, grounds[i], 0);
    guint8 darkest = 255, brightest = 0;
    GstMapInfo map;
    gint x, y;

    test_overlay_attach (frame, "e", 3);
    frame = test_pass (h, frame);
    gst_buffer_map (frame, &map, GST_MAP_READ);
    for (y = 20; y < 60; y++) {
      for (x = 20; x < 120; x++) {
        darkest = MIN (darkest, map.data[640 * y + x]);
        brightest = MAX (brightest, map.data[640 * y + x]);
      }
    }
    fail_unless (darkest < 110 && brightest > darkest + 90, "%u %u", darkest,
        brightest);
    gst_buffer_unmap (frame, &map);
    gst_buffer_unref (frame);
    gst_harness_teardown (h);
  }
}

GST_END_TEST;

/* Nothing to draw: the very buffer passes, also a shared one. */
GST_START_TEST (test_nothing)
{
  g_autofree gchar *caps = test_caps ("NV12", 640, 480);
  GstHarness *h = test_overlay_open (caps, FALSE);
  GstBuffer *in = test_frame_new_for_caps (caps, 0xff8000, 0);
  GstBuffer *copy = gst_buffer_copy_deep (in), *out;

  gst_buffer_ref (in);
  out = test_pass (h, in);
  fail_unless (in == out);
  gst_buffer_unref (out);

  test_overlay_attach (in, "e", 0); /* a result without classes */
  gst_buffer_ref (in);
  out = test_pass (h, in);
  fail_unless (in == out);
  fail_unless (test_same_bytes (out, copy));
  gst_buffer_unref (out);
  gst_buffer_unref (in);
  gst_buffer_unref (copy);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A frame that others hold is not drawn upon. */
GST_START_TEST (test_shared)
{
  g_autofree gchar *caps = test_caps ("I420", 320, 240);
  GstHarness *h = test_overlay_open (caps, FALSE);
  GstBuffer *in = test_frame_new_for_caps (caps, 0x3080ff, 0);
  GstBuffer *copy = gst_buffer_copy_deep (in), *out;

  test_overlay_attach (in, "e", 3);
  gst_buffer_ref (in);
  out = test_pass (h, in);
  fail_unless (test_same_bytes (in, copy));
  fail_if (test_same_bytes (out, copy));
  gst_buffer_unref (out);
  gst_buffer_unref (in);
  gst_buffer_unref (copy);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Drawn anew when there is something else to see, and only then. */
GST_START_TEST (test_redrawn)
{
  g_autofree gchar *caps = test_caps ("NV12", 640, 480);
  GstHarness *h = test_overlay_open (caps, TRUE);
  GstVideoOverlayComposition *first = NULL;
  guint i;

  for (i = 0; i < 6; i++) {
    GstBuffer *buffer = test_frame_new_for_caps (caps, 0, 0);
    GstVideoOverlayComposition *composition;

    test_overlay_attach (buffer, "e", i < 4 ? 3 : 2);
    buffer = test_pass (h, buffer);
    composition = test_overlay_get_composition (buffer);
    if (i == 0)
      first = gst_video_overlay_composition_ref (composition);
    fail_unless ((composition == first) == (i < 4));
    gst_buffer_unref (buffer);
  }
  gst_video_overlay_composition_unref (first);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Several elements before it: a panel each, one below the other; and what
 * was attached before stays. */
GST_START_TEST (test_several)
{
  g_autofree gchar *caps = test_caps ("NV12", 640, 480);
  GstHarness *h = test_overlay_open (caps, TRUE);
  GstBuffer *buffer = test_frame_new_for_caps (caps, 0, 0);
  GstVideoRectangle a, b;

  test_overlay_attach (buffer, "one", 3);
  test_overlay_attach (buffer, "two", 2);
  buffer = test_pass (h, buffer);
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                              test_overlay_get_composition (buffer)),
      2);
  test_overlay_get_rectangle (buffer, 0, &a);
  test_overlay_get_rectangle (buffer, 1, &b);
  fail_unless (b.y >= a.y + a.h);

  buffer = test_pass (h, buffer);
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                              test_overlay_get_composition (buffer)),
      4);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Frames with no room for text pass. */
GST_START_TEST (test_small)
{
  static const gint small[] = {1, 2, 7, 16, 33};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (small) * G_N_ELEMENTS (test_overlay_formats);
      i++) {
    gint size = small[i % G_N_ELEMENTS (small)];
    g_autofree gchar *caps =
        test_caps (test_overlay_formats[i / G_N_ELEMENTS (small)], size, size);
    GstHarness *h = test_overlay_open (caps, FALSE);
    GstBuffer *buffer = test_frame_new_for_caps (caps, 0x808080, 0);

    test_overlay_attach (buffer, "e", 3);
    gst_buffer_unref (test_pass (h, buffer));
    gst_harness_teardown (h);
  }
}

GST_END_TEST;

/* Behind the element itself, with no setting. */
GST_START_TEST (test_behind_mobilenet)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *caps = test_caps ("YV12", 320, 240);
  g_autofree gchar
      *line = g_strdup_printf ("mobilenet schedule=every-frame backend=cpu "
                               "model-file=\"%s\" ! mobilenetoverlay",
          model);
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *before = test_frame_new_for_caps (caps, 0xff0000, 0), *after;

  gst_harness_set_src_caps_str (h, caps);
  after = test_pass (h, gst_buffer_copy_deep (before));
  fail_if (test_same_bytes (after, before));
  gst_buffer_unref (before);
  gst_buffer_unref (after);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Two networks in a row: each keeps its own answer, and both are shown. */
GST_START_TEST (test_behind_two)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *caps = test_caps ("NV12", 320, 240);
  g_autofree gchar *data = NULL, *other = NULL, *labels = NULL, *line = NULL;
  gpointer state = NULL;
  const GstStructure *r;
  GstBuffer *buffer;
  GstHarness *h;
  gsize size;

  fail_unless (g_file_get_contents (model, &data, &size, NULL));
  other = test_write ("other.tflite", data, size);
  labels = test_write ("other.labels", "rot\ngruen\nblau\n", -1);
  line = g_strdup_printf ("mobilenet name=a schedule=every-frame backend=cpu "
                          "model-file=\"%s\" ! mobilenet name=b "
                          "schedule=every-frame backend=cpu "
                          "model-file=\"%s\" ! mobilenetoverlay name=o",
      model, other);
  h = gst_harness_new_parse (line);
  gst_harness_add_propose_allocation_meta (h,
      GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
  gst_harness_set_src_caps_str (h, caps);
  buffer = test_pass (h, test_frame_new_for_caps (caps, 0xff0000, 0));
  r = gst_mobilenet_meta_iterate (buffer, &state);
  fail_unless_equals_string (gst_structure_get_string (r, "element"), "a");
  fail_unless_equals_string (gst_structure_get_string (r, "label"), "red");
  r = gst_mobilenet_meta_iterate (buffer, &state);
  fail_unless_equals_string (gst_structure_get_string (r, "element"), "b");
  fail_unless_equals_string (gst_structure_get_string (r, "label"), "rot");
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                              test_overlay_get_composition (buffer)),
      2);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
mobilenetoverlay_suite (void)
{
  Suite *suite = suite_create ("mobilenetoverlay");
  TCase *tc = tcase_create ("overlay");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_formats, 0,
      G_N_ELEMENTS (test_overlay_formats));
  tcase_add_test (tc, test_readable);
  tcase_add_test (tc, test_nothing);
  tcase_add_test (tc, test_shared);
  tcase_add_test (tc, test_redrawn);
  tcase_add_test (tc, test_several);
  tcase_add_test (tc, test_small);
  tcase_add_test (tc, test_behind_mobilenet);
  tcase_add_test (tc, test_behind_two);
  return suite;
}

GST_CHECK_MAIN (mobilenetoverlay);
