/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/reader.h"

#include "engine/mn.h"
#include "gst/base/post.h"
#include "gst/meta/analytics.h"
#include "gst/meta/custom.h"

/* An analytics classification has no more than this many that matter. */
#define MAX_ANALYTICS 64

struct _GstMobilenetReader
{
  GArray *results;     /* GstMobilenetResult */
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
  self->results = g_array_new (FALSE, TRUE, sizeof (GstMobilenetResult));
  self->scores = g_array_new (FALSE, TRUE, sizeof (GstMobilenetScore));
  return self;
}

void
gst_mobilenet_reader_free (GstMobilenetReader *self)
{
  if (!self)
    return;
  g_array_unref (self->results);
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

/* Appends result, of which the last scores are. */
static void
add_result (GstMobilenetReader *self, GstMobilenetResult *result)
{
  guint i;

  result->element = gst_mobilenet_reader_bound (self, result->element);
  result->model = gst_mobilenet_reader_bound (self, result->model);
  result->task = gst_mobilenet_reader_bound (self, result->task);
  result->backend = gst_mobilenet_reader_bound (self, result->backend);
  for (i = self->scores->len - result->n_classes; i < self->scores->len; i++) {
    GstMobilenetScore *score = &g_array_index (self->scores, GstMobilenetScore,
        i);

    score->label = gst_mobilenet_reader_bound (self, score->label);
  }
  g_array_append_vals (self->results, result, 1);
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
read_custom (GstMobilenetReader *self, GstBuffer *buffer, guint max,
    gdouble threshold)
{
  const GstStructure *structure;
  GstMobilenetResult result;
  gpointer state = NULL;

  while (self->results->len < GST_MOBILENET_MAX_RESULTS
      && (structure = gst_mobilenet_meta_iterate (buffer, &state))) {
    gst_mobilenet_result_from_structure (&result, structure, max, threshold,
        self->scores);
    add_result (self, &result);
  }
}

static void
read_analytics (GstMobilenetReader *self, GstBuffer *buffer, guint max,
    gdouble threshold)
{
  GstMobilenetScore scores[MAX_ANALYTICS];
  GstMobilenetResult result;
  gpointer state = NULL;
  guint n;

  while (self->results->len < GST_MOBILENET_MAX_RESULTS
      && gst_mobilenet_analytics_iterate (buffer, &state, scores,
          MIN (max, MAX_ANALYTICS), &result)) {
    if (result.n_classes == 0 || is_known (buffer, &scores[0]))
      continue;
    for (n = 0; n < result.n_classes && scores[n].confidence >= threshold;)
      n++;
    result.n_classes = n;
    g_array_append_vals (self->scores, scores, n);
    add_result (self, &result);
  }
}

guint
gst_mobilenet_reader_read (GstMobilenetReader *self, GstBuffer *buffer,
    guint max_classes, gdouble threshold)
{
  const GstMobilenetScore *scores;
  guint i;

  g_array_set_size (self->results, 0);
  g_array_set_size (self->scores, 0);
  g_ptr_array_set_size (self->cut, 0);
  read_custom (self, buffer, max_classes, threshold);
  read_analytics (self, buffer, max_classes, threshold);
  /* Only now does the array stay where it is. */
  scores = (const GstMobilenetScore *) self->scores->data;
  for (i = 0; i < self->results->len; i++) {
    GstMobilenetResult *result = &g_array_index (self->results,
        GstMobilenetResult, i);

    result->classes = scores;
    scores += result->n_classes;
  }
  return self->results->len;
}

const GstMobilenetResult *
gst_mobilenet_reader_get (GstMobilenetReader *self, guint n)
{
  return &g_array_index (self->results, GstMobilenetResult, n);
}
