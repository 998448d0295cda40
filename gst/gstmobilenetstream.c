/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetstream.h"

#include "gst/gstmobilenethandover.h"
#include "gst/gstmobilenetlatest.h"
#include "gst/gstmobilenetregions.h"
#include "gst/gstmobilenetwork.h"

/* Frames inside while a device computes. */
#define DEVICE_DEPTH 3
/* While lanes compute, every so many frames the runner gets one: it looks
 * after its device then. */
#define RUNNER_TURN 16
/* How long the end waits for the last result. */
#define FINISH_PATIENCE G_TIME_SPAN_SECOND

/* A buffer on its way through. */
typedef struct
{
  GstBuffer *buffer;
  GstMobilenetLive live;        /* as it was when the buffer came */
  GstMobilenetFrameId id;
  GstMobilenetModel *model;     /* while it has to do with it */
  MnTicket ticket;              /* of its runner; 0: not there (any more) */
  GstMobilenetRegionJob *job;   /* its objects; NULL: none */
  gboolean on_lane;             /* work is under way */
  GstMobilenetWork work;
  MnResult *result;             /* of this very frame; NULL: none */
} Flight;

struct _GstMobilenetStream
{
  GstMobilenetModel *model;
  GstMobilenetOutlet outlet;
  GstMobilenetFramePool *frames;
  GstMobilenetHandover *handover;
  GstMobilenetLatest *newest;
  GstMobilenetWorker *lanes;    /* NULL: not needed so far */
  guint n_lanes;                /* threads of it */
  GstMobilenetPace pace;
  GstMobilenetRegions *regions;

  GstMobilenetView view;
  guint64 number;               /* of the newest frame */
  guint run;                    /* counts breaks */

  Flight flights[GST_MOBILENET_MAX_DEPTH];      /* a ring */
  guint first, n_flights;
  guint depth;
  guint runner_turn;            /* frames until then */

  gboolean latest;              /* as of the newest frame */
  gboolean at_start;            /* no frame was classified so far */
};

GstMobilenetStream *
gst_mobilenet_stream_new (GstElement * element, GstMobilenetModel * model,
    GstMobilenetStatus * status)
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
gst_mobilenet_stream_free (GstMobilenetStream * self)
{
  if (!self)
    return;
  gst_mobilenet_stream_discard (self);
  gst_mobilenet_latest_free (self->newest);
  gst_mobilenet_worker_free (self->lanes);
  gst_mobilenet_outlet_clear (&self->outlet);
  gst_mobilenet_handover_free (self->handover);
  gst_mobilenet_regions_free (self->regions);
  gst_mobilenet_frame_pool_unref (self->frames);
  gst_mobilenet_model_unref (self->model);
  g_free (self);
}

/* ---- input ----------------------------------------------------------- */

void
gst_mobilenet_stream_set_info (GstMobilenetStream * self,
    const GstVideoInfo * info)
{
  if (gst_mobilenet_view_set_info (&self->view, info))
    g_atomic_int_set (&self->outlet.warned, FALSE);
}

GstMobilenetView *
gst_mobilenet_stream_get_view (GstMobilenetStream * self)
{
  return &self->view;
}

gboolean
gst_mobilenet_stream_set_norm (GstMobilenetStream * self, const gchar * mean,
    const gchar * std, GError ** error)
{
  return gst_mobilenet_view_set_norm (&self->view, self->model->info, mean,
      std, error);
}

/* ---- each frame by itself --------------------------------------------- */

static Flight *
nth_flight (GstMobilenetStream * self, guint n)
{
  return &self->flights[(self->first + n) % GST_MOBILENET_MAX_DEPTH];
}

static gboolean
is_in_runner (const Flight * flight)
{
  return flight->ticket != 0
      || (flight->job && gst_mobilenet_region_job_is_started (flight->job));
}

