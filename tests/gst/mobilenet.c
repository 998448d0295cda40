/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The element `mobilenet` between two pads: what it attaches, posts and
 * counts. */

#include "tests/gst/testutil.h"
#include "tests/support/fake_backend.h"

#include <math.h>
#include <string.h>

/* ---- result ---------------------------------------------------------- */

static void
check_class (const GValue *value, gint index, gdouble confidence)
{
  const GstStructure *class = gst_value_get_structure (value);
  gdouble got;
  gint i;

  fail_unless (gst_structure_has_name (class, "class"));
  fail_unless (gst_structure_get_int (class, "index", &i));
  fail_unless_equals_int (i, index);
  fail_unless_equals_string (gst_structure_get_string (class, "label"),
      test_rgb_labels[index]);
  fail_unless (gst_structure_get_double (class, "confidence", &got));
  fail_unless (fabs (got - confidence) < 1e-5, "%f is not %f", got, confidence);
}

static void
check_result (const GstStructure *s, GstClockTime pts, guint rgb)
{
  const GValue *classes = gst_structure_get_value (s, "classes");
  gdouble p[3], confidence;
  gboolean fresh = FALSE;
  gint index;

  test_expected (rgb, p);
  fail_unless (gst_structure_has_name (s, "mobilenet-result"));
  fail_unless_equals_string (gst_structure_get_string (s, "element"),
      "mobilenet0");
  fail_unless_equals_string (gst_structure_get_string (s, "model"), RGB_MODEL);
  fail_unless_equals_string (gst_structure_get_string (s, "task"),
      "classification");
  fail_unless_equals_string (gst_structure_get_string (s, "backend"), "cpu");
  fail_unless_equals_uint64 (test_get_uint64 (s, "pts"), pts);
  fail_unless_equals_uint64 (test_get_uint64 (s, "age"), 0);
  test_get_uint64 (s, "latency");
  fail_unless (gst_structure_get_boolean (s, "fresh", &fresh) && fresh);
  fail_unless (gst_structure_get_int (s, "index", &index));
  fail_unless_equals_int (index, 2);
  fail_unless_equals_string (gst_structure_get_string (s, "label"), "blue");
  fail_unless (gst_structure_get_double (s, "confidence", &confidence));
  fail_unless (fabs (confidence - p[2]) < 1e-5);
  fail_unless (GST_VALUE_HOLDS_ARRAY (classes));
  fail_unless_equals_int (gst_value_array_get_size (classes), 3);
  check_class (gst_value_array_get_value (classes, 0), 2, p[2]);
  check_class (gst_value_array_get_value (classes, 1), 0, p[0]);
  check_class (gst_value_array_get_value (classes, 2), 1, p[1]);
  fail_unless (test_get_uint64 (s, "instance") != 0);
  fail_unless_equals_uint64 (test_get_uint64 (s, "number"), 1);
  fail_unless_equals_int (gst_structure_n_fields (s), 14);
}

GST_START_TEST (test_result)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h = test_open_rgb (element);
  GstBuffer *buffer = test_run (h, RGB_CAPS, 0x8020f0, 7 * DURATION);
  GstMessage *message;

  check_result (test_get_result (buffer), 7 * DURATION, 0x8020f0);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT,
                              &message),
      1);
  check_result (gst_message_get_structure (message), 7 * DURATION, 0x8020f0);
  gst_message_unref (message);
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_threshold_and_top_k)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h = test_open_rgb (element);
  const GstStructure *s;
  GstBuffer *buffer;

  g_object_set (element, "top-k", 1, NULL);
  buffer = test_run (h, RGB_CAPS, 0x00ff00, 0);
  s = test_get_result (buffer);
  fail_unless_equals_int (gst_value_array_get_size (gst_structure_get_value (s,
                              "classes")),
      1);
  gst_buffer_unref (buffer);

  /* The best has 0.787, the others 0.107 each. */
  g_object_set (element, "top-k", 5, "threshold", 0.2f, NULL);
  buffer = test_run (h, RGB_CAPS, 0x00ff00, DURATION);
  s = test_get_result (buffer);
  fail_unless_equals_int (gst_value_array_get_size (gst_structure_get_value (s,
                              "classes")),
      1);
  gst_buffer_unref (buffer);

  g_object_set (element, "threshold", 0.9f, NULL);
  buffer = test_run (h, RGB_CAPS, 0x00ff00, 2 * DURATION);
  s = test_get_result (buffer);
  fail_unless_equals_int (gst_value_array_get_size (gst_structure_get_value (s,
                              "classes")),
      0);
  fail_unless_equals_string (gst_structure_get_string (s, "label"), "");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_mean_and_std)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h = test_open_rgb (element);
  GstBuffer *buffer;

  /* Only the sign of green is left: its darkness makes it win. */
  g_object_set (element, "mean", "0, 0, 0", "std", "1000,-10,1000", NULL);
  buffer = test_run (h, RGB_CAPS, 0xff00ff, 0);
  fail_if (g_str_equal (test_get_label (buffer), "green"));
  gst_buffer_unref (buffer);
  g_object_set (element, "mean", "0,255,0", NULL);
  buffer = test_run (h, RGB_CAPS, 0xff00ff, DURATION);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);

  g_object_set (element, "std", "1,0,1", NULL);
  buffer = test_run (h, RGB_CAPS, 0xff00ff, 2 * DURATION);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      1);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- messages -------------------------------------------------------- */

