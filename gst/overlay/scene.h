/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What there is to draw on a frame, from its metadata: results of the whole
 * frame, boxes of objects (GstAnalytics, else regions of interest) and masks
 * (GstAnalytics of 1.26). Nothing is allocated in the steady state. One
 * thread at a time. */

#ifndef GST_MOBILENET_OVERLAY_SCENE_H
#define GST_MOBILENET_OVERLAY_SCENE_H

#include "gst/meta/analytics.h"
#include "gst/meta/reader.h"
#include "gst/overlay/objects.h"

G_BEGIN_DECLS

#define GST_MOBILENET_OVERLAY_MAX_LINES 10
typedef struct
{
  GstMobilenetReader *reader;
  guint n_results;
  GstMobilenetOverlayObjects *finder;
  GArray *objects; /* GstMobilenetObject */
  GArray *masks;   /* GstMobilenetMask; holds their buffers */
  GByteArray *key; /* the same for what looks the same */
} GstMobilenetOverlayScene;

/* element: as for gst_mobilenet_reader_new. */
void gst_mobilenet_overlay_scene_init (GstMobilenetOverlayScene *scene,
    GstElement *element);
void gst_mobilenet_overlay_scene_clear (GstMobilenetOverlayScene *scene);

/* Reads buffer, whose metadata has to live as long as the scene is used; its
 * pixel x, y is the scene's origin. FALSE: there is nothing to draw. */
gboolean gst_mobilenet_overlay_scene_read (GstMobilenetOverlayScene *scene,
    GstBuffer *buffer, gint x, gint y);

/* What is drawn of a confidence: 0..100. */
guint gst_mobilenet_overlay_percent (gdouble confidence);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_SCENE_H */
