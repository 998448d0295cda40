/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device with the CPU behind it: each frame goes to the device where it is
 * ready (runner_device.c), and to the CPU where it is not, or fails: to its
 * lanes (runner_lanes.c) where several are wanted at once.
 *
 *               submit                  wait
 *   FREE -+-> ON_DEVICE -------+--------------------> DONE
 *         |                    | failed: LEFT          ^
 *         +-> ON_LANE ---------)-----------------------+
 *         +-> computed inside --> DONE                 |
 *                              +-> computed by wait ---+
 */

#include "engine/run/runner_private.h"

#include <string.h>

#define START_TIMEOUT (60 * G_TIME_SPAN_SECOND)
#define FRAME_TIMEOUT (2 * G_TIME_SPAN_SECOND)
#define RETRY_DELAY (1 * G_TIME_SPAN_SECOND)
/* A bus that nobody reads must not fill our memory. */
#define MAX_WARNINGS 16
/* Submissions that keep a device busy. */
#define DEVICE_DEPTH 3

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
  if (self->options.threads == 0)
    self->options.threads = mn_cpus_count ();
  self->depth = MAX (options->depth, 1);
  g_mutex_init (&self->lock);
  g_mutex_init (&self->done_lock);
  g_queue_init (&self->warnings);
  self->status = "no device is wanted";
  if (!mn_runner_cpu_start (self, error)
      || (self->depth > 1 && !mn_runner_lanes_make (self, error)))
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
  for (i = 0; i < MN_RUNNER_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket)
      mn_runner_cancel (self, self->flights[i].ticket);
  }
  mn_runner_device_stop (self);
  mn_runner_cpu_stop (self);
  mn_runner_set_done (self, NULL, NULL, NULL);
  mn_model_unref (self->model);
  mn_context_unref (self->context);
  g_queue_clear_full (&self->warnings, (GDestroyNotify) g_error_free);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->done_lock);
  g_free (self->device_backend);
  g_free (self->device_name);
  g_free (self);
}

/* ---- flights ----------------------------------------------------------- */

guint
mn_runner_count (MnRunner *self, MnFlightState state)
{
  guint n = 0, i;

  for (i = 0; i < MN_RUNNER_MAX_IN_FLIGHT; i++)
    n += self->flights[i].state == state;
  return n;
}

gboolean
mn_flight_prepare (MnFlight *flight, GError **error)
{
  guint i;

  for (i = 0; i < flight->n; i++) {
    if (flight->frames[i]->prepare
        && !flight->frames[i]->prepare (flight->frames[i], error))
      return FALSE;
  }
  return TRUE;
}

/* What the device imports stays as it is. */
static gboolean
prepare_for_device (MnRunner *self, MnFlight *flight, GError **error)
{
  guint i;

  for (i = 0; i < flight->n; i++) {
    MnFrame *frame = flight->frames[i];

    if (frame->memory != MN_MEMORY_HOST
        && mn_runner_imports (self, frame->memory, frame->modifier))
      continue;
    if (frame->prepare && !frame->prepare (frame, error))
      return FALSE;
  }
  return TRUE;
}

/* Whether that is the error of a device that could not import the frames. */
static gboolean
is_import_error (const MnFlight *flight, const GError *error)
{
  guint i;

  for (i = 0; i < flight->n; i++) {
    if (flight->frames[i]->memory != MN_MEMORY_HOST)
      return g_error_matches (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  }
  return FALSE;
}

void
mn_flight_drop_frames (MnFlight *flight)
{
  guint i;

  for (i = 0; i < flight->n; i++)
    g_clear_pointer (&flight->frames[i], mn_frame_unref);
}

static void
clear_flight (MnFlight *flight)
{
  guint i;

  for (i = 0; i < flight->n; i++) {
    g_clear_pointer (&flight->frames[i], mn_frame_unref);
    mn_result_unref (flight->results[i]);
  }
  g_clear_error (&flight->error);
  memset (flight, 0, sizeof (*flight));
}

static MnFlight *
find_flight (MnRunner *self, MnTicket ticket)
{
  guint i;

  for (i = 0; i < MN_RUNNER_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket == ticket)
      return &self->flights[i];
  }
  return NULL;
}

