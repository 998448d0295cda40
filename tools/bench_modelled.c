/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/printable.h"
#include "tools/bench.h"
#include "tools/json.h"

static const MnModelled *
launch_at (const MnBenchModelled *bench, guint i)
{
  return g_ptr_array_index (bench->launches, i);
}

/* What a launch takes longest for, beside its cost. */
static const gchar *
bound_by (const MnModelled *m)
{
  const MnModelTime *t = &m->time;

  if (!m->known)
    return "unknown";
  if (t->waiting >= t->issue && t->waiting >= t->bytes)
    return "waiting";
  return t->issue >= t->bytes ? "issue" : "bytes";
}

/* Launches whose instructions are those of a similar program, or not known. */
static void
count_guesses (const MnBenchModelled *bench, guint *similar, guint *unknown)
{
  guint i;

  *similar = *unknown = 0;
  for (i = 0; i < bench->launches->len; i++) {
    const MnModelled *m = launch_at (bench, i);

    *unknown += !m->known;
    *similar += m->known && !m->exact;
  }
}

static void
append_launches (GString *text, const MnBenchModelled *bench)
{
  guint i;

  g_string_append_printf (text, "%9s %8s  %-8s %-16s %s\n", "ms", "MB", "bound",
      "kernel", "layer (modelled)");
  for (i = 0; i < bench->launches->len; i++) {
    const MnModelled *m = launch_at (bench, i);
    g_autofree gchar *layer = mn_printable (m->layer);

    g_string_append_printf (text, "%9.4f %8.3f  %-8s %-16s %s\n",
        m->time.seconds * 1e3, m->bytes * 1e-6, bound_by (m), m->kernel, layer);
  }
  g_string_append (text, "\n");
}

gchar *
mn_bench_modelled_to_text (const MnBenchModelled *bench)
{
  g_autofree gchar *model = mn_printable (bench->model);
  GString *text = g_string_new (NULL);
  guint similar, unknown;

  count_guesses (bench, &similar, &unknown);
  g_string_append_printf (text, "%s on %s: modelled, not measured\n", model,
      bench->device);
  if (bench->per_layer)
    append_launches (text, bench);
  if (similar > 0 || unknown > 0)
    g_string_append_printf (text,
        "instructions of %u launches: those of similar kernels; of %u: "
        "unknown\n",
        similar, unknown);
  g_string_append_printf (text,
      "%u launches, of which each costs %.3f ms; modelled ms: %.3f\n",
      bench->launches->len, bench->launch_us * 1e-3,
      mn_device_model_sum (bench->launches) * 1e3);
  return g_string_free (text, FALSE);
}

static void
append_json_launches (GString *text, const MnBenchModelled *bench)
{
  guint i;

  g_string_append (text, ", \"layers\": [");
  for (i = 0; i < bench->launches->len; i++) {
    const MnModelled *m = launch_at (bench, i);

    g_string_append (text, i ? ", {" : "{");
    mn_json_string (text, "name", m->layer);
    g_string_append (text, ", ");
    mn_json_string (text, "kernel", m->kernel);
    g_string_append (text, ", ");
    mn_json_string (text, "bound", bound_by (m));
    mn_json_number (text, "modelled_ms", m->time.seconds * 1e3);
    mn_json_number (text, "issue_ms", m->time.issue * 1e3);
    mn_json_number (text, "bytes_ms", m->time.bytes * 1e3);
    mn_json_number (text, "waiting_ms", m->time.waiting * 1e3);
    mn_json_number (text, "bytes", m->bytes);
    g_string_append (text, "}");
  }
  g_string_append (text, "]");
}

gchar *
mn_bench_modelled_to_json (const MnBenchModelled *bench)
{
  GString *text = g_string_new ("{");
  guint similar, unknown;

  count_guesses (bench, &similar, &unknown);
  mn_json_string (text, "model", bench->model);
  g_string_append (text, ", ");
  mn_json_string (text, "device", bench->device);
  g_string_append (text, ", \"modelled\": true");
  mn_json_number (text, "launches", bench->launches->len);
  mn_json_number (text, "launch_ms", bench->launch_us * 1e-3);
  mn_json_number (text, "similar", similar);
  mn_json_number (text, "unknown", unknown);
  mn_json_number (text, "modelled_ms",
      mn_device_model_sum (bench->launches) * 1e3);
  if (bench->per_layer)
    append_json_launches (text, bench);
  g_string_append (text, "}\n");
  return g_string_free (text, FALSE);
}
