/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a model file does not say itself: labels and normalisation from files
 * beside it. */

#include "engine/core/model_parts.h"
#include "engine/model/labels/labels.h"
#include "engine/model/modelinfo.h"

#include <string.h>

void
mn_model_take_metadata (MnModel *self, MnMetadata *metadata,
    const gchar *source)
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

/* A text that is only named as the model is may be anything: it has to
 * fit. */
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

gboolean
mn_model_load_beside (MnModel *self, const gchar *path, GError **error)
{
  g_auto (MnMetadata) metadata = {
    FALSE,
  };
  g_autofree gchar *modelinfo = mn_modelinfo_find (path);

  if (modelinfo && !g_str_equal (self->input.source, "metadata")) {
    if (!mn_modelinfo_read (modelinfo, &metadata, error))
      return FALSE;
    mn_model_take_metadata (self, &metadata, "modelinfo");
  }
  return self->labels || find_labels (self, path, error);
}
