/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/qos.h"

#include "gst/video/segmenttime.h"

/* A bus that nobody reads must not grow by a message a frame. */
#define PAUSE G_TIME_SPAN_SECOND

void
gst_mobilenet_qos_reset (GstMobilenetQos *self)
{
  self->earliest = GST_CLOCK_TIME_NONE;
  self->proportion = 1.0;
  self->jitter = 0;
  self->skipped = 0;
}

void
gst_mobilenet_qos_read (GstMobilenetQos *self, GstEvent *event)
{
  GstClockTime timestamp;

  gst_event_parse_qos (event, NULL, &self->proportion, &self->jitter,
      &timestamp);
  if (GST_CLOCK_TIME_IS_VALID (timestamp) && self->jitter > 0)
    self->earliest = timestamp + (GstClockTime) self->jitter;
  else
    self->earliest = GST_CLOCK_TIME_NONE;
}

GstMessage *
gst_mobilenet_qos_skip (GstMobilenetQos *self, GstObject *src, gboolean live,
    const GstSegment *segment, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  gint64 now = g_get_monotonic_time ();
  GstMessage *message;

  self->skipped++;
  if (self->posted_at != 0 && now < self->posted_at + PAUSE)
    return NULL;
  self->posted_at = now;
  message = gst_message_new_qos (src, live,
      gst_mobilenet_running_time (segment, pts),
      gst_mobilenet_stream_time (segment, pts), pts,
      GST_BUFFER_DURATION (buffer));
  gst_message_set_qos_values (message, self->jitter, self->proportion, 1000000);
  gst_message_set_qos_stats (message, GST_FORMAT_BUFFERS, -1, self->skipped);
  return message;
}
