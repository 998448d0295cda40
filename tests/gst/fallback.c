/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device that fails, at every call and every frame: no buffer is lost,
 * doubled or out of order, and each has its result. */

#include "engine/core/internal.h"
#include "tests/gst/testutil.h"
#include "tests/support/fake_backend.h"

#define N_FRAMES 10
/* Long, where a call comes back; short, where it is meant not to. */
#define IMPATIENT (30 * G_TIME_SPAN_MILLISECOND)
/* So many frames in vain, and the device is not coming back. */
#define MAX_RETRIES 5000

typedef struct
{
  GstHarness *h;
  GstBus *bus;
  guint pushed, pulled;
  gboolean change_caps; /* with every frame */
} Stream;

static void
stream_open (Stream *s, const gchar *backend, guint depth, gint64 frame_timeout,
    gboolean change_caps)
{
  GstElement *element = test_element_new (&s->bus);

  gst_util_set_object_arg (G_OBJECT (element), "backend", backend);
  gst_mobilenet_set_tuning (GST_MOBILENET (element), depth, 0, frame_timeout,
      1);
  s->h = test_harness_new (element);
  s->pushed = s->pulled = 0;
  s->change_caps = change_caps;
}

static void
do_nothing (gpointer data)
{
}

/* What was left behind ends too, lest it calls during the next test. */
static void
drain_device_thread (void)
{
  MnDeviceThread *thread =
      mn_context_get_device_thread (mn_context_get_default (), &fake_backend);
  MnJob job = {
    NULL,
  };

  mn_device_thread_post (thread, &job, do_nothing, NULL);
  mn_device_thread_wait (thread, &job, MN_FOREVER);
}

static void
stream_close (Stream *s)
{
  fake_backend_release ();
  gst_harness_teardown (s->h);
  gst_object_unref (s->bus);
  drain_device_thread ();
}

static void
stream_push (Stream *s)
{
  gint size = s->change_caps ? 16 + 2 * (s->pushed % 2) : 16;
  g_autofree gchar *caps = test_caps ("RGB", size, size);
  guint colour = test_rgb_colours[s->pushed % 3];

  if (s->change_caps || s->pushed == 0)
    gst_harness_set_src_caps_str (s->h, caps);
  fail_unless_equals_int (gst_harness_push (s->h,
                              test_frame_new_for_caps (caps, colour,
                                  s->pushed * DURATION)),
      GST_FLOW_OK);
  s->pushed++;
}

/* Checks the next buffer; returns what computed it. */
static const gchar *
stream_check (Stream *s)
{
  GstBuffer *buffer = gst_harness_pull (s->h);
  const GstStructure *result = test_get_result (buffer);
  const gchar *backend = g_intern_string (gst_structure_get_string (result,
      "backend"));
  gboolean fresh = FALSE;

  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), s->pulled * DURATION);
  fail_unless_equals_uint64 (test_get_uint64 (result, "pts"),
      GST_BUFFER_PTS (buffer));
  fail_unless (gst_structure_get_boolean (result, "fresh", &fresh) && fresh);
  fail_unless_equals_string (gst_structure_get_string (result, "label"),
      test_rgb_labels[s->pulled % 3]);
  gst_buffer_unref (buffer);
  s->pulled++;
  return backend;
}

static const gchar *
stream_step (Stream *s)
{
  stream_push (s);
  return stream_check (s);
}

/* The device computes again, sooner or later. */
static void
stream_until_device (Stream *s)
{
  guint i;

  for (i = 0; i < MAX_RETRIES; i++) {
    if (g_str_equal (stream_step (s), "opencl"))
      return;
    g_usleep (1000);
  }
  fail ("the device was not used again");
}

static guint
count_warnings (Stream *s, const gchar *text)
{
  GstMessage *message;
  guint n = 0;

  while ((message = gst_bus_pop_filtered (s->bus, GST_MESSAGE_WARNING))) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_warning (message, &error, NULL);
    n += strstr (error->message, text) != NULL
        && strstr (error->message, "CPU") != NULL;
    gst_message_unref (message);
  }
  return n;
}

static void
check_failure (FakeCall call, FakeMode mode, guint nth, guint depth)
{
  gboolean at_start = call == FAKE_COMPILE || call == FAKE_SESSION_NEW;
  const gchar *text = mode == FAKE_HANG ? "not answered" : "fake: ";
  Stream s;
  guint i, before;

  GST_INFO ("%s %u, %s, depth %u", fake_call_name (call), nth,
      fake_mode_name (mode), depth);
  fake_backend_reset ();
  fake_backend_fail (call, nth, mode);
  stream_open (&s, at_start ? "auto" : "opencl", depth,
      mode == FAKE_HANG ? IMPATIENT : PATIENT, call == FAKE_SET_INPUT);
  for (i = 0; i < N_FRAMES; i++)
    stream_push (&s);
  fail_unless (gst_harness_push_event (s.h,
      gst_event_new_gap (N_FRAMES * DURATION, 0)));
  for (i = 0; i < N_FRAMES; i++)
    stream_check (&s);
  fail_unless_equals_int (gst_harness_buffers_in_queue (s.h), 0);
  if (mode == FAKE_ONCE && depth == 1)
    stream_until_device (&s);
  if (!at_start || mode == FAKE_ONCE)
    fail_unless (count_warnings (&s, text) > 0);
  if (!at_start && (mode == FAKE_LOST || mode == FAKE_HANG)) {
    before = fake_backend_get_calls (FAKE_SUBMIT);
    if (depth == 1) {
      for (i = 0; i < N_FRAMES; i++)
        fail_unless_equals_string (stream_step (&s), "cpu");
    }
    fail_unless_equals_int (fake_backend_get_calls (FAKE_SUBMIT), before);
  }
  fail_unless_equals_int (test_pop_messages (s.bus, GST_MESSAGE_ERROR, NULL),
      0);
  stream_close (&s);
}

