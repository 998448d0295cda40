/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A frame that is done leaves by itself: no other frame, event or query has
 * to come after it. Sources here are not live, so that several frames may be
 * inside; a wait that would never end is ended by the time limit. */

#include "tests/gst/placeutil.h"
#include "tests/support/fake_backend.h"

static GstHarness *
open_place (GstBus **bus, TestPlace place)
{
  GstHarness *h = test_harness_new (test_place_element_new (bus, place));

  gst_harness_set_live (h, FALSE);
  gst_harness_set_src_caps_str (h, RGB_CAPS);
  return h;
}

static void
push_nth (GstHarness *h, guint n)
{
  fail_unless_equals_int (gst_harness_push (h, test_nth_frame_new (n)),
      GST_FLOW_OK);
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
    GstBuffer *buffer = test_nth_frame_new (i);
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
    GstBuffer *buffer = test_nth_frame_new (i);
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
    GstBuffer *buffer = test_nth_frame_new (i);

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

GST_START_TEST (test_flush)
{
  GstSegment segment;
  GstBus *bus;
  GstHarness *h;

  fake_backend_fail (FAKE_SUBMIT, 0, FAKE_HANG);
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
  return suite;
}

GST_CHECK_MAIN (mobilenet_single);
