/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way from frames to text in another thread: order, flushes, ends,
 * failures, limits, and the ways in which text comes. */

#include "tests/gst/textutil.h"

#include <string.h>

#include "gst/text/consumer.h"
#include "gst/text/queue.h"
#include "gst/text/track.h"

/* ---- a consumer ------------------------------------------------------ */

typedef struct
{
  GstElement *element;
  GstPad *sinkpad;   /* the element's; frames go in here */
  GstPad *from, *to; /* the test's */
  GMutex lock;
  GCond changed;
  GString *seen; /* a letter for each thing, in order */
  GstFlowReturn answer;
  gboolean closed; /* a buffer waits until it is open */
  guint waiting;
} Consumer;

static void
note (Consumer *c, gchar what)
{
  g_mutex_lock (&c->lock);
  g_string_append_c (c->seen, what);
  g_cond_broadcast (&c->changed);
  g_mutex_unlock (&c->lock);
}

static GstFlowReturn
take_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Consumer *c = pad->chaindata;
  GstFlowReturn answer;

  g_mutex_lock (&c->lock);
  c->waiting++;
  g_cond_broadcast (&c->changed);
  while (c->closed && !GST_PAD_IS_FLUSHING (pad))
    g_cond_wait_until (&c->changed, &c->lock,
        g_get_monotonic_time () + 10 * G_TIME_SPAN_MILLISECOND);
  c->waiting--;
  answer = GST_PAD_IS_FLUSHING (pad) ? GST_FLOW_FLUSHING : c->answer;
  g_mutex_unlock (&c->lock);
  gst_buffer_unref (buffer);
  note (c, answer == GST_FLOW_OK ? 'b' : 'x');
  return answer;
}

static gboolean
take_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Consumer *c = pad->eventdata;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      note (c, 'S');
      break;
    case GST_EVENT_CAPS:
      note (c, 'C');
      break;
    case GST_EVENT_SEGMENT:
      note (c, 'N');
      break;
    case GST_EVENT_GAP:
      note (c, 'g');
      break;
    case GST_EVENT_EOS:
      note (c, 'E');
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      note (c, 'm');
      break;
    default:
      break;
  }
  gst_event_unref (event);
  return TRUE;
}

static void
send (Consumer *c, GstEvent *event)
{
  gst_pad_push_event (c->from, event);
}

static void
send_start (Consumer *c)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  GstSegment segment;

  send (c, gst_event_new_stream_start ("video"));
  send (c, gst_event_new_caps (caps));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  send (c, gst_event_new_segment (&segment));
}

static Consumer *
open_consumer (const gchar *sink_caps, gboolean link)
{
  Consumer *c = g_new0 (Consumer, 1);
  g_autoptr (GstPad) src = NULL;
  g_autoptr (GstCaps) caps = gst_caps_from_string (sink_caps);
  GstPadTemplate *templ = gst_pad_template_new ("sink", GST_PAD_SINK,
      GST_PAD_ALWAYS, caps);

  g_mutex_init (&c->lock);
  g_cond_init (&c->changed);
  c->seen = g_string_new (NULL);
  c->element = gst_element_factory_make ("mobilenettext", NULL);
  gst_object_ref_sink (c->element);
  c->sinkpad = gst_element_get_static_pad (c->element, "sink");
  src = gst_element_get_static_pad (c->element, "src");
  c->from = gst_pad_new ("from", GST_PAD_SRC);
  c->to = gst_pad_new_from_template (templ, "to");
  gst_object_unref (templ);
  gst_pad_set_chain_function (c->to, take_buffer);
  c->to->chaindata = c;
  gst_pad_set_event_function (c->to, take_event);
  c->to->eventdata = c;
  gst_pad_set_active (c->from, TRUE);
  gst_pad_set_active (c->to, TRUE);
  gst_pad_link (c->from, c->sinkpad);
  if (link)
    gst_pad_link (src, c->to);
  gst_element_set_state (c->element, GST_STATE_PLAYING);
  send_start (c);
  return c;
}

