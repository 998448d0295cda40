/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `mobilenettext`: subtitles and JSON lines from what is on the frames. */

#include "tests/gst/testutil.h"

#include <gio/gio.h>
#include <string.h>

#include "gst/gstmobilenettext.h"
#include "gst/ndjson.h"
#include "gst/subtitle.h"

#define CAPS "video/x-raw, format=GRAY8, width=16, height=16, framerate=25/1"
#define TEXT "text/x-raw, format=utf8"
#define NDJSON "application/x-ndjson"
#define FRAME (40 * GST_MSECOND)

static void
attach (GstBuffer * buffer, const gchar * element, const gchar * label,
    GstClockTime pts)
{
  GstMobilenetScore scores[2] = { {3, 0.75, label}, {4, 0.125, "other"} };
  GstMobilenetResult result = { element, "m.tflite", "classification", "cpu",
    pts, 1000, label ? 2 : 0, scores
  };

  gst_mobilenet_meta_attach (buffer, &result,
      GST_BUFFER_PTS (buffer) - pts, GST_BUFFER_PTS (buffer) == pts);
}

/* A frame with label from the element e; NULL: without a result. */
static GstBuffer *
frame (guint n, const gchar * label)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 256, NULL);

  GST_BUFFER_PTS (buffer) = n * FRAME;
  GST_BUFFER_DURATION (buffer) = FRAME;
  if (label)
    attach (buffer, "e", label, n * FRAME);
  return buffer;
}

static GstHarness *
open_text (const gchar * caps)
{
  GstHarness *h = gst_harness_new ("mobilenettext");

  gst_harness_set_live (h, FALSE);
  gst_harness_set_sink_caps_str (h, caps);
  gst_harness_set_src_caps_str (h, CAPS);
  return h;
}

static void
push (GstHarness * h, GstBuffer * buffer)
{
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
}

static gchar *
get_text (GstBuffer * buffer)
{
  GstMapInfo map;
  gchar *text;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  text = map.size > 0 ? g_strndup ((const gchar *) map.data, map.size)
      : g_strdup ("");
  gst_buffer_unmap (buffer, &map);
  return text;
}

static gchar *
pull_text (GstHarness * h)
{
  GstBuffer *buffer = gst_harness_try_pull (h);
  gchar *text;

  fail_unless (buffer != NULL);
  text = get_text (buffer);
  gst_buffer_unref (buffer);
  return text;
}

/* The next buffer is text from frame a to frame b. */
static void
expect (GstHarness * h, const gchar * expected, guint a, guint b)
{
  GstBuffer *buffer = gst_harness_try_pull (h);
  g_autofree gchar *text = NULL;

  fail_unless (buffer != NULL, "no \"%s\"", expected);
  text = get_text (buffer);
  fail_unless_equals_string (text, expected);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), a * FRAME);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), (b - a) * FRAME);
  gst_buffer_unref (buffer);
}

static void
expect_nothing (GstHarness * h)
{
  fail_unless (gst_harness_try_pull (h) == NULL);
}

/* Adds up the gap events that have come; they follow each other. */
static void
expect_gaps (GstHarness * h, guint a, guint b)
{
  GstClockTime at = a * FRAME, start, duration;
  GstEvent *event;

  while ((event = gst_harness_try_pull_event (h))) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
      gst_event_parse_gap (event, &start, &duration);
      fail_unless_equals_uint64 (start, at);
      at += duration;
    }
    gst_event_unref (event);
  }
  fail_unless_equals_uint64 (at, b * FRAME);
}

/* ---- text ------------------------------------------------------------ */

