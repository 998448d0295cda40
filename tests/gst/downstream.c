/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A frame that is done leaves by itself (single.c): what downstream answers to
 * it, and what becomes of it where downstream is not there, or does not take
 * it. */

#include "tests/gst/placeutil.h"
#include "tests/support/fake_backend.h"

/* A peer that answers as it is told to. */
typedef struct
{
  GstElement *element;
  GstBus *bus;
  GstPad *in, *out;
  GMutex lock;
  GCond changed;
  guint n_chained;
  gboolean blocks, is_blocked;
  GstFlowReturn flow;
} Peer;

static GstFlowReturn
peer_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Peer *peer = g_object_get_data (G_OBJECT (pad), "peer");
  GstFlowReturn flow;

  g_mutex_lock (&peer->lock);
  peer->n_chained++;
  while (peer->blocks) {
    peer->is_blocked = TRUE;
    g_cond_broadcast (&peer->changed);
    g_cond_wait (&peer->changed, &peer->lock);
  }
  peer->is_blocked = FALSE;
  flow = peer->flow;
  g_cond_broadcast (&peer->changed);
  g_mutex_unlock (&peer->lock);
  gst_buffer_unref (buffer);
  return flow;
}

static void
peer_link (Peer *peer)
{
  GstPad *pad = gst_element_get_static_pad (peer->element, "src");

  fail_unless_equals_int (gst_pad_link (pad, peer->in), GST_PAD_LINK_OK);
  gst_object_unref (pad);
}

static void
peer_unlink (Peer *peer)
{
  GstPad *pad = gst_element_get_static_pad (peer->element, "src");

  gst_pad_unlink (pad, peer->in);
  gst_object_unref (pad);
}

static void
peer_open (Peer *peer, TestPlace place)
{
  GstCaps *caps = gst_caps_from_string (RGB_CAPS);
  GstSegment segment;
  GstPad *pad;

  memset (peer, 0, sizeof (*peer));
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->changed);
  peer->element = gst_object_ref_sink (test_place_element_new (&peer->bus,
      place));
  gst_util_set_object_arg (G_OBJECT (peer->element), "schedule", "auto");
  peer->in = gst_pad_new ("in", GST_PAD_SINK);
  gst_pad_set_chain_function (peer->in, peer_chain);
  g_object_set_data (G_OBJECT (peer->in), "peer", peer);
  peer->out = gst_pad_new ("out", GST_PAD_SRC);
  peer_link (peer);
  pad = gst_element_get_static_pad (peer->element, "sink");
  gst_pad_link (peer->out, pad);
  gst_object_unref (pad);
  gst_pad_set_active (peer->in, TRUE);
  gst_element_set_state (peer->element, GST_STATE_PLAYING);
  gst_pad_set_active (peer->out, TRUE);
  gst_pad_push_event (peer->out, gst_event_new_stream_start ("test"));
  gst_pad_push_event (peer->out, gst_event_new_caps (caps));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (peer->out, gst_event_new_segment (&segment));
  gst_caps_unref (caps);
}

static void
peer_close (Peer *peer)
{
  gst_pad_set_active (peer->out, FALSE);
  gst_pad_set_active (peer->in, FALSE);
  gst_element_set_state (peer->element, GST_STATE_NULL);
  gst_object_unref (peer->in);
  gst_object_unref (peer->out);
  gst_object_unref (peer->element);
  gst_object_unref (peer->bus);
  g_mutex_clear (&peer->lock);
  g_cond_clear (&peer->changed);
}

static void
peer_wait (Peer *peer, guint n)
{
  g_mutex_lock (&peer->lock);
  while (peer->n_chained < n)
    g_cond_wait (&peer->changed, &peer->lock);
  g_mutex_unlock (&peer->lock);
}

static guint
peer_count (Peer *peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->n_chained;
  g_mutex_unlock (&peer->lock);
  return n;
}

static void
peer_set_flow (Peer *peer, GstFlowReturn flow)
{
  g_mutex_lock (&peer->lock);
  peer->flow = flow;
  g_mutex_unlock (&peer->lock);
}

static GstFlowReturn
peer_push (Peer *peer, guint n)
{
  return gst_pad_push (peer->out, test_nth_frame_new (n));
}

/* What becomes of a frame that left by itself is told with the next one, and
 * then it is said. */
