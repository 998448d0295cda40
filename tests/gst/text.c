/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `mobilenettext`: subtitles from what is on the frames. */

#include "tests/gst/textutil.h"

#include <string.h>

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
  expect_gaps (h, 0, 30);
  push_event (h, gst_event_new_eos ());
  expect (h, "two", 20, 30);
  close_text (h);
}

GST_END_TEST;

/* Where there is nothing to say, and as long as it is not said. */
GST_START_TEST (test_silence)
{
  GstHarness *h = open_text (TEXT);
  guint i;

  push (h, frame (0, NULL));
  expect_gaps (h, 0, 1); /* at once, for whoever prerolls */
  for (i = 1; i < 15; i++)
    push (h, frame (i, NULL));
  push (h, frame (15, "one"));
  expect_gaps (h, 1, 16);
  push (h, frame (16, NULL));
  push_event (h, gst_event_new_eos ());
  expect (h, "one", 15, 16);
  expect_nothing (h);
  expect_gaps (h, 16, 17);
  close_text (h);
}

GST_END_TEST;

/* Pictures that have no time, each with its text. */
GST_START_TEST (test_no_times)
{
  GstHarness *h = open_text (TEXT);
  GstBuffer *buffer;
  guint i;

  for (i = 0; i < 3; i++) {
    buffer = frame (i, i == 1 ? NULL : "x");
    GST_BUFFER_PTS (buffer) = GST_BUFFER_DURATION (buffer) =
        GST_CLOCK_TIME_NONE;
    push (h, buffer);
  }
  for (i = 0; i < 3; i++) {
    g_autofree gchar *text = pull_text (h);

    fail_unless_equals_string (text, i == 1 ? "" : "x");
  }
  close_text (h);
}

GST_END_TEST;

/* Never longer than the interval, never held past it, nothing lost. */
GST_START_TEST (test_interval)
{
  static const guint64 intervals[] = {1, 39 * GST_MSECOND, 100 * GST_MSECOND,
    500 * GST_MSECOND, 777 * GST_MSECOND};
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
      push_event (h, gst_event_new_eos ());
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
  close_text (h);
}

GST_END_TEST;

static const struct
{
  const gchar *pattern, *expected;
} patterns[] = {{"{label}", "a \"cat\""},
  {"{label} {percent} %", "a \"cat\" 75 %"},
  {"{element}/{model}: {index} {confidence}", "e/m.tflite: 3 0.75"},
  {"{unknown} {label", "{unknown} {label"},
  {"{}{{label}}\\n-", "{}{a \"cat\"}\n-"}, {"", ""}};

GST_START_TEST (test_line_format)
{
  GstHarness *h = open_text (TEXT);
  guint i = __i__;

  g_object_set (h->element, "line-format", patterns[i].pattern, NULL);
  push (h, frame (0, "a \"cat\""));
  push_event (h, gst_event_new_eos ());
  if (*patterns[i].expected)
    expect (h, patterns[i].expected, 0, 1);
  else
    expect_nothing (h);
  close_text (h);
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
  close_text (h);
}

GST_END_TEST;

/* Frames of no length, with a rate and without. */
GST_START_TEST (test_durations)
{
  GstHarness *h = open_text_for (TEXT,
      __i__ ? CAPS
            : "video/x-raw, format=GRAY8, width=16, height=16, framerate=0/1");
  GstBuffer *buffer;
  guint i;

  for (i = 0; i < 6; i++) {
    buffer = frame (2 * i, i < 3 ? "one" : "two");
    GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
    push (h, buffer);
  }
  expect (h, "one", 0, 6);
  push_event (h, gst_event_new_eos ());
  expect (h, "two", 6, __i__ ? 11 : 12);
  close_text (h);
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
  push_event (h, gst_event_new_gap (101 * FRAME, 10 * FRAME));
  expect (h, "x", 100, 101);
  push (h, frame (111, "x"));
  push_event (h, gst_event_new_eos ());
  expect (h, "x", 111, 112);
  close_text (h);
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
  push_event (h, gst_event_new_segment (&segment));
  g_object_set (h->element, "max-interval", (guint64) 0, NULL);
  for (i = 30; i-- > 0;)
    push (h, frame (i, i < 10 ? "one" : "two"));
  push_event (h, gst_event_new_eos ());
  expect (h, "two", 10, 30);
  expect (h, "one", 0, 10);
  close_text (h);
}

GST_END_TEST;

/* A flush drops what is held; a new segment does not. */
GST_START_TEST (test_flush_and_segment)
{
  GstHarness *h = open_text (TEXT);
  GstSegment segment;

  push (h, frame (0, "told"));
  push (h, frame (1, "lost"));
  expect (h, "told", 0, 1);
  push_event (h, gst_event_new_flush_start ());
  push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  push_event (h, gst_event_new_segment (&segment));
  push (h, frame (5, "kept"));
  push_event (h, gst_event_new_segment (&segment));
  expect (h, "kept", 5, 6);
  push (h, frame (1, "again"));
  push_event (h, gst_event_new_eos ());
  expect (h, "again", 1, 2);
  expect_nothing (h);
  close_text (h);
}

GST_END_TEST;

/* Other caps in the middle of a label do not end it. */
GST_START_TEST (test_caps_change)
{
  GstHarness *h = open_text (TEXT);
  g_autoptr (GstCaps)
      caps = gst_caps_from_string ("video/x-raw(memory:DMABuf), format=NV12, "
                                   "width=320, height=240, "
                                   "framerate=30/1");

  push (h, frame (0, "x"));
  push_event (h, gst_event_new_caps (caps));
  push (h, frame (1, "x"));
  push_event (h, gst_event_new_eos ());
  expect (h, "x", 0, 2);
  close_text (h);
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

  push_event (h, event);
  tags = gst_tag_list_new (GST_TAG_VIDEO_CODEC, "x", NULL);
  push_event (h, gst_event_new_tag (tags));
  tags = gst_tag_list_new (GST_TAG_TITLE, "x", NULL);
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  push_event (h, gst_event_new_tag (tags));
  while ((event = pull_event (h))) {
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
  close_text (h);
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
  fail_unless (gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE,
      NULL));
  gst_query_unref (query);
  gst_caps_unref (caps);
  n = gst_harness_upstream_events_received (h);
  fail_unless (gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, 1, 1)));
  fail_unless_equals_int (gst_harness_upstream_events_received (h), n);
  close_text (h);
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  GstHarness *h = open_text ("audio/x-raw");

  fail_unless_equals_int (gst_harness_push (h, frame (0, "x")),
      GST_FLOW_NOT_NEGOTIATED);
  close_text (h);
}

GST_END_TEST;

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
  tcase_add_test (tc, test_no_times);
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
  return suite;
}

GST_CHECK_MAIN (mobilenettext);
