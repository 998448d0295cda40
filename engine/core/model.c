/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model file as a checked and rewritten graph, and what its user has to
 * know about it. */

#include "engine/core/internal.h"
#include "engine/base/advice.h"
#include "engine/graph/budget.h"
#include "engine/graph/describe.h"
#include "engine/base/file.h"
#include "engine/model/labels/labels.h"
#include "engine/model/modelinfo.h"
#include "engine/model/readers.h"
#include "engine/passes/passes.h"
#include "engine/base/printable.h"

#include <glib/gstdio.h>
#include <string.h>

static MnTensor *
first_tensor (const MnGraph *graph, GArray *indices)
{
  return mn_graph_tensor (graph, g_array_index (indices, gint, 0));
}

static void
take_metadata (MnModel *self, MnMetadata *metadata, const gchar *source)
{
  MnModelInfo *info = &self->info;

  mn_input_meaning_find (self->graph, metadata, source, &self->input);
  if (metadata->labels && !self->labels) {
    self->labels = g_steal_pointer (&metadata->labels);
    info->labels_note = metadata->note;
    memset (&metadata->note, 0, sizeof (metadata->note));
    self->labels_source = g_strdup (source);
  }
}

static gboolean
check_picture (const MnGraph *graph, GError **error)
{
  MnTensor *in;

  if (graph->inputs->len != 1 || graph->outputs->len < 1) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: the model has %u inputs and %u outputs; one picture goes in, "
        "one result or more come out",
        graph->name, graph->inputs->len, graph->outputs->len);
    return FALSE;
  }
  in = first_tensor (graph, graph->inputs);
  if (in->rank != 4 || (in->dims[3] != 1 && in->dims[3] != 3)
      || (in->dtype != MN_DTYPE_F32 && in->dtype != MN_DTYPE_U8
          && in->dtype != MN_DTYPE_I8)) {
    g_autofree gchar *shape = mn_tensor_shape (in);
    const gchar *advice = in->dtype == MN_DTYPE_I16 ? "int16"
        : in->rank == 4 && (in->dims[1] == 3 || in->dims[1] == 1)
        ? "channels first"
        : NULL;

    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: the model's input \"%s\" is %s %s, which is no picture "
        "(1 x height x width x 3 or 1)%s%s",
        graph->name, in->name, mn_dtype_name (in->dtype), shape,
        advice ? ": " : "", advice ? mn_advice (MN_ADVICE_FORM, advice) : "");
    return FALSE;
  }
  return TRUE;
}

static void
fill_info (MnModel *self)
{
  MnTensor *in = first_tensor (self->graph, self->graph->inputs);
  MnModelInfo *info = &self->info;

  info->name = self->graph->name;
  info->height = in->dims[1];
  info->width = in->dims[2];
  info->channels = in->dims[3];
  info->input_dtype = in->dtype;
  info->n_outputs = self->graph->outputs->len;
  info->quantised = mn_graph_is_quantised (self->graph);
}

static void
fill_output (MnModel *self)
{
  MnModelInfo *info = &self->info;
  const MnOutputMeaning *output = &self->output;

  info->task = output->task;
  info->output = output->output;
  info->output_why = output->why;
  info->output_doubt = output->doubt;
  info->output_dtype = mn_graph_output (self->graph, output->output)->dtype;
  info->n_classes = output->n_classes;
  info->values = output->values;
}

/* What depends on the labels, wherever they came from. */
static void
finish_info (MnModel *self)
{
  MnModelInfo *info = &self->info;

  info->labels = (const gchar *const *) self->labels;
  info->n_labels = self->labels ? g_strv_length (self->labels) : 0;
  info->labels_source = self->labels_source;
  memcpy (info->mean, self->input.mean, sizeof (info->mean));
  memcpy (info->std, self->input.std, sizeof (info->std));
  info->norm_source = self->input.source;
  info->norm_why = self->input.why;
  info->norm_doubt = self->input.doubt;
  mn_output_meaning_find (self->graph, info->n_labels, &info->labels_note,
      &self->output);
  fill_output (self);
}

