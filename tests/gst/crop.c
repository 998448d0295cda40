/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The visible part of a buffer: caps tell its size, GstVideoMeta that of the
 * whole, GstVideoCropMeta where it is. It is seen as a frame of its own would
 * be. */

#include "tests/gst/croputil.h"
#include "tests/gst/seeutil.h"
#include "tests/gst/testutil.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gst/allocators/gstdmabuf.h>

static const gchar *const formats[] = {"NV12", "NV21", "I420", "YV12", "YUY2",
  "UYVY", "RGB", "BGRx", "ARGB", "GRAY8", "NV16", "NV24", "Y42B", "Y444",
  "P010_10LE", "I420_10LE", "I422_10LE", "Y444_10LE", "GRAY16_LE", "NV12_4L4",
  "NV12_32L32", "NV12_64Z32"};

/* ---- pictures -------------------------------------------------------- */

/* Caps as they are where the part is visible. */
static GstVideoInfo
visible_info (const gchar *format, gint width, gint height)
{
  g_autofree gchar *text = test_caps (format, width, height);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, caps));
  return info;
}

/* ---- what the network sees ------------------------------------------- */

static void
check_near (const gfloat *seen, const gfloat *want, gfloat tolerance,
    const gchar *what)
{
  guint i;

  fail_unless (seen != NULL && want != NULL, "%s: no picture", what);
  for (i = 0; i < TEST_N_SEEN; i++)
    fail_unless (fabsf (seen[i] - want[i]) <= tolerance,
        "%s: value %u is %g, not %g", what, i, seen[i], want[i]);
}

#define WIDTH 40
#define HEIGHT 36

static void
check_crop (const gchar *format, gint x, gint y, gint pad, gfloat tolerance)
{
  GstVideoInfo whole_info, part_info;
  GstVideoInfo caps = visible_info (format, WIDTH, HEIGHT);
  GstBuffer *whole, *part;
  g_autofree gfloat *seen = NULL, *want = NULL;

  whole = test_crop_frame_new (format, 0, 0, 128, 96, pad, &whole_info);
  part = test_crop_frame_new (format, x, y, WIDTH, HEIGHT, 0, &part_info);
  test_crop_to (whole, x, y, WIDTH, HEIGHT);
  seen = test_see (whole, &caps, MN_ORIENT_0);
  want = test_see (part, &caps, MN_ORIENT_0);
  check_near (seen, want, tolerance, format);
  gst_buffer_unref (whole);
  gst_buffer_unref (part);
}

static gboolean
is_tiled (const gchar *format)
{
  return GST_VIDEO_FORMAT_INFO_IS_TILED (
      gst_video_format_get_info (gst_video_format_from_string (format)));
}

/* On whole chroma samples: as a frame of its own, but for the chroma around
 * its edges. */
GST_START_TEST (test_even)
{
  const gchar *format = formats[__i__];

  check_crop (format, 0, 0, 0, 1);
  check_crop (format, 64, 48, 0, 1);
  check_crop (format, 88, 60, 0, 1); /* the last pixel there is */
  if (!is_tiled (format))
    check_crop (format, 64, 48, 12, 1);
}

GST_END_TEST;

/* In between: chroma is that of the place, not of the sample before it. */
GST_START_TEST (test_odd)
{
  const gchar *format = formats[__i__];

  check_crop (format, 61, 43, 0, 10);
  check_crop (format, 1, 1, 0, 10);
  if (!is_tiled (format))
    check_crop (format, 87, 59, 6, 10);
}

GST_END_TEST;

/* It is cut out first, then turned. */
GST_START_TEST (test_turned)
{
  GstVideoInfo info, caps = visible_info ("NV12", WIDTH, HEIGHT);
  GstBuffer *whole = test_crop_frame_new ("NV12", 0, 0, 128, 96, 0, &info);
  GstBuffer *part = test_crop_frame_new ("NV12", 64, 48, WIDTH, HEIGHT, 0,
      &info);
  guint turn;

  test_crop_to (whole, 64, 48, WIDTH, HEIGHT);
  for (turn = MN_ORIENT_0; turn <= MN_ORIENT_270; turn++) {
    g_autofree gfloat *seen = test_see (whole, &caps, turn);
    g_autofree gfloat *want = test_see (part, &caps, turn);

    check_near (seen, want, 1, "turned");
  }
  gst_buffer_unref (whole);
  gst_buffer_unref (part);
}

