/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `mobilenettext`: JSON lines from what is on the frames. */

#include "tests/gst/textutil.h"

#include <gio/gio.h>
#include <string.h>

#include "gst/text/ndjson.h"
#include "gst/text/newness.h"

/* ---- JSON ------------------------------------------------------------ */

/* Lines that the schema knows; returns how many there are. */
static gint
validate (const gchar *lines)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *out = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
          | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
      &error, PYTHON, NDJSON_CHECK, NULL);

  g_assert_no_error (error);
  fail_unless (g_subprocess_communicate_utf8 (process, lines, NULL, &out, NULL,
                   &error),
      "%s", error ? error->message : "");
  fail_unless (g_subprocess_get_successful (process), "not valid: %s", lines);
  g_object_unref (process);
  return atoi (out);
}

GST_START_TEST (test_lines)
{
  GstHarness *h = open_text (NDJSON);
  GString *all = g_string_new (NULL);
  GstBuffer *buffer = frame (0, "one");
  guint i;

  attach (buffer, "second", "two", 0);
  push (h, buffer);
  buffer = frame (1, NULL);
  attach (buffer, "e", "one", 0);         /* held */
  attach (buffer, "second", NULL, FRAME); /* empty */
  push (h, buffer);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 2);
  g_object_set (h->element, "empty-results", TRUE, "repeat-results", TRUE,
      NULL);
  buffer = frame (2, NULL);
  attach (buffer, "e", "one", 0);
  attach (buffer, "second", NULL, FRAME);
  push (h, buffer);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 4);
  for (i = 0; i < 4; i++) {
    g_autofree gchar *line = NULL;

    buffer = gst_harness_pull (h);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), i < 2 ? 0 : 2 * FRAME);
    line = get_text (buffer);
    gst_buffer_unref (buffer);
    fail_unless (strstr (line,
                     i % 2 ? "\"element\":\"second\"" : "\"element\":\"e\"")
        != NULL);
    g_string_append (all, line);
  }
  fail_unless_equals_int (validate (all->str), 4);
  fail_unless (strstr (all->str,
                   "\"pts\":0,\"running_time\":0,"
                   "\"stream_time\":0,\"utc\":null,")
      != NULL);
  fail_unless (strstr (all->str,
                   "\"latency\":1000,\"age\":80000000,"
                   "\"fresh\":false,\"index\":3,\"label\":\"one\","
                   "\"confidence\":0.75,\"classes\":[{\"index\":3,")
      != NULL);
  fail_unless (strstr (all->str,
                   "\"index\":-1,\"label\":\"\","
                   "\"confidence\":0,\"classes\":[]}\n")
      != NULL);
  g_string_free (all, TRUE);
  close_text (h);
}

GST_END_TEST;

