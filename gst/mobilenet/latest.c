/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/latest.h"

#include "engine/mn_worker.h"
#include "gst/video/frame.h"

/* One is computed, one waits. */
#define N_WORKS 2

/* An inference, with all that it needs. */
typedef struct
{
  MnWork work; /* first: it is its work */
  GstMobilenetModel *model;
  MnInput input;
  guint serial; /* as for gst_mobilenet_model_infer */
  MnFrame *frame;
  GstMobilenetFrameId id;
  GstMobilenetShow show;
} Work;

struct _GstMobilenetLatest
{
  GstMobilenetOutlet *outlet;
  GstMobilenetFramePool *frames;
  GstMobilenetHandover *handover;
  Work works[N_WORKS];

  GMutex lock;      /* of what follows, but for our own thread */
  MnWorker *worker; /* NULL: not needed so far */
  gboolean interrupted;
};

static void
clear_work (Work *work)
{
  g_clear_pointer (&work->frame, mn_frame_unref);
  g_clear_pointer (&work->model, gst_mobilenet_model_unref);
}

/* In the background. */
static void
infer (MnWork *data, guint thread, gpointer user_data)
{
  GstMobilenetLatest *self = user_data;
  Work *work = (Work *) data;
  const MnModelInfo *info = work->model->info;
  g_autoptr (MnResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (gst_mobilenet_frame_unpack (work->frame, &work->input, info->width,
          info->height, &error))
    result = gst_mobilenet_model_infer (work->model, &work->input, work->serial,
        work->frame, &error);
  g_clear_pointer (&work->frame, mn_frame_unref);
  gst_mobilenet_outlet_report (self->outlet, work->model);
  if (result)
    gst_mobilenet_outlet_take (self->outlet, work->model, result, &work->id,
        &work->show);
  else
    gst_mobilenet_outlet_fail (self->outlet, error);
  clear_work (work);
}

GstMobilenetLatest *
gst_mobilenet_latest_new (GstMobilenetOutlet *outlet,
    GstMobilenetFramePool *frames, GstMobilenetHandover *handover)
{
  GstMobilenetLatest *self = g_new0 (GstMobilenetLatest, 1);

  self->outlet = outlet;
  self->frames = frames;
  self->handover = handover;
  g_mutex_init (&self->lock);
  return self;
}

void
gst_mobilenet_latest_free (GstMobilenetLatest *self)
{
  if (!self)
    return;
  gst_mobilenet_latest_drop (self);
  mn_worker_free (self->worker);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
start (GstMobilenetLatest *self, GError **error)
{
  if (self->worker)
    return TRUE;
  g_mutex_lock (&self->lock);
  self->worker = mn_worker_new (1, TRUE, "mobilenet-bg", infer, NULL, self,
      error);
  if (self->worker)
    mn_worker_interrupt (self->worker, self->interrupted);
  g_mutex_unlock (&self->lock);
  return self->worker != NULL;
}

/* Room for the newest frame. NULL: the one before is computed, and this one
 * cannot wait. */
static Work *
find_room (GstMobilenetLatest *self, GstBuffer *buffer, gboolean import)
{
  Work *room = NULL;
  guint i, n_running = 0;

  gst_mobilenet_latest_drop (self);
  for (i = 0; i < N_WORKS; i++) {
    if (mn_worker_get_state (self->worker, &self->works[i].work)
        == MN_WORK_RUNNING)
      n_running++;
    else
      room = &self->works[i];
  }
  /* A copy for each frame that waits in vain would cost too much. */
  if (n_running > 0
      && !gst_mobilenet_handover_can_hold (self->handover, buffer, import))
    return NULL;
  return room;
}

gboolean
gst_mobilenet_latest_submit (GstMobilenetLatest *self, GstMobilenetModel *model,
    GstBuffer *buffer, const GstVideoInfo *info, const MnInput *input,
    guint serial, const GstMobilenetFrameId *id, const GstMobilenetShow *show,
    GError **error)
{
  gboolean import = mn_runner_imports (model->runner, MN_MEMORY_DMABUF, 0);
  Work *work;
  MnFrame *frame;

  if (!start (self, error))
    return FALSE;
  work = find_room (self, buffer, import);
  if (!work)
    return FALSE;
  frame = gst_mobilenet_handover_take (self->handover, self->frames, buffer,
      info, input, model->info->width, model->info->height, import, error);
  if (!frame)
    return FALSE;
  work->model = gst_mobilenet_model_ref (model);
  work->input = *input;
  work->serial = serial;
  work->frame = frame;
  work->id = *id;
  work->show = *show;
  mn_worker_push (self->worker, &work->work);
  return TRUE;
}

void
gst_mobilenet_latest_drop (GstMobilenetLatest *self)
{
  guint i;

  for (i = 0; self->worker && i < N_WORKS; i++) {
    Work *work = &self->works[i];

    if (mn_worker_take_back (self->worker, &work->work)) {
      clear_work (work);
      gst_mobilenet_outlet_count (self->outlet, 0, 1);
    }
  }
}

void
gst_mobilenet_latest_wait (GstMobilenetLatest *self, gint64 deadline)
{
  guint i;

  for (i = 0; self->worker && i < N_WORKS; i++)
    mn_worker_wait_until (self->worker, &self->works[i].work, deadline);
}

void
gst_mobilenet_latest_interrupt (GstMobilenetLatest *self, gboolean interrupt)
{
  g_mutex_lock (&self->lock);
  self->interrupted = interrupt;
  if (self->worker)
    mn_worker_interrupt (self->worker, interrupt);
  g_mutex_unlock (&self->lock);
}

void
gst_mobilenet_latest_settle (GstMobilenetLatest *self)
{
  guint i;

  gst_mobilenet_latest_drop (self);
  for (i = 0; self->worker && i < N_WORKS; i++)
    mn_worker_wait (self->worker, &self->works[i].work);
}
