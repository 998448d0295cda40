/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/stream.h"

#include "gst/mobilenet/flight.h"
#include "gst/video/handover.h"
#include "gst/mobilenet/latest.h"

/* Frames inside while a device computes. */
#define DEVICE_DEPTH 3
/* While lanes compute, every so many frames the runner gets one: it looks
 * after its device then. */
#define RUNNER_TURN 16
/* How long the end waits for the last result. */
#define FINISH_PATIENCE G_TIME_SPAN_SECOND

struct _GstMobilenetStream
{
  GstMobilenetModel *model;
  GstMobilenetOutlet outlet;
  GstMobilenetFramePool *frames;
  GstMobilenetHandover *handover;
  GstMobilenetLatest *newest;
  MnWorker *lanes; /* NULL: not needed so far */
  guint n_lanes;   /* threads of it */
  GstMobilenetPace pace;
  GstMobilenetRegions *regions;

  GstMobilenetView view;
  GstMobilenetTimeline timeline;
  guint run; /* counts breaks */

  GstMobilenetFlight flights[GST_MOBILENET_MAX_DEPTH]; /* a ring */
  guint first, n_flights;
  guint depth;
  guint runner_turn; /* frames until then */

  gboolean latest;   /* as of the newest frame */
  gboolean at_start; /* no frame was classified so far */

  GstMobilenetWakeFunc wake; /* NULL: nobody waits */
  gpointer wake_data;
  gint away; /* atomic: the oldest is on a lane, and nobody
              * waits for it */
};

