/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/latestutil.h"

#include "tests/support/fake_backend.h"

GstElement *
test_latest_element_new (GstBus **bus, const gchar *schedule,
    const gchar *backend)
{
  GstElement *element = test_element_new (bus);

  gst_util_set_object_arg (G_OBJECT (element), "schedule", schedule);
  gst_util_set_object_arg (G_OBJECT (element), "backend", backend);
  gst_mobilenet_set_tuning (GST_MOBILENET (element), 0, 0, PATIENT, 1);
  return element;
}

GstHarness *
test_latest_open (GstBus **bus, const gchar *backend)
{
  return test_open_rgb (test_latest_element_new (bus, "latest", backend));
}

void
test_latest_close (GstHarness *h, GstBus *bus)
{
  fake_backend_release ();
  test_close (h, bus);
}

void
test_latest_hold (void)
{
  fake_backend_fail (FAKE_SUBMIT, 0, FAKE_HANG);
}

void
test_latest_wait_until_held (void)
{
  while (fake_backend_get_calls (FAKE_SUBMIT) == 0)
    g_usleep (1000);
}

GstClockTime
test_latest_wait_for_message (GstBus *bus)
{
  GstMessage *message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ELEMENT);
  GstClockTime pts = test_get_uint64 (gst_message_get_structure (message),
      "pts");

  gst_message_unref (message);
  return pts;
}

GstBuffer *
test_latest_push (GstHarness *h, guint rgb, guint n)
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

void
test_latest_skip (GstHarness *h)
{
  gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND * 3600, 0));
}

void
test_latest_check_held (GstBuffer *buffer, const gchar *label, guint of)
{
  const GstStructure *s = test_get_result (buffer);
  gboolean fresh = TRUE;

  fail_unless (gst_structure_get_boolean (s, "fresh", &fresh) && !fresh);
  fail_unless_equals_string (gst_structure_get_string (s, "label"), label);
  fail_unless_equals_uint64 (test_get_uint64 (s, "pts"), of * DURATION);
  fail_unless_equals_uint64 (test_get_uint64 (s, "age"),
      GST_BUFFER_PTS (buffer) - of * DURATION);
}

void
test_latest_check_next (GstHarness *h, guint rgb, guint n, const gchar *label,
    guint of)
{
  GstBuffer *buffer;

  test_latest_skip (h);
  buffer = test_latest_push (h, rgb, n);
  test_latest_check_held (buffer, label, of);
  gst_buffer_unref (buffer);
}

void
test_latest_flush (GstHarness *h)
{
  GstSegment segment;

  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
}
