/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/draw.h"

#include <string.h>

#include "gst/overlay/canvas.h"
#include "gst/overlay/mask.h"
#include "gst/overlay/text.h"

/* In heights of a line of text. */
#define PADDING 0.35
#define BAR_HEIGHT 0.13
#define LINE_HEIGHT 1.3 /* text and bar */
#define MARGIN 0.5      /* panel to frame, panel to panel */
#define MAX_WIDTH 17.0
#define MAX_TAG_WIDTH 12.0
/* Boxes are drawn on one sheet as large as the frame where together they are
 * so many times as tall: a rectangle of a composition costs as much as all of
 * the frame's rows that it touches, but on a sheet each pixel costs. */
#define SHEET_ROWS 24
/* Masks may be so many times as large as the frame. */
#define MASK_SCALE 4

struct _GstMobilenetOverlayDraw
{
  gint width, height; /* of the frame; pixels */
  gdouble stretch;    /* a pixel's height over its width */
  GstMobilenetOverlayStyle style;
  GstMobilenetOverlayText *text;
  GByteArray *key; /* of what composition shows */
  gboolean has_key;
  GArray *masks;             /* of it: held, so that none comes back */
  GHashTable *tags;          /* text of it -> GstBuffer */
  GstMobilenetCanvas *sheet; /* for boxes; NULL: each by itself */
  GstVideoOverlayComposition *composition;
};

static guint
colour_of (const gchar *label)
{
  return gst_mobilenet_overlay_colour (label ? g_str_hash (label) : 0);
}

/* ---- rectangles ------------------------------------------------------ */

/* Puts pixels on the frame, scaled to width x height. */
static void
place (GstMobilenetOverlayDraw *self, GstBuffer *pixels, gint x, gint y,
    gint width, gint height)
{
  GstVideoOverlayRectangle
      *rectangle = gst_video_overlay_rectangle_new_raw (pixels, x, y, width,
          height, GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA);

  if (self->composition)
    gst_video_overlay_composition_add_rectangle (self->composition, rectangle);
  else
    self->composition = gst_video_overlay_composition_new (rectangle);
  gst_video_overlay_rectangle_unref (rectangle);
}

/* ---- panels ---------------------------------------------------------- */

/* Where the parts of one panel lie; square pixels. */
typedef struct
{
  gdouble text; /* height of a line of text */
  gdouble pad;
  gdouble label_width, percent_width;
  gdouble width, height;
} Geometry;

static void
measure (GstMobilenetOverlayDraw *self, const GstMobilenetResult *result,
    const gchar *title, Geometry *g)
{
  gdouble room = self->width / self->stretch;
  guint i, n = result->n_classes + (title ? 1 : 0);

  g->text = gst_mobilenet_overlay_text_get_height (self->text);
  g->pad = PADDING * g->text;
  g->percent_width = gst_mobilenet_overlay_text_measure (self->text, "100 %",
                         TRUE)
      + g->pad;
  g->label_width = 3.0 * g->text;
  for (i = 0; i < result->n_classes; i++)
    g->label_width = MAX (g->label_width,
        gst_mobilenet_overlay_text_measure (self->text,
            result->classes[i].label, i == 0));
  if (title)
    g->label_width = MAX (g->label_width,
        gst_mobilenet_overlay_text_measure (self->text, title, FALSE)
            - g->percent_width);
  room = MIN (room - 2.0 * MARGIN * g->text, MAX_WIDTH * g->text);
  g->label_width = MIN (g->label_width, room - g->percent_width - 2.0 * g->pad);
  g->width = g->label_width + g->percent_width + 2.0 * g->pad;
  g->height = n * LINE_HEIGHT * g->text + 2.0 * g->pad;
}

