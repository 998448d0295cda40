/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A scene as rectangles of an overlay composition.
 *
 * Each result of the whole frame is a panel in a corner: a half transparent
 * ground, text on it and a confidence bar under each label; panels stand
 * below (in a lower corner: above) each other. Objects get a box of thin
 * rectangles and a tag with their label, masks a colour for each region. Text
 * grows with the frame's height; what does not fit into the frame is left
 * out. One thread at a time. */

#ifndef GST_MOBILENET_OVERLAY_DRAW_H
#define GST_MOBILENET_OVERLAY_DRAW_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gst/overlay/scene.h"
#include "gst/overlay/style.h"

G_BEGIN_DECLS

/* Keeps what it drew for the next call. */
typedef struct _GstMobilenetOverlayDraw GstMobilenetOverlayDraw;

GstMobilenetOverlayDraw *gst_mobilenet_overlay_draw_new (void);
void gst_mobilenet_overlay_draw_free (GstMobilenetOverlayDraw *draw);
/* The frames' size in pixels, and their pixel aspect ratio. */
void gst_mobilenet_overlay_draw_set_size (GstMobilenetOverlayDraw *draw,
    const GstVideoInfo *info);
void gst_mobilenet_overlay_draw_set_style (GstMobilenetOverlayDraw *draw,
    const GstMobilenetOverlayStyle *style);
/* The composition for the scene: the same one as long as it looks the same.
 * Belongs to draw, until the next call. NULL: nothing to see. */
GstVideoOverlayComposition *
gst_mobilenet_overlay_draw_update (GstMobilenetOverlayDraw *draw,
    GstMobilenetOverlayScene *scene);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_DRAW_H */
