/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One stream on the CPU: an arena for one frame, the frames of a batch one
 * after another, all layers of a frame as the stages of one job of the
 * pool. */

#include "engine/base/cpu_flags.h"
#include "engine/base/pages.h"
#include "engine/base/pool.h"
#include "engine/cpu/lower/guards.h"
#include "engine/cpu/lower/plan.h"
#include "engine/cpu/pace.h"
#include "engine/cpu/preprocess/stage.h"

#include <stdlib.h>
#include <string.h>

struct _MnBackendSession
{
  MnBackendPlan *plan;
  MnCpuExec exec;
  MnCpuStage *input_stage, *crop_stage; /* of the input; of frames that are
                                         * parts of a picture, one by one */
  gboolean has_stage;                   /* the input's is set */
  const MnCpuStage *stage;              /* that of the frame at hand */
  gfloat *staging;  /* the input as floats, where the network's
                     * is not; NULL for others */
  gboolean no_copy; /* layers read the frame's tensor itself */
  gfloat scale[MN_AFFINE], offset[MN_AFFINE]; /* of a tensor's elements */
  guint8 *preprocess_scratch;
  gsize preprocess_scratch_size; /* bytes a thread */
  guint n_slots;
  gboolean in_flight[MN_MAX_IN_FLIGHT];
  guint *n_tasks;       /* of each stage: the input, the layers */
  const MnFrame *frame; /* the one that is being computed */
  gfloat *input;        /* where its input goes */
  guint threads;        /* of the plan's */
  MnPace pace;
  gdouble *seconds; /* of each stage; NULL: not kept */
  guint64 runs;
};

static gboolean
no_memory (const MnBackendPlan *plan, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
      "%s: no memory for the activations", plan->graph->name);
  return FALSE;
}

static gboolean
input_is_narrow (const MnBackendSession *self)
{
  return mn_cpu_element (self->plan, self->plan->input) != MN_ELEMENT_F32;
}

/* What the graph does with its input first. */
static void
init_affine (MnBackendSession *self)
{
  const MnGraph *graph = self->plan->graph;
  guint channels = self->plan->channels, i;
  gboolean known = channels <= G_N_ELEMENTS (graph->input_scale);

  for (i = 0; i < MN_AFFINE; i++) {
    self->scale[i] = known ? graph->input_scale[i % channels] : 1;
    self->offset[i] = known ? graph->input_offset[i % channels] : 0;
  }
}

MnBackendSession *
mn_cpu_session_new (MnBackendPlan *plan, guint n_slots, GError **error)
{
  MnBackendSession *self = g_new0 (MnBackendSession, 1);
  guint n_stages = plan->layers->len + 1, i;
  gboolean ok = TRUE;

  self->plan = plan;
  self->threads = plan->threads;
  self->n_slots = n_slots;
  self->exec.plan = plan;
  self->input_stage = mn_cpu_stage_new (mn_cpu_flags_get ());
  self->crop_stage = mn_cpu_stage_new (mn_cpu_flags_get ());
  init_affine (self);
  self->exec.arena = mn_pages_new (plan->arena_size);
  self->exec.scratch = mn_cpu_alloc_n (plan->scratch_size, plan->threads);
  self->n_tasks = g_new (guint, n_stages);
  for (i = 0; i < plan->layers->len; i++)
    self->n_tasks[i + 1] = ((MnCpuLayer *) g_ptr_array_index (plan->layers, i))
                               ->n_tasks;
  self->n_tasks[0] = 1;
  if (plan->profile)
    self->seconds = g_new0 (gdouble, n_stages);
  if (plan->input_dtype != MN_DTYPE_F32 || input_is_narrow (self)) {
    self->staging = mn_cpu_alloc_n (plan->n_input, sizeof (gfloat));
    if (!self->staging)
      ok = ok && no_memory (plan, error);
  }
  if (ok && (!self->exec.arena || !self->exec.scratch))
    ok = no_memory (plan, error);
  if (!ok || !mn_cpu_session_set_input (self, NULL, error)) {
    mn_cpu_session_free (self);
    return NULL;
  }
  return self;
}