static void
draw_line (GstMobilenetOverlayDraw *self, cairo_t *cr, const Geometry *g,
    const GstMobilenetScore *class, gboolean first, gdouble y)
{
  guint percent = gst_mobilenet_overlay_percent (class->confidence);
  gdouble right = g->width - g->pad, bar = BAR_HEIGHT * g->text;
  gdouble bar_y = y + (LINE_HEIGHT - 0.08) * g->text - bar;
  gchar text[16];

  g_snprintf (text, sizeof (text), "%u %%", percent);
  gst_mobilenet_overlay_set_color (cr, self->style.color, first ? 1.0 : 0.85);
  gst_mobilenet_overlay_text_draw (self->text, cr, class->label, first, g->pad,
      y, g->pad + g->label_width);
  gst_mobilenet_overlay_text_draw (self->text, cr, text, first,
      right - gst_mobilenet_overlay_text_measure (self->text, text, first), y,
      right + g->pad);
  gst_mobilenet_overlay_set_color (cr, self->style.color, 0.25);
  cairo_rectangle (cr, g->pad, bar_y, right - g->pad, bar);
  cairo_fill (cr);
  gst_mobilenet_overlay_set_color (cr, self->style.bar_color,
      first ? 1.0 : 0.75);
  cairo_rectangle (cr, g->pad, bar_y, (right - g->pad) * percent / 100.0, bar);
  cairo_fill (cr);
}

static void
draw_panel (GstMobilenetOverlayDraw *self, cairo_t *cr, const Geometry *g,
    const GstMobilenetResult *result, const gchar *title)
{
  gdouble y = g->pad;
  guint i;

  gst_mobilenet_overlay_set_color (cr, self->style.background_color, 1.0);
  cairo_paint (cr);
  if (title) {
    gst_mobilenet_overlay_set_color (cr, self->style.color, 0.6);
    gst_mobilenet_overlay_text_draw (self->text, cr, title, FALSE, g->pad, y,
        g->width - g->pad);
    y += LINE_HEIGHT * g->text;
  }
  for (i = 0; i < result->n_classes; i++) {
    draw_line (self, cr, g, &result->classes[i], i == 0, y);
    y += LINE_HEIGHT * g->text;
  }
}

/* Draws a panel behind the used lines from the corner on, and adds it to
 * them. */
static void
add_panel (GstMobilenetOverlayDraw *self, const GstMobilenetResult *result,
    const gchar *title, gint *used)
{
  GstMobilenetCorner corner = self->style.position;
  gboolean right = corner == GST_MOBILENET_CORNER_TOP_RIGHT
      || corner == GST_MOBILENET_CORNER_BOTTOM_RIGHT;
  gboolean bottom = corner == GST_MOBILENET_CORNER_BOTTOM_LEFT
      || corner == GST_MOBILENET_CORNER_BOTTOM_RIGHT;
  g_autoptr (GstBuffer) pixels = NULL;
  gint margin_x, margin_y, width, height;
  GstMobilenetCanvas canvas;
  Geometry g;

  measure (self, result, title, &g);
  margin_x = (gint) (MARGIN * g.text * self->stretch);
  margin_y = *used + (gint) (MARGIN * g.text);
  width = (gint) (g.width * self->stretch + 0.5);
  height = MIN ((gint) (g.height + 0.5), self->height - margin_y);
  /* Nor is there room for another one. */
  if (height < (gint) (1.5 * g.text))
    *used = self->height;
  if (g.label_width < g.text || height < (gint) (1.5 * g.text)
      || !gst_mobilenet_canvas_open (&canvas, width, height))
    return;
  cairo_scale (canvas.cr, width / g.width, 1.0);
  draw_panel (self, canvas.cr, &g, result, title);
  pixels = gst_mobilenet_canvas_close (&canvas);
  place (self, pixels, right ? self->width - margin_x - width : margin_x,
      bottom ? self->height - margin_y - height : margin_y, width, height);
  *used = margin_y + height;
}