GST_START_TEST (test_flow)
{
  static const GstFlowReturn flows[] = {GST_FLOW_ERROR, GST_FLOW_EOS,
    GST_FLOW_NOT_NEGOTIATED, GST_FLOW_CUSTOM_ERROR};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (flows); i++) {
    GstFlowReturn got = GST_FLOW_OK;
    guint n = 1, told;
    Peer peer;

    peer_open (&peer, __i__);
    peer_set_flow (&peer, flows[i]);
    got = peer_push (&peer, 0);
    peer_wait (&peer, 1);
    /* It has been there; now the answer comes, if it has not already. */
    while (got == GST_FLOW_OK)
      got = peer_push (&peer, n++);
    fail_unless_equals_int (got, flows[i]);
    peer_set_flow (&peer, GST_FLOW_OK);
    told = peer_count (&peer);
    while (peer_count (&peer) == told)
      fail_unless_equals_int (peer_push (&peer, n++), GST_FLOW_OK);
    peer_close (&peer);
  }
}

GST_END_TEST;

/* Nobody there: said with the next frame, and over once somebody is. */
GST_START_TEST (test_unlinked)
{
  GstFlowReturn got = GST_FLOW_OK;
  guint n = 0, before;
  Peer peer;

  peer_open (&peer, __i__);
  peer_push (&peer, n++);
  peer_wait (&peer, 1);
  peer_unlink (&peer);
  while (got == GST_FLOW_OK)
    got = peer_push (&peer, n++);
  fail_unless_equals_int (got, GST_FLOW_NOT_LINKED);
  peer_push (&peer, n++);
  /* All of those were for nobody. */
  while (peer_push (&peer, n++) == GST_FLOW_OK)
    ;
  peer_link (&peer);
  before = peer_count (&peer);
  fail_unless_equals_int (peer_push (&peer, n++), GST_FLOW_OK);
  peer_wait (&peer, before + 1);
  peer_close (&peer);
}

GST_END_TEST;

static void
peer_block (Peer *peer, gboolean blocks)
{
  g_mutex_lock (&peer->lock);
  peer->blocks = blocks;
  g_cond_broadcast (&peer->changed);
  g_mutex_unlock (&peer->lock);
}

static gpointer
push_many (gpointer data)
{
  Peer *peer = data;
  guint i;

  for (i = 1; i < 20; i++)
    peer_push (peer, i);
  return NULL;
}

/* Downstream blocks while a frame leaves by itself: upstream waits as it
 * always would, and goes on as it always would. */
GST_START_TEST (test_blocked)
{
  GThread *thread;
  Peer peer;

  fake_backend_fail (FAKE_SUBMIT, 0, FAKE_HANG);
  peer_open (&peer, ON_DEVICE);
  peer_block (&peer, TRUE);
  fail_unless_equals_int (peer_push (&peer, 0), GST_FLOW_OK);
  fake_backend_release ();
  peer_wait (&peer, 1);
  thread = g_thread_new ("push", push_many, &peer);
  g_usleep (20000);
  g_mutex_lock (&peer.lock);
  fail_unless_equals_int (peer.n_chained, 1);
  g_mutex_unlock (&peer.lock);
  peer_block (&peer, FALSE);
  g_thread_join (thread);
  peer_wait (&peer, 20);
  peer_close (&peer);
}

GST_END_TEST;

/* A sink that holds its first frame, seeks, and states: none of it hangs, and
 * the sink gets the frame that it is to have. */
GST_START_TEST (test_paused)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc ! "
      "video/x-raw,width=16,height=16,framerate=25/1 ! mobilenet backend=%s "
      "schedule=every-frame threads=3 model-file=\"%s\" ! fakesink name=k "
      "sync=true",
      __i__ == ON_DEVICE ? "opencl" : "cpu", model);
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "k");
  guint i;

  for (i = 0; i < 20; i++) {
    g_autoptr (GstSample) sample = NULL;

    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
                                GST_CLOCK_TIME_NONE),
        GST_STATE_CHANGE_SUCCESS);
    gst_element_seek_simple (pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
        i * 25 * DURATION);
    fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
                                GST_CLOCK_TIME_NONE),
        GST_STATE_CHANGE_SUCCESS);
    g_object_get (sink, "last-sample", &sample, NULL);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (gst_sample_get_buffer (sample)),
        i * 25 * DURATION);
    fail_unless_equals_int (test_count_results (gst_sample_get_buffer (sample)),
        1);
    if (i % 3 == 0) {
      gst_element_set_state (pipeline, GST_STATE_PLAYING);
      g_usleep (i * 1000);
    }
    if (i % 4 == 0)
      gst_element_set_state (pipeline, GST_STATE_READY);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
downstream_suite (void)
{
  Suite *suite = suite_create ("downstream");
  TCase *tc = tcase_create ("downstream");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_flow, 0, N_PLACES);
  tcase_add_loop_test (tc, test_unlinked, 0, N_PLACES);
  tcase_add_test (tc, test_blocked);
  tcase_add_loop_test (tc, test_paused, 0, N_PLACES);
  return suite;
}

GST_CHECK_MAIN (downstream);
