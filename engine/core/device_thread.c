/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/core/device_thread.h"

typedef struct
{
  MnJob *head, *tail;
  guint64 n_posted, n_done; /* jobs, which end in the order of posting */
} Queue;

struct _MnDeviceThread
{
  GMutex lock;
  GCond posted;      /* a job came, or stop */
  GCond done;        /* a job ended, or the thread did */
  Queue queues[2];   /* urgent jobs, and the others */
  gboolean running;  /* a job */
  gboolean hangs;    /* the one that runs */
  gint64 slow_until; /* when a slow job ended; one runs: never */
  gboolean stop;
  gboolean ended;
  gboolean orphan; /* freed by a job of its own: frees itself */
  GThread *thread;
};

/* How long the end waits for a call that may be hanging. */
#define JOIN_PATIENCE (2 * G_TIME_SPAN_SECOND)

static Queue *
queue_of (MnDeviceThread *self, const MnJob *job)
{
  return &self->queues[job->urgent ? 0 : 1];
}

/* Whose first job is the next one; NULL: there is none. */
static Queue *
next_queue (MnDeviceThread *self)
{
  return self->queues[0].head ? &self->queues[0]
      : self->queues[1].head  ? &self->queues[1]
                              : NULL;
}

static MnJob *
pop_job (MnDeviceThread *self)
{
  Queue *queue = next_queue (self);
  MnJob *job = queue->head;

  queue->head = job->next;
  if (!queue->head)
    queue->tail = NULL;
  job->next = NULL;
  job->state = MN_JOB_RUNNING;
  self->running = TRUE;
  if (job->slow)
    self->slow_until = G_MAXINT64;
  return job;
}

static void
note_end (MnDeviceThread *self, Queue *queue)
{
  queue->n_done++;
  self->running = self->hangs = FALSE;
  if (self->slow_until == G_MAXINT64)
    self->slow_until = g_get_monotonic_time ();
  g_cond_broadcast (&self->done);
}

static void
destroy (MnDeviceThread *self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->posted);
  g_cond_clear (&self->done);
  g_free (self);
}

static gpointer
thread_main (gpointer data)
{
  MnDeviceThread *self = data;
  gboolean orphan;

  g_mutex_lock (&self->lock);
  for (;;) {
    MnJob *job;
    Queue *queue;
    gboolean detached;

    while (!next_queue (self) && !self->stop)
      g_cond_wait (&self->posted, &self->lock);
    if (!next_queue (self))
      break;
    job = pop_job (self);
    queue = queue_of (self, job);
    detached = job->detached;
    g_mutex_unlock (&self->lock);
    job->func (job->data);
    if (detached)
      g_free (job);
    g_mutex_lock (&self->lock);
    if (!detached)
      job->state = MN_JOB_DONE;
    note_end (self, queue);
  }
  self->ended = TRUE;
  orphan = self->orphan;
  g_cond_broadcast (&self->done);
  g_mutex_unlock (&self->lock);
  if (orphan)
    destroy (self);
  return NULL;
}

MnDeviceThread *
mn_device_thread_new (const gchar *name, GError **error)
{
  MnDeviceThread *self = g_new0 (MnDeviceThread, 1);
  g_autoptr (GError) cause = NULL;

  g_mutex_init (&self->lock);
  g_cond_init (&self->posted);
  g_cond_init (&self->done);
  self->thread = g_thread_try_new (name, thread_main, self, &cause);
  if (self->thread)
    return self;
  destroy (self);
  g_set_error (error, MN_ERROR, MN_ERROR_DEVICE,
      "no thread for a device's calls can be made: %s", cause->message);
  return NULL;
}

void
mn_device_thread_free (MnDeviceThread *self)
{
  gint64 deadline = g_get_monotonic_time () + JOIN_PATIENCE;
  gboolean ended;

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  if (self->thread == g_thread_self ()) {
    self->orphan = TRUE;
    g_thread_unref (self->thread);
    g_mutex_unlock (&self->lock);
    return;
  }
  g_cond_signal (&self->posted);
  while (!self->ended) {
    if (!g_cond_wait_until (&self->done, &self->lock, deadline))
      break;
  }
  ended = self->ended;
  g_mutex_unlock (&self->lock);
  if (!ended) {
    /* It hangs in a driver, and may come back to these very bytes. */
    g_thread_unref (self->thread);
    return;
  }
  g_thread_join (self->thread);
  destroy (self);
}

