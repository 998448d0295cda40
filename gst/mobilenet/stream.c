/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/stream.h"

#include "gst/mobilenet/flight.h"
#include "gst/video/handover.h"
#include "gst/mobilenet/latest.h"

/* How long the end waits for the last result. */
#define FINISH_PATIENCE G_TIME_SPAN_SECOND

struct _GstMobilenetStream
{
  GstMobilenetModel *model;
  GstMobilenetOutlet outlet;
  GstMobilenetFramePool *frames;
  GstMobilenetHandover *handover;
  GstMobilenetLatest *newest;
  GstMobilenetPace pace;
  GstMobilenetRegions *regions;

  GstMobilenetView view;
  GstMobilenetTimeline timeline;
  guint run; /* counts breaks */

  GstMobilenetFlight flights[GST_MOBILENET_MAX_DEPTH]; /* a ring */
  guint first, n_flights;
  guint depth;

  gboolean latest;   /* as of the newest frame */
  gboolean at_start; /* no frame was classified so far */

  GstMobilenetBell *bell; /* rung once the oldest may be done while nobody
                           * waits for it */
};

static void
ring (gpointer data)
{
  gst_mobilenet_bell_ring (data);
}

static void
drop_bell (gpointer data)
{
  gst_mobilenet_bell_unref (data);
}

/* Its lanes say what they have done. */
static void
take_model (GstMobilenetStream *self, GstMobilenetModel *model)
{
  self->model = gst_mobilenet_model_ref (model);
  mn_runner_set_done (model->runner, ring, gst_mobilenet_bell_ref (self->bell),
      drop_bell);
}

GstMobilenetStream *
gst_mobilenet_stream_new (GstElement *element, GstMobilenetModel *model,
    GstMobilenetStatus *status)
{
  GstMobilenetStream *self = g_new0 (GstMobilenetStream, 1);

  self->bell = gst_mobilenet_bell_new ();
  take_model (self, model);
  gst_mobilenet_outlet_init (&self->outlet, element, status);
  self->frames = gst_mobilenet_frame_pool_new ();
  self->handover = gst_mobilenet_handover_new ();
  self->regions = gst_mobilenet_regions_new ();
  self->newest = gst_mobilenet_latest_new (&self->outlet, self->frames,
      self->handover);
  self->depth = 1;
  gst_mobilenet_view_init (&self->view);
  self->at_start = TRUE;
  gst_mobilenet_pace_reset (&self->pace);
  return self;
}

void
gst_mobilenet_stream_free (GstMobilenetStream *self)
{
  if (!self)
    return;
  gst_mobilenet_stream_discard (self);
  gst_mobilenet_latest_free (self->newest);
  gst_mobilenet_bell_set_wake (self->bell, NULL, NULL);
  gst_mobilenet_bell_unref (self->bell);
  gst_mobilenet_outlet_clear (&self->outlet);
  gst_mobilenet_handover_free (self->handover);
  gst_mobilenet_regions_free (self->regions);
  gst_mobilenet_frame_pool_unref (self->frames);
  gst_mobilenet_model_unref (self->model);
  g_free (self);
}

/* ---- input ----------------------------------------------------------- */

void
gst_mobilenet_stream_set_info (GstMobilenetStream *self,
    const GstVideoInfo *info)
{
  if (gst_mobilenet_view_set_info (&self->view, info))
    g_atomic_int_set (&self->outlet.warned, FALSE);
}

GstMobilenetView *
gst_mobilenet_stream_get_view (GstMobilenetStream *self)
{
  return &self->view;
}

gboolean
gst_mobilenet_stream_set_norm (GstMobilenetStream *self, const gchar *mean,
    const gchar *std, GError **error)
{
  return gst_mobilenet_view_set_norm (&self->view, self->model->info, mean, std,
      error);
}

/* ---- each frame by itself --------------------------------------------- */

static GstMobilenetFlight *
nth_flight (GstMobilenetStream *self, guint n)
{
  return &self->flights[(self->first + n) % GST_MOBILENET_MAX_DEPTH];
}

gboolean
gst_mobilenet_stream_prepare (GstMobilenetStream *self, GError **error)
{
  /* The one in the background does it itself. */
  return self->latest
      || gst_mobilenet_model_set_input (self->model, &self->view.input,
          self->view.serial, error);
}

static guint
choose_depth (GstMobilenetStream *self, GstBuffer *buffer,
    const GstMobilenetLive *live)
{
  if (!live->enabled || live->latest)
    return 1;
  if (live->depth > 0)
    return MIN (live->depth, GST_MOBILENET_MAX_DEPTH);
  if (live->live || live->still
      || gst_mobilenet_handover_is_scarce (self->handover, buffer))
    return 1;
  return mn_runner_get_depth (self->model->runner,
      live->region == GST_MOBILENET_REGION_OBJECTS);
}

