/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/style.h"

#include "gst/base/params.h"

static GType
corner_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_MOBILENET_CORNER_TOP_LEFT, "Top left", "top-left"},
    {GST_MOBILENET_CORNER_TOP_RIGHT, "Top right", "top-right"},
    {GST_MOBILENET_CORNER_BOTTOM_LEFT, "Bottom left", "bottom-left"},
    {GST_MOBILENET_CORNER_BOTTOM_RIGHT, "Bottom right", "bottom-right"},
    {0, NULL, NULL}};
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    GType type = g_enum_register_static ("GstMobilenetCorner", values);

    gst_type_mark_as_plugin_api (type, 0);
    g_once_init_leave (&once, type);
  }
  return once;
}

#define KEPT_IN(member) \
  .flags = GST_MOBILENET_ANY_TIME, \
  .value = G_STRUCT_OFFSET (GstMobilenetOverlayStyle, member)
#define COLOR(initial) GST_MOBILENET_UINT (0, G_MAXUINT32, initial)

static const GstMobilenetParam params[] = {
  {"font-desc", "Font description",
    "Pango's description, as in \"Serif Bold 20\"; a size is that on "
    "pictures of 480 lines, and grows with them (NULL: Sans 16px)",
    GST_MOBILENET_STRING (NULL), KEPT_IN (font_desc)},
  {"position", "Position",
    "The corner in which the labels of the whole frame stand",
    GST_MOBILENET_ENUM (corner_get_type, GST_MOBILENET_CORNER_TOP_LEFT),
    KEPT_IN (position)},
  {"color", "Colour", "Of the text, 0xAARRGGBB", COLOR (0xffffffff),
    KEPT_IN (color)},
  {"background-color", "Background colour",
    "What the text stands on, 0xAARRGGBB", COLOR (0xa8000000),
    KEPT_IN (background_color)},
  {"bar-color", "Bar colour", "Of the confidence bars, 0xAARRGGBB",
    COLOR (0xff4dcc78), KEPT_IN (bar_color)},
  {"boxes", "Boxes", "Draw boxes around objects and regions of interest",
    GST_MOBILENET_BOOLEAN (TRUE), KEPT_IN (boxes)},
  {"masks", "Masks", "Draw the regions of segmentation masks",
    GST_MOBILENET_BOOLEAN (TRUE), KEPT_IN (masks)},
};

void
gst_mobilenet_overlay_style_install (GObjectClass *class)
{
  gst_mobilenet_params_install (params, G_N_ELEMENTS (params), class);
}

void
gst_mobilenet_overlay_style_init (GstMobilenetOverlayStyle *style)
{
  gst_mobilenet_params_init (params, G_N_ELEMENTS (params), style);
}

void
gst_mobilenet_overlay_style_clear (GstMobilenetOverlayStyle *style)
{
  gst_mobilenet_params_clear (params, G_N_ELEMENTS (params), style);
}

void
gst_mobilenet_overlay_style_copy (const GstMobilenetOverlayStyle *from,
    GstMobilenetOverlayStyle *to)
{
  gst_mobilenet_overlay_style_clear (to);
  *to = *from;
  to->font_desc = g_strdup (from->font_desc);
}

gboolean
gst_mobilenet_overlay_style_set (GstMobilenetOverlayStyle *style, guint id,
    const GValue *value)
{
  return gst_mobilenet_params_set (params, G_N_ELEMENTS (params), style, id,
      value);
}

gboolean
gst_mobilenet_overlay_style_get (const GstMobilenetOverlayStyle *style,
    guint id, GValue *value)
{
  return gst_mobilenet_params_get (params, G_N_ELEMENTS (params), style, id,
      value);
}
