/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The runner's device: when it is used, and when the CPU takes its place.
 *
 * Where nobody insists on the device it starts once the CPU has given its
 * first result, which must not come later for it.
 *
 *              start ok                   failure
 *   STARTING ----------> READY <--------------------> RESTING
 *      |                   |      retry_at passed        |
 *      | start failed      | lost, or a call hung        | too many
 *      v                   v                             v failures
 *   RESTING (start anew) DEAD (for good)              STARTING
 *
 * The start (compile, session) runs as one job of the device thread; the
 * stream looks at it now and then. Everything else goes through MnSession,
 * whose calls come back at a deadline.
 */

#include "engine/run/runner_private.h"

/* How long the end waits for a start to give up. */
#define STOP_PATIENCE (10 * G_TIME_SPAN_SECOND)
#define MAX_BACKOFF 6 /* doublings of retry_delay */
/* So many failures in a row, and plan and session are made anew. */
#define FAILURES_TO_RESTART 3

static void G_GNUC_PRINTF (2, 3)
set_status (MnRunner *self, const gchar *format, ...)
{
  g_autofree gchar *status = NULL;
  g_autofree gchar *valid = NULL;
  va_list args;

  va_start (args, format);
  status = g_strdup_vprintf (format, args);
  va_end (args);
  /* File names and what drivers say may be of any bytes. */
  valid = g_utf8_make_valid (status, -1);
  g_mutex_lock (&self->lock);
  self->status = g_intern_string (valid);
  g_mutex_unlock (&self->lock);
}

/* What the device takes for a frame, and the CPU, where that is known. */
static void
set_race_status (MnRunner *self, const gchar *verdict)
{
  const MnRace *race = &self->race;

  if (race->device > 0 && race->cpu > 0)
    set_status (self, "%s: it takes %.2f ms a frame, the CPU %.2f ms%s",
        verdict, race->device / 1e3, race->cpu / 1e3,
        race->kept ? " (from the cache: measured at an earlier start)" : "");
  else
    set_status (self, "%s", verdict);
}

static void
warn (MnRunner *self, const GError *cause, const gchar *consequence)
{
  GError *warning = g_error_new (cause->domain, cause->code,
      "%s; the CPU goes on, %s", cause->message, consequence);

  set_status (self, "%s; %s", cause->message, consequence);
  mn_runner_push_warning (self, warning);
}

/* Cleared before the plan goes: others ask it at any time. */
static void
set_importer (MnRunner *self, MnPlan *plan)
{
  g_mutex_lock (&self->lock);
  self->importer = plan;
  g_mutex_unlock (&self->lock);
}

/* ---- failures ---------------------------------------------------------- */

static gint64
backoff (MnRunner *self)
{
  gint64 delay = self->options.retry_delay;

  return delay << MIN (self->failures - 1, MAX_BACKOFF);
}

void
mn_runner_device_failed (MnRunner *self, GError *cause)
{
  gboolean for_good = g_error_matches (cause, MN_ERROR, MN_ERROR_LOST);

  mn_runner_cpu_take_over (self);
  self->failures++;
  self->input_stale = TRUE;
  if (for_good) {
    self->state = MN_DEVICE_DEAD;
    warn (self, cause, "the device is not used again");
  } else {
    g_autofree gchar *when = g_strdup_printf ("the device is tried again "
                                              "in %.1f s",
        backoff (self) / (gdouble) G_TIME_SPAN_SECOND);

    self->state = MN_DEVICE_RESTING;
    self->retry_at = g_get_monotonic_time () + backoff (self);
    warn (self, cause, when);
  }
  g_error_free (cause);
}

void
mn_runner_device_late (MnRunner *self, gint64 since)
{
  const gchar *model = mn_model_get_info (self->model)->name;
  gboolean hangs = FALSE;
  GError *cause;
  guint i;

  if (mn_device_thread_was_slow (self->thread, since)) {
    cause = g_error_new (MN_ERROR, MN_ERROR_DEVICE,
        "%s: the backend \"%s\" has not answered in time, since something "
        "was compiled for the device",
        model, self->device_backend);
  } else {
    hangs = TRUE;
    cause = g_error_new (MN_ERROR, MN_ERROR_LOST,
        "%s: the backend \"%s\" has not answered in time", model,
        self->device_backend);
  }
  for (i = 0; i < MN_RUNNER_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].state == MN_FLIGHT_ON_DEVICE)
      self->flights[i].state = MN_FLIGHT_LEFT;
  }
  set_importer (self, NULL);
  if (self->device)
    mn_session_abandon (g_steal_pointer (&self->device));
  /* A driver that only does not say that a frame has ended holds nobody up,
   * unless what waits for the frame now hangs too. */
  if (hangs)
    mn_device_thread_give_up (self->thread);
  g_clear_pointer (&self->device_plan, mn_plan_unref);
  mn_runner_device_failed (self, cause);
}

