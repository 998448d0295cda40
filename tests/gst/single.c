/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A frame that is done leaves by itself: no other frame, event or query has
 * to come after it. Sources here are not live, so that several frames may be
 * inside; a wait that would never end is ended by the time limit. */

#include "tests/gst/testutil.h"
#include "tests/support/fake_backend.h"

#include <gst/base/gstbasesink.h>

/* What computes: several threads, or a device. */
typedef enum
{
  ON_LANES,
  ON_DEVICE,
  N_PLACES
} Place;

static GstElement *
element_new (GstBus **bus, Place place)
{
  GstElement *element = test_element_new (bus);

  g_object_set (element, "threads", 3, NULL);
  if (place == ON_DEVICE) {
    gst_util_set_object_arg (G_OBJECT (element), "backend", "opencl");
    gst_mobilenet_set_tuning (GST_MOBILENET (element), 0, 0, PATIENT, 1);
  }
  return element;
}

static GstHarness *
open_place (GstBus **bus, Place place)
{
  GstHarness *h = test_harness_new (element_new (bus, place));

  gst_harness_set_live (h, FALSE);
  gst_harness_set_src_caps_str (h, RGB_CAPS);
  return h;
}

static GstBuffer *
make_nth (guint n)
{
  return test_frame_new_for_caps (RGB_CAPS, test_rgb_colours[n % 3],
      n * DURATION);
}

static void
push_nth (GstHarness *h, guint n)
{
  fail_unless_equals_int (gst_harness_push (h, make_nth (n)), GST_FLOW_OK);
}

/* Waits for it. */
static void
check_nth (GstHarness *h, guint n)
{
  GstBuffer *buffer = gst_harness_pull (h);

  fail_unless (buffer != NULL, "frame %u stays inside", n);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), n * DURATION);
  fail_unless_equals_string (test_get_label (buffer), test_rgb_labels[n % 3]);
  fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer), "pts"),
      n * DURATION);
  gst_buffer_unref (buffer);
}

/* ---- frames alone ------------------------------------------------------ */

/* n at a time, and then as many are waited for. */
GST_START_TEST (test_in_turns)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  guint n, i, in = 0, out = 0;

  for (n = 1; n <= 12; n++) {
    for (i = 0; i < n; i++)
      push_nth (h, in++);
    while (out < in)
      check_nth (h, out++);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* Objects on a device, too. */
GST_START_TEST (test_objects)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, ON_DEVICE);
  guint i;

  gst_util_set_object_arg (G_OBJECT (h->element), "region", "objects");
  for (i = 0; i < 5; i++) {
    GstBuffer *buffer = make_nth (i);
    GstVideoRegionOfInterestMeta *meta;
    GstStructure *param;

    gst_buffer_add_video_region_of_interest_meta (buffer, "thing", 0, 0, 9, 9);
    gst_harness_push (h, buffer);
    buffer = gst_harness_pull (h);
    fail_unless (buffer != NULL);
    meta = gst_buffer_get_video_region_of_interest_meta_id (buffer, 0);
    param = gst_video_region_of_interest_meta_get_param (meta, "mobilenet");
    fail_unless_equals_string (gst_structure_get_string (param, "label"),
        test_rgb_labels[i % 3]);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* Frames without an inference of their own come out behind those with one. */
GST_START_TEST (test_interval)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  guint i;

  g_object_set (h->element, "interval", 3, NULL);
  for (i = 0; i < 20; i++)
    push_nth (h, i);
  for (i = 0; i < 20; i++) {
    GstBuffer *buffer = gst_harness_pull (h);

    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), i * DURATION);
    fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer),
                                   "pts"),
        (i - i % 3) * DURATION);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* As an application does it: one buffer into a pipeline, and its sample. */
