/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A model file as a checked and rewritten graph. */

#include "engine/core/model_parts.h"

#include "engine/base/advice.h"
#include "engine/base/file.h"
#include "engine/graph/budget.h"
#include "engine/graph/describe.h"
#include "engine/model/readers.h"
#include "engine/passes/passes.h"

static gboolean
check_picture (const MnGraph *graph, GError **error)
{
  const MnTensor *in;

  if (graph->inputs->len != 1 || graph->outputs->len < 1) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: the model has %u inputs and %u outputs; one picture goes in, "
        "one result or more come out",
        graph->name, graph->inputs->len, graph->outputs->len);
    return FALSE;
  }
  in = mn_graph_input (graph, 0);
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
  mn_model_fill_info (self);
  mn_model_take_metadata (self, &metadata, "metadata");
  return g_steal_pointer (&self);
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
  if (!self || !mn_model_load_beside (self, path, error))
    return NULL;
  self->graph->file = g_steal_pointer (&file);
  mn_model_finish_info (self);
  return g_steal_pointer (&self);
}

MnModel *
mn_model_load_bytes (GBytes *bytes, const gchar *name, GError **error)
{
  MnModel *self = load_graph (bytes, name, error);

  if (self)
    mn_model_finish_info (self);
  return self;
}
