/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* region=objects: the objects that others found on a buffer, each classified
 * by itself. Objects are those of GstAnalytics (from 1.24 on) and
 * GstVideoRegionOfInterestMeta. One that is tracked keeps its class for some
 * frames while its box stays about where it is.
 *
 * A buffer's objects are a job: begun on the streaming thread, started and
 * waited for by whoever has the runner, finished on the streaming thread
 * again. */

#ifndef GST_MOBILENET_REGIONS_H
#define GST_MOBILENET_REGIONS_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "engine/mn.h"

G_BEGIN_DECLS

#define GST_MOBILENET_MAX_REGIONS MN_MAX_BATCH
/* Of the element and its model, as they are at the frame. */
typedef struct
{
  guint max_regions; /* 1..GST_MOBILENET_MAX_REGIONS: the largest */
  guint keep;        /* frames that a tracked object keeps its class
                      * after the one it was computed from */
  gboolean renew;    /* classify; else only what is known counts */
  guint top_k;       /* 1..GST_MOBILENET_MAX_CLASSES */
  gfloat threshold;
  gchar *const *labels; /* one a class */
  const gchar *element; /* name of it */
  guint64 instance;     /* as in gst/meta/result.h */
} GstMobilenetRegionOptions;

/* What is known of the objects of a stream. */
typedef struct _GstMobilenetRegions GstMobilenetRegions;
/* The objects of one buffer, on their way. */
typedef struct _GstMobilenetRegionJob GstMobilenetRegionJob;

GstMobilenetRegions *gst_mobilenet_regions_new (void);
void gst_mobilenet_regions_free (GstMobilenetRegions *regions);
/* After a flush, or with another model: nothing of before holds. */
void gst_mobilenet_regions_forget (GstMobilenetRegions *regions);

/* Finds the buffer's objects, and which of them are to be classified. frame:
 * the buffer, mapped. NULL: it has no objects. Jobs of a stream are finished
 * in the order in which they began. */
GstMobilenetRegionJob *
gst_mobilenet_regions_begin (GstMobilenetRegions *regions, GstBuffer *buffer,
    const GstVideoInfo *info, MnFrame *frame,
    const GstMobilenetRegionOptions *options);

/* Starts to classify them, as one batch; the runner's input is set for the
 * frame. */
gboolean gst_mobilenet_region_job_start (GstMobilenetRegionJob *job,
    MnRunner *runner, GError **error);
/* What is to be waited for; 0: nothing. */
MnTicket gst_mobilenet_region_job_get_ticket (const GstMobilenetRegionJob *job);
/* Waits for that until deadline (g_get_monotonic_time; MN_FOREVER: none); the
 * frame is no longer read then. FALSE: it is still under way. error is set
 * where it failed. */
gboolean gst_mobilenet_region_job_wait (GstMobilenetRegionJob *job,
    MnRunner *runner, gint64 deadline, GError **error);
/* Drops a job (taken; NULL: none) instead, whatever it has come to; its
 * stream's tracks are to be forgotten, too. */
void
gst_mobilenet_region_job_cancel (GstMobilenetRegionJob *job, MnRunner *runner);

/* Gives the job's (taken) buffer (taken) back, with the classes related to
 * the objects, but for those that could not be computed. latency: of the
 * batch in ns; 0: nothing was computed. */
GstBuffer *gst_mobilenet_regions_finish (GstMobilenetRegions *regions,
    GstMobilenetRegionJob *job, GstBuffer *buffer,
    const GstMobilenetRegionOptions *options, guint64 *latency);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetRegions, gst_mobilenet_regions_free)

G_END_DECLS

#endif /* GST_MOBILENET_REGIONS_H */