void
mn_cpu_session_free (MnBackendSession *self)
{
  if (!self)
    return;
  if (self->exec.arena)
    mn_cpu_show (self->exec.arena, self->plan->arena_size);
  mn_pages_free (self->exec.arena, self->plan->arena_size);
  free (self->exec.scratch);
  free (self->staging);
  free (self->preprocess_scratch);
  mn_cpu_stage_free (self->input_stage);
  mn_cpu_stage_free (self->crop_stage);
  g_free (self->n_tasks);
  g_free (self->seconds);
  g_free (self);
}

void
mn_cpu_session_set_threads (MnBackendSession *self, guint threads)
{
  self->threads = CLAMP (threads, 1, self->plan->threads);
}

void
mn_cpu_session_set_cancelled (MnBackendSession *self, const gint *cancelled)
{
  self->exec.cancelled = cancelled;
}

/* The tensor may be the input as it is. */
static gboolean
takes_tensor_as_it_is (const MnBackendSession *self)
{
  const MnGraph *graph = self->plan->graph;
  guint i;

  if (self->plan->input_dtype != MN_DTYPE_F32)
    return TRUE;
  if (input_is_narrow (self))
    return FALSE;
  for (i = 0; i < self->plan->channels && i < G_N_ELEMENTS (graph->input_scale);
      i++) {
    if (graph->input_scale[i] != 1 || graph->input_offset[i] != 0)
      return FALSE;
  }
  return TRUE;
}

/* The input's stage, and what threads need for it. */
static gboolean
set_stage (MnBackendSession *self, const MnPreprocess *preprocess,
    GError **error)
{
  gsize size = (mn_cpu_stage_scratch_size (preprocess) + 63) / 64 * 64;
  guint8 *scratch = mn_cpu_alloc_n (size, self->plan->threads);

  if (!scratch) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: no memory to scale frames of %ux%u pixels",
        self->plan->graph->name, preprocess->source.width,
        preprocess->source.height);
    return FALSE;
  }
  if (!mn_cpu_stage_set (self->input_stage, preprocess, error)) {
    free (scratch);
    return FALSE;
  }
  free (self->preprocess_scratch);
  self->preprocess_scratch = scratch;
  self->preprocess_scratch_size = size;
  return TRUE;
}

gboolean
mn_cpu_session_set_input (MnBackendSession *self,
    const MnPreprocess *preprocess, GError **error)
{
  guint threads = self->plan->threads;

  if (preprocess && !set_stage (self, preprocess, error))
    return FALSE;
  self->has_stage = preprocess != NULL;
  self->no_copy = !preprocess && takes_tensor_as_it_is (self);
  /* Rows cost alike, but a thread may be held up; and the taps of two
   * neighbouring parts overlap. */
  self->n_tasks[0] = threads == 1 || self->no_copy ? 1
      : preprocess ? MIN (2 * threads, preprocess->out_height)
                   : threads;
  return TRUE;
}

/* MN_FORMAT_TENSOR: what the graph does first is still to be done. Elements
 * first .. end - 1, first a multiple of MN_AFFINE. */
static void
read_tensor (MnBackendSession *self, gsize first, gsize end, gfloat *y)
{
  const guint8 *data = self->frame->planes[0].data;
  const gfloat *x = y;

  data += first * sizeof (gfloat);
  /* The caller's data need not be aligned. */
  if ((gsize) data % G_ALIGNOF (gfloat) == 0)
    x = (const gfloat *) data;
  else
    memcpy (y, data, (end - first) * sizeof (gfloat));
  self->plan->kernels.affine (end - first, x, self->scale, self->offset, y);
}

/* The same where the input is stored narrower; part by part, so that the
 * floats stay in the cache. */
