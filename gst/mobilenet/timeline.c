/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/timeline.h"

#include <string.h>

#include "gst/video/segmenttime.h"

static GstClockTimeDiff
read_time (const GstSegment *segment, GstBuffer *buffer)
{
  guint64 time = GST_BUFFER_PTS (buffer);
  gint sign = 1;

  if (!GST_CLOCK_TIME_IS_VALID (time))
    return GST_CLOCK_STIME_NONE;
  if (segment->format == GST_FORMAT_TIME)
    sign = gst_mobilenet_running_time_full (segment, GST_BUFFER_PTS (buffer),
        &time);
  if (sign == 0 || time > G_MAXINT64 / 4)
    return GST_CLOCK_STIME_NONE;
  return sign * (GstClockTimeDiff) time;
}

void
gst_mobilenet_time_read (GstMobilenetTime *time, const GstSegment *segment,
    GstBuffer *buffer, GstClockTime frame_duration)
{
  GstClockTime duration = GST_BUFFER_DURATION (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (duration))
    duration = frame_duration;
  time->running_time = gst_mobilenet_running_time (segment,
      GST_BUFFER_PTS (buffer));
  time->earliest = GST_CLOCK_TIME_NONE;
  time->time = read_time (segment, buffer);
  time->duration = GST_CLOCK_TIME_IS_VALID (duration)
      ? (GstClockTime) (duration / ABS (segment->rate))
      : GST_CLOCK_TIME_NONE;
  time->discont = GST_BUFFER_IS_DISCONT (buffer);
}

void
gst_mobilenet_timeline_reset (GstMobilenetTimeline *self)
{
  memset (self, 0, sizeof (*self));
}

GstClockTime
gst_mobilenet_timeline_next (GstMobilenetTimeline *self, GstClockTimeDiff time,
    GstClockTime duration)
{
  GstClockTime step = GST_CLOCK_TIME_IS_VALID (duration) ? duration : 0;
  gboolean has_time = GST_CLOCK_STIME_IS_VALID (time);
  GstClockTime next = self->started ? self->now + step : 0;
  GstClockTimeDiff at;

  if (!has_time && !GST_CLOCK_TIME_IS_VALID (duration))
    return GST_CLOCK_TIME_NONE;
  self->started = TRUE;
  if (!has_time)
    return self->now = next;
  if (!self->aligned)
    self->offset = (GstClockTimeDiff) next - time;
  self->aligned = TRUE;
  at = time + self->offset;
  if (at < (GstClockTimeDiff) self->now) {
    /* A frame or so too late may be out of order; more is a jump back. */
    if (self->now - at <= step + step / 2)
      return MAX (at, 0);
    self->offset += (GstClockTimeDiff) next - at;
    at = next;
  }
  return self->now = at;
}
