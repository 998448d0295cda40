/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which frames are classified, and what smoothing makes of their results:
 * functions without an element. */

#include "gst/mobilenet/pace.h"
#include "gst/mobilenet/smooth.h"

#include <gst/check/check.h>
#include <math.h>

/* ---- pace -------------------------------------------------------------- */

static guint
count_classified (guint interval, gdouble max_rate, guint fps, guint seconds,
    GstClockTime round)
{
  GstMobilenetPace pace;
  guint i, n = 0;

  gst_mobilenet_pace_reset (&pace);
  for (i = 0; i < fps * seconds; i++) {
    GstMobilenetPaceFrame frame = {interval, max_rate,
      gst_util_uint64_scale (i, GST_SECOND, fps) / round * round,
      GST_CLOCK_TIME_NONE, FALSE};

    n += gst_mobilenet_pace_next (&pace, &frame) == GST_MOBILENET_PACE_CLASSIFY;
  }
  return n;
}

GST_START_TEST (test_interval_and_rate)
{
  fail_unless_equals_int (count_classified (1, 0.0, 30, 10, 1), 300);
  fail_unless_equals_int (count_classified (3, 0.0, 30, 10, 1), 100);
  fail_unless_equals_int (count_classified (7, 0.0, 30, 7, 1), 30);
  /* Rates that divide the frame rate and rates that do not, with timestamps
   * in ns and in ms. */
  fail_unless_equals_int (count_classified (1, 10.0, 30, 10, 1), 100);
  fail_unless_equals_int (count_classified (1, 30.0, 30, 10, GST_MSECOND), 300);
  fail_unless_equals_int (count_classified (1, 15.0, 60, 10, GST_MSECOND), 150);
  fail_unless_equals_int (count_classified (1, 12.0, 30, 10, 1), 120);
  fail_unless_equals_int (count_classified (1, 0.5, 30, 10, 1), 5);
  /* More than there are. */
  fail_unless_equals_int (count_classified (1, 100.0, 30, 10, 1), 300);
  /* Both: what the interval leaves, the rate thins out. */
  fail_unless_equals_int (count_classified (3, 5.0, 30, 10, 1), 50);
  fail_unless_equals_int (count_classified (3, 100.0, 30, 10, 1), 100);
}

GST_END_TEST;

GST_START_TEST (test_rate_is_a_bound)
{
  guint fps, tenths;

  for (fps = 5; fps <= 120; fps += 5) {
    for (tenths = 1; tenths < 400; tenths += 7) {
      guint n = count_classified (1, tenths / 10.0, fps, 10, GST_MSECOND);

      fail_unless (n <= tenths + 1, "%u of 10 s at %u fps, max-rate %.1f", n,
          fps, tenths / 10.0);
      fail_unless (n * 10 >= 9 * MIN (tenths, fps * 10),
          "only %u of 10 s at "
          "%u fps, max-rate %.1f",
          n, fps, tenths / 10.0);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_rate_after_a_change)
{
  GstMobilenetPaceFrame frame = {1, 0.01, 0, GST_CLOCK_TIME_NONE, FALSE};
  GstMobilenetPace pace;

  gst_mobilenet_pace_reset (&pace);
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_CLASSIFY);
  frame.running_time = GST_SECOND;
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_PASS);
  /* Nobody waits for what the old rate would have given after 100 s. */
  frame.max_rate = 10.0;
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_CLASSIFY);
  /* Frames without a time are all classified. */
  frame.running_time = GST_CLOCK_TIME_NONE;
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_CLASSIFY);
}

GST_END_TEST;

GST_START_TEST (test_late)
{
  GstMobilenetPaceFrame frame = {2, 0.0, 5, 10, FALSE};
  GstMobilenetPace pace;

  gst_mobilenet_pace_reset (&pace);
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_LATE);
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_PASS);
  frame.needed = TRUE;
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_CLASSIFY);
  frame.needed = FALSE;
  gst_mobilenet_pace_next (&pace, &frame);
  frame.running_time = 10;
  fail_unless_equals_int (gst_mobilenet_pace_next (&pace, &frame),
      GST_MOBILENET_PACE_CLASSIFY);
}

GST_END_TEST;

/* ---- smoothing --------------------------------------------------------- */

static GstClockTime
frame_time (guint i, guint fps)
{
  return gst_util_uint64_scale (i, GST_SECOND, fps);
}

/* Class 0 for a second, class 1 from then on; both as they are t later. */
static void
step_response (guint fps, gdouble tau, guint ms, gfloat out[2])
{
  static const gfloat before[] = {0.9f, 0.1f}, after[] = {0.2f, 0.8f};
  GstMobilenetSmooth smooth;
  guint i;

  gst_mobilenet_smooth_init (&smooth);
  for (i = 0; frame_time (i, fps) <= (1000 + ms) * GST_MSECOND; i++)
    gst_mobilenet_smooth_add (&smooth,
        frame_time (i, fps) < GST_SECOND ? before : after, 2,
        frame_time (i, fps), tau);
  out[0] = smooth.values[0];
  out[1] = smooth.values[1];
  gst_mobilenet_smooth_clear (&smooth);
}

