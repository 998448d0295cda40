/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetstream.h"

#include "gst/gstmobilenetanalytics.h"
#include "gst/gstmobilenetframe.h"
#include "gst/gstmobilenetmeta.h"

#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (gst_mobilenet_debug);
#define GST_CAT_DEFAULT gst_mobilenet_debug

/* A buffer on its way through. */
typedef struct
{
  GstBuffer *buffer;
  GstMobilenetLive live;        /* as it was when the buffer came */
  MnTicket ticket;              /* 0: not in flight (any more) */
  MnResult *result;             /* of this very frame; NULL: none */
} Flight;

struct _GstMobilenetStream
{
  GstElement *element;
  GstMobilenetModel *model;
  GstMobilenetStatus *status;
  gchar *name;                  /* the element's */
  GstMobilenetFramePool *frames;

  GstVideoInfo info;
  gboolean has_info;
  MnInput input;
  MnOrientation tagged;         /* the orientation that the last tag named */
  gboolean input_stale;         /* the runner has not heard of it yet */
  gboolean warned;              /* of a bad frame, under these caps */

  Flight flights[MN_MAX_IN_FLIGHT];     /* a ring */
  guint first, n_flights;
  guint depth;
  guint until_next;             /* frames to pass before the next inference */

  gboolean has_held;
  GstMobilenetResult held;      /* the newest result */
  GArray *classes;              /* of GstMobilenetScore; held's */
  GArray *best;                 /* of MnClass; room for the top k */
  gint posted_index;            /* best class of the last message; -1: none */
};

GstMobilenetStream *
gst_mobilenet_stream_new (GstElement * element, GstMobilenetModel * model,
    GstMobilenetStatus * status)
{
  GstMobilenetStream *self = g_new0 (GstMobilenetStream, 1);

  self->element = element;
  self->model = model;
  self->status = status;
  self->name = gst_object_get_name (GST_OBJECT (element));
  self->frames = gst_mobilenet_frame_pool_new ();
  self->classes = g_array_new (FALSE, FALSE, sizeof (GstMobilenetScore));
  self->best = g_array_new (FALSE, FALSE, sizeof (MnClass));
  self->depth = 1;
  self->posted_index = -1;
  return self;
}

void
gst_mobilenet_stream_free (GstMobilenetStream * self)
{
  if (!self)
    return;
  gst_mobilenet_stream_discard (self);
  gst_mobilenet_frame_pool_unref (self->frames);
  g_array_unref (self->classes);
  g_array_unref (self->best);
  g_free (self->name);
  g_free (self);
}

/* ---- input ----------------------------------------------------------- */

void
gst_mobilenet_stream_set_info (GstMobilenetStream * self,
    const GstVideoInfo * info)
{
  if (self->has_info && gst_video_info_is_equal (&self->info, info))
    return;
  self->info = *info;
  self->has_info = gst_mobilenet_frame_desc_init (&self->input.source, info);
  self->input.source.orientation = self->tagged;
  self->input_stale = TRUE;
  self->warned = FALSE;
}

void
gst_mobilenet_stream_set_orientation (GstMobilenetStream * self,
    MnOrientation orientation)
{
  if (self->tagged == orientation)
    return;
  self->tagged = orientation;
  self->input.source.orientation = orientation;
  self->input_stale = TRUE;
}

void
gst_mobilenet_stream_set_fit (GstMobilenetStream * self, MnFit fit)
{
  if (self->input.fit == fit)
    return;
  self->input.fit = fit;
  self->input_stale = TRUE;
}

gboolean
gst_mobilenet_stream_set_norm (GstMobilenetStream * self, const gchar * mean,
    const gchar * std, GError ** error)
{
  MnInput input = self->input;

  if (!mn_input_set_norm (&input, self->model->info, mean, std, error))
    return FALSE;
  self->input = input;
  self->input_stale = TRUE;
  return TRUE;
}

static void
warn_once (GstMobilenetStream * self, const GError * error)
{
  GST_DEBUG_OBJECT (self->element, "not classified: %s", error->message);
  if (self->warned)
    return;
  self->warned = TRUE;
  GST_ELEMENT_WARNING (self->element, STREAM, FAILED,
      ("A frame passes without a result: %s. This is said once.",
          error->message), (NULL));
}

/* Waits for what a flight has in the runner. */
static void
land (GstMobilenetStream * self, Flight * flight)
{
  g_autoptr (GError) error = NULL;

  if (!flight->ticket)
    return;
  if (!mn_runner_wait (self->model->runner, flight->ticket, MN_FOREVER,
          &flight->result, &error))
    flight->result = NULL;
  flight->ticket = 0;
  gst_mobilenet_stream_report (self);
  if (error)
    warn_once (self, error);
}

