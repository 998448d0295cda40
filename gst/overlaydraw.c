/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlaydraw.h"

#include <pango/pangocairo.h>

#include <string.h>

/* Text height as a part of the frame's, and its least in pixels. */
#define TEXT_PART 24.0
#define MIN_TEXT 9.0
/* In text heights. */
#define PADDING 0.45
#define BAR_HEIGHT 0.16
#define LINE_HEIGHT 1.55        /* text and bar */
#define MARGIN 0.6              /* panel to frame, panel to panel */
#define MAX_WIDTH 16.0

struct _GstMobilenetOverlayDraw
{
  guint width, height;          /* of the frame; pixels */
  gdouble stretch;              /* a pixel's height over its width */
  GPtrArray *panels;            /* what composition shows */
  GstVideoOverlayComposition *composition;
  PangoFontMap *fonts;
  PangoContext *pango;
};

/* ---- panels ---------------------------------------------------------- */

GstMobilenetOverlayPanel *
gst_mobilenet_overlay_panel_new (const gchar * title)
{
  GstMobilenetOverlayPanel *panel = g_new0 (GstMobilenetOverlayPanel, 1);

  panel->title = g_strdup (title);
  return panel;
}

void
gst_mobilenet_overlay_panel_free (GstMobilenetOverlayPanel * panel)
{
  guint i;

  if (!panel)
    return;
  for (i = 0; i < panel->n_lines; i++)
    g_free (panel->lines[i].label);
  g_free (panel->title);
  g_free (panel);
}

void
gst_mobilenet_overlay_panel_add (GstMobilenetOverlayPanel * panel,
    const gchar * label, gdouble confidence)
{
  GstMobilenetOverlayLine *line = &panel->lines[panel->n_lines];

  if (panel->n_lines == GST_MOBILENET_OVERLAY_MAX_LINES)
    return;
  panel->n_lines++;
  line->label = g_utf8_make_valid (label, -1);
  line->percent = (guint) (CLAMP (confidence, 0.0, 1.0) * 100.0 + 0.5);
}

