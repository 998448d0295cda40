/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The newest result of a stream: from the network's words to metadata on
 * buffers and messages on the bus.
 *
 * One thread at a time brings results (gst_mobilenet_results_take), in the
 * order of their frames; another may attach meanwhile, and neither waits for
 * more than the exchange of a pointer. Messages go out in the order of what
 * they tell, and no lock is held. */

#ifndef GST_MOBILENET_RESULTS_H
#define GST_MOBILENET_RESULTS_H

#include <gst/gst.h>

#include "engine/mn.h"
#include "gst/mobilenet/enums.h"
#include "gst/mobilenet/model.h"

G_BEGIN_DECLS

/* How the results of one frame go out. */
typedef struct
{
  guint top_k; /* 1..GST_MOBILENET_MAX_CLASSES */
  gfloat threshold;
  gdouble smoothing;    /* s, the time constant; 0: none */
  GstClockTime max_age; /* so long a result outlives the moment when the
                         * next one should have come; 0: for ever */
  GstMobilenetMessages messages;
  gboolean tensors; /* are attached as well */
} GstMobilenetShow;

/* Which frame a result is of. */
typedef struct
{
  guint64 number; /* as in gst/meta/result.h: newer is larger */
  guint epoch;    /* gst_mobilenet_results_get_epoch at it */
  guint run;      /* another one after each break */
  GstClockTime pts;
  GstClockTime time; /* gst_mobilenet_timeline_next; NONE: unknown */
} GstMobilenetFrameId;

typedef struct _GstMobilenetResults GstMobilenetResults;

/* element is posted for, and must outlive the results; instance is its. */
GstMobilenetResults *
gst_mobilenet_results_new (GstElement *element, guint64 instance);
void gst_mobilenet_results_free (GstMobilenetResults *results);
/* The element's name as results have it: valid UTF-8. */
const gchar *gst_mobilenet_results_get_name (GstMobilenetResults *results);

/* Makes result, which model's network gave, the newest, unless it is of an
 * earlier epoch; gst_mobilenet_results_post tells the world. */
void gst_mobilenet_results_take (GstMobilenetResults *results,
    GstMobilenetModel *model, MnResult *result,
    const GstMobilenetFrameId *frame, const GstMobilenetShow *show);
/* A frame that was to give the next result could not be classified: if that
 * goes on for max-age, the newest one ends. */
void gst_mobilenet_results_miss (GstMobilenetResults *results);
/* Posts what there is to tell. */
void gst_mobilenet_results_post (GstMobilenetResults *results);
/* Attaches the newest result to buffer, which is frame, with its age. None
 * to a frame older than the one that it is of, and none that should have been
 * replaced for longer than max-age: that ends it. Takes buffer, which is made
 * writable if need be. */
GstBuffer *
gst_mobilenet_results_attach (GstMobilenetResults *results, GstBuffer *buffer,
    const GstMobilenetFrameId *frame, const GstMobilenetShow *show);
/* Whether there is none for frame, or one older than max_age. */
gboolean gst_mobilenet_results_are_missing (GstMobilenetResults *results,
    const GstMobilenetFrameId *frame, GstClockTime max_age);
/* There is no result any more, and says so. */
void gst_mobilenet_results_end (GstMobilenetResults *results,
    const GstMobilenetShow *show);
/* A new epoch: results of before say nothing about what comes now. */
void gst_mobilenet_results_forget (GstMobilenetResults *results);
guint gst_mobilenet_results_get_epoch (GstMobilenetResults *results);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetResults, gst_mobilenet_results_free)

G_END_DECLS

#endif /* GST_MOBILENET_RESULTS_H */
