/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A result is there until the next one can be: whatever makes that long, no
 * frame after the first result goes without. max-age is its default, a
 * second, or next to nothing. */

#include "tests/gst/latestutil.h"
#include "tests/support/fake_backend.h"

static const gchar *const schedules[] = {"every-frame", "latest"};

static GstHarness *
open_element (GstBus **bus, const gchar *schedule, const gchar *backend)
{
  return test_open_rgb (test_latest_element_new (bus, schedule, backend));
}

static GstBuffer *
pass (GstHarness *h, guint rgb, GstClockTime pts)
{
  GstBuffer *buffer;

  gst_harness_push (h, test_frame_new_for_caps (RGB_CAPS, rgb, pts));
  buffer = gst_harness_try_pull (h);
  fail_unless (buffer != NULL);
  return buffer;
}

/* The first frame, and its result. */
static void
begin (GstHarness *h)
{
  gst_buffer_unref (pass (h, RED, 0));
  test_wait_for_inferences (h, 1);
}

/* Frames from..to - 1 have results, none ends and none goes back. */
static void
check_labelled (GstHarness *h, guint from, guint to, GstClockTime duration)
{
  GstClockTime newest = 0;
  guint i;

  for (i = from; i < to; i++) {
    GstBuffer *buffer = pass (h, RED, i * duration);
    const GstStructure *s;

    fail_unless (test_count_results (buffer) == 1, "frame %u", i);
    s = test_get_result (buffer);
    fail_unless (test_get_uint64 (s, "pts") >= newest);
    newest = test_get_uint64 (s, "pts");
    fail_unless_equals_uint64 (test_get_uint64 (s, "age"),
        i * duration - newest);
    gst_buffer_unref (buffer);
  }
}

static void
check_no_end (GstHarness *h, GstBus *bus)
{
  /* That the result is there, once; of the end it would be told, too. */
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      1);
  fake_backend_release ();
  test_close (h, bus);
}

/* ---- the pace ----------------------------------------------------------- */

static void
check_pace (guint loop, const gchar *property, const gchar *value,
    guint64 max_age)
{
  GstBus *bus;
  GstHarness *h = open_element (&bus, schedules[loop], "cpu");

  gst_util_set_object_arg (G_OBJECT (h->element), property, value);
  g_object_set (h->element, "max-age", max_age, NULL);
  begin (h);
  check_labelled (h, 1, 400, DURATION);
  check_no_end (h, bus);
}

GST_START_TEST (test_interval)
{
  check_pace (__i__, "interval", "60", GST_SECOND);
  check_pace (__i__, "interval", "60", 1);
  check_pace (__i__, "interval", "1000", GST_SECOND);
}

GST_END_TEST;

GST_START_TEST (test_max_rate)
{
  check_pace (__i__, "max-rate", "0.2", GST_SECOND);
  check_pace (__i__, "max-rate", "0.2", 1);
  check_pace (__i__, "max-rate", "0.01", GST_SECOND);
}

GST_END_TEST;

/* A frame every two seconds, and every hour. */
GST_START_TEST (test_few_frames)
{
  static const GstClockTime durations[] = {2 * GST_SECOND, 3600 * GST_SECOND};
  guint i, n;

  for (i = 0; i < G_N_ELEMENTS (durations); i++) {
    GstBus *bus;
    GstHarness *h = open_element (&bus, schedules[__i__], "cpu");

    begin (h);
    for (n = 1; n < 10; n++) {
      check_labelled (h, n, n + 1, durations[i]);
      test_wait_for_inferences (h, n + 1);
    }
    check_no_end (h, bus);
  }
}

GST_END_TEST;

/* ---- slow inferences ---------------------------------------------------- */

/* The second inference takes for ever; frames come in time, or seldom. */
GST_START_TEST (test_slow)
{
  static const GstClockTime durations[] = {DURATION, 2 * GST_SECOND};
  GstBus *bus;
  GstHarness *h;

  fake_backend_fail (FAKE_SUBMIT, 1, FAKE_HANG);
  h = open_element (&bus, "latest", "opencl");
  begin (h);
  check_labelled (h, 1, 200, durations[__i__]);
  check_no_end (h, bus);
}

GST_END_TEST;

/* Late frames besides: those that are needed wait for the same inference. */
GST_START_TEST (test_slow_and_late)
{
  GstBus *bus;
  GstHarness *h;

  fake_backend_fail (FAKE_SUBMIT, 1, FAKE_HANG);
  h = open_element (&bus, "latest", "opencl");
  begin (h);
  gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND * 3600, 0));
  check_labelled (h, 1, 200, DURATION);
  check_no_end (h, bus);
}