/* What the first frames need may have to be compiled: where the device is
 * insisted on that is part of its start. */
void
mn_runner_device_apply_input (MnRunner *self)
{
  const MnRunnerOptions *o = &self->options;
  gint64 since = g_get_monotonic_time ();
  gint64 timeout = o->need_device && !self->answered
      ? MAX (o->start_timeout, o->frame_timeout)
      : o->frame_timeout;
  GError *error = NULL;

  if (!self->serial || !self->input_stale)
    return;
  if (mn_session_set_input_by (self->device, &self->input, since + timeout,
          &error)) {
    self->input_stale = FALSE;
  } else if (mn_session_hangs (self->device)) {
    g_error_free (error);
    mn_runner_device_late (self, since);
  } else {
    mn_runner_device_failed (self, error);
  }
}

/* ---- start ------------------------------------------------------------- */

/* What comes. */
static MnInput
find_input (const MnRunner *self, const MnFlight *flight)
{
  MnInput input = self->input;

  /* Nobody has said: tensors. */
  if (!self->serial)
    input.source = flight->frames[0]->desc;
  return input;
}

/* On the first of the flight's frames, which are prepared; NULL: there is to
 * be no race. */
static MnRaceCourse *
make_course (MnRunner *self, const MnFlight *flight, const MnInput *input)
{
  const MnRunnerOptions *o = &self->options;

  if (o->need_device || o->any_speed || !self->cpu_plan)
    return NULL;
  return mn_race_course_new (self->cpu_plan, input, flight->frames[0]);
}

/* flight: what comes next; NULL where the device is needed. */
static gboolean
begin_start (MnRunner *self, const MnFlight *flight, GError **error)
{
  const MnRunnerOptions *o = &self->options;
  MnPlanOptions options = {.backend = self->device_backend,
    .device = self->device_name,
    .precision = o->precision,
    .tuning = o->tuning,
    .threads = o->threads,
    .automatic = !o->need_device};
  MnInput input;

  if (flight)
    input = find_input (self, flight);
  self->start = mn_runner_start_new (self->context, self->model,
      flight ? make_course (self, flight, &input) : NULL,
      flight ? &input : NULL, &options, error);
  self->thread = mn_context_get_device_thread (self->context,
      mn_context_get_backend (self->context, self->device_backend));
  if (!self->start)
    return FALSE;
  self->start_deadline = g_get_monotonic_time () + o->start_timeout;
  self->state = MN_DEVICE_STARTING;
  self->cannot_import = FALSE;
  set_status (self, "the device is starting");
  return TRUE;
}

static void
restart (MnRunner *self, const MnFlight *flight)
{
  GError *error = NULL;

  if (!begin_start (self, flight, &error))
    mn_runner_device_failed (self, error);
}

void
mn_runner_device_cannot_import (MnRunner *self, GError *cause)
{
  if (!self->cannot_import)
    mn_runner_push_warning (self,
        g_error_new (cause->domain, cause->code,
            "%s; frames are copied for it from here on", cause->message));
  self->cannot_import = TRUE;
  set_importer (self, NULL);
  g_error_free (cause);
}

static void
begin_use (MnRunner *self)
{
  self->state = MN_DEVICE_READY;
  set_race_status (self, "the device computes");
  mn_runner_set_active (self, mn_plan_get_backend (self->device_plan),
      mn_plan_get_device (self->device_plan));
  set_importer (self, self->cannot_import ? NULL : self->device_plan);
  mn_runner_device_apply_input (self);
}