static void
add_panels (GstMobilenetOverlayDraw *self, GstMobilenetOverlayScene *scene)
{
  guint i, n = 0;
  gint used = 0;

  for (i = 0; i < scene->n_results; i++)
    n += gst_mobilenet_reader_get (scene->reader, i)->n_classes > 0;
  for (i = 0; i < scene->n_results && used < self->height; i++) {
    const GstMobilenetResult *result = gst_mobilenet_reader_get (scene->reader,
        i);

    /* One alone need not be told apart. */
    if (result->n_classes > 0)
      add_panel (self, result, n > 1 ? result->element : NULL, &used);
  }
}

/* ---- boxes ----------------------------------------------------------- */

/* A line of a box, with dark sides; upright ones have no ends. */
static void
draw_edge (cairo_t *cr, guint colour, gint x, gint y, gint width, gint height)
{
  gboolean upright = height >= width;
  gint side = MIN (width, height) / 4, end = upright ? 0 : side;

  gst_mobilenet_overlay_set_color (cr, 0xa0000000, 1.0);
  cairo_rectangle (cr, x, y, width, height);
  cairo_fill (cr);
  gst_mobilenet_overlay_set_color (cr, colour, 1.0);
  cairo_rectangle (cr, x + side, y + end, width - 2 * side, height - 2 * end);
  cairo_fill (cr);
}

static void
add_edge (GstMobilenetOverlayDraw *self, guint colour, gint x, gint y,
    gint width, gint height)
{
  g_autoptr (GstBuffer) pixels = NULL;
  GstMobilenetCanvas canvas;

  if (self->sheet) {
    draw_edge (self->sheet->cr, colour, x, y, width, height);
    return;
  }
  if (!gst_mobilenet_canvas_open (&canvas, width, height))
    return;
  draw_edge (canvas.cr, colour, 0, 0, width, height);
  pixels = gst_mobilenet_canvas_close (&canvas);
  place (self, pixels, x, y, width, height);
}

static GstBuffer *
draw_tag (GstMobilenetOverlayDraw *self, const gchar *text, guint colour)
{
  gdouble line = gst_mobilenet_overlay_text_get_height (self->text);
  gdouble pad = PADDING * line, width;
  guint luma = 3 * ((colour >> 16) & 255) + 6 * ((colour >> 8) & 255)
      + (colour & 255);
  GstMobilenetCanvas canvas;

  width = 2.0 * pad
      + MIN (MAX_TAG_WIDTH * line,
          gst_mobilenet_overlay_text_measure (self->text, text, FALSE));
  if (!gst_mobilenet_canvas_open (&canvas, (gint) (width * self->stretch + 0.5),
          (gint) (line + 0.5)))
    return NULL;
  cairo_scale (canvas.cr, self->stretch, 1.0);
  gst_mobilenet_overlay_set_color (canvas.cr, colour, 0.9);
  cairo_paint (canvas.cr);
  gst_mobilenet_overlay_set_color (canvas.cr,
      luma > 1300 ? 0xff000000 : 0xffffffff, 1.0);
  gst_mobilenet_overlay_text_draw (self->text, canvas.cr, text, FALSE, pad, 0.0,
      width);
  return gst_mobilenet_canvas_close (&canvas);
}

/* Boxes move more often than their text changes. */
static GstBuffer *
get_tag (GstMobilenetOverlayDraw *self, GHashTable *old,
    const GstMobilenetObject *object)
{
  g_autofree gchar *text = object->confidence < 0.0
      ? g_strdup (object->label)
      : g_strdup_printf ("%s %u %%", object->label,
            gst_mobilenet_overlay_percent (object->confidence));
  GstBuffer *tag = g_hash_table_lookup (self->tags, text);

  if (tag)
    return tag;
  tag = old ? g_hash_table_lookup (old, text) : NULL;
  tag = tag ? gst_buffer_ref (tag)
            : draw_tag (self, text, colour_of (object->label));
  if (tag)
    g_hash_table_insert (self->tags, g_steal_pointer (&text), tag);
  return tag;
}