/* Where what computes reads it without a copy: rows in a DMABuf. */
static MnFrame *
import_frame (GstMobilenetStream *self, GstMobilenetFlight *flight)
{
  return mn_runner_imports (self->model->runner, MN_MEMORY_DMABUF, 0)
      ? gst_mobilenet_frame_pool_import (self->frames, flight->buffer,
            &self->view.info, &self->view.input.source)
      : NULL;
}

/* The buffer as the engine takes it, in a runner that is ready for it; import:
 * if possible, not mapped. */
static MnFrame *
map_frame (GstMobilenetStream *self, GstMobilenetFlight *flight,
    gboolean import, GError **error)
{
  MnFrame *frame;

  mn_runner_set_depth (self->model->runner, self->depth);
  if (!gst_mobilenet_stream_prepare (self, error))
    return NULL;
  frame = import ? import_frame (self, flight) : NULL;
  if (frame)
    return frame;
  return gst_mobilenet_frame_pool_map (self->frames, flight->buffer,
      &self->view.info, &self->view.input.source, error);
}

static gboolean
submit_flight (GstMobilenetStream *self, GstMobilenetFlight *flight,
    GError **error)
{
  g_autoptr (MnFrame) frame = map_frame (self, flight, TRUE, error);

  if (!frame)
    return FALSE;
  gst_mobilenet_frame_unpack_later (frame, &self->view.input,
      self->model->info->width, self->model->info->height);
  return mn_runner_submit (self->model->runner, &frame, 1, &flight->ticket,
      error);
}

static gboolean
submit_newest (GstMobilenetStream *self, GstMobilenetFlight *flight,
    GError **error)
{
  if (!gst_mobilenet_latest_submit (self->newest, self->model, flight->buffer,
          &self->view.info, &self->view.input, self->view.serial, &flight->id,
          &flight->live.show, error))
    return FALSE;
  /* A picture that stands still has its label when it is shown. */
  if (self->at_start && !flight->live.live)
    gst_mobilenet_latest_wait (self->newest, G_MAXINT64);
  self->at_start = FALSE;
  return TRUE;
}

/* ---- objects --------------------------------------------------------- */

static GstMobilenetRegionOptions
get_region_options (GstMobilenetStream *self, const GstMobilenetLive *live,
    GstMobilenetModel *model, gboolean renew)
{
  return (GstMobilenetRegionOptions) {.max_regions = live->max_regions,
    .keep = live->reclassify_interval,
    .renew = renew,
    .top_k = live->show.top_k,
    .threshold = live->show.threshold,
    .labels = model->labels,
    .element = gst_mobilenet_results_get_name (self->outlet.results),
    .instance = self->outlet.status->instance};
}

/* Without renew the objects that are known keep their classes. */
static gboolean
submit_objects (GstMobilenetStream *self, GstMobilenetFlight *flight,
    gboolean renew, GError **error)
{
  GstMobilenetRegionOptions options = get_region_options (self, &flight->live,
      self->model, renew);
  g_autoptr (MnFrame) frame = map_frame (self, flight, FALSE, error);

  if (!frame || !gst_mobilenet_frame_unpack (frame, NULL, 0, 0, error))
    return FALSE;
  flight->job = gst_mobilenet_regions_begin (self->regions, flight->buffer,
      &self->view.info, frame, &options);
  return flight->job
      && gst_mobilenet_region_job_start (flight->job, self->model->runner,
          error);
}

static GstBuffer *
attach_objects (GstMobilenetStream *self, GstMobilenetFlight *flight,
    GstMobilenetModel *model)
{
  GstMobilenetRegionOptions options = get_region_options (self, &flight->live,
      model, FALSE);
  GstBuffer *buffer;
  guint64 latency;

  buffer = gst_mobilenet_regions_finish (self->regions,
      g_steal_pointer (&flight->job), g_steal_pointer (&flight->buffer),
      &options, &latency);
  if (latency > 0)
    gst_mobilenet_outlet_time (&self->outlet, latency);
  return buffer;
}

/* ---- frames ---------------------------------------------------------- */

/* TRUE: an inference is under way. FALSE without error: it is no turn of
 * this frame, or there is nothing to classify. */
static gboolean
submit (GstMobilenetStream *self, GstMobilenetFlight *flight,
    gboolean is_its_turn, GError **error)
{
  gboolean objects = flight->live.region == GST_MOBILENET_REGION_OBJECTS;

  if (!is_its_turn && !objects)
    return FALSE;
  if (!self->view.has_info) {
    g_set_error_literal (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "no caps came before it");
    return FALSE;
  }
  if (!gst_mobilenet_view_look_at (&self->view, flight->buffer, error))
    return FALSE;
  if (objects)
    return submit_objects (self, flight, is_its_turn, error);
  return flight->live.latest ? submit_newest (self, flight, error)
                             : submit_flight (self, flight, error);
}

