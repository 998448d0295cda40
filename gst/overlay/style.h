/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the drawing looks: properties of `mobilenetoverlay`. Whoever holds
 * them locks. */

#ifndef GST_MOBILENET_OVERLAY_STYLE_H
#define GST_MOBILENET_OVERLAY_STYLE_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  GST_MOBILENET_CORNER_TOP_LEFT,
  GST_MOBILENET_CORNER_TOP_RIGHT,
  GST_MOBILENET_CORNER_BOTTOM_LEFT,
  GST_MOBILENET_CORNER_BOTTOM_RIGHT
} GstMobilenetCorner;

/* Colours are 0xAARRGGBB, not premultiplied. */
typedef struct
{
  gchar *font_desc; /* NULL: "Sans" */
  GstMobilenetCorner position;
  guint color;
  guint background_color;
  guint bar_color;
  gboolean boxes;
  gboolean masks;
} GstMobilenetOverlayStyle;

void gst_mobilenet_overlay_style_install (GObjectClass *class);

void gst_mobilenet_overlay_style_init (GstMobilenetOverlayStyle *style);
void gst_mobilenet_overlay_style_clear (GstMobilenetOverlayStyle *style);
/* to is cleared first. */
void gst_mobilenet_overlay_style_copy (const GstMobilenetOverlayStyle *from,
    GstMobilenetOverlayStyle *to);

/* FALSE: no such property. */
gboolean gst_mobilenet_overlay_style_set (GstMobilenetOverlayStyle *style,
    guint id, const GValue *value);
gboolean gst_mobilenet_overlay_style_get (const GstMobilenetOverlayStyle *style,
    guint id, GValue *value);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_STYLE_H */
