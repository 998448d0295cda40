/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of a session's frames before the network sees them. */

#include "engine/core/session_private.h"
#include "engine/graph/dequantise.h"

static void
set_input_job (gpointer data)
{
  MnSession *self = data;

  self->plan->backend->set_input (self->session,
      self->next_is_tensor ? NULL : &self->next_preprocess, &self->error);
}

/* Makes next_preprocess the backend's. */
static gboolean
apply_input (MnSession *self, gint64 deadline, GError **error)
{
  /* A kernel may have to be compiled for it. */
  self->job.slow = TRUE;
  mn_device_thread_post (self->thread, &self->job, set_input_job, self);
  if (!mn_device_thread_wait (self->thread, &self->job, deadline)) {
    self->dead = TRUE;
    mn_session_refuse_dead (self, error);
    return FALSE;
  }
  if (self->error) {
    g_propagate_error (error, g_steal_pointer (&self->error));
    return FALSE;
  }
  self->preprocess = self->next_preprocess;
  return TRUE;
}

static gboolean
anything_in_flight (MnSession *self)
{
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->slots[i].ticket)
      return TRUE;
  }
  return FALSE;
}

gboolean
mn_session_set_input_by (MnSession *self, const MnInput *input, gint64 deadline,
    GError **error)
{
  const MnModelInfo *info = mn_model_get_info (self->plan->model);

  if (mn_session_refuse_dead (self, error))
    return FALSE;
  if (anything_in_flight (self)) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s: the input changes while frames are in flight", info->name);
    return FALSE;
  }
  self->next_is_tensor = mn_input_is_tensor (input);
  if (!mn_model_read_input (self->plan->model, input, &self->next_preprocess,
          error))
    return FALSE;
  if (!apply_input (self, deadline, error))
    return FALSE;
  self->input = *input;
  return TRUE;
}

gboolean
mn_session_set_input (MnSession *self, const MnInput *input, GError **error)
{
  return mn_session_set_input_by (self, input, MN_FOREVER, error);
}

typedef struct
{
  MnSession *session;
  MnFrame *frame;
  gfloat *out;
  gboolean ok;
} ReadInput;

static void
read_input_job (gpointer data)
{
  ReadInput *read = data;
  MnSession *self = read->session;

  read->ok = self->plan->backend->read_input (self->session, read->frame,
      read->out, &self->error);
}

/* A frame that is the declared input already. */
static void
read_tensor (MnSession *self, const MnFrame *frame, gfloat *out, gsize n)
{
  const MnGraph *graph = mn_model_get_graph (self->plan->model);
  const MnTensor *t = mn_graph_input (graph, 0);

  mn_dequantise (t->dtype, frame->planes[0].data, &t->quant, out, n);
}

gboolean
mn_session_preprocess (MnSession *self, MnFrame *frame, gfloat *out,
    gsize n_floats, GError **error)
{
  const MnModelInfo *info = mn_model_get_info (self->plan->model);
  gsize need = (gsize) info->width * info->height * info->channels;
  ReadInput read = {self, frame, out, FALSE};

  if (mn_session_refuse_dead (self, error)
      || !mn_session_check_frame (self, frame, error))
    return FALSE;
  if (!self->plan->backend->read_input || n_floats != need) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%s: the backend \"%s\" cannot give an input of %" G_GSIZE_FORMAT
        " values",
        info->name, self->plan->backend->name, n_floats);
    return FALSE;
  }
  if (mn_input_is_tensor (&self->input)) {
    read_tensor (self, frame, out, need);
    return TRUE;
  }
  self->job.slow = FALSE;
  mn_device_thread_post (self->thread, &self->job, read_input_job, &read);
  mn_device_thread_wait (self->thread, &self->job, MN_FOREVER);
  if (!read.ok) {
    g_propagate_error (error, g_steal_pointer (&self->error));
  } else {
    /* Undo what the graph itself would do first. */
    const MnGraph *graph = mn_model_get_graph (self->plan->model);
    gsize i;

    for (i = 0; i < need; i++) {
      guint c = i % info->channels;

      out[i] = (out[i] - graph->input_offset[c]) / graph->input_scale[c];
    }
  }
  return read.ok;
}
