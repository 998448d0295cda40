/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model's life, and who shares it. */

#include "engine/core/model_parts.h"

#include <glib/gstdio.h>
#include <string.h>

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
  mn_model_fill_output (self);
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
  g_free (self->digest);
  g_free (self->key);
  g_free (self);
  mn_context_unref (context);
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

gboolean
mn_model_look (MnModel *self, MnLook look, gpointer data, GError **error)
{
  gboolean ok;

  if (!mn_model_hold (self, error))
    return FALSE;
  ok = look (self->graph, data, error);
  mn_model_release (self);
  return ok;
}

gchar *
mn_model_get_digest (MnModel *self)
{
  G_LOCK_DEFINE_STATIC (digests);
  GBytes *bytes = self->graph->bytes;
  gchar *digest;

  G_LOCK (digests);
  if (!self->digest && bytes && mn_model_hold (self, NULL)) {
    self->digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
    mn_model_release (self);
  }
  digest = g_strdup (self->digest);
  G_UNLOCK (digests);
  return digest;
}