static void
close_consumer (Consumer *c)
{
  gst_element_set_state (c->element, GST_STATE_NULL);
  gst_pad_set_active (c->from, FALSE);
  gst_pad_set_active (c->to, FALSE);
  gst_object_unref (c->sinkpad);
  gst_object_unref (c->element);
  gst_object_unref (c->from);
  gst_object_unref (c->to);
  g_string_free (c->seen, TRUE);
  g_mutex_clear (&c->lock);
  g_cond_clear (&c->changed);
  g_free (c);
}

static void
wait_seen (Consumer *c, const gchar *expected)
{
  gint64 until = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;

  g_mutex_lock (&c->lock);
  while (strcmp (c->seen->str, expected) != 0
      && c->seen->len <= strlen (expected)) {
    if (!g_cond_wait_until (&c->changed, &c->lock, until))
      break;
  }
  fail_unless_equals_string (c->seen->str, expected);
  g_mutex_unlock (&c->lock);
}

/* That, and something else. */
static void
wait_more (Consumer *c, const gchar *expected)
{
  g_mutex_lock (&c->lock);
  while (c->seen->len <= strlen (expected))
    g_cond_wait (&c->changed, &c->lock);
  fail_unless (g_str_has_prefix (c->seen->str, expected), "%s", c->seen->str);
  g_mutex_unlock (&c->lock);
}

static void
wait_waiting (Consumer *c)
{
  g_mutex_lock (&c->lock);
  while (c->waiting == 0)
    g_cond_wait (&c->changed, &c->lock);
  g_mutex_unlock (&c->lock);
}

static void
set_closed (Consumer *c, gboolean closed)
{
  g_mutex_lock (&c->lock);
  c->closed = closed;
  g_cond_broadcast (&c->changed);
  g_mutex_unlock (&c->lock);
}

static void
set_answer (Consumer *c, GstFlowReturn answer)
{
  g_mutex_lock (&c->lock);
  c->answer = answer;
  g_mutex_unlock (&c->lock);
}

static GstFlowReturn
feed (Consumer *c, guint n, const gchar *label)
{
  return gst_pad_push (c->from, frame (n, label));
}

static GstEvent *
mark (void)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_new_empty ("mark"));
}

/* Pushes until downstream's answer has come back. */
static GstFlowReturn
feed_until_refused (Consumer *c, guint n)
{
  GstFlowReturn flow;
  guint i;

  for (i = 0; i < 60000; i++, g_usleep (1000)) {
    flow = feed (c, n++, "x");
    if (flow != GST_FLOW_OK)
      return flow;
  }
  return GST_FLOW_OK;
}

/* ---- the queue ------------------------------------------------------- */

/* Frames do not wait for whoever takes their text, and all of it comes, in
 * its order. */
GST_START_TEST (test_no_waiting)
{
  Consumer *c = open_consumer (NDJSON, TRUE);
  GString *expected = g_string_new ("SCN");
  guint i;

  set_closed (c, TRUE);
  for (i = 0; i < 2000; i++)
    fail_unless_equals_int (feed (c, i, "x"), GST_FLOW_OK);
  send (c, mark ());
  fail_unless_equals_int (feed (c, i, "x"), GST_FLOW_OK);
  send (c, gst_event_new_eos ());
  set_closed (c, FALSE);
  for (i = 0; i < 2000; i++)
    g_string_append_c (expected, 'b');
  g_string_append (expected, "mbE");
  wait_seen (c, expected->str);
  fail_unless_equals_int (feed (c, 9999, "x"), GST_FLOW_EOS);
  g_string_free (expected, TRUE);
  close_consumer (c);
}

GST_END_TEST;

/* Each gap that waits comes by itself, for a muxer goes on from where it
 * begins; but an hour of silence needs no memory. */
