/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One stream's memory on a plan, and what is in flight on it.
 *
 * Two ways lead to the backend. Calls that cannot hang are made by the
 * caller. Calls that may are jobs of the device thread: submit posts one and
 * returns, wait posts the second and waits for it with the caller's
 * deadline; an error of the first shows in the second. Jobs lie in the slot,
 * so a session must outlive its jobs: session_free is itself the last one.
 */

#include "engine/core/internal.h"
#include "engine/graph/dequantise.h"

#include <string.h>

typedef struct
{
  MnSession *session;
  MnTicket ticket; /* 0: free */
  guint n;
  MnFrame *frames[MN_MAX_BATCH];
  MnPreprocess crops[MN_MAX_BATCH]; /* of frames with a crop of their own */
  const MnPreprocess *stages[MN_MAX_BATCH]; /* these, or NULL */
  MnResult *results[MN_MAX_BATCH];
  MnTensorView *views[MN_MAX_BATCH];
  gint64 start;    /* us */
  gint64 deadline; /* of the wait that runs */
  MnJob submit_job, wait_job;
  gboolean waiting;   /* wait_job is posted */
  gboolean submitted; /* the backend took it */
  gboolean lost;      /* the results may be written at any time */
  GError *error;      /* of submit or wait */
} Slot;

struct _MnSession
{
  MnPlan *plan;
  MnDeviceThread *thread; /* NULL: calls are made here */
  MnBackendSession *session;
  MnPreprocess preprocess; /* of frames that are no tensors */
  MnInput input;           /* of the frames to come */
  MnPreprocess next_preprocess;
  gboolean next_is_tensor;
  MnJob job;     /* new, set_input, read_input */
  GError *error; /* of job */
  MnResultPool *results;
  Slot slots[MN_MAX_IN_FLIGHT];
  MnTicket last_ticket;
  gboolean dead; /* a job hangs: nothing may be posted */
  MnLayerTime *layers;
  guint n_layers;
};

static void
new_job (gpointer data)
{
  MnSession *self = data;

  self->session = self->plan->backend->session_new (self->plan->plan,
      MN_MAX_IN_FLIGHT, &self->error);
}

MnSession *
mn_session_new (MnPlan *plan, GError **error)
{
  MnSession *self = g_new0 (MnSession, 1);
  const MnModelInfo *info = mn_model_get_info (plan->model);
  guint i;

  self->plan = mn_plan_ref (plan);
  self->thread = mn_context_get_device_thread (plan->context, plan->backend);
  self->results = mn_result_pool_new (plan->model, plan->backend->name);
  self->input.source.format = MN_FORMAT_TENSOR;
  self->input.source.width = info->width;
  self->input.source.height = info->height;
  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    self->slots[i].session = self;
    self->slots[i].submit_job.urgent = TRUE;
  }
  mn_device_thread_post (self->thread, &self->job, new_job, self);
  mn_device_thread_wait (self->thread, &self->job, MN_FOREVER);
  if (!self->session) {
    g_propagate_error (error, g_steal_pointer (&self->error));
    mn_session_free (self);
    return NULL;
  }
  return self;
}

static void
clear_slot (Slot *slot)
{
  guint i;

  for (i = 0; i < slot->n; i++) {
    mn_frame_unref (slot->frames[i]);
    if (slot->lost && slot->results[i])
      mn_result_abandon (g_steal_pointer (&slot->results[i]));
    g_clear_pointer (&slot->results[i], mn_result_unref);
  }
  g_clear_error (&slot->error);
  slot->n = 0;
  slot->ticket = 0;
  slot->waiting = slot->submitted = slot->lost = FALSE;
}

/* Of submit or wait: whether that was the end of it, and how. */
static gboolean
is_over (Slot *slot)
{
  slot->lost |= g_error_matches (slot->error, MN_ERROR, MN_ERROR_LOST);
  return !g_error_matches (slot->error, MN_ERROR, MN_ERROR_TIMEOUT);
}

/* The backend has no cancel of its own: wait, and throw away. */
static void
drain_slot (Slot *slot)
{
  MnSession *self = slot->session;
  const MnBackend *backend = self->plan->backend;
  guint i = slot - self->slots;

  if (!slot->submitted)
    return;
  if (backend->cancel) {
    slot->lost |= !backend->cancel (self->session, i);
  } else {
    g_clear_error (&slot->error);
    backend->wait (self->session, i, MN_FOREVER, &slot->error);
    is_over (slot);
  }
  slot->submitted = FALSE;
}