GST_START_TEST (test_same_at_any_rate)
{
  static const guint rates[] = {15, 30, 60, 240};
  guint r, ms;

  for (ms = 200; ms <= 2000; ms += 200) {
    for (r = 0; r < G_N_ELEMENTS (rates); r++) {
      gfloat out[2];
      /* The step shows with the first frame of the new scene, whose interval
       * it then counts for. */
      gdouble passed = ms / 1000.0 + 1.0 / rates[r];
      gdouble want = 0.2 + 0.7 * exp (-passed / 0.5);

      step_response (rates[r], 0.5, ms, out);
      fail_unless (fabs (out[0] - want) < 1e-4, "%u fps, %u ms: %f is not %f",
          rates[r], ms, out[0], want);
      fail_unless (fabs (out[0] + out[1] - 1.0) < 1e-4);
    }
  }
}

GST_END_TEST;

static gint
best_of (GstMobilenetSmooth *smooth)
{
  MnClass class;

  fail_unless_equals_int (gst_mobilenet_smooth_top_k (smooth, 1, 0.0f, &class),
      1);
  return class.index;
}

/* Two classes that take turns, at every rate and time constant that is not
 * shorter than a turn: one label. */
GST_START_TEST (test_alternation)
{
  static const guint rates[] = {15, 30, 60};
  guint r, t;

  for (r = 0; r < G_N_ELEMENTS (rates); r++) {
    for (t = 1; t <= 20; t++) {
      static const gfloat a[] = {0.6f, 0.4f}, b[] = {0.4f, 0.6f};
      gdouble tau = t * 0.1;
      GstMobilenetSmooth smooth;
      guint i;

      gst_mobilenet_smooth_init (&smooth);
      for (i = 0; i < 600; i++) {
        gst_mobilenet_smooth_add (&smooth, i % 2 ? b : a, 2,
            frame_time (i, rates[r]), tau);
        fail_unless_equals_int (best_of (&smooth), 0);
      }
      gst_mobilenet_smooth_clear (&smooth);
    }
  }
}

GST_END_TEST;

#define FIXED_SEED 20261

/* Scenes of 10 s, of one of three classes each, under noise that alone has
 * another class ahead in every third frame or so: the label changes with the
 * scene, once, and soon. At 15 frames a second one run of noise in fifty has
 * the third class in front for a moment while scenes change, so the noise is
 * always the same one. */
GST_START_TEST (test_noisy_scenes)
{
  static const gint scenes[] = {0, 2, 1, 0};
  static const guint rates[] = {15, 30, 60};
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? (guint32) g_ascii_strtoull (text, NULL, 10)
                      : FIXED_SEED;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  const gdouble tau = 0.5;
  guint r, s, i, flips = 0, noisy = 0;

  g_print ("# MOBILENET_TEST_SEED=%u\n", seed);
  for (r = 0; r < G_N_ELEMENTS (rates); r++) {
    GstMobilenetSmooth smooth;
    guint n = 0, wrong_after = 0;
    gint last = -1;

    flips = 0;
    gst_mobilenet_smooth_init (&smooth);
    for (s = 0; s < G_N_ELEMENTS (scenes); s++) {
      for (i = 0; i < 10 * rates[r]; i++, n++) {
        gfloat p[3], sum = 0.0f;
        gint c, best;

        for (c = 0; c < 3; c++)
          sum += p[c] = (c == scenes[s] ? 1.0f : 0.5f)
              * (gfloat) g_rand_double_range (rand, 0.2, 1.8);
        for (c = 0; c < 3; c++)
          p[c] /= sum;
        noisy += p[scenes[s]]
            < MAX (p[(scenes[s] + 1) % 3], p[(scenes[s] + 2) % 3]);
        gst_mobilenet_smooth_add (&smooth, p, 3, frame_time (n, rates[r]), tau);
        best = best_of (&smooth);
        /* The very first frame may be anything. */
        flips += last >= 0 && best != last;
        if (s > 0 || i >= rates[r])
          last = best;
        wrong_after += best != scenes[s]
            && i > (1.0 + GST_MOBILENET_SMOOTH_PATIENCE) * tau * rates[r];
      }
    }
    gst_mobilenet_smooth_clear (&smooth);
    fail_unless_equals_int (wrong_after, 0);
    fail_unless_equals_int (flips, G_N_ELEMENTS (scenes) - 1);
  }
  fail_unless (noisy > 200, "no noise: %u", noisy);
}

GST_END_TEST;