static Flight *
nth_flight (GstMobilenetStream * self, guint n)
{
  return &self->flights[(self->first + n) % MN_MAX_IN_FLIGHT];
}

gboolean
gst_mobilenet_stream_prepare (GstMobilenetStream * self, GError ** error)
{
  guint i;

  if (!self->input_stale)
    return TRUE;
  for (i = 0; i < self->n_flights; i++)
    land (self, nth_flight (self, i));
  if (!mn_runner_set_input (self->model->runner, &self->input, error))
    return FALSE;
  self->input_stale = FALSE;
  return TRUE;
}

/* What this buffer has of its own: its visible part, fields, a turn. */
static void
look_at_buffer (GstMobilenetStream * self, GstBuffer * buffer)
{
  MnFrameDesc desc = self->input.source;

  gst_mobilenet_frame_desc_set_buffer (&desc, &self->info, buffer,
      self->tagged);
  if (memcmp (&desc, &self->input.source, sizeof (desc)) == 0)
    return;
  self->input.source = desc;
  self->input_stale = TRUE;
}

/* ---- results --------------------------------------------------------- */

static void
hold (GstMobilenetStream * self, Flight * flight)
{
  const GstMobilenetLive *live = &flight->live;
  guint n, i;

  g_array_set_size (self->best, live->top_k);
  n = mn_result_top_k (flight->result, live->top_k, live->threshold,
      (MnClass *) self->best->data);
  g_array_set_size (self->classes, n);
  for (i = 0; i < n; i++) {
    const MnClass *from = &g_array_index (self->best, MnClass, i);
    GstMobilenetScore *to =
        &g_array_index (self->classes, GstMobilenetScore, i);

    to->index = from->index;
    to->confidence = from->confidence;
    to->label = self->model->labels[from->index];
  }
  self->held.element = self->name;
  self->held.model = self->model->info->name;
  self->held.task = mn_task_name (mn_result_get_task (flight->result));
  self->held.backend = g_intern_string (mn_result_get_backend (flight->result));
  self->held.pts = GST_BUFFER_PTS (flight->buffer);
  self->held.latency = mn_result_get_latency (flight->result);
  self->held.n_classes = n;
  self->held.classes = (GstMobilenetScore *) self->classes->data;
  self->has_held = TRUE;
  GST_OBJECT_LOCK (self->element);
  gst_mobilenet_stats_add (&self->status->stats, self->held.latency);
  GST_OBJECT_UNLOCK (self->element);
}

static void
post_result (GstMobilenetStream * self, GstMobilenetMessages which)
{
  gint index = self->held.n_classes > 0 ? self->held.classes[0].index : -1;
  gboolean changed = index != self->posted_index;

  self->posted_index = index;
  if (which == GST_MOBILENET_MESSAGES_ALL
      || (which == GST_MOBILENET_MESSAGES_CHANGES && changed))
    gst_element_post_message (self->element,
        gst_message_new_element (GST_OBJECT (self->element),
            gst_mobilenet_result_to_structure (&self->held, 0, TRUE)));
}

static gboolean
get_age (const GstMobilenetResult * held, GstBuffer * buffer,
    GstClockTime * age)
{
  *age = GST_CLOCK_TIME_NONE;
  if (!GST_CLOCK_TIME_IS_VALID (held->pts) || !GST_BUFFER_PTS_IS_VALID (buffer))
    return TRUE;
  if (GST_BUFFER_PTS (buffer) < held->pts)
    return FALSE;               /* never a result on an older frame */
  *age = GST_BUFFER_PTS (buffer) - held->pts;
  return TRUE;
}

/* The classes of a frame are its own; a frame without an inference carries
 * those of the newest one, marked as not fresh, so that labels stand still
 * between two inferences. */
static GstBuffer *
attach (GstMobilenetStream * self, GstBuffer * buffer, gboolean fresh)
{
  GstClockTime age = 0;

  if (!self->has_held || (!fresh && !get_age (&self->held, buffer, &age)))
    return buffer;
  buffer = gst_buffer_make_writable (buffer);
  gst_mobilenet_meta_attach (buffer, &self->held, age, fresh);
  gst_mobilenet_analytics_attach (buffer, self->held.classes,
      self->held.n_classes);
  return buffer;
}

/* The result ends with the inferences. */
static void
switch_off (GstMobilenetStream * self, GstMobilenetMessages which)
{
  if (self->has_held) {
    self->held.n_classes = 0;
    if (which == GST_MOBILENET_MESSAGES_CHANGES)
      post_result (self, which);
  }
  gst_mobilenet_stream_forget (self);
  self->until_next = 0;
}

/* ---- frames ---------------------------------------------------------- */