static void
free_job (gpointer data)
{
  MnSession *self = data;
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    drain_slot (&self->slots[i]);
    clear_slot (&self->slots[i]);
  }
  if (self->session)
    self->plan->backend->session_free (self->session);
  g_clear_error (&self->error);
  g_free (self->layers);
  mn_result_pool_unref (self->results);
  mn_plan_unref (self->plan);
  g_free (self);
}

void
mn_session_free (MnSession *self)
{
  if (!self)
    return;
  /* The thread looks after the order: whatever runs on it ends first. */
  mn_device_thread_post_detached (self->thread, free_job, self);
}

void
mn_session_set_threads (MnSession *self, guint threads)
{
  const MnBackend *backend = self->plan->backend;

  if (backend->set_threads)
    backend->set_threads (self->session, threads);
}

void
mn_session_set_cancelled (MnSession *self, const gint *cancelled)
{
  const MnBackend *backend = self->plan->backend;

  if (backend->set_cancelled)
    backend->set_cancelled (self->session, cancelled);
}

void
mn_session_abandon (MnSession *self)
{
  self->dead = TRUE;
  mn_session_free (self);
}

gboolean
mn_session_hangs (MnSession *self)
{
  return self->dead;
}

static gboolean
refuse_dead (MnSession *self, GError **error)
{
  if (!self->dead)
    return FALSE;
  g_set_error (error, MN_ERROR, MN_ERROR_LOST,
      "%s: a call of the backend \"%s\" does not come back",
      mn_model_get_info (self->plan->model)->name, self->plan->backend->name);
  return TRUE;
}

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
  mn_device_thread_post (self->thread, &self->job, set_input_job, self);
  if (!mn_device_thread_wait (self->thread, &self->job, deadline)) {
    self->dead = TRUE;
    refuse_dead (self, error);
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

  if (refuse_dead (self, error))
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

static gboolean
check_frame (MnSession *self, const MnFrame *frame, GError **error)
{
  const MnGraph *graph = mn_model_get_graph (self->plan->model);
  MnTensor *t;
  gsize need;

  if (frame->desc.format != self->input.source.format) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "the frame is %s, the input was set to %s",
        mn_format_name (frame->desc.format),
        mn_format_name (self->input.source.format));
    return FALSE;
  }
  if (frame->memory != MN_MEMORY_HOST) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "the backend \"%s\" reads frames in host memory only",
        self->plan->backend->name);
    return FALSE;
  }
  if (!mn_input_is_tensor (&self->input))
    return mn_preprocess_check_frame (&self->preprocess, frame, error);
  t = mn_graph_input (graph, 0);
  need = mn_tensor_size (t);
  if (frame->n_planes < 1 || !frame->planes[0].data
      || frame->planes[0].size < need) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "the tensor has %" G_GSIZE_FORMAT
        " bytes, the model's input %" G_GSIZE_FORMAT,
        frame->n_planes ? frame->planes[0].size : 0, need);
    return FALSE;
  }
  return TRUE;
}

static gboolean
has_own_crop (MnSession *self, const MnFrame *frame)
{
  const MnRect *a = &frame->desc.crop, *b = &self->input.source.crop;

  return !mn_input_is_tensor (&self->input) && a->width != 0
      && (a->x != b->x || a->y != b->y || a->width != b->width
          || a->height != b->height);
}

/* A slot's stages are nobody else's until wait or cancel returns it. */
static gboolean
set_stages (MnSession *self, Slot *slot, MnFrame *const *frames, guint n,
    GError **error)
{
  guint i;

  for (i = 0; i < n; i++) {
    slot->stages[i] = NULL;
    if (!has_own_crop (self, frames[i]))
      continue;
    slot->crops[i] = self->preprocess;
    if (!mn_preprocess_set_crop (&slot->crops[i], &frames[i]->desc.crop, error))
      return FALSE;
    slot->stages[i] = &slot->crops[i];
  }
  return TRUE;
}

static void
submit_job (gpointer data)
{
  Slot *slot = data;
  MnSession *self = slot->session;

  slot->submitted = self->plan->backend->submit (self->session,
      slot - self->slots, slot->frames, slot->stages, slot->n, slot->views,
      &slot->error);
  is_over (slot);
}

static void
wait_job (gpointer data)
{
  Slot *slot = data;
  MnSession *self = slot->session;

  if (!slot->submitted)
    return;
  self->plan->backend->wait (self->session, slot - self->slots, slot->deadline,
      &slot->error);
  if (is_over (slot))
    slot->submitted = FALSE;
}

