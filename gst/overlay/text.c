/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/text.h"

/* The font's size on a picture of 480 lines, and the least it ever is. */
#define FONT_SIZE 16.0
#define MIN_FONT_SIZE 11.0
/* A line of text by its font's size. */
#define LINE 1.25

struct _GstMobilenetOverlayText
{
  PangoFontMap *fonts;
  PangoContext *pango;
  PangoLayout *layout;
  PangoFontDescription *normal, *bold;
  gdouble size; /* of the font */
};

GstMobilenetOverlayText *
gst_mobilenet_overlay_text_new (void)
{
  GstMobilenetOverlayText *self = g_new0 (GstMobilenetOverlayText, 1);

  /* A font map of our own: the default one is the thread's. */
  self->fonts = pango_cairo_font_map_new ();
  self->pango = pango_font_map_create_context (self->fonts);
  self->layout = pango_layout_new (self->pango);
  pango_layout_set_single_paragraph_mode (self->layout, TRUE);
  pango_layout_set_ellipsize (self->layout, PANGO_ELLIPSIZE_END);
  gst_mobilenet_overlay_text_set_font (self, NULL, 480);
  return self;
}

void
gst_mobilenet_overlay_text_free (GstMobilenetOverlayText *self)
{
  if (!self)
    return;
  pango_font_description_free (self->normal);
  pango_font_description_free (self->bold);
  g_object_unref (self->layout);
  g_object_unref (self->pango);
  g_object_unref (self->fonts);
  g_free (self);
}

/* In pixels of a picture of 480 lines; points are a 72nd of an inch, of
 * which pixels are a 96th. */
static gdouble
get_size (const PangoFontDescription *font)
{
  gdouble size = (gdouble) pango_font_description_get_size (font) / PANGO_SCALE;

  if (size <= 0.0)
    return FONT_SIZE;
  return pango_font_description_get_size_is_absolute (font)
      ? size
      : size * 96.0 / 72.0;
}

void
gst_mobilenet_overlay_text_set_font (GstMobilenetOverlayText *self,
    const gchar *description, guint frame_height)
{
  PangoFontDescription *font = pango_font_description_from_string (description
              && description[0]
          ? description
          : "Sans");

  self->size = MAX (get_size (font) * frame_height / 480.0, MIN_FONT_SIZE);
  self->size = MIN (self->size, MAX (frame_height / 4.0, MIN_FONT_SIZE));
  pango_font_description_set_absolute_size (font, self->size * PANGO_SCALE);
  g_clear_pointer (&self->normal, pango_font_description_free);
  g_clear_pointer (&self->bold, pango_font_description_free);
  self->normal = font;
  self->bold = pango_font_description_copy (font);
  if (pango_font_description_get_weight (font) < PANGO_WEIGHT_BOLD)
    pango_font_description_set_weight (self->bold, PANGO_WEIGHT_BOLD);
}

gdouble
gst_mobilenet_overlay_text_get_height (GstMobilenetOverlayText *self)
{
  return self->size * LINE;
}

static void
set_text (GstMobilenetOverlayText *self, const gchar *string, gboolean bold,
    gdouble width)
{
  g_autofree gchar *valid = NULL;

  if (!g_utf8_validate (string, -1, NULL))
    string = valid = g_utf8_make_valid (string, -1);
  pango_layout_set_font_description (self->layout,
      bold ? self->bold : self->normal);
  pango_layout_set_width (self->layout,
      width < 0.0 ? -1 : (gint) (width * PANGO_SCALE));
  pango_layout_set_text (self->layout, string, -1);
}

gdouble
gst_mobilenet_overlay_text_measure (GstMobilenetOverlayText *self,
    const gchar *string, gboolean bold)
{
  gint width, height;

  set_text (self, string, bold, -1.0);
  pango_layout_get_pixel_size (self->layout, &width, &height);
  return width;
}

void
gst_mobilenet_overlay_text_draw (GstMobilenetOverlayText *self, cairo_t *cr,
    const gchar *string, gboolean bold, gdouble x, gdouble y, gdouble right)
{
  gint width, height;

  set_text (self, string, bold, MAX (right - x, 1.0));
  pango_layout_get_pixel_size (self->layout, &width, &height);
  /* Scripts with taller lines stay centred on theirs. */
  cairo_move_to (cr, x, y + (self->size * LINE - height) / 2.0);
  pango_cairo_show_layout (cr, self->layout);
}

void
gst_mobilenet_overlay_set_color (cairo_t *cr, guint argb, gdouble part)
{
  cairo_set_source_rgba (cr, ((argb >> 16) & 255) / 255.0,
      ((argb >> 8) & 255) / 255.0, (argb & 255) / 255.0,
      ((argb >> 24) & 255) / 255.0 * part);
}
