/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When a frame was: from timestamps to running time, stream time and the
 * time of day. The streaming thread's. */

#ifndef GST_MOBILENET_MOMENT_H
#define GST_MOBILENET_MOMENT_H

#include "gst/text/ndjson.h"

G_BEGIN_DECLS

/* The moment of the frame at pts, which is the buffer's own or that of an
 * earlier frame. The time of day comes from a GstReferenceTimestampMeta of
 * the buffer, else, if live, from the element's clock; else it is NONE. */
void gst_mobilenet_moment_get (GstMobilenetMoment *moment, GstElement *element,
    const GstSegment *segment, GstBuffer *buffer, GstClockTime pts,
    gboolean live);

G_END_DECLS

#endif /* GST_MOBILENET_MOMENT_H */
