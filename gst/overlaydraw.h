/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Labels with confidence bars as rectangles of an overlay composition.
 *
 * Each result is a panel: a dark, half transparent ground, light text on it
 * and a bar under each label. Panels stand below each other in the upper
 * left corner. Text grows with the frame's height; what does not fit into
 * the frame is left out. */

#ifndef GST_MOBILENET_OVERLAY_DRAW_H
#define GST_MOBILENET_OVERLAY_DRAW_H

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS
#define GST_MOBILENET_OVERLAY_MAX_LINES 10
/* What is drawn of one class. Percent, so that a panel is drawn anew only
 * when something can be seen to change. */
    typedef struct
{
  gchar *label;
  guint percent;                /* 0..100 */
} GstMobilenetOverlayLine;

typedef struct
{
  gchar *title;                 /* NULL: none */
  guint n_lines;
  GstMobilenetOverlayLine lines[GST_MOBILENET_OVERLAY_MAX_LINES];
} GstMobilenetOverlayPanel;

GstMobilenetOverlayPanel *gst_mobilenet_overlay_panel_new (const gchar * title);
void gst_mobilenet_overlay_panel_free (GstMobilenetOverlayPanel * panel);
/* Lines past the last are dropped. */
void gst_mobilenet_overlay_panel_add (GstMobilenetOverlayPanel * panel,
    const gchar * label, gdouble confidence);

/* Draws panels, and keeps what it drew for the next call. */
typedef struct _GstMobilenetOverlayDraw GstMobilenetOverlayDraw;

GstMobilenetOverlayDraw *gst_mobilenet_overlay_draw_new (void);
void gst_mobilenet_overlay_draw_free (GstMobilenetOverlayDraw * draw);
/* The frames' size in pixels, and their pixel aspect ratio. */
void gst_mobilenet_overlay_draw_set_size (GstMobilenetOverlayDraw * draw,
    const GstVideoInfo * info);
/* The composition for these panels (GstMobilenetOverlayPanel *), which are
 * taken from the array. Belongs to draw, until the next call. NULL: nothing
 * to see. */
GstVideoOverlayComposition *gst_mobilenet_overlay_draw_update
    (GstMobilenetOverlayDraw * draw, GPtrArray * panels);

G_END_DECLS
#endif /* GST_MOBILENET_OVERLAY_DRAW_H */
