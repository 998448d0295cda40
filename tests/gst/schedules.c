/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The schedule changes while frames are inside: results stay in order, on
 * buffers and in messages, and so do the frames. Under ThreadSanitizer as
 * well: who brings results changes, too. */

#include "tests/gst/testutil.h"

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
  return suite;
}

GST_CHECK_MAIN (mobilenet_schedules);