static gboolean
submit (GstMobilenetStream * self, Flight * flight, GError ** error)
{
  g_autoptr (MnFrame) frame = NULL;

  if (!self->has_info) {
    g_set_error_literal (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "no caps came before it");
    return FALSE;
  }
  look_at_buffer (self, flight->buffer);
  if (!gst_mobilenet_stream_prepare (self, error))
    return FALSE;
  frame = gst_mobilenet_frame_pool_map (self->frames, flight->buffer,
      &self->info, &self->input.source, error);
  return frame && mn_runner_submit (self->model->runner, &frame, 1,
      &flight->ticket, error);
}

void
gst_mobilenet_stream_push (GstMobilenetStream * self, GstBuffer * buffer,
    const GstMobilenetLive * live)
{
  Flight *flight = nth_flight (self, self->n_flights);
  g_autoptr (GError) error = NULL;
  gboolean infer;

  g_assert (self->n_flights < MN_MAX_IN_FLIGHT);
  flight->buffer = buffer;
  flight->live = *live;
  flight->ticket = 0;
  flight->result = NULL;
  self->depth = live->enabled ? live->depth : 1;
  if (!live->enabled) {
    self->n_flights++;
    return;
  }
  infer = self->until_next == 0 || self->until_next >= live->interval;
  self->until_next = infer ? live->interval - 1 : self->until_next - 1;
  if (infer && !submit (self, flight, &error))
    infer = FALSE;
  GST_OBJECT_LOCK (self->element);
  self->status->stats.frames++;
  if (!infer)
    self->status->stats.skipped++;
  GST_OBJECT_UNLOCK (self->element);
  self->n_flights++;
  if (infer || error)
    gst_mobilenet_stream_report (self);
  if (error)
    warn_once (self, error);
}

static Flight *
take_oldest (GstMobilenetStream * self)
{
  Flight *flight = nth_flight (self, 0);

  land (self, flight);
  self->first = (self->first + 1) % MN_MAX_IN_FLIGHT;
  self->n_flights--;
  return flight;
}

GstBuffer *
gst_mobilenet_stream_pull (GstMobilenetStream * self, gboolean drain)
{
  gboolean fresh;
  Flight *flight;

  if (self->n_flights == 0 || (!drain && self->n_flights < self->depth))
    return NULL;
  flight = take_oldest (self);
  if (!flight->live.enabled) {
    switch_off (self, flight->live.messages);
    return g_steal_pointer (&flight->buffer);
  }
  fresh = flight->result != NULL;
  if (fresh) {
    hold (self, flight);
    g_clear_pointer (&flight->result, mn_result_unref);
    post_result (self, flight->live.messages);
  }
  return attach (self, g_steal_pointer (&flight->buffer), fresh);
}

void
gst_mobilenet_stream_discard (GstMobilenetStream * self)
{
  while (self->n_flights > 0) {
    Flight *flight = nth_flight (self, 0);

    mn_runner_cancel (self->model->runner, flight->ticket);
    flight->ticket = 0;
    g_clear_pointer (&flight->result, mn_result_unref);
    gst_clear_buffer (&flight->buffer);
    self->first = (self->first + 1) % MN_MAX_IN_FLIGHT;
    self->n_flights--;
  }
  self->until_next = 0;
}

void
gst_mobilenet_stream_forget (GstMobilenetStream * self)
{
  self->has_held = FALSE;
}

/* ---- reports --------------------------------------------------------- */

static void
report_active (GstMobilenetStream * self)
{
  const gchar *backend = mn_runner_get_backend (self->model->runner);
  const gchar *device = mn_runner_get_device (self->model->runner);
  const gchar *status = mn_runner_get_device_status (self->model->runner);
  GObject *object = G_OBJECT (self->element);
  gboolean new_backend, new_device;

  GST_OBJECT_LOCK (self->element);
  new_backend = g_strcmp0 (self->status->backend, backend) != 0;
  new_device = g_strcmp0 (self->status->device, device) != 0;
  if (new_backend)
    self->status->backend = g_intern_string (backend);
  if (new_device)
    self->status->device = g_intern_string (device);
  self->status->device_status = status;
  GST_OBJECT_UNLOCK (self->element);
  if (new_backend)
    g_object_notify (object, "active-backend");
  if (new_device)
    g_object_notify (object, "active-device");
}

void
gst_mobilenet_stream_report (GstMobilenetStream * self)
{
  GError *warning;

  while ((warning = mn_runner_pop_warning (self->model->runner))) {
    GST_ELEMENT_WARNING (self->element, RESOURCE, FAILED,
        ("%s", warning->message), (NULL));
    g_error_free (warning);
  }
  report_active (self);
}
