/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A system that makes no more threads, from one of them on or just one: each
 * in its turn. Frames go on, what cannot be done is said in words, and the
 * state changes as ever. */

#include "tests/gst/testutil.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#define N_FRAMES 12
/* Threads that a test's elements make, at most. */
#define MOST 12

static gint until_failure, n_failures; /* atomic; both 0: none fails */
static gint n_failed;

/* In place of the C library's. */
__attribute__ ((visibility ("default"))) int
pthread_create (pthread_t *thread, const pthread_attr_t *attr,
    void *(*start) (void *), void *data)
{
  static int (*real) (pthread_t *, const pthread_attr_t *, void *(*) (void *),
      void *);

  if (!real)
    *(void **) &real = dlsym (RTLD_NEXT, "pthread_create");
  if (g_atomic_int_get (&n_failures) > 0
      && g_atomic_int_add (&until_failure, -1) <= 0) {
    g_atomic_int_add (&n_failures, -1);
    g_atomic_int_inc (&n_failed);
    return EAGAIN;
  }
  return real (thread, attr, start, data);
}

static void
fail_from (gint first, gint n)
{
  g_atomic_int_set (&n_failed, 0);
  g_atomic_int_set (&until_failure, first);
  g_atomic_int_set (&n_failures, n);
}

static void
fail_no_more (void)
{
  g_atomic_int_set (&n_failures, 0);
}

/* ---- mobilenet --------------------------------------------------------- */

static GstBuffer *
frame_new (guint i)
{
  GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, 0xc06030,
      i * DURATION);

  return buffer;
}

static guint
count_out (GstHarness *h)
{
  GstBuffer *buffer;
  guint n = 0;

  while ((buffer = gst_harness_try_pull (h))) {
    gst_buffer_unref (buffer);
    n++;
  }
  return n;
}

static const struct
{
  const gchar *schedule, *backend;
  guint depth, threads;
} ways[] = {
  {"every-frame", "cpu", 3, 4},
  {"every-frame", "cpu", 0, 4},
  {"every-frame", "auto", 2, 2},
  {"latest", "cpu", 0, 2},
  {"latest", "auto", 0, 2},
};

/* Frames come out, one and all, whatever fails on the way. */
static void
play (guint way, gint first, gint n)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  GstElement *element;
  GstHarness *h;
  GstBus *bus;
  guint i;

  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", ways[way].schedule);
  gst_util_set_object_arg (G_OBJECT (element), "backend", ways[way].backend);
  g_object_set (element, "threads", ways[way].threads, NULL);
  gst_mobilenet_set_tuning (GST_MOBILENET (element), ways[way].depth,
      G_TIME_SPAN_SECOND, G_TIME_SPAN_SECOND, G_TIME_SPAN_MILLISECOND);
  fail_from (first, n);
  h = test_open_rgb (element);
  for (i = 0; i < N_FRAMES; i++) {
    if (i == N_FRAMES / 2)
      g_object_set (element, "model-file", model, "top-k", 1 + i % 2, NULL);
    fail_unless_equals_int (gst_harness_push (h, frame_new (i)), GST_FLOW_OK);
  }
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  fail_unless_equals_int (count_out (h), N_FRAMES);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ERROR, NULL), 0);
  test_close (h, bus);
  fail_no_more ();
}

GST_START_TEST (test_one_fails)
{
  gint first;

  /* Pools of the process's own make theirs now. */
  play (__i__, 0, 0);
  for (first = 0; first < MOST; first++)
    play (__i__, first, 1);
}

GST_END_TEST;

GST_START_TEST (test_all_fail)
{
  gint first;

  play (__i__, 0, 0);
  for (first = 0; first < MOST; first += 2)
    play (__i__, first, G_MAXINT / 2);
}

GST_END_TEST;

static gchar *
pop_text (GstBus *bus, GstMessageType type)
{
  GstMessage *message;
  GError *error = NULL;
  gchar *text;

  fail_unless_equals_int (test_pop_messages (bus, type, &message), 1);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  text = g_strdup (error->message);
  g_error_free (error);
  gst_message_unref (message);
  return text;
}

/* Said once, and tried again until there is one. */
GST_START_TEST (test_latest_says_it)
{
  g_autofree gchar *text = NULL;
  GstElement *element;
  GstHarness *h;
  GstBus *bus;
  guint i;

  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", "latest");
  h = test_open_rgb (element);
  fail_from (0, G_MAXINT / 2);
  for (i = 0; i < 3; i++)
    gst_buffer_unref (test_pass (h, frame_new (i)));
  text = pop_text (bus, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "thread"), "%s", text);
  fail_unless (g_atomic_int_get (&n_failed) > 0);
  fail_no_more ();
  gst_buffer_unref (test_pass (h, frame_new (i)));
  test_wait_for_inferences (h, 1);
  test_close (h, bus);
}

GST_END_TEST;

/* A new model comes when there is a thread to load it; until then it is said
 * once that it cannot. */
GST_START_TEST (test_loader_says_it)
{
  g_autofree gchar *labels = test_write ("other.txt", "one\ntwo\nthree\n", -1);
  g_autofree gchar *text = NULL;
  guint i = 0, n_tries = 0;
  GstElement *element;
  GstMessage *message;
  GstHarness *h;
  GstBus *bus;

  element = test_element_new (&bus);
  g_object_set (element, "threshold", 0.0, NULL);
  h = test_open_rgb (element);
  gst_buffer_unref (test_pass (h, frame_new (i++)));
  fail_from (0, G_MAXINT / 2);
  g_object_set (element, "labels-file", labels, NULL);
  do {
    gst_buffer_unref (test_pass (h, frame_new (i++)));
    message = gst_bus_timed_pop_filtered (bus, 10 * GST_MSECOND,
        GST_MESSAGE_WARNING);
  } while (!message && ++n_tries < 3000);
  fail_unless (message != NULL);
  gst_message_unref (message);
  gst_buffer_unref (test_pass (h, frame_new (i++)));
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  fail_no_more ();
  for (;;) {
    GstBuffer *buffer = test_pass (h, frame_new (i++));
    gboolean is_new = g_str_equal (test_get_label (buffer), "one");

    gst_buffer_unref (buffer);
    if (is_new)
      break;
    g_usleep (10000);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* ---- mobilenettext ----------------------------------------------------- */

/* It cannot play, says why, and can when there is a thread again. */
GST_START_TEST (test_text)
{
  GstElement *element = gst_element_factory_make ("mobilenettext", NULL);
  GstBus *bus = gst_bus_new ();
  g_autofree gchar *text = NULL;

  gst_object_ref_sink (element);
  gst_element_set_bus (element, bus);
  fail_from (0, G_MAXINT / 2);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  text = pop_text (bus, GST_MESSAGE_ERROR);
  fail_no_more ();
  fail_unless (strstr (text, "thread"), "%s", text);
  gst_element_set_state (element, GST_STATE_NULL);
  fail_unless (gst_element_set_state (element, GST_STATE_PAUSED)
      != GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static Suite *
nothreads_suite (void)
{
  Suite *suite = suite_create ("nothreads");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, test_setup, test_teardown);
  tcase_add_loop_test (tcase, test_one_fails, 0, G_N_ELEMENTS (ways));
  tcase_add_loop_test (tcase, test_all_fail, 0, G_N_ELEMENTS (ways));
  tcase_add_test (tcase, test_latest_says_it);
  tcase_add_test (tcase, test_loader_says_it);
  tcase_add_test (tcase, test_text);
  return suite;
}

GST_CHECK_MAIN (nothreads);
