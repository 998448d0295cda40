/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/run/runner_start.h"

void
mn_runner_start_unref (MnRunnerStart *self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  mn_session_free (self->session);
  mn_plan_unref (self->plan);
  mn_race_course_free (self->course);
  mn_model_unref (self->model);
  mn_context_unref (self->context);
  g_clear_error (&self->error);
  g_free (self->backend);
  g_free (self->device);
  g_free (self);
}

/* TRUE: the CPU is known to be the faster, and there is nothing to do. *name
 * (free with g_free): where the answer is to be kept, if it is still open. */
static gboolean
recall_race (MnRunnerStart *self, gchar **name)
{
  const MnBackend *backend = mn_context_get_backend (self->context,
      self->backend);

  if (self->course && backend->identify) {
    g_autofree gchar *device = backend->identify (self->device);

    *name = mn_race_name (device, self->course, &self->options);
  }
  return *name && mn_race_load (*name, &self->race)
      && mn_race_lost (&self->race);
}

static gboolean
run_race (MnRunnerStart *self, const gchar *name)
{
  if (!self->course || self->race.kept)
    return TRUE;
  if (!mn_race_run (&self->race, self->course, self->session, &self->cancelled,
          &self->error))
    return FALSE;
  if (name && self->race.cpu > 0)
    mn_race_store (name, &self->race);
  return TRUE;
}

static void
start_job (gpointer data)
{
  MnRunnerStart *self = data;
  g_autofree gchar *name = NULL;

  if (recall_race (self, &name))
    return;
  self->plan = mn_plan_get (self->context, self->model, &self->options,
      &self->error);
  if (self->plan && !g_atomic_int_get (&self->cancelled))
    self->session = mn_session_new (self->plan, &self->error);
  /* Here it may take as long as it takes to compile what frames need. */
  if (self->session
      && (!run_race (self, name)
          || (self->has_input
              && !mn_session_set_input (self->session, &self->input,
                  &self->error))))
    g_clear_pointer (&self->session, mn_session_free);
}

static void
unref_job (gpointer data)
{
  mn_runner_start_unref (data);
}

MnRunnerStart *
mn_runner_start_new (MnContext *context, MnModel *model, MnRaceCourse *course,
    const MnInput *input, const MnPlanOptions *options, GError **error)
{
  const MnBackend *backend = mn_context_get_backend (context, options->backend);
  MnDeviceThread *thread;
  MnRunnerStart *self;

  if (!mn_context_start_device_thread (context, backend, error)) {
    g_prefix_error (error, "%s: ", mn_model_get_info (model)->name);
    mn_race_course_free (course);
    return NULL;
  }
  thread = mn_context_get_device_thread (context, backend);
  if (mn_device_thread_hangs (thread)) {
    g_set_error (error, MN_ERROR, MN_ERROR_LOST,
        "%s: the backend \"%s\" cannot be used in this process any more: a "
        "call of its driver does not come back",
        mn_model_get_info (model)->name, options->backend);
    mn_race_course_free (course);
    return NULL;
  }
  self = g_new0 (MnRunnerStart, 1);
  self->refcount = 2;
  self->context = mn_context_ref (context);
  self->model = mn_model_ref (model);
  self->course = course;
  self->has_input = input != NULL;
  if (input)
    self->input = *input;
  self->options = *options;
  self->options.backend = self->backend = g_strdup (options->backend);
  self->options.device = self->device = g_strdup (options->device);
  self->options.cancelled = &self->cancelled;
  self->thread = thread;
  self->job.slow = TRUE;
  mn_device_thread_post (self->thread, &self->job, start_job, self);
  /* Behind the job in the thread's queue: nobody touches self after it. */
  mn_device_thread_post_detached (self->thread, unref_job, self);
  return self;
}

gboolean
mn_runner_start_wait (MnRunnerStart *self, gint64 deadline)
{
  return mn_device_thread_wait (self->thread, &self->job, deadline);
}

gboolean
mn_runner_start_cancel (MnRunnerStart *self, gint64 deadline)
{
  g_atomic_int_set (&self->cancelled, 1);
  if (mn_runner_start_wait (self, deadline))
    return TRUE;
  mn_device_thread_give_up (self->thread);
  return FALSE;
}
