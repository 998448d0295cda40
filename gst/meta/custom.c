/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/custom.h"

const GstMetaInfo *
gst_mobilenet_meta_get_info (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    /* No tags, so that elements which change size or format keep it. NULL
     * would say the same, and 1.22 refuses it. */
    static const gchar *tags[] = {NULL};
    /* Another copy of this code may live in the process. */
    const GstMetaInfo *info = gst_meta_get_info (GST_MOBILENET_META_NAME);

    if (!info)
      info = gst_meta_register_custom (GST_MOBILENET_META_NAME, tags, NULL,
          NULL, NULL);
    g_once_init_leave (&once, (gsize) info);
  }
  return (const GstMetaInfo *) once;
}

static void
take_classes (GstStructure *structure, const GstMobilenetResult *result)
{
  GValue array = G_VALUE_INIT;
  guint i;

  gst_value_array_init (&array, result->n_classes);
  for (i = 0; i < result->n_classes; i++) {
    const GstMobilenetScore *class = &result->classes[i];
    GValue value = G_VALUE_INIT;

    g_value_init (&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&value,
        gst_structure_new ("class", "index", G_TYPE_INT, class->index, "label",
            G_TYPE_STRING, class->label, "confidence", G_TYPE_DOUBLE,
            class->confidence, NULL));
    gst_value_array_append_and_take_value (&array, &value);
  }
  gst_structure_take_value (structure, "classes", &array);
}

static void
fill_structure (GstStructure *structure, const GstMobilenetResult *result,
    GstClockTime age, gboolean fresh)
{
  static const GstMobilenetScore none = {-1, 0.0, ""};
  const GstMobilenetScore *best = result->n_classes > 0 ? &result->classes[0]
                                                        : &none;

  gst_structure_set (structure, "element", G_TYPE_STRING, result->element,
      "model", G_TYPE_STRING, result->model, "instance", G_TYPE_UINT64,
      result->instance, "number", G_TYPE_UINT64, result->number, "pts",
      G_TYPE_UINT64, (guint64) result->pts, "task", G_TYPE_STRING, result->task,
      "backend", G_TYPE_STRING, result->backend, "latency", G_TYPE_UINT64,
      (guint64) result->latency, "age", G_TYPE_UINT64, (guint64) age, "fresh",
      G_TYPE_BOOLEAN, fresh, "index", G_TYPE_INT, best->index, "label",
      G_TYPE_STRING, best->label, "confidence", G_TYPE_DOUBLE, best->confidence,
      NULL);
  take_classes (structure, result);
}

GstStructure *
gst_mobilenet_result_to_structure (const GstMobilenetResult *result,
    GstClockTime age, gboolean fresh)
{
  GstStructure *structure = gst_structure_new_empty (GST_MOBILENET_META_NAME);

  fill_structure (structure, result, age, fresh);
  return structure;
}

static GstCustomMeta *
iterate (GstBuffer *buffer, gpointer *state)
{
  const GstMetaInfo *info = gst_mobilenet_meta_get_info ();
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta (buffer, state))) {
    if (meta->info == info)
      return (GstCustomMeta *) meta;
  }
  return NULL;
}

gboolean
gst_mobilenet_is_of_element (const GstStructure *structure, guint64 instance,
    const gchar *element)
{
  guint64 other;

  /* Older versions told no instance. */
  if (gst_structure_get_uint64 (structure, "instance", &other) && other != 0)
    return other == instance;
  return g_strcmp0 (gst_structure_get_string (structure, "element"), element)
      == 0;
}

void
gst_mobilenet_meta_attach (GstBuffer *buffer, const GstMobilenetResult *result,
    GstClockTime age, gboolean fresh)
{
  gpointer state = NULL;
  GstCustomMeta *meta;

  gst_mobilenet_meta_get_info ();
  while ((meta = iterate (buffer, &state))) {
    if (gst_mobilenet_is_of_element (gst_custom_meta_get_structure (meta),
            result->instance, result->element)) {
      gst_buffer_remove_meta (buffer, &meta->meta);
      break;
    }
  }
  meta = gst_buffer_add_custom_meta (buffer, GST_MOBILENET_META_NAME);
  g_return_if_fail (meta != NULL);
  fill_structure (gst_custom_meta_get_structure (meta), result, age, fresh);
}

const GstStructure *
gst_mobilenet_meta_iterate (GstBuffer *buffer, gpointer *state)
{
  GstCustomMeta *meta = iterate (buffer, state);

  return meta ? gst_custom_meta_get_structure (meta) : NULL;
}
