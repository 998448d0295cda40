/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which result is newer goes by the order of frames, and ages by running
 * time: backwards, faster, and with timestamps that go back, stand still or
 * are not there. */

#include "gst/mobilenet/timeline.h"
#include "tests/gst/testutil.h"

#define N_FRAMES 90

typedef enum
{
  BACKWARDS,       /* rate -1 */
  BACKWARDS_TWICE, /* rate -2 */
  TWICE,           /* rate 2 */
  HALF,            /* rate 0.5 */
  UNTIMED,         /* no timestamps */
  UNTIMED_BY_CAPS, /* nor durations: the caps tell */
  LOOPING,         /* back to the start every 10 frames */
  DOWN,            /* as backwards, but nobody says so */
  EQUAL,           /* all the same timestamp */
  BYTES,           /* a segment that has no time */
  N_WAYS
} Way;

static const gdouble rates[N_WAYS] = {
  -1.0, -2.0, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};

static GstHarness *
open_way (GstBus **bus, Way way, const gchar *schedule)
{
  GstElement *element = test_element_new (bus);
  GstHarness *h;
  GstSegment segment;

  gst_util_set_object_arg (G_OBJECT (element), "schedule", schedule);
  h = test_open_rgb (element);
  gst_segment_init (&segment,
      way == BYTES ? GST_FORMAT_BYTES : GST_FORMAT_TIME);
  segment.rate = rates[way];
  segment.stop = way < TWICE ? N_FRAMES * DURATION : GST_CLOCK_TIME_NONE;
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  return h;
}

static GstBuffer *
make_frame (Way way, guint n, guint rgb)
{
  GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, rgb, n * DURATION);

  if (way <= BACKWARDS_TWICE || way == DOWN)
    GST_BUFFER_PTS (buffer) = (N_FRAMES - 1 - n) * DURATION;
  else if (way == UNTIMED || way == UNTIMED_BY_CAPS)
    GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  else if (way == LOOPING)
    GST_BUFFER_PTS (buffer) = n % 10 * DURATION;
  else if (way == EQUAL)
    GST_BUFFER_PTS (buffer) = 0;
  if (way == UNTIMED_BY_CAPS)
    GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  return buffer;
}

static GstBuffer *
pass (GstHarness *h, GstBuffer *buffer)
{
  gst_harness_push (h, buffer);
  buffer = gst_harness_try_pull (h);
  fail_unless (buffer != NULL);
  return buffer;
}

/* So many frames later. */
static void
check_age (Way way, guint64 age, guint frames)
{
  guint64 want = frames * (guint64) (DURATION / ABS (rates[way]));

  if (way == EQUAL)
    want = 0;
  /* One frame back may be out of order, and counts with the next. */
  if (way == DOWN) {
    fail_unless (age <= want + 2 * DURATION && age + 2 * DURATION >= want / 2);
  } else {
    fail_unless_equals_uint64 (age, want);
  }
}