/* The runner belongs to one thread at a time, and so do the results, which
 * are to come in order. */
static void
set_latest (GstMobilenetStream *self, gboolean latest)
{
  if (self->latest == latest)
    return;
  g_assert (self->n_flights == 0);
  if (!latest)
    gst_mobilenet_latest_settle (self->newest);
  self->latest = latest;
}

gboolean
gst_mobilenet_stream_changes (GstMobilenetStream *self,
    const GstMobilenetLive *live)
{
  return self->latest != live->latest;
}

GstMobilenetModel *
gst_mobilenet_stream_exchange (GstMobilenetStream *self,
    GstMobilenetModel *model)
{
  GstMobilenetModel *old = self->model;

  take_model (self, model);
  gst_mobilenet_regions_forget (self->regions);
  gst_mobilenet_outlet_report (&self->outlet, model);
  return old;
}

static GstMobilenetVerdict
judge (GstMobilenetStream *self, const GstMobilenetFlight *flight,
    const GstMobilenetTime *time)
{
  const GstMobilenetLive *live = &flight->live;
  GstMobilenetPaceFrame frame = {.interval = live->interval,
    .max_rate = live->max_rate,
    .running_time = flight->id.time,
    .earliest = GST_CLOCK_TIME_NONE};

  /* A rate holds also where running time is missing or goes back; whether a
   * frame is late, only running time can tell. */
  if (GST_CLOCK_TIME_IS_VALID (time->earliest)
      && GST_CLOCK_TIME_IS_VALID (time->running_time)
      && time->earliest > time->running_time
      && GST_CLOCK_TIME_IS_VALID (flight->id.time)) {
    frame.earliest = flight->id.time + time->earliest - time->running_time;
    frame.needed = gst_mobilenet_results_are_missing (self->outlet.results,
        &flight->id, live->show.max_age);
  }
  return gst_mobilenet_pace_next (&self->pace, &frame);
}

GstMobilenetVerdict
gst_mobilenet_stream_push (GstMobilenetStream *self, GstBuffer *buffer,
    const GstMobilenetLive *live, const GstMobilenetTime *time)
{
  GstMobilenetFlight *flight = nth_flight (self, self->n_flights);
  GstMobilenetVerdict verdict;
  g_autoptr (GError) error = NULL;
  gboolean under_way;

  gst_mobilenet_bell_listen (self->bell, FALSE);
  g_assert (self->n_flights < GST_MOBILENET_MAX_DEPTH);
  self->run += time->discont;
  set_latest (self, live->latest);
  flight->buffer = buffer;
  flight->live = *live;
  flight->failed = FALSE;
  flight->id.number = ++self->outlet.status->number;
  flight->id.epoch = gst_mobilenet_results_get_epoch (self->outlet.results);
  flight->id.run = self->run;
  flight->id.pts = GST_BUFFER_PTS (buffer);
  flight->id.time = gst_mobilenet_timeline_next (&self->timeline, time->time,
      time->duration);
  self->depth = choose_depth (self, buffer, live);
  self->n_flights++;
  if (!live->enabled)
    return GST_MOBILENET_PACE_PASS;
  verdict = judge (self, flight, time);
  flight->model = gst_mobilenet_model_ref (self->model);
  under_way = submit (self, flight, verdict == GST_MOBILENET_PACE_CLASSIFY,
      &error);
  gst_mobilenet_outlet_count (&self->outlet, 1, !under_way);
  if (!live->latest && (under_way || error))
    gst_mobilenet_stream_report (self);
  flight->failed = error != NULL;
  if (error)
    gst_mobilenet_outlet_warn (&self->outlet, error);
  return verdict;
}

static GstMobilenetFlight *
take_oldest (GstMobilenetStream *self)
{
  GstMobilenetFlight *flight = nth_flight (self, 0);

  gst_mobilenet_flight_land (flight, &self->outlet, MN_FOREVER);
  self->first = (self->first + 1) % GST_MOBILENET_MAX_DEPTH;
  self->n_flights--;
  return flight;
}

/* A device is asked only by those who have the time: its thread is then busy
 * with the answer. */
static gboolean
oldest_is_done (GstMobilenetStream *self, gboolean ask_device)
{
  GstMobilenetFlight *flight = nth_flight (self, 0);

  switch (gst_mobilenet_flight_look (flight)) {
    case MN_PROGRESS_ON_CPU:
      return FALSE;
    case MN_PROGRESS_ON_DEVICE:
      return ask_device
          && gst_mobilenet_flight_land (flight, &self->outlet,
              g_get_monotonic_time ());
    default:
      return TRUE;
  }
}