GstMobilenetStream *
gst_mobilenet_stream_new (GstElement *element, GstMobilenetModel *model,
    GstMobilenetStatus *status)
{
  GstMobilenetStream *self = g_new0 (GstMobilenetStream, 1);

  self->model = gst_mobilenet_model_ref (model);
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
  mn_worker_free (self->lanes);
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

static void
land (GstMobilenetStream *self, GstMobilenetFlight *flight)
{
  gst_mobilenet_flight_land (flight, self->lanes, &self->outlet, MN_FOREVER);
}

static void
land_all (GstMobilenetStream *self)
{
  guint i;

  for (i = 0; i < self->n_flights; i++)
    land (self, nth_flight (self, i));
}

gboolean
gst_mobilenet_stream_prepare (GstMobilenetStream *self, GError **error)
{
  guint i;

  /* The one in the background does it itself. */
  if (self->latest || self->model->serial == self->view.serial)
    return TRUE;
  for (i = 0; i < self->n_flights; i++) {
    if (gst_mobilenet_flight_is_in_runner (nth_flight (self, i)))
      land (self, nth_flight (self, i));
  }
  return gst_mobilenet_model_set_input (self->model, &self->view.input,
      self->view.serial, error);
}

/* The runner takes so many; the oldest ends then. */
static void
make_room (GstMobilenetStream *self)
{
  guint i, n = 0;

  for (i = self->n_flights; i-- > 0;) {
    GstMobilenetFlight *flight = nth_flight (self, i);

    if (gst_mobilenet_flight_is_in_runner (flight) && ++n >= MN_MAX_IN_FLIGHT)
      land (self, flight);
  }
}

static gboolean
device_computes (GstMobilenetStream *self)
{
  return self->model->may_use_device
      && g_strcmp0 (mn_runner_get_backend (self->model->runner), "cpu") != 0;
}

static guint
choose_depth (GstMobilenetStream *self, GstBuffer *buffer,
    const GstMobilenetLive *live)
{
  guint n = gst_mobilenet_model_count_lanes (self->model);

  if (!live->enabled || live->latest)
    return 1;
  if (live->depth > 0)
    return MIN (live->depth, GST_MOBILENET_MAX_DEPTH);
  if (live->live || live->still
      || gst_mobilenet_handover_is_scarce (self->handover, buffer))
    return 1;
  if (device_computes (self))
    return DEVICE_DEPTH;
  if (live->region == GST_MOBILENET_REGION_OBJECTS)
    return 1;
  return n > 1 ? n + 1 : 1;
}

static void
work_on_lane (MnWork *job, guint thread, gpointer user_data)
{
  gst_mobilenet_work_infer ((GstMobilenetWork *) job, (gint) thread);
}

/* Whoever is away comes back for it. */
static void
lane_is_free (gpointer user_data)
{
  GstMobilenetStream *self = user_data;

  if (g_atomic_int_get (&self->away) && self->wake)
    self->wake (self->wake_data);
}

/* As many as the model may have by now. */
static gboolean
start_lanes (GstMobilenetStream *self, guint n, GError **error)
{
  land_all (self);
  mn_worker_free (self->lanes);
  self->lanes = mn_worker_new (n, FALSE, "mobilenet-lane", work_on_lane,
      lane_is_free, self, error);
  self->n_lanes = n;
  return self->lanes != NULL;
}

/* Where the CPU computes for want of a device, the runner is asked now and
 * then all the same, for it is what brings the device. */
static gboolean
use_lanes (GstMobilenetStream *self)
{
  g_autoptr (GError) error = NULL;
  guint n = gst_mobilenet_model_count_lanes (self->model);

  if (self->depth < 2 || n < 2 || device_computes (self))
    return FALSE;
  if (self->model->may_use_device && self->runner_turn-- == 0) {
    self->runner_turn = self->model->serial ? RUNNER_TURN : 0;
    return FALSE;
  }
  if (gst_mobilenet_model_add_lanes (self->model, &error)
      && ((self->lanes && self->n_lanes == n) || start_lanes (self, n, &error)))
    return TRUE;
  gst_mobilenet_outlet_warn (&self->outlet, error);
  return FALSE;
}

static gboolean
submit_flight (GstMobilenetStream *self, GstMobilenetFlight *flight,
    GError **error)
{
  gboolean on_lane = use_lanes (self);
  g_autoptr (MnFrame) frame = NULL;

  if (!on_lane && !gst_mobilenet_stream_prepare (self, error))
    return FALSE;
  frame = gst_mobilenet_frame_pool_map (self->frames, flight->buffer,
      &self->view.info, &self->view.input.source, error);
  if (!frame)
    return FALSE;
  if (on_lane) {
    flight->work.model = gst_mobilenet_model_ref (self->model);
    flight->work.input = self->view.input;
    flight->work.serial = self->view.serial;
    flight->work.frame = g_steal_pointer (&frame);
    flight->on_lane = TRUE;
    mn_worker_push (self->lanes, &flight->work.job);
    return TRUE;
  }
  if (!gst_mobilenet_frame_unpack (frame, &self->view.input,
          self->model->info->width, self->model->info->height, error))
    return FALSE;
  make_room (self);
  if (!mn_runner_submit (self->model->runner, &frame, 1, &flight->ticket,
          error))
    return FALSE;
  flight->on_device = device_computes (self);
  return TRUE;
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
  g_autoptr (MnFrame) frame = NULL;

  if (!gst_mobilenet_stream_prepare (self, error))
    return FALSE;
  frame = gst_mobilenet_frame_pool_map (self->frames, flight->buffer,
      &self->view.info, &self->view.input.source, error);
  if (!frame || !gst_mobilenet_frame_unpack (frame, NULL, 0, 0, error))
    return FALSE;
  make_room (self);
  flight->job = gst_mobilenet_regions_begin (self->regions, flight->buffer,
      &self->view.info, frame, &options);
  if (!flight->job
      || !gst_mobilenet_region_job_start (flight->job, self->model->runner,
          error))
    return FALSE;
  flight->on_device = device_computes (self);
  return TRUE;
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

  self->model = gst_mobilenet_model_ref (model);
  gst_mobilenet_regions_forget (self->regions);
  self->runner_turn = 0;
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

  g_atomic_int_set (&self->away, FALSE);
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

  land (self, flight);
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

  if (gst_mobilenet_flight_is_done (flight, self->lanes))
    return TRUE;
  return ask_device && !flight->on_lane
      && gst_mobilenet_flight_land (flight, self->lanes, &self->outlet,
          g_get_monotonic_time ());
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
  g_atomic_int_set (&self->away, TRUE);
  /* Since it was looked at, and before anybody could know. */
  if (!oldest_is_done (self, FALSE))
    return FALSE;
  g_atomic_int_set (&self->away, FALSE);
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
  const GstMobilenetFlight *oldest = nth_flight (self, 0);

  return self->n_flights > 0 && !oldest->on_lane && oldest->on_device
      && gst_mobilenet_flight_is_in_runner (oldest);
}

void
gst_mobilenet_stream_set_wake (GstMobilenetStream *self,
    GstMobilenetWakeFunc wake, gpointer user_data)
{
  self->wake = wake;
  self->wake_data = user_data;
}

GstBuffer *
gst_mobilenet_stream_pull (GstMobilenetStream *self, GstMobilenetPull which)
{
  g_autoptr (GstMobilenetModel) model = NULL;
  GstMobilenetFlight *flight;

  g_atomic_int_set (&self->away, FALSE);
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
  g_atomic_int_set (&self->away, FALSE);
  gst_mobilenet_latest_drop (self->newest);
  while (self->n_flights > 0) {
    GstMobilenetFlight *flight = nth_flight (self, 0);

    gst_mobilenet_flight_cancel (flight, self->lanes);
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