/* Waits for what a flight has under way. */
static void
land (GstMobilenetStream * self, Flight * flight)
{
  g_autoptr (GError) error = NULL;

  if (flight->on_lane) {
    gst_mobilenet_worker_wait (self->lanes, &flight->work.job);
    flight->result = g_steal_pointer (&flight->work.result);
    error = g_steal_pointer (&flight->work.error);
    gst_mobilenet_work_clear (&flight->work);
    flight->on_lane = FALSE;
  } else if (flight->ticket) {
    if (!mn_runner_wait (flight->model->runner, flight->ticket, MN_FOREVER,
            &flight->result, &error))
      flight->result = NULL;
    flight->ticket = 0;
    gst_mobilenet_outlet_report (&self->outlet, flight->model);
  } else if (is_in_runner (flight)) {
    gst_mobilenet_region_job_wait (flight->job, flight->model->runner, &error);
    gst_mobilenet_outlet_report (&self->outlet, flight->model);
  }
  if (error)
    gst_mobilenet_outlet_warn (&self->outlet, error);
}

static void
land_all (GstMobilenetStream * self)
{
  guint i;

  for (i = 0; i < self->n_flights; i++)
    land (self, nth_flight (self, i));
}

gboolean
gst_mobilenet_stream_prepare (GstMobilenetStream * self, GError ** error)
{
  guint i;

  /* The one in the background does it itself. */
  if (self->latest || self->model->serial == self->view.serial)
    return TRUE;
  for (i = 0; i < self->n_flights; i++) {
    if (is_in_runner (nth_flight (self, i)))
      land (self, nth_flight (self, i));
  }
  return gst_mobilenet_model_set_input (self->model, &self->view.input,
      self->view.serial, error);
}

/* The runner takes so many; the oldest ends then. */
static void
make_room (GstMobilenetStream * self)
{
  guint i, n = 0;

  for (i = self->n_flights; i-- > 0;) {
    Flight *flight = nth_flight (self, i);

    if (is_in_runner (flight) && ++n >= MN_MAX_IN_FLIGHT)
      land (self, flight);
  }
}

static gboolean
device_computes (GstMobilenetStream * self)
{
  return self->model->may_use_device
      && g_strcmp0 (mn_runner_get_backend (self->model->runner), "cpu") != 0;
}

static guint
choose_depth (GstMobilenetStream * self, GstBuffer * buffer,
    const GstMobilenetLive * live)
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
work_on_lane (GstMobilenetJob * job, guint thread, gpointer user_data)
{
  gst_mobilenet_work_infer ((GstMobilenetWork *) job, (gint) thread);
}

/* As many as the model may have by now. */
static void
start_lanes (GstMobilenetStream * self, guint n)
{
  land_all (self);
  gst_mobilenet_worker_free (self->lanes);
  self->lanes = gst_mobilenet_worker_new (n, FALSE, "mobilenet-lane",
      work_on_lane, NULL);
  self->n_lanes = n;
}

/* Where the CPU computes for want of a device, the runner is asked now and
 * then all the same, for it is what brings the device. */
static gboolean
use_lanes (GstMobilenetStream * self)
{
  g_autoptr (GError) error = NULL;
  guint n = gst_mobilenet_model_count_lanes (self->model);

  if (self->depth < 2 || n < 2 || device_computes (self))
    return FALSE;
  if (self->model->may_use_device && self->runner_turn-- == 0) {
    self->runner_turn = self->model->serial ? RUNNER_TURN : 0;
    return FALSE;
  }
  if (!gst_mobilenet_model_add_lanes (self->model, &error)) {
    gst_mobilenet_outlet_warn (&self->outlet, error);
    return FALSE;
  }
  if (!self->lanes || self->n_lanes != n)
    start_lanes (self, n);
  return TRUE;
}

static gboolean
submit_flight (GstMobilenetStream * self, Flight * flight, GError ** error)
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
    gst_mobilenet_worker_push (self->lanes, &flight->work.job);
    return TRUE;
  }
  make_room (self);
  return mn_runner_submit (self->model->runner, &frame, 1, &flight->ticket,
      error);
}

