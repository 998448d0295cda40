/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/runner_start.h"

void
mn_runner_start_unref (MnRunnerStart * self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  mn_session_free (self->session);
  mn_plan_unref (self->plan);
  mn_model_unref (self->model);
  mn_context_unref (self->context);
  g_clear_error (&self->error);
  g_free (self->backend);
  g_free (self->device);
  g_free (self);
}

static void
start_job (gpointer data)
{
  MnRunnerStart *self = data;

  self->plan = mn_plan_new (self->context, self->model, &self->options,
      &self->error);
  if (self->plan)
    self->session = mn_session_new (self->plan, &self->error);
}

static void
unref_job (gpointer data)
{
  mn_runner_start_unref (data);
}

MnRunnerStart *
mn_runner_start_new (MnContext * context, MnModel * model,
    const MnPlanOptions * options)
{
  MnRunnerStart *self = g_new0 (MnRunnerStart, 1);
  const MnBackend *backend = mn_context_get_backend (context,
      options->backend);

  self->refcount = 2;
  self->context = mn_context_ref (context);
  self->model = mn_model_ref (model);
  self->options = *options;
  self->options.backend = self->backend = g_strdup (options->backend);
  self->options.device = self->device = g_strdup (options->device);
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
