/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/meta/result.h"

void
gst_mobilenet_scores_set (GstMobilenetScore *scores, const MnClass *ranked,
    guint n, gchar *const *labels, GStringChunk *chunk)
{
  guint i;

  for (i = 0; i < n; i++) {
    const gchar *label = labels[ranked[i].index];

    scores[i].index = ranked[i].index;
    scores[i].confidence = ranked[i].confidence;
    scores[i].label = chunk ? g_string_chunk_insert (chunk, label) : label;
  }
}

const GstMobilenetScore *
gst_mobilenet_result_get_best (const GstMobilenetResult *result)
{
  static const GstMobilenetScore none = {-1, 0.0, ""};

  return result->n_classes > 0 ? &result->classes[0] : &none;
}