static void
add_tag (GstMobilenetOverlayDraw *self, GHashTable *old,
    const GstMobilenetObject *object, gint x, gint y, gint inside)
{
  GstBuffer *tag = get_tag (self, old, object);
  GstVideoMeta *meta = tag ? gst_buffer_get_video_meta (tag) : NULL;
  gint width, height;

  if (!meta)
    return;
  width = (gint) meta->width;
  height = (gint) meta->height;
  x = CLAMP (x, 0, MAX (self->width - width, 0));
  y = y >= height ? y - height : MAX (inside, 0);
  if (y + height > self->height || width > self->width)
    return;
  if (self->sheet)
    gst_mobilenet_canvas_put (self->sheet, tag, x, y);
  else
    place (self, tag, x, y, width, height);
}

static void
add_box (GstMobilenetOverlayDraw *self, GHashTable *old,
    const GstMobilenetObject *object)
{
  guint colour = colour_of (object->label);
  gint t = 4 * MAX (1, (self->height + 240) / 480);
  /* The lines are centred on the box, and stay in the frame. */
  gint left = CLAMP (object->x - t / 2, 0, self->width);
  gint top = CLAMP (object->y - t / 2, 0, self->height);
  gint right = CLAMP (object->x + object->width + t / 2, 0, self->width);
  gint bottom = CLAMP (object->y + object->height + t / 2, 0, self->height);
  gint height;

  if (right - left < 2 * t || bottom - top < 2 * t)
    return;
  add_edge (self, colour, left, top, right - left, t);
  add_edge (self, colour, left, bottom - t, right - left, t);
  height = bottom - top - 2 * t + t / 2;
  add_edge (self, colour, left, top + t - t / 4, t, height);
  add_edge (self, colour, right - t, top + t - t / 4, t, height);
  if (object->label && object->label[0])
    add_tag (self, old, object, left, top, top + t);
}

static gboolean
need_sheet (GstMobilenetOverlayDraw *self, const GArray *objects)
{
  gint64 rows = 0;
  guint i;

  for (i = 0; i < objects->len; i++) {
    const GstMobilenetObject *object = &g_array_index (objects,
        GstMobilenetObject, i);
    gint top = CLAMP (object->y, 0, self->height);

    /* Both sides. */
    rows += 2 * (CLAMP (object->y + object->height, 0, self->height) - top);
  }
  return rows > (gint64) SHEET_ROWS * self->height;
}

static void
add_boxes (GstMobilenetOverlayDraw *self, GHashTable *old,
    const GArray *objects)
{
  g_autoptr (GstBuffer) pixels = NULL;
  GstMobilenetCanvas sheet;
  guint i;

  if (need_sheet (self, objects)
      && gst_mobilenet_canvas_open (&sheet, self->width, self->height))
    self->sheet = &sheet;
  for (i = 0; i < objects->len; i++)
    add_box (self, old, &g_array_index (objects, GstMobilenetObject, i));
  if (!self->sheet)
    return;
  self->sheet = NULL;
  pixels = gst_mobilenet_canvas_close (&sheet);
  place (self, pixels, 0, 0, self->width, self->height);
}

/* ---- masks ----------------------------------------------------------- */

static void
add_mask (GstMobilenetOverlayDraw *self, const GstMobilenetMask *mask)
{
  g_autoptr (GstBuffer) pixels = NULL;

  /* It is scaled as a whole: one that is far larger than the frame would take
   * as much more memory. */
  if (mask->width < 1 || mask->height < 1
      || mask->width / MASK_SCALE > self->width
      || mask->height / MASK_SCALE > self->height)
    return;
  pixels = gst_mobilenet_overlay_mask_draw (mask);
  if (pixels)
    place (self, pixels, mask->x, mask->y, mask->width, mask->height);
}

/* ---- public ---------------------------------------------------------- */

static void
clear_mask (gpointer data)
{
  gst_clear_buffer (&((GstMobilenetMask *) data)->buffer);
}

