/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What downstream says about lateness, and what is said about the inferences
 * that are left out for it. Not locked. */

#ifndef GST_MOBILENET_QOS_H
#define GST_MOBILENET_QOS_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GstClockTime earliest; /* running time of what comes in time; NONE:
                          * everything does */
  gdouble proportion;    /* of the newest event, as is the next */
  GstClockTimeDiff jitter;
  guint64 skipped;  /* inferences, since the reset */
  gint64 posted_at; /* monotonic, us; 0: never */
} GstMobilenetQos;

void gst_mobilenet_qos_reset (GstMobilenetQos *qos);
void gst_mobilenet_qos_read (GstMobilenetQos *qos, GstEvent *event);
/* Counts one more; a message to be posted, or, if the last one was less than
 * a second ago, NULL. May be called with src's lock. */
GstMessage *gst_mobilenet_qos_skip (GstMobilenetQos *qos, GstObject *src,
    gboolean live, const GstSegment *segment, GstBuffer *buffer);

G_END_DECLS

#endif /* GST_MOBILENET_QOS_H */
