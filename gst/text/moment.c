/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/moment.h"

#include "gst/video/segmenttime.h"

/* From 1900, where NTP starts, to 1970. */
#define NTP_TO_UNIX (G_GUINT64_CONSTANT (2208988800) * GST_SECOND)

static GstStaticCaps unix_caps = GST_STATIC_CAPS ("timestamp/x-unix");
static GstStaticCaps ntp_caps = GST_STATIC_CAPS ("timestamp/x-ntp");

static GstClockTime
get_reference (GstBuffer *buffer, GstStaticCaps *reference)
{
  g_autoptr (GstCaps) caps = gst_static_caps_get (reference);
  GstReferenceTimestampMeta
      *meta = gst_buffer_get_reference_timestamp_meta (buffer, caps);

  return meta ? meta->timestamp : GST_CLOCK_TIME_NONE;
}

/* The time of day at a running time, whatever the clock's origin. */
static GstClockTime
ask_clock (GstElement *element, GstClockTime running_time)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (element);
  GstClockTimeDiff since;
  GstClockTime now;

  if (!clock || !GST_CLOCK_TIME_IS_VALID (running_time))
    return GST_CLOCK_TIME_NONE;
  since = GST_CLOCK_DIFF (gst_element_get_base_time (element) + running_time,
      gst_clock_get_time (clock));
  now = (GstClockTime) g_get_real_time () * GST_USECOND;
  return since <= (GstClockTimeDiff) now ? now - since : GST_CLOCK_TIME_NONE;
}

static GstClockTime
get_utc (GstElement *element, GstBuffer *buffer, GstClockTime pts,
    GstClockTime running_time, gboolean live)
{
  GstClockTime utc = get_reference (buffer, &unix_caps), age = 0;

  if (!GST_CLOCK_TIME_IS_VALID (utc)) {
    utc = get_reference (buffer, &ntp_caps);
    if (GST_CLOCK_TIME_IS_VALID (utc))
      utc = utc >= NTP_TO_UNIX ? utc - NTP_TO_UNIX : GST_CLOCK_TIME_NONE;
  }
  if (!GST_CLOCK_TIME_IS_VALID (utc))
    return live ? ask_clock (element, running_time) : GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (pts) && GST_BUFFER_PTS_IS_VALID (buffer)
      && pts < GST_BUFFER_PTS (buffer))
    age = GST_BUFFER_PTS (buffer) - pts;
  return utc >= age ? utc - age : GST_CLOCK_TIME_NONE;
}

void
gst_mobilenet_moment_get (GstMobilenetMoment *moment, GstElement *element,
    const GstSegment *segment, GstBuffer *buffer, GstClockTime pts,
    gboolean live)
{
  moment->pts = pts;
  moment->running_time = gst_mobilenet_running_time (segment, pts);
  moment->stream_time = gst_mobilenet_stream_time (segment, pts);
  moment->utc = get_utc (element, buffer, pts, moment->running_time, live);
}
