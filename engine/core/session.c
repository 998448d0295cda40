/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One stream's memory on a plan, and what is in flight on it.
 *
 * Two ways lead to the backend. Calls that cannot hang are made by the
 * caller. Calls that may are jobs of the device thread: submit posts one and
 * returns, wait posts the second and waits for it with the caller's
 * deadline; an error of the first shows in the second. Jobs lie in the slot,
 * so a session must outlive its jobs: session_free is itself the last one.
 *
 * A backend that tells when a frame has ended rings the slot's bell: wait
 * waits for that first, and the device thread serves others meanwhile.
 */

#include "engine/core/session_private.h"

#include <string.h>

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
  self->tells = self->thread && plan->backend->tell;
  self->results = mn_result_pool_new (plan->model, plan->backend->name);
  self->input.source.format = MN_FORMAT_TENSOR;
  self->input.source.width = info->width;
  self->input.source.height = info->height;
  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    self->slots[i].session = self;
    self->slots[i].submit_job.urgent = TRUE;
    if (self->tells)
      self->slots[i].bell = mn_bell_new ();
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
clear_slot (MnSlot *slot)
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
  slot->rings = slot->waiting = slot->submitted = slot->lost = FALSE;
}

/* Of submit or wait: whether that was the end of it, and how. */
static gboolean
is_over (MnSlot *slot)
{
  slot->lost |= g_error_matches (slot->error, MN_ERROR, MN_ERROR_LOST);
  return !g_error_matches (slot->error, MN_ERROR, MN_ERROR_TIMEOUT);
}

/* The backend has no cancel of its own: wait, and throw away. */
static void
drain_slot (MnSlot *slot)
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
    mn_bell_unref (self->slots[i].bell);
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

gboolean
mn_session_refuse_dead (MnSession *self, GError **error)
{
  if (!self->dead)
    return FALSE;
  g_set_error (error, MN_ERROR, MN_ERROR_LOST,
      "%s: a call of the backend \"%s\" does not come back",
      mn_model_get_info (self->plan->model)->name, self->plan->backend->name);
  return TRUE;
}

gboolean
mn_session_check_frame (MnSession *self, const MnFrame *frame, GError **error)
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
  if (frame->memory != MN_MEMORY_HOST
      && (mn_input_is_tensor (&self->input)
          || !mn_plan_imports (self->plan, frame->memory, frame->modifier))) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "the backend \"%s\" reads no frames in such memory",
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
set_stages (MnSession *self, MnSlot *slot, MnFrame *const *frames, guint n,
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
ask_to_be_told (MnSlot *slot)
{
  MnSession *self = slot->session;

  /* One that was not rung last time may still be, for that. */
  if (mn_bell_is_due (slot->bell)) {
    mn_bell_unref (slot->bell);
    slot->bell = mn_bell_new ();
  }
  mn_bell_arm (slot->bell);
  slot->rings = self->plan->backend->tell (self->session, slot - self->slots,
      slot->bell);
  if (!slot->rings)
    mn_bell_ring (slot->bell);
}

static void
submit_job (gpointer data)
{
  MnSlot *slot = data;
  MnSession *self = slot->session;

  slot->submitted = self->plan->backend->submit (self->session,
      slot - self->slots, slot->frames, slot->stages, slot->n, slot->views,
      &slot->error);
  is_over (slot);
  if (slot->submitted && self->tells)
    ask_to_be_told (slot);
}

/* Waits until the backend's wait will not block, as far as there is somebody
 * to say so. FALSE: not by the deadline. */
static gboolean
wait_for_bell (MnSlot *slot, gint64 deadline)
{
  MnSession *self = slot->session;

  if (!self->tells || mn_device_thread_is_here (self->thread))
    return TRUE;
  return mn_device_thread_wait (self->thread, &slot->submit_job, deadline)
      && (!slot->rings || mn_bell_wait (slot->bell, deadline));
}

static void
wait_job (gpointer data)
{
  MnSlot *slot = data;
  MnSession *self = slot->session;

  if (!slot->submitted)
    return;
  self->plan->backend->wait (self->session, slot - self->slots, slot->deadline,
      &slot->error);
  if (is_over (slot))
    slot->submitted = FALSE;
}

static MnSlot *
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
  MnSlot *slot;
  guint i;

  *ticket = 0;
  if (mn_session_refuse_dead (self, error))
    return FALSE;
  if (n < 1 || n > MN_MAX_BATCH) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "a batch of %u frames; 1 to %d can be submitted", n, MN_MAX_BATCH);
    return FALSE;
  }
  for (i = 0; i < n; i++) {
    if (!mn_session_check_frame (self, frames[i], error))
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
  MnSlot *slot = ticket ? find_slot (self, ticket) : NULL;
  guint64 latency;
  guint i;

  if (!slot) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "nothing is in flight under this ticket");
    return FALSE;
  }
  if (!slot->waiting) {
    if (!wait_for_bell (slot, deadline))
      return set_timeout (self, error);
    slot->waiting = TRUE;
    slot->deadline = deadline;
    slot->wait_job.urgent = slot->rings;
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
  MnSlot *slot = ticket ? find_slot (self, ticket) : NULL;

  if (!slot || self->dead)
    return;
  if (slot->waiting)
    mn_device_thread_wait (self->thread, &slot->wait_job, MN_FOREVER);
  else
    slot->waiting = TRUE;
  slot->wait_job.urgent = FALSE;
  mn_device_thread_post (self->thread, &slot->wait_job, cancel_job, slot);
  mn_device_thread_wait (self->thread, &slot->wait_job, MN_FOREVER);
  clear_slot (slot);
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
