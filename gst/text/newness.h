/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which results were told before; of a few hundred elements, those that were
 * seen last. One thread at a time. */

#ifndef GST_MOBILENET_NEWNESS_H
#define GST_MOBILENET_NEWNESS_H

#include "gst/meta/result.h"

G_BEGIN_DECLS

typedef struct _GstMobilenetNewness GstMobilenetNewness;

GstMobilenetNewness *gst_mobilenet_newness_new (void);
void gst_mobilenet_newness_free (GstMobilenetNewness *newness);

/* Whether result, of buffer, is seen for the first time; it is not any
 * more then. Told apart by the object and its frame's number; where older
 * metadata has neither, by the element's name and timestamp. */
gboolean gst_mobilenet_newness_take (GstMobilenetNewness *newness,
    const GstMobilenetResult *result, GstBuffer *buffer);

/* Timestamps may come again from now on; numbers never do. */
void gst_mobilenet_newness_restart (GstMobilenetNewness *newness);
void gst_mobilenet_newness_forget (GstMobilenetNewness *newness);

G_END_DECLS

#endif /* GST_MOBILENET_NEWNESS_H */