GST_START_TEST (test_no_failure)
{
  gchar *backend, *device;
  Stream s;
  guint i;

  stream_open (&s, "opencl", 1, PATIENT, FALSE);
  for (i = 0; i < N_FRAMES; i++)
    fail_unless_equals_string (stream_step (&s), "opencl");
  g_object_get (s.h->element, "active-backend", &backend, "active-device",
      &device, NULL);
  fail_unless_equals_string (backend, "opencl");
  fail_unless_equals_string (device, FAKE_DEVICE_NAME);
  g_free (backend);
  g_free (device);
  fail_unless_equals_int (fake_backend_get_calls (FAKE_SUBMIT), N_FRAMES);
  fail_unless_equals_int (test_pop_messages (s.bus, GST_MESSAGE_WARNING, NULL),
      0);
  stream_close (&s);
}

GST_END_TEST;

static const FakeCall frame_calls[] = {FAKE_SET_INPUT, FAKE_SUBMIT, FAKE_WAIT};

static void
check_every_frame (FakeMode mode)
{
  guint call, nth;

  for (call = 0; call < G_N_ELEMENTS (frame_calls); call++) {
    for (nth = 0; nth < N_FRAMES; nth++)
      check_failure (frame_calls[call], mode, nth, 1);
  }
}

GST_START_TEST (test_fails_once)
{
  check_every_frame (FAKE_ONCE);
}

GST_END_TEST;

GST_START_TEST (test_fails_always)
{
  check_every_frame (FAKE_ALWAYS);
}

GST_END_TEST;

GST_START_TEST (test_lost)
{
  check_every_frame (FAKE_LOST);
}

GST_END_TEST;

GST_START_TEST (test_hangs_set_input)
{
  check_failure (FAKE_SET_INPUT, FAKE_HANG, __i__, 1);
}

GST_END_TEST;

GST_START_TEST (test_hangs_submit)
{
  check_failure (FAKE_SUBMIT, FAKE_HANG, __i__, 1);
}

GST_END_TEST;

GST_START_TEST (test_hangs_wait)
{
  check_failure (FAKE_WAIT, FAKE_HANG, __i__, 1);
}

GST_END_TEST;

GST_START_TEST (test_hangs_in_flight)
{
  check_failure (FAKE_SUBMIT, FAKE_HANG, __i__, 3);
  check_failure (FAKE_WAIT, FAKE_HANG, __i__, 3);
}

GST_END_TEST;

/* Several in flight when it happens. */
GST_START_TEST (test_fails_in_flight)
{
  FakeMode mode;
  guint nth;

  for (mode = FAKE_ONCE; mode <= FAKE_LOST; mode++) {
    for (nth = 0; nth < N_FRAMES; nth++) {
      check_failure (FAKE_SUBMIT, mode, nth, 3);
      check_failure (FAKE_WAIT, mode, nth, 3);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_start_fails)
{
  check_failure (FAKE_COMPILE, FAKE_ONCE, 0, 1);
  check_failure (FAKE_COMPILE, FAKE_ALWAYS, 0, 1);
  check_failure (FAKE_COMPILE, FAKE_LOST, 0, 1);
  check_failure (FAKE_SESSION_NEW, FAKE_ONCE, 0, 1);
  check_failure (FAKE_SESSION_NEW, FAKE_ALWAYS, 0, 1);
  check_failure (FAKE_SESSION_NEW, FAKE_LOST, 0, 1);
}

GST_END_TEST;

GST_START_TEST (test_start_hangs)
{
  check_failure (__i__ == 0 ? FAKE_COMPILE : FAKE_SESSION_NEW, FAKE_HANG, 0, 1);
}

GST_END_TEST;

/* The user asked for this device: one that does not start is an error. */
GST_START_TEST (test_wanted_start_fails)
{
  GstElement *element;
  GstMessage *message;
  g_autoptr (GError) error = NULL;
  GstBus *bus;

  fake_backend_fail (__i__ == 0 ? FAKE_COMPILE : FAKE_SESSION_NEW, 0,
      FAKE_ONCE);
  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "backend", "opencl");
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ERROR, &message),
      1);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "fake: ") != NULL, "%s", error->message);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static Suite *
mobilenet_fallback_suite (void)
{
  Suite *suite = suite_create ("mobilenet-fallback");
  TCase *tc = tcase_create ("fallback");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_no_failure);
  tcase_add_test (tc, test_fails_once);
  tcase_add_test (tc, test_fails_always);
  tcase_add_test (tc, test_lost);
  tcase_add_loop_test (tc, test_hangs_set_input, 0, 3);
  tcase_add_loop_test (tc, test_hangs_submit, 0, N_FRAMES);
  tcase_add_loop_test (tc, test_hangs_wait, 0, N_FRAMES);
  tcase_add_loop_test (tc, test_hangs_in_flight, 0, 4);
  tcase_add_test (tc, test_fails_in_flight);
  tcase_add_test (tc, test_start_fails);
  tcase_add_loop_test (tc, test_start_hangs, 0, 2);
  tcase_add_loop_test (tc, test_wanted_start_fails, 0, 2);
  return suite;
}

GST_CHECK_MAIN (mobilenet_fallback);