static guint
count_messages (const gchar *which)
{
  /* red red blue (dim: nothing above the threshold, twice) blue */
  static const guint colours[] = {
    0xff0000, 0xff0000, 0x0000ff, 0x404040, 0x404040, 0x0000ff};
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h;
  guint i, n;

  g_object_set (element, "threshold", 0.5f, NULL);
  gst_util_set_object_arg (G_OBJECT (element), "post-messages", which);
  h = test_open_rgb (element);
  for (i = 0; i < G_N_ELEMENTS (colours); i++)
    gst_buffer_unref (test_run (h, RGB_CAPS, colours[i], i * DURATION));
  n = test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL);
  test_close (h, bus);
  return n;
}

GST_START_TEST (test_messages)
{
  fail_unless_equals_int (count_messages ("none"), 0);
  fail_unless_equals_int (count_messages ("changes"), 4);
  fail_unless_equals_int (count_messages ("all"), 6);
}

GST_END_TEST;

/* ---- schedule -------------------------------------------------------- */

GST_START_TEST (test_interval)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h;
  GstStructure *stats;
  guint i;

  g_object_set (element, "interval", 3, NULL);
  h = test_open_rgb (element);
  for (i = 0; i < 7; i++) {
    /* Only the first of each three is red. */
    GstBuffer *buffer = test_run (h, RGB_CAPS, i % 3 == 0 ? 0xff0000 : 0x0000ff,
        i * DURATION);
    const GstStructure *s = test_get_result (buffer);
    gboolean fresh;

    fail_unless (gst_structure_get_boolean (s, "fresh", &fresh));
    fail_unless_equals_int (fresh, i % 3 == 0);
    fail_unless_equals_string (gst_structure_get_string (s, "label"), "red");
    fail_unless_equals_uint64 (test_get_uint64 (s, "age"), i % 3 * DURATION);
    fail_unless_equals_uint64 (test_get_uint64 (s, "pts"),
        (i - i % 3) * DURATION);
    gst_buffer_unref (buffer);
  }
  g_object_get (element, "stats", &stats, NULL);
  fail_unless_equals_uint64 (test_get_uint64 (stats, "frames"), 7);
  fail_unless_equals_uint64 (test_get_uint64 (stats, "inferences"), 3);
  fail_unless_equals_uint64 (test_get_uint64 (stats, "skipped"), 4);
  fail_unless (test_get_uint64 (stats, "latency-p99")
      >= test_get_uint64 (stats, "latency-p50"));
  fail_unless (test_get_uint64 (stats, "time-to-first-result") > 0);
  fail_unless_equals_string (gst_structure_get_string (stats, "active-backend"),
      "cpu");
  gst_structure_free (stats);
  test_close (h, bus);
}

GST_END_TEST;

/* A result says nothing about what comes after a flush. */
GST_START_TEST (test_held_result_ends)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h;
  GstBuffer *buffer;

  g_object_set (element, "interval", 100, NULL);
  h = test_open_rgb (element);
  gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, 5 * DURATION));
  buffer = test_run (h, RGB_CAPS, 0xff0000, 6 * DURATION);
  fail_unless_equals_int (test_count_results (buffer), 1);
  gst_buffer_unref (buffer);
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_start ()));
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_stop (TRUE)));
  {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_harness_push_event (h, gst_event_new_segment (&segment));
  }
  /* After a flush the count starts anew as well. */
  buffer = test_run (h, RGB_CAPS, 0x0000ff, 7 * DURATION);
  fail_unless_equals_string (test_get_label (buffer), "blue");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* On a device that answers when it is told to. */