GST_END_TEST;

/* Without a GstVideoMeta the rectangle is a part of what caps tell; where it
 * is not of the size that caps tell, it is what counts. */
GST_START_TEST (test_other_sizes)
{
  GstVideoInfo info, small;
  g_autofree gfloat *seen = NULL, *want = NULL, *cut = NULL, *rest = NULL;
  GstBuffer *buffer = test_crop_frame_new ("NV12", 0, 0, 128, 96, 0, &info);
  GstBuffer *part = test_crop_frame_new ("NV12", 64, 48, 40, 36, 0, &small);
  GstBuffer *corner = test_crop_frame_new ("NV12", 100, 80, 28, 16, 0, &small);
  GstVideoInfo caps = visible_info ("NV12", 16, 16);

  small = visible_info ("NV12", 40, 36);
  want = test_see (part, &small, MN_ORIENT_0);
  test_crop_to (buffer, 64, 48, 40, 36);
  seen = test_see (buffer, &caps, MN_ORIENT_0);
  check_near (seen, want, 6, "another size");
  gst_buffer_remove_meta (buffer,
      GST_META_CAST (gst_buffer_get_video_meta (buffer)));
  g_free (seen);
  seen = test_see (buffer, &info, MN_ORIENT_0);
  check_near (seen, want, 6, "no GstVideoMeta");

  gst_buffer_get_video_crop_meta (buffer)->x = 100;
  gst_buffer_get_video_crop_meta (buffer)->y = 80;
  cut = test_see (buffer, &info, MN_ORIENT_0);
  small = visible_info ("NV12", 28, 16);
  rest = test_see (corner, &small, MN_ORIENT_0);
  check_near (cut, rest, 6, "cut to the whole");
  gst_buffer_unref (buffer);
  gst_buffer_unref (part);
  gst_buffer_unref (corner);
}

GST_END_TEST;

/* Rows of a field, of a frame that is larger than its visible part. */
GST_START_TEST (test_field)
{
  GstVideoInfo whole, part;
  GstVideoInfo caps = visible_info ("I420", 40, 36);
  guint bottom;

  caps.interlace_mode = GST_VIDEO_INTERLACE_MODE_INTERLEAVED;
  for (bottom = 0; bottom < 2; bottom++) {
    GstBuffer *a = test_crop_frame_new ("I420", 0, 0, 128, 96, 0, &whole);
    GstBuffer *b = test_crop_frame_new ("I420", 64, 48, 40, 36, 0, &part);
    g_autofree gfloat *seen = NULL, *want = NULL;

    test_crop_to (a, 64, 48, 40, 36);
    if (bottom) {
      GST_BUFFER_FLAG_SET (a, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
      GST_BUFFER_FLAG_SET (b, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
    }
    seen = test_see (a, &caps, MN_ORIENT_0);
    want = test_see (b, &caps, MN_ORIENT_0);
    check_near (seen, want, 8, bottom ? "bottom" : "top");
    gst_buffer_unref (a);
    gst_buffer_unref (b);
  }
}

GST_END_TEST;

/* ---- refusals -------------------------------------------------------- */

/* Messages left on the bus would keep their element. */
static void
close_all (GstHarness *h, GstBus *bus)
{
  test_pop_messages (bus, GST_MESSAGE_ANY, NULL);
  test_close (h, bus);
}

/* RGB of that size, so it says, in so much memory. */
static GstBuffer *
claim_new (guint width, guint height, gsize size)
{
  GstBuffer *buffer = gst_buffer_new ();
  gsize offset[GST_VIDEO_MAX_PLANES] = {0};
  gint stride[GST_VIDEO_MAX_PLANES] = {MIN (3 * (guint64) width, 1 << 20)};

  gst_buffer_append_memory (buffer, test_guarded_new (size));
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_RGB, width, height, 1, offset, stride);
  return buffer;
}

static const struct
{
  guint width, height; /* of the whole; its memory is 64x32 */
  guint x, y, w, h;
} lies[] = {
  {64, 32, 64, 0, 16, 16}, /* beside it */
  {64, 32, 0, 32, 16, 16}, /* below it */
  {64, 32, G_MAXUINT, G_MAXUINT, 16, 16},
  {64, 4000, 8, 3000, 16, 16}, /* beyond the memory */
  {64, 33, 8, 17, 16, 16},     /* by one row */
  {G_MAXUINT, G_MAXUINT, 8, 8, 16, 16},
  {G_MAXINT, G_MAXINT, G_MAXINT - 20, G_MAXINT - 20, 16, 16},
};

GST_START_TEST (test_lies)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  GstBuffer *buffer = claim_new (lies[__i__].width, lies[__i__].height,
      64 * 32 * 3);

  test_crop_to (buffer, lies[__i__].x, lies[__i__].y, lies[__i__].w,
      lies[__i__].h);
  buffer = test_pass (h, buffer);
  fail_unless_equals_int (test_count_results (buffer), 0);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      1);
  /* It goes on. */
  buffer = test_run (h, RGB_CAPS, 0x00ff00, DURATION);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  close_all (h, bus);
}

