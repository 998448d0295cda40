/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/mn_worker.h"

#include "engine/mn.h"

typedef struct
{
  MnWorker *worker;
  GThread *thread;
  guint number;
} Hand;

struct _MnWorker
{
  MnWorkFunc func;
  MnWorkDoneFunc done; /* NULL: nobody wants to know */
  gpointer user_data;
  gboolean background;
  guint n_hands;
  Hand *hands;

  GMutex lock;   /* of what follows */
  GCond wake;    /* a job came, or quit */
  GCond changed; /* a job is done, or interrupted */
  MnWork *first, **end;
  gboolean quit, interrupted;
};

static MnWork *
take_first (MnWorker *self)
{
  MnWork *job = self->first;

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
  MnWorker *self = hand->worker;

  if (self->background)
    mn_thread_set_background ();
  g_mutex_lock (&self->lock);
  for (;;) {
    MnWork *job;

    while (!self->first && !self->quit)
      g_cond_wait (&self->wake, &self->lock);
    if (self->quit)
      break;
    job = take_first (self);
    job->state = MN_WORK_RUNNING;
    g_mutex_unlock (&self->lock);
    self->func (job, hand->number, self->user_data);
    g_mutex_lock (&self->lock);
    job->state = MN_WORK_DONE;
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

MnWorker *
mn_worker_new (guint n_threads, gboolean background, const gchar *name,
    MnWorkFunc func, MnWorkDoneFunc done, gpointer user_data, GError **error)
{
  MnWorker *self = g_new0 (MnWorker, 1);
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
    g_clear_pointer (&self, mn_worker_free);
  return self;
}

void
mn_worker_free (MnWorker *self)
{
  guint i;

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  while (self->first)
    take_first (self)->state = MN_WORK_IDLE;
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
mn_worker_push (MnWorker *self, MnWork *job)
{
  g_mutex_lock (&self->lock);
  job->state = MN_WORK_QUEUED;
  job->next = NULL;
  *self->end = job;
  self->end = &job->next;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

MnWorkState
mn_worker_get_state (MnWorker *self, MnWork *job)
{
  MnWorkState state;

  g_mutex_lock (&self->lock);
  state = job->state;
  g_mutex_unlock (&self->lock);
  return state;
}

gboolean
mn_worker_take_back (MnWorker *self, MnWork *job)
{
  MnWork **at;
  gboolean queued;

  g_mutex_lock (&self->lock);
  queued = job->state == MN_WORK_QUEUED;
  if (queued) {
    for (at = &self->first; *at != job; at = &(*at)->next)
      ;
    *at = job->next;
    if (!*at)
      self->end = at;
    job->next = NULL;
    job->state = MN_WORK_IDLE;
  }
  g_mutex_unlock (&self->lock);
  return queued;
}

static gboolean
is_under_way (const MnWork *job)
{
  return job->state == MN_WORK_QUEUED || job->state == MN_WORK_RUNNING;
}

void
mn_worker_wait (MnWorker *self, MnWork *job)
{
  g_mutex_lock (&self->lock);
  while (is_under_way (job))
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

gboolean
mn_worker_wait_until (MnWorker *self, MnWork *job, gint64 deadline)
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
mn_worker_interrupt (MnWorker *self, gboolean interrupt)
{
  g_mutex_lock (&self->lock);
  self->interrupted = interrupt;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
