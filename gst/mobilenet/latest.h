/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The newest frame on a thread in the background: one is computed, one more
 * at most waits, and a newer one takes its place. The streaming thread calls,
 * and waits in none of these but those that say so. */

#ifndef GST_MOBILENET_LATEST_H
#define GST_MOBILENET_LATEST_H

#include <gst/video/video.h>

#include "gst/video/handover.h"
#include "gst/mobilenet/outlet.h"

G_BEGIN_DECLS

typedef struct _GstMobilenetLatest GstMobilenetLatest;

/* All three must outlive it; frames and handover are the streaming thread's,
 * which may use them for others as well. */
GstMobilenetLatest *gst_mobilenet_latest_new (GstMobilenetOutlet *outlet,
    GstMobilenetFramePool *frames, GstMobilenetHandover *handover);
/* What waits is dropped; what runs is waited for. */
void gst_mobilenet_latest_free (GstMobilenetLatest *latest);

/* Hands buffer over, which stays the caller's; the result goes to the outlet.
 * input and serial: as for gst_mobilenet_model_infer. FALSE: it is not
 * classified; error is set where that is the frame's fault, or no thread can
 * be made, not that of the one that is computed. */
gboolean gst_mobilenet_latest_submit (GstMobilenetLatest *latest,
    GstMobilenetModel *model, GstBuffer *buffer, const GstVideoInfo *info,
    const MnInput *input, guint serial, const GstMobilenetFrameId *id,
    const GstMobilenetShow *show, GError **error);
/* What waits is not done. */
void gst_mobilenet_latest_drop (GstMobilenetLatest *latest);
/* Waits for all that was submitted until deadline (g_get_monotonic_time;
 * G_MAXINT64: none), or until interrupted. */
void gst_mobilenet_latest_wait (GstMobilenetLatest *latest, gint64 deadline);
/* TRUE: gst_mobilenet_latest_wait ends, until FALSE. Any thread. */
void
gst_mobilenet_latest_interrupt (GstMobilenetLatest *latest, gboolean interrupt);
/* Drops what waits, and waits for what runs, come what may: then the runner
 * is the caller's, and no frame is held. */
void gst_mobilenet_latest_settle (GstMobilenetLatest *latest);

G_END_DECLS

#endif /* GST_MOBILENET_LATEST_H */