#define PART (16 * MN_AFFINE)

static void
read_tensor_narrow (MnBackendSession *self, gsize first, gsize end)
{
  const MnBackendPlan *plan = self->plan;
  gfloat part[PART];

  for (; first < end; first += PART) {
    gsize n = MIN (end - first, PART);

    read_tensor (self, first, first + n, part);
    plan->narrow.narrow (n, part, mn_cpu_at (&self->exec, plan->input, first));
  }
}

/* Rows first .. end - 1 of an input that is not floats. */
static void
convert_rows (MnBackendSession *self, gsize first, gsize end)
{
  const MnBackendPlan *plan = self->plan;
  gsize row = (gsize) self->stage->preprocess.out_width * plan->channels;
  guint8 *out = mn_cpu_value (&self->exec, plan->input);

  if (input_is_narrow (self)) {
    plan->narrow.narrow ((end - first) * row, self->staging + first * row,
        mn_cpu_at (&self->exec, plan->input, first * row));
    return;
  }
  plan->kernels.u8.quantise ((end - first) * row, self->staging + first * row,
      out + first * row, &plan->input_bytes);
}

static void
run_input (MnBackendSession *self, guint task, guint thread)
{
  gsize first, end;

  if (!self->stage) {
    if (self->exec.input)
      return;
    mn_cpu_split ((self->plan->n_input + MN_AFFINE - 1) / MN_AFFINE, task,
        self->n_tasks[0], &first, &end);
    first *= MN_AFFINE;
    end = MIN (end * MN_AFFINE, self->plan->n_input);
    if (self->input == self->staging)
      read_tensor_narrow (self, first, end);
    else
      read_tensor (self, first, end, self->input + first);
    return;
  }
  mn_cpu_split (self->stage->preprocess.out_height, task, self->n_tasks[0],
      &first, &end);
  mn_cpu_stage_run (self->stage, self->frame, first, end,
      self->preprocess_scratch + thread * self->preprocess_scratch_size,
      self->input);
  if (self->staging && self->input == self->staging)
    convert_rows (self, first, end);
}

static void
run_task (gpointer data, guint stage, guint task, guint thread)
{
  MnBackendSession *self = data;
  const MnCpuLayer *layer;

  /* The tasks that are left, of all layers, take no time then. */
  if (mn_cpu_is_cancelled (&self->exec))
    return;
  mn_cpu_guards_stage (&self->exec, stage, thread);
  if (stage == 0) {
    run_input (self, task, thread);
    return;
  }
  layer = g_ptr_array_index (self->plan->layers, stage - 1);
  layer->kind->run (layer, &self->exec, task, thread);
}

typedef struct
{
  MnBackendSession *session;
  guint stage;
} OneStage;

static void
run_one_stage (gpointer data, guint task, guint thread)
{
  OneStage *one = data;

  run_task (one->session, one->stage, task, thread);
}

/* Stage by stage, with a look at the clock between them. */
static void
run_profiled (MnBackendSession *self)
{
  MnBackendPlan *plan = self->plan;
  OneStage one = {self, 0};

  for (; one.stage <= plan->layers->len; one.stage++) {
    gint64 start = g_get_monotonic_time ();

    mn_pool_run (plan->pool, plan->threads, self->n_tasks[one.stage],
        run_one_stage, &one);
    self->seconds[one.stage] += (g_get_monotonic_time () - start) * 1e-6;
  }
  self->runs++;
}

/* For the next frame. Only the first crop of a source allocates. */
static gboolean
choose_stage (MnBackendSession *self, const MnPreprocess *own, GError **error)
{
  self->stage = own     ? self->crop_stage
      : self->has_stage ? self->input_stage
                        : NULL;
  return !own || mn_cpu_stage_set (self->crop_stage, own, error);
}

