/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which of the objects on a buffer are drawn. */

#ifndef GST_MOBILENET_OVERLAY_OBJECTS_H
#define GST_MOBILENET_OVERLAY_OBJECTS_H

#include "gst/meta/object.h"
#include "gst/meta/reader.h"

G_BEGIN_DECLS

/* So many of them at most, the largest ones: more can be told apart by
 * nobody. */
#define GST_MOBILENET_OVERLAY_MAX_BOXES 100
typedef struct _GstMobilenetOverlayObjects GstMobilenetOverlayObjects;

GstMobilenetOverlayObjects *gst_mobilenet_overlay_objects_new (void);
void gst_mobilenet_overlay_objects_free (GstMobilenetOverlayObjects *objects);

/* Sets result (of GstMobilenetObject) to the objects of GstAnalytics on
 * buffer, and regions of interest that are none of those, in the order of the
 * buffer; takes time as their number. Labels are the buffer's, or, where they
 * are too long, the reader's. */
void gst_mobilenet_overlay_objects_read (GstMobilenetOverlayObjects *objects,
    GstMobilenetReader *reader, GstBuffer *buffer, GArray *result);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_OBJECTS_H */