/* Every fifth frame is classified: all have its result. */
GST_START_TEST (test_interval)
{
  GstBus *bus;
  GstHarness *h = open_way (&bus, __i__, "every-frame");
  guint64 start = 0, number, age;
  guint n;

  g_object_set (h->element, "interval", 5, NULL);
  for (n = 0; n < N_FRAMES; n++) {
    GstBuffer *buffer = pass (h, make_frame (__i__, n, n % 5 ? 0xff : 0xff00));
    const GstStructure *s;
    gboolean fresh;

    fail_unless (test_count_results (buffer) == 1, "frame %u", n);
    s = test_get_result (buffer);
    fail_unless_equals_string (gst_structure_get_string (s, "label"), "green");
    number = test_get_uint64 (s, "number");
    if (n == 0)
      start = number;
    fail_unless_equals_uint64 (number, start + n - n % 5);
    fail_unless (gst_structure_get_boolean (s, "fresh", &fresh));
    fail_unless_equals_int (fresh, n % 5 == 0);
    age = test_get_uint64 (s, "age");
    check_age (__i__, age, n % 5);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* schedule=latest: from the first result on none goes without, and newer
 * results follow older ones. */
GST_START_TEST (test_latest)
{
  GstBus *bus;
  GstHarness *h = open_way (&bus, __i__, "latest");
  guint64 newest = 0;
  guint n;

  gst_buffer_unref (pass (h, make_frame (__i__, 0, 0xff)));
  test_wait_for_inferences (h, 1);
  for (n = 1; n < N_FRAMES; n++) {
    GstBuffer *buffer = pass (h, make_frame (__i__, n, 0xff));
    guint64 number;

    fail_unless (test_count_results (buffer) == 1, "frame %u", n);
    number = test_get_uint64 (test_get_result (buffer), "number");
    fail_unless (number >= newest && number <= n + 1);
    check_age (__i__, test_get_uint64 (test_get_result (buffer), "age"),
        n + 1 - number);
    newest = number;
    gst_buffer_unref (buffer);
    g_usleep (200);
  }
  test_wait_for_inferences (h, 2);
  gst_buffer_unref (pass (h, make_frame (__i__, n, 0xff)));
  test_close (h, bus);
}

GST_END_TEST;

/* Frames that fail end it after max-age of running time, or of frames. */
GST_START_TEST (test_max_age)
{
  GstBus *bus;
  GstHarness *h = open_way (&bus, __i__, "every-frame");
  guint n;

  g_object_set (h->element, "max-age",
      (guint64) (10 * DURATION / ABS (rates[__i__])), NULL);
  for (n = 0; n < 40; n++) {
    GstBuffer *buffer = make_frame (__i__, n, 0xff);

    if (n > 0)
      gst_buffer_set_size (buffer, 100);
    buffer = pass (h, buffer);
    /* The first that fails is frame 1. */
    if (__i__ != DOWN && __i__ != EQUAL)
      fail_unless (test_count_results (buffer) == (n <= 11), "frame %u", n);
    else if (n < 10 || n > 30)
      fail_unless (test_count_results (buffer) == (n < 10 || __i__ == EQUAL));
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* Every second frame, or as many as that makes of running time. */
GST_START_TEST (test_max_rate)
{
  GstBus *bus;
  GstHarness *h = open_way (&bus, __i__, "every-frame");
  guint64 inferences;
  GstStructure *stats;
  guint n;

  g_object_set (h->element, "max-rate", 12.5 * ABS (rates[__i__]), NULL);
  for (n = 0; n < N_FRAMES; n++)
    gst_buffer_unref (pass (h, make_frame (__i__, n, 0xff)));
  g_object_get (h->element, "stats", &stats, NULL);
  inferences = test_get_uint64 (stats, "inferences");
  gst_structure_free (stats);
  if (__i__ == DOWN) {
    fail_unless (inferences >= N_FRAMES / 4 && inferences <= N_FRAMES / 2);
  } else {
    fail_unless_equals_uint64 (inferences, __i__ == EQUAL ? 1 : N_FRAMES / 2);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* One frame of another colour changes nothing: the past counts. */
GST_START_TEST (test_smoothing)
{
  GstBus *bus;
  GstHarness *h = open_way (&bus, __i__, "every-frame");
  guint n;

  g_object_set (h->element, "smoothing", 0.5, NULL);
  for (n = 0; n < N_FRAMES; n++) {
    GstBuffer *buffer = pass (h,
        make_frame (__i__, n, n % 9 == 5 ? 0xff : 0xff00));

    fail_unless_equals_string (test_get_label (buffer), "green");
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* ---- with a source that seeks -------------------------------------------- */

static void
count_frame (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  guint *counts = data;

  counts[0]++;
  counts[1] += test_count_results (buffer);
}

static void
check_seek (gdouble rate, const gchar *properties)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc ! video/x-raw,"
      "width=16,height=16,framerate=25/1 ! mobilenet backend=cpu threads=2 "
      "model-file=\"%s\" %s ! fakesink name=k sync=false "
      "signal-handoffs=true",
      model, properties);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "k");
  GstBus *bus = gst_pipeline_get_bus (GST_PIPELINE (pipeline));
  guint counts[2] = {0, 0};

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  g_signal_connect (sink, "handoff", G_CALLBACK (count_frame), counts);
  fail_unless (gst_element_seek (pipeline, rate, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET,
      N_FRAMES * DURATION));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (counts[0] >= N_FRAMES, "%u frames", counts[0]);
  fail_unless (counts[1] == counts[0], "rate %.1f, %s: %u of %u", rate,
      properties, counts[1], counts[0]);
  gst_object_unref (bus);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

GST_START_TEST (test_seek)
{
  static const gdouble some[] = {1.0, -1.0, 2.0, -2.0};

  check_seek (some[__i__], "interval=5");
  check_seek (some[__i__], "interval=60");
  check_seek (some[__i__], "schedule=latest");
  check_seek (some[__i__], "schedule=latest max-rate=0.5");
}

GST_END_TEST;

/* ---- the timeline by itself ---------------------------------------------- */

GST_START_TEST (test_timeline)
{
  static const struct
  {
    GstClockTimeDiff time;
    GstClockTime duration, want;
  } steps[] = {{GST_CLOCK_STIME_NONE, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE},
    {-50, 10, 0}, {-40, 10, 10}, {1000, 10, 1050},
    {990, 10, 1040},                 /* out of order */
    {1010, 10, 1060}, {0, 10, 1070}, /* back to the start */
    {10, 10, 1080}, {10, 10, 1080}, {GST_CLOCK_STIME_NONE, 10, 1090},
    {30, 10, 1100},
    {GST_CLOCK_STIME_NONE, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE},
    {50, GST_CLOCK_TIME_NONE, 1120}, {49, GST_CLOCK_TIME_NONE, 1120},
    {60, 10, 1131}};
  GstMobilenetTimeline timeline = {FALSE};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (steps); i++)
    fail_unless_equals_uint64 (gst_mobilenet_timeline_next (&timeline,
                                   steps[i].time, steps[i].duration),
        steps[i].want);
  gst_mobilenet_timeline_reset (&timeline);
  fail_unless_equals_uint64 (gst_mobilenet_timeline_next (&timeline, 7, 10), 0);
}

GST_END_TEST;

static Suite *
mobilenet_backwards_suite (void)
{
  Suite *suite = suite_create ("mobilenet-backwards");
  TCase *tc = tcase_create ("backwards");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_interval, 0, N_WAYS);
  tcase_add_loop_test (tc, test_latest, 0, N_WAYS);
  tcase_add_loop_test (tc, test_max_age, 0, N_WAYS);
  tcase_add_loop_test (tc, test_max_rate, 0, N_WAYS);
  tcase_add_loop_test (tc, test_smoothing, 0, N_WAYS);
  tcase_add_loop_test (tc, test_seek, 0, 4);
  tcase_add_test (tc, test_timeline);
  return suite;
}

GST_CHECK_MAIN (mobilenet_backwards);
