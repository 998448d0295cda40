/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames through `mobilenet`: formats, strides, sizes, bad buffers, and that
 * no pixel is copied. */

#include "tests/gst/testutil.h"

#include <math.h>
#include <string.h>

/* ---- frames ---------------------------------------------------------- */

static const gchar *formats[] = {"NV12", "NV21", "I420", "YV12", "YUY2", "UYVY",
  "RGB", "BGR", "RGBA", "BGRA", "RGBx", "BGRx", "YVYU", "ARGB", "xRGB", "ABGR",
  "xBGR", "NV16", "NV24", "Y42B", "Y444", "P010_10LE", "P010_10BE", "I420_10LE",
  "I420_10BE", "I422_10LE", "Y444_10LE", "GRAY8", "GRAY16_LE"};

#define N_COLOURED (G_N_ELEMENTS (formats) - 2)

static const struct
{
  gint width, height;
} sizes[] = {{16, 16}, {17, 13}, {8, 9}, {1, 1}, {3, 2}, {320, 241}};

static void
check_colour (GstHarness *h, const gchar *format, const gchar *caps,
    guint colour, const gchar *label)
{
  GstBuffer *buffer = test_run (h, caps, colour, 0);

  /* All three are as likely where there is no colour. */
  if (!g_str_has_prefix (format, "GRAY")) {
    fail_unless_equals_string (test_get_label (buffer), label);
  } else {
    test_get_result (buffer);
  }
  gst_buffer_unref (buffer);
}

GST_START_TEST (test_formats)
{
  const gchar *format = formats[__i__];
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree gchar *caps = test_caps (format, sizes[i].width,
        sizes[i].height);

    gst_harness_set_src_caps_str (h, caps);
    check_colour (h, format, caps, 0xff0000, "red");
    check_colour (h, format, caps, 0x00ff00, "green");
    check_colour (h, format, caps, 0x0000ff, "blue");
  }
  fail_unless_equals_int (test_pop_messages (bus,
                              GST_MESSAGE_WARNING | GST_MESSAGE_ERROR, NULL),
      0);
  test_close (h, bus);
}

GST_END_TEST;

/* Strides and offsets of a GstVideoMeta, with memory around each plane. */
GST_START_TEST (test_strides)
{
  const gchar *format = formats[__i__];
  g_autofree gchar *text = test_caps (format, 17, 13);
  GstCaps *caps = gst_caps_from_string (text);
  GstVideoAlignment align;
  GstVideoInfo info;
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));
  GstBuffer *buffer;

  gst_video_alignment_reset (&align);
  align.padding_left = 6;
  align.padding_right = 10;
  align.padding_top = 4;
  align.padding_bottom = 2;
  fail_unless (gst_video_info_from_caps (&info, caps));
  gst_caps_unref (caps);
  fail_unless (gst_video_info_align (&info, &align));
  gst_harness_set_src_caps_str (h, text);
  buffer = test_frame_new (&info, 0x00ff00, 0);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (&info), 17, 13, GST_VIDEO_INFO_N_PLANES (&info),
      info.offset, info.stride);
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  buffer = gst_harness_pull (h);
  if (!g_str_has_prefix (format, "GRAY")) {
    gdouble p[3], confidence;

    test_expected (0x00ff00, p);
    fail_unless_equals_string (test_get_label (buffer), "green");
    fail_unless (gst_structure_get_double (test_get_result (buffer),
        "confidence", &confidence));
    fail_unless (fabs (confidence - p[1]) < 0.01);
  }
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* Left half red, right half blue. */
GST_START_TEST (test_crop_meta)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  GstMapInfo map;
  guint i;

  for (i = 0; i < 3; i++) {
    GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, 0xff0000,
        i * DURATION);
    guint x, y;

    gst_buffer_map (buffer, &map, GST_MAP_WRITE);
    for (y = 0; y < 16; y++) {
      for (x = 8; x < 16; x++)
        memcpy (map.data + 48 * y + 3 * x, "\0\0\377", 3);
    }
    gst_buffer_unmap (buffer, &map);
    if (i < 2) {
      GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta (buffer);

      crop->x = 8 * i;
      crop->y = 4;
      crop->width = 8;
      crop->height = i == 0 ? 8 : 1000; /* cut to the frame */
    }
    gst_harness_push (h, buffer);
    buffer = gst_harness_pull (h);
    if (i < 2) {
      fail_unless_equals_string (test_get_label (buffer),
          i == 0 ? "red" : "blue");
    }
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_caps_change)
{
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));
  guint i;

  for (i = 0; i < 30; i++) {
    g_autofree gchar *caps = test_caps (formats[i % N_COLOURED], 1 + 7 * i,
        200 - 6 * i);
    GstBuffer *buffer;

    gst_harness_set_src_caps_str (h, caps);
    buffer = test_run (h, caps, 0xff0000 >> (8 * (i % 3)), i * DURATION);
    fail_unless_equals_string (test_get_label (buffer), test_rgb_labels[i % 3]);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* A frame that is too short passes, with one warning for all of them. */
GST_START_TEST (test_short_buffers)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  GstBuffer *buffer;
  guint i;

  for (i = 0; i < 4; i++) {
    buffer = gst_buffer_new_allocate (NULL, i == 0 ? 767 : 16 * i, NULL);
    gst_buffer_memset (buffer, 0, 0, -1);
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    buffer = gst_harness_pull (h);
    fail_unless_equals_int (test_count_results (buffer), 0);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      1);
  buffer = test_run (h, RGB_CAPS, 0x00ff00, 0);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* Metadata that promises more than there is. */
GST_START_TEST (test_lying_video_meta)
{
  static const struct
  {
    gsize offset;
    gint stride;
    guint width;
  } lies[] = {
    {0, 1000, 16}, {700, 48, 16}, {5000, 48, 16}, {0, -48, 16}, {0, 48, 8}};
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  guint i;

  for (i = 0; i < G_N_ELEMENTS (lies); i++) {
    GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, 0xff0000, 0);
    gsize offset[GST_VIDEO_MAX_PLANES] = {
      lies[i].offset,
    };
    gint stride[GST_VIDEO_MAX_PLANES] = {
      lies[i].stride,
    };

    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_FORMAT_RGB, lies[i].width, 16, 1, offset, stride);
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    buffer = gst_harness_pull (h);
    fail_unless (test_count_results (buffer) == 0, "lie %u", i);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* Rows from the bottom up. */
GST_START_TEST (test_negative_stride)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, 0x00ff00, 0);
  gsize offset[GST_VIDEO_MAX_PLANES] = {
    15 * 48,
  };
  gint stride[GST_VIDEO_MAX_PLANES] = {
    -48,
  };

  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_RGB, 16, 16, 1, offset, stride);
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  buffer = gst_harness_pull (h);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- pass-through ---------------------------------------------------- */