/* Whether the oldest goes out now. FALSE: from here on whoever finishes it
 * says so. */
static gboolean
may_leave (GstMobilenetStream *self, GstMobilenetPull which)
{
  if (self->n_flights == 0)
    return FALSE;
  if (which == GST_MOBILENET_PULL_ALL || self->n_flights >= self->depth
      || oldest_is_done (self, which == GST_MOBILENET_PULL_ASK))
    return TRUE;
  gst_mobilenet_bell_listen (self->bell, TRUE);
  /* Since it was looked at, and before anybody could know. */
  if (!oldest_is_done (self, FALSE))
    return FALSE;
  gst_mobilenet_bell_listen (self->bell, FALSE);
  return TRUE;
}

gboolean
gst_mobilenet_stream_is_empty (GstMobilenetStream *self)
{
  return self->n_flights == 0;
}

gboolean
gst_mobilenet_stream_awaits_device (GstMobilenetStream *self)
{
  return self->n_flights > 0
      && gst_mobilenet_flight_look (nth_flight (self, 0))
      == MN_PROGRESS_ON_DEVICE;
}

void
gst_mobilenet_stream_set_wake (GstMobilenetStream *self,
    GstMobilenetWakeFunc wake, gpointer user_data)
{
  gst_mobilenet_bell_set_wake (self->bell, wake, user_data);
}

GstBuffer *
gst_mobilenet_stream_pull (GstMobilenetStream *self, GstMobilenetPull which)
{
  g_autoptr (GstMobilenetModel) model = NULL;
  GstMobilenetFlight *flight;

  gst_mobilenet_bell_listen (self->bell, FALSE);
  if (!may_leave (self, which))
    return NULL;
  flight = take_oldest (self);
  model = g_steal_pointer (&flight->model);
  if (!flight->live.enabled) {
    gst_mobilenet_latest_drop (self->newest);
    gst_mobilenet_results_end (self->outlet.results, &flight->live.show);
    gst_mobilenet_pace_reset (&self->pace);
    return g_steal_pointer (&flight->buffer);
  }
  if (flight->live.region == GST_MOBILENET_REGION_OBJECTS) {
    gst_mobilenet_results_end (self->outlet.results, &flight->live.show);
    return flight->job ? attach_objects (self, flight, model)
                       : g_steal_pointer (&flight->buffer);
  }
  if (flight->result) {
    gst_mobilenet_outlet_take (&self->outlet, model, flight->result,
        &flight->id, &flight->live.show);
    g_clear_pointer (&flight->result, mn_result_unref);
  } else if (flight->failed) {
    gst_mobilenet_results_miss (self->outlet.results);
  }
  return gst_mobilenet_results_attach (self->outlet.results,
      g_steal_pointer (&flight->buffer), &flight->id, &flight->live.show);
}

guint
gst_mobilenet_stream_get_depth (GstMobilenetStream *self)
{
  return self->depth;
}

void
gst_mobilenet_stream_discard (GstMobilenetStream *self)
{
  gst_mobilenet_bell_listen (self->bell, FALSE);
  gst_mobilenet_latest_drop (self->newest);
  while (self->n_flights > 0) {
    GstMobilenetFlight *flight = nth_flight (self, 0);

    gst_mobilenet_flight_cancel (flight);
    take_oldest (self);
    gst_mobilenet_flight_clear (flight);
  }
  gst_mobilenet_regions_forget (self->regions);
  gst_mobilenet_pace_reset (&self->pace);
}

void
gst_mobilenet_stream_forget (GstMobilenetStream *self)
{
  gst_mobilenet_latest_drop (self->newest);
  gst_mobilenet_results_forget (self->outlet.results);
  gst_mobilenet_timeline_reset (&self->timeline);
  gst_mobilenet_regions_forget (self->regions);
  self->at_start = TRUE;
}

void
gst_mobilenet_stream_finish (GstMobilenetStream *self)
{
  gst_mobilenet_latest_wait (self->newest,
      g_get_monotonic_time () + FINISH_PATIENCE);
}

void
gst_mobilenet_stream_settle (GstMobilenetStream *self)
{
  gst_mobilenet_latest_settle (self->newest);
}

void
gst_mobilenet_stream_interrupt (GstMobilenetStream *self, gboolean interrupt)
{
  gst_mobilenet_latest_interrupt (self->newest, interrupt);
}

void
gst_mobilenet_stream_report (GstMobilenetStream *self)
{
  gst_mobilenet_outlet_report (&self->outlet, self->model);
}