GST_START_TEST (test_gaps)
{
  Consumer *c = open_consumer (NDJSON, TRUE);
  GString *expected = g_string_new ("SCNb");
  guint i;

  for (i = 0; i < 1024; i++)
    g_string_append_c (expected, 'g');
  g_string_append_c (expected, 'b');
  set_closed (c, TRUE);
  feed (c, 0, "x");
  wait_waiting (c);
  for (i = 1; i < 50000; i++)
    fail_unless_equals_int (feed (c, i, NULL), GST_FLOW_OK);
  feed (c, i, "x");
  set_closed (c, FALSE);
  wait_seen (c, expected->str);
  g_string_free (expected, TRUE);
  close_consumer (c);
}

GST_END_TEST;

/* Many minutes of text wait at most; then frames do. */
static gpointer
feed_many (gpointer data)
{
  guint i;

  for (i = 0; i < 17000; i++) {
    if (feed (data, i, "x") != GST_FLOW_OK)
      break;
  }
  return GUINT_TO_POINTER (i);
}

GST_START_TEST (test_limit)
{
  Consumer *c = open_consumer (NDJSON, TRUE);
  GThread *thread;
  guint n;

  set_closed (c, TRUE);
  thread = g_thread_new ("frames", feed_many, c);
  wait_waiting (c);
  if (__i__) {
    /* Stopped while both threads wait, downstream first, as bins do. */
    gst_pad_set_active (c->to, FALSE);
    gst_element_set_state (c->element, GST_STATE_NULL);
    n = GPOINTER_TO_UINT (g_thread_join (thread));
    fail_unless (n <= 16385, "%u", n);
  } else {
    set_closed (c, FALSE);
    fail_unless_equals_int (GPOINTER_TO_UINT (g_thread_join (thread)), 17000);
  }
  close_consumer (c);
}

GST_END_TEST;

/* A flush frees whoever waits, and nothing of before it comes after it. */
GST_START_TEST (test_flush)
{
  Consumer *c = open_consumer (NDJSON, TRUE);
  GstSegment segment;
  guint i;

  set_closed (c, TRUE);
  for (i = 0; i < 5; i++)
    feed (c, i, "x");
  wait_waiting (c);
  send (c, gst_event_new_flush_start ());
  fail_unless_equals_int (feed (c, i, "x"), GST_FLOW_FLUSHING);
  send (c, gst_event_new_flush_stop (TRUE));
  set_closed (c, FALSE);
  wait_seen (c, "SCNx");
  gst_segment_init (&segment, GST_FORMAT_TIME);
  send (c, gst_event_new_segment (&segment));
  fail_unless_equals_int (feed (c, 1, "x"), GST_FLOW_OK);
  wait_seen (c, "SCNxNb");
  close_consumer (c);
}

GST_END_TEST;

/* Caps that a flush finds on their way are not lost. */
GST_START_TEST (test_flush_keeps_caps)
{
  Consumer *c = open_consumer (TEXT, FALSE);
  g_autoptr (GstPad) src = gst_element_get_static_pad (c->element, "src");
  GstSegment segment;

  feed_until_refused (c, 0);
  send (c, gst_event_new_flush_start ());
  send (c, gst_event_new_flush_stop (TRUE));
  fail_unless_equals_int (gst_pad_link (src, c->to), GST_PAD_LINK_OK);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  send (c, gst_event_new_segment (&segment));
  fail_unless_equals_int (feed (c, 1, "x"), GST_FLOW_OK);
  wait_more (c, "SCN");
  close_consumer (c);
}

GST_END_TEST;