GST_END_TEST;

/* One that is far too large for what is there, but starts in it. */
GST_START_TEST (test_cut)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  GstBuffer *buffer = claim_new (64, 32, 64 * 32 * 3);

  test_crop_to (buffer, 63, 31, G_MAXUINT, G_MAXUINT);
  buffer = test_pass (h, buffer);
  fail_unless_equals_int (test_count_results (buffer), 1);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  close_all (h, bus);
}

GST_END_TEST;

/* ---- elements -------------------------------------------------------- */

/* 64x32 of RGB, red, with a blue part; 16x16 of it are visible. */
static GstBuffer *
painted_new (gint x, gint y, gint width, gint height)
{
  GstBuffer *buffer = claim_new (64, 32, 64 * 32 * 3);
  GstMapInfo map;
  gint i, j;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (j = 0; j < 32; j++) {
    for (i = 0; i < 64; i++) {
      gboolean in = i >= x && i < x + width && j >= y && j < y + height;

      memcpy (map.data + 3 * (64 * j + i), in ? "\0\0\377" : "\377\0\0", 3);
    }
  }
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

/* In the background too, where frames are held or copied. */
GST_START_TEST (test_latest)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstAllocator *allocator = gst_dmabuf_allocator_new ();
  GstMessage *message;
  GstHarness *h;
  guint i;

  gst_util_set_object_arg (G_OBJECT (element), "schedule", "latest");
  h = test_open_rgb (element);
  for (i = 0; i < 4; i++) {
    GstBuffer *buffer = painted_new (40 - 8 * i, 9, 16, 16);

    if (i >= 2) {
      gint fd = memfd_create ("frame", MFD_CLOEXEC);
      GstMapInfo map;

      gst_buffer_map (buffer, &map, GST_MAP_READ);
      fail_unless (write (fd, map.data, map.size) == (gssize) map.size);
      gst_buffer_unmap (buffer, &map);
      gst_buffer_replace_all_memory (buffer,
          gst_dmabuf_allocator_alloc (allocator, fd, 64 * 32 * 3));
    }
    test_crop_to (buffer, 40 - 8 * i, 9, 16, 16);
    GST_BUFFER_PTS (buffer) = i * DURATION;
    gst_buffer_unref (test_pass (h, buffer));
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  gst_object_unref (allocator);
  /* The same for all of them: one message. */
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT,
                              &message),
      1);
  fail_unless_equals_string (
      gst_structure_get_string (gst_message_get_structure (message), "label"),
      "blue");
  gst_message_unref (message);
  close_all (h, bus);
}

GST_END_TEST;

/* Each frame with a part of its own, and some without one, while several are
 * computed at once. */
GST_START_TEST (test_in_flight)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h;
  guint i;

  g_object_set (element, "threads", 3, NULL);
  gst_mobilenet_set_tuning (GST_MOBILENET (element), 4, 0, 0, 0);
  h = test_open_rgb (element);
  for (i = 0; i < 24; i++) {
    GstBuffer *buffer = painted_new (40, 9, 16, 16);

    if (i % 3 > 0)
      test_crop_to (buffer, i % 3 == 1 ? 40 : i % 24, 9, 16, 16);
    GST_BUFFER_PTS (buffer) = i * DURATION;
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  for (i = 0; i < 24; i++) {
    GstBuffer *buffer = gst_harness_pull (h);

    fail_unless_equals_string (test_get_label (buffer),
        i % 3 == 1 ? "blue" : "red");
    gst_buffer_unref (buffer);
  }
  close_all (h, bus);
}