GST_START_TEST (test_application)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "appsrc name=s format=time "
      "caps=\"%s\" ! mobilenet backend=cpu threads=8 model-file=\"%s\" ! "
      "fakesink name=k sync=%s",
      RGB_CAPS, model, __i__ ? "true" : "false");
  GstElement *pipeline = gst_parse_launch (line, NULL);
  GstElement *source = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "k");
  guint i;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (i = 0; i < 3; i++) {
    g_autoptr (GstSample) sample = NULL;
    GstBuffer *buffer = make_nth (i);
    GstFlowReturn flow;

    g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
    gst_buffer_unref (buffer);
    fail_unless_equals_int (flow, GST_FLOW_OK);
    /* The first one prerolls. */
    fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
                                GST_CLOCK_TIME_NONE),
        GST_STATE_CHANGE_SUCCESS);
    while (!sample
        || GST_BUFFER_PTS (gst_sample_get_buffer (sample)) != i * DURATION) {
      g_clear_pointer (&sample, gst_sample_unref);
      g_usleep (1000);
      g_object_get (sink, "last-sample", &sample, NULL);
    }
    fail_unless_equals_string (test_get_label (gst_sample_get_buffer (sample)),
        test_rgb_labels[i]);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (source);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* ---- order -------------------------------------------------------------- */

typedef struct
{
  guint next; /* that has to come out */
} Order;

static GstPadProbeReturn
watch (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Order *order = data;
  guint n;

  if (GST_IS_BUFFER (info->data)) {
    n = GST_BUFFER_PTS (info->data) / DURATION;
  } else {
    const GstStructure *s = gst_event_get_structure (info->data);

    if (GST_EVENT_TYPE (info->data) != GST_EVENT_CUSTOM_DOWNSTREAM)
      return GST_PAD_PROBE_OK;
    gst_structure_get_uint (s, "n", &n);
  }
  fail_unless_equals_int (n, order->next);
  order->next++;
  return GST_PAD_PROBE_OK;
}

/* Events stay between the frames where they were, at any pace. */
GST_START_TEST (test_events)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (__i__);
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  GstPad *pad = gst_element_get_static_pad (h->element, "src");
  Order order = {0};
  guint i;

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch,
      &order, NULL);
  for (i = 0; i < 500; i++) {
    if (g_rand_int_range (rand, 0, 4) == 0)
      gst_harness_push_event (h,
          gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
              gst_structure_new ("test", "n", G_TYPE_UINT, i, NULL)));
    else
      push_nth (h, i);
    if (g_rand_int_range (rand, 0, 8) == 0)
      g_usleep (g_rand_int_range (rand, 0, 3000));
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (order.next, 500);
  gst_object_unref (pad);
  test_close (h, bus);
}

GST_END_TEST;

