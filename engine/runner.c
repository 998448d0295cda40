/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device with the CPU behind it: the policy of falling back.
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

#include "engine/internal.h"
#include "engine/runner_start.h"

#include <string.h>

#define START_TIMEOUT (60 * G_TIME_SPAN_SECOND)
#define FRAME_TIMEOUT (2 * G_TIME_SPAN_SECOND)
#define RETRY_DELAY (1 * G_TIME_SPAN_SECOND)
/* How long the end waits for a start to give up. */
#define STOP_PATIENCE (10 * G_TIME_SPAN_SECOND)
#define MAX_BACKOFF 6           /* doublings of retry_delay */
/* So many failures in a row, and plan and session are made anew. */
#define FAILURES_TO_RESTART 3
/* A bus that nobody reads must not fill our memory. */
#define MAX_WARNINGS 16

typedef enum
{
  DEVICE_NONE,                  /* none wanted, or none there */
  DEVICE_IDLE,                  /* to be started after the first result, with
                                 * the second frame */
  DEVICE_STARTING,
  DEVICE_READY,
  DEVICE_RESTING,
  DEVICE_DEAD
} DeviceState;

typedef struct
{
  MnTicket ticket;              /* ours; 0: free */
  guint n;
  MnFrame *frames[MN_MAX_BATCH];
  MnSession *session;           /* where it is in flight; not owned */
  MnTicket inner;
  gint64 deadline;              /* the device's for this frame */
} Flight;

struct _MnRunner
{
  MnContext *context;
  MnModel *model;
  MnRunnerOptions options;
  gchar *device_backend, *device_name;
  MnPlan *cpu_plan;
  MnSession *cpu;
  MnPlan *device_plan;
  MnSession *device;
  DeviceState state;
  MnRunnerStart *start;         /* while STARTING */
  gboolean answered;            /* a first result is out */
  guint failures;               /* in a row */
  gint64 retry_at;
  gboolean has_input;
  gboolean input_stale;         /* the device has not heard of it yet */
  MnInput input;
  Flight flights[MN_MAX_IN_FLIGHT];
  MnTicket last_ticket;
  GMutex lock;                  /* of what follows */
  GQueue warnings;              /* GError * */
  const gchar *active_backend;  /* interned */
  const gchar *active_device;
  const gchar *status;          /* of the device; interned */
};

static void
G_GNUC_PRINTF (2, 3)
set_status (MnRunner * self, const gchar * format, ...)
{
  g_autofree gchar *status = NULL;
  va_list args;

  va_start (args, format);
  status = g_strdup_vprintf (format, args);
  va_end (args);
  g_mutex_lock (&self->lock);
  self->status = g_intern_string (status);
  g_mutex_unlock (&self->lock);
}

static void
begin_start (MnRunner * self)
{
  MnPlanOptions options = {
    .backend = self->device_backend,
    .device = self->device_name,
    .precision = self->options.precision,
    .threads = self->options.threads,
    .automatic = !self->options.need_device
  };
  gboolean race = !self->options.need_device && !self->options.any_speed;

  self->start = mn_runner_start_new (self->context, self->model,
      race ? self->cpu_plan : NULL, &options);
  self->state = DEVICE_STARTING;
  set_status (self, "the device is starting");
}

static void
set_active (MnRunner * self, MnPlan * plan)
{
  g_mutex_lock (&self->lock);
  self->active_backend = g_intern_string (mn_plan_get_backend (plan));
  self->active_device = g_intern_string (mn_plan_get_device (plan));
  g_mutex_unlock (&self->lock);
}

static void
warn (MnRunner * self, const GError * cause, const gchar * consequence)
{
  GError *warning = g_error_new (cause->domain, cause->code,
      "%s; the CPU goes on, %s", cause->message, consequence);

  set_status (self, "%s; %s", cause->message, consequence);
  g_mutex_lock (&self->lock);
  if (self->warnings.length < MAX_WARNINGS)
    g_queue_push_tail (&self->warnings, warning);
  else
    g_error_free (warning);
  g_mutex_unlock (&self->lock);
}

