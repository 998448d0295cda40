/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Classes as GstAnalytics metadata, on GStreamer 1.24 and newer. Without
 * the library the functions are there and do nothing. */

#ifndef GST_MOBILENET_ANALYTICS_H
#define GST_MOBILENET_ANALYTICS_H

#include "gst/meta/object.h"
#include "gst/meta/result.h"

G_BEGIN_DECLS

/* Adds a Cls mtd with the result's classes to the writable buffer's one
 * GstAnalyticsRelationMeta, which is made if need be. Nothing for none. */
void gst_mobilenet_analytics_attach (GstBuffer *buffer,
    const GstMobilenetResult *result);

/* Adds them as a Cls mtd that is part of the object of this id. */
void gst_mobilenet_analytics_attach_to (GstBuffer *buffer, guint id,
    const GstMobilenetResult *result);

/* Gives what the buffer's next Cls mtd that is about the whole frame says: at
 * most max classes, in scores, best first. FALSE: no more. *state starts as
 * NULL. Labels are interned. */
gboolean gst_mobilenet_analytics_iterate (GstBuffer *buffer, gpointer *state,
    GstMobilenetScore *scores, guint max, GstMobilenetResult *result);

/* Gives the buffer's next object (OD mtd); its label is the best class that
 * is related to it, else its type, and both are interned. FALSE: no more.
 * *state starts as NULL. */
gboolean gst_mobilenet_analytics_iterate_objects (GstBuffer *buffer,
    gpointer *state, GstMobilenetObject *object);

/* A mask, and the part of the frame that it covers. */
typedef struct
{
  GstBuffer *buffer; /* GRAY8 or GRAY16_LE regions, GstVideoMeta */
  gint x, y, width, height;
} GstMobilenetMask;

/* Gives the buffer's next mask (Segmentation mtd, from 1.26 on), with a
 * reference. FALSE: no more. */
gboolean gst_mobilenet_analytics_iterate_masks (GstBuffer *buffer,
    gpointer *state, GstMobilenetMask *mask);

G_END_DECLS

#endif /* GST_MOBILENET_ANALYTICS_H */
