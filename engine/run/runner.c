/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device with the CPU behind it: each frame goes to the device where it is
 * ready (runner_device.c), and to the CPU where it is not, or fails. */

#include "engine/run/runner_private.h"

#include <string.h>

#define START_TIMEOUT (60 * G_TIME_SPAN_SECOND)
#define FRAME_TIMEOUT (2 * G_TIME_SPAN_SECOND)
#define RETRY_DELAY (1 * G_TIME_SPAN_SECOND)

MnRunner *
mn_runner_new (MnContext *context, MnModel *model,
    const MnRunnerOptions *options, GError **error)
{
  g_autoptr (MnRunner) self = g_new0 (MnRunner, 1);

  self->context = mn_context_ref (context);
  self->model = mn_model_ref (model);
  self->options = *options;
  self->device_backend = g_strdup (options->device_backend);
  self->device_name = g_strdup (options->device);
  if (self->options.start_timeout <= 0)
    self->options.start_timeout = START_TIMEOUT;
  if (self->options.frame_timeout <= 0)
    self->options.frame_timeout = FRAME_TIMEOUT;
  if (self->options.retry_delay <= 0)
    self->options.retry_delay = RETRY_DELAY;
  g_mutex_init (&self->lock);
  g_queue_init (&self->warnings);
  self->status = "no device is wanted";
  if (!mn_runner_cpu_start (self, error))
    return NULL;
  if (self->device_backend && !mn_runner_device_start (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mn_runner_free (MnRunner *self)
{
  guint i;

  if (!self)
    return;
  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket)
      mn_runner_cancel (self, self->flights[i].ticket);
  }
  mn_runner_device_stop (self);
  mn_runner_cpu_stop (self);
  mn_model_unref (self->model);
  mn_context_unref (self->context);
  g_queue_clear_full (&self->warnings, (GDestroyNotify) g_error_free);
  g_mutex_clear (&self->lock);
  g_free (self->device_backend);
  g_free (self->device_name);
  g_free (self);
}

gboolean
mn_runner_set_input (MnRunner *self, const MnInput *input, GError **error)
{
  if (!mn_runner_cpu_set_input (self, input, error))
    return FALSE;
  self->input = *input;
  self->has_input = TRUE;
  self->input_stale = TRUE;
  if (self->state == MN_DEVICE_READY)
    mn_runner_device_apply_input (self);
  else
    mn_runner_device_poll (self);
  return TRUE;
}

static gboolean
submit_cpu (MnRunner *self, MnFlight *flight, GError **error)
{
  if (!mn_runner_cpu_start (self, error))
    return FALSE;
  flight->session = self->cpu;
  return mn_session_submit (self->cpu, flight->frames, flight->n,
      &flight->inner, error);
}

static void
submit_device (MnRunner *self, MnFlight *flight)
{
  GError *error = NULL;

  flight->session = NULL;
  if (mn_session_submit (self->device, flight->frames, flight->n,
          &flight->inner, &error)) {
    flight->session = self->device;
    flight->deadline = g_get_monotonic_time () + self->options.frame_timeout;
  } else if (g_error_matches (error, MN_ERROR, MN_ERROR_ARGUMENT)) {
    /* The frame's fault: the CPU will refuse it in the same words. */
    g_error_free (error);
  } else {
    mn_runner_device_failed (self, error);
  }
}

static void
clear_flight (MnFlight *flight)
{
  guint i;

  for (i = 0; i < flight->n; i++)
    mn_frame_unref (flight->frames[i]);
  memset (flight, 0, sizeof (*flight));
}

static MnFlight *
find_flight (MnRunner *self, MnTicket ticket)
{
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket == ticket)
      return &self->flights[i];
  }
  return NULL;
}

gboolean
mn_runner_submit (MnRunner *self, MnFrame *const *frames, guint n,
    MnTicket *ticket, GError **error)
{
  MnFlight *flight = find_flight (self, 0);
  guint i;

  *ticket = 0;
  if (!flight || n < 1 || n > MN_MAX_BATCH) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%u frames cannot be submitted now: 1 to %d at once, and %d "
        "submissions in flight are the most",
        n, MN_MAX_BATCH, MN_MAX_IN_FLIGHT);
    return FALSE;
  }
  flight->n = n;
  for (i = 0; i < n; i++)
    flight->frames[i] = mn_frame_ref (frames[i]);
  mn_runner_device_poll (self);
  if (self->state == MN_DEVICE_READY)
    submit_device (self, flight);
  if (!flight->session && !submit_cpu (self, flight, error)) {
    clear_flight (flight);
    return FALSE;
  }
  *ticket = flight->ticket = ++self->last_ticket;
  return TRUE;
}