GST_START_TEST (test_changes)
{
  GstHarness *h = open_text (TEXT);
  guint i;

  g_object_set (h->element, "max-interval", (guint64) 0, NULL);
  for (i = 0; i < 30; i++)
    push (h, frame (i, i < 10 ? "one" : i < 20 ? NULL : "two"));
  expect (h, "one", 0, 10);
  expect_nothing (h);
  expect_gaps (h, 10, 20);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  expect (h, "two", 20, 30);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Where there is nothing to say: gap events, or empty text. */
GST_START_TEST (test_silence)
{
  GstHarness *h = open_text (TEXT);
  guint i;

  g_object_set (h->element, "use-gaps", TRUE, NULL);
  for (i = 0; i < 25; i++)
    push (h, frame (i, NULL));
  gst_harness_push_event (h, gst_event_new_eos ());
  expect_gaps (h, 0, 25);
  expect_nothing (h);
  gst_harness_teardown (h);

  h = open_text (TEXT);
  for (i = 0; i < 15; i++)
    push (h, frame (i, NULL));
  push (h, frame (15, "one"));
  push (h, frame (16, NULL));
  gst_harness_push_event (h, gst_event_new_eos ());
  expect (h, "", 0, 1);         /* at once, for whoever prerolls */
  expect (h, "", 1, 13);
  expect (h, "", 13, 15);
  expect (h, "one", 15, 16);
  expect (h, "", 16, 17);
  expect_gaps (h, 0, 0);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Never longer than the interval, never held past it, nothing lost. */
GST_START_TEST (test_interval)
{
  static const guint64 intervals[] = { 1, 39 * GST_MSECOND,
    100 * GST_MSECOND, 500 * GST_MSECOND, 777 * GST_MSECOND
  };
  guint64 interval = intervals[__i__];
  GstHarness *h = open_text (TEXT);
  GstClockTime at = 0;
  guint i;

  g_object_set (h->element, "max-interval", interval, NULL);
  for (i = 0; i <= 100; i++) {
    GstBuffer *buffer;

    if (i < 100)
      push (h, frame (i, "x"));
    else
      gst_harness_push_event (h, gst_event_new_eos ());
    while ((buffer = gst_harness_try_pull (h))) {
      fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), at);
      fail_unless (GST_BUFFER_DURATION (buffer) <= MAX (interval, FRAME));
      at += GST_BUFFER_DURATION (buffer);
      gst_buffer_unref (buffer);
    }
    if (i < 100)
      fail_unless (at + MAX (interval, FRAME) >= (i + 1) * FRAME);
  }
  fail_unless_equals_uint64 (at, 100 * FRAME);
  gst_harness_teardown (h);
}

GST_END_TEST;

static const struct
{
  const gchar *pattern, *expected;
} patterns[] = {
  {"{label}", "a \"cat\""},
  {"{label} {percent} %", "a \"cat\" 75 %"},
  {"{element}/{model}: {index} {confidence}", "e/m.tflite: 3 0.75"},
  {"{unknown} {label", "{unknown} {label"},
  {"{}{{label}}\\n-", "{}{a \"cat\"}\n-"},
  {"", ""}
};

