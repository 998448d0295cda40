/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* schedule=latest: the streaming thread goes on whatever the worker does, and
 * what it attaches is true. The worker is held by a device that does not
 * answer until it is told to. */

#include "tests/gst/testutil.h"
#include "tests/support/fake_backend.h"

#define N_FRAMES 10

static GstHarness *
open_latest (GstBus **bus, const gchar *backend)
{
  GstElement *element = test_element_new (bus);

  gst_util_set_object_arg (G_OBJECT (element), "schedule", "latest");
  gst_util_set_object_arg (G_OBJECT (element), "backend", backend);
  gst_mobilenet_set_tuning (GST_MOBILENET (element), 0, 0, PATIENT, 1);
  return test_open_rgb (element);
}

static void
close_latest (GstHarness *h, GstBus *bus)
{
  fake_backend_release ();
  test_close (h, bus);
}

/* The first inference is held from here on. */
static void
hold_worker (void)
{
  fake_backend_fail (FAKE_SUBMIT, 0, FAKE_HANG);
}

static void
wait_until_held (void)
{
  while (fake_backend_get_calls (FAKE_SUBMIT) == 0)
    g_usleep (1000);
}

/* Waits for a result message, and gives its pts. */
static GstClockTime
wait_for_message (GstBus *bus)
{
  GstMessage *message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ELEMENT);
  GstClockTime pts = test_get_uint64 (gst_message_get_structure (message),
      "pts");

  gst_message_unref (message);
  return pts;
}

/* Whatever comes out of a push is there when it returns. */
static GstBuffer *
push_pull (GstHarness *h, guint rgb, guint n)
{
  GstBuffer *buffer;

  fail_unless_equals_int (gst_harness_push (h,
                              test_frame_new_for_caps (RGB_CAPS, rgb,
                                  n * DURATION)),
      GST_FLOW_OK);
  buffer = gst_harness_try_pull (h);
  fail_unless (buffer != NULL, "frame %u waits", n);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), n * DURATION);
  return buffer;
}

/* Frames that follow carry the result that there is, and have none of their
 * own, however fast the worker. */
static void
skip_from_now (GstHarness *h)
{
  gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND * 3600, 0));
}

static void
check_held (GstBuffer *buffer, const gchar *label, guint of)
{
  const GstStructure *s = test_get_result (buffer);
  gboolean fresh = TRUE;

  fail_unless (gst_structure_get_boolean (s, "fresh", &fresh) && !fresh);
  fail_unless_equals_string (gst_structure_get_string (s, "label"), label);
  fail_unless_equals_uint64 (test_get_uint64 (s, "pts"), of * DURATION);
  fail_unless_equals_uint64 (test_get_uint64 (s, "age"),
      GST_BUFFER_PTS (buffer) - of * DURATION);
}

/* The next frame, n, has no result of its own: it shows label, of frame of. */
static void
check_next (GstHarness *h, guint rgb, guint n, const gchar *label, guint of)
{
  GstBuffer *buffer;

  skip_from_now (h);
  buffer = push_pull (h, rgb, n);
  check_held (buffer, label, of);
  gst_buffer_unref (buffer);
}

/* ---- the streaming thread never waits ---------------------------------- */

GST_START_TEST (test_never_waits)
{
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;
  guint i;

  hold_worker ();
  h = open_latest (&bus, "opencl");
  gst_util_set_object_arg (G_OBJECT (h->element), "post-messages", "all");
  for (i = 0; i < N_FRAMES; i++) {
    buffer = push_pull (h, i < N_FRAMES - 1 ? RED : BLUE, i);
    fail_unless_equals_int (test_count_results (buffer), 0);
    gst_buffer_unref (buffer);
    if (i == 0)
      wait_until_held ();
  }
  fake_backend_release ();
  /* The one that was held, and the newest one; none of those between. */
  fail_unless_equals_uint64 (wait_for_message (bus), 0);
  fail_unless_equals_uint64 (wait_for_message (bus), 9 * DURATION);
  check_next (h, RED, N_FRAMES, "blue", 9);
  fail_unless_equals_uint64 (test_get_stat (h, "frames"), 11);
  fail_unless_equals_uint64 (test_get_stat (h, "inferences"), 2);
  fail_unless_equals_uint64 (test_get_stat (h, "skipped"), 9);
  test_close (h, bus);
}

GST_END_TEST;