/* What downstream answers comes back to the frames. */
GST_START_TEST (test_answers)
{
  static const GstFlowReturn answers[] = {GST_FLOW_ERROR,
    GST_FLOW_NOT_NEGOTIATED, GST_FLOW_EOS, GST_FLOW_CUSTOM_ERROR};
  GstFlowReturn answer = answers[__i__];
  Consumer *c = open_consumer (NDJSON, TRUE);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GstSegment segment;

  gst_element_set_bus (c->element, bus);
  set_answer (c, answer);
  fail_unless_equals_int (feed_until_refused (c, 0), answer);
  if (answer == GST_FLOW_EOS) {
    /* Another segment is another matter. */
    set_answer (c, GST_FLOW_OK);
    gst_segment_init (&segment, GST_FORMAT_TIME);
    send (c, gst_event_new_segment (&segment));
    fail_unless_equals_int (feed (c, 1, "x"), GST_FLOW_OK);
    wait_seen (c, "SCNxNb");
  }
  send (c, gst_event_new_eos ());
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless ((message != NULL) == (answer != GST_FLOW_EOS));
  gst_clear_message (&message);
  gst_element_set_bus (c->element, NULL);
  gst_object_unref (bus);
  close_consumer (c);
}

GST_END_TEST;

/* A failure that only shows when upstream has said all is told all the same. */
GST_START_TEST (test_late_failure)
{
  Consumer *c = open_consumer (NDJSON, TRUE);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;

  gst_element_set_bus (c->element, bus);
  set_closed (c, TRUE);
  feed (c, 0, "x");
  feed (c, 1, "x");
  wait_waiting (c);
  send (c, gst_event_new_eos ());
  set_answer (c, GST_FLOW_ERROR);
  set_closed (c, FALSE);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_unref (message);
  gst_element_set_bus (c->element, NULL);
  gst_object_unref (bus);
  close_consumer (c);
}

GST_END_TEST;

/* Linked while it plays. */
GST_START_TEST (test_late_link)
{
  Consumer *c = open_consumer (TEXT, FALSE);
  g_autoptr (GstPad) src = gst_element_get_static_pad (c->element, "src");

  fail_unless_equals_int (feed_until_refused (c, 0), GST_FLOW_NOT_LINKED);
  fail_unless_equals_int (gst_pad_link (src, c->to), GST_PAD_LINK_OK);
  fail_unless_equals_int (feed (c, 99, "x"), GST_FLOW_OK);
  wait_more (c, "SCN");
  close_consumer (c);
}

GST_END_TEST;

/* Played twice, and again after an end. */
GST_START_TEST (test_reuse)
{
  Consumer *c = open_consumer (NDJSON, TRUE);

  feed (c, 1, "x");
  wait_seen (c, "SCNb");
  gst_element_set_state (c->element, GST_STATE_READY);
  gst_element_set_state (c->element, GST_STATE_PLAYING);
  send_start (c);
  fail_unless_equals_int (feed (c, 1, "x"), GST_FLOW_OK);
  wait_seen (c, "SCNbSCNb");
  send (c, gst_event_new_eos ());
  wait_seen (c, "SCNbSCNbE");
  send_start (c);
  fail_unless_equals_int (feed (c, 2, "x"), GST_FLOW_OK);
  wait_more (c, "SCNbSCNbES");
  close_consumer (c);
}

GST_END_TEST;

/* Who asks while text waits is answered at once. */
GST_START_TEST (test_serialized_queries)
{
  Consumer *c = open_consumer (NDJSON, TRUE);
  GstQuery *query = gst_query_new_drain ();

  set_closed (c, TRUE);
  feed (c, 0, "x");
  wait_waiting (c);
  fail_unless (gst_pad_peer_query (c->from, query));
  gst_query_unref (query);
  query = gst_query_new_custom (GST_QUERY_CUSTOM,
      gst_structure_new_empty ("q"));
  gst_pad_peer_query (c->from, query);
  gst_query_unref (query);
  set_closed (c, FALSE);
  wait_seen (c, "SCNb");
  close_consumer (c);
}

GST_END_TEST;

/* ---- ways ------------------------------------------------------------ */

