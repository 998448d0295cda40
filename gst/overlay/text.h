/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text with Pango, measured and drawn: one line, cut with an ellipsis where
 * it is too long. Sizes are in square pixels. One thread at a time. */

#ifndef GST_MOBILENET_OVERLAY_TEXT_H
#define GST_MOBILENET_OVERLAY_TEXT_H

#include <glib.h>
#include <pango/pangocairo.h>

G_BEGIN_DECLS

typedef struct _GstMobilenetOverlayText GstMobilenetOverlayText;

GstMobilenetOverlayText *gst_mobilenet_overlay_text_new (void);
void gst_mobilenet_overlay_text_free (GstMobilenetOverlayText *text);

/* The font, as Pango describes it (NULL: Sans); a size in it is for pictures
 * of 480 lines. */
void gst_mobilenet_overlay_text_set_font (GstMobilenetOverlayText *text,
    const gchar *description, guint frame_height);

/* The height of a line. */
gdouble gst_mobilenet_overlay_text_get_height (GstMobilenetOverlayText *text);

/* How wide a string is. */
gdouble gst_mobilenet_overlay_text_measure (GstMobilenetOverlayText *text,
    const gchar *string, gboolean bold);

/* Draws a string from x, y (upper left) to right at most. */
void
gst_mobilenet_overlay_text_draw (GstMobilenetOverlayText *text, cairo_t *cr,
    const gchar *string, gboolean bold, gdouble x, gdouble y, gdouble right);

void gst_mobilenet_overlay_set_color (cairo_t *cr, guint argb, gdouble part);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_TEXT_H */