GST_END_TEST;

/* Boxes are measured in the whole. */
GST_START_TEST (test_objects)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstBuffer *buffer = painted_new (40, 8, 16, 16);
  GstVideoRegionOfInterestMeta *roi;
  gpointer state = NULL;
  GstStructure *param;
  GstHarness *h;

  gst_util_set_object_arg (G_OBJECT (element), "region", "objects");
  h = test_open_rgb (element);
  test_crop_to (buffer, 36, 4, 16, 16);
  gst_buffer_add_video_region_of_interest_meta (buffer, "x", 44, 10, 8, 8);
  buffer = test_pass (h, buffer);
  roi = (GstVideoRegionOfInterestMeta *)
      gst_buffer_iterate_meta_filtered (buffer, &state,
          GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
  param = gst_video_region_of_interest_meta_get_param (roi, "mobilenet");
  fail_unless (param != NULL);
  fail_unless_equals_string (gst_structure_get_string (param, "label"), "blue");
  gst_buffer_unref (buffer);
  close_all (h, bus);
}

GST_END_TEST;

static gboolean
have_elements (const gchar *const *names)
{
  for (; *names; names++) {
    if (!test_have_element (*names))
      return FALSE;
  }
  return TRUE;
}

/* The best class that a picture of two halves has once one is cut off. */
static gchar *
play (const gchar *middle, const gchar *sink)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc num-buffers=2 "
      "pattern=blue ! video/x-raw,format=%s,width=32,height=32 ! "
      "videobox left=-64 top=-16 fill=red ! videocrop left=64 top=16 ! "
      "%s mobilenet name=m threshold=0 model-file=\"%s\" backend=cpu ! "
      "%s sync=false",
      "I420", middle, model, sink);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstBus *bus;
  GstMessage *message;
  gchar *label = NULL;

  fail_unless (pipeline != NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
              GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT))) {
    const GstStructure *s = gst_message_get_structure (message);
    gboolean end = GST_MESSAGE_TYPE (message) != GST_MESSAGE_ELEMENT;

    fail_if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
    if (!end && gst_structure_has_name (s, "mobilenet-result")) {
      g_free (label);
      label = g_strdup (gst_structure_get_string (s, "label"));
    }
    gst_message_unref (message);
    if (end)
      break;
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  return label;
}

/* What videocrop does with a sink that takes its meta, and with one that does
 * not. */
GST_START_TEST (test_videocrop)
{
  static const gchar *const needed[] = {
    "videotestsrc", "videobox", "videocrop", "fakevideosink", NULL};
  static const gchar *const middles[] = {
    "", "queue !", "identity silent=true !"};
  guint i;

  if (!have_elements (needed))
    return;
  for (i = 0; i < G_N_ELEMENTS (middles); i++) {
    g_autofree gchar *copied = play (middles[i], "fakesink");
    g_autofree gchar *marked = play (middles[i], "fakevideosink");

    fail_unless_equals_string (copied, "blue");
    fail_unless_equals_string (marked, "blue");
  }
}

GST_END_TEST;

static Suite *
crop_suite (void)
{
  Suite *suite = suite_create ("crop");
  TCase *tc = tcase_create ("crop");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_even, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tc, test_odd, 0, G_N_ELEMENTS (formats));
  tcase_add_test (tc, test_turned);
  tcase_add_test (tc, test_other_sizes);
  tcase_add_test (tc, test_field);
  tcase_add_loop_test (tc, test_lies, 0, G_N_ELEMENTS (lies));
  tcase_add_test (tc, test_cut);
  tcase_add_test (tc, test_latest);
  tcase_add_test (tc, test_in_flight);
  tcase_add_test (tc, test_objects);
  tcase_add_test (tc, test_videocrop);
  return suite;
}

GST_CHECK_MAIN (crop);