static gboolean
same_panel (gconstpointer a, gconstpointer b)
{
  const GstMobilenetOverlayPanel *x = a, *y = b;
  guint i;

  if (x->n_lines != y->n_lines || g_strcmp0 (x->title, y->title) != 0)
    return FALSE;
  for (i = 0; i < x->n_lines; i++) {
    if (x->lines[i].percent != y->lines[i].percent
        || strcmp (x->lines[i].label, y->lines[i].label) != 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
same_panels (const GPtrArray * a, const GPtrArray * b)
{
  guint i;

  if (a->len != b->len)
    return FALSE;
  for (i = 0; i < a->len; i++) {
    if (!same_panel (a->pdata[i], b->pdata[i]))
      return FALSE;
  }
  return TRUE;
}

/* ---- drawing --------------------------------------------------------- */

/* Where the parts of one panel lie; square pixels. */
typedef struct
{
  gdouble text;                 /* height of a line of text */
  gdouble pad;
  gdouble label_width, percent_width;
  gdouble width, height;
} Geometry;

static PangoLayout *
make_layout (GstMobilenetOverlayDraw * self, gdouble text,
    const gchar * string, gboolean bold)
{
  PangoLayout *layout = pango_layout_new (self->pango);
  PangoFontDescription *font = pango_font_description_new ();

  pango_font_description_set_family_static (font, "Sans");
  pango_font_description_set_weight (font,
      bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size (font, text * 0.8 * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_text (layout, string, -1);
  return layout;
}

static gdouble
text_width (GstMobilenetOverlayDraw * self, gdouble text,
    const gchar * string, gboolean bold)
{
  PangoLayout *layout = make_layout (self, text, string, bold);
  gint width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  g_object_unref (layout);
  return width;
}

static void
measure (GstMobilenetOverlayDraw * self,
    const GstMobilenetOverlayPanel * panel, Geometry * g)
{
  gdouble room = self->width / self->stretch;
  guint i, n = panel->n_lines + (panel->title ? 1 : 0);

  g->text = MAX (self->height / TEXT_PART, MIN_TEXT);
  g->pad = PADDING * g->text;
  g->percent_width = text_width (self, g->text, "100 %", FALSE) + g->pad;
  g->label_width = 3.0 * g->text;
  for (i = 0; i < panel->n_lines; i++)
    g->label_width = MAX (g->label_width,
        text_width (self, g->text, panel->lines[i].label, i == 0));
  if (panel->title)
    g->label_width = MAX (g->label_width,
        text_width (self, g->text, panel->title, FALSE) - g->percent_width);
  room = MIN (room - 2.0 * MARGIN * g->text, MAX_WIDTH * g->text);
  g->label_width = MIN (g->label_width, room - g->percent_width - 2.0 * g->pad);
  g->width = g->label_width + g->percent_width + 2.0 * g->pad;
  g->height = n * LINE_HEIGHT * g->text + 2.0 * g->pad;
}

static void
draw_text (GstMobilenetOverlayDraw * self, cairo_t * cr, const Geometry * g,
    const gchar * string, gboolean bold, gdouble right, gdouble x, gdouble y)
{
  PangoLayout *layout = make_layout (self, g->text, string, bold);

  pango_layout_set_width (layout, (gint) ((right - x) * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
}

static void
draw_line (GstMobilenetOverlayDraw * self, cairo_t * cr, const Geometry * g,
    const GstMobilenetOverlayLine * line, gboolean first, gdouble y)
{
  g_autofree gchar *percent = g_strdup_printf ("%3u %%", line->percent);
  gdouble right = g->width - g->pad;
  gdouble bar = BAR_HEIGHT * g->text;
  gdouble bar_y = y + (LINE_HEIGHT - 0.1) * g->text - bar;

  cairo_set_source_rgba (cr, 1.0, 1.0, 1.0, first ? 1.0 : 0.85);
  draw_text (self, cr, g, line->label, first, g->pad + g->label_width,
      g->pad, y);
  draw_text (self, cr, g, percent, FALSE, right + g->pad,
      right - g->percent_width + g->pad, y);
  cairo_set_source_rgba (cr, 1.0, 1.0, 1.0, 0.25);
  cairo_rectangle (cr, g->pad, bar_y, right - g->pad, bar);
  cairo_fill (cr);
  cairo_set_source_rgba (cr, 0.30, 0.80, 0.47, first ? 1.0 : 0.7);
  cairo_rectangle (cr, g->pad, bar_y,
      (right - g->pad) * line->percent / 100.0, bar);
  cairo_fill (cr);
}

static void
draw_panel (GstMobilenetOverlayDraw * self, cairo_t * cr, const Geometry * g,
    const GstMobilenetOverlayPanel * panel)
{
  gdouble y = g->pad;
  guint i;

  cairo_set_source_rgba (cr, 0.0, 0.0, 0.0, 0.62);
  cairo_paint (cr);
  if (panel->title) {
    cairo_set_source_rgba (cr, 1.0, 1.0, 1.0, 0.6);
    draw_text (self, cr, g, panel->title, FALSE, g->width - g->pad, g->pad, y);
    y += LINE_HEIGHT * g->text;
  }
  for (i = 0; i < panel->n_lines; i++) {
    draw_line (self, cr, g, &panel->lines[i], i == 0, y);
    y += LINE_HEIGHT * g->text;
  }
}

/* A buffer of width x height pixels with the panel on it; cairo's ARGB32 is
 * what the composition takes. NULL: no memory for it. */
static GstBuffer *
render_panel (GstMobilenetOverlayDraw * self,
    const GstMobilenetOverlayPanel * panel, const Geometry * g, gint width,
    gint height)
{
  gint stride = cairo_format_stride_for_width (CAIRO_FORMAT_ARGB32, width);
  gsize size = (gsize) stride * height;
  guint8 *pixels = g_try_malloc0 (size);
  cairo_surface_t *surface;
  GstBuffer *buffer;
  gsize offset[GST_VIDEO_MAX_PLANES] = { 0, };
  gint strides[GST_VIDEO_MAX_PLANES] = { stride, };
  cairo_t *cr;

  if (!pixels)
    return NULL;
  surface = cairo_image_surface_create_for_data (pixels, CAIRO_FORMAT_ARGB32,
      width, height, stride);
  cr = cairo_create (surface);
  cairo_scale (cr, width / g->width, height / g->height);
  draw_panel (self, cr, g, panel);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  cairo_surface_destroy (surface);
  buffer = gst_buffer_new_wrapped (pixels, size);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, width, height, 1, offset,
      strides);
  return buffer;
}

/* Draws a panel at height *y of the frame, and moves *y below it. NULL: it
 * does not fit. */
static GstVideoOverlayRectangle *
make_rectangle (GstMobilenetOverlayDraw * self,
    const GstMobilenetOverlayPanel * panel, gdouble * y)
{
  GstVideoOverlayRectangle *rectangle;
  g_autoptr (GstBuffer) buffer = NULL;
  Geometry g;
  gint x, width, height;

  measure (self, panel, &g);
  x = (gint) (MARGIN * g.text * self->stretch);
  if (*y == 0.0)
    *y = MARGIN * g.text;
  width = (gint) (g.width * self->stretch + 0.5);
  height = MIN ((gint) (g.height + 0.5), (gint) self->height - (gint) * y);
  if (g.label_width < g.text || height < (gint) (2.0 * g.text))
    return NULL;
  g.height = height;
  buffer = render_panel (self, panel, &g, width, height);
  if (!buffer)
    return NULL;
  rectangle = gst_video_overlay_rectangle_new_raw (buffer, x, (gint) * y,
      width, height, GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA);
  *y += height + MARGIN * g.text;
  return rectangle;
}

static void
compose (GstMobilenetOverlayDraw * self)
{
  gdouble y = 0.0;
  guint i;

  for (i = 0; i < self->panels->len; i++) {
    GstVideoOverlayRectangle *rectangle =
        make_rectangle (self, self->panels->pdata[i], &y);

    if (!rectangle)
      continue;
    if (!self->composition)
      self->composition = gst_video_overlay_composition_new (NULL);
    gst_video_overlay_composition_add_rectangle (self->composition, rectangle);
    gst_video_overlay_rectangle_unref (rectangle);
  }
}

/* ---- public ---------------------------------------------------------- */

static void
forget (GstMobilenetOverlayDraw * self)
{
  g_clear_pointer (&self->composition, gst_video_overlay_composition_unref);
  g_ptr_array_set_size (self->panels, 0);
}

GstMobilenetOverlayDraw *
gst_mobilenet_overlay_draw_new (void)
{
  GstMobilenetOverlayDraw *self = g_new0 (GstMobilenetOverlayDraw, 1);

  self->stretch = 1.0;
  self->panels = g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_mobilenet_overlay_panel_free);
  self->fonts = pango_cairo_font_map_new ();
  self->pango = pango_font_map_create_context (self->fonts);
  return self;
}

void
gst_mobilenet_overlay_draw_free (GstMobilenetOverlayDraw * self)
{
  if (!self)
    return;
  forget (self);
  g_ptr_array_unref (self->panels);
  g_object_unref (self->pango);
  g_object_unref (self->fonts);
  g_free (self);
}

void
gst_mobilenet_overlay_draw_set_size (GstMobilenetOverlayDraw * self,
    const GstVideoInfo * info)
{
  gint n = GST_VIDEO_INFO_PAR_N (info), d = GST_VIDEO_INFO_PAR_D (info);

  forget (self);
  self->width = GST_VIDEO_INFO_WIDTH (info);
  self->height = GST_VIDEO_INFO_HEIGHT (info);
  self->stretch = n > 0 && d > 0 ? (gdouble) d / n : 1.0;
}

GstVideoOverlayComposition *
gst_mobilenet_overlay_draw_update (GstMobilenetOverlayDraw * self,
    GPtrArray * panels)
{
  guint i;

  if (same_panels (self->panels, panels)) {
    g_ptr_array_set_size (panels, 0);
    return self->composition;
  }
  forget (self);
  for (i = 0; i < panels->len; i++)
    g_ptr_array_add (self->panels, g_steal_pointer (&panels->pdata[i]));
  g_ptr_array_set_size (panels, 0);
  compose (self);
  return self->composition;
}
