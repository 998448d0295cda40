/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The counters behind the property `stats`. Not locked: the element calls
 * under its object lock. */

#ifndef GST_MOBILENET_STATS_H
#define GST_MOBILENET_STATS_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Percentiles are those of the latest inferences, so many. */
#define GST_MOBILENET_STATS_WINDOW 512
typedef struct
{
  guint64 frames;            /* came in while enabled */
  guint64 inferences;        /* results that came out */
  guint64 skipped;           /* passed without an inference of their own */
  gint64 start_time;         /* monotonic, us; 0: not started */
  GstClockTime first_result; /* ns after the start; 0: none yet */
  GstClockTime latencies[GST_MOBILENET_STATS_WINDOW]; /* a ring */
} GstMobilenetStats;

void gst_mobilenet_stats_start (GstMobilenetStats *stats);
void gst_mobilenet_stats_add (GstMobilenetStats *stats, GstClockTime latency);
/* Fields: model (string, base name), active-backend, active-device,
 * device-status (string; the last says why a device is used or not), frames,
 * inferences, skipped, latency-p50, latency-p90, latency-p99,
 * time-to-first-result (guint64; times in ns, 0: none yet). */
GstStructure *gst_mobilenet_stats_to_structure (const GstMobilenetStats *stats,
    const gchar *model, const gchar *backend, const gchar *device,
    const gchar *device_status);

G_END_DECLS

#endif /* GST_MOBILENET_STATS_H */
