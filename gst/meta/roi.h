/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Objects as GstVideoRegionOfInterestMeta, and what is said of each in its
 * parameters `mobilenet`: element, instance, index, label and confidence, as
 * in custom.h. */

#ifndef GST_MOBILENET_ROI_H
#define GST_MOBILENET_ROI_H

#include "gst/meta/object.h"
#include "gst/meta/result.h"

G_BEGIN_DECLS

/* Gives the buffer's next region. Its label and confidence are what a
 * mobilenet says, else what its finder does; its id is not set. FALSE: no
 * more. *state starts as NULL. */
gboolean gst_mobilenet_roi_iterate (GstBuffer *buffer, gpointer *state,
    GstMobilenetObject *object);

/* Adds the result's best class to the n-th region of the writable buffer, from
 * 0 on, in place of what the same element said before. Nothing for none. */
void gst_mobilenet_roi_attach_to (GstBuffer *buffer, guint n,
    const GstMobilenetResult *result);

G_END_DECLS

#endif /* GST_MOBILENET_ROI_H */