/* Nothing blinks: from the first result on every frame has one, whose age
 * grows with the frames, and which is never of a later one. */
GST_START_TEST (test_never_blinks)
{
  GstClockTime newest = 0;
  GstHarness *h;
  GstBus *bus;
  guint i;

  h = open_latest (&bus, "cpu");
  /* Frames come faster here than their timestamps say. */
  g_object_set (h->element, "max-age", (guint64) 0, NULL);
  gst_buffer_unref (push_pull (h, RED, 0));
  test_wait_for_inferences (h, 1);
  for (i = 1; i < 200; i++) {
    GstBuffer *buffer = push_pull (h, i % 2 ? GREEN : RED, i);
    const GstStructure *s = test_get_result (buffer);
    GstClockTime pts = test_get_uint64 (s, "pts");

    fail_unless (pts <= GST_BUFFER_PTS (buffer) && pts >= newest);
    newest = pts;
    fail_unless_equals_uint64 (test_get_uint64 (s, "age"),
        GST_BUFFER_PTS (buffer) - pts);
    fail_unless_equals_string (gst_structure_get_string (s, "label"),
        pts / DURATION % 2 ? "green" : "red");
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- handover ---------------------------------------------------------- */

static void
paint (GstBuffer *buffer, guint8 value)
{
  gst_buffer_memset (buffer, 0, value, -1);
}

/* A pool of two buffers: none stays with the worker, and what is written to
 * its memory later does not matter. */
GST_START_TEST (test_scarce_buffers)
{
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstBufferPoolAcquireParams params = {
    .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT};
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;
  guint i;

  gst_buffer_pool_config_set_params (config, NULL, 16 * 16 * 3, 2, 2);
  gst_buffer_pool_set_config (pool, config);
  gst_buffer_pool_set_active (pool, TRUE);
  hold_worker ();
  h = open_latest (&bus, "opencl");
  g_object_set (h->element, "max-age", (guint64) 0, NULL);
  for (i = 0; i < N_FRAMES; i++) {
    GstBuffer *two[2];

    fail_unless_equals_int (gst_buffer_pool_acquire_buffer (pool, &two[0],
                                &params),
        GST_FLOW_OK);
    fail_unless_equals_int (gst_buffer_pool_acquire_buffer (pool, &two[1],
                                &params),
        GST_FLOW_OK);
    gst_buffer_unref (two[1]);
    paint (two[0], 40);
    if (i == 0) {
      GstBuffer *red = test_frame_new_for_caps (RGB_CAPS, RED, 0);
      GstMapInfo map;

      gst_buffer_map (red, &map, GST_MAP_READ);
      gst_buffer_fill (two[0], 0, map.data, map.size);
      gst_buffer_unmap (red, &map);
      gst_buffer_unref (red);
    }
    GST_BUFFER_PTS (two[0]) = i * DURATION;
    fail_unless_equals_int (gst_harness_push (h, two[0]), GST_FLOW_OK);
    buffer = gst_harness_try_pull (h);
    fail_unless (buffer != NULL);
    fail_unless (gst_buffer_is_writable (buffer)
        && gst_buffer_is_all_memory_writable (buffer));
    gst_buffer_unref (buffer);
    if (i == 0)
      wait_until_held ();
  }
  fake_backend_release ();
  test_wait_for_inferences (h, 1);
  check_next (h, BLUE, N_FRAMES, "red", 0);
  test_close (h, bus);
  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}

GST_END_TEST;

/* Other memory is held, not copied; who writes to it downstream writes to
 * memory of his own. */
GST_START_TEST (test_plenty_of_buffers)
{
  GstMemory *memory;
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  hold_worker ();
  h = open_latest (&bus, "opencl");
  buffer = test_frame_new_for_caps (RGB_CAPS, RED, 0);
  memory = gst_buffer_get_memory (buffer, 0);
  gst_harness_push (h, buffer);
  wait_until_held ();
  buffer = gst_harness_pull (h);
  fail_unless (gst_buffer_is_writable (buffer));
  fail_unless (gst_buffer_peek_memory (buffer, 0) == memory);
  fail_unless (GST_MINI_OBJECT_REFCOUNT_VALUE (memory) >= 3);
  gst_memory_unref (memory);
  paint (buffer, 40);
  gst_buffer_unref (buffer);
  fake_backend_release ();
  test_wait_for_inferences (h, 1);
  check_next (h, BLUE, 1, "red", 0);
  test_close (h, bus);
}

GST_END_TEST;

/* A frame that cannot be read is said once, also from the worker's side. */
GST_START_TEST (test_bad_frames)
{
  GstHarness *h;
  GstBus *bus;
  guint i;

  h = open_latest (&bus, "cpu");
  for (i = 0; i < 3; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 100, NULL);

    GST_BUFFER_PTS (buffer) = i * DURATION;
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    buffer = gst_harness_pull (h);
    fail_unless_equals_int (test_count_results (buffer), 0);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      1);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- age --------------------------------------------------------------- */

/* Frames that cannot be read come from frame 1 on, every 20th in its turn. */
static GstBuffer *
pass_broken (GstHarness *h, guint n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 100, NULL);

  GST_BUFFER_PTS (buffer) = n * DURATION;
  GST_BUFFER_DURATION (buffer) = DURATION;
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  buffer = gst_harness_try_pull (h);
  fail_unless (buffer != NULL);
  return buffer;
}

/* The result is there until the next one could be, and a second beyond. */
static void
check_max_age (const gchar *schedule, guint64 max_age)
{
  guint last = 20 + GST_SECOND / DURATION, i;
  GstElement *element;
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", schedule);
  g_object_set (element, "interval", 20, NULL);
  if (max_age != GST_SECOND)
    g_object_set (element, "max-age", max_age, NULL);
  h = test_open_rgb (element);
  gst_buffer_unref (push_pull (h, RED, 0));
  test_wait_for_inferences (h, 1);
  wait_for_message (bus);
  for (i = 1; i <= last; i++) {
    buffer = pass_broken (h, i);
    check_held (buffer, "red", 0);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      0);
  buffer = pass_broken (h, last + 1);
  fail_unless_equals_int (test_count_results (buffer), max_age == 0);
  gst_buffer_unref (buffer);
  /* It ends once; who tells of it may still be at the message before. */
  gst_buffer_unref (pass_broken (h, last + 2));
  if (max_age != 0)
    wait_for_message (bus);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      0);
  test_close (h, bus);
}

