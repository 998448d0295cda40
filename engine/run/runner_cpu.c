/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The runner's CPU: there from the start, and whenever the device is not.
 * While a device serves well its weights would be a second copy of the
 * model's, so they go, and are packed anew when a frame needs them: that
 * costs about as long as the frame itself. */

#include "engine/run/runner_private.h"

/* Frames in a row that make a device one that serves well. */
#define FRAMES_OF_TRUST 30

void
mn_runner_set_active (MnRunner *self, const gchar *backend, const gchar *device)
{
  g_mutex_lock (&self->lock);
  self->active_backend = g_intern_string (backend);
  self->active_device = g_intern_string (device);
  g_mutex_unlock (&self->lock);
}

void
mn_runner_cpu_take_over (MnRunner *self)
{
  self->served = 0;
  mn_runner_set_active (self, self->cpu_name, self->cpu_device);
}

static gboolean
make_session (MnRunner *self, GError **error)
{
  const MnRunnerOptions *o = &self->options;
  MnPlanOptions options = {.backend = o->cpu_backend ? o->cpu_backend : "cpu",
    .precision = o->precision,
    .threads = o->threads};

  self->cpu_plan = mn_plan_get (self->context, self->model, &options, error);
  if (!self->cpu_plan)
    return FALSE;
  self->cpu = mn_session_new (self->cpu_plan, error);
  if (!self->cpu)
    return FALSE;
  /* However many were asked for: threads that take turns on one CPU only
   * wait for each other. */
  mn_session_set_threads (self->cpu, mn_cpus_count ());
  mn_session_set_cancelled (self->cpu, o->cancelled);
  return !self->has_input
      || mn_session_set_input (self->cpu, &self->input, error);
}

gboolean
mn_runner_cpu_start (MnRunner *self, GError **error)
{
  if (self->cpu)
    return TRUE;
  if (!make_session (self, error)) {
    mn_runner_cpu_stop (self);
    return FALSE;
  }
  if (!self->cpu_name) {
    self->cpu_name = g_intern_string (mn_plan_get_backend (self->cpu_plan));
    self->cpu_device = g_intern_string (mn_plan_get_device (self->cpu_plan));
    mn_runner_cpu_take_over (self);
  }
  return TRUE;
}

void
mn_runner_cpu_stop (MnRunner *self)
{
  g_clear_pointer (&self->cpu, mn_session_free);
  g_clear_pointer (&self->cpu_plan, mn_plan_unref);
}

gboolean
mn_runner_cpu_set_input (MnRunner *self, const MnInput *input, GError **error)
{
  if (self->cpu)
    return mn_session_set_input (self->cpu, input, error);
  return mn_model_check_input (self->model, input, error);
}

static gboolean
cpu_in_flight (MnRunner *self)
{
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket && self->flights[i].session == self->cpu)
      return TRUE;
  }
  return FALSE;
}

void
mn_runner_cpu_rest (MnRunner *self)
{
  if (++self->served >= FRAMES_OF_TRUST && self->cpu && !cpu_in_flight (self))
    mn_runner_cpu_stop (self);
}
