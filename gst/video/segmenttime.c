/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/segmenttime.h"

static gboolean
has_end (const GstSegment *segment)
{
  return segment->stop != GST_CLOCK_TIME_NONE
      || segment->duration != GST_CLOCK_TIME_NONE;
}

static gboolean
has_running_time (const GstSegment *segment)
{
  return segment->format == GST_FORMAT_TIME
      && (segment->rate > 0.0
          || (has_end (segment)
              && (segment->stop == GST_CLOCK_TIME_NONE
                  || segment->stop >= segment->offset)));
}

GstClockTime
gst_mobilenet_running_time (const GstSegment *segment, GstClockTime time)
{
  return has_running_time (segment)
      ? gst_segment_to_running_time (segment, GST_FORMAT_TIME, time)
      : GST_CLOCK_TIME_NONE;
}

GstClockTime
gst_mobilenet_stream_time (const GstSegment *segment, GstClockTime time)
{
  return segment->format == GST_FORMAT_TIME
          && (segment->applied_rate > 0.0 || has_end (segment))
      ? gst_segment_to_stream_time (segment, GST_FORMAT_TIME, time)
      : GST_CLOCK_TIME_NONE;
}

gint
gst_mobilenet_running_time_full (const GstSegment *segment, GstClockTime time,
    guint64 *running_time)
{
  return has_running_time (segment) ? gst_segment_to_running_time_full (segment,
                                          GST_FORMAT_TIME, time, running_time)
                                    : 0;
}
