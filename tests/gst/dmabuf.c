/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames in DMABufs, with a device that reads them where they lie, says so and
 * cannot, or fails: each frame has its own result, and its buffer passes as it
 * is. Any file that can be mapped stands for a DMABuf. */

#include <gst/allocators/gstdmabuf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gst/video/dmabuf.h"
#include "tests/gst/testutil.h"
#include "tests/support/fake_backend.h"

#define N_MEMORIES 3
#define N_FRAMES 12
#define ROOM 65536

static GstAllocator *allocator;

static void
set_up (void)
{
  test_setup ();
  allocator = gst_dmabuf_allocator_new ();
}

static void
tear_down (void)
{
  gst_object_unref (allocator);
  test_teardown ();
}

/* Of ROOM bytes. */
static GstMemory *
memory_new (void)
{
  gint fd = memfd_create ("frame", MFD_CLOEXEC);

  fail_unless (ftruncate (fd, ROOM) == 0);
  return gst_dmabuf_allocator_alloc (allocator, fd, ROOM);
}

/* A frame of one colour, its bytes at an offset of the memory. */
static GstBuffer *
frame_new (GstMemory *memory, const gchar *caps, guint n, gsize offset)
{
  GstBuffer *buffer = test_frame_new_for_caps (caps, test_rgb_colours[n % 3],
      n * DURATION);
  GstMapInfo from, to;

  gst_buffer_map (buffer, &from, GST_MAP_READ);
  gst_memory_map (memory, &to, GST_MAP_WRITE);
  fail_unless (offset + from.size <= to.size);
  memcpy (to.data + offset, from.data, from.size);
  gst_memory_unmap (memory, &to);
  gst_buffer_unmap (buffer, &from);
  gst_buffer_replace_all_memory (buffer,
      offset ? gst_memory_share (memory, offset, -1) : gst_memory_ref (memory));
  return buffer;
}

static GstHarness *
open_stream (const gchar *backend, const gchar *caps, GstBus **bus)
{
  GstElement *element = test_element_new (bus);
  GstHarness *h;

  gst_util_set_object_arg (G_OBJECT (element), "backend", backend);
  gst_mobilenet_set_tuning (GST_MOBILENET (element), 1, 0, PATIENT, 1);
  h = test_harness_new (element);
  gst_harness_set_src_caps_str (h, caps);
  return h;
}

/* The same buffer, with the result of what it holds now. */
static void
check_frame (GstHarness *h, GstBuffer *buffer, guint n)
{
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
  GstBuffer *out = test_pass (h, buffer);

  fail_unless (out == buffer);
  fail_unless (gst_buffer_is_writable (out));
  fail_unless (gst_buffer_peek_memory (out, 0) == memory);
  fail_unless_equals_int (test_count_results (out), 1);
  fail_unless_equals_string (test_get_label (out), test_rgb_labels[n % 3]);
  gst_buffer_unref (out);
}

/* So many, in memory that comes again. */
static void
run_frames (GstHarness *h, const gchar *caps, gsize offset)
{
  GstMemory *memories[N_MEMORIES];
  guint i;

  for (i = 0; i < N_MEMORIES; i++)
    memories[i] = memory_new ();
  for (i = 0; i < N_FRAMES; i++)
    check_frame (h, frame_new (memories[i % N_MEMORIES], caps, i, offset), i);
  for (i = 0; i < N_MEMORIES; i++) {
    fail_unless_equals_int (GST_MINI_OBJECT_REFCOUNT_VALUE (memories[i]), 1);
    gst_memory_unref (memories[i]);
  }
}

static const gchar *const formats[] = {
  "RGB", "NV12", "I420", "YV12", "YUY2", "BGRx", "P010_10LE"};

GST_START_TEST (test_in_place)
{
  g_autofree gchar *caps = test_caps (formats[__i__], 34, 22);
  GstHarness *h;
  GstBus *bus;

  fake_backend_set_imports (FAKE_IMPORTS_WELL);
  h = open_stream ("opencl", caps, &bus);
  run_frames (h, caps, 0);
  run_frames (h, caps, 100);
  fail_unless_equals_int (fake_backend_get_imported (), 2 * N_FRAMES);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  test_close (h, bus);
}

GST_END_TEST;

/* The CPU, and a device that takes host memory, have them mapped. */
GST_START_TEST (test_mapped)
{
  g_autofree gchar *caps = test_caps ("NV12", 34, 22);
  GstBus *bus;
  GstHarness *h = open_stream (__i__ ? "opencl" : "cpu", caps, &bus);

  run_frames (h, caps, 0);
  fail_unless_equals_int (fake_backend_get_imported (), 0);
  test_close (h, bus);
}

GST_END_TEST;

/* It says so once, and goes on. */
GST_START_TEST (test_cannot)
{
  g_autofree gchar *caps = test_caps ("NV12", 34, 22);
  GstHarness *h;
  GstBus *bus;

  fake_backend_set_imports (FAKE_IMPORTS_FAINTLY);
  h = open_stream ("opencl", caps, &bus);
  run_frames (h, caps, 0);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      1);
  fail_unless_equals_int (fake_backend_get_calls (FAKE_SUBMIT), N_FRAMES);
  test_close (h, bus);
}

GST_END_TEST;

