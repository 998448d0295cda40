/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/scene.h"

#include <gst/video/video.h>

#include <string.h>

/* So many of a frame are drawn. */
#define MAX_MASKS 16

static void
clear_mask (gpointer data)
{
  GstMobilenetMask *mask = data;

  gst_clear_buffer (&mask->buffer);
}

void
gst_mobilenet_overlay_scene_init (GstMobilenetOverlayScene *self,
    GstElement *element)
{
  self->reader = gst_mobilenet_reader_new (element);
  self->finder = gst_mobilenet_overlay_objects_new ();
  self->objects = g_array_new (FALSE, TRUE, sizeof (GstMobilenetObject));
  self->masks = g_array_new (FALSE, TRUE, sizeof (GstMobilenetMask));
  g_array_set_clear_func (self->masks, clear_mask);
  self->key = g_byte_array_new ();
}

void
gst_mobilenet_overlay_scene_clear (GstMobilenetOverlayScene *self)
{
  g_clear_pointer (&self->reader, gst_mobilenet_reader_free);
  g_clear_pointer (&self->finder, gst_mobilenet_overlay_objects_free);
  g_clear_pointer (&self->objects, g_array_unref);
  g_clear_pointer (&self->masks, g_array_unref);
  g_clear_pointer (&self->key, g_byte_array_unref);
}

guint
gst_mobilenet_overlay_percent (gdouble confidence)
{
  return confidence > 0.0 ? (guint) (MIN (confidence, 1.0) * 100.0 + 0.5) : 0;
}

static void
add_bytes (GstMobilenetOverlayScene *self, gconstpointer data, gsize size)
{
  g_byte_array_append (self->key, data, (guint) size);
}

static void
add_number (GstMobilenetOverlayScene *self, gint number)
{
  add_bytes (self, &number, sizeof (number));
}

static void
add_text (GstMobilenetOverlayScene *self, const gchar *text)
{
  if (text)
    add_bytes (self, text, strlen (text));
  add_bytes (self, "", 1);
}

static void
make_key (GstMobilenetOverlayScene *self)
{
  guint i, c;

  g_byte_array_set_size (self->key, 0);
  for (i = 0; i < self->n_results; i++) {
    const GstMobilenetResult *result = gst_mobilenet_reader_get (self->reader,
        i);

    add_text (self, result->element);
    add_number (self, result->n_classes);
    for (c = 0; c < result->n_classes; c++) {
      add_text (self, result->classes[c].label);
      add_number (self,
          gst_mobilenet_overlay_percent (result->classes[c].confidence));
    }
  }
  for (i = 0; i < self->objects->len; i++) {
    const GstMobilenetObject *object = &g_array_index (self->objects,
        GstMobilenetObject, i);

    add_number (self, object->x);
    add_number (self, object->y);
    add_number (self, object->width);
    add_number (self, object->height);
    add_text (self, object->label);
    add_number (self,
        object->confidence < 0.0
            ? -1
            : (gint) gst_mobilenet_overlay_percent (object->confidence));
  }
  for (i = 0; i < self->masks->len; i++)
    add_bytes (self, &g_array_index (self->masks, GstMobilenetMask, i),
        sizeof (GstMobilenetMask));
}

static void
move (GstMobilenetOverlayScene *self, gint x, gint y)
{
  guint i;

  for (i = 0; i < self->objects->len; i++) {
    g_array_index (self->objects, GstMobilenetObject, i).x -= x;
    g_array_index (self->objects, GstMobilenetObject, i).y -= y;
  }
  for (i = 0; i < self->masks->len; i++) {
    g_array_index (self->masks, GstMobilenetMask, i).x -= x;
    g_array_index (self->masks, GstMobilenetMask, i).y -= y;
  }
}

gboolean
gst_mobilenet_overlay_scene_read (GstMobilenetOverlayScene *self,
    GstBuffer *buffer, gint x, gint y)
{
  gpointer state = NULL;
  GstMobilenetMask mask;
  gboolean any = FALSE;
  guint i;

  g_array_set_size (self->masks, 0);
  self->n_results = gst_mobilenet_reader_read (self->reader, buffer,
      GST_MOBILENET_OVERLAY_MAX_LINES, 0.0);
  gst_mobilenet_overlay_objects_read (self->finder, self->reader, buffer,
      self->objects);
  memset (&mask, 0, sizeof (mask));
  while (self->masks->len < MAX_MASKS
      && gst_mobilenet_analytics_iterate_masks (buffer, &state, &mask))
    g_array_append_val (self->masks, mask);
  for (i = 0; i < self->n_results; i++)
    any |= gst_mobilenet_reader_get (self->reader, i)->n_classes > 0;
  if (!any && self->objects->len == 0 && self->masks->len == 0)
    return FALSE;
  move (self, x, y);
  make_key (self);
  return TRUE;
}
