/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Classes as GstAnalytics metadata, on GStreamer 1.24 and newer. Without
 * the library the functions are there and do nothing. */

#ifndef GST_MOBILENET_ANALYTICS_H
#define GST_MOBILENET_ANALYTICS_H

#include "gst/gstmobilenetmeta.h"

G_BEGIN_DECLS
/* Adds a Cls mtd with the classes to the writable buffer's one
 * GstAnalyticsRelationMeta, which is made if need be. Nothing for none. */
void gst_mobilenet_analytics_attach (GstBuffer * buffer,
    const GstMobilenetScore * classes, guint n_classes);

/* Gives the classes of the buffer's next Cls mtd: at most max of them, best
 * first. FALSE: no more. *state starts as NULL. Labels are interned. */
gboolean gst_mobilenet_analytics_iterate (GstBuffer * buffer,
    gpointer * state, GstMobilenetScore * classes, guint max,
    guint * n_classes);

G_END_DECLS
#endif /* GST_MOBILENET_ANALYTICS_H */