/* Even a lead of almost nothing wins in the end, within a bound. */
GST_START_TEST (test_small_lead_wins)
{
  static const gfloat before[] = {0.505f, 0.495f}, after[] = {0.495f, 0.505f};
  const gdouble tau = 0.3;
  GstMobilenetSmooth smooth;
  guint i, since = 0;

  gst_mobilenet_smooth_init (&smooth);
  for (i = 0; i < 60; i++)
    gst_mobilenet_smooth_add (&smooth, before, 2, frame_time (i, 30), tau);
  for (; best_of (&smooth) == 0; i++, since++)
    gst_mobilenet_smooth_add (&smooth, after, 2, frame_time (i, 30), tau);
  /* They cross after log 2, and then patience ends. */
  fail_unless (since / 30.0 <= (0.75 + GST_MOBILENET_SMOOTH_PATIENCE) * tau);
  fail_unless (since / 30.0 > tau);
  gst_mobilenet_smooth_clear (&smooth);
}

GST_END_TEST;

GST_START_TEST (test_smooth_starts_anew)
{
  static const gfloat a[] = {0.8f, 0.2f, 0.0f}, b[] = {0.1f, 0.9f, 0.0f};
  GstMobilenetSmooth smooth;

  gst_mobilenet_smooth_init (&smooth);
  gst_mobilenet_smooth_add (&smooth, a, 2, GST_SECOND, 10.0);
  gst_mobilenet_smooth_add (&smooth, b, 2, 2 * GST_SECOND, 10.0);
  fail_unless_equals_int (best_of (&smooth), 0);
  /* Time goes back. */
  gst_mobilenet_smooth_add (&smooth, b, 2, GST_SECOND, 10.0);
  fail_unless_equals_int (best_of (&smooth), 1);
  gst_mobilenet_smooth_add (&smooth, a, 2, 2 * GST_SECOND, 10.0);
  fail_unless_equals_int (best_of (&smooth), 1);
  /* Another number of classes. */
  gst_mobilenet_smooth_add (&smooth, a, 3, 3 * GST_SECOND, 10.0);
  fail_unless_equals_int (best_of (&smooth), 0);
  gst_mobilenet_smooth_reset (&smooth);
  gst_mobilenet_smooth_add (&smooth, b, 3, 4 * GST_SECOND, 10.0);
  fail_unless_equals_int (best_of (&smooth), 1);
  /* No time. */
  gst_mobilenet_smooth_add (&smooth, a, 3, GST_CLOCK_TIME_NONE, 10.0);
  fail_unless_equals_int (best_of (&smooth), 0);
  gst_mobilenet_smooth_clear (&smooth);
}

GST_END_TEST;

/* The best first, whatever leads; then by value; nothing below the
 * threshold. */
GST_START_TEST (test_top_k)
{
  static const gfloat a[] = {0.1f, 0.4f, 0.3f, 0.2f};
  static const gfloat b[] = {0.1f, 0.3f, 0.4f, 0.2f};
  GstMobilenetSmooth smooth;
  MnClass classes[5];

  gst_mobilenet_smooth_init (&smooth);
  fail_unless_equals_int (gst_mobilenet_smooth_top_k (&smooth, 5, 0.0f,
                              classes),
      0);
  gst_mobilenet_smooth_add (&smooth, a, 4, 0, 0.1);
  gst_mobilenet_smooth_add (&smooth, b, 4, 80 * GST_MSECOND, 0.1);
  fail_unless (smooth.values[2] > smooth.values[1]);
  fail_unless_equals_int (gst_mobilenet_smooth_top_k (&smooth, 5, 0.0f,
                              classes),
      4);
  fail_unless_equals_int (classes[0].index, 1);
  fail_unless_equals_int (classes[1].index, 2);
  fail_unless_equals_int (classes[2].index, 3);
  fail_unless_equals_int (classes[3].index, 0);
  fail_unless_equals_int (gst_mobilenet_smooth_top_k (&smooth, 2, 0.0f,
                              classes),
      2);
  fail_unless_equals_int (classes[1].index, 2);
  fail_unless_equals_int (gst_mobilenet_smooth_top_k (&smooth, 1, 0.0f,
                              classes),
      1);
  fail_unless_equals_int (classes[0].index, 1);
  fail_unless_equals_int (gst_mobilenet_smooth_top_k (&smooth, 5, 0.25f,
                              classes),
      2);
  fail_unless_equals_int (gst_mobilenet_smooth_top_k (&smooth, 5, 0.9f,
                              classes),
      0);
  gst_mobilenet_smooth_clear (&smooth);
}

GST_END_TEST;

static Suite *
mobilenet_pace_suite (void)
{
  Suite *suite = suite_create ("mobilenet-pace");
  TCase *tc = tcase_create ("pace");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_interval_and_rate);
  tcase_add_test (tc, test_rate_is_a_bound);
  tcase_add_test (tc, test_rate_after_a_change);
  tcase_add_test (tc, test_late);
  tcase_add_test (tc, test_same_at_any_rate);
  tcase_add_test (tc, test_alternation);
  tcase_add_test (tc, test_noisy_scenes);
  tcase_add_test (tc, test_small_lead_wins);
  tcase_add_test (tc, test_smooth_starts_anew);
  tcase_add_test (tc, test_top_k);
  return suite;
}

GST_CHECK_MAIN (mobilenet_pace);