static GstHarness *
open_device (GstBus **bus, guint depth)
{
  GstElement *element = test_element_new (bus);

  gst_util_set_object_arg (G_OBJECT (element), "backend", "opencl");
  gst_mobilenet_set_tuning (GST_MOBILENET (element), depth, 0, PATIENT, 1);
  fake_backend_fail (FAKE_SUBMIT, 0, FAKE_HANG);
  return test_open_rgb (element);
}

static void
push_nth (GstHarness *h, guint n)
{
  fail_unless_equals_int (gst_harness_push (h,
                              test_frame_new_for_caps (RGB_CAPS,
                                  0xff0000 >> (8 * (n % 3)), n * DURATION)),
      GST_FLOW_OK);
}

static void
check_nth (GstHarness *h, guint n)
{
  GstBuffer *buffer = gst_harness_pull (h);

  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), n * DURATION);
  fail_unless_equals_string (test_get_label (buffer), test_rgb_labels[n % 3]);
  fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer), "pts"),
      n * DURATION);
  gst_buffer_unref (buffer);
}

/* Frames are inside while they are computed: none comes out early, late,
 * twice or never. */
GST_START_TEST (test_several_in_flight)
{
  GstBus *bus;
  GstHarness *h = open_device (&bus, 3);
  guint i;

  for (i = 0; i < 2; i++)
    push_nth (h, i);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  gst_harness_set_upstream_latency (h, 0);
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 2 * DURATION);
  fake_backend_release ();
  for (i = 2; i < 10; i++)
    push_nth (h, i);
  fail_unless (gst_harness_buffers_received (h) >= 8);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  fail_unless_equals_int (gst_harness_buffers_received (h), 10);
  for (i = 0; i < 10; i++)
    check_nth (h, i);
  test_close (h, bus);
}

GST_END_TEST;

/* The same by several threads at once, each with a frame of its own, through
 * caps that change; a source that is not live gives them time. */
GST_START_TEST (test_lanes)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h;
  guint i, n = 0;

  g_object_set (element, "threads", 3, NULL);
  h = test_harness_new (element);
  gst_harness_set_live (h, FALSE);
  for (i = 0; i < 200; i++) {
    gint size = 16 + 2 * (i / 50);
    g_autofree gchar *caps = test_caps (i / 50 % 2 ? "NV12" : "RGB", size,
        size);

    if (i % 50 == 0)
      gst_harness_set_src_caps_str (h, caps);
    fail_unless_equals_int (gst_harness_push (h,
                                test_frame_new_for_caps (caps,
                                    0xff0000 >> (8 * (i % 3)), i * DURATION)),
        GST_FLOW_OK);
    /* Three are computed, and one waits, at most. */
    fail_unless (gst_harness_buffers_received (h) + 3 >= i + 1);
  }
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 3 * DURATION);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  for (; n < 200; n++)
    check_nth (h, n);
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_flush_in_flight)
{
  GstBus *bus;
  GstHarness *h = open_device (&bus, 4);
  GstSegment segment;
  guint i;

  for (i = 0; i < 3; i++)
    push_nth (h, i);
  gst_harness_push_event (h, gst_event_new_flush_start ());
  fake_backend_release ();
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  push_nth (h, 7);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  check_nth (h, 7);
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_latency)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));

  gst_harness_set_upstream_latency (h, 5 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 5 * GST_MSECOND);
  test_close (h, bus);
}

GST_END_TEST;

static Suite *
mobilenet_suite (void)
{
  Suite *suite = suite_create ("mobilenet");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_result);
  tcase_add_test (tc, test_threshold_and_top_k);
  tcase_add_test (tc, test_mean_and_std);
  tcase_add_test (tc, test_messages);
  tcase_add_test (tc, test_interval);
  tcase_add_test (tc, test_held_result_ends);
  tcase_add_test (tc, test_several_in_flight);
  tcase_add_test (tc, test_lanes);
  tcase_add_test (tc, test_flush_in_flight);
  tcase_add_test (tc, test_latency);
  return suite;
}

GST_CHECK_MAIN (mobilenet);
