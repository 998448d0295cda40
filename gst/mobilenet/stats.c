/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/stats.h"

#include <stdlib.h>
#include <string.h>

void
gst_mobilenet_stats_start (GstMobilenetStats *stats)
{
  memset (stats, 0, sizeof (*stats));
  stats->start_time = g_get_monotonic_time ();
}

void
gst_mobilenet_stats_add (GstMobilenetStats *stats, GstClockTime latency)
{
  stats->latencies[stats->inferences % GST_MOBILENET_STATS_WINDOW] = latency;
  if (stats->inferences++ == 0) {
    gint64 passed = g_get_monotonic_time () - stats->start_time;

    stats->first_result = MAX (passed, 1) * GST_USECOND;
  }
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  GstClockTime x = *(const GstClockTime *) a;
  GstClockTime y = *(const GstClockTime *) b;

  return (x > y) - (x < y);
}

/* The nearest-rank percentile of n sorted values. */
static GstClockTime
percentile (const GstClockTime *sorted, guint n, guint percent)
{
  return n == 0 ? 0 : sorted[(n * percent + 99) / 100 - 1];
}

GstStructure *
gst_mobilenet_stats_to_structure (const GstMobilenetStats *stats,
    const gchar *model, const gchar *backend, const gchar *device,
    const gchar *device_status)
{
  GstClockTime sorted[GST_MOBILENET_STATS_WINDOW];
  guint n = MIN (stats->inferences, GST_MOBILENET_STATS_WINDOW);

  memcpy (sorted, stats->latencies, n * sizeof (*sorted));
  qsort (sorted, n, sizeof (*sorted), compare_times);
  return gst_structure_new ("mobilenet-stats", "model", G_TYPE_STRING, model,
      "active-backend", G_TYPE_STRING, backend, "active-device", G_TYPE_STRING,
      device, "device-status", G_TYPE_STRING, device_status, "frames",
      G_TYPE_UINT64, stats->frames, "inferences", G_TYPE_UINT64,
      stats->inferences, "skipped", G_TYPE_UINT64, stats->skipped,
      "latency-p50", G_TYPE_UINT64, (guint64) percentile (sorted, n, 50),
      "latency-p90", G_TYPE_UINT64, (guint64) percentile (sorted, n, 90),
      "latency-p99", G_TYPE_UINT64, (guint64) percentile (sorted, n, 99),
      "time-to-first-result", G_TYPE_UINT64, (guint64) stats->first_result,
      NULL);
}
