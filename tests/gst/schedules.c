/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which schedule it is, and what is different then. It changes while frames
 * are inside: results stay in order, on buffers and in messages, and so do the
 * frames. Under ThreadSanitizer as well: who brings results changes, too. */

#include "tests/gst/latestutil.h"
#include "tests/support/fake_backend.h"

#define N_FRAMES 600

typedef struct
{
  GstHarness *h;
  GstBus *bus;
  GRand *rand;
  guint n_in, n_out;
  gboolean latest[N_FRAMES]; /* so was the schedule */
  GstClockTime newest, told; /* pts of results; NONE: none so far */
} Run;

static void
check_buffer (Run *run, GstBuffer *buffer)
{
  guint n = run->n_out++;
  const GstStructure *s;
  GstClockTime pts;

  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), n * DURATION);
  if (test_count_results (buffer) > 0) {
    s = test_get_result (buffer);
    pts = test_get_uint64 (s, "pts");
    fail_unless (pts <= GST_BUFFER_PTS (buffer));
    fail_unless (run->newest == GST_CLOCK_TIME_NONE || pts >= run->newest,
        "frame %u goes back", n);
    fail_unless (run->latest[n] || pts == GST_BUFFER_PTS (buffer),
        "frame %u has no result of its own", n);
    run->newest = pts;
  } else {
    fail_unless (run->latest[n], "frame %u has no result", n);
  }
  gst_buffer_unref (buffer);
}

static void
check_messages (Run *run)
{
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (run->bus, GST_MESSAGE_ELEMENT))) {
    const GstStructure *s = gst_message_get_structure (message);
    GstClockTime pts = test_get_uint64 (s, "pts");

    fail_unless (run->told == GST_CLOCK_TIME_NONE || pts > run->told,
        "messages go back");
    run->told = pts;
    gst_message_unref (message);
  }
}

static void
step (Run *run)
{
  guint n = run->n_in;
  GstBuffer *buffer;

  if (n > 0)
    run->latest[n] = run->latest[n - 1];
  if (n == 0 || g_rand_int_range (run->rand, 0, 5) == 0) {
    run->latest[n] = n > 0 && !run->latest[n];
    gst_util_set_object_arg (G_OBJECT (run->h->element), "schedule",
        run->latest[n] ? "latest" : "every-frame");
  }
  run->n_in++;
  fail_unless_equals_int (gst_harness_push (run->h,
                              test_frame_new_for_caps (RGB_CAPS,
                                  test_rgb_colours[n % 3], n * DURATION)),
      GST_FLOW_OK);
  while ((buffer = gst_harness_try_pull (run->h)))
    check_buffer (run, buffer);
  check_messages (run);
  if (g_rand_int_range (run->rand, 0, 10) == 0)
    g_usleep (g_rand_int_range (run->rand, 0, 1000));
}

static void
run_open (Run *run, guint32 seed, gdouble smoothing)
{
  GstElement *element;

  memset (run, 0, sizeof (*run));
  run->rand = g_rand_new_with_seed (seed);
  run->newest = run->told = GST_CLOCK_TIME_NONE;
  element = test_element_new (&run->bus);
  g_object_set (element, "threads", 3, "max-age", (guint64) 0, "smoothing",
      smoothing, NULL);
  gst_util_set_object_arg (G_OBJECT (element), "post-messages", "all");
  run->h = test_harness_new (element);
  gst_harness_set_live (run->h, FALSE);
  gst_harness_set_src_caps_str (run->h, RGB_CAPS);
}

/* To and fro, with and without a past that results go into. */
GST_START_TEST (test_to_and_fro)
{
  GstBuffer *buffer;
  Run run;

  run_open (&run, __i__, __i__ % 2 ? 0.2 : 0.0);
  while (run.n_in < N_FRAMES)
    step (&run);
  gst_harness_push_event (run.h, gst_event_new_eos ());
  while ((buffer = gst_harness_try_pull (run.h)))
    check_buffer (&run, buffer);
  fail_unless_equals_int (run.n_out, N_FRAMES);
  check_messages (&run);
  test_close (run.h, run.bus);
  g_rand_free (run.rand);
}

GST_END_TEST;

/* What was inside at the switch has its own results, whatever comes after. */
GST_START_TEST (test_what_is_inside)
{
  guint round, i;
  Run run;

  run_open (&run, 0, 0.0);
  for (round = 0; round < 50; round++) {
    gst_util_set_object_arg (G_OBJECT (run.h->element), "schedule",
        "every-frame");
    for (i = 0; i < 4; i++) {
      if (i == 3)
        gst_util_set_object_arg (G_OBJECT (run.h->element), "schedule",
            "latest");
      gst_harness_push (run.h,
          test_frame_new_for_caps (RGB_CAPS, test_rgb_colours[i % 3],
              (4 * round + i) * DURATION));
    }
    for (i = 0; i < 4; i++) {
      GstBuffer *buffer = gst_harness_pull (run.h);

      if (i < 3)
        fail_unless_equals_string (test_get_label (buffer), test_rgb_labels[i]);
      gst_buffer_unref (buffer);
    }
    check_messages (&run);
  }
  test_close (run.h, run.bus);
  g_rand_free (run.rand);
}

GST_END_TEST;

/* ---- choice ------------------------------------------------------------ */

