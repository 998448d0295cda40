/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The runner's lanes: threads that compute a submission each on the CPU, side
 * by side, each with a session of one thread. All share one plan. Whoever is
 * free takes the next one. */

#include "engine/run/runner_private.h"

guint
mn_runner_lanes_count (MnRunner *self)
{
  return MIN (self->options.threads, MN_RUNNER_MAX_LANES);
}

static gboolean
set_input (MnLane *lane, const MnFlight *flight, GError **error)
{
  if (lane->serial != flight->serial
      && !mn_session_set_input (lane->session, &flight->input, error))
    return FALSE;
  lane->serial = flight->serial;
  return TRUE;
}

/* On a lane's thread. */
static void
compute (MnWork *work, guint number, gpointer user_data)
{
  MnRunner *self = user_data;
  MnFlight *flight = (MnFlight *) work;
  MnLane *lane = &self->lanes[number];
  MnTicket ticket;

  if (mn_flight_prepare (flight, &flight->error)
      && set_input (lane, flight, &flight->error)
      && mn_session_submit (lane->session, flight->frames, flight->n, &ticket,
          &flight->error))
    mn_session_wait (lane->session, ticket, MN_FOREVER, flight->results,
        &flight->error);
  mn_flight_drop_frames (flight);
}

static void
tell (gpointer user_data)
{
  MnRunner *self = user_data;

  g_mutex_lock (&self->done_lock);
  if (self->done)
    self->done (self->done_data);
  g_mutex_unlock (&self->done_lock);
}

gboolean
mn_runner_lanes_make (MnRunner *self, GError **error)
{
  guint n = mn_runner_lanes_count (self);

  while (n > 1 && self->n_lanes < n) {
    MnSession *session = mn_session_new (self->cpu_plan, error);

    if (!session)
      return FALSE;
    mn_session_set_threads (session, 1);
    mn_session_set_cancelled (session, self->options.cancelled);
    self->lanes[self->n_lanes++] = (MnLane) {session, 0};
  }
  return TRUE;
}

static gboolean
start (MnRunner *self, GError **error)
{
  if (self->worker)
    return TRUE;
  if (!mn_runner_cpu_start (self, error) || !mn_runner_lanes_make (self, error))
    return FALSE;
  self->worker = mn_worker_new (self->n_lanes, FALSE, "mobilenet-lane", compute,
      tell, self, error);
  return self->worker != NULL;
}

gboolean
mn_runner_lanes_push (MnRunner *self, MnFlight *flight)
{
  GError *error = NULL;

  if (self->depth < 2 || mn_runner_lanes_count (self) < 2)
    return FALSE;
  if (!start (self, &error)) {
    if (self->told_of_lanes)
      g_error_free (error);
    else
      mn_runner_push_warning (self, error);
    self->told_of_lanes = TRUE;
    return FALSE;
  }
  flight->input = self->input;
  flight->serial = self->serial;
  flight->state = MN_FLIGHT_ON_LANE;
  mn_worker_push (self->worker, &flight->work);
  return TRUE;
}

void
mn_runner_lanes_stop (MnRunner *self)
{
  g_clear_pointer (&self->worker, mn_worker_free);
  while (self->n_lanes > 0)
    mn_session_free (self->lanes[--self->n_lanes].session);
}

void
mn_runner_set_done (MnRunner *self, void (*done) (gpointer data), gpointer data,
    GDestroyNotify destroy)
{
  g_mutex_lock (&self->done_lock);
  if (self->done_destroy)
    self->done_destroy (self->done_data);
  self->done = done;
  self->done_data = data;
  self->done_destroy = destroy;
  g_mutex_unlock (&self->done_lock);
}