static gint64
backoff (MnRunner * self)
{
  gint64 delay = self->options.retry_delay;

  return delay << MIN (self->failures - 1, MAX_BACKOFF);
}

/* Puts the device aside and says so. Takes cause. */
static void
device_failed (MnRunner * self, GError * cause)
{
  gboolean for_good = g_error_matches (cause, MN_ERROR, MN_ERROR_LOST);

  set_active (self, self->cpu_plan);
  self->failures++;
  self->input_stale = TRUE;
  if (for_good) {
    self->state = DEVICE_DEAD;
    warn (self, cause, "the device is not used again");
  } else {
    g_autofree gchar *when = g_strdup_printf ("the device is tried again "
        "in %.1f s", backoff (self) / (gdouble) G_TIME_SPAN_SECOND);

    self->state = DEVICE_RESTING;
    self->retry_at = g_get_monotonic_time () + backoff (self);
    warn (self, cause, when);
  }
  g_error_free (cause);
}

/* A call of the device has not come back: never wait for it again. */
static void
device_hangs (MnRunner * self)
{
  GError *cause = g_error_new (MN_ERROR, MN_ERROR_LOST,
      "%s: the backend \"%s\" has not answered in time",
      mn_model_get_info (self->model)->name, self->device_backend);
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].session == self->device)
      self->flights[i].session = NULL;
  }
  if (self->device)
    mn_session_abandon (g_steal_pointer (&self->device));
  g_clear_pointer (&self->device_plan, mn_plan_unref);
  device_failed (self, cause);
}

static void
apply_input (MnRunner * self)
{
  GError *error = NULL;

  if (!self->has_input || !self->input_stale)
    return;
  if (mn_session_set_input (self->device, &self->input, &error))
    self->input_stale = FALSE;
  else if (mn_session_hangs (self->device)) {
    g_error_free (error);
    device_hangs (self);
  } else
    device_failed (self, error);
}

static void
finish_start (MnRunner * self)
{
  MnRunnerStart *start = g_steal_pointer (&self->start);

  if (start->device_time > start->cpu_time && start->cpu_time > 0) {
    self->state = DEVICE_NONE;
    set_status (self, "the device is not used: it takes %.2f ms a frame, the "
        "CPU %.2f ms", start->device_time / 1e3, start->cpu_time / 1e3);
  } else if (start->session) {
    self->device = g_steal_pointer (&start->session);
    self->device_plan = g_steal_pointer (&start->plan);
    self->state = DEVICE_READY;
    self->input_stale = TRUE;
    set_status (self, "the device computes");
    set_active (self, self->device_plan);
    apply_input (self);
  } else if (g_error_matches (start->error, MN_ERROR, MN_ERROR_NO_BACKEND)
      || g_error_matches (start->error, MN_ERROR, MN_ERROR_UNSUPPORTED)) {
    /* No such device, or no such network on it: nothing to repeat, and
     * nothing wrong when the choice was ours. */
    self->state = DEVICE_NONE;
    set_status (self, "no device is used: %s", start->error->message);
    if (self->options.need_device)
      warn (self, start->error, "no device is used");
  } else {
    device_failed (self, g_steal_pointer (&start->error));
  }
  mn_runner_start_unref (start);
}

static void
drop_device (MnRunner * self)
{
  g_clear_pointer (&self->device, mn_session_free);
  g_clear_pointer (&self->device_plan, mn_plan_unref);
}

static gboolean
device_in_flight (MnRunner * self)
{
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket && self->flights[i].session == self->device)
      return TRUE;
  }
  return FALSE;
}