/* TRUE: buffers pass while the inference of the first is held. */
GST_START_TEST (test_auto)
{
  GstElement *element;
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  /* Live: as latest. */
  test_latest_hold ();
  element = test_latest_element_new (&bus, "auto", "opencl");
  h = test_open_rgb (element);
  gst_harness_set_upstream_latency (h, 7 * GST_MSECOND);
  buffer = test_latest_push (h, RED, 0);
  fail_unless_equals_int (test_count_results (buffer), 0);
  gst_buffer_unref (buffer);
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 7 * GST_MSECOND);
  test_latest_close (h, bus);

  /* Not live: each by itself. */
  fake_backend_reset ();
  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", "auto");
  h = test_harness_new (element);
  gst_harness_set_live (h, FALSE);
  gst_harness_set_src_caps_str (h, RGB_CAPS);
  gst_buffer_unref (test_latest_push (h, RED, 0));
  buffer = test_latest_push (h, BLUE, 1);
  fail_unless_equals_string (test_get_label (buffer), "blue");
  fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer), "age"),
      0);
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* To and fro while it plays: order and truth are kept. */
GST_START_TEST (test_changes_while_playing)
{
  GstHarness *h;
  GstBus *bus;
  guint i;

  h = test_latest_open (&bus, "cpu");
  g_object_set (h->element, "max-age", (guint64) 0, NULL);
  for (i = 0; i < 200; i++) {
    gboolean latest = i / 5 % 2 == 0, fresh = FALSE;
    const GstStructure *s;
    GstBuffer *buffer;

    gst_util_set_object_arg (G_OBJECT (h->element), "schedule",
        latest ? "latest" : "every-frame");
    buffer = test_latest_push (h, test_rgb_colours[i % 3], i);
    if (test_count_results (buffer) > 0) {
      s = test_get_result (buffer);
      gst_structure_get_boolean (s, "fresh", &fresh);
      /* The worker may have been fast enough. */
      fail_unless (fresh || latest);
      fail_unless_equals_int (fresh,
          test_get_uint64 (s, "pts") == GST_BUFFER_PTS (buffer));
      fail_unless_equals_string (gst_structure_get_string (s, "label"),
          test_rgb_labels[test_get_uint64 (s, "pts") / DURATION % 3]);
    } else {
      fail_unless (i < 5);
    }
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* ---- stills ------------------------------------------------------------ */

static void
check_preroll (const gchar *schedule)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf ("appsrc name=s format=time ! "
                                            "mobilenet name=m threads=2 "
                                            "backend=cpu model-file=\"%s\" "
                                            "schedule=%s ! fakesink name=f",
      model, schedule);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstElement *source = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "f");
  GstCaps *caps = gst_caps_from_string (RGB_CAPS);
  GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, GREEN, 0);
  GstSample *sample = gst_sample_new (buffer, caps, NULL, NULL);
  gboolean fresh = FALSE;
  GstFlowReturn flow;

  g_signal_emit_by_name (source, "push-sample", sample, &flow);
  g_signal_emit_by_name (source, "end-of-stream", &flow);
  gst_sample_unref (sample);
  gst_buffer_unref (buffer);
  gst_caps_unref (caps);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
                              GST_CLOCK_TIME_NONE),
      GST_STATE_CHANGE_SUCCESS);
  g_object_get (sink, "last-sample", &sample, NULL);
  fail_unless (sample != NULL);
  buffer = gst_sample_get_buffer (sample);
  fail_unless_equals_string (test_get_label (buffer), "green");
  fail_unless (gst_structure_get_boolean (test_get_result (buffer), "fresh",
                   &fresh)
      && fresh);
  gst_sample_unref (sample);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (source);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

GST_START_TEST (test_still_prerolls)
{
  check_preroll ("every-frame");
  check_preroll ("latest");
  check_preroll ("auto");
}

GST_END_TEST;

static gpointer
push_one (gpointer data)
{
  GstHarness *h = data;

  gst_harness_push (h, test_frame_new_for_caps (RGB_CAPS, RED, 0));
  return NULL;
}

/* The first frame of a file waits for its result, but not during a flush. */
GST_START_TEST (test_flush_ends_the_wait)
{
  GstElement *element;
  GThread *thread;
  GstHarness *h;
  GstBus *bus;

  test_latest_hold ();
  element = test_latest_element_new (&bus, "latest", "opencl");
  h = test_harness_new (element);
  gst_harness_set_live (h, FALSE);
  gst_harness_set_src_caps_str (h, RGB_CAPS);
  thread = g_thread_new ("push", push_one, h);
  test_latest_wait_until_held ();
  gst_harness_push_event (h, gst_event_new_flush_start ());
  g_thread_join (thread);
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  test_latest_close (h, bus);
}

GST_END_TEST;

static Suite *
mobilenet_schedules_suite (void)
{
  Suite *suite = suite_create ("mobilenet-schedules");
  TCase *tc = tcase_create ("schedules");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_to_and_fro, 0, 4);
  tcase_add_test (tc, test_what_is_inside);
  tcase_add_test (tc, test_auto);
  tcase_add_test (tc, test_changes_while_playing);
  tcase_add_test (tc, test_still_prerolls);
  tcase_add_test (tc, test_flush_ends_the_wait);
  return suite;
}

GST_CHECK_MAIN (mobilenet_schedules);