GST_START_TEST (test_max_age)
{
  check_max_age ("latest", GST_SECOND);
  check_max_age ("every-frame", GST_SECOND);
  check_max_age ("latest", 0);
  check_max_age ("every-frame", 0);
}

GST_END_TEST;

/* A timestamp that goes back makes no frame older. */
GST_START_TEST (test_out_of_order)
{
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  h = open_latest (&bus, "cpu");
  g_object_set (h->element, "interval", 1000, NULL);
  gst_buffer_unref (push_pull (h, RED, 5));
  test_wait_for_inferences (h, 1);
  buffer = push_pull (h, BLUE, 4);
  fail_unless_equals_string (test_get_label (buffer), "red");
  fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer), "age"),
      0);
  gst_buffer_unref (buffer);
  buffer = push_pull (h, BLUE, 6);
  check_held (buffer, "red", 5);
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- events ------------------------------------------------------------ */

static void
flush (GstHarness *h)
{
  GstSegment segment;

  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
}

/* What was held when the flush came is of no use after it. */
GST_START_TEST (test_flush)
{
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  hold_worker ();
  h = open_latest (&bus, "opencl");
  gst_util_set_object_arg (G_OBJECT (h->element), "post-messages", "all");
  gst_buffer_unref (push_pull (h, RED, 3));
  wait_until_held ();
  gst_buffer_unref (push_pull (h, RED, 4));
  flush (h);
  buffer = push_pull (h, BLUE, 0);
  fail_unless_equals_int (test_count_results (buffer), 0);
  gst_buffer_unref (buffer);
  fake_backend_release ();
  fail_unless_equals_uint64 (wait_for_message (bus), 0);
  check_next (h, GREEN, 1, "blue", 0);
  test_close (h, bus);
}

GST_END_TEST;

