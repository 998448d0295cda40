/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlayscene.h"

#include <gst/video/video.h>

#include <string.h>

static void
clear_mask (gpointer data)
{
  GstMobilenetMask *mask = data;

  gst_clear_buffer (&mask->buffer);
}

void
gst_mobilenet_overlay_scene_init (GstMobilenetOverlayScene * self)
{
  self->reader = gst_mobilenet_reader_new ();
  self->objects = g_array_new (FALSE, TRUE, sizeof (GstMobilenetObject));
  self->masks = g_array_new (FALSE, TRUE, sizeof (GstMobilenetMask));
  g_array_set_clear_func (self->masks, clear_mask);
  self->key = g_byte_array_new ();
}

void
gst_mobilenet_overlay_scene_clear (GstMobilenetOverlayScene * self)
{
  g_clear_pointer (&self->reader, gst_mobilenet_reader_free);
  g_clear_pointer (&self->objects, g_array_unref);
  g_clear_pointer (&self->masks, g_array_unref);
  g_clear_pointer (&self->key, g_byte_array_unref);
}

guint
gst_mobilenet_overlay_percent (gdouble confidence)
{
  return confidence > 0.0 ? (guint) (MIN (confidence, 1.0) * 100.0 + 0.5) : 0;
}

static gboolean
same_place (const GstMobilenetObject * a, const GstMobilenetObject * b)
{
  return a->x == b->x && a->y == b->y && a->width == b->width
      && a->height == b->height;
}

/* What a mobilenet says of the object, else what its finder does. */
static void
read_roi (GstVideoRegionOfInterestMeta * meta, GstMobilenetObject * object)
{
  const GstStructure *param = gst_video_region_of_interest_meta_get_param (meta,
      "mobilenet");
  const gchar *label = param ? gst_structure_get_string (param, "label") : NULL;
  GList *l;

  object->x = (gint) MIN (meta->x, G_MAXINT16);
  object->y = (gint) MIN (meta->y, G_MAXINT16);
  object->width = (gint) MIN (meta->w, G_MAXINT16);
  object->height = (gint) MIN (meta->h, G_MAXINT16);
  object->label = label ? g_intern_string (label)
      : g_quark_to_string (meta->roi_type);
  object->confidence = -1.0;
  if (label) {
    gst_structure_get_double (param, "confidence", &object->confidence);
    return;
  }
  for (l = meta->params; l; l = l->next) {
    if (gst_structure_get_double (l->data, "confidence", &object->confidence))
      return;
  }
}

/* Some attach an object in both ways. */
static void
add_object (GstMobilenetOverlayScene * self, const GstMobilenetObject * object)
{
  guint i;

  for (i = 0; i < self->objects->len; i++) {
    if (same_place (object, &g_array_index (self->objects,
                GstMobilenetObject, i)))
      return;
  }
  g_array_append_vals (self->objects, object, 1);
}

static void
read_objects (GstMobilenetOverlayScene * self, GstBuffer * buffer)
{
  GstMobilenetObject object = { 0 };
  gpointer state = NULL;
  GstMeta *meta;

  while (gst_mobilenet_analytics_iterate_objects (buffer, &state, &object))
    g_array_append_val (self->objects, object);
  state = NULL;
  while ((meta = gst_buffer_iterate_meta_filtered (buffer, &state,
              GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    read_roi ((GstVideoRegionOfInterestMeta *) meta, &object);
    add_object (self, &object);
  }
}

static void
add_bytes (GstMobilenetOverlayScene * self, gconstpointer data, gsize size)
{
  g_byte_array_append (self->key, data, (guint) size);
}

static void
add_number (GstMobilenetOverlayScene * self, gint number)
{
  add_bytes (self, &number, sizeof (number));
}

static void
add_text (GstMobilenetOverlayScene * self, const gchar * text)
{
  if (text)
    add_bytes (self, text, strlen (text));
  add_bytes (self, "", 1);
}

static void
make_key (GstMobilenetOverlayScene * self)
{
  guint i, c;

  g_byte_array_set_size (self->key, 0);
  for (i = 0; i < self->n_results; i++) {
    const GstMobilenetSeen *seen = gst_mobilenet_reader_get (self->reader, i);

    add_text (self, seen->element);
    add_number (self, seen->n_classes);
    for (c = 0; c < seen->n_classes; c++) {
      add_text (self, seen->classes[c].label);
      add_number (self,
          gst_mobilenet_overlay_percent (seen->classes[c].confidence));
    }
  }
  for (i = 0; i < self->objects->len; i++) {
    const GstMobilenetObject *object =
        &g_array_index (self->objects, GstMobilenetObject, i);

    add_number (self, object->x);
    add_number (self, object->y);
    add_number (self, object->width);
    add_number (self, object->height);
    add_text (self, object->label);
    add_number (self, object->confidence < 0.0 ? -1
        : (gint) gst_mobilenet_overlay_percent (object->confidence));
  }
  for (i = 0; i < self->masks->len; i++)
    add_bytes (self, &g_array_index (self->masks, GstMobilenetMask, i),
        sizeof (GstMobilenetMask));
}

static void
move (GstMobilenetOverlayScene * self, gint x, gint y)
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
gst_mobilenet_overlay_scene_read (GstMobilenetOverlayScene * self,
    GstBuffer * buffer, gint x, gint y)
{
  gpointer state = NULL;
  GstMobilenetMask mask;
  gboolean any = FALSE;
  guint i;

  g_array_set_size (self->objects, 0);
  g_array_set_size (self->masks, 0);
  self->n_results = gst_mobilenet_reader_read (self->reader, buffer,
      GST_MOBILENET_OVERLAY_MAX_LINES, 0.0);
  read_objects (self, buffer);
  memset (&mask, 0, sizeof (mask));
  while (gst_mobilenet_analytics_iterate_masks (buffer, &state, &mask))
    g_array_append_val (self->masks, mask);
  for (i = 0; i < self->n_results; i++)
    any |= gst_mobilenet_reader_get (self->reader, i)->n_classes > 0;
  if (!any && self->objects->len == 0 && self->masks->len == 0)
    return FALSE;
  move (self, x, y);
  make_key (self);
  return TRUE;
}
