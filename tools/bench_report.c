/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/printable.h"
#include "tools/bench.h"
#include "tools/json.h"

static gdouble
layer_ms (const MnBench *bench, guint i)
{
  return bench->layers[i].seconds * 1e3 / MAX (bench->profile_runs, 1);
}

static gdouble
layer_gflops (const MnBench *bench, guint i)
{
  gdouble ms = layer_ms (bench, i);

  return ms > 0 ? bench->layers[i].flops / ms * 1e-6 : 0;
}

/* The least that the machine needs; 0: not known. */
static gdouble
layer_limit_ms (const MnBench *bench, guint i)
{
  if (!bench->peaks)
    return 0;
  return mn_peaks_seconds (bench->peaks, &bench->layers[i]) * 1e3;
}

/* The share of the machine's peak as a column of seven characters. */
static void
append_share (GString *text, gdouble limit, gdouble ms)
{
  if (limit > 0 && ms > 0)
    g_string_append_printf (text, " %5.1f%%", limit / ms * 100);
  else
    g_string_append_printf (text, " %6s", "-");
}

/* GFLOP/s, GB/s: three digits at least. */
static void
append_rate (GString *text, gdouble rate)
{
  g_string_append_printf (text, rate < 1e11 ? "%.1f" : "%.0f", rate * 1e-9);
}

static void
append_peaks (GString *text, const MnPeaks *peaks)
{
  guint i;

  g_string_append_printf (text, "peaks of %u thread%s:", peaks->threads,
      peaks->threads == 1 ? "" : "s");
  for (i = 0; i < MN_N_ARITH; i++) {
    if (peaks->ops[i] <= 0)
      continue;
    g_string_append_printf (text, " %s ", mn_arith_name (i));
    append_rate (text, peaks->ops[i]);
    g_string_append (text, i == MN_ARITH_I8 ? " Gop/s," : " GFLOP/s,");
  }
  g_string_append (text, " reading");
  for (i = 0; i < peaks->n_sizes; i++) {
    /* In fours: enough for people. */
    if (i % 2 && i + 1 < peaks->n_sizes)
      continue;
    g_string_append_printf (text, "%s %" G_GSIZE_FORMAT " KB ", i ? "," : "",
        peaks->sizes[i] / 1024);
    append_rate (text, peaks->read[i]);
  }
  g_string_append (text, " GB/s\n");
}

static void
append_layers (GString *text, const MnBench *bench)
{
  gdouble sum = 0, limit = 0;
  guint i;

  for (i = 0; i < bench->n_layers; i++) {
    sum += layer_ms (bench, i);
    limit += layer_limit_ms (bench, i);
  }
  g_string_append_printf (text, "%9s %6s %8s %8s %6s %4s  %-28s %s\n", "ms",
      "share", "GFLOP/s", "MB", "peak", "runs", "kernel", "layer");
  for (i = 0; i < bench->n_layers; i++) {
    const MnLayerTime *layer = &bench->layers[i];
    g_autofree gchar *name = mn_printable (layer->name);
    gdouble ms = layer_ms (bench, i);

    g_string_append_printf (text, "%9.4f %5.1f%% %8.2f %8.3f", ms,
        sum > 0 ? ms / sum * 100 : 0, layer_gflops (bench, i),
        layer->bytes * 1e-6);
    append_share (text, layer_limit_ms (bench, i), ms);
    g_string_append_printf (text, " %4u  %-28s %s\n", layer->launches,
        layer->kernel, name);
  }
  g_string_append_printf (text, "%9.4f 100.0%% %17s", sum, "");
  append_share (text, limit, sum);
  g_string_append (text, "       sum of the layers\n");
  if (bench->peaks)
    append_peaks (text, bench->peaks);
  g_string_append (text, "\n");
}

