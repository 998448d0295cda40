/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bus that nobody reads does not grow for ever; who reads late sees the
 * newest result, and who reads in time all of them, in order. */

#include <string.h>

#include "gst/base/bus.h"
#include "tests/gst/testutil.h"

#define N_FRAMES (2 * GST_MOBILENET_BUS_MAX_UNREAD + 50)
/* For what another thread is to do; never waited for to the end. */
#define PATIENCE (60 * GST_SECOND)

/* A change a frame; the messages are kept until somebody pops them. */
static GstHarness *
run_frames (GstElement *element, const gchar *messages, guint n)
{
  GstHarness *h;
  guint i;

  gst_util_set_object_arg (G_OBJECT (element), "post-messages", messages);
  h = test_open_rgb (element);
  for (i = 0; i < n; i++)
    gst_buffer_unref (test_run (h, RGB_CAPS, i % 2 ? 0xff0000 : 0x0000ff,
        i * DURATION));
  return h;
}

/* The frame that the next message is of; it is freed. */
static guint
pop_frame (GstBus *bus, GstClockTime patience)
{
  GstMessage *message = gst_bus_timed_pop_filtered (bus, patience,
      GST_MESSAGE_ELEMENT);
  guint64 pts;

  fail_unless (message != NULL);
  pts = test_get_uint64 (gst_message_get_structure (message), "pts");
  gst_message_unref (message);
  return (guint) (pts / DURATION);
}

static const gchar *const kinds[] = {"changes", "all"};

GST_START_TEST (test_read_late)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h = run_frames (element, kinds[__i__], N_FRAMES);
  guint i;

  for (i = 0; i < GST_MOBILENET_BUS_MAX_UNREAD; i++)
    fail_unless_equals_int (pop_frame (bus, 0), i);
  fail_unless_equals_int (pop_frame (bus, PATIENCE), N_FRAMES - 1);
  fail_unless (!gst_bus_have_pending (bus));
  /* And it goes on as before; the other thread may still be at it, and takes
   * this one along. */
  gst_buffer_unref (test_run (h, RGB_CAPS, 0x00ff00, N_FRAMES * DURATION));
  fail_unless_equals_int (pop_frame (bus, PATIENCE), N_FRAMES);
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_never_read)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h = run_frames (element, "changes", N_FRAMES);
  guint n, last = 0;

  /* The last one goes out before the end does. */
  gst_harness_push_event (h, gst_event_new_eos ());
  for (n = 0; gst_bus_have_pending (bus); n++)
    last = pop_frame (bus, 0);
  fail_unless_equals_int (n, GST_MOBILENET_BUS_MAX_UNREAD + 1);
  fail_unless_equals_int (last, N_FRAMES - 1);
  test_close (h, bus);
}

GST_END_TEST;

/* Nothing is lost, and nobody is kept alive. */
GST_START_TEST (test_not_read_at_the_end)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GWeakRef weak;
  GstHarness *h = run_frames (element, "changes", N_FRAMES);
  GstElement *alive;

  g_weak_ref_init (&weak, element);
  /* As a pipeline does at its end. */
  gst_bus_set_flushing (bus, TRUE);
  test_close (h, bus);
  /* What frees it may be another thread. */
  while ((alive = g_weak_ref_get (&weak))) {
    gst_object_unref (alive);
    g_thread_yield ();
  }
  g_weak_ref_clear (&weak);
}

GST_END_TEST;

static gpointer
read_all (gpointer data)
{
  guint i;

  for (i = 0; i < N_FRAMES; i++)
    fail_unless_equals_int (pop_frame (data, PATIENCE), i);
  return NULL;
}

GST_START_TEST (test_read_in_time)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstHarness *h;
  guint i, k;

  gst_util_set_object_arg (G_OBJECT (element), "post-messages", "all");
  h = test_open_rgb (element);
  for (i = 0; i < N_FRAMES; i++) {
    gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, i * DURATION));
    /* Not at once, but as one that has other things to do. */
    if (i % 100 == 99)
      for (k = i - 99; k <= i; k++)
        fail_unless_equals_int (pop_frame (bus, 0), k);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* The same where another thread reads while frames go through. */
GST_START_TEST (test_read_beside)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GThread *reader = g_thread_new ("reader", read_all, bus);
  GstHarness *h;
  guint i;

  gst_util_set_object_arg (G_OBJECT (element), "post-messages", "all");
  h = test_open_rgb (element);
  for (i = 0; i < N_FRAMES; i++) {
    gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, i * DURATION));
    if (i % GST_MOBILENET_BUS_MAX_UNREAD == 0)
      while (gst_bus_have_pending (bus))
        g_thread_yield ();
  }
  g_thread_join (reader);
  test_close (h, bus);
}

GST_END_TEST;

/* Warnings and QOS messages, which are other kinds, have room of their own. */
GST_START_TEST (test_warnings)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GstMessage *message, *last = NULL;
  guint i, n_warnings = 0, n_qos = 0;
  GError *error = NULL;

  for (i = 0; i < 1000; i++) {
    g_autofree gchar *text = g_strdup_printf ("warning %u", i);
    g_autoptr (GError) warning = g_error_new_literal (GST_STREAM_ERROR,
        GST_STREAM_ERROR_FAILED, text);

    gst_mobilenet_bus_post (element,
        gst_message_new_warning (GST_OBJECT (element), warning, NULL));
    gst_mobilenet_bus_post (element,
        gst_message_new_qos (GST_OBJECT (element), TRUE, 0, 0, 0, i));
  }
  gst_mobilenet_bus_flush (element);
  while ((message = gst_bus_pop (bus))) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
      n_warnings++;
      gst_clear_message (&last);
      last = message;
    } else {
      n_qos++;
      gst_message_unref (message);
    }
  }
  fail_unless (n_qos > 10 && n_qos < 100, "%u", n_qos);
  fail_unless (n_warnings > 10 && n_warnings < 100, "%u", n_warnings);
  gst_message_parse_warning (last, &error, NULL);
  fail_unless_equals_string (error->message, "warning 999");
  g_error_free (error);
  gst_message_unref (last);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static Suite *
mobilenet_bus_suite (void)
{
  Suite *suite = suite_create ("mobilenet-bus");
  TCase *tc = tcase_create ("bus");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_read_late, 0, G_N_ELEMENTS (kinds));
  tcase_add_test (tc, test_never_read);
  tcase_add_test (tc, test_not_read_at_the_end);
  tcase_add_test (tc, test_read_in_time);
  tcase_add_test (tc, test_read_beside);
  tcase_add_test (tc, test_warnings);
  return suite;
}

GST_CHECK_MAIN (mobilenet_bus);