/* At each frame, in each way: the CPU takes it back. */
GST_START_TEST (test_device_fails)
{
  g_autofree gchar *caps = test_caps ("I420", 34, 22);
  FakeCall call = __i__ & 1 ? FAKE_SUBMIT : FAKE_WAIT;
  FakeMode mode = __i__ & 2 ? FAKE_LOST : FAKE_ONCE;
  guint nth;

  for (nth = 0; nth < 4; nth++) {
    GstHarness *h;
    GstBus *bus;

    fake_backend_reset ();
    fake_backend_set_imports (FAKE_IMPORTS_WELL);
    fake_backend_fail (call, nth, mode);
    h = open_stream ("opencl", caps, &bus);
    run_frames (h, caps, 0);
    fail_unless (fake_backend_get_imported () >= nth);
    fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
        1);
    test_close (h, bus);
  }
}

GST_END_TEST;

/* Not in one, or not all of it: mapped. */
GST_START_TEST (test_elsewhere)
{
  gsize offsets[GST_VIDEO_MAX_PLANES] = {0, 32 * 16};
  gint strides[GST_VIDEO_MAX_PLANES] = {32, 32};
  g_autofree gchar *caps = test_caps ("NV12", 32, 16);
  GstMemory *memory = memory_new ();
  GstBuffer *buffer, *whole;
  GstHarness *h;
  GstBus *bus;
  guint i;

  fake_backend_set_imports (FAKE_IMPORTS_WELL);
  h = open_stream ("opencl", caps, &bus);
  for (i = 0; i < 4; i++) {
    whole = frame_new (memory, caps, i, 0);
    buffer = gst_buffer_new ();
    gst_buffer_copy_into (buffer, whole, GST_BUFFER_COPY_METADATA, 0, -1);
    gst_buffer_append_memory (buffer, gst_memory_share (memory, 0, offsets[1]));
    gst_buffer_append_memory (buffer,
        i < 2 ? gst_memory_share (memory, offsets[1], 32 * 8)
              : gst_memory_copy (memory, offsets[1], 32 * 8));
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_FORMAT_NV12, 32, 16, 2, offsets, strides);
    gst_buffer_unref (whole);
    check_frame (h, buffer, i);
    /* Two parts of one are one. */
    fail_unless_equals_int (fake_backend_get_imported (), MIN (i + 1, 2));
  }
  gst_memory_unref (memory);
  test_close (h, bus);
}

GST_END_TEST;

/* In the background: what nobody waits for is held, and read where it lies;
 * the buffers of a small pool are copied, and go back to it whole. */
GST_START_TEST (test_latest)
{
  gboolean scarce = __i__;
  g_autofree gchar *caps = test_caps ("NV12", 34, 22);
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstMemory *memories[N_MEMORIES];
  GstHarness *h;
  GstBus *bus;
  guint i;

  gst_buffer_pool_config_set_params (config, NULL, 16, 0, scarce ? 9 : 0);
  gst_buffer_pool_set_config (pool, config);
  fake_backend_set_imports (FAKE_IMPORTS_WELL);
  h = open_stream ("opencl", caps, &bus);
  gst_util_set_object_arg (G_OBJECT (h->element), "schedule", "latest");
  for (i = 0; i < N_FRAMES; i++) {
    GstMemory *memory = i < N_MEMORIES ? memory_new () : NULL;
    GstBuffer *buffer;

    if (memory)
      memories[i] = memory;
    buffer = frame_new (memories[i % N_MEMORIES], caps, i, 0);
    buffer->pool = gst_object_ref (pool);
    buffer = test_pass (h, buffer);
    /* What is held of a pool keeps its buffer, from GStreamer 1.24 on. */
    fail_unless (!scarce || gst_buffer_is_writable (buffer));
    test_wait_for_inferences (h, i + 1);
    gst_clear_object (&buffer->pool);
    gst_buffer_unref (buffer);
  }
  /* Waits for what is told after the count. */
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (fake_backend_get_imported (), scarce ? 0 : N_FRAMES);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ELEMENT, NULL),
      N_FRAMES);
  test_close (h, bus);
  for (i = 0; i < N_MEMORIES; i++) {
    fail_unless_equals_int (GST_MINI_OBJECT_REFCOUNT_VALUE (memories[i]), 1);
    gst_memory_unref (memories[i]);
  }
  gst_object_unref (pool);
}

GST_END_TEST;

/* As long as the memory lives, and for its parts. */
GST_START_TEST (test_keys)
{
  GstMemory *memory = memory_new (), *other = memory_new ();
  GstMemory *part = gst_memory_share (memory, 8, 8);
  g_autoptr (MnMemoryKey) key = gst_mobilenet_dmabuf_get_key (memory);
  g_autoptr (MnMemoryKey) again = gst_mobilenet_dmabuf_get_key (part);
  g_autoptr (MnMemoryKey) others = gst_mobilenet_dmabuf_get_key (other);

  fail_unless (key == again);
  fail_unless (key != others);
  gst_memory_unref (memory);
  fail_if (mn_memory_key_is_retired (key));
  gst_memory_unref (part);
  fail_unless (mn_memory_key_is_retired (key));
  fail_if (mn_memory_key_is_retired (others));
  gst_memory_unref (other);
}

GST_END_TEST;

static Suite *
mobilenet_dmabuf_suite (void)
{
  Suite *suite = suite_create ("mobilenet-dmabuf");
  TCase *tc = tcase_create ("dmabuf");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, set_up, tear_down);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_in_place, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tc, test_mapped, 0, 2);
  tcase_add_test (tc, test_cannot);
  tcase_add_loop_test (tc, test_device_fails, 0, 4);
  tcase_add_test (tc, test_elsewhere);
  tcase_add_loop_test (tc, test_latest, 0, 2);
  tcase_add_test (tc, test_keys);
  return suite;
}

GST_CHECK_MAIN (mobilenet_dmabuf);
