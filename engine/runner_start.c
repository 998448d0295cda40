/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/runner_start.h"

/* Frames of a race: the first ones warm up, the best one counts. */
#define N_RACE_FRAMES 5

void
mn_runner_start_unref (MnRunnerStart * self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  mn_session_free (self->session);
  mn_plan_unref (self->plan);
  mn_plan_unref (self->cpu_plan);
  mn_model_unref (self->model);
  mn_context_unref (self->context);
  g_clear_error (&self->error);
  g_free (self->backend);
  g_free (self->device);
  g_free (self);
}

/* The best time of a frame in us, at least 1; 0 with an error. */
static gint64
time_frames (MnSession * session, const MnModelInfo * info, gpointer data,
    gsize size, GError ** error)
{
  MnFrameDesc desc = {
    .format = MN_FORMAT_TENSOR,
    .width = info->width,
    .height = info->height
  };
  MnFrame frame = { {0}, }, *frames[1] = { &frame };
  gint64 best = G_MAXINT64;
  guint i;

  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.memory = MN_MEMORY_HOST;
  frame.n_planes = 1;
  frame.planes[0].data = data;
  frame.planes[0].size = size;
  for (i = 0; i < N_RACE_FRAMES; i++) {
    gint64 start = g_get_monotonic_time ();
    g_autoptr (MnResult) result = NULL;
    MnTicket ticket;

    if (!mn_session_submit (session, frames, 1, &ticket, error)
        || !mn_session_wait (session, ticket, MN_FOREVER, &result, error))
      return 0;
    best = MIN (best, g_get_monotonic_time () - start);
  }
  return MAX (best, 1);
}

/* FALSE: the device failed, with error. What becomes of the CPU is looked
 * after elsewhere. */
static gboolean
race (MnRunnerStart * self, GError ** error)
{
  const MnModelInfo *info = mn_model_get_info (self->model);
  gsize size = (gsize) info->width * info->height * info->channels
      * mn_dtype_size (info->input_dtype);
  g_autofree guint8 *data = g_try_malloc0 (size);
  MnSession *cpu = data ? mn_session_new (self->cpu_plan, NULL) : NULL;

  if (!cpu)
    return TRUE;
  self->cpu_time = time_frames (cpu, info, data, size, NULL);
  mn_session_free (cpu);
  self->device_time = time_frames (self->session, info, data, size, error);
  return self->device_time > 0;
}

static void
start_job (gpointer data)
{
  MnRunnerStart *self = data;

  self->plan = mn_plan_new (self->context, self->model, &self->options,
      &self->error);
  if (self->plan && !g_atomic_int_get (&self->cancelled))
    self->session = mn_session_new (self->plan, &self->error);
  if (self->session && self->cpu_plan && !race (self, &self->error))
    g_clear_pointer (&self->session, mn_session_free);
}

static void
unref_job (gpointer data)
{
  mn_runner_start_unref (data);
}

MnRunnerStart *
mn_runner_start_new (MnContext * context, MnModel * model,
    MnPlan * cpu_plan, const MnPlanOptions * options)
{
  MnRunnerStart *self = g_new0 (MnRunnerStart, 1);
  const MnBackend *backend = mn_context_get_backend (context,
      options->backend);

  self->refcount = 2;
  self->context = mn_context_ref (context);
  self->model = mn_model_ref (model);
  self->cpu_plan = cpu_plan ? mn_plan_ref (cpu_plan) : NULL;
  self->options = *options;
  self->options.backend = self->backend = g_strdup (options->backend);
  self->options.device = self->device = g_strdup (options->device);
  self->options.cancelled = &self->cancelled;
  self->thread = mn_context_get_device_thread (context, backend);
  mn_device_thread_post (self->thread, &self->job, start_job, self);
  /* Behind the job in the thread's queue: nobody touches self after it. */
  mn_device_thread_post_detached (self->thread, unref_job, self);
  return self;
}

gboolean
mn_runner_start_wait (MnRunnerStart * self, gint64 deadline)
{
  return mn_device_thread_wait (self->thread, &self->job, deadline);
}

void
mn_runner_start_cancel (MnRunnerStart * self, gint64 deadline)
{
  g_atomic_int_set (&self->cancelled, 1);
  mn_runner_start_wait (self, deadline);
}