GST_END_TEST;

/* All frames are late: none goes without, and the result is renewed. */
GST_START_TEST (test_late)
{
  GstBus *bus;
  GstHarness *h = open_element (&bus, schedules[__i__], "cpu");

  begin (h);
  gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND * 3600, 0));
  check_labelled (h, 1, 60, DURATION);
  test_wait_for_inferences (h, 2);
  check_no_end (h, bus);
}

GST_END_TEST;

/* ---- what ends a result -------------------------------------------------- */

static GstBuffer *
pass_broken (GstHarness *h, guint n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 100, NULL);

  GST_BUFFER_PTS (buffer) = n * DURATION;
  gst_harness_push (h, buffer);
  buffer = gst_harness_try_pull (h);
  fail_unless (buffer != NULL);
  return buffer;
}

/* A frame that cannot be read, now and then. */
GST_START_TEST (test_some_fail)
{
  GstBus *bus;
  GstHarness *h = open_element (&bus, schedules[__i__], "cpu");
  guint i;

  g_object_set (h->element, "max-age", 3 * DURATION, NULL);
  begin (h);
  for (i = 1; i < 100; i++) {
    GstBuffer *buffer = i % 4 ? pass_broken (h, i)
                              : pass (h, RED, i * DURATION);

    fail_unless (test_count_results (buffer) == 1, "frame %u", i);
    gst_buffer_unref (buffer);
    test_wait_for_inferences (h, 1 + i / 4);
  }
  check_no_end (h, bus);
}

GST_END_TEST;

/* When they go on failing it ends, and comes back with the first good one. */
GST_START_TEST (test_all_fail)
{
  GstBus *bus;
  GstHarness *h = open_element (&bus, schedules[__i__], "cpu");
  GstBuffer *buffer;
  guint i;

  g_object_set (h->element, "max-age", 3 * DURATION, NULL);
  begin (h);
  for (i = 1; i < 10; i++) {
    buffer = pass_broken (h, i);
    fail_unless (test_count_results (buffer) == (i <= 4), "frame %u", i);
    gst_buffer_unref (buffer);
  }
  gst_buffer_unref (pass (h, BLUE, i++ * DURATION));
  test_wait_for_inferences (h, 2);
  buffer = pass_broken (h, i++);
  fail_unless_equals_string (test_get_label (buffer), "blue");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* Switched off it ends at once; switched on again, that of before is over. */
GST_START_TEST (test_enabled)
{
  GstBus *bus;
  GstHarness *h;
  GstBuffer *buffer;
  guint i;

  fake_backend_fail (FAKE_SUBMIT, 1, FAKE_HANG);
  h = open_element (&bus, "latest", "opencl");
  begin (h);
  for (i = 1; i < 50; i++) {
    gboolean enabled = i % 2 == 0;

    g_object_set (h->element, "enabled", enabled, NULL);
    buffer = pass (h, GREEN, i * DURATION);
    fail_unless_equals_int (test_count_results (buffer), 0);
    gst_buffer_unref (buffer);
    /* The one that will be too late is under way. */
    while (enabled && fake_backend_get_calls (FAKE_SUBMIT) < 2)
      g_usleep (500);
  }
  g_object_set (h->element, "enabled", TRUE, NULL);
  fake_backend_release ();
  test_wait_for_inferences (h, 2);
  buffer = pass (h, GREEN, i++ * DURATION);
  gst_buffer_unref (buffer);
  test_wait_for_inferences (h, 3);
  check_labelled (h, i, i + 100, DURATION);
  test_close (h, bus);
}

GST_END_TEST;

static Suite *
mobilenet_held_suite (void)
{
  Suite *suite = suite_create ("mobilenet-held");
  TCase *tc = tcase_create ("held");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_interval, 0, 2);
  tcase_add_loop_test (tc, test_max_rate, 0, 2);
  tcase_add_loop_test (tc, test_few_frames, 0, 2);
  tcase_add_loop_test (tc, test_slow, 0, 2);
  tcase_add_test (tc, test_slow_and_late);
  tcase_add_loop_test (tc, test_late, 0, 2);
  tcase_add_loop_test (tc, test_some_fail, 0, 2);
  tcase_add_loop_test (tc, test_all_fail, 0, 2);
  tcase_add_test (tc, test_enabled);
  return suite;
}

GST_CHECK_MAIN (mobilenet_held);