static gboolean
submit_newest (GstMobilenetStream * self, Flight * flight, GError ** error)
{
  if (!gst_mobilenet_latest_submit (self->newest, self->model,
          flight->buffer, &self->view.info, &self->view.input,
          self->view.serial, &flight->id, &flight->live.show, error))
    return FALSE;
  /* A picture that stands still has its label when it is shown. */
  if (self->at_start && !flight->live.live)
    gst_mobilenet_latest_wait (self->newest, G_MAXINT64);
  self->at_start = FALSE;
  return TRUE;
}

/* ---- objects --------------------------------------------------------- */

static GstMobilenetRegionOptions
get_region_options (GstMobilenetStream * self, const GstMobilenetLive * live,
    GstMobilenetModel * model, gboolean renew)
{
  return (GstMobilenetRegionOptions) {
    .max_regions = live->max_regions,.keep = live->reclassify_interval,.renew =
        renew,.top_k = live->show.top_k,.threshold =
        live->show.threshold,.labels = model->labels,.element =
        GST_OBJECT_NAME (self->outlet.element)
  };
}

/* Without renew the objects that are known keep their classes. */
static gboolean
submit_objects (GstMobilenetStream * self, Flight * flight, gboolean renew,
    GError ** error)
{
  GstMobilenetRegionOptions options =
      get_region_options (self, &flight->live, self->model, renew);
  g_autoptr (MnFrame) frame = NULL;

  if (!gst_mobilenet_stream_prepare (self, error))
    return FALSE;
  frame = gst_mobilenet_frame_pool_map (self->frames, flight->buffer,
      &self->view.info, &self->view.input.source, error);
  if (!frame)
    return FALSE;
  make_room (self);
  flight->job = gst_mobilenet_regions_begin (self->regions, flight->buffer,
      &self->view.info, frame, &options);
  return flight->job && gst_mobilenet_region_job_start (flight->job,
      self->model->runner, error);
}

static GstBuffer *
attach_objects (GstMobilenetStream * self, Flight * flight,
    GstMobilenetModel * model)
{
  GstMobilenetRegionOptions options =
      get_region_options (self, &flight->live, model, FALSE);
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
submit (GstMobilenetStream * self, Flight * flight, gboolean is_its_turn,
    GError ** error)
{
  gboolean objects = flight->live.region == GST_MOBILENET_REGION_OBJECTS;

  if (!is_its_turn && !objects)
    return FALSE;
  if (!self->view.has_info) {
    g_set_error_literal (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "no caps came before it");
    return FALSE;
  }
  gst_mobilenet_view_look_at (&self->view, flight->buffer);
  if (objects)
    return submit_objects (self, flight, is_its_turn, error);
  return flight->live.latest ? submit_newest (self, flight, error) :
      submit_flight (self, flight, error);
}

/* The runner belongs to one thread at a time. */
static void
set_latest (GstMobilenetStream * self, gboolean latest)
{
  if (self->latest == latest)
    return;
  if (latest)
    land_all (self);
  else
    gst_mobilenet_latest_settle (self->newest);
  self->latest = latest;
}

GstMobilenetModel *
gst_mobilenet_stream_exchange (GstMobilenetStream * self,
    GstMobilenetModel * model)
{
  GstMobilenetModel *old = self->model;

  self->model = gst_mobilenet_model_ref (model);
  gst_mobilenet_regions_forget (self->regions);
  self->runner_turn = 0;
  gst_mobilenet_outlet_report (&self->outlet, model);
  return old;
}

static GstMobilenetVerdict
judge (GstMobilenetStream * self, const Flight * flight,
    const GstMobilenetTime * time)
{
  const GstMobilenetLive *live = &flight->live;
  GstMobilenetPaceFrame frame = {
    .interval = live->interval,
    .max_rate = live->max_rate,
    .running_time = time->running_time,
    .earliest = time->earliest
  };

  if (GST_CLOCK_TIME_IS_VALID (time->earliest))
    frame.needed = gst_mobilenet_results_are_missing (self->outlet.results,
        flight->id.pts, live->show.max_age);
  return gst_mobilenet_pace_next (&self->pace, &frame);
}

GstMobilenetVerdict
gst_mobilenet_stream_push (GstMobilenetStream * self, GstBuffer * buffer,
    const GstMobilenetLive * live, const GstMobilenetTime * time)
{
  Flight *flight = nth_flight (self, self->n_flights);
  GstMobilenetVerdict verdict;
  g_autoptr (GError) error = NULL;
  gboolean under_way;

  g_assert (self->n_flights < GST_MOBILENET_MAX_DEPTH);
  self->run += time->discont;
  set_latest (self, live->latest);
  flight->buffer = buffer;
  flight->live = *live;
  flight->id.number = ++self->number;
  flight->id.epoch = gst_mobilenet_results_get_epoch (self->outlet.results);
  flight->id.run = self->run;
  flight->id.pts = GST_BUFFER_PTS (buffer);
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
  if (error)
    gst_mobilenet_outlet_warn (&self->outlet, error);
  return verdict;
}

static Flight *
take_oldest (GstMobilenetStream * self)
{
  Flight *flight = nth_flight (self, 0);

  land (self, flight);
  self->first = (self->first + 1) % GST_MOBILENET_MAX_DEPTH;
  self->n_flights--;
  return flight;
}

GstBuffer *
gst_mobilenet_stream_pull (GstMobilenetStream * self, gboolean drain)
{
  g_autoptr (GstMobilenetModel) model = NULL;
  Flight *flight;

  if (self->n_flights == 0 || (!drain && self->n_flights < self->depth))
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
  }
  return gst_mobilenet_results_attach (self->outlet.results,
      g_steal_pointer (&flight->buffer), &flight->id, &flight->live.show);
}