static const struct
{
  const gchar *raw, *escaped;
} strings[] = {{"", "\"\""}, {"plain", "\"plain\""},
  {"say \"no\"", "\"say \\\"no\\\"\""}, {"back\\slash/", "\"back\\\\slash/\""},
  {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
  {"\001\037\177", "\"\\u0001\\u001f\\u007f\""},
  {"Zürich 東京 🐈", "\"Zürich 東京 🐈\""}, {"a\xffz", "\"a\357\277\275z\""},
  {"\xc3", "\"\357\277\275\""},
  {"\xed\xa0\x80", "\"\357\277\275\357\277\275\357\277\275\""}, {NULL, "null"}};

GST_START_TEST (test_escapes)
{
  GString *out = g_string_new (NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (strings); i++) {
    g_string_truncate (out, 0);
    gst_mobilenet_json_string (out, strings[i].raw);
    fail_unless_equals_string (out->str, strings[i].escaped);
  }
  g_string_free (out, TRUE);
}

GST_END_TEST;

/* Every byte twice in a label, and random ones: the reader agrees. */
GST_START_TEST (test_wild_labels)
{
  const gchar *given = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = given ? (guint32) g_ascii_strtoull (given, NULL, 0)
                       : g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  GstMobilenetMoment moment = {0, 0, GST_CLOCK_TIME_NONE, 0};
  GString *lines = g_string_new (NULL);
  guint i, j;

  g_print ("# MOBILENET_TEST_SEED=%u\n", seed);
  for (i = 1; i < 600; i++) {
    gchar label[8] = {
      (gchar) i,
      (gchar) i,
      0,
    };
    GstMobilenetScore score = {i, 1.0 / i, label};
    GstMobilenetResult seen = {.element = label,
      .task = "classification",
      .backend = label,
      .pts = i,
      .latency = i,
      .age = i,
      .fresh = i % 2,
      .instance = i,
      .number = i,
      .n_classes = 1,
      .classes = &score};

    for (j = 0; i >= 256 && j < 7; j++)
      label[j] = (gchar) g_rand_int_range (rand, 1, 256);
    moment.utc = g_rand_int (rand) * (guint64) g_rand_int (rand);
    gst_mobilenet_ndjson_line (lines, &seen, &moment);
  }
  fail_unless_equals_int (validate (lines->str), 599);
  g_string_free (lines, TRUE);
}

GST_END_TEST;

GST_START_TEST (test_numbers)
{
  GString *out = g_string_new (NULL);

  gst_mobilenet_json_number (out, 0.1f);
  g_string_append_c (out, ' ');
  gst_mobilenet_json_number (out, -0.0 / 0.0);
  g_string_append_c (out, ' ');
  gst_mobilenet_json_number (out, 1.0 / 0.0);
  g_string_append_c (out, ' ');
  gst_mobilenet_json_utc (out, 0);
  g_string_append_c (out, ' ');
  gst_mobilenet_json_utc (out, 1785542399 * GST_SECOND + 999999999);
  g_string_append_c (out, ' ');
  gst_mobilenet_json_utc (out, GST_CLOCK_TIME_NONE);
  fail_unless_equals_string (out->str,
      "0.100000001 null null "
      "\"1970-01-01T00:00:00.000000Z\" \"2026-07-31T23:59:59.999999Z\" null");
  g_string_free (out, TRUE);
}

GST_END_TEST;

/* ---- time of day ----------------------------------------------------- */

static void
expect_utc (GstHarness *h, const gchar *expected)
{
  g_autofree gchar *line = pull_text (h);
  g_autofree gchar *field = g_strdup_printf ("\"utc\":%s,", expected);

  fail_unless_equals_int (validate (line), 1);
  fail_unless (strstr (line, field) != NULL, "%s not in %s", field, line);
}

static void
add_reference (GstBuffer *buffer, const gchar *name, GstClockTime time)
{
  GstCaps *caps = gst_caps_new_empty_simple (name);

  gst_buffer_add_reference_timestamp_meta (buffer, caps, time,
      GST_CLOCK_TIME_NONE);
  gst_caps_unref (caps);
}

GST_START_TEST (test_reference)
{
  GstClockTime noon = G_GUINT64_CONSTANT (1785585600) * GST_SECOND;
  GstHarness *h = open_text (NDJSON);
  GstBuffer *buffer = frame (0, "x");

  add_reference (buffer, "timestamp/x-other", 5);
  push (h, buffer);
  expect_utc (h, "null");
  buffer = frame (1, "x");
  add_reference (buffer, "timestamp/x-unix", noon + 1500 * GST_USECOND);
  push (h, buffer);
  expect_utc (h, "\"2026-08-01T12:00:00.001500Z\"");
  buffer = frame (2, "x");
  add_reference (buffer, "timestamp/x-ntp",
      noon + G_GUINT64_CONSTANT (2208988800) * GST_SECOND);
  push (h, buffer);
  expect_utc (h, "\"2026-08-01T12:00:00.000000Z\"");
  /* A result of three frames ago is as old. */
  buffer = frame (6, NULL);
  attach (buffer, "e", "x", 3 * FRAME);
  add_reference (buffer, "timestamp/x-unix", noon + 3 * FRAME);
  push (h, buffer);
  expect_utc (h, "\"2026-08-01T12:00:00.000000Z\"");
  close_text (h);
}

GST_END_TEST;

/* The clock of a live pipeline started at some time of its own. */
GST_START_TEST (test_clock)
{
  GstHarness *h = open_text (NDJSON);
  GstTestClock *clock = gst_harness_get_testclock (h);
  GString *early = g_string_new (NULL), *late = g_string_new (NULL);
  g_autofree gchar *line = NULL;
  const gchar *utc;

  gst_test_clock_set_time (clock, 100 * GST_SECOND);
  gst_element_set_base_time (h->element, 90 * GST_SECOND);
  gst_harness_set_live (h, TRUE);
  gst_mobilenet_json_utc (early,
      (g_get_real_time () - 10 * G_USEC_PER_SEC) * GST_USECOND);
  push (h, frame (0, "x"));
  gst_mobilenet_json_utc (late,
      (g_get_real_time () - 10 * G_USEC_PER_SEC) * GST_USECOND);
  line = pull_text (h);
  utc = strstr (line, "\"utc\":") + 6;
  fail_unless (strncmp (early->str, utc, early->len) <= 0, "%s", line);
  fail_unless (strncmp (late->str, utc, late->len) >= 0, "%s", line);
  gst_object_unref (clock);
  g_string_free (early, TRUE);
  g_string_free (late, TRUE);
  close_text (h);
}

GST_END_TEST;

/* Times in a segment that does not start at 0. */
GST_START_TEST (test_segment_times)
{
  GstHarness *h = open_text (NDJSON);
  g_autofree gchar *line = NULL;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 50 * FRAME;
  segment.time = 7 * FRAME;
  segment.base = 1 * FRAME;
  push_event (h, gst_event_new_segment (&segment));
  push (h, frame (52, "x"));
  line = pull_text (h);
  fail_unless (strstr (line,
                   "\"pts\":2080000000,\"running_time\":120000000,"
                   "\"stream_time\":360000000,")
          != NULL,
      "%s", line);
  close_text (h);
}

GST_END_TEST;

/* ---- other metadata -------------------------------------------------- */

#ifdef HAVE_GST_ANALYTICS
#include "gst/meta/analytics.h"

/* Of others: told. Of ours, a second time: not. */
GST_START_TEST (test_analytics)
{
  GstMobilenetScore score = {3, 0.75, "one"}, dog = {0, 0.5, "dog"};
  GstMobilenetResult ours = {.n_classes = 1, .classes = &score};
  GstMobilenetResult other = {.n_classes = 1, .classes = &dog};
  GstHarness *h = open_text (NDJSON);
  GstBuffer *buffer = frame (0, "one");
  g_autofree gchar *line = NULL, *second = NULL;

  gst_mobilenet_analytics_attach (buffer, &ours);
  gst_mobilenet_analytics_attach (buffer, &other);
  push (h, buffer);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 2);
  line = pull_text (h);
  second = pull_text (h);
  fail_unless_equals_int (validate (second), 1);
  fail_unless (strstr (line, "\"element\":\"e\"") != NULL);
  fail_unless (strstr (second, "\"element\":null") != NULL);
  fail_unless (strstr (second, "\"label\":\"dog\"") != NULL);
  close_text (h);
}

