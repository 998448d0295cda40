/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element asks and answers about latency. */

#ifndef GST_MOBILENET_LATENCY_H
#define GST_MOBILENET_LATENCY_H

#include <gst/video/video.h>

G_BEGIN_DECLS

/* Whether what is upstream of a sink pad is live; FALSE where it does not
 * say. */
gboolean gst_mobilenet_latency_is_live (GstPad *sinkpad);
/* Adds depth - 1 frames that wait inside for the newest one to a latency
 * query that upstream has answered; none without a duration. */
void gst_mobilenet_latency_add (GstQuery *query, guint depth,
    GstClockTime frame_duration);
/* NONE: the caps tell no rate. */
GstClockTime gst_mobilenet_frame_duration (const GstVideoInfo *info);

G_END_DECLS

#endif /* GST_MOBILENET_LATENCY_H */
