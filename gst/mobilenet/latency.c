/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/latency.h"

gboolean
gst_mobilenet_latency_is_live (GstPad *sinkpad)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean live = FALSE;

  if (gst_pad_peer_query (sinkpad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  return live;
}

void
gst_mobilenet_latency_add (GstQuery *query, guint depth,
    GstClockTime frame_duration)
{
  GstClockTime min, max, own;
  gboolean live;

  if (depth < 2 || !GST_CLOCK_TIME_IS_VALID (frame_duration))
    return;
  own = (depth - 1) * frame_duration;
  gst_query_parse_latency (query, &live, &min, &max);
  min += own;
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += own;
  gst_query_set_latency (query, live, min, max);
}

GstClockTime
gst_mobilenet_frame_duration (const GstVideoInfo *info)
{
  if (GST_VIDEO_INFO_FPS_N (info) <= 0 || GST_VIDEO_INFO_FPS_D (info) <= 0)
    return GST_CLOCK_TIME_NONE;
  return gst_util_uint64_scale_int (GST_SECOND, GST_VIDEO_INFO_FPS_D (info),
      GST_VIDEO_INFO_FPS_N (info));
}