gboolean
mn_device_thread_is_here (MnDeviceThread *self)
{
  return !self || self->thread == g_thread_self ();
}

static void
push_job (MnDeviceThread *self, MnJob *job)
{
  Queue *queue = queue_of (self, job);

  g_mutex_lock (&self->lock);
  job->state = MN_JOB_QUEUED;
  job->next = NULL;
  if (queue->tail)
    queue->tail->next = job;
  else
    queue->head = job;
  queue->tail = job;
  queue->n_posted++;
  g_cond_signal (&self->posted);
  g_mutex_unlock (&self->lock);
}

void
mn_device_thread_post (MnDeviceThread *self, MnJob *job,
    void (*func) (gpointer data), gpointer data)
{
  g_assert (job->state == MN_JOB_IDLE || job->state == MN_JOB_DONE);

  job->func = func;
  job->data = data;
  job->detached = FALSE;
  if (mn_device_thread_is_here (self)) {
    func (data);
    job->state = MN_JOB_DONE;
  } else {
    push_job (self, job);
  }
}

/* Waits for the next job to end, with the lock held. FALSE: the deadline
 * passed. */
static gboolean
wait_for_end (MnDeviceThread *self, gint64 deadline)
{
  if (deadline != G_MAXINT64)
    return g_cond_wait_until (&self->done, &self->lock, deadline);
  g_cond_wait (&self->done, &self->lock);
  return TRUE;
}

gboolean
mn_device_thread_wait (MnDeviceThread *self, MnJob *job, gint64 deadline)
{
  gboolean done;

  if (mn_device_thread_is_here (self))
    return job->state == MN_JOB_DONE;
  g_mutex_lock (&self->lock);
  while (job->state != MN_JOB_DONE) {
    if (!wait_for_end (self, deadline))
      break;
  }
  done = job->state == MN_JOB_DONE;
  g_mutex_unlock (&self->lock);
  return done;
}

void
mn_device_thread_post_detached (MnDeviceThread *self,
    void (*func) (gpointer data), gpointer data)
{
  MnJob *job;

  if (mn_device_thread_is_here (self)) {
    func (data);
    return;
  }
  job = g_new0 (MnJob, 1);
  job->func = func;
  job->data = data;
  job->detached = TRUE;
  push_job (self, job);
}

gboolean
mn_device_thread_drain (MnDeviceThread *self, gint64 deadline)
{
  const Queue *urgent, *other;
  guint64 last_urgent, last_other;
  gboolean done;

  if (mn_device_thread_is_here (self))
    return TRUE;
  urgent = &self->queues[0];
  other = &self->queues[1];
  g_mutex_lock (&self->lock);
  last_urgent = urgent->n_posted;
  last_other = other->n_posted;
  while (urgent->n_done < last_urgent || other->n_done < last_other) {
    if (!wait_for_end (self, deadline))
      break;
  }
  done = urgent->n_done >= last_urgent && other->n_done >= last_other;
  g_mutex_unlock (&self->lock);
  return done;
}

gboolean
mn_device_thread_was_slow (MnDeviceThread *self, gint64 since)
{
  gboolean slow;

  if (!self)
    return FALSE;
  g_mutex_lock (&self->lock);
  slow = self->slow_until >= since;
  g_mutex_unlock (&self->lock);
  return slow;
}

void
mn_device_thread_give_up (MnDeviceThread *self)
{
  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->hangs = self->running || next_queue (self);
  g_mutex_unlock (&self->lock);
}

gboolean
mn_device_thread_hangs (MnDeviceThread *self)
{
  gboolean hangs;

  if (!self)
    return FALSE;
  g_mutex_lock (&self->lock);
  hangs = self->hangs;
  g_mutex_unlock (&self->lock);
  return hangs;
}
