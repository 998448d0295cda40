/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One stream through a model: frames in, the same frames with results out, in
 * order. Belongs to whoever holds the sink pad's stream lock: the streaming
 * thread, or the one that pushes while it is away. What other threads may read
 * lies in GstMobilenetStatus.
 *
 * Each frame by itself (every-frame): several are inside, on a device or each
 * on a thread of its own, and come out with their results. Newest result
 * (latest): a thread in the background takes the newest frame when it has
 * done with the one before, and buffers go on at once with what there is. */

#ifndef GST_MOBILENET_STREAM_H
#define GST_MOBILENET_STREAM_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gst/mobilenet/bell.h"
#include "gst/mobilenet/model.h"
#include "gst/mobilenet/outlet.h"
#include "gst/mobilenet/pace.h"
#include "gst/mobilenet/timeline.h"
#include "gst/video/view.h"

G_BEGIN_DECLS

/* Frames inside at most. */
#define GST_MOBILENET_MAX_DEPTH MN_RUNNER_MAX_IN_FLIGHT
/* The properties that hold for one frame. */
typedef struct
{
  gboolean enabled;
  GstMobilenetShow show;
  guint interval;   /* 1.. */
  gdouble max_rate; /* a second; 0: any */
  GstMobilenetRegion region;
  guint max_regions, reclassify_interval; /* see regions.h */
  gboolean latest;                        /* not with objects */
  gboolean live;                          /* upstream is */
  gboolean still; /* the next frame may be long in coming */
  guint depth;    /* frames inside, 1..GST_MOBILENET_MAX_DEPTH;
                   * 0: what suits */
} GstMobilenetLive;

/* What is to come out. */
typedef enum
{
  GST_MOBILENET_PULL_DONE, /* what is done, and where depth of them are
                            * inside the oldest, which is waited for */
  GST_MOBILENET_PULL_ASK,  /* the same; a device is asked, at some cost for
                            * those that come next */
  GST_MOBILENET_PULL_ALL   /* waits for each */
} GstMobilenetPull;

typedef struct _GstMobilenetStream GstMobilenetStream;

/* element is posted for, and must outlive the stream, as must status. Posts
 * happen with no lock held. */
GstMobilenetStream *gst_mobilenet_stream_new (GstElement *element,
    GstMobilenetModel *model, GstMobilenetStatus *status);
/* Drops what is inside. */
void gst_mobilenet_stream_free (GstMobilenetStream *stream);

/* From the next frame on. Returns the old one, the caller's; the frames
 * inside have their own references. */
GstMobilenetModel *gst_mobilenet_stream_exchange (GstMobilenetStream *stream,
    GstMobilenetModel *model);

/* New caps. */
void gst_mobilenet_stream_set_info (GstMobilenetStream *stream,
    const GstVideoInfo *info);
/* How frames are looked at; what is set there holds from the next one on.
 * The stream's. */
GstMobilenetView *gst_mobilenet_stream_get_view (GstMobilenetStream *stream);
/* As gst_mobilenet_view_set_norm, for the model in use. */
gboolean gst_mobilenet_stream_set_norm (GstMobilenetStream *stream,
    const gchar *mean, const gchar *std, GError **error);
/* Makes the preprocessing for what was set, so that the first frame need
 * not. FALSE: the engine cannot take such frames. */
gboolean
gst_mobilenet_stream_prepare (GstMobilenetStream *stream, GError **error);

/* TRUE: with live the other schedule begins; all that is inside is to be
 * pulled first. */
gboolean gst_mobilenet_stream_changes (GstMobilenetStream *stream,
    const GstMobilenetLive *live);
/* Takes the buffer; then gst_mobilenet_stream_pull until it gives NULL. */
GstMobilenetVerdict
gst_mobilenet_stream_push (GstMobilenetStream *stream, GstBuffer *buffer,
    const GstMobilenetLive *live, const GstMobilenetTime *time);
/* The oldest buffer with its result, or NULL. The caller's. */
GstBuffer *
gst_mobilenet_stream_pull (GstMobilenetStream *stream, GstMobilenetPull which);
/* No buffer is inside. */
gboolean gst_mobilenet_stream_is_empty (GstMobilenetStream *stream);
/* The oldest is on a device: only who asks (GST_MOBILENET_PULL_ASK) finds out
 * whether it is done. */
gboolean gst_mobilenet_stream_awaits_device (GstMobilenetStream *stream);
/* wake is called, by any thread and with no lock held, when something may be
 * done that pull left inside; at the latest while the stream is freed. To be
 * set before the first frame. */
void gst_mobilenet_stream_set_wake (GstMobilenetStream *stream,
    GstMobilenetWakeFunc wake, gpointer user_data);
/* How many were inside at most, when the newest frame came. */
guint gst_mobilenet_stream_get_depth (GstMobilenetStream *stream);
/* Drops the buffers inside; inferences that run end first, but for one in the
 * background, whose result is thrown away. */
void gst_mobilenet_stream_discard (GstMobilenetStream *stream);
/* A result of before says nothing about what comes now. */
void gst_mobilenet_stream_forget (GstMobilenetStream *stream);
/* Nothing comes any more: waits a moment for the newest result. */
void gst_mobilenet_stream_finish (GstMobilenetStream *stream);
/* Waits until no frame is held in the background. */
void gst_mobilenet_stream_settle (GstMobilenetStream *stream);
/* TRUE: push and finish wait for nothing, until FALSE. Any thread. */
void
gst_mobilenet_stream_interrupt (GstMobilenetStream *stream, gboolean interrupt);
/* Posts what the runner has to say, and notes what computes now. */
void gst_mobilenet_stream_report (GstMobilenetStream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetStream, gst_mobilenet_stream_free)

G_END_DECLS

#endif /* GST_MOBILENET_STREAM_H */