static Slot *
find_slot (MnSession *self, MnTicket ticket)
{
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->slots[i].ticket == ticket)
      return &self->slots[i];
  }
  return NULL;
}

gboolean
mn_session_submit (MnSession *self, MnFrame *const *frames, guint n,
    MnTicket *ticket, GError **error)
{
  Slot *slot;
  guint i;

  *ticket = 0;
  if (refuse_dead (self, error))
    return FALSE;
  if (n < 1 || n > MN_MAX_BATCH) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "a batch of %u frames; 1 to %d can be submitted", n, MN_MAX_BATCH);
    return FALSE;
  }
  for (i = 0; i < n; i++) {
    if (!check_frame (self, frames[i], error))
      return FALSE;
  }
  slot = find_slot (self, 0);
  if (!slot) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%d submissions are in flight, which is the most", MN_MAX_IN_FLIGHT);
    return FALSE;
  }
  if (!set_stages (self, slot, frames, n, error))
    return FALSE;
  slot->ticket = ++self->last_ticket;
  slot->start = g_get_monotonic_time ();
  for (slot->n = 0; slot->n < n; slot->n++) {
    MnResult *result = mn_result_pool_take (self->results, error);

    if (!result) {
      clear_slot (slot);
      return FALSE;
    }
    slot->frames[slot->n] = mn_frame_ref (frames[slot->n]);
    slot->results[slot->n] = result;
    slot->views[slot->n] = result->outputs;
  }
  mn_device_thread_post (self->thread, &slot->submit_job, submit_job, slot);
  if (!self->thread && !slot->submitted) {
    g_propagate_error (error, g_steal_pointer (&slot->error));
    clear_slot (slot);
    return FALSE;
  }
  *ticket = slot->ticket;
  return TRUE;
}

static gboolean
set_timeout (MnSession *self, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_TIMEOUT,
      "the backend \"%s\" has not answered in time", self->plan->backend->name);
  return FALSE;
}

gboolean
mn_session_wait (MnSession *self, MnTicket ticket, gint64 deadline,
    MnResult **results, GError **error)
{
  Slot *slot = ticket ? find_slot (self, ticket) : NULL;
  guint64 latency;
  guint i;

  if (!slot) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "nothing is in flight under this ticket");
    return FALSE;
  }
  if (!slot->waiting) {
    slot->waiting = TRUE;
    slot->deadline = deadline;
    mn_device_thread_post (self->thread, &slot->wait_job, wait_job, slot);
  }
  if (!mn_device_thread_wait (self->thread, &slot->wait_job, deadline))
    return set_timeout (self, error);
  slot->waiting = FALSE;
  if (slot->error) {
    gboolean over = !g_error_matches (slot->error, MN_ERROR, MN_ERROR_TIMEOUT);

    g_propagate_error (error, g_steal_pointer (&slot->error));
    if (over)
      clear_slot (slot);
    return FALSE;
  }
  latency = (g_get_monotonic_time () - slot->start) * 1000;
  for (i = 0; i < slot->n; i++) {
    mn_result_finish (slot->results[i], latency);
    results[i] = g_steal_pointer (&slot->results[i]);
  }
  clear_slot (slot);
  return TRUE;
}

static void
cancel_job (gpointer data)
{
  drain_slot (data);
}

void
mn_session_cancel (MnSession *self, MnTicket ticket)
{
  Slot *slot = ticket ? find_slot (self, ticket) : NULL;

  if (!slot || self->dead)
    return;
  if (slot->waiting)
    mn_device_thread_wait (self->thread, &slot->wait_job, MN_FOREVER);
  else
    slot->waiting = TRUE;
  mn_device_thread_post (self->thread, &slot->wait_job, cancel_job, slot);
  mn_device_thread_wait (self->thread, &slot->wait_job, MN_FOREVER);
  clear_slot (slot);
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

  if (refuse_dead (self, error) || !check_frame (self, frame, error))
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

guint
mn_session_get_profile (MnSession *self, const MnLayerTime **layers,
    guint64 *runs)
{
  const MnBackend *backend = self->plan->backend;

  *layers = NULL;
  *runs = 0;
  if (!backend->profile || !self->plan->profile)
    return 0;
  if (!self->layers) {
    self->n_layers = backend->profile (self->session, NULL, 0, runs);
    self->layers = g_new0 (MnLayerTime, MAX (self->n_layers, 1));
  }
  backend->profile (self->session, self->layers, self->n_layers, runs);
  *layers = self->layers;
  return self->n_layers;
}
