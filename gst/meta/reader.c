/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/reader.h"

#include <math.h>

#include "engine/mn.h"
#include "gst/base/post.h"
#include "gst/meta/analytics.h"

/* An analytics classification has no more than this many that matter. */
#define MAX_ANALYTICS 64

struct _GstMobilenetReader
{
  GArray *seen;        /* GstMobilenetSeen */
  GArray *scores;      /* GstMobilenetScore, those of all results */
  GPtrArray *cut;      /* gchar *, what is left of long texts */
  GstElement *element; /* says so; NULL: nobody */
  gboolean told;
};

GstMobilenetReader *
gst_mobilenet_reader_new (GstElement *element)
{
  GstMobilenetReader *self = g_new0 (GstMobilenetReader, 1);

  self->element = element;
  self->cut = g_ptr_array_new_with_free_func (g_free);
  self->seen = g_array_new (FALSE, TRUE, sizeof (GstMobilenetSeen));
  self->scores = g_array_new (FALSE, TRUE, sizeof (GstMobilenetScore));
  return self;
}

void
gst_mobilenet_reader_free (GstMobilenetReader *self)
{
  if (!self)
    return;
  g_array_unref (self->seen);
  g_array_unref (self->scores);
  g_ptr_array_unref (self->cut);
  g_free (self);
}

const gchar *
gst_mobilenet_reader_bound (GstMobilenetReader *self, const gchar *text)
{
  gchar *cut = text ? mn_label_cut (text) : NULL;

  if (!cut)
    return text;
  g_ptr_array_add (self->cut, cut);
  if (!self->told && self->element)
    gst_mobilenet_post_warning (self->element, GST_STREAM_ERROR,
        GST_STREAM_ERROR_FAILED,
        "A label or a name in the frames' metadata "
        "is longer than " G_STRINGIFY (MN_LABEL_MAX_BYTES) " bytes, and is "
                                                           "cut. This is said "
                                                           "once.");
  self->told = TRUE;
  return cut;
}

static const gchar *
get_text (GstMobilenetReader *self, const GstStructure *structure,
    const gchar *field)
{
  return gst_mobilenet_reader_bound (self,
      gst_structure_get_string (structure, field));
}

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
read_classes (GstMobilenetReader *self, const GstStructure *structure,
    guint max, gdouble threshold)
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
      score.label = gst_mobilenet_reader_bound (self, score.label);
      g_array_append_val (self->scores, score);
      n++;
    }
  }
  return n;
}

static void
read_structure (GstMobilenetReader *self, const GstStructure *structure,
    guint max, gdouble threshold)
{
  GstMobilenetSeen seen = {
    NULL,
  };

  seen.element = get_text (self, structure, "element");
  seen.model = get_text (self, structure, "model");
  seen.task = get_text (self, structure, "task");
  seen.backend = get_text (self, structure, "backend");
  seen.pts = get_time (structure, "pts");
  seen.latency = get_time (structure, "latency");
  seen.age = get_time (structure, "age");
  gst_structure_get_boolean (structure, "fresh", &seen.fresh);
  /* Not in what older versions attached. */
  gst_structure_get_uint64 (structure, "instance", &seen.instance);
  gst_structure_get_uint64 (structure, "number", &seen.number);
  seen.n_classes = read_classes (self, structure, max, threshold);
  g_array_append_val (self->seen, seen);
}

/* mobilenet attaches its classes twice; the second time is not news. */
static gboolean
is_known (GstBuffer *buffer, const GstMobilenetScore *best)
{
  const GstStructure *result;
  gpointer state = NULL;

  while ((result = gst_mobilenet_meta_iterate (buffer, &state))) {
    gdouble confidence;

    if (gst_structure_get_double (result, "confidence", &confidence)
        && (gfloat) confidence == (gfloat) best->confidence
        && g_strcmp0 (gst_structure_get_string (result, "label"), best->label)
            == 0)
      return TRUE;
  }
  return FALSE;
}

static void
read_analytics (GstMobilenetReader *self, GstBuffer *buffer, guint max,
    gdouble threshold)
{
  GstMobilenetScore scores[MAX_ANALYTICS];
  gpointer state = NULL;
  guint n, i;

  while (self->seen->len < GST_MOBILENET_MAX_RESULTS
      && gst_mobilenet_analytics_iterate (buffer, &state, scores,
          MIN (max, MAX_ANALYTICS), &n)) {
    GstMobilenetSeen seen = {
      NULL,
    };

    if (n == 0 || is_known (buffer, &scores[0]))
      continue;
    seen.task = "classification";
    seen.pts = GST_BUFFER_PTS (buffer);
    seen.latency = seen.age = GST_CLOCK_TIME_NONE;
    seen.fresh = TRUE;
    for (i = 0; i < n && scores[i].confidence >= threshold; i++)
      scores[i].label = gst_mobilenet_reader_bound (self, scores[i].label);
    seen.n_classes = i;
    g_array_append_vals (self->scores, scores, seen.n_classes);
    g_array_append_val (self->seen, seen);
  }
}

guint
gst_mobilenet_reader_read (GstMobilenetReader *self, GstBuffer *buffer,
    guint max_classes, gdouble threshold)
{
  const GstMobilenetScore *scores;
  const GstStructure *structure;
  gpointer state = NULL;
  guint i;

  g_array_set_size (self->seen, 0);
  g_array_set_size (self->scores, 0);
  g_ptr_array_set_size (self->cut, 0);
  while (self->seen->len < GST_MOBILENET_MAX_RESULTS
      && (structure = gst_mobilenet_meta_iterate (buffer, &state)))
    read_structure (self, structure, max_classes, threshold);
  read_analytics (self, buffer, max_classes, threshold);
  /* Only now does the array stay where it is. */
  scores = (const GstMobilenetScore *) self->scores->data;
  for (i = 0; i < self->seen->len; i++) {
    GstMobilenetSeen *seen = &g_array_index (self->seen, GstMobilenetSeen, i);

    seen->classes = scores;
    scores += seen->n_classes;
  }
  return self->seen->len;
}

const GstMobilenetSeen *
gst_mobilenet_reader_get (GstMobilenetReader *self, guint n)
{
  return &g_array_index (self->seen, GstMobilenetSeen, n);
}
