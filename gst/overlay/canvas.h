/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pixels to draw on; cairo's ARGB32 is what compositions take. */

#ifndef GST_MOBILENET_OVERLAY_CANVAS_H
#define GST_MOBILENET_OVERLAY_CANVAS_H

#include <gst/gst.h>
#include <pango/pangocairo.h>

G_BEGIN_DECLS

typedef struct
{
  guint8 *pixels;
  gint stride, width, height;
  cairo_surface_t *surface;
  cairo_t *cr;
} GstMobilenetCanvas;

/* All is transparent. FALSE: there is no such size, or no memory. */
gboolean
gst_mobilenet_canvas_open (GstMobilenetCanvas *canvas, gint width, gint height);
/* The pixels, with a GstVideoMeta; the caller's. The canvas is gone. */
GstBuffer *gst_mobilenet_canvas_close (GstMobilenetCanvas *canvas);

/* Puts what another canvas became at x, y. */
void gst_mobilenet_canvas_put (GstMobilenetCanvas *canvas, GstBuffer *pixels,
    gint x, gint y);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_CANVAS_H */