GST_START_TEST (test_line_format)
{
  GstHarness *h = open_text (TEXT);
  guint i = __i__;

  g_object_set (h->element, "line-format", patterns[i].pattern, NULL);
  push (h, frame (0, "a \"cat\""));
  gst_harness_push_event (h, gst_event_new_eos ());
  expect (h, patterns[i].expected, 0, 1);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_several)
{
  GstHarness *h = open_text (TEXT);
  GstBuffer *buffer = frame (0, "one");

  attach (buffer, "second", "zwölf", 0);
  push (h, buffer);
  buffer = frame (1, "one");
  attach (buffer, "second", "two", FRAME);
  g_object_set (h->element, "top-k", 5, "threshold", 0.1, NULL);
  push (h, buffer);
  g_object_set (h->element, "threshold", 0.5, NULL);
  push (h, frame (2, "one"));
  push (h, frame (3, NULL));
  expect (h, "one\nzwölf", 0, 1);
  expect (h, "one\nother\ntwo\nother", 1, 2);
  expect (h, "one", 2, 3);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Frames of no length, with a rate and without. */
GST_START_TEST (test_durations)
{
  GstHarness *h = gst_harness_new ("mobilenettext");
  GstBuffer *buffer;
  guint i;

  gst_harness_set_sink_caps_str (h, TEXT);
  gst_harness_set_src_caps_str (h, __i__ ? CAPS
      : "video/x-raw, format=GRAY8, width=16, height=16, framerate=0/1");
  for (i = 0; i < 6; i++) {
    buffer = frame (2 * i, i < 3 ? "one" : "two");
    GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
    push (h, buffer);
  }
  if (__i__)
    expect (h, "one", 0, 1);
  expect (h, "one", __i__ ? 1 : 0, 6);
  gst_harness_push_event (h, gst_event_new_eos ());
  expect (h, "two", 6, __i__ ? 11 : 12);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A hole of more than a second is not part of a label; a GAP neither. */
GST_START_TEST (test_holes)
{
  GstHarness *h = open_text (TEXT);

  g_object_set (h->element, "max-interval", (guint64) 0, NULL);
  push (h, frame (0, "x"));
  push (h, frame (10, "x"));
  push (h, frame (100, "x"));
  expect (h, "x", 0, 11);
  gst_harness_push_event (h, gst_event_new_gap (101 * FRAME, 10 * FRAME));
  expect (h, "x", 100, 101);
  push (h, frame (111, "x"));
  gst_harness_push_event (h, gst_event_new_eos ());
  expect (h, "x", 111, 112);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_backwards)
{
  GstHarness *h = open_text (TEXT);
  GstSegment segment;
  guint i;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  segment.stop = 30 * FRAME;
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  g_object_set (h->element, "max-interval", (guint64) 0, NULL);
  for (i = 30; i-- > 0;)
    push (h, frame (i, i < 10 ? "one" : "two"));
  gst_harness_push_event (h, gst_event_new_eos ());
  expect (h, "two", 10, 30);
  expect (h, "one", 0, 10);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A flush drops what is held; a new segment does not. */
GST_START_TEST (test_flush_and_segment)
{
  GstHarness *h = open_text (TEXT);
  GstSegment segment;

  push (h, frame (0, "told"));
  expect (h, "told", 0, 1);
  push (h, frame (1, "lost"));
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  push (h, frame (5, "kept"));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  expect (h, "kept", 5, 6);
  push (h, frame (1, "again"));
  gst_harness_push_event (h, gst_event_new_eos ());
  expect (h, "again", 1, 2);
  expect_nothing (h);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Other caps in the middle of a label do not end it. */
GST_START_TEST (test_caps_change)
{
  GstHarness *h = open_text (TEXT);
  g_autoptr (GstCaps) caps = gst_caps_from_string
      ("video/x-raw(memory:DMABuf), format=NV12, width=320, height=240, "
      "framerate=30/1");

  push (h, frame (0, "x"));
  fail_unless (gst_harness_push_event (h, gst_event_new_caps (caps)));
  push (h, frame (1, "x"));
  gst_harness_push_event (h, gst_event_new_eos ());
  expect (h, "x", 0, 1);
  expect (h, "x", 1, 2);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Stream: another one, sparse; the video's own tags stay behind. */
GST_START_TEST (test_stream_events)
{
  GstHarness *h = open_text (TEXT);
  GstEvent *event = gst_event_new_stream_start ("video");
  GstTagList *tags;
  GstStreamFlags flags = 0;
  gboolean seen = FALSE, tagged = FALSE;
  const gchar *id;

  gst_harness_push_event (h, event);
  tags = gst_tag_list_new (GST_TAG_VIDEO_CODEC, "x", NULL);
  gst_harness_push_event (h, gst_event_new_tag (tags));
  tags = gst_tag_list_new (GST_TAG_TITLE, "x", NULL);
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  gst_harness_push_event (h, gst_event_new_tag (tags));
  while ((event = gst_harness_try_pull_event (h))) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START) {
      gst_event_parse_stream_start (event, &id);
      gst_event_parse_stream_flags (event, &flags);
      seen = strcmp (id, "video") != 0 && (flags & GST_STREAM_FLAG_SPARSE);
    } else if (GST_EVENT_TYPE (event) == GST_EVENT_TAG) {
      gst_event_parse_tag (event, &tags);
      fail_unless_equals_int (gst_tag_list_n_tags (tags), 1);
      tagged = gst_tag_list_get_tag_size (tags, GST_TAG_TITLE) == 1;
    }
    gst_event_unref (event);
  }
  fail_unless (seen && tagged);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Latency is that of upstream, and frames with any meta are welcome. */
GST_START_TEST (test_queries)
{
  GstHarness *h = open_text (TEXT);
  GstQuery *query;
  GstCaps *caps;
  guint n;

  gst_harness_set_live (h, TRUE);
  gst_harness_set_upstream_latency (h, 30 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 30 * GST_MSECOND);
  caps = gst_caps_from_string (CAPS);
  query = gst_query_new_allocation (caps, FALSE);
  fail_unless (gst_pad_peer_query (h->srcpad, query));
  fail_unless (gst_query_find_allocation_meta (query,
          GST_VIDEO_META_API_TYPE, NULL));
  gst_query_unref (query);
  gst_caps_unref (caps);
  n = gst_harness_upstream_events_received (h);
  fail_unless (gst_harness_push_upstream_event (h,
          gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, 1, 1)));
  fail_unless_equals_int (gst_harness_upstream_events_received (h), n);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  GstHarness *h = gst_harness_new ("mobilenettext");

  gst_harness_set_sink_caps_str (h, "audio/x-raw");
  gst_harness_set_src_caps_str (h, CAPS);
  fail_unless_equals_int (gst_harness_push (h, frame (0, "x")),
      GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* ---- JSON ------------------------------------------------------------ */

/* Lines that the schema knows; returns how many there are. */
static gint
validate (const gchar * lines)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *out = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
      | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, PYTHON, NDJSON_CHECK,
      NDJSON_SCHEMA, NULL);

  g_assert_no_error (error);
  fail_unless (g_subprocess_communicate_utf8 (process, lines, NULL, &out,
          NULL, &error), "%s", error ? error->message : "");
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
  attach (buffer, "e", "one", 0);       /* held */
  attach (buffer, "second", NULL, FRAME);       /* empty */
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
    fail_unless (strstr (line, i % 2 ? "\"element\":\"second\""
            : "\"element\":\"e\"") != NULL);
    g_string_append (all, line);
  }
  fail_unless_equals_int (validate (all->str), 4);
  fail_unless (strstr (all->str, "\"pts\":0,\"running_time\":0,"
          "\"stream_time\":0,\"utc\":null,") != NULL);
  fail_unless (strstr (all->str, "\"latency\":1000,\"age\":80000000,"
          "\"fresh\":false,\"index\":3,\"label\":\"one\","
          "\"confidence\":0.75,\"classes\":[{\"index\":3,") != NULL);
  fail_unless (strstr (all->str, "\"index\":-1,\"label\":\"\","
          "\"confidence\":0,\"classes\":[]}\n") != NULL);
  g_string_free (all, TRUE);
  gst_harness_teardown (h);
}

GST_END_TEST;

static const struct
{
  const gchar *raw, *escaped;
} strings[] = {
  {"", "\"\""},
  {"plain", "\"plain\""},
  {"say \"no\"", "\"say \\\"no\\\"\""},
  {"back\\slash/", "\"back\\\\slash/\""},
  {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
  {"\001\037\177", "\"\\u0001\\u001f\\u007f\""},
  {"Zürich 東京 🐈", "\"Zürich 東京 🐈\""},
  {"a\xffz", "\"a\357\277\275z\""},
  {"\xc3", "\"\357\277\275\""},
  {"\xed\xa0\x80", "\"\357\277\275\357\277\275\357\277\275\""},
  {NULL, "null"}
};

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
  GstMobilenetMoment moment = { 0, 0, GST_CLOCK_TIME_NONE, 0 };
  GString *lines = g_string_new (NULL);
  guint i, j;

  g_print ("# MOBILENET_TEST_SEED=%u\n", seed);
  for (i = 1; i < 600; i++) {
    gchar label[8] = { (gchar) i, (gchar) i, 0, };
    GstMobilenetScore score = { i, 1.0 / i, label };
    GstMobilenetSeen seen = { label, NULL, "classification", label, i, i, i,
      i % 2, 1, &score
    };

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
  fail_unless_equals_string (out->str, "0.100000001 null null "
      "\"1970-01-01T00:00:00.000000Z\" \"2026-07-31T23:59:59.999999Z\" null");
  g_string_free (out, TRUE);
}

GST_END_TEST;

/* ---- time of day ----------------------------------------------------- */

static void
expect_utc (GstHarness * h, const gchar * expected)
{
  g_autofree gchar *line = pull_text (h);
  g_autofree gchar *field = g_strdup_printf ("\"utc\":%s,", expected);

  fail_unless_equals_int (validate (line), 1);
  fail_unless (strstr (line, field) != NULL, "%s not in %s", field, line);
}

static void
add_reference (GstBuffer * buffer, const gchar * name, GstClockTime time)
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
  gst_harness_teardown (h);
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
  gst_harness_teardown (h);
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
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  push (h, frame (52, "x"));
  line = pull_text (h);
  fail_unless (strstr (line, "\"pts\":2080000000,\"running_time\":120000000,"
          "\"stream_time\":360000000,") != NULL, "%s", line);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* ---- other metadata -------------------------------------------------- */

#ifdef HAVE_GST_ANALYTICS
#include "gst/gstmobilenetanalytics.h"

/* Of others: told. Of ours, a second time: not. */
GST_START_TEST (test_analytics)
{
  GstMobilenetScore ours = { 3, 0.75, "one" }, other = { 0, 0.5, "dog" };
  GstHarness *h = open_text (NDJSON);
  GstBuffer *buffer = frame (0, "one");
  g_autofree gchar *line = NULL, *second = NULL;

  gst_mobilenet_analytics_attach (buffer, &ours, 1);
  gst_mobilenet_analytics_attach (buffer, &other, 1);
  push (h, buffer);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 2);
  line = pull_text (h);
  second = pull_text (h);
  fail_unless_equals_int (validate (second), 1);
  fail_unless (strstr (line, "\"element\":\"e\"") != NULL);
  fail_unless (strstr (second, "\"element\":null") != NULL);
  fail_unless (strstr (second, "\"label\":\"dog\"") != NULL);
  gst_harness_teardown (h);
}

GST_END_TEST;
#endif

static Suite *
mobilenettext_suite (void)
{
  Suite *suite = suite_create ("mobilenettext");
  TCase *tc = tcase_create ("text");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_changes);
  tcase_add_test (tc, test_silence);
  tcase_add_loop_test (tc, test_interval, 0, 5);
  tcase_add_loop_test (tc, test_line_format, 0, G_N_ELEMENTS (patterns));
  tcase_add_test (tc, test_several);
  tcase_add_loop_test (tc, test_durations, 0, 2);
  tcase_add_test (tc, test_holes);
  tcase_add_test (tc, test_backwards);
  tcase_add_test (tc, test_flush_and_segment);
  tcase_add_test (tc, test_caps_change);
  tcase_add_test (tc, test_stream_events);
  tcase_add_test (tc, test_queries);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_lines);
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

GST_CHECK_MAIN (mobilenettext);
