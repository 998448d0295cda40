/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One stream on the device: an in-order queue, one buffer for the values of
 * a frame, one for its results, kernels whose arguments are set once. The
 * frames of a batch, and those of several submissions, follow each other in
 * the queue, so they share the buffers; only what is read back has a place
 * of its own in each slot.
 *
 * A frame makes no call that waits: its pixels are written, its launches
 * put into the queue, as one where they could be recorded (replay.h), its
 * results read without blocking; wait waits for the event of that one read,
 * and tell has the driver say when it is there. */

#include "opencl/session.h"

#include "engine/base/bell.h"
#include "engine/base/keep.h"

#include <string.h>

static gboolean
fail_no_memory (const MnBackendSession *self, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
      "%s: no memory for the results", self->plan->graph->name);
  return FALSE;
}

static void
keep_host (MnClHost *host)
{
  if (host->view.tables)
    mn_keep_for_good (host->view.tables);
  if (host->copy)
    mn_keep_for_good (host->copy);
  memset (host, 0, sizeof (*host));
}

/* After a failure: whatever is in the queue uses our memory, so it has to end
 * first. A queue that cannot even do that is lost. FALSE: this is one; the
 * error, if there is any, says so. */
static gboolean
settle (MnBackendSession *self, MnFrame *const *frames, guint n, GError **error)
{
  cl_int r = self->cl->Finish (self->queue);
  guint f;

  if (r == CL_SUCCESS)
    return TRUE;
  for (f = 0; f < n; f++)
    mn_keep_for_good (mn_frame_ref (frames[f]));
  if (error && *error) {
    (*error)->code = MN_ERROR_LOST;
    g_prefix_error (error, "clFinish failed too (%d): ", r);
  }
  return FALSE;
}

static gboolean
grow_slot (MnBackendSession *self, MnClSlot *slot, guint n, GError **error)
{
  gsize size;
  guint8 *data;

  if (n <= slot->capacity)
    return TRUE;
  if (!self->straight) {
    if (!g_size_checked_mul (&size, n, self->plan->results_size))
      return fail_no_memory (self, error);
    data = g_try_realloc (slot->data, size);
    if (!data)
      return fail_no_memory (self, error);
    slot->data = data;
  }
  if (self->seconds) {
    g_free (slot->launched);
    slot->launched = g_new0 (cl_event, n * mn_cl_session_n_stages (self));
  }
  slot->capacity = n;
  return TRUE;
}

/* ---- making ------------------------------------------------------------ */

static cl_mem
create_buffer (MnBackendSession *self, gsize size, GError **error)
{
  cl_int r = CL_SUCCESS;
  cl_mem mem = self->cl->CreateBuffer (self->device->context, CL_MEM_READ_WRITE,
      MAX (size, 4), NULL, &r);

  if (!mem)
    mn_cl_fail (error, MN_ERROR_DEVICE, r, "clCreateBuffer",
        self->plan->graph->name);
  return mem;
}

static gboolean
create_regions (MnBackendSession *self, GError **error)
{
  const GArray *regions = self->plan->regions;
  guint i;

  self->arena = create_buffer (self, self->plan->arena_size, error);
  if (!self->arena)
    return FALSE;
  self->results = create_buffer (self, self->plan->results_size, error);
  if (!self->results)
    return FALSE;
  self->regions = g_new0 (cl_mem, MAX (regions->len, 1));
  for (i = 0; i < regions->len; i++) {
    const MnClRegion *r = &g_array_index (regions, MnClRegion, i);
    cl_buffer_region region = {r->offset, r->size};
    cl_int result = CL_SUCCESS;

    self->regions[i] = self->cl->CreateSubBuffer (r->of_results ? self->results
                                                                : self->arena,
        CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &result);
    if (!self->regions[i])
      return mn_cl_fail (error, MN_ERROR_DEVICE, result, "clCreateSubBuffer",
          self->plan->graph->name);
  }
  return TRUE;
}