/* The application sends an event to the element itself. */
GST_START_TEST (test_sent_event)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  guint i;

  for (i = 0; i < 4; i++)
    push_nth (h, i);
  fail_unless (gst_element_send_event (h->element, gst_event_new_eos ()));
  for (i = 0; i < 4; i++) {
    GstBuffer *buffer = gst_harness_try_pull (h);

    fail_unless (buffer != NULL, "frame %u is behind the end", i);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* A break is told at the buffer that it is at, whoever pushes that. */
GST_START_TEST (test_discont)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  guint i;

  for (i = 0; i < 30; i++) {
    GstBuffer *buffer = make_nth (i);

    if (i % 7 == 3)
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    if (i % 5 == 0)
      g_usleep (2000);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  for (i = 0; i < 30; i++) {
    GstBuffer *buffer = gst_harness_pull (h);

    fail_unless_equals_int (GST_BUFFER_IS_DISCONT (buffer), i % 7 == 3);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_position)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  GstPad *pad = gst_element_get_static_pad (h->element, "src");
  gint64 position;
  guint i;

  for (i = 0; i < 5; i++) {
    push_nth (h, i);
    check_nth (h, i);
    fail_unless (gst_pad_query_position (pad, GST_FORMAT_TIME, &position));
    fail_unless_equals_int64 (position, (i + 1) * DURATION);
  }
  gst_object_unref (pad);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- what is inside when something happens ------------------------------- */

/* The device holds what comes from here on. */
static void
hold (void)
{
  fake_backend_fail (FAKE_SUBMIT, 0, FAKE_HANG);
}

GST_START_TEST (test_flush)
{
  GstSegment segment;
  GstBus *bus;
  GstHarness *h;

  hold ();
  h = open_place (&bus, ON_DEVICE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  push_nth (h, 0);
  push_nth (h, 1);
  gst_harness_push_event (h, gst_event_new_flush_start ());
  fake_backend_release ();
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  push_nth (h, 5);
  check_nth (h, 5);
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  test_close (h, bus);
}

GST_END_TEST;

/* Caps change behind what is inside. */
GST_START_TEST (test_new_caps)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  guint i;

  for (i = 0; i < 60; i++) {
    g_autofree gchar *caps = test_caps (i % 2 ? "NV12" : "RGB", 16 + i, 16);

    gst_harness_set_src_caps_str (h, caps);
    fail_unless_equals_int (gst_harness_push (h,
                                test_frame_new_for_caps (caps,
                                    test_rgb_colours[i % 3], i * DURATION)),
        GST_FLOW_OK);
    if (i % 4 == 0)
      g_usleep (1000);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  for (i = 0; i < 60; i++)
    check_nth (h, i);
  test_close (h, bus);
}

GST_END_TEST;

/* Frames inside when the element stops are dropped; it starts again. */
GST_START_TEST (test_stop)
{
  GstBus *bus;
  GstHarness *h = open_place (&bus, __i__);
  guint i;

  for (i = 0; i < 20; i++) {
    GstBuffer *buffer;

    push_nth (h, 0);
    push_nth (h, 1);
    g_usleep (i * 100);
    gst_element_set_state (h->element, GST_STATE_READY);
    while ((buffer = gst_harness_try_pull (h)))
      gst_buffer_unref (buffer);
    gst_element_set_state (h->element, GST_STATE_PLAYING);
    gst_harness_play (h);
    gst_harness_push_event (h, gst_event_new_stream_start ("again"));
    gst_harness_set_src_caps_str (h, RGB_CAPS);
  }
  push_nth (h, 2);
  check_nth (h, 2);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- downstream ---------------------------------------------------------- */

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
peer_open (Peer *peer, Place place)
{
  GstCaps *caps = gst_caps_from_string (RGB_CAPS);
  GstSegment segment;
  GstPad *pad;

  memset (peer, 0, sizeof (*peer));
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->changed);
  peer->element = gst_object_ref_sink (element_new (&peer->bus, place));
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
  return gst_pad_push (peer->out, make_nth (n));
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

  hold ();
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
mobilenet_single_suite (void)
{
  Suite *suite = suite_create ("mobilenet-single");
  TCase *tc = tcase_create ("single");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_in_turns, 0, N_PLACES);
  tcase_add_test (tc, test_objects);
  tcase_add_loop_test (tc, test_interval, 0, N_PLACES);
  tcase_add_loop_test (tc, test_application, 0, 2);
  tcase_add_loop_test (tc, test_events, 0, N_PLACES);
  tcase_add_loop_test (tc, test_sent_event, 0, N_PLACES);
  tcase_add_loop_test (tc, test_discont, 0, N_PLACES);
  tcase_add_loop_test (tc, test_position, 0, N_PLACES);
  tcase_add_test (tc, test_flush);
  tcase_add_loop_test (tc, test_new_caps, 0, N_PLACES);
  tcase_add_loop_test (tc, test_stop, 0, N_PLACES);
  tcase_add_loop_test (tc, test_flow, 0, N_PLACES);
  tcase_add_loop_test (tc, test_unlinked, 0, N_PLACES);
  tcase_add_test (tc, test_blocked);
  tcase_add_loop_test (tc, test_paused, 0, N_PLACES);
  return suite;
}

GST_CHECK_MAIN (mobilenet_single);
