/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way out of PLAYING does not wait for a network that takes long: what it
 * computes is given up, without a word. */

#include "tests/gst/testutil.h"
#include "tests/support/tflite_writer.h"

#define SLOW_SIDE 300
/* Until the element computes, in us. If it does not yet, it is given up all
 * the same. */
#define BEGUN (200 * G_TIME_SPAN_MILLISECOND)

/* The largest of forty thousand values around each: seconds a frame. */
static gchar *
write_slow_model (void)
{
  static const gint32 dims[] = {1, SLOW_SIDE, SLOW_SIDE, 3};
  static const gint32 list[] = {1, 3}, axes[] = {1, 2};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, dims);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, dims);
  gint mean = mn_test_writer_tensor (w, "mean", MN_DTYPE_F32, 2, list);
  gint scores = mn_test_writer_tensor (w, "scores", MN_DTYPE_F32, 2, list);
  g_autoptr (GBytes) bytes = NULL;
  gconstpointer data;
  gsize size;

  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_MAX_POOL_2D,
        .filter_h = 200,
        .filter_w = 200,
        .stride_h = 1,
        .stride_w = 1},
      y, 1, x);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, mean, 2, y,
      mn_test_writer_const_i32 (w, "axes", 2, axes));
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_SOFTMAX}, scores, 1,
      mean);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, scores);
  bytes = mn_test_writer_finish (w);
  data = g_bytes_get_data (bytes, &size);
  return test_write ("slow.tflite", data, size);
}

static gpointer
push (gpointer data)
{
  GstHarness *h = data;

  gst_harness_push (h, test_frame_new_for_caps (RGB_CAPS, 0xff0000, 0));
  return NULL;
}

static void
check_stop (gint schedule, guint threads)
{
  g_autofree gchar *model = write_slow_model ();
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autoptr (GstStructure) stats = NULL;
  GstHarness *h;
  GThread *thread;

  g_object_set (element, "model-file", model, "schedule", schedule, "threads",
      threads, NULL);
  h = test_open_rgb (element);
  /* What is to be said of the model itself. */
  test_pop_messages (bus, GST_MESSAGE_WARNING, NULL);
  thread = g_thread_new ("push", push, h);
  g_usleep (BEGUN);
  gst_element_set_state (element, GST_STATE_NULL);
  g_thread_join (thread);
  g_object_get (element, "stats", &stats, NULL);
  fail_unless_equals_uint64 (test_get_uint64 (stats, "inferences"), 0);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  test_close (h, bus);
}

GST_START_TEST (test_stop_every_frame)
{
  check_stop (1, 1);
}

GST_END_TEST;

GST_START_TEST (test_stop_every_frame_threads)
{
  check_stop (1, 2);
}

GST_END_TEST;

GST_START_TEST (test_stop_latest)
{
  check_stop (2, 1);
}

GST_END_TEST;

/* It can be started again, and is as good as new. */
GST_START_TEST (test_stop_and_go)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h = test_open_rgb (element);
  GstBuffer *buffer = test_run (h, RGB_CAPS, 0xff0000, 0);

  fail_unless_equals_string (test_get_label (buffer), "red");
  gst_buffer_unref (buffer);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_harness_play (h);
  gst_harness_set_src_caps_str (h, RGB_CAPS);
  buffer = test_run (h, RGB_CAPS, 0x0000ff, 0);
  fail_unless_equals_string (test_get_label (buffer), "blue");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

static Suite *
stop_suite (void)
{
  Suite *suite = suite_create ("stop");
  TCase *tc = tcase_create ("stop");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_stop_every_frame);
  tcase_add_test (tc, test_stop_every_frame_threads);
  tcase_add_test (tc, test_stop_latest);
  tcase_add_test (tc, test_stop_and_go);
  return suite;
}

GST_CHECK_MAIN (stop);