static void
run_frame (MnBackendSession *self, const MnFrame *frame,
    const MnTensorView *outputs)
{
  MnBackendPlan *plan = self->plan;
  guint i;

  self->frame = frame;
  self->exec.input = NULL;
  self->input = self->staging ? self->staging
                              : mn_cpu_value (&self->exec, plan->input);
  /* Bytes lie well everywhere, floats do not. */
  if (self->no_copy
      && (self->staging
          || (gsize) frame->planes[0].data % G_ALIGNOF (gfloat) == 0))
    self->exec.input = (gfloat *) frame->planes[0].data;
  mn_cpu_guards_begin (&self->exec);
  if (self->seconds) {
    run_profiled (self);
  } else {
    guint threads = mn_pace_begin (&self->pace, g_get_monotonic_time (),
        self->threads);

    mn_pool_run_stages (plan->pool, threads, plan->layers->len + 1,
        self->n_tasks, run_task, self);
    mn_pace_end (&self->pace, g_get_monotonic_time ());
  }
  /* Then nobody may have written them. */
  if (mn_cpu_is_cancelled (&self->exec))
    return;
  for (i = 0; i < plan->graph->outputs->len; i++) {
    gint value = g_array_index (plan->outputs, gint, i);

    memcpy (outputs[i].data, mn_cpu_value (&self->exec, value),
        mn_tensor_size (mn_graph_output (plan->graph, i)));
  }
}

gboolean
mn_cpu_session_submit (MnBackendSession *self, guint slot,
    MnFrame *const *frames, const MnPreprocess *const *stages, guint n,
    MnTensorView *const *outputs, GError **error)
{
  guint i;

  g_return_val_if_fail (slot < self->n_slots && !self->in_flight[slot], FALSE);
  for (i = 0; i < n; i++) {
    if (!choose_stage (self, stages ? stages[i] : NULL, error))
      return FALSE;
    run_frame (self, frames[i], outputs[i]);
  }
  if (mn_cpu_is_cancelled (&self->exec)) {
    g_set_error (error, MN_ERROR, MN_ERROR_CANCELLED,
        "%s: the frame was given up", self->plan->graph->name);
    return FALSE;
  }
  self->in_flight[slot] = TRUE;
  return TRUE;
}

gboolean
mn_cpu_session_wait (MnBackendSession *self, guint slot, gint64 deadline,
    GError **error)
{
  g_return_val_if_fail (slot < self->n_slots && self->in_flight[slot], FALSE);
  self->in_flight[slot] = FALSE;
  return TRUE;
}

gboolean
mn_cpu_session_cancel (MnBackendSession *self, guint slot)
{
  self->in_flight[slot] = FALSE;
  return TRUE;
}

static void
run_input_task (gpointer data, guint task, guint thread)
{
  run_input (data, task, thread);
}

gboolean
mn_cpu_session_read_input (MnBackendSession *self, MnFrame *frame, gfloat *out,
    GError **error)
{
  self->frame = frame;
  choose_stage (self, NULL, NULL);
  self->exec.input = NULL;
  self->input = out;
  mn_pool_run (self->plan->pool, self->plan->threads, self->n_tasks[0],
      run_input_task, self);
  return TRUE;
}

guint
mn_cpu_session_profile (MnBackendSession *self, MnLayerTime *layers, guint max,
    guint64 *runs)
{
  const MnBackendPlan *plan = self->plan;
  guint i;

  *runs = self->runs;
  if (!self->seconds)
    return 0;
  for (i = 0; i < MIN (max, plan->layers->len + 1); i++) {
    const MnCpuLayer *layer;

    layers[i] = (MnLayerTime) {"input", "preprocess", self->seconds[i], 0,
      plan->n_input * sizeof (gfloat), 1};
    if (i == 0)
      continue;
    layer = g_ptr_array_index (plan->layers, i - 1);
    layers[i].name = layer->name;
    layers[i].kernel = layer->kernel;
    layers[i].flops = layer->flops;
    layers[i].bytes = layer->bytes;
  }
  return plan->layers->len + 1;
}
