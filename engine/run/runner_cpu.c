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
  self->importer = NULL;
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
  self->cpu_serial = 0;
  return TRUE;
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
  mn_runner_lanes_stop (self);
  g_clear_pointer (&self->cpu, mn_session_free);
  g_clear_pointer (&self->cpu_plan, mn_plan_unref);
}

gboolean
mn_runner_cpu_set_input (MnRunner *self, const MnInput *input, guint serial,
    GError **error)
{
  /* While lanes compute it may never be wanted here. */
  if (!self->cpu || self->depth > 1)
    return mn_model_check_input (self->model, input, error);
  if (!mn_session_set_input (self->cpu, input, error))
    return FALSE;
  self->cpu_serial = serial;
  return TRUE;
}

static gboolean
apply_input (MnRunner *self, GError **error)
{
  if (self->cpu_serial != self->serial
      && !mn_session_set_input (self->cpu, &self->input, error))
    return FALSE;
  self->cpu_serial = self->serial;
  return TRUE;
}

gboolean
mn_runner_cpu_compute (MnRunner *self, MnFlight *flight, GError **error)
{
  MnTicket ticket;
  gboolean ok;

  ok = mn_flight_prepare (flight, error) && mn_runner_cpu_start (self, error)
      && apply_input (self, error)
      && mn_session_submit (self->cpu, flight->frames, flight->n, &ticket,
          error)
      && mn_session_wait (self->cpu, ticket, MN_FOREVER, flight->results,
          error);
  flight->state = MN_FLIGHT_DONE;
  mn_flight_drop_frames (flight);
  return ok;
}

void
mn_runner_cpu_rest (MnRunner *self)
{
  if (++self->served >= FRAMES_OF_TRUST && self->cpu
      && mn_runner_count (self, MN_FLIGHT_ON_LANE) == 0)
    mn_runner_cpu_stop (self);
}
