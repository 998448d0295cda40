/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What mobilenet-tool bench measured or modelled, and how it is shown. */

#ifndef MN_BENCH_H
#define MN_BENCH_H

#include "tools/device_model.h"
#include "tools/roofline.h"

G_BEGIN_DECLS

typedef struct
{
  const gchar *model, *backend, *device;
  gdouble load_ms;    /* file to checked graph */
  gdouble compile_ms; /* graph to plan and session */
  gdouble first_ms;   /* the first run alone */
  gdouble min_ms, median_ms, p90_ms;
  guint n_runs;
  gsize peak_memory; /* bytes, of the process */
  /* Bytes that were resident before the file was opened, and how many more
   * after the warm-up. */
  gsize memory_before, memory_added;
  /* Layers of the runs that were profiled; NULL: none asked for. Their
   * seconds count profile_runs runs. */
  const MnLayerTime *layers;
  guint n_layers;
  guint64 profile_runs;
  /* This machine's limits, which the layers are held to; NULL: not known. */
  const MnPeaks *peaks;
} MnBench;

/* For people: the last word is the median in ms, the number before it on the
 * same line the minimum. Free with g_free. */
gchar *mn_bench_to_text (const MnBench *bench);
/* One JSON object and a newline. Free with g_free. */
gchar *mn_bench_to_json (const MnBench *bench);

/* What a GPU that is not here is modelled to take. */
typedef struct
{
  const gchar *model, *device;
  const GPtrArray *launches; /* MnModelled */
  gdouble launch_us;         /* of which each launch costs so many */
  gboolean per_layer;
} MnBenchModelled;

/* As above; the last word is the frame's ms. Each says that it is modelled. */
gchar *mn_bench_modelled_to_text (const MnBenchModelled *bench);
gchar *mn_bench_modelled_to_json (const MnBenchModelled *bench);

G_END_DECLS

#endif /* MN_BENCH_H */
