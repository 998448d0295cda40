/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All that a stream says to the world besides its buffers: messages, warnings,
 * counters, and what computes now. Any thread; posts with no lock held. */

#ifndef GST_MOBILENET_OUTLET_H
#define GST_MOBILENET_OUTLET_H

#include <gst/gst.h>

#include "gst/mobilenet/results.h"
#include "gst/mobilenet/stats.h"

G_BEGIN_DECLS

/* Guarded by the element's object lock. Strings are interned. */
typedef struct
{
  GstMobilenetStats stats;
  const gchar *model;
  const gchar *backend, *device; /* NULL: never started */
  const gchar *device_status;
  /* Not guarded. */
  guint64 instance; /* of the element; never changes, never 0 */
  guint64 number;   /* of the newest frame, of all that the element
                     * ever got; stream lock of the sink pad */
} GstMobilenetStatus;

typedef struct
{
  GstElement *element; /* not owned, as is status */
  GstMobilenetStatus *status;
  GstMobilenetResults *results;
  gint warned; /* atomic: of a bad frame */
} GstMobilenetOutlet;

void gst_mobilenet_outlet_init (GstMobilenetOutlet *outlet, GstElement *element,
    GstMobilenetStatus *status);
void gst_mobilenet_outlet_clear (GstMobilenetOutlet *outlet);

/* Takes the result as gst_mobilenet_results_take, counts it, and posts. */
void gst_mobilenet_outlet_take (GstMobilenetOutlet *outlet,
    GstMobilenetModel *model, MnResult *result,
    const GstMobilenetFrameId *frame, const GstMobilenetShow *show);
/* An inference that took so many ns. */
void gst_mobilenet_outlet_time (GstMobilenetOutlet *outlet, guint64 latency);
/* So many more came in, and so many go without an inference. */
void gst_mobilenet_outlet_count (GstMobilenetOutlet *outlet, guint frames,
    guint skipped);
/* Of a frame that goes without a result; the first one only is posted, until
 * warned is set back. */
void
gst_mobilenet_outlet_warn (GstMobilenetOutlet *outlet, const GError *error);
/* The same of one that was to give the next result. */
void
gst_mobilenet_outlet_fail (GstMobilenetOutlet *outlet, const GError *error);
/* Posts what model's runner has to say, and notes what computes now. */
void gst_mobilenet_outlet_report (GstMobilenetOutlet *outlet,
    GstMobilenetModel *model);

G_END_DECLS

#endif /* GST_MOBILENET_OUTLET_H */
