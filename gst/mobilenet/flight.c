/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/flight.h"

gboolean
gst_mobilenet_flight_is_in_runner (const GstMobilenetFlight *self)
{
  return self->ticket != 0
      || (self->job && gst_mobilenet_region_job_is_started (self->job));
}

gboolean
gst_mobilenet_flight_is_done (const GstMobilenetFlight *self, MnWorker *lanes)
{
  if (self->on_lane)
    return mn_worker_get_state (lanes, (MnWork *) &self->work.job)
        == MN_WORK_DONE;
  return !gst_mobilenet_flight_is_in_runner (self) || !self->on_device;
}

static void
land_from_lane (GstMobilenetFlight *self, MnWorker *lanes, GError **error)
{
  mn_worker_wait (lanes, &self->work.job);
  self->result = g_steal_pointer (&self->work.result);
  *error = g_steal_pointer (&self->work.error);
  gst_mobilenet_work_clear (&self->work);
  self->on_lane = FALSE;
}

/* FALSE: it is not there by deadline. */
static gboolean
land_from_runner (GstMobilenetFlight *self, gint64 deadline, GError **error)
{
  if (mn_runner_wait (self->model->runner, self->ticket, deadline,
          &self->result, error)) {
    self->ticket = 0;
    return TRUE;
  }
  self->result = NULL;
  if (deadline != MN_FOREVER
      && g_error_matches (*error, MN_ERROR, MN_ERROR_TIMEOUT)) {
    g_clear_error (error);
    return FALSE;
  }
  self->ticket = 0;
  return TRUE;
}

gboolean
gst_mobilenet_flight_land (GstMobilenetFlight *self, MnWorker *lanes,
    GstMobilenetOutlet *outlet, gint64 deadline)
{
  g_autoptr (GError) error = NULL;

  if (self->on_lane) {
    land_from_lane (self, lanes, &error);
  } else if (gst_mobilenet_flight_is_in_runner (self)) {
    if (self->ticket ? !land_from_runner (self, deadline, &error)
                     : !gst_mobilenet_region_job_wait (self->job,
                           self->model->runner, deadline, &error))
      return FALSE;
    gst_mobilenet_outlet_report (outlet, self->model);
  }
  if (error) {
    self->failed = TRUE;
    gst_mobilenet_outlet_warn (outlet, error);
  }
  return TRUE;
}

void
gst_mobilenet_flight_cancel (GstMobilenetFlight *self, MnWorker *lanes)
{
  gst_mobilenet_region_job_cancel (g_steal_pointer (&self->job),
      self->model ? self->model->runner : NULL);
  if (self->on_lane && mn_worker_take_back (lanes, &self->work.job)) {
    gst_mobilenet_work_clear (&self->work);
    self->on_lane = FALSE;
  } else if (self->ticket) {
    mn_runner_cancel (self->model->runner, self->ticket);
    self->ticket = 0;
  }
}

void
gst_mobilenet_flight_clear (GstMobilenetFlight *self)
{
  g_clear_pointer (&self->result, mn_result_unref);
  g_clear_pointer (&self->model, gst_mobilenet_model_unref);
  gst_clear_buffer (&self->buffer);
}
