/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Times of a segment, which may be of any kind: one that goes backwards from
 * nobody knows where has none, and GStreamer would complain of the question.
 */

#ifndef GST_MOBILENET_SEGMENT_TIME_H
#define GST_MOBILENET_SEGMENT_TIME_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* As gst_segment_to_running_time, gst_segment_to_stream_time; NONE where the
 * segment is not one of time, too. */
GstClockTime
gst_mobilenet_running_time (const GstSegment *segment, GstClockTime time);
GstClockTime
gst_mobilenet_stream_time (const GstSegment *segment, GstClockTime time);

/* As gst_segment_to_running_time_full; 0 there, too. */
gint gst_mobilenet_running_time_full (const GstSegment *segment,
    GstClockTime time, guint64 *running_time);

G_END_DECLS

#endif /* GST_MOBILENET_SEGMENT_TIME_H */
