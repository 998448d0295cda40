/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/worker.h"

#include "engine/mn.h"

typedef struct
{
  GstMobilenetWorker *worker;
  GThread *thread;
  guint number;
} Hand;

struct _GstMobilenetWorker
{
  GstMobilenetWorkFunc func;
  GstMobilenetDoneFunc done; /* NULL: nobody wants to know */
  gpointer user_data;
  gboolean background;
  guint n_hands;
  Hand *hands;

  GMutex lock;   /* of what follows */
  GCond wake;    /* a job came, or quit */
  GCond changed; /* a job is done, or interrupted */
  GstMobilenetJob *first, **end;
  gboolean quit, interrupted;
};

static GstMobilenetJob *
take_first (GstMobilenetWorker *self)
{
  GstMobilenetJob *job = self->first;

  self->first = job->next;
  if (!self->first)
    self->end = &self->first;
  job->next = NULL;
  return job;
}

static gpointer
hand_main (gpointer data)
{
  Hand *hand = data;
  GstMobilenetWorker *self = hand->worker;

  if (self->background)
    mn_thread_set_background ();
  g_mutex_lock (&self->lock);
  for (;;) {
    GstMobilenetJob *job;

    while (!self->first && !self->quit)
      g_cond_wait (&self->wake, &self->lock);
    if (self->quit)
      break;
    job = take_first (self);
    job->state = GST_MOBILENET_JOB_RUNNING;
    g_mutex_unlock (&self->lock);
    self->func (job, hand->number, self->user_data);
    g_mutex_lock (&self->lock);
    job->state = GST_MOBILENET_JOB_DONE;
    g_cond_broadcast (&self->changed);
    if (self->done) {
      g_mutex_unlock (&self->lock);
      self->done (self->user_data);
      g_mutex_lock (&self->lock);
    }
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

GstMobilenetWorker *
gst_mobilenet_worker_new (guint n_threads, gboolean background,
    const gchar *name, GstMobilenetWorkFunc func, GstMobilenetDoneFunc done,
    gpointer user_data, GError **error)
{
  GstMobilenetWorker *self = g_new0 (GstMobilenetWorker, 1);
  guint i;

  self->func = func;
  self->done = done;
  self->user_data = user_data;
  self->background = background;
  self->end = &self->first;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->changed);
  self->hands = g_new0 (Hand, n_threads);
  for (i = 0; i < n_threads; i++) {
    Hand *hand = &self->hands[i];

    hand->worker = self;
    hand->number = i;
    hand->thread = g_thread_try_new (name, hand_main, hand,
        i == 0 ? error : NULL);
    if (!hand->thread)
      break;
  }
  self->n_hands = i;
  if (i == 0)
    g_clear_pointer (&self, gst_mobilenet_worker_free);
  return self;
}

void
gst_mobilenet_worker_free (GstMobilenetWorker *self)
{
  guint i;

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  while (self->first)
    take_first (self)->state = GST_MOBILENET_JOB_IDLE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
  for (i = 0; i < self->n_hands; i++)
    g_thread_join (self->hands[i].thread);
  g_free (self->hands);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_mobilenet_worker_push (GstMobilenetWorker *self, GstMobilenetJob *job)
{
  g_mutex_lock (&self->lock);
  job->state = GST_MOBILENET_JOB_QUEUED;
  job->next = NULL;
  *self->end = job;
  self->end = &job->next;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

GstMobilenetJobState
gst_mobilenet_worker_get_state (GstMobilenetWorker *self, GstMobilenetJob *job)
{
  GstMobilenetJobState state;

  g_mutex_lock (&self->lock);
  state = job->state;
  g_mutex_unlock (&self->lock);
  return state;
}

gboolean
gst_mobilenet_worker_take_back (GstMobilenetWorker *self, GstMobilenetJob *job)
{
  GstMobilenetJob **at;
  gboolean queued;

  g_mutex_lock (&self->lock);
  queued = job->state == GST_MOBILENET_JOB_QUEUED;
  if (queued) {
    for (at = &self->first; *at != job; at = &(*at)->next)
      ;
    *at = job->next;
    if (!*at)
      self->end = at;
    job->next = NULL;
    job->state = GST_MOBILENET_JOB_IDLE;
  }
  g_mutex_unlock (&self->lock);
  return queued;
}

static gboolean
is_under_way (const GstMobilenetJob *job)
{
  return job->state == GST_MOBILENET_JOB_QUEUED
      || job->state == GST_MOBILENET_JOB_RUNNING;
}

void
gst_mobilenet_worker_wait (GstMobilenetWorker *self, GstMobilenetJob *job)
{
  g_mutex_lock (&self->lock);
  while (is_under_way (job))
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

gboolean
gst_mobilenet_worker_wait_until (GstMobilenetWorker *self, GstMobilenetJob *job,
    gint64 deadline)
{
  gboolean done, late = FALSE;

  g_mutex_lock (&self->lock);
  while (is_under_way (job) && !self->interrupted && !late) {
    if (deadline == G_MAXINT64)
      g_cond_wait (&self->changed, &self->lock);
    else
      late = !g_cond_wait_until (&self->changed, &self->lock, deadline);
  }
  done = !is_under_way (job);
  g_mutex_unlock (&self->lock);
  return done;
}

void
gst_mobilenet_worker_interrupt (GstMobilenetWorker *self, gboolean interrupt)
{
  g_mutex_lock (&self->lock);
  self->interrupted = interrupt;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