static void
check_same_memory (gboolean enabled)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h;
  GstBuffer *in, *out;
  GstMemory *memory;

  g_object_set (element, "enabled", enabled, NULL);
  h = test_open_rgb (element);
  in = test_frame_new_for_caps (RGB_CAPS, 0xff0000, 0);
  memory = gst_buffer_peek_memory (in, 0);
  GST_MINI_OBJECT_FLAG_SET (memory, GST_MEMORY_FLAG_READONLY);
  gst_buffer_ref (in); /* somebody else looks at it as well */
  gst_harness_push (h, in);
  out = gst_harness_pull (h);
  fail_unless (gst_buffer_peek_memory (out, 0) == memory);
  fail_unless_equals_int (gst_buffer_n_memory (out), 1);
  fail_unless_equals_int (test_count_results (out), enabled ? 1 : 0);
  fail_unless_equals_int (test_count_results (in), 0);
  if (!enabled)
    fail_unless (in == out);
  gst_buffer_unref (out);
  ASSERT_BUFFER_REFCOUNT (in, "in", 1);
  gst_buffer_unref (in);
  test_close (h, bus);
}

GST_START_TEST (test_no_copy)
{
  check_same_memory (TRUE);
  check_same_memory (FALSE);
}

GST_END_TEST;

/* A buffer that is ours alone stays the same buffer. */
GST_START_TEST (test_same_buffer)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  GstBuffer *in = test_frame_new_for_caps (RGB_CAPS, 0xff0000, 0), *out;

  gst_harness_push (h, in);
  out = gst_harness_pull (h);
  fail_unless (in == out);
  ASSERT_BUFFER_REFCOUNT (out, "out", 1);
  gst_buffer_unref (out);
  test_close (h, bus);
}

GST_END_TEST;

/* Switched off, the result ends: a message says so, and nothing is attached
 * any more. */
GST_START_TEST (test_enabled)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h = test_open_rgb (element);
  GstMessage *message;
  GstBuffer *buffer;
  guint i;

  gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, 0));
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      1);
  g_object_set (element, "enabled", FALSE, NULL);
  for (i = 1; i < 4; i++) {
    buffer = test_run (h, RGB_CAPS, 0xff0000, i * DURATION);
    fail_unless_equals_int (test_count_results (buffer), 0);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT,
                              &message),
      1);
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "label"),
      "");
  gst_message_unref (message);
  g_object_set (element, "enabled", TRUE, NULL);
  buffer = test_run (h, RGB_CAPS, 0xff0000, 4 * DURATION);
  fail_unless_equals_string (test_get_label (buffer), "red");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* An element replaces its own result and leaves the others'. */
GST_START_TEST (test_two_elements)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  GstMobilenetResult other = {.element = "another",
    .model = "m",
    .task = "classification",
    .backend = "cpu",
    .fresh = TRUE};
  GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, 0xff0000, 0);
  gpointer state = NULL;

  gst_mobilenet_meta_attach (buffer, &other);
  other.element = "mobilenet0";
  gst_mobilenet_meta_attach (buffer, &other);
  gst_harness_push (h, buffer);
  buffer = gst_harness_pull (h);
  fail_unless_equals_int (test_count_results (buffer), 2);
  fail_unless_equals_string (
      gst_structure_get_string (gst_mobilenet_meta_iterate (buffer, &state),
          "element"),
      "another");
  fail_unless_equals_string (
      gst_structure_get_string (gst_mobilenet_meta_iterate (buffer, &state),
          "label"),
      "red");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

static Suite *
mobilenet_frames_suite (void)
{
  Suite *suite = suite_create ("mobilenet-frames");
  TCase *tc = tcase_create ("frames");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_formats, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tc, test_strides, 0, G_N_ELEMENTS (formats));
  tcase_add_test (tc, test_crop_meta);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_short_buffers);
  tcase_add_test (tc, test_lying_video_meta);
  tcase_add_test (tc, test_negative_stride);
  tcase_add_test (tc, test_no_copy);
  tcase_add_test (tc, test_same_buffer);
  tcase_add_test (tc, test_enabled);
  tcase_add_test (tc, test_two_elements);
  return suite;
}

GST_CHECK_MAIN (mobilenet_frames);
