/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* schedule=latest: the streaming thread goes on whatever the worker does, and
 * what it attaches is true. */

#include "tests/gst/latestutil.h"
#include "tests/support/fake_backend.h"

#define N_FRAMES 10

/* ---- the streaming thread never waits ---------------------------------- */

GST_START_TEST (test_never_waits)
{
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;
  guint i;

  test_latest_hold ();
  h = test_latest_open (&bus, "opencl");
  gst_util_set_object_arg (G_OBJECT (h->element), "post-messages", "all");
  for (i = 0; i < N_FRAMES; i++) {
    buffer = test_latest_push (h, i < N_FRAMES - 1 ? RED : BLUE, i);
    fail_unless_equals_int (test_count_results (buffer), 0);
    gst_buffer_unref (buffer);
    if (i == 0)
      test_latest_wait_until_held ();
  }
  fake_backend_release ();
  /* The one that was held, and the newest one; none of those between. */
  fail_unless_equals_uint64 (test_latest_wait_for_message (bus), 0);
  fail_unless_equals_uint64 (test_latest_wait_for_message (bus), 9 * DURATION);
  test_latest_check_next (h, RED, N_FRAMES, "blue", 9);
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

  h = test_latest_open (&bus, "cpu");
  /* Frames come faster here than their timestamps say. */
  g_object_set (h->element, "max-age", (guint64) 0, NULL);
  gst_buffer_unref (test_latest_push (h, RED, 0));
  test_wait_for_inferences (h, 1);
  for (i = 1; i < 200; i++) {
    GstBuffer *buffer = test_latest_push (h, i % 2 ? GREEN : RED, i);
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
  test_latest_hold ();
  h = test_latest_open (&bus, "opencl");
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
      test_latest_wait_until_held ();
  }
  fake_backend_release ();
  test_wait_for_inferences (h, 1);
  test_latest_check_next (h, BLUE, N_FRAMES, "red", 0);
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

  test_latest_hold ();
  h = test_latest_open (&bus, "opencl");
  buffer = test_frame_new_for_caps (RGB_CAPS, RED, 0);
  memory = gst_buffer_get_memory (buffer, 0);
  gst_harness_push (h, buffer);
  test_latest_wait_until_held ();
  buffer = gst_harness_pull (h);
  fail_unless (gst_buffer_is_writable (buffer));
  fail_unless (gst_buffer_peek_memory (buffer, 0) == memory);
  fail_unless (GST_MINI_OBJECT_REFCOUNT_VALUE (memory) >= 3);
  gst_memory_unref (memory);
  paint (buffer, 40);
  gst_buffer_unref (buffer);
  fake_backend_release ();
  test_wait_for_inferences (h, 1);
  test_latest_check_next (h, BLUE, 1, "red", 0);
  test_close (h, bus);
}

GST_END_TEST;

/* A frame that cannot be read is said once, also from the worker's side. */
GST_START_TEST (test_bad_frames)
{
  GstHarness *h;
  GstBus *bus;
  guint i;

  h = test_latest_open (&bus, "cpu");
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

/* ---- events ------------------------------------------------------------ */

/* What was held when the flush came is of no use after it. */
GST_START_TEST (test_flush)
{
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  test_latest_hold ();
  h = test_latest_open (&bus, "opencl");
  gst_util_set_object_arg (G_OBJECT (h->element), "post-messages", "all");
  gst_buffer_unref (test_latest_push (h, RED, 3));
  test_latest_wait_until_held ();
  gst_buffer_unref (test_latest_push (h, RED, 4));
  test_latest_flush (h);
  buffer = test_latest_push (h, BLUE, 0);
  fail_unless_equals_int (test_count_results (buffer), 0);
  gst_buffer_unref (buffer);
  fake_backend_release ();
  fail_unless_equals_uint64 (test_latest_wait_for_message (bus), 0);
  test_latest_check_next (h, GREEN, 1, "blue", 0);
  test_close (h, bus);
}

GST_END_TEST;

/* Caps, a gap, a tag: none waits for the worker that is held. */
GST_START_TEST (test_events_do_not_wait)
{
  g_autofree gchar *caps = test_caps ("NV12", 32, 18);
  GstHarness *h;
  GstBus *bus;

  test_latest_hold ();
  h = test_latest_open (&bus, "opencl");
  gst_buffer_unref (test_latest_push (h, RED, 0));
  test_latest_wait_until_held ();
  gst_harness_push_event (h, gst_event_new_gap (DURATION, DURATION));
  gst_harness_push_event (h,
      gst_event_new_tag (gst_tag_list_new (GST_TAG_IMAGE_ORIENTATION,
          "rotate-90", NULL)));
  gst_harness_set_src_caps_str (h, caps);
  gst_buffer_unref (test_run (h, caps, BLUE, 2 * DURATION));
  fake_backend_release ();
  test_wait_for_inferences (h, 2);
  test_latest_skip (h);
  {
    GstBuffer *buffer = test_run (h, caps, RED, 3 * DURATION);

    test_latest_check_held (buffer, "blue", 2);
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

  h = test_latest_open (&bus, "cpu");
  gst_util_set_object_arg (G_OBJECT (h->element), "post-messages", "all");
  for (i = 0; i < N_FRAMES; i++)
    gst_buffer_unref (test_latest_push (h, RED, i));
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

  test_latest_hold ();
  h = test_latest_open (&bus, "opencl");
  gst_buffer_unref (test_latest_push (h, RED, 0));
  test_latest_wait_until_held ();
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  test_latest_close (h, bus);
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
  tcase_add_test (tc, test_flush);
  tcase_add_test (tc, test_events_do_not_wait);
  tcase_add_test (tc, test_eos);
  tcase_add_test (tc, test_eos_while_held);
  return suite;
}

GST_CHECK_MAIN (mobilenet_latest);