/* TRUE: results are there. FALSE with error: the caller's deadline passed.
 * FALSE without: the device failed, and the frame is to be done anew. */
static gboolean
wait_device (MnRunner *self, MnFlight *flight, gint64 deadline,
    MnResult **results, GError **error)
{
  GError *cause = NULL;

  if (mn_session_wait (flight->session, flight->inner,
          MIN (deadline, flight->deadline), results, &cause)) {
    self->failures = 0;
    mn_runner_cpu_rest (self);
    return TRUE;
  }
  if (!g_error_matches (cause, MN_ERROR, MN_ERROR_TIMEOUT)) {
    flight->session = NULL;
    mn_runner_device_failed (self, cause);
    return FALSE;
  }
  if (g_get_monotonic_time () >= flight->deadline) {
    g_error_free (cause);
    mn_runner_device_late (self,
        flight->deadline - self->options.frame_timeout);
    return FALSE;
  }
  g_propagate_error (error, cause);
  return FALSE;
}

gboolean
mn_runner_wait (MnRunner *self, MnTicket ticket, gint64 deadline,
    MnResult **results, GError **error)
{
  MnFlight *flight = ticket ? find_flight (self, ticket) : NULL;
  GError *late = NULL;
  gboolean ok;

  if (!flight) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "nothing is in flight under this ticket");
    return FALSE;
  }
  if (flight->session && flight->session != self->cpu) {
    ok = wait_device (self, flight, deadline, results, &late);
    if (late) {
      g_propagate_error (error, late);
      return FALSE;
    }
    if (ok) {
      clear_flight (flight);
      return TRUE;
    }
  }
  if (!flight->session && !submit_cpu (self, flight, error)) {
    clear_flight (flight);
    return FALSE;
  }
  ok = mn_session_wait (self->cpu, flight->inner, deadline, results, &late);
  self->answered |= ok;
  if (ok || !g_error_matches (late, MN_ERROR, MN_ERROR_TIMEOUT))
    clear_flight (flight);
  if (late)
    g_propagate_error (error, late);
  return ok;
}

void
mn_runner_cancel (MnRunner *self, MnTicket ticket)
{
  MnFlight *flight = ticket ? find_flight (self, ticket) : NULL;
  MnResult *results[MN_MAX_BATCH];
  guint n, i;

  if (!flight)
    return;
  n = flight->n;
  /* A device is waited for, with its deadline: that is what finds out
   * whether it hangs. Its result is thrown away. */
  if (flight->session && flight->session != self->cpu) {
    if (wait_device (self, flight, MN_FOREVER, results, NULL)) {
      for (i = 0; i < n; i++)
        mn_result_unref (results[i]);
    }
  } else if (flight->session) {
    mn_session_cancel (self->cpu, flight->inner);
  }
  clear_flight (flight);
}

const gchar *
mn_runner_get_backend (MnRunner *self)
{
  const gchar *name;

  g_mutex_lock (&self->lock);
  name = self->active_backend;
  g_mutex_unlock (&self->lock);
  return name;
}

const gchar *
mn_runner_get_device (MnRunner *self)
{
  const gchar *name;

  g_mutex_lock (&self->lock);
  name = self->active_device;
  g_mutex_unlock (&self->lock);
  return name;
}

const gchar *
mn_runner_get_device_status (MnRunner *self)
{
  const gchar *status;

  g_mutex_lock (&self->lock);
  status = self->status;
  g_mutex_unlock (&self->lock);
  return status;
}

GError *
mn_runner_pop_warning (MnRunner *self)
{
  GError *warning;

  g_mutex_lock (&self->lock);
  warning = g_queue_pop_head (&self->warnings);
  g_mutex_unlock (&self->lock);
  return warning;
}
