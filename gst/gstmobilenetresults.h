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
#include "gst/gstmobilenetenums.h"
#include "gst/gstmobilenetmodel.h"

G_BEGIN_DECLS
/* How the results of one frame go out. */
    typedef struct
{
  guint top_k;                  /* 1.. */
  gfloat threshold;
  gdouble smoothing;            /* s, the time constant; 0: none */
  GstClockTime max_age;         /* 0: any age */
  GstMobilenetMessages messages;
  gboolean tensors;             /* are attached as well */
} GstMobilenetShow;

/* Which frame a result is of. */
typedef struct
{
  guint64 number;               /* counted on from frame to frame; from 1 */
  guint epoch;                  /* gst_mobilenet_results_get_epoch at it */
  guint run;                    /* another one after each break */
  GstClockTime pts;
} GstMobilenetFrameId;

typedef struct _GstMobilenetResults GstMobilenetResults;

/* element is posted for, and must outlive the results. */
GstMobilenetResults *gst_mobilenet_results_new (GstElement * element);
void gst_mobilenet_results_free (GstMobilenetResults * results);

/* Makes result, which model's network gave, the newest, unless it is of an
 * earlier epoch; gst_mobilenet_results_post tells the world. */
void gst_mobilenet_results_take (GstMobilenetResults * results,
    GstMobilenetModel * model, MnResult * result,
    const GstMobilenetFrameId * frame, const GstMobilenetShow * show);
/* Posts what there is to tell. */
void gst_mobilenet_results_post (GstMobilenetResults * results);
/* Attaches the newest result to buffer, which is frame, with its age. None
 * to a frame older than the one that it is of, and none older than max-age:
 * that ends it. Takes buffer, which is made writable if need be. */
GstBuffer *gst_mobilenet_results_attach (GstMobilenetResults * results,
    GstBuffer * buffer, const GstMobilenetFrameId * frame,
    const GstMobilenetShow * show);
/* Whether buffers of this pts would go without a result, but for a new one. */
gboolean gst_mobilenet_results_are_missing (GstMobilenetResults * results,
    GstClockTime pts, GstClockTime max_age);
/* There is no result any more, and says so. */
void gst_mobilenet_results_end (GstMobilenetResults * results,
    const GstMobilenetShow * show);
/* A new epoch: results of before say nothing about what comes now. */
void gst_mobilenet_results_forget (GstMobilenetResults * results);
guint gst_mobilenet_results_get_epoch (GstMobilenetResults * results);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetResults, gst_mobilenet_results_free)
    G_END_DECLS
#endif /* GST_MOBILENET_RESULTS_H */