cl_mem
mn_cl_session_place (const MnBackendSession *self, gint value)
{
  gint place = mn_value_place (self->plan->values, value);
  const MnValue *v = mn_value (self->plan->values, place);

  return v->constant ? v->constant
                     : self->regions[self->plan->region_of[place]];
}

static gboolean
set_args (MnBackendSession *self, cl_kernel kernel, const MnClLaunch *launch,
    GError **error)
{
  guint i;

  for (i = 0; i < launch->n_args; i++) {
    const MnClArg *arg = &launch->args[i];
    cl_mem mem = arg->kind == MN_CL_ARG_VALUE
        ? mn_cl_session_place (self, arg->value)
        : arg->mem;
    gboolean is_mem = arg->kind == MN_CL_ARG_VALUE
        || arg->kind == MN_CL_ARG_MEM;
    cl_int r = self->cl->SetKernelArg (kernel, i,
        is_mem ? sizeof mem : arg->size,
        is_mem                             ? (const void *) &mem
            : arg->kind == MN_CL_ARG_LOCAL ? NULL
                                           : arg->data);

    if (r != CL_SUCCESS)
      return mn_cl_fail (error, MN_ERROR_DEVICE, r, "clSetKernelArg",
          launch->layer);
  }
  return TRUE;
}

static gboolean
create_kernels (MnBackendSession *self, GError **error)
{
  const GPtrArray *launches = self->plan->launches;
  guint i;

  self->kernels = g_new0 (cl_kernel, MAX (launches->len, 1));
  for (i = 0; i < launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (launches, i);

    self->kernels[i] = mn_cl_program_create_kernel (launch->program, error);
    if (!self->kernels[i] || !set_args (self, self->kernels[i], launch, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
create_queue (MnBackendSession *self, GError **error)
{
  cl_int r = CL_SUCCESS;

  self->queue = self->cl->CreateCommandQueue (self->device->context,
      self->device->id, self->plan->profile ? CL_QUEUE_PROFILING_ENABLE : 0,
      &r);
  return self->queue
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clCreateCommandQueue",
          self->device->name);
}

MnBackendSession *
mn_cl_session_new (MnBackendPlan *plan, guint n_slots, GError **error)
{
  MnBackendSession *self = g_new0 (MnBackendSession, 1);
  gboolean ok;
  guint i;

  self->plan = plan;
  self->device = plan->device;
  self->cl = plan->device->cl;
  self->n_slots = n_slots;
  if (!mn_cl_session_plan_results (self, error)) {
    mn_cl_session_free (self);
    return NULL;
  }
  if (plan->profile && self->cl->GetEventProfilingInfo)
    self->seconds = g_new0 (gdouble, mn_cl_session_n_stages (self));
  ok = create_queue (self, error) && create_regions (self, error)
      && create_kernels (self, error);
  for (i = 0; ok && i < n_slots; i++)
    ok = grow_slot (self, &self->slots[i], 1, error);
  /* Times are those of launches, each with its event. */
  if (ok && !plan->profile)
    self->replay = mn_cl_replay_new (plan, self->queue, self->kernels);
  if (ok)
    self->input = mn_cl_input_new (plan, self->queue,
        mn_cl_session_place (self, plan->input), error);
  if (!self->input) {
    mn_cl_session_free (self);
    return NULL;
  }
  return self;
}

static void
clear_slot (MnBackendSession *self, MnClSlot *slot)
{
  guint i;

  for (i = 0; i < MN_MAX_BATCH; i++) {
    if (slot->done[i])
      self->cl->ReleaseEvent (slot->done[i]);
    slot->done[i] = NULL;
  }
  for (i = 0;
      slot->launched && i < slot->capacity * mn_cl_session_n_stages (self);
      i++) {
    if (slot->launched[i])
      self->cl->ReleaseEvent (slot->launched[i]);
    slot->launched[i] = NULL;
  }
  slot->n = 0;
}

static void
free_slot (MnBackendSession *self, MnClSlot *slot)
{
  guint i;

  clear_slot (self, slot);
  for (i = 0; i < MN_MAX_BATCH; i++)
    mn_cl_host_clear (&slot->hosts[i]);
  g_free (slot->data);
  g_free (slot->launched);
}

void
mn_cl_session_free (MnBackendSession *self)
{
  guint i;

  if (!self)
    return;
  if (self->queue)
    self->cl->Finish (self->queue);
  for (i = 0; i < MN_MAX_IN_FLIGHT; i++)
    free_slot (self, &self->slots[i]);
  mn_cl_input_free (self->input);
  mn_cl_replay_free (self->replay);
  for (i = 0; self->kernels && i < self->plan->launches->len; i++) {
    if (self->kernels[i])
      self->cl->ReleaseKernel (self->kernels[i]);
  }
  for (i = 0; self->regions && i < self->plan->regions->len; i++) {
    if (self->regions[i])
      self->cl->ReleaseMemObject (self->regions[i]);
  }
  if (self->arena)
    self->cl->ReleaseMemObject (self->arena);
  if (self->results)
    self->cl->ReleaseMemObject (self->results);
  if (self->queue)
    self->cl->ReleaseCommandQueue (self->queue);
  g_free (self->kernels);
  g_free (self->regions);
  g_free (self->seconds);
  mn_cl_session_free_results (self);
  g_free (self);
}

gboolean
mn_cl_session_set_input (MnBackendSession *self, const MnPreprocess *preprocess,
    GError **error)
{
  return mn_cl_input_set (self->input, preprocess, error);
}

/* ---- a frame ----------------------------------------------------------- */

static gboolean
flush (MnBackendSession *self, GError **error)
{
  cl_int r = self->cl->Flush (self->queue);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clFlush", NULL);
}

gboolean
mn_cl_session_launch (MnBackendSession *self, guint i, cl_event *event,
    GError **error)
{
  const MnClLaunch *launch = g_ptr_array_index (self->plan->launches, i);
  cl_int r = self->cl->EnqueueNDRangeKernel (self->queue, self->kernels[i], 3,
      NULL, launch->global, launch->local, 0, NULL, event);

  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueNDRangeKernel",
          launch->layer);
}

static gboolean
enqueue_launches (MnBackendSession *self, cl_event *events, GError **error)
{
  guint every = self->device->quirks->flush_every, i;

  if (self->replay && mn_cl_replay_enqueue (self->replay))
    return TRUE;
  /* What was recorded failed once: one by one from now on. Nothing waits for
   * those in flight, which keep what they need. */
  g_clear_pointer (&self->replay, mn_cl_replay_free);
  for (i = 0; i < self->plan->launches->len; i++) {
    if (!mn_cl_session_launch (self, i, events ? &events[i] : NULL, error))
      return FALSE;
    if (every && (i + 1) % every == 0 && !flush (self, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
enqueue_frame (MnBackendSession *self, MnClSlot *slot, guint f,
    const MnFrame *frame, const MnPreprocess *stage, GError **error)
{
  cl_event *events = slot->launched
      ? slot->launched + f * mn_cl_session_n_stages (self)
      : NULL;
  cl_int r;

  if (!mn_cl_input_enqueue (self->input, frame, stage, &slot->hosts[f], events,
          error)
      /* The device begins while the launches are put together. */
      || !flush (self, error)
      || !enqueue_launches (self, events ? events + 1 : NULL, error))
    return FALSE;
  r = self->straight
      ? self->cl->EnqueueReadBuffer (self->queue, self->results, CL_FALSE,
            self->straight->offset,
            mn_tensor_size (mn_graph_output (self->plan->graph, 0)),
            slot->outputs[f][0].data, 0, NULL, &slot->done[f])
      : self->cl->EnqueueReadBuffer (self->queue, self->results, CL_FALSE, 0,
            self->plan->results_size, slot->data + f * self->plan->results_size,
            0, NULL, &slot->done[f]);
  return r == CL_SUCCESS
      || mn_cl_fail (error, MN_ERROR_DEVICE, r, "clEnqueueReadBuffer", NULL);
}

/* Takes a slot back whose frames failed. FALSE: the device may use what it
 * uses at any time. */
static gboolean
fail_slot (MnBackendSession *self, MnClSlot *slot, GError **error)
{
  gboolean settled = settle (self, slot->frames, slot->n, error);
  guint i;

  for (i = 0; !settled && i < MN_MAX_BATCH; i++)
    keep_host (&slot->hosts[i]);
  clear_slot (self, slot);
  if (!settled) {
    mn_keep_for_good (g_steal_pointer (&slot->data));
    slot->capacity = 0;
  }
  return settled;
}

gboolean
mn_cl_session_submit (MnBackendSession *self, guint slot,
    MnFrame *const *frames, const MnPreprocess *const *stages, guint n,
    MnTensorView *const *outputs, GError **error)
{
  MnClSlot *s = &self->slots[slot];
  gboolean ok;
  guint f;

  g_return_val_if_fail (slot < self->n_slots && s->n == 0, FALSE);
  /* Only the first batch of a size allocates. */
  ok = grow_slot (self, s, n, error);
  if (!ok)
    return FALSE;
  s->n = n;
  s->outputs = outputs;
  memcpy (s->frames, frames, n * sizeof (*frames));
  for (f = 0; ok && f < n; f++)
    ok = enqueue_frame (self, s, f, frames[f], stages ? stages[f] : NULL,
        error);
  ok = ok && flush (self, error);
  if (!ok)
    fail_slot (self, s, error);
  return ok;
}

/* On a thread of the driver's. */
static void CL_CALLBACK
ring (cl_event event, cl_int status, void *bell)
{
  mn_bell_ring (bell);
}

gboolean
mn_cl_session_tell (MnBackendSession *self, guint slot, MnBell *bell)
{
  const MnClSlot *s = &self->slots[slot];

  g_return_val_if_fail (slot < self->n_slots && s->n > 0, FALSE);
  /* The queue is in order: the last read ends last. */
  return self->cl->SetEventCallback
      && self->cl->SetEventCallback (s->done[s->n - 1], CL_COMPLETE, ring, bell)
      == CL_SUCCESS;
}

gboolean
mn_cl_session_wait (MnBackendSession *self, guint slot, gint64 deadline,
    GError **error)
{
  MnClSlot *s = &self->slots[slot];
  guint f;
  cl_int r;

  g_return_val_if_fail (slot < self->n_slots && s->n > 0, FALSE);
  /* The engine keeps the deadline: others do not wait for this thread. */
  r = self->cl->WaitForEvents (s->n, s->done);
  if (r != CL_SUCCESS) {
    mn_cl_fail (error, MN_ERROR_DEVICE, r, "clWaitForEvents",
        "reading the results");
    fail_slot (self, s, error);
    return FALSE;
  }
  if (self->seconds)
    mn_cl_session_take_times (self, s);
  mn_cl_plan_store (self->plan);
  for (f = 0; f < s->n; f++)
    mn_cl_session_give_results (self,
        s->data ? s->data + f * self->plan->results_size : NULL, s->outputs[f]);
  clear_slot (self, s);
  return TRUE;
}

gboolean
mn_cl_session_cancel (MnBackendSession *self, guint slot)
{
  MnClSlot *s = &self->slots[slot];

  if (s->n == 0)
    return TRUE;
  if (self->cl->WaitForEvents (s->n, s->done) != CL_SUCCESS)
    return fail_slot (self, s, NULL);
  clear_slot (self, s);
  return TRUE;
}

void
mn_cl_session_leave (MnBackendSession *self, MnFrame *frame, MnClHost *host,
    gboolean ok, GError **error)
{
  if (!ok && !settle (self, &frame, 1, error))
    keep_host (host);
  mn_cl_host_clear (host);
}