/* The oldest one that is on the device, or was; NULL: none. */
static MnFlight *
oldest_of_device (MnRunner *self)
{
  MnFlight *oldest = NULL;
  guint i;

  for (i = 0; i < MN_RUNNER_MAX_IN_FLIGHT; i++) {
    MnFlight *flight = &self->flights[i];

    if ((flight->state == MN_FLIGHT_ON_DEVICE
            || flight->state == MN_FLIGHT_LEFT)
        && (!oldest || flight->ticket < oldest->ticket))
      oldest = flight;
  }
  return oldest;
}

/* ---- waiting ----------------------------------------------------------- */

/* FALSE: the caller's deadline passed, with error. Else it is DONE, or LEFT
 * since the device failed. */
static gboolean
wait_device (MnRunner *self, MnFlight *flight, gint64 deadline, GError **error)
{
  GError *cause = NULL;

  if (mn_session_wait (self->device, flight->inner,
          MIN (deadline, flight->deadline), flight->results, &cause)) {
    flight->state = MN_FLIGHT_DONE;
    self->failures = 0;
    mn_runner_cpu_rest (self);
    return TRUE;
  }
  if (is_import_error (flight, cause)) {
    flight->state = MN_FLIGHT_LEFT;
    mn_runner_device_cannot_import (self, cause);
    return TRUE;
  }
  if (!g_error_matches (cause, MN_ERROR, MN_ERROR_TIMEOUT)) {
    flight->state = MN_FLIGHT_LEFT;
    mn_runner_device_failed (self, cause);
    return TRUE;
  }
  if (g_get_monotonic_time () >= flight->deadline) {
    g_error_free (cause);
    mn_runner_device_late (self,
        flight->deadline - self->options.frame_timeout);
    return TRUE;
  }
  g_propagate_error (error, cause);
  return FALSE;
}

static gboolean
wait_lane (MnRunner *self, MnFlight *flight, gint64 deadline, GError **error)
{
  if (!mn_worker_wait_until (self->worker, &flight->work, deadline)) {
    g_set_error (error, MN_ERROR, MN_ERROR_TIMEOUT,
        "%s: the CPU has not answered in time",
        mn_model_get_info (self->model)->name);
    return FALSE;
  }
  flight->state = MN_FLIGHT_DONE;
  return TRUE;
}

/* Waits for whoever computes it. FALSE: the deadline passed, with error. */
static gboolean
land (MnRunner *self, MnFlight *flight, gint64 deadline, GError **error)
{
  if (flight->state == MN_FLIGHT_ON_LANE
      && !wait_lane (self, flight, deadline, error))
    return FALSE;
  if (flight->state == MN_FLIGHT_ON_DEVICE
      && !wait_device (self, flight, deadline, error))
    return FALSE;
  if (flight->state == MN_FLIGHT_LEFT)
    mn_runner_cpu_compute (self, flight, &flight->error);
  return TRUE;
}

/* ---- public ------------------------------------------------------------ */

gboolean
mn_runner_set_input (MnRunner *self, const MnInput *input, GError **error)
{
  MnFlight *flight;

  /* Lanes have inputs of their own; all others know but one. */
  while ((flight = oldest_of_device (self)))
    land (self, flight, MN_FOREVER, NULL);
  if (!mn_runner_cpu_set_input (self, input, self->serial + 1, error))
    return FALSE;
  self->input = *input;
  self->serial++;
  self->input_stale = TRUE;
  if (self->state == MN_DEVICE_READY)
    mn_runner_device_apply_input (self);
  else
    mn_runner_device_poll (self);
  return TRUE;
}

void
mn_runner_set_depth (MnRunner *self, guint depth)
{
  self->depth = depth;
}

guint
mn_runner_get_depth (MnRunner *self, gboolean batches)
{
  guint n = mn_runner_lanes_count (self);
  gboolean device;

  g_mutex_lock (&self->lock);
  device = self->active_backend != self->cpu_name;
  g_mutex_unlock (&self->lock);
  if (device)
    return DEVICE_DEPTH;
  return n > 1 && !batches ? n + 1 : 1;
}