static GHashTable *
tags_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) gst_buffer_unref);
}

static void
forget (GstMobilenetOverlayDraw *self)
{
  g_clear_pointer (&self->composition, gst_video_overlay_composition_unref);
  g_array_set_size (self->masks, 0);
  self->has_key = FALSE;
}

GstMobilenetOverlayDraw *
gst_mobilenet_overlay_draw_new (void)
{
  GstMobilenetOverlayDraw *self = g_new0 (GstMobilenetOverlayDraw, 1);

  self->stretch = 1.0;
  self->text = gst_mobilenet_overlay_text_new ();
  self->key = g_byte_array_new ();
  self->masks = g_array_new (FALSE, TRUE, sizeof (GstMobilenetMask));
  g_array_set_clear_func (self->masks, clear_mask);
  self->tags = tags_new ();
  gst_mobilenet_overlay_style_init (&self->style);
  return self;
}

void
gst_mobilenet_overlay_draw_free (GstMobilenetOverlayDraw *self)
{
  if (!self)
    return;
  forget (self);
  g_byte_array_unref (self->key);
  g_array_unref (self->masks);
  g_hash_table_unref (self->tags);
  gst_mobilenet_overlay_text_free (self->text);
  gst_mobilenet_overlay_style_clear (&self->style);
  g_free (self);
}

static void
apply_style (GstMobilenetOverlayDraw *self)
{
  forget (self);
  g_hash_table_remove_all (self->tags);
  gst_mobilenet_overlay_text_set_font (self->text, self->style.font_desc,
      self->height);
}

void
gst_mobilenet_overlay_draw_set_size (GstMobilenetOverlayDraw *self,
    const GstVideoInfo *info)
{
  gint n = GST_VIDEO_INFO_PAR_N (info), d = GST_VIDEO_INFO_PAR_D (info);

  self->width = GST_VIDEO_INFO_WIDTH (info);
  self->height = GST_VIDEO_INFO_HEIGHT (info);
  self->stretch = n > 0 && d > 0 ? (gdouble) d / n : 1.0;
  apply_style (self);
}

void
gst_mobilenet_overlay_draw_set_style (GstMobilenetOverlayDraw *self,
    const GstMobilenetOverlayStyle *style)
{
  gst_mobilenet_overlay_style_copy (style, &self->style);
  apply_style (self);
}

static gboolean
looks_the_same (GstMobilenetOverlayDraw *self, const GByteArray *key)
{
  return self->has_key && self->key->len == key->len
      && memcmp (self->key->data, key->data, key->len) == 0;
}

static void
hold_masks (GstMobilenetOverlayDraw *self, const GArray *masks)
{
  guint i;

  for (i = 0; i < masks->len; i++) {
    GstMobilenetMask mask = g_array_index (masks, GstMobilenetMask, i);

    gst_buffer_ref (mask.buffer);
    g_array_append_val (self->masks, mask);
  }
}

GstVideoOverlayComposition *
gst_mobilenet_overlay_draw_update (GstMobilenetOverlayDraw *self,
    GstMobilenetOverlayScene *scene)
{
  GHashTable *old;
  guint i;

  if (looks_the_same (self, scene->key))
    return self->composition;
  forget (self);
  g_byte_array_set_size (self->key, 0);
  g_byte_array_append (self->key, scene->key->data, scene->key->len);
  self->has_key = TRUE;
  hold_masks (self, scene->masks);
  old = g_steal_pointer (&self->tags);
  self->tags = tags_new ();
  /* What covers most lies lowest. */
  for (i = 0; i < scene->masks->len && self->style.masks; i++)
    add_mask (self, &g_array_index (scene->masks, GstMobilenetMask, i));
  if (self->style.boxes)
    add_boxes (self, old, scene->objects);
  add_panels (self, scene);
  g_hash_table_unref (old);
  return self->composition;
}
