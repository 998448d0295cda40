/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/style.h"

enum
{
  PROP_0,
  PROP_FONT_DESC,
  PROP_POSITION,
  PROP_COLOR,
  PROP_BACKGROUND_COLOR,
  PROP_BAR_COLOR,
  PROP_BOXES,
  PROP_MASKS
};

#define DEFAULT_POSITION GST_MOBILENET_CORNER_TOP_LEFT
#define DEFAULT_COLOR 0xffffffff
#define DEFAULT_BACKGROUND_COLOR 0xa8000000
#define DEFAULT_BAR_COLOR 0xff4dcc78
#define DEFAULT_BOXES TRUE
#define DEFAULT_MASKS TRUE

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

#define ANY_TIME \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)

static void
install_color (GObjectClass *class, guint id, const gchar *name,
    const gchar *nick, const gchar *blurb, guint value)
{
  g_object_class_install_property (class, id,
      g_param_spec_uint (name, nick, blurb, 0, G_MAXUINT32, value, ANY_TIME));
}

void
gst_mobilenet_overlay_style_install (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_FONT_DESC,
      g_param_spec_string ("font-desc", "Font description",
          "Pango's description, as in \"Serif Bold 20\"; a size is that on "
          "pictures of 480 lines, and grows with them (NULL: Sans 16px)",
          NULL, ANY_TIME));
  g_object_class_install_property (class, PROP_POSITION,
      g_param_spec_enum ("position", "Position",
          "The corner in which the labels of the whole frame stand",
          corner_get_type (), DEFAULT_POSITION, ANY_TIME));
  install_color (class, PROP_COLOR, "color", "Colour",
      "Of the text, 0xAARRGGBB", DEFAULT_COLOR);
  install_color (class, PROP_BACKGROUND_COLOR, "background-color",
      "Background colour", "What the text stands on, 0xAARRGGBB",
      DEFAULT_BACKGROUND_COLOR);
  install_color (class, PROP_BAR_COLOR, "bar-color", "Bar colour",
      "Of the confidence bars, 0xAARRGGBB", DEFAULT_BAR_COLOR);
  g_object_class_install_property (class, PROP_BOXES,
      g_param_spec_boolean ("boxes", "Boxes",
          "Draw boxes around objects and regions of interest", DEFAULT_BOXES,
          ANY_TIME));
  g_object_class_install_property (class, PROP_MASKS,
      g_param_spec_boolean ("masks", "Masks",
          "Draw the regions of segmentation masks", DEFAULT_MASKS, ANY_TIME));
}

void
gst_mobilenet_overlay_style_init (GstMobilenetOverlayStyle *style)
{
  style->font_desc = NULL;
  style->position = DEFAULT_POSITION;
  style->color = DEFAULT_COLOR;
  style->background_color = DEFAULT_BACKGROUND_COLOR;
  style->bar_color = DEFAULT_BAR_COLOR;
  style->boxes = DEFAULT_BOXES;
  style->masks = DEFAULT_MASKS;
}

void
gst_mobilenet_overlay_style_clear (GstMobilenetOverlayStyle *style)
{
  g_clear_pointer (&style->font_desc, g_free);
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
  switch (id) {
    case PROP_FONT_DESC:
      g_free (style->font_desc);
      style->font_desc = g_value_dup_string (value);
      return TRUE;
    case PROP_POSITION:
      style->position = g_value_get_enum (value);
      return TRUE;
    case PROP_COLOR:
      style->color = g_value_get_uint (value);
      return TRUE;
    case PROP_BACKGROUND_COLOR:
      style->background_color = g_value_get_uint (value);
      return TRUE;
    case PROP_BAR_COLOR:
      style->bar_color = g_value_get_uint (value);
      return TRUE;
    case PROP_BOXES:
      style->boxes = g_value_get_boolean (value);
      return TRUE;
    case PROP_MASKS:
      style->masks = g_value_get_boolean (value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_mobilenet_overlay_style_get (const GstMobilenetOverlayStyle *style,
    guint id, GValue *value)
{
  switch (id) {
    case PROP_FONT_DESC:
      g_value_set_string (value, style->font_desc);
      return TRUE;
    case PROP_POSITION:
      g_value_set_enum (value, style->position);
      return TRUE;
    case PROP_COLOR:
      g_value_set_uint (value, style->color);
      return TRUE;
    case PROP_BACKGROUND_COLOR:
      g_value_set_uint (value, style->background_color);
      return TRUE;
    case PROP_BAR_COLOR:
      g_value_set_uint (value, style->bar_color);
      return TRUE;
    case PROP_BOXES:
      g_value_set_boolean (value, style->boxes);
      return TRUE;
    case PROP_MASKS:
      g_value_set_boolean (value, style->masks);
      return TRUE;
    default:
      return FALSE;
  }
}