/* Moves the state on, where time or a finished start moves it. */
static void
poll_device (MnRunner * self)
{
  if (self->state == DEVICE_IDLE && self->answered) {
    begin_start (self);
  } else if (self->state == DEVICE_STARTING
      && mn_runner_start_wait (self->start, 0)) {
    finish_start (self);
  } else if (self->state == DEVICE_RESTING
      && g_get_monotonic_time () >= self->retry_at
      && !(self->device && device_in_flight (self))) {
    const MnBackend *backend = mn_context_get_backend (self->context,
        self->device_backend);

    if (self->device && self->failures % FAILURES_TO_RESTART != 0) {
      self->state = DEVICE_READY;
      set_status (self, "the device computes");
      set_active (self, self->device_plan);
      apply_input (self);
    } else if (backend) {
      drop_device (self);
      begin_start (self);
    }
  }
}

static gboolean
start_cpu (MnRunner * self, GError ** error)
{
  const MnRunnerOptions *o = &self->options;
  MnPlanOptions options = {
    .backend = o->cpu_backend ? o->cpu_backend : "cpu",
    .precision = o->precision,
    .threads = o->threads
  };

  self->cpu_plan = mn_plan_new (self->context, self->model, &options, error);
  if (!self->cpu_plan)
    return FALSE;
  self->cpu = mn_session_new (self->cpu_plan, error);
  if (!self->cpu)
    return FALSE;
  set_active (self, self->cpu_plan);
  return TRUE;
}

/* need_device: the start is waited for, and its failure is the caller's. */
static gboolean
wait_for_start (MnRunner * self, GError ** error)
{
  gint64 deadline = g_get_monotonic_time () + self->options.start_timeout;
  MnRunnerStart *start = self->start;

  if (!mn_runner_start_wait (start, deadline)) {
    g_set_error (error, MN_ERROR, MN_ERROR_TIMEOUT,
        "%s: the backend \"%s\" did not start within %.0f s",
        mn_model_get_info (self->model)->name, self->device_backend,
        self->options.start_timeout / (gdouble) G_TIME_SPAN_SECOND);
    return FALSE;
  }
  if (start->error) {
    g_propagate_error (error, g_steal_pointer (&start->error));
    return FALSE;
  }
  finish_start (self);
  return TRUE;
}

static gboolean
start_device (MnRunner * self, GError ** error)
{
  const MnBackend *backend = mn_context_get_backend (self->context,
      self->device_backend);

  if (!backend && self->options.need_device) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_BACKEND,
        "the backend \"%s\" is not in this build; use backend=cpu, or "
        "backend=auto to take what is there", self->device_backend);
    return FALSE;
  }
  if (!backend) {
    set_status (self, "the backend \"%s\" is not in this build",
        self->device_backend);
    return TRUE;
  }
  if (!self->options.need_device) {
    self->state = DEVICE_IDLE;
    set_status (self, "the device starts after the first frame");
    return TRUE;
  }
  begin_start (self);
  return wait_for_start (self, error);
}

MnRunner *
mn_runner_new (MnContext * context, MnModel * model,
    const MnRunnerOptions * options, GError ** error)
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
  if (!start_cpu (self, error))
    return NULL;
  if (self->device_backend && !start_device (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mn_runner_free (MnRunner * self)
{
  guint i;

  if (!self)
    return;
  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket)
      mn_runner_cancel (self, self->flights[i].ticket);
  }
  if (self->start)
    mn_runner_start_cancel (self->start,
        g_get_monotonic_time () + STOP_PATIENCE);
  mn_runner_start_unref (self->start);
  drop_device (self);
  mn_session_free (self->cpu);
  mn_plan_unref (self->cpu_plan);
  mn_model_unref (self->model);
  mn_context_unref (self->context);
  g_queue_clear_full (&self->warnings, (GDestroyNotify) g_error_free);
  g_mutex_clear (&self->lock);
  g_free (self->device_backend);
  g_free (self->device_name);
  g_free (self);
}

