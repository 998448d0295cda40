/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A buffer on its way through, and what is under way for it: an inference of
 * the runner's, or one for its objects. Belongs to whoever has the stream. */

#ifndef GST_MOBILENET_FLIGHT_H
#define GST_MOBILENET_FLIGHT_H

#include "gst/mobilenet/regions.h"
#include "gst/mobilenet/stream.h"

G_BEGIN_DECLS

typedef struct
{
  GstBuffer *buffer;
  GstMobilenetLive live; /* as it was when the buffer came */
  GstMobilenetFrameId id;
  GstMobilenetModel *model;   /* while it has to do with it */
  MnTicket ticket;            /* of its runner; 0: not there (any more) */
  GstMobilenetRegionJob *job; /* its objects; NULL: none */
  MnResult *result;           /* of this very frame; NULL: none */
  gboolean failed;            /* and there will be none, though it was to be
                               * classified */
} GstMobilenetFlight;

/* How it stands with what is under way. */
MnProgress gst_mobilenet_flight_look (const GstMobilenetFlight *flight);
/* Waits for that until deadline (g_get_monotonic_time; MN_FOREVER: none).
 * FALSE: it still is. Failures are told to outlet. */
gboolean gst_mobilenet_flight_land (GstMobilenetFlight *flight,
    GstMobilenetOutlet *outlet, gint64 deadline);
/* Nobody wants it any more. To be cleared then. */
void gst_mobilenet_flight_cancel (GstMobilenetFlight *flight);
/* Drops what is left of it. */
void gst_mobilenet_flight_clear (GstMobilenetFlight *flight);

G_END_DECLS

#endif /* GST_MOBILENET_FLIGHT_H */