GST_END_TEST;
#endif

/* ---- what is new ----------------------------------------------------- */

/* Six pictures of one time, from two elements of one name, each once. */
GST_START_TEST (test_newness)
{
  GstMobilenetNewness *newness = gst_mobilenet_newness_new ();
  GstBuffer *buffer = frame (0, NULL), *later = frame (3, NULL);
  GstMobilenetResult seen = {.element = "e", .fresh = TRUE, .instance = 5};
  guint i;

  for (i = 1; i <= 6; i++) {
    seen.number = i;
    seen.instance = 5;
    fail_unless (gst_mobilenet_newness_take (newness, &seen, buffer));
    seen.instance = 6;
    fail_unless (gst_mobilenet_newness_take (newness, &seen, buffer));
    fail_if (gst_mobilenet_newness_take (newness, &seen, later));
  }
  /* Numbers do not start again where timestamps do. */
  gst_mobilenet_newness_restart (newness);
  fail_if (gst_mobilenet_newness_take (newness, &seen, buffer));
  /* Without them: of this very frame, or with another timestamp. */
  seen.instance = seen.number = 0;
  for (i = 0; i < 6; i++)
    fail_unless (gst_mobilenet_newness_take (newness, &seen, buffer));
  fail_if (gst_mobilenet_newness_take (newness, &seen, later));
  seen.fresh = FALSE;
  fail_if (gst_mobilenet_newness_take (newness, &seen, buffer));
  seen.pts = FRAME;
  fail_unless (gst_mobilenet_newness_take (newness, &seen, later));
  gst_buffer_unref (buffer);
  gst_buffer_unref (later);
  gst_mobilenet_newness_free (newness);
}

GST_END_TEST;

/* Pictures of one time through the element, as filesrc gives them. */
GST_START_TEST (test_equal_times)
{
  GstHarness *h = open_text (NDJSON);
  guint i;

  for (i = 0; i < 6; i++)
    push (h, frame (0, "x"));
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 6);
  close_text (h);
}

GST_END_TEST;

/* Nothing to say: whoever prerolls hears of it with the first frame. */
GST_START_TEST (test_silence)
{
  GstHarness *h = open_text (NDJSON);
  GstBuffer *buffer = frame (1, NULL);

  push (h, frame (0, NULL));
  expect_gaps (h, 0, 1);
  attach (buffer, "e", NULL, FRAME);
  push (h, buffer);
  expect_gaps (h, 1, 2);
  expect_nothing (h);
  close_text (h);
}

GST_END_TEST;

static Suite *
lines_suite (void)
{
  Suite *suite = suite_create ("mobilenettext-lines");
  TCase *tc = tcase_create ("lines");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_lines);
  tcase_add_test (tc, test_newness);
  tcase_add_test (tc, test_equal_times);
  tcase_add_test (tc, test_silence);
  tcase_add_test (tc, test_escapes);
  tcase_add_test (tc, test_wild_labels);
  tcase_add_test (tc, test_numbers);
  tcase_add_test (tc, test_reference);
  tcase_add_test (tc, test_clock);
  tcase_add_test (tc, test_segment_times);
#ifdef HAVE_GST_ANALYTICS
  tcase_add_test (tc, test_analytics);
#endif
  return suite;
}

GST_CHECK_MAIN (lines);
