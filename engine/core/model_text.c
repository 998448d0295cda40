/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model in words for people. */

#include "engine/core/internal.h"

#include "engine/base/printable.h"
#include "engine/graph/describe.h"

static void
append_list (GString *text, const gchar *what, const gfloat *v, guint n)
{
  guint i;

  g_string_append_printf (text, "%s", what);
  for (i = 0; i < n; i++)
    g_string_append_printf (text, "%s%g", i ? ", " : " ", v[i]);
}

static void
describe_labels (GString *text, const MnModelInfo *info)
{
  const MnLabelsNote *note = &info->labels_note;
  g_autofree gchar *source = mn_printable (info->labels_source);
  g_autofree gchar *doubt = mn_printable (note->doubt);
  gint offset;

  g_string_append_printf (text, "labels: %u (from %s: %s%s)", info->n_labels,
      source, note->form, note->first == 1 ? ", counted from 1" : "");
  if (note->doubt)
    g_string_append_printf (text, "; doubtful: %s", doubt);
  if (info->n_labels != info->n_classes
      && (info->n_labels != 1 || !mn_labels_fit_model (note, 1, info, &offset)))
    g_string_append_printf (text, "; the network tells %u classes apart",
        info->n_classes);
  g_string_append_c (text, '\n');
}

/* What pixels of 0..255 become, as one range where channels agree. */
static void
append_range (GString *text, const MnModelInfo *info)
{
  guint c;

  for (c = 0; c < info->channels; c++) {
    if (c > 0 && info->mean[c] == info->mean[0] && info->std[c] == info->std[0])
      continue;
    g_string_append_printf (text, "%s%.4g..%.4g", c ? ", " : "",
        (0 - info->mean[c]) / info->std[c],
        (255 - info->mean[c]) / info->std[c]);
  }
}

/* Where mean and std come from: "from metadata"; or "guessed". */
static void
append_source (GString *text, const MnModelInfo *info)
{
  if (g_str_equal (info->norm_source, "guess"))
    g_string_append (text, "guessed");
  else
    g_string_append_printf (text, "from %s", info->norm_source);
}

gchar *
mn_model_explain (MnModel *self)
{
  static const gchar *const values[] = {"values are probabilities",
    "a softmax makes probabilities of the values",
    "the one value is the probability of class 1 of 0 and 1",
    "a sigmoid makes the one value the probability of class 1 of 0 and 1"};
  const MnModelInfo *info = &self->info;
  g_autofree gchar *output =
      mn_printable (mn_graph_output (self->graph, info->output)->name);
  GString *text = g_string_new ("pixels become ");

  append_range (text, info);
  g_string_append (text, " (");
  append_source (text, info);
  if (info->norm_why)
    g_string_append_printf (text, ": %s", info->norm_why);
  g_string_append_c (text, ')');
  g_string_append_printf (text, "; output %u of %u, \"%s\" (%s)", info->output,
      info->n_outputs, output, info->output_why);
  if (info->task == MN_TASK_CLASSIFICATION)
    g_string_append_printf (text, "; %s", values[info->values]);
  return g_string_free (text, FALSE);
}

gchar *
mn_model_describe (MnModel *self)
{
  const MnModelInfo *info = &self->info;
  GString *text = g_string_new (NULL);
  g_autofree gchar *graph = mn_graph_describe (self->graph);
  g_autofree gchar *name = mn_printable (info->name);
  g_autofree gchar *meaning = mn_model_explain (self);

  g_string_append_printf (text, "%s: %s, input %ux%u %s %s\n", name,
      mn_task_name (info->task), info->width, info->height,
      info->channels == 3 ? "RGB" : "grey", mn_dtype_name (info->input_dtype));
  append_list (text, "normalisation: mean", info->mean, info->channels);
  append_list (text, ", std", info->std, info->channels);
  g_string_append (text, " (");
  append_source (text, info);
  g_string_append_printf (text, ")\nmeaning: %s\n", meaning);
  if (info->norm_doubt)
    g_string_append_printf (text, "doubt: %s\n", info->norm_doubt);
  if (info->output_doubt)
    g_string_append_printf (text, "doubt: %s\n", info->output_doubt);
  if (info->labels)
    describe_labels (text, info);
  else
    g_string_append (text, "labels: none\n");
  g_string_append (text, graph);
  return g_string_free (text, FALSE);
}

gchar *
mn_model_to_dot (MnModel *self)
{
  return mn_graph_to_dot (self->graph);
}