gchar *
mn_bench_to_text (const MnBench *bench)
{
  g_autofree gchar *model = mn_printable (bench->model);
  g_autofree gchar *device = mn_printable (bench->device);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s on %s (%s)\n", model, bench->backend,
      device);
  if (bench->layers)
    append_layers (text, bench);
  g_string_append_printf (text,
      "load %.1f ms, compile %.1f ms, first run "
      "%.1f ms, time to the first result %.1f ms\n"
      "memory: %.1f MB added by loading and running, peak of the process "
      "%.1f MB\n",
      bench->load_ms, bench->compile_ms, bench->first_ms,
      bench->load_ms + bench->compile_ms + bench->first_ms,
      bench->memory_added * 1e-6, bench->peak_memory * 1e-6);
  g_string_append_printf (text,
      "%u runs, in ms: p90 %.3f min %.3f median %.3f\n", bench->n_runs,
      bench->p90_ms, bench->min_ms, bench->median_ms);
  return g_string_free (text, FALSE);
}

static void
append_json_layers (GString *text, const MnBench *bench)
{
  guint i;

  g_string_append (text, ", \"layers\": [");
  for (i = 0; i < bench->n_layers; i++) {
    const MnLayerTime *layer = &bench->layers[i];
    gdouble ms = layer_ms (bench, i), limit = layer_limit_ms (bench, i);

    g_string_append (text, i ? ", {" : "{");
    mn_json_string (text, "name", layer->name);
    g_string_append (text, ", ");
    mn_json_string (text, "kernel", layer->kernel);
    mn_json_number (text, "ms", ms);
    mn_json_number (text, "gflops", layer_gflops (bench, i));
    mn_json_number (text, "flop", layer->flops);
    mn_json_number (text, "bytes", layer->bytes);
    mn_json_number (text, "launches", layer->launches);
    g_string_append (text, ", ");
    mn_json_string (text, "arithmetic",
        mn_arith_name (mn_arith_of_kernel (layer->kernel)));
    if (limit > 0) {
      mn_json_number (text, "limit_ms", limit);
      if (ms > 0)
        mn_json_number (text, "share_of_peak", limit / ms);
    }
    g_string_append (text, "}");
  }
  g_string_append (text, "]");
}

static void
append_json_peaks (GString *text, const MnPeaks *peaks)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];
  guint i;

  g_string_append_printf (text, ", \"peaks\": {\"threads\": %u",
      peaks->threads);
  for (i = 0; i < MN_N_ARITH; i++) {
    if (peaks->ops[i] > 0)
      mn_json_number (text, mn_arith_name (i), peaks->ops[i] * 1e-9);
  }
  g_string_append (text, ", \"read\": [");
  for (i = 0; i < peaks->n_sizes; i++)
    g_string_append_printf (text,
        "%s{\"bytes\": %" G_GSIZE_FORMAT ", \"gbps\": %s}", i ? ", " : "",
        peaks->sizes[i],
        g_ascii_formatd (buffer, sizeof (buffer), "%.6g",
            peaks->read[i] * 1e-9));
  g_string_append (text, "]}");
}

/* A whole number of bytes. */
static void
append_bytes (GString *text, const gchar *key, gsize bytes)
{
  g_string_append_printf (text, ", \"%s\": %" G_GSIZE_FORMAT, key, bytes);
}

gchar *
mn_bench_to_json (const MnBench *bench)
{
  GString *text = g_string_new ("{");

  mn_json_string (text, "model", bench->model);
  g_string_append (text, ", ");
  mn_json_string (text, "backend", bench->backend);
  g_string_append (text, ", ");
  mn_json_string (text, "device", bench->device);
  mn_json_number (text, "load_ms", bench->load_ms);
  mn_json_number (text, "compile_ms", bench->compile_ms);
  mn_json_number (text, "first_run_ms", bench->first_ms);
  mn_json_number (text, "time_to_first_result_ms",
      bench->load_ms + bench->compile_ms + bench->first_ms);
  mn_json_number (text, "runs", bench->n_runs);
  mn_json_number (text, "p90_ms", bench->p90_ms);
  mn_json_number (text, "min_ms", bench->min_ms);
  mn_json_number (text, "median_ms", bench->median_ms);
  append_bytes (text, "peak_memory_bytes", bench->peak_memory);
  append_bytes (text, "memory_before_bytes", bench->memory_before);
  append_bytes (text, "memory_added_bytes", bench->memory_added);
  if (bench->layers)
    append_json_layers (text, bench);
  if (bench->peaks)
    append_json_peaks (text, bench->peaks);
  g_string_append (text, "}\n");
  return g_string_free (text, FALSE);
}