/* Caps, a gap, a tag: none waits for the worker that is held. */
GST_START_TEST (test_events_do_not_wait)
{
  g_autofree gchar *caps = test_caps ("NV12", 32, 18);
  GstHarness *h;
  GstBus *bus;

  hold_worker ();
  h = open_latest (&bus, "opencl");
  gst_buffer_unref (push_pull (h, RED, 0));
  wait_until_held ();
  gst_harness_push_event (h, gst_event_new_gap (DURATION, DURATION));
  gst_harness_push_event (h,
      gst_event_new_tag (gst_tag_list_new (GST_TAG_IMAGE_ORIENTATION,
          "rotate-90", NULL)));
  gst_harness_set_src_caps_str (h, caps);
  gst_buffer_unref (test_run (h, caps, BLUE, 2 * DURATION));
  fake_backend_release ();
  test_wait_for_inferences (h, 2);
  skip_from_now (h);
  {
    GstBuffer *buffer = test_run (h, caps, RED, 3 * DURATION);

    check_held (buffer, "blue", 2);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* The last frame's result is told before EOS goes on. */
GST_START_TEST (test_eos)
{
  GstHarness *h;
  GstBus *bus;
  guint i;

  h = open_latest (&bus, "cpu");
  gst_util_set_object_arg (G_OBJECT (h->element), "post-messages", "all");
  for (i = 0; i < N_FRAMES; i++)
    gst_buffer_unref (push_pull (h, RED, i));
  gst_harness_push_event (h, gst_event_new_eos ());
  {
    GstMessage *last;

    fail_unless (test_pop_messages (bus, GST_MESSAGE_ELEMENT, &last) > 0);
    fail_unless_equals_uint64 (
        test_get_uint64 (gst_message_get_structure (last), "pts"),
        9 * DURATION);
    gst_message_unref (last);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* With a worker that is held, the end comes all the same. */
GST_START_TEST (test_eos_while_held)
{
  GstHarness *h;
  GstBus *bus;

  hold_worker ();
  h = open_latest (&bus, "opencl");
  gst_buffer_unref (push_pull (h, RED, 0));
  wait_until_held ();
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  close_latest (h, bus);
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
  hold_worker ();
  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", "auto");
  gst_util_set_object_arg (G_OBJECT (element), "backend", "opencl");
  gst_mobilenet_set_tuning (GST_MOBILENET (element), 0, 0, PATIENT, 1);
  h = test_open_rgb (element);
  gst_harness_set_upstream_latency (h, 7 * GST_MSECOND);
  buffer = push_pull (h, RED, 0);
  fail_unless_equals_int (test_count_results (buffer), 0);
  gst_buffer_unref (buffer);
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 7 * GST_MSECOND);
  close_latest (h, bus);

  /* Not live: each by itself. */
  fake_backend_reset ();
  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", "auto");
  h = test_harness_new (element);
  gst_harness_set_live (h, FALSE);
  gst_harness_set_src_caps_str (h, RGB_CAPS);
  gst_buffer_unref (push_pull (h, RED, 0));
  buffer = push_pull (h, BLUE, 1);
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

  h = open_latest (&bus, "cpu");
  g_object_set (h->element, "max-age", (guint64) 0, NULL);
  for (i = 0; i < 200; i++) {
    gboolean latest = i / 5 % 2 == 0, fresh = FALSE;
    const GstStructure *s;
    GstBuffer *buffer;

    gst_util_set_object_arg (G_OBJECT (h->element), "schedule",
        latest ? "latest" : "every-frame");
    buffer = push_pull (h, test_rgb_colours[i % 3], i);
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

  hold_worker ();
  element = test_element_new (&bus);
  gst_util_set_object_arg (G_OBJECT (element), "schedule", "latest");
  gst_util_set_object_arg (G_OBJECT (element), "backend", "opencl");
  gst_mobilenet_set_tuning (GST_MOBILENET (element), 0, 0, PATIENT, 1);
  h = test_harness_new (element);
  gst_harness_set_live (h, FALSE);
  gst_harness_set_src_caps_str (h, RGB_CAPS);
  thread = g_thread_new ("push", push_one, h);
  wait_until_held ();
  gst_harness_push_event (h, gst_event_new_flush_start ());
  g_thread_join (thread);
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  close_latest (h, bus);
}

GST_END_TEST;

/* ---- fewer inferences -------------------------------------------------- */

static void
push_qos (GstHarness *h, guint n_late)
{
  gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 1.5, n_late * DURATION,
          1 * DURATION));
}

static void
check_qos (const gchar *schedule)
{
  GstMessage *message = NULL;
  guint64 dropped;
  GstHarness *h;
  GstBus *bus;
  guint i;

  h = open_latest (&bus, "cpu");
  gst_util_set_object_arg (G_OBJECT (h->element), "schedule", schedule);
  gst_buffer_unref (push_pull (h, RED, 0));
  test_wait_for_inferences (h, 1);
  push_qos (h, 5);
  for (i = 1; i < 6; i++) {
    GstBuffer *buffer = push_pull (h, BLUE, i);

    check_held (buffer, "red", 0);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_uint64 (test_get_stat (h, "inferences"), 1);
  fail_unless_equals_uint64 (test_get_stat (h, "skipped"), 5);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_QOS, &message),
      1);
  gst_message_parse_qos_stats (message, NULL, NULL, &dropped);
  fail_unless_equals_uint64 (dropped, 1);
  gst_message_unref (message);
  /* What comes in time is classified. */
  gst_buffer_unref (push_pull (h, BLUE, 6));
  test_wait_for_inferences (h, 2);
  /* A frame that would go without is classified, late or not. */
  push_qos (h, 100);
  gst_buffer_unref (push_pull (h, GREEN, 60));
  test_wait_for_inferences (h, 3);
  /* A flush forgets. */
  flush (h);
  gst_buffer_unref (push_pull (h, GREEN, 0));
  test_wait_for_inferences (h, 4);
  gst_buffer_unref (push_pull (h, GREEN, 1));
  test_wait_for_inferences (h, 5);
  test_close (h, bus);
}

GST_START_TEST (test_qos)
{
  check_qos ("latest");
  check_qos ("every-frame");
}

GST_END_TEST;

GST_START_TEST (test_max_rate)
{
  GstElement *element;
  GstHarness *h;
  GstBus *bus;
  guint i;

  element = test_element_new (&bus);
  g_object_set (element, "max-rate", 12.5, NULL);
  h = test_open_rgb (element);
  for (i = 0; i < N_FRAMES; i++) {
    GstBuffer *buffer = push_pull (h, i % 2 ? BLUE : RED, i);

    fail_unless_equals_string (test_get_label (buffer), "red");
    fail_unless_equals_uint64 (test_get_uint64 (test_get_result (buffer),
                                   "age"),
        i % 2 * DURATION);
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_uint64 (test_get_stat (h, "inferences"), N_FRAMES / 2);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- smoothing --------------------------------------------------------- */

GST_START_TEST (test_smoothing)
{
  GstElement *element;
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;
  guint i;

  element = test_element_new (&bus);
  g_object_set (element, "smoothing", 0.5, NULL);
  h = test_open_rgb (element);
  for (i = 0; i < 50; i++) {
    buffer = push_pull (h, i % 2 ? GREEN : RED, i);
    fail_unless_equals_string (test_get_label (buffer), "red");
    gst_buffer_unref (buffer);
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      1);
  for (; i < 150; i++)
    gst_buffer_unref (push_pull (h, GREEN, i));
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      1);
  buffer = push_pull (h, RED, i++);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  /* After a break the past does not count, nor after a flush. */
  buffer = test_frame_new_for_caps (RGB_CAPS, BLUE, i * DURATION);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (h, buffer);
  buffer = gst_harness_pull (h);
  fail_unless_equals_string (test_get_label (buffer), "blue");
  gst_buffer_unref (buffer);
  flush (h);
  buffer = push_pull (h, RED, i++);
  fail_unless_equals_string (test_get_label (buffer), "red");
  gst_buffer_unref (buffer);
  g_object_set (element, "smoothing", 0.0, NULL);
  buffer = push_pull (h, GREEN, i++);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

static Suite *
mobilenet_latest_suite (void)
{
  Suite *suite = suite_create ("mobilenet-latest");
  TCase *tc = tcase_create ("latest");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_never_waits);
  tcase_add_test (tc, test_never_blinks);
  tcase_add_test (tc, test_scarce_buffers);
  tcase_add_test (tc, test_plenty_of_buffers);
  tcase_add_test (tc, test_bad_frames);
  tcase_add_test (tc, test_max_age);
  tcase_add_test (tc, test_out_of_order);
  tcase_add_test (tc, test_flush);
  tcase_add_test (tc, test_events_do_not_wait);
  tcase_add_test (tc, test_eos);
  tcase_add_test (tc, test_eos_while_held);
  tcase_add_test (tc, test_auto);
  tcase_add_test (tc, test_changes_while_playing);
  tcase_add_test (tc, test_still_prerolls);
  tcase_add_test (tc, test_flush_ends_the_wait);
  tcase_add_test (tc, test_qos);
  tcase_add_test (tc, test_max_rate);
  tcase_add_test (tc, test_smoothing);
  return suite;
}

GST_CHECK_MAIN (mobilenet_latest);