static MnModel *
load_graph (GBytes *bytes, const gchar *path, GError **error)
{
  g_autofree gchar *name = g_path_get_basename (path);
  g_autoptr (MnModel) self = g_new0 (MnModel, 1);
  g_auto (MnMetadata) metadata = {
    FALSE,
  };
  const MnReader *reader = mn_readers_find (bytes, path, error);

  self->refcount = 1;
  if (!reader)
    return NULL;
  self->graph = reader->read (bytes, path, error);
  if (!self->graph || !mn_graph_validate (self->graph, error)
      || !check_picture (self->graph, error)
      || !mn_passes_run (self->graph, error))
    return NULL;
  if (!reader->read_metadata (bytes, path, &metadata, error))
    return NULL;
  /* Messages about the file name its path; from here on it is a model, whose
   * name goes to where only UTF-8 may be. */
  g_free (self->graph->name);
  self->graph->name = g_utf8_make_valid (name, -1);
  fill_info (self);
  take_metadata (self, &metadata, "metadata");
  return g_steal_pointer (&self);
}

/* Those beside the file. A text that is only named as the model is may be
 * anything: it has to fit. */
static gboolean
labels_fit (MnModel *self, gchar **labels, const MnLabelsNote *note)
{
  guint n = g_strv_length (labels);
  g_auto (MnOutputMeaning) output = {
    0,
  };
  MnModelInfo info = {
    NULL,
  };
  gint offset;

  mn_output_meaning_find (self->graph, n, note, &output);
  info.n_classes = output.n_classes;
  info.values = output.values;
  return mn_labels_fit_model (note, n, &info, &offset);
}

static gboolean
find_labels (MnModel *self, const gchar *path, GError **error)
{
  g_autofree gchar *found = mn_labels_find (path);
  g_autofree gchar *text = found ? NULL : mn_labels_find_text (path);
  const gchar *file = found ? found : text;
  g_auto (MnLabelsNote) note = {
    0,
  };
  g_auto (GStrv) labels = NULL;

  if (!file)
    return TRUE;
  labels = mn_labels_read (file, &note, found ? error : NULL);
  if (!found && (!labels || !labels_fit (self, labels, &note)))
    return TRUE;
  if (!labels)
    return FALSE;
  self->labels = g_steal_pointer (&labels);
  self->info.labels_note = note;
  memset (&note, 0, sizeof (note));
  self->labels_source = g_strdup (file);
  return TRUE;
}

/* What lies beside the file. */
static gboolean
load_beside (MnModel *self, const gchar *path, GError **error)
{
  g_auto (MnMetadata) metadata = {
    FALSE,
  };
  g_autofree gchar *modelinfo = mn_modelinfo_find (path);

  if (modelinfo && !g_str_equal (self->input.source, "metadata")) {
    if (!mn_modelinfo_read (modelinfo, &metadata, error))
      return FALSE;
    take_metadata (self, &metadata, "modelinfo");
  }
  return self->labels || find_labels (self, path, error);
}

MnModel *
mn_model_load (const gchar *path, GError **error)
{
  g_autoptr (MnFile) file = mn_file_open (path, MN_MAX_MODEL_BYTES, error);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (MnModel) self = NULL;

  if (!file)
    return NULL;
  bytes = mn_file_get_bytes (file);
  self = load_graph (bytes, path, error);
  if (!self || !load_beside (self, path, error))
    return NULL;
  self->graph->file = g_steal_pointer (&file);
  finish_info (self);
  return g_steal_pointer (&self);
}

/* The path, and what tells the file there from another that takes its
 * place. */