static void
finish_start (MnRunner *self)
{
  MnRunnerStart *start = g_steal_pointer (&self->start);

  self->race = start->race;
  if (mn_race_lost (&self->race)) {
    self->state = MN_DEVICE_NONE;
    set_race_status (self, "the device is not used");
  } else if (start->session) {
    self->device = g_steal_pointer (&start->session);
    self->device_plan = g_steal_pointer (&start->plan);
    if (self->device_plan->remark)
      mn_runner_push_warning (self,
          g_error_new_literal (MN_ERROR, MN_ERROR_COMPILE,
              self->device_plan->remark));
    self->input_stale = TRUE;
    begin_use (self);
  } else if (g_error_matches (start->error, MN_ERROR, MN_ERROR_NO_BACKEND)
      || g_error_matches (start->error, MN_ERROR, MN_ERROR_UNSUPPORTED)) {
    /* No such device, or no such network on it: nothing to repeat, and
     * nothing wrong when the choice was ours. */
    self->state = MN_DEVICE_NONE;
    set_status (self, "no device is used: %s", start->error->message);
    if (self->options.need_device)
      warn (self, start->error, "no device is used");
  } else {
    mn_runner_device_failed (self, g_steal_pointer (&start->error));
  }
  mn_runner_start_unref (start);
}

/* The deadline passed. The job is left behind, with all that it holds. */
static GError *
give_up_start (MnRunner *self)
{
  mn_runner_start_cancel (self->start, 0);
  g_clear_pointer (&self->start, mn_runner_start_unref);
  return g_error_new (MN_ERROR, MN_ERROR_LOST,
      "%s: the backend \"%s\" did not start within %g s",
      mn_model_get_info (self->model)->name, self->device_backend,
      self->options.start_timeout / (gdouble) G_TIME_SPAN_SECOND);
}

/* need_device: the start is waited for, and its failure is the caller's. */
static gboolean
wait_for_start (MnRunner *self, GError **error)
{
  if (!mn_runner_start_wait (self->start, self->start_deadline)) {
    g_propagate_error (error, give_up_start (self));
    return FALSE;
  }
  if (self->start->error) {
    g_propagate_error (error, g_steal_pointer (&self->start->error));
    return FALSE;
  }
  finish_start (self);
  return TRUE;
}

gboolean
mn_runner_device_start (MnRunner *self, GError **error)
{
  const MnBackend *backend = mn_context_get_backend (self->context,
      self->device_backend);

  if (!backend && self->options.need_device) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
        "the backend \"%s\" is not in this build; use backend=cpu, or "
        "backend=auto to take what is there",
        self->device_backend);
    return FALSE;
  }
  if (!backend) {
    set_status (self, "the backend \"%s\" is not in this build",
        self->device_backend);
    return TRUE;
  }
  if (!self->options.need_device) {
    self->state = MN_DEVICE_IDLE;
    set_status (self, "the device starts after the first frame");
    return TRUE;
  }
  return begin_start (self, NULL, error) && wait_for_start (self, error);
}

/* ---- while frames pass ------------------------------------------------- */

static void
drop_device (MnRunner *self)
{
  g_clear_pointer (&self->device, mn_session_free);
  g_clear_pointer (&self->device_plan, mn_plan_unref);
}

gboolean
mn_runner_device_is_due (MnRunner *self)
{
  return (self->state == MN_DEVICE_IDLE && self->answered)
      || (self->state == MN_DEVICE_RESTING
          && g_get_monotonic_time () >= self->retry_at
          && mn_runner_count (self, MN_FLIGHT_ON_DEVICE) == 0);
}

void
mn_runner_device_begin (MnRunner *self, const MnFlight *flight)
{
  if (self->state == MN_DEVICE_RESTING && self->device
      && self->failures % FAILURES_TO_RESTART != 0) {
    begin_use (self);
  } else {
    drop_device (self);
    restart (self, flight);
  }
}

void
mn_runner_device_poll (MnRunner *self)
{
  if (self->state != MN_DEVICE_STARTING)
    return;
  if (mn_runner_start_wait (self->start, 0))
    finish_start (self);
  else if (g_get_monotonic_time () >= self->start_deadline)
    mn_runner_device_failed (self, give_up_start (self));
}

/* ---- end --------------------------------------------------------------- */

void
mn_runner_device_stop (MnRunner *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->start)
    mn_runner_start_cancel (self->start,
        MIN (now + STOP_PATIENCE, self->start_deadline));
  g_clear_pointer (&self->start, mn_runner_start_unref);
  drop_device (self);
  /* A process must not end while a driver is at work; and one that hangs
   * is not waited for twice. */
  now = g_get_monotonic_time ();
  if (!mn_device_thread_hangs (self->thread)
      && !mn_device_thread_drain (self->thread,
          now + self->options.frame_timeout)
      && !mn_device_thread_was_slow (self->thread, now))
    mn_device_thread_give_up (self->thread);
}
