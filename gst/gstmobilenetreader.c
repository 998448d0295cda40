/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetreader.h"

#include "gst/gstmobilenetanalytics.h"

/* An analytics classification has no more than this many that matter. */
#define MAX_ANALYTICS 64

struct _GstMobilenetReader
{
  GArray *seen;                 /* GstMobilenetSeen */
  GArray *scores;               /* GstMobilenetScore, those of all results */
};

GstMobilenetReader *
gst_mobilenet_reader_new (void)
{
  GstMobilenetReader *self = g_new0 (GstMobilenetReader, 1);

  self->seen = g_array_new (FALSE, TRUE, sizeof (GstMobilenetSeen));
  self->scores = g_array_new (FALSE, TRUE, sizeof (GstMobilenetScore));
  return self;
}

void
gst_mobilenet_reader_free (GstMobilenetReader * self)
{
  if (!self)
    return;
  g_array_unref (self->seen);
  g_array_unref (self->scores);
  g_free (self);
}

static GstClockTime
get_time (const GstStructure * structure, const gchar * field)
{
  guint64 time;

  return gst_structure_get_uint64 (structure, field, &time) ? time :
      GST_CLOCK_TIME_NONE;
}

static gboolean
read_class (const GValue * value, GstMobilenetScore * score)
{
  const GstStructure *class;

  if (!GST_VALUE_HOLDS_STRUCTURE (value))
    return FALSE;
  class = gst_value_get_structure (value);
  score->label = gst_structure_get_string (class, "label");
  score->index = -1;
  gst_structure_get_int (class, "index", &score->index);
  return score->label
      && gst_structure_get_double (class, "confidence", &score->confidence);
}

static guint
read_classes (GstMobilenetReader * self, const GstStructure * structure,
    guint max, gdouble threshold)
{
  const GValue *classes = gst_structure_get_value (structure, "classes");
  guint i, n = 0, length;

  if (!classes || !GST_VALUE_HOLDS_ARRAY (classes))
    return 0;
  length = gst_value_array_get_size (classes);
  for (i = 0; i < length && n < max; i++) {
    GstMobilenetScore score;

    if (read_class (gst_value_array_get_value (classes, i), &score)
        && score.confidence >= threshold) {
      g_array_append_val (self->scores, score);
      n++;
    }
  }
  return n;
}

static void
read_structure (GstMobilenetReader * self, const GstStructure * structure,
    guint max, gdouble threshold)
{
  GstMobilenetSeen seen = { NULL, };

  seen.element = gst_structure_get_string (structure, "element");
  seen.model = gst_structure_get_string (structure, "model");
  seen.task = gst_structure_get_string (structure, "task");
  seen.backend = gst_structure_get_string (structure, "backend");
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
is_known (GstBuffer * buffer, const GstMobilenetScore * best)
{
  const GstStructure *result;
  gpointer state = NULL;

  while ((result = gst_mobilenet_meta_iterate (buffer, &state))) {
    gdouble confidence;

    if (gst_structure_get_double (result, "confidence", &confidence)
        && (gfloat) confidence == (gfloat) best->confidence
        && g_strcmp0 (gst_structure_get_string (result, "label"),
            best->label) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
read_analytics (GstMobilenetReader * self, GstBuffer * buffer, guint max,
    gdouble threshold)
{
  GstMobilenetScore scores[MAX_ANALYTICS];
  gpointer state = NULL;
  guint n, i;

  while (gst_mobilenet_analytics_iterate (buffer, &state, scores,
          MIN (max, MAX_ANALYTICS), &n)) {
    GstMobilenetSeen seen = { NULL, };

    if (n == 0 || is_known (buffer, &scores[0]))
      continue;
    seen.task = "classification";
    seen.pts = GST_BUFFER_PTS (buffer);
    seen.latency = seen.age = GST_CLOCK_TIME_NONE;
    seen.fresh = TRUE;
    for (i = 0; i < n && scores[i].confidence >= threshold; i++)
      seen.n_classes++;
    g_array_append_vals (self->scores, scores, seen.n_classes);
    g_array_append_val (self->seen, seen);
  }
}

guint
gst_mobilenet_reader_read (GstMobilenetReader * self, GstBuffer * buffer,
    guint max_classes, gdouble threshold)
{
  const GstMobilenetScore *scores;
  const GstStructure *structure;
  gpointer state = NULL;
  guint i;

  g_array_set_size (self->seen, 0);
  g_array_set_size (self->scores, 0);
  while ((structure = gst_mobilenet_meta_iterate (buffer, &state)))
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
gst_mobilenet_reader_get (GstMobilenetReader * self, guint n)
{
  return &g_array_index (self->seen, GstMobilenetSeen, n);
}