static gchar *
file_key (const gchar *path)
{
  GStatBuf info;

  if (g_stat (path, &info) != 0)
    return NULL;
  return g_strdup_printf ("%s|%" G_GUINT64_FORMAT "|%" G_GUINT64_FORMAT
                          "|%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT
                          ".%09ld|%" G_GINT64_FORMAT ".%09ld",
      path, (guint64) info.st_dev, (guint64) info.st_ino, (gint64) info.st_size,
      (gint64) info.st_mtim.tv_sec, (glong) info.st_mtim.tv_nsec,
      (gint64) info.st_ctim.tv_sec, (glong) info.st_ctim.tv_nsec);
}

/* Takes self; returns it, or what somebody else has put there meanwhile. */
static MnModel *
share (MnModel *self, MnContext *context, const gchar *key)
{
  MnModel *shared;

  self->context = mn_context_ref (context);
  self->key = g_strdup (key);
  shared = mn_registry_add (mn_context_get_models (context), key, self);
  if (shared != self) {
    g_clear_pointer (&self->key, g_free);
    mn_model_unref (self);
  }
  return shared;
}

MnModel *
mn_model_get (MnContext *context, const gchar *path, GError **error)
{
  g_autofree gchar *key = file_key (path);
  MnModel *self = key ? mn_registry_find (mn_context_get_models (context), key)
                      : NULL;

  if (self)
    return self;
  self = mn_model_load (path, error);
  return self && key ? share (self, context, key) : self;
}

MnModel *
mn_model_load_bytes (GBytes *bytes, const gchar *name, GError **error)
{
  MnModel *self = load_graph (bytes, name, error);

  if (self)
    finish_info (self);
  return self;
}

static MnModel *
view_new (MnModel *base, MnOutputMeaning *output)
{
  MnModel *self = g_new0 (MnModel, 1);

  self->refcount = 1;
  self->base = mn_model_ref (base);
  self->graph = base->graph;
  self->info = base->info;
  self->output = *output;
  memset (output, 0, sizeof (*output));
  fill_output (self);
  return self;
}

MnModel *
mn_model_with_labels (MnModel *model, guint n_labels, const MnLabelsNote *note)
{
  MnModel *base = model->base ? model->base : model;
  g_auto (MnOutputMeaning) output = {
    0,
  };
  g_autofree gchar *key = NULL;
  MnModel *self = NULL;

  mn_output_meaning_find (base->graph, n_labels, note, &output);
  if (output.output == base->output.output && output.task == base->output.task
      && !output.doubt == !base->output.doubt)
    return mn_model_ref (base);
  if (!base->key)
    return view_new (base, &output);
  key = g_strdup_printf ("%s|output %u, %s%s", base->key, output.output,
      mn_task_name (output.task), output.doubt ? ", doubtful" : "");
  self = mn_registry_find (mn_context_get_models (base->context), key);
  if (!self)
    self = share (view_new (base, &output), base->context, key);
  return self;
}

MnModel *
mn_model_ref (MnModel *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

void
mn_model_unref (MnModel *self)
{
  MnContext *context;

  if (!self
      || !(self->key ? mn_registry_drop (mn_context_get_models (self->context),
                           self->key, self)
                     : g_atomic_int_dec_and_test (&self->refcount)))
    return;
  context = self->context;
  if (!self->base) {
    mn_graph_free (self->graph);
    mn_labels_note_clear (&self->info.labels_note);
  }
  mn_model_unref (self->base);
  g_strfreev (self->labels);
  mn_input_meaning_clear (&self->input);
  mn_output_meaning_clear (&self->output);
  g_free (self->labels_source);
  g_free (self->key);
  g_free (self);
  mn_context_unref (context);
}

const MnModelInfo *
mn_model_get_info (MnModel *self)
{
  return &self->info;
}

const MnGraph *
mn_model_get_graph (MnModel *self)
{
  return self->graph;
}

gboolean
mn_model_hold (MnModel *self, GError **error)
{
  MnFile *file = self->graph->file;

  return !file || mn_file_hold (file, error);
}

void
mn_model_release (MnModel *self)
{
  if (self->graph->file)
    mn_file_release (self->graph->file);
}

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