guint
gst_mobilenet_stream_get_depth (GstMobilenetStream * self)
{
  return self->depth;
}

void
gst_mobilenet_stream_discard (GstMobilenetStream * self)
{
  gst_mobilenet_latest_drop (self->newest);
  while (self->n_flights > 0) {
    Flight *flight = nth_flight (self, 0);

    gst_mobilenet_region_job_cancel (g_steal_pointer (&flight->job),
        flight->model ? flight->model->runner : NULL);
    if (flight->on_lane
        && gst_mobilenet_worker_take_back (self->lanes, &flight->work.job)) {
      gst_mobilenet_work_clear (&flight->work);
      flight->on_lane = FALSE;
    } else if (flight->ticket) {
      mn_runner_cancel (flight->model->runner, flight->ticket);
      flight->ticket = 0;
    }
    take_oldest (self);
    g_clear_pointer (&flight->result, mn_result_unref);
    g_clear_pointer (&flight->model, gst_mobilenet_model_unref);
    gst_clear_buffer (&flight->buffer);
  }
  gst_mobilenet_regions_forget (self->regions);
  gst_mobilenet_pace_reset (&self->pace);
}

void
gst_mobilenet_stream_forget (GstMobilenetStream * self)
{
  gst_mobilenet_latest_drop (self->newest);
  gst_mobilenet_results_forget (self->outlet.results);
  gst_mobilenet_regions_forget (self->regions);
  self->at_start = TRUE;
}

void
gst_mobilenet_stream_finish (GstMobilenetStream * self)
{
  gst_mobilenet_latest_wait (self->newest,
      g_get_monotonic_time () + FINISH_PATIENCE);
}

void
gst_mobilenet_stream_settle (GstMobilenetStream * self)
{
  gst_mobilenet_latest_settle (self->newest);
}

void
gst_mobilenet_stream_interrupt (GstMobilenetStream * self, gboolean interrupt)
{
  gst_mobilenet_latest_interrupt (self->newest, interrupt);
}

void
gst_mobilenet_stream_report (GstMobilenetStream * self)
{
  gst_mobilenet_outlet_report (&self->outlet, self->model);
}
