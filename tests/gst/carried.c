/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames without an inference of their own: what they carry and for how long,
 * which ones they are, and what smoothing makes of the results. */

#include "tests/gst/latestutil.h"

#define N_FRAMES 10

/* ---- age --------------------------------------------------------------- */

/* Frames that cannot be read come from frame 1 on, every 20th in its turn. */
static GstBuffer *
pass_broken (GstHarness *h, guint n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 100, NULL);

  GST_BUFFER_PTS (buffer) = n * DURATION;
  GST_BUFFER_DURATION (buffer) = DURATION;
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  buffer = gst_harness_try_pull (h);
  fail_unless (buffer != NULL);
  return buffer;
}

/* The result is there until the next one could be, and a second beyond. */
static void
check_max_age (const gchar *schedule, guint64 max_age)
{
  guint last = 20 + GST_SECOND / DURATION, i;
  GstElement *element;
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", schedule);
  g_object_set (element, "interval", 20, NULL);
  if (max_age != GST_SECOND)
    g_object_set (element, "max-age", max_age, NULL);
  h = test_open_rgb (element);
  gst_buffer_unref (test_latest_push (h, RED, 0));
  test_wait_for_inferences (h, 1);
  test_latest_wait_for_message (bus);
  for (i = 1; i <= last; i++) {
    buffer = pass_broken (h, i);
    test_latest_check_held (buffer, "red", 0);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      0);
  buffer = pass_broken (h, last + 1);
  fail_unless_equals_int (test_count_results (buffer), max_age == 0);
  gst_buffer_unref (buffer);
  /* It ends once; who tells of it may still be at the message before. */
  gst_buffer_unref (pass_broken (h, last + 2));
  if (max_age != 0)
    test_latest_wait_for_message (bus);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      0);
  test_close (h, bus);
}

GST_START_TEST (test_max_age)
{
  check_max_age ("latest", GST_SECOND);
  check_max_age ("every-frame", GST_SECOND);
  check_max_age ("latest", 0);
  check_max_age ("every-frame", 0);
}

GST_END_TEST;

/* A timestamp that goes back makes no frame older. */
GST_START_TEST (test_out_of_order)
{
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  h = test_latest_open (&bus, "cpu");
  g_object_set (h->element, "interval", 1000, NULL);
  gst_buffer_unref (test_latest_push (h, RED, 5));
  test_wait_for_inferences (h, 1);
  buffer = test_latest_push (h, BLUE, 4);
  fail_unless_equals_string (test_get_label (buffer), "red");
  fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer), "age"),
      0);
  gst_buffer_unref (buffer);
  buffer = test_latest_push (h, BLUE, 6);
  test_latest_check_held (buffer, "red", 5);
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- fewer inferences -------------------------------------------------- */

static void
push_qos (GstHarness *h, guint n_late)
{
  gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 1.5, n_late * DURATION,
          1 * DURATION));
}

static void
check_qos (const gchar *schedule)
{
  GstMessage *message = NULL;
  guint64 dropped;
  GstHarness *h;
  GstBus *bus;
  guint i;

  h = test_latest_open (&bus, "cpu");
  gst_util_set_object_arg (G_OBJECT (h->element), "schedule", schedule);
  gst_buffer_unref (test_latest_push (h, RED, 0));
  test_wait_for_inferences (h, 1);
  push_qos (h, 5);
  for (i = 1; i < 6; i++) {
    GstBuffer *buffer = test_latest_push (h, BLUE, i);

    test_latest_check_held (buffer, "red", 0);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_uint64 (test_get_stat (h, "inferences"), 1);
  fail_unless_equals_uint64 (test_get_stat (h, "skipped"), 5);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_QOS, &message),
      1);
  gst_message_parse_qos_stats (message, NULL, NULL, &dropped);
  fail_unless_equals_uint64 (dropped, 1);
  gst_message_unref (message);
  /* What comes in time is classified. */
  gst_buffer_unref (test_latest_push (h, BLUE, 6));
  test_wait_for_inferences (h, 2);
  /* A frame that would go without is classified, late or not. */
  push_qos (h, 100);
  gst_buffer_unref (test_latest_push (h, GREEN, 60));
  test_wait_for_inferences (h, 3);
  /* A flush forgets. */
  test_latest_flush (h);
  gst_buffer_unref (test_latest_push (h, GREEN, 0));
  test_wait_for_inferences (h, 4);
  gst_buffer_unref (test_latest_push (h, GREEN, 1));
  test_wait_for_inferences (h, 5);
  test_close (h, bus);
}

GST_START_TEST (test_qos)
{
  check_qos ("latest");
  check_qos ("every-frame");
}

GST_END_TEST;

GST_START_TEST (test_max_rate)
{
  GstElement *element;
  GstHarness *h;
  GstBus *bus;
  guint i;

  element = test_element_new (&bus);
  g_object_set (element, "max-rate", 12.5, NULL);
  h = test_open_rgb (element);
  for (i = 0; i < N_FRAMES; i++) {
    GstBuffer *buffer = test_latest_push (h, i % 2 ? BLUE : RED, i);

    fail_unless_equals_string (test_get_label (buffer), "red");
    fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer),
                                   "age"),
        i % 2 * DURATION);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_uint64 (test_get_stat (h, "inferences"), N_FRAMES / 2);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- smoothing --------------------------------------------------------- */

GST_START_TEST (test_smoothing)
{
  GstElement *element;
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;
  guint i;

  element = test_element_new (&bus);
  g_object_set (element, "smoothing", 0.5, NULL);
  h = test_open_rgb (element);
  for (i = 0; i < 50; i++) {
    buffer = test_latest_push (h, i % 2 ? GREEN : RED, i);
    fail_unless_equals_string (test_get_label (buffer), "red");
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      1);
  for (; i < 150; i++)
    gst_buffer_unref (test_latest_push (h, GREEN, i));
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      1);
  buffer = test_latest_push (h, RED, i++);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  /* After a break the past does not count, nor after a flush. */
  buffer = test_frame_new_for_caps (RGB_CAPS, BLUE, i * DURATION);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (h, buffer);
  buffer = gst_harness_pull (h);
  fail_unless_equals_string (test_get_label (buffer), "blue");
  gst_buffer_unref (buffer);
  test_latest_flush (h);
  buffer = test_latest_push (h, RED, i++);
  fail_unless_equals_string (test_get_label (buffer), "red");
  gst_buffer_unref (buffer);
  g_object_set (element, "smoothing", 0.0, NULL);
  buffer = test_latest_push (h, GREEN, i++);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

static Suite *
carried_suite (void)
{
  Suite *suite = suite_create ("carried");
  TCase *tc = tcase_create ("carried");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_max_age);
  tcase_add_test (tc, test_out_of_order);
  tcase_add_test (tc, test_qos);
  tcase_add_test (tc, test_max_rate);
  tcase_add_test (tc, test_smoothing);
  return suite;
}

GST_CHECK_MAIN (carried);
