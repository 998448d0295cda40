/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/custom.h"

#include <math.h>

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

/* ---- writing --------------------------------------------------------- */

static void
set_classes (GstStructure *structure, const GstMobilenetResult *result)
{
  const GstMobilenetScore *best = gst_mobilenet_result_get_best (result);
  GValue array = G_VALUE_INIT;
  guint i;

  gst_structure_set (structure, "index", G_TYPE_INT, best->index, "label",
      G_TYPE_STRING, best->label, "confidence", G_TYPE_DOUBLE, best->confidence,
      NULL);
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
fill_structure (GstStructure *structure, const GstMobilenetResult *result)
{
  gst_structure_set (structure, "element", G_TYPE_STRING, result->element,
      "model", G_TYPE_STRING, result->model, "instance", G_TYPE_UINT64,
      result->instance, "number", G_TYPE_UINT64, result->number, "pts",
      G_TYPE_UINT64, (guint64) result->pts, "task", G_TYPE_STRING, result->task,
      "backend", G_TYPE_STRING, result->backend, "latency", G_TYPE_UINT64,
      (guint64) result->latency, "age", G_TYPE_UINT64, (guint64) result->age,
      "fresh", G_TYPE_BOOLEAN, result->fresh, NULL);
  if (result->kind == MN_TASK_CLASSIFICATION)
    set_classes (structure, result);
}

GstStructure *
gst_mobilenet_result_to_structure (const GstMobilenetResult *result)
{
  GstStructure *structure = gst_structure_new_empty (GST_MOBILENET_META_NAME);

  fill_structure (structure, result);
  return structure;
}

/* ---- reading --------------------------------------------------------- */

static GstClockTime
get_time (const GstStructure *structure, const gchar *field)
{
  guint64 time;

  return gst_structure_get_uint64 (structure, field, &time)
      ? time
      : GST_CLOCK_TIME_NONE;
}

/* Whatever else is there is none: the array and its structures, which may be
 * NULL, are anybody's. */
static gboolean
read_class (const GValue *value, GstMobilenetScore *score)
{
  const GstStructure *class = value && GST_VALUE_HOLDS_STRUCTURE (value)
      ? gst_value_get_structure (value)
      : NULL;

  if (!class)
    return FALSE;
  score->label = gst_structure_get_string (class, "label");
  score->index = -1;
  gst_structure_get_int (class, "index", &score->index);
  return score->label
      && gst_structure_get_double (class, "confidence", &score->confidence)
      && isfinite (score->confidence);
}

static guint
read_classes (const GstStructure *structure, guint max, gdouble threshold,
    GArray *scores)
{
  const GValue *classes = gst_structure_get_value (structure, "classes");
  guint i, n = 0, length;

  if (!classes || !GST_VALUE_HOLDS_ARRAY (classes))
    return 0;
  length = gst_value_array_get_size (classes);
  max = MIN (max, GST_MOBILENET_MAX_CLASSES);
  for (i = 0; i < length && n < max; i++) {
    GstMobilenetScore score;

    if (read_class (gst_value_array_get_value (classes, i), &score)
        && score.confidence >= threshold) {
      g_array_append_val (scores, score);
      n++;
    }
  }
  return n;
}

void
gst_mobilenet_result_from_structure (GstMobilenetResult *result,
    const GstStructure *structure, guint max, gdouble threshold, GArray *scores)
{
  *result = (GstMobilenetResult) {NULL};
  result->element = gst_structure_get_string (structure, "element");
  result->model = gst_structure_get_string (structure, "model");
  result->task = gst_structure_get_string (structure, "task");
  result->backend = gst_structure_get_string (structure, "backend");
  result->pts = get_time (structure, "pts");
  result->latency = get_time (structure, "latency");
  result->age = get_time (structure, "age");
  gst_structure_get_boolean (structure, "fresh", &result->fresh);
  /* Not in what older versions attached. */
  gst_structure_get_uint64 (structure, "instance", &result->instance);
  gst_structure_get_uint64 (structure, "number", &result->number);
  /* Whatever it calls itself: there is no other kind so far. */
  result->kind = MN_TASK_CLASSIFICATION;
  result->n_classes = read_classes (structure, max, threshold, scores);
}

/* ---- buffers --------------------------------------------------------- */

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
gst_mobilenet_meta_attach (GstBuffer *buffer, const GstMobilenetResult *result)
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
  fill_structure (gst_custom_meta_get_structure (meta), result);
}

const GstStructure *
gst_mobilenet_meta_iterate (GstBuffer *buffer, gpointer *state)
{
  GstCustomMeta *meta = iterate (buffer, state);

  return meta ? gst_custom_meta_get_structure (meta) : NULL;
}