/* FALSE: the device cannot take it. */
static gboolean
submit_device (MnRunner *self, MnFlight *flight)
{
  GError *error = NULL;

  /* A session takes so many. */
  while (mn_runner_count (self, MN_FLIGHT_ON_DEVICE) >= MN_MAX_IN_FLIGHT)
    land (self, oldest_of_device (self), MN_FOREVER, NULL);
  if (self->state != MN_DEVICE_READY)
    return FALSE;
  if (mn_session_submit (self->device, flight->frames, flight->n,
          &flight->inner, &error)) {
    flight->state = MN_FLIGHT_ON_DEVICE;
    flight->deadline = g_get_monotonic_time () + self->options.frame_timeout;
    return TRUE;
  }
  /* The frame's fault: the CPU will refuse it in the same words. */
  if (g_error_matches (error, MN_ERROR, MN_ERROR_ARGUMENT))
    g_error_free (error);
  else if (is_import_error (flight, error))
    mn_runner_device_cannot_import (self, error);
  else
    mn_runner_device_failed (self, error);
  return FALSE;
}

/* Brings the frames to whoever computes them. */
static gboolean
submit (MnRunner *self, MnFlight *flight, GError **error)
{
  mn_runner_device_poll (self);
  if (mn_runner_device_is_due (self)) {
    if (!mn_flight_prepare (flight, error))
      return FALSE;
    mn_runner_device_begin (self, flight);
  }
  if (self->state == MN_DEVICE_READY) {
    if (!prepare_for_device (self, flight, error))
      return FALSE;
    if (submit_device (self, flight))
      return TRUE;
  }
  if (mn_runner_lanes_push (self, flight))
    return TRUE;
  return mn_runner_cpu_compute (self, flight, error);
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
        n, MN_MAX_BATCH, MN_RUNNER_MAX_IN_FLIGHT);
    return FALSE;
  }
  flight->n = n;
  for (i = 0; i < n; i++)
    flight->frames[i] = mn_frame_ref (frames[i]);
  if (!submit (self, flight, error)) {
    clear_flight (flight);
    return FALSE;
  }
  *ticket = flight->ticket = ++self->last_ticket;
  return TRUE;
}

gboolean
mn_runner_wait (MnRunner *self, MnTicket ticket, gint64 deadline,
    MnResult **results, GError **error)
{
  MnFlight *flight = ticket ? find_flight (self, ticket) : NULL;
  gboolean ok;
  guint i;

  if (!flight) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "nothing is in flight under this ticket");
    return FALSE;
  }
  if (!land (self, flight, deadline, error))
    return FALSE;
  ok = flight->error == NULL;
  self->answered |= ok;
  for (i = 0; ok && i < flight->n; i++)
    results[i] = g_steal_pointer (&flight->results[i]);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&flight->error));
  clear_flight (flight);
  return ok;
}

void
mn_runner_cancel (MnRunner *self, MnTicket ticket)
{
  MnFlight *flight = ticket ? find_flight (self, ticket) : NULL;

  if (!flight)
    return;
  /* A device is waited for, with its deadline: that is what finds out
   * whether it hangs. Its result is thrown away. */
  if (flight->state == MN_FLIGHT_ON_DEVICE)
    wait_device (self, flight, MN_FOREVER, NULL);
  else if (flight->state == MN_FLIGHT_ON_LANE
      && !mn_worker_take_back (self->worker, &flight->work))
    mn_worker_wait (self->worker, &flight->work);
  clear_flight (flight);
}

MnProgress
mn_runner_look (MnRunner *self, MnTicket ticket)
{
  const MnFlight *flight = ticket ? find_flight (self, ticket) : NULL;

  if (!flight)
    return MN_PROGRESS_DONE;
  if (flight->state == MN_FLIGHT_ON_LANE)
    return mn_worker_get_state (self->worker, (MnWork *) &flight->work)
            == MN_WORK_DONE
        ? MN_PROGRESS_DONE
        : MN_PROGRESS_ON_CPU;
  return flight->state == MN_FLIGHT_DONE ? MN_PROGRESS_DONE
                                         : MN_PROGRESS_ON_DEVICE;
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

gboolean
mn_runner_imports (MnRunner *self, MnMemory memory, guint64 modifier)
{
  gboolean imports;

  g_mutex_lock (&self->lock);
  imports = memory == MN_MEMORY_HOST
      || (self->importer && mn_plan_imports (self->importer, memory, modifier));
  g_mutex_unlock (&self->lock);
  return imports;
}

void
mn_runner_push_warning (MnRunner *self, GError *warning)
{
  g_mutex_lock (&self->lock);
  if (self->warnings.length < MAX_WARNINGS)
    g_queue_push_tail (&self->warnings, g_steal_pointer (&warning));
  g_mutex_unlock (&self->lock);
  g_clear_error (&warning);
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
