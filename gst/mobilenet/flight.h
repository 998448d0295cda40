/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A buffer on its way through, and what is under way for it: an inference on
 * a lane, one of the runner's, or one for its objects. Belongs to whoever has
 * the stream. */

#ifndef GST_MOBILENET_FLIGHT_H
#define GST_MOBILENET_FLIGHT_H

#include "gst/mobilenet/regions.h"
#include "gst/mobilenet/stream.h"
#include "gst/mobilenet/work.h"

G_BEGIN_DECLS

typedef struct
{
  GstBuffer *buffer;
  GstMobilenetLive live; /* as it was when the buffer came */
  GstMobilenetFrameId id;
  GstMobilenetModel *model;   /* while it has to do with it */
  MnTicket ticket;            /* of its runner; 0: not there (any more) */
  GstMobilenetRegionJob *job; /* its objects; NULL: none */
  gboolean on_device;         /* so is what the runner has; else it is done
                               * once it was submitted */
  gboolean on_lane;           /* work is under way */
  GstMobilenetWork work;
  MnResult *result; /* of this very frame; NULL: none */
  gboolean failed;  /* and there will be none, though it was to be
                     * classified */
} GstMobilenetFlight;

/* The runner has something for it. */
gboolean gst_mobilenet_flight_is_in_runner (const GstMobilenetFlight *flight);
/* Nothing is under way, as far as can be told without asking a device. lanes:
 * where its work is; NULL: nowhere. */
gboolean gst_mobilenet_flight_is_done (const GstMobilenetFlight *flight,
    MnWorker *lanes);
/* Waits for what is under way; on the runner until deadline
 * (g_get_monotonic_time; MN_FOREVER: none). FALSE: it still is. Failures are
 * told to outlet. */
gboolean gst_mobilenet_flight_land (GstMobilenetFlight *flight, MnWorker *lanes,
    GstMobilenetOutlet *outlet, gint64 deadline);
/* Nobody wants it any more: what has not begun is not done. To be landed all
 * the same, and cleared then. */
void gst_mobilenet_flight_cancel (GstMobilenetFlight *flight, MnWorker *lanes);
/* Drops what is left of it. */
void gst_mobilenet_flight_clear (GstMobilenetFlight *flight);

G_END_DECLS

#endif /* GST_MOBILENET_FLIGHT_H */
