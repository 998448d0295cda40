/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One stream through a model: frames in, the same frames with results out,
 * in order, several in flight. Belongs to the streaming thread; what other
 * threads may read lies in GstMobilenetStatus. */

#ifndef GST_MOBILENET_STREAM_H
#define GST_MOBILENET_STREAM_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gst/gstmobilenetmodel.h"
#include "gst/gstmobilenetstats.h"

G_BEGIN_DECLS
/* Guarded by the element's object lock. Strings are interned. */
    typedef struct
{
  GstMobilenetStats stats;
  const gchar *backend, *device;        /* NULL: never started */
  const gchar *device_status;
} GstMobilenetStatus;

/* The properties that hold for one frame. */
typedef struct
{
  gboolean enabled;
  guint top_k;                  /* 1.. */
  gfloat threshold;
  guint interval;               /* 1.. */
  GstMobilenetMessages messages;
  guint depth;                  /* frames in flight, 1..MN_MAX_IN_FLIGHT */
} GstMobilenetLive;

typedef struct _GstMobilenetStream GstMobilenetStream;

/* element is posted for, and must outlive the stream, as must model and
 * status. Posts happen with no lock held. */
GstMobilenetStream *gst_mobilenet_stream_new (GstElement * element,
    GstMobilenetModel * model, GstMobilenetStatus * status);
/* Drops what is in flight. */
void gst_mobilenet_stream_free (GstMobilenetStream * stream);

/* New caps, or a new way to look at the same frames. They hold from the next
 * frame on, and cost nothing when they change nothing. */
void gst_mobilenet_stream_set_info (GstMobilenetStream * stream,
    const GstVideoInfo * info);
void gst_mobilenet_stream_set_orientation (GstMobilenetStream * stream,
    MnOrientation orientation);
void gst_mobilenet_stream_set_fit (GstMobilenetStream * stream, MnFit fit);
/* NULL: the model's own. Values as in gst_mobilenet_parse_norm; std not 0.
 * FALSE: a text is wrong, and nothing changed. */
gboolean gst_mobilenet_stream_set_norm (GstMobilenetStream * stream,
    const gchar * mean, const gchar * std, GError ** error);
/* Makes the preprocessing for what was set, so that the first frame need
 * not. FALSE: the engine cannot take such frames. */
gboolean gst_mobilenet_stream_prepare (GstMobilenetStream * stream,
    GError ** error);

/* Takes the buffer. At most depth - 1 may be inside. */
void gst_mobilenet_stream_push (GstMobilenetStream * stream,
    GstBuffer * buffer, const GstMobilenetLive * live);
/* The oldest buffer with its result, once depth of them are inside, or with
 * drain whatever their number; else NULL. The caller's. */
GstBuffer *gst_mobilenet_stream_pull (GstMobilenetStream * stream,
    gboolean drain);
/* Drops the buffers inside; their inferences end first. */
void gst_mobilenet_stream_discard (GstMobilenetStream * stream);
/* A result of before says nothing about what comes now. */
void gst_mobilenet_stream_forget (GstMobilenetStream * stream);
/* Posts what the runner has to say, and notes what computes now. */
void gst_mobilenet_stream_report (GstMobilenetStream * stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetStream, gst_mobilenet_stream_free)
    G_END_DECLS
#endif /* GST_MOBILENET_STREAM_H */