gboolean
mn_runner_set_input (MnRunner * self, const MnInput * input, GError ** error)
{
  if (!mn_session_set_input (self->cpu, input, error))
    return FALSE;
  self->input = *input;
  self->has_input = TRUE;
  self->input_stale = TRUE;
  if (self->state == DEVICE_READY)
    apply_input (self);
  else
    poll_device (self);
  return TRUE;
}

static gboolean
submit_cpu (MnRunner * self, Flight * flight, GError ** error)
{
  flight->session = self->cpu;
  return mn_session_submit (self->cpu, flight->frames, flight->n,
      &flight->inner, error);
}

static void
submit_device (MnRunner * self, Flight * flight)
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
    device_failed (self, error);
  }
}

static void
clear_flight (Flight * flight)
{
  guint i;

  for (i = 0; i < flight->n; i++)
    mn_frame_unref (flight->frames[i]);
  memset (flight, 0, sizeof (*flight));
}

static Flight *
find_flight (MnRunner * self, MnTicket ticket)
{
  guint i;

  for (i = 0; i < MN_MAX_IN_FLIGHT; i++) {
    if (self->flights[i].ticket == ticket)
      return &self->flights[i];
  }
  return NULL;
}

gboolean
mn_runner_submit (MnRunner * self, MnFrame * const *frames, guint n,
    MnTicket * ticket, GError ** error)
{
  Flight *flight = find_flight (self, 0);
  guint i;

  *ticket = 0;
  if (!flight || n < 1 || n > MN_MAX_BATCH) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "%u frames cannot be submitted now: 1 to %d at once, and %d "
        "submissions in flight are the most", n, MN_MAX_BATCH,
        MN_MAX_IN_FLIGHT);
    return FALSE;
  }
  flight->n = n;
  for (i = 0; i < n; i++)
    flight->frames[i] = mn_frame_ref (frames[i]);
  poll_device (self);
  if (self->state == DEVICE_READY)
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
wait_device (MnRunner * self, Flight * flight, gint64 deadline,
    MnResult ** results, GError ** error)
{
  GError *cause = NULL;

  if (mn_session_wait (flight->session, flight->inner,
          MIN (deadline, flight->deadline), results, &cause)) {
    self->failures = 0;
    return TRUE;
  }
  if (!g_error_matches (cause, MN_ERROR, MN_ERROR_TIMEOUT)) {
    flight->session = NULL;
    device_failed (self, cause);
    return FALSE;
  }
  if (g_get_monotonic_time () >= flight->deadline) {
    g_error_free (cause);
    device_hangs (self);
    return FALSE;
  }
  g_propagate_error (error, cause);
  return FALSE;
}

gboolean
mn_runner_wait (MnRunner * self, MnTicket ticket, gint64 deadline,
    MnResult ** results, GError ** error)
{
  Flight *flight = ticket ? find_flight (self, ticket) : NULL;
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
  if (flight->session != self->cpu && !submit_cpu (self, flight, error)) {
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
mn_runner_cancel (MnRunner * self, MnTicket ticket)
{
  Flight *flight = ticket ? find_flight (self, ticket) : NULL;
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
mn_runner_get_backend (MnRunner * self)
{
  const gchar *name;

  g_mutex_lock (&self->lock);
  name = self->active_backend;
  g_mutex_unlock (&self->lock);
  return name;
}

const gchar *
mn_runner_get_device (MnRunner * self)
{
  const gchar *name;

  g_mutex_lock (&self->lock);
  name = self->active_device;
  g_mutex_unlock (&self->lock);
  return name;
}

const gchar *
mn_runner_get_device_status (MnRunner * self)
{
  const gchar *status;

  g_mutex_lock (&self->lock);
  status = self->status;
  g_mutex_unlock (&self->lock);
  return status;
}

GError *
mn_runner_pop_warning (MnRunner * self)
{
  GError *warning;

  g_mutex_lock (&self->lock);
  warning = g_queue_pop_head (&self->warnings);
  g_mutex_unlock (&self->lock);
  return warning;
}
