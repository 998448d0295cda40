/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a network says of a frame or of an object in it, whatever metadata
 * holds it: what writers of metadata and messages take, and readers give.
 *
 * kind tells which member of the union is filled in. A new kind is a member
 * here, and its case where kind is looked at: what goes into and comes out of
 * each metadata (custom.c, analytics.c, roi.c), and what consumers make of it
 * (the overlay, text, NDJSON). */

#ifndef GST_MOBILENET_RESULT_H
#define GST_MOBILENET_RESULT_H

#include <gst/gst.h>

#include "engine/mn.h"

G_BEGIN_DECLS

/* So many classes of a result at most. */
#define GST_MOBILENET_MAX_CLASSES 1000

typedef struct
{
  gint index;         /* as the network counts; -1: none */
  gdouble confidence; /* 0..1 */
  const gchar *label;
} GstMobilenetScore;

/* Strings and arrays are not its own. NULL, GST_CLOCK_TIME_NONE: not told. */
typedef struct
{
  const gchar *element;
  const gchar *model;
  const gchar *task; /* kind in words, whatever whoever attached it says */
  const gchar *backend;
  GstClockTime pts; /* of the frame that was looked at */
  GstClockTime latency;
  GstClockTime age;
  gboolean fresh;   /* of the very frame that it is attached to */
  guint64 instance; /* the object it comes from; 0: not told */
  guint64 number;   /* of its frame there; 0: not told */
  MnTask kind;
  union
  {
    struct
    {
      guint n_classes;
      const GstMobilenetScore *classes; /* best first */
    }; /* MN_TASK_CLASSIFICATION */
  };
} GstMobilenetResult;

/* Sets scores to n classes that the engine ranked, with their labels: of
 * labels, one a class, or, where there is a chunk, copies in that. */
void gst_mobilenet_scores_set (GstMobilenetScore *scores, const MnClass *ranked,
    guint n, gchar *const *labels, GStringChunk *chunk);

/* The best class, or what stands for none: index -1, no confidence, "". */
const GstMobilenetScore *
gst_mobilenet_result_get_best (const GstMobilenetResult *result);

G_END_DECLS

#endif /* GST_MOBILENET_RESULT_H */
