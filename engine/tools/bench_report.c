/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/tools/bench.h"

static gdouble
layer_ms (const MnBench * bench, guint i)
{
  return bench->layers[i].seconds * 1e3 / MAX (bench->profile_runs, 1);
}

static gdouble
layer_gflops (const MnBench * bench, guint i)
{
  gdouble ms = layer_ms (bench, i);

  return ms > 0 ? bench->layers[i].flops / ms * 1e-6 : 0;
}

static void
append_layers (GString * text, const MnBench * bench)
{
  gdouble sum = 0;
  guint i;

  for (i = 0; i < bench->n_layers; i++)
    sum += layer_ms (bench, i);
  g_string_append_printf (text, "%9s %6s %8s %8s %4s  %-28s %s\n", "ms",
      "share", "GFLOP/s", "MB", "runs", "kernel", "layer");
  for (i = 0; i < bench->n_layers; i++) {
    const MnLayerTime *layer = &bench->layers[i];
    gdouble ms = layer_ms (bench, i);

    g_string_append_printf (text,
        "%9.4f %5.1f%% %8.2f %8.3f %4u  %-28s %s\n", ms,
        sum > 0 ? ms / sum * 100 : 0, layer_gflops (bench, i),
        layer->bytes * 1e-6, layer->launches, layer->kernel, layer->name);
  }
  g_string_append_printf (text, "%9.4f 100.0%% sum of the layers\n\n", sum);
}

gchar *
mn_bench_to_text (const MnBench * bench)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s on %s (%s)\n", bench->model,
      bench->backend, bench->device);
  if (bench->layers)
    append_layers (text, bench);
  g_string_append_printf (text, "load %.1f ms, compile %.1f ms, first run "
      "%.1f ms, time to the first result %.1f ms, peak memory %.1f MB\n",
      bench->load_ms, bench->compile_ms, bench->first_ms,
      bench->load_ms + bench->compile_ms + bench->first_ms,
      bench->peak_memory * 1e-6);
  g_string_append_printf (text,
      "%u runs, in ms: p90 %.3f min %.3f median %.3f\n", bench->n_runs,
      bench->p90_ms, bench->min_ms, bench->median_ms);
  return g_string_free (text, FALSE);
}

static void
append_string (GString * text, const gchar * key, const gchar * value)
{
  g_autofree gchar *valid = g_utf8_make_valid (value, -1);
  const gchar *p;

  g_string_append_printf (text, "\"%s\": \"", key);
  for (p = valid; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf (text, "\\%c", *p);
    else if (g_ascii_iscntrl (*p))
      g_string_append_printf (text, "\\u%04x", *p);
    else
      g_string_append_c (text, *p);
  }
  g_string_append (text, "\"");
}

static void
append_number (GString * text, const gchar * key, gdouble value)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, ", \"%s\": %s", key,
      g_ascii_formatd (buffer, sizeof (buffer), "%.6g", value));
}

static void
append_json_layers (GString * text, const MnBench * bench)
{
  guint i;

  g_string_append (text, ", \"layers\": [");
  for (i = 0; i < bench->n_layers; i++) {
    const MnLayerTime *layer = &bench->layers[i];

    g_string_append (text, i ? ", {" : "{");
    append_string (text, "name", layer->name);
    g_string_append (text, ", ");
    append_string (text, "kernel", layer->kernel);
    append_number (text, "ms", layer_ms (bench, i));
    append_number (text, "gflops", layer_gflops (bench, i));
    append_number (text, "flop", layer->flops);
    append_number (text, "bytes", layer->bytes);
    append_number (text, "launches", layer->launches);
    g_string_append (text, "}");
  }
  g_string_append (text, "]");
}

gchar *
mn_bench_to_json (const MnBench * bench)
{
  GString *text = g_string_new ("{");

  append_string (text, "model", bench->model);
  g_string_append (text, ", ");
  append_string (text, "backend", bench->backend);
  g_string_append (text, ", ");
  append_string (text, "device", bench->device);
  append_number (text, "load_ms", bench->load_ms);
  append_number (text, "compile_ms", bench->compile_ms);
  append_number (text, "first_run_ms", bench->first_ms);
  append_number (text, "time_to_first_result_ms",
      bench->load_ms + bench->compile_ms + bench->first_ms);
  append_number (text, "runs", bench->n_runs);
  append_number (text, "p90_ms", bench->p90_ms);
  append_number (text, "min_ms", bench->min_ms);
  append_number (text, "median_ms", bench->median_ms);
  g_string_append_printf (text, ", \"peak_memory_bytes\": %" G_GSIZE_FORMAT,
      bench->peak_memory);
  if (bench->layers)
    append_json_layers (text, bench);
  g_string_append (text, "}\n");
  return g_string_free (text, FALSE);
}