/* Ten frames, nothing on the last four, in each way: pieces and gaps as they
 * come out. */
static const struct
{
  GstMobilenetTextWay way;
  const gchar *before, *at_end;
} ways[] = {
  {GST_MOBILENET_TEXT_FRAMES, "SCNbbbbbbbbbb", "E"},
  {GST_MOBILENET_TEXT_PIECES, "SCNgmgmgmgmgmgmbgmgmgmgm", "E"},
  {GST_MOBILENET_TEXT_AT_END, "SCNgmgmgmgmgmgmgmgmgmgm", "bbE"},
};

GST_START_TEST (test_way)
{
  gboolean gaps = ways[__i__].way != GST_MOBILENET_TEXT_FRAMES;
  g_autofree gchar *all = g_strconcat (ways[__i__].before, ways[__i__].at_end,
      NULL);
  Consumer *c = open_consumer (TEXT, TRUE);
  GstPad *src = gst_element_get_static_pad (c->element, "src");
  GstMobilenetTextQueue *queue = gst_mobilenet_textqueue_new (src);
  GstMobilenetTextTrack *track = gst_mobilenet_texttrack_new (queue);
  guint i;

  /* The element's own queue gives its pad away, with what sticks to it. */
  wait_seen (c, "SCN");
  gst_pad_set_active (src, FALSE);
  gst_pad_set_activatemode_function (src, NULL);
  g_string_truncate (c->seen, 0);
  gst_pad_set_active (src, TRUE);
  gst_mobilenet_textqueue_activate_sink (queue, c->sinkpad, TRUE);
  gst_mobilenet_textqueue_activate_src (queue, TRUE);
  gst_mobilenet_texttrack_set_way (track, ways[__i__].way);
  gst_mobilenet_textqueue_add_event (queue,
      gst_event_new_stream_start ("text"));
  gst_mobilenet_textqueue_add_event (queue,
      gst_event_new_caps (gst_caps_from_string (TEXT)));
  {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_mobilenet_textqueue_add_event (queue, gst_event_new_segment (&segment));
  }
  for (i = 0; i < 10; i++) {
    GstMobilenetTextFrame one = {i < 6 ? "x" : "", i * FRAME, (i + 1) * FRAME,
      400 * GST_MSECOND, FALSE, FALSE};

    fail_unless_equals_int (gst_mobilenet_texttrack_add (track, &one),
        GST_FLOW_OK);
    if (gaps)
      gst_mobilenet_textqueue_add_event (queue, mark ());
  }
  wait_seen (c, ways[__i__].before);
  gst_mobilenet_texttrack_finish (track, TRUE);
  gst_mobilenet_textqueue_add_event (queue, gst_event_new_eos ());
  wait_seen (c, all);
  gst_mobilenet_textqueue_activate_src (queue, FALSE);
  gst_mobilenet_textqueue_activate_sink (queue, c->sinkpad, FALSE);
  gst_mobilenet_texttrack_free (track);
  gst_mobilenet_textqueue_free (queue);
  gst_object_unref (src);
  close_consumer (c);
}

GST_END_TEST;

static Suite *
textqueue_suite (void)
{
  Suite *suite = suite_create ("textqueue");
  TCase *tc = tcase_create ("textqueue");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_no_waiting);
  tcase_add_test (tc, test_gaps);
  tcase_add_loop_test (tc, test_limit, 0, 2);
  tcase_add_test (tc, test_flush);
  tcase_add_test (tc, test_flush_keeps_caps);
  tcase_add_loop_test (tc, test_answers, 0, 4);
  tcase_add_test (tc, test_late_failure);
  tcase_add_test (tc, test_late_link);
  tcase_add_test (tc, test_reuse);
  tcase_add_test (tc, test_serialized_queries);
  tcase_add_loop_test (tc, test_way, 0, G_N_ELEMENTS (ways));
  return suite;
}

GST_CHECK_MAIN (textqueue);
