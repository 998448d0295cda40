/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/flight.h"

static MnTicket
get_ticket (const GstMobilenetFlight *self)
{
  return self->job ? gst_mobilenet_region_job_get_ticket (self->job)
                   : self->ticket;
}

MnProgress
gst_mobilenet_flight_look (const GstMobilenetFlight *self)
{
  MnTicket ticket = get_ticket (self);

  return ticket ? mn_runner_look (self->model->runner, ticket)
                : MN_PROGRESS_DONE;
}

/* FALSE: it is not there by deadline. */
static gboolean
land_frame (GstMobilenetFlight *self, gint64 deadline, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (!mn_runner_wait (self->model->runner, self->ticket, deadline,
          &self->result, &cause)) {
    self->result = NULL;
    if (deadline != MN_FOREVER
        && g_error_matches (cause, MN_ERROR, MN_ERROR_TIMEOUT))
      return FALSE;
    g_propagate_error (error, g_steal_pointer (&cause));
  }
  self->ticket = 0;
  return TRUE;
}

gboolean
gst_mobilenet_flight_land (GstMobilenetFlight *self, GstMobilenetOutlet *outlet,
    gint64 deadline)
{
  g_autoptr (GError) error = NULL;

  if (!get_ticket (self))
    return TRUE;
  if (self->job ? !gst_mobilenet_region_job_wait (self->job,
                      self->model->runner, deadline, &error)
                : !land_frame (self, deadline, &error))
    return FALSE;
  gst_mobilenet_outlet_report (outlet, self->model);
  if (error) {
    self->failed = TRUE;
    gst_mobilenet_outlet_warn (outlet, error);
  }
  return TRUE;
}

void
gst_mobilenet_flight_cancel (GstMobilenetFlight *self)
{
  gst_mobilenet_region_job_cancel (g_steal_pointer (&self->job),
      self->model ? self->model->runner : NULL);
  if (self->ticket)
    mn_runner_cancel (self->model->runner, self->ticket);
  self->ticket = 0;
}

void
gst_mobilenet_flight_clear (GstMobilenetFlight *self)
{
  g_clear_pointer (&self->result, mn_result_unref);
  g_clear_pointer (&self->model, gst_mobilenet_model_unref);
  gst_clear_buffer (&self->buffer);
}
