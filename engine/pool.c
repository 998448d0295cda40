/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker threads.
 *
 * A job lies on its caller's stack and in the pool's list while it runs.
 * Workers enter it under the pool's lock and stay to its end. Tasks are
 * claimed from one word that holds the stage and its next task, so a worker
 * that comes late, or is held up, never makes the others wait for more than
 * the task that it has in hand.
 *
 * pthread's locks, not GLib's: thread sanitizers know them. */

#include "engine/pool.h"

#include "engine/backend.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* How often a thread looks for the next stage of the job it is in before it
 * sleeps: some microseconds. A sleep and a wake cost more than most layers
 * take; outside a job nobody ever looks without sleeping. */
#define PATIENCE 600

typedef struct _Job Job;

struct _Job
{
  Job *next;
  MnPoolStageFunc func;
  gpointer data;
  guint n_threads, n_stages;
  const guint *n_tasks;
  guint joined, inside;         /* workers; under the pool's lock */
  pthread_cond_t left;          /* nobody is inside; with the pool's lock */
  guint64 cursor;               /* atomic: stage << 32 | next task */
  guint done;                   /* atomic: tasks of this stage */
  guint sleepers;               /* atomic: threads that wait for changed */
  pthread_mutex_t lock;
  pthread_cond_t changed;       /* cursor or done */
};

struct _MnPool
{
  pthread_mutex_t lock;
  pthread_cond_t wake;          /* a job came, or quit */
  Job *jobs;
  gboolean quit;
  guint n_workers, n_idle;
  pthread_t workers[MN_POOL_MAX_THREADS];
  MnPool *background;           /* for callers of that kind; NULL in itself */
};

#define CURSOR(stage) ((guint64) (stage) << 32)

static inline void
relax (void)
{
#if defined (__x86_64__) || defined (__i386__)
  __builtin_ia32_pause ();
#elif defined (__aarch64__)
  __asm__ volatile ("isb":::"memory");
#endif
}

static guint64
get_cursor (Job * job)
{
  return __atomic_load_n (&job->cursor, __ATOMIC_SEQ_CST);
}

/* Tells whoever sleeps that cursor or done has changed. */
static void
tell (Job * job)
{
  if (__atomic_load_n (&job->sleepers, __ATOMIC_SEQ_CST) == 0)
    return;
  pthread_mutex_lock (&job->lock);
  pthread_cond_broadcast (&job->changed);
  pthread_mutex_unlock (&job->lock);
}

static gboolean
stage_is_over (Job * job, guint stage)
{
  return get_cursor (job) >> 32 != stage;
}

static gboolean
tasks_are_done (Job * job, guint stage)
{
  return __atomic_load_n (&job->done, __ATOMIC_SEQ_CST)
      == job->n_tasks[stage];
}

static void
wait_until (Job * job, gboolean (*ready) (Job * job, guint stage), guint stage)
{
  guint i;

  for (i = 0; i < PATIENCE; i++) {
    if (ready (job, stage))
      return;
    relax ();
  }
  pthread_mutex_lock (&job->lock);
  __atomic_add_fetch (&job->sleepers, 1, __ATOMIC_SEQ_CST);
  while (!ready (job, stage))
    pthread_cond_wait (&job->changed, &job->lock);
  __atomic_sub_fetch (&job->sleepers, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock (&job->lock);
}

/* Runs tasks of the stage until none is left to be claimed. */
static void
work_on_stage (Job * job, guint stage, guint thread)
{
  guint n_tasks = job->n_tasks[stage];
  guint64 cursor = get_cursor (job);

  while (cursor >> 32 == stage && (guint32) cursor < n_tasks) {
    if (!__atomic_compare_exchange_n (&job->cursor, &cursor, cursor + 1,
            FALSE, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      continue;
    job->func (job->data, stage, (guint32) cursor, thread);
    if (__atomic_add_fetch (&job->done, 1, __ATOMIC_SEQ_CST) == n_tasks)
      tell (job);
    cursor = get_cursor (job);
  }
}

static void
help (Job * job, guint thread)
{
  for (;;) {
    guint stage = get_cursor (job) >> 32;

    if (stage >= job->n_stages)
      return;
    work_on_stage (job, stage, thread);
    wait_until (job, stage_is_over, stage);
  }
}

static void
lead (Job * job)
{
  guint stage;

  for (stage = 0; stage < job->n_stages; stage++) {
    work_on_stage (job, stage, 0);
    wait_until (job, tasks_are_done, stage);
    __atomic_store_n (&job->done, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n (&job->cursor, CURSOR (stage + 1), __ATOMIC_SEQ_CST);
    tell (job);
  }
}

static Job *
find_job (MnPool * self)
{
  Job *job;

  for (job = self->jobs; job; job = job->next) {
    if (job->joined + 1 < job->n_threads)
      return job;
  }
  return NULL;
}

static gpointer
worker (gpointer data)
{
  MnPool *self = data;

  if (!self->background)
    mn_thread_set_background ();
  pthread_mutex_lock (&self->lock);
  while (!self->quit) {
    Job *job = find_job (self);
    guint thread;

    if (!job) {
      self->n_idle++;
      pthread_cond_wait (&self->wake, &self->lock);
      self->n_idle--;
      continue;
    }
    thread = ++job->joined;
    job->inside++;
    pthread_mutex_unlock (&self->lock);
    help (job, thread);
    pthread_mutex_lock (&self->lock);
    if (--job->inside == 0)
      pthread_cond_signal (&job->left);
  }
  pthread_mutex_unlock (&self->lock);
  return NULL;
}

/* Called with the lock. Fewer workers than wished for do no harm. */
static void
start_workers (MnPool * self, guint n)
{
  sigset_t all, old;

  if (self->n_workers >= n)
    return;
  /* Signals are the application's threads' business. */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  while (self->n_workers < n) {
    pthread_t *thread = &self->workers[self->n_workers];

    if (pthread_create (thread, NULL, worker, self) != 0)
      break;
    pthread_setname_np (*thread, "mn-worker");
    self->n_workers++;
  }
  pthread_sigmask (SIG_SETMASK, &old, NULL);
}

static void
post (MnPool * self, Job * job)
{
  guint wanted = job->n_threads - 1, i;

  pthread_mutex_lock (&self->lock);
  start_workers (self, wanted);
  job->next = self->jobs;
  self->jobs = job;
  for (i = 0; i < MIN (wanted, self->n_idle); i++)
    pthread_cond_signal (&self->wake);
  pthread_mutex_unlock (&self->lock);
}

static void
withdraw (MnPool * self, Job * job)
{
  Job **link;

  pthread_mutex_lock (&self->lock);
  for (link = &self->jobs; *link != job; link = &(*link)->next);
  *link = job->next;
  while (job->inside)
    pthread_cond_wait (&job->left, &self->lock);
  pthread_mutex_unlock (&self->lock);
}

static MnPool *
pool_new (MnPool * background)
{
  MnPool *self = g_new0 (MnPool, 1);

  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->wake, NULL);
  self->background = background;
  return self;
}

MnPool *
mn_pool_new (void)
{
  return pool_new (pool_new (NULL));
}

void
mn_pool_free (MnPool * self)
{
  guint i;

  if (!self)
    return;
  mn_pool_free (self->background);
  pthread_mutex_lock (&self->lock);
  self->quit = TRUE;
  pthread_cond_broadcast (&self->wake);
  pthread_mutex_unlock (&self->lock);
  for (i = 0; i < self->n_workers; i++)
    pthread_join (self->workers[i], NULL);
  pthread_cond_destroy (&self->wake);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

guint
mn_pool_resolve_threads (guint threads)
{
  if (threads == 0)
    threads = g_get_num_processors ();
  return CLAMP (threads, 1, MN_POOL_MAX_THREADS);
}

void
mn_pool_run_stages (MnPool * self, guint n_threads, guint n_stages,
    const guint * n_tasks, MnPoolStageFunc func, gpointer data)
{
  Job job;
  guint s, t, most = 0;

  for (s = 0; s < n_stages; s++)
    most = MAX (most, n_tasks[s]);
  n_threads = MIN (MIN (n_threads, most), MN_POOL_MAX_THREADS);
  if (n_threads <= 1) {
    for (s = 0; s < n_stages; s++) {
      for (t = 0; t < n_tasks[s]; t++)
        func (data, s, t, 0);
    }
    return;
  }
  if (self->background && mn_thread_is_background ())
    self = self->background;
  memset (&job, 0, sizeof (job));
  job.func = func;
  job.data = data;
  job.n_threads = n_threads;
  job.n_stages = n_stages;
  job.n_tasks = n_tasks;
  pthread_mutex_init (&job.lock, NULL);
  pthread_cond_init (&job.changed, NULL);
  pthread_cond_init (&job.left, NULL);
  post (self, &job);
  lead (&job);
  withdraw (self, &job);
  pthread_cond_destroy (&job.left);
  pthread_cond_destroy (&job.changed);
  pthread_mutex_destroy (&job.lock);
}

typedef struct
{
  MnPoolFunc func;
  gpointer data;
} Single;

static void
run_single (gpointer data, guint stage, guint task, guint thread)
{
  Single *single = data;

  single->func (single->data, task, thread);
}

void
mn_pool_run (MnPool * self, guint n_threads, guint n_tasks, MnPoolFunc func,
    gpointer data)
{
  Single single = { func, data };

  mn_pool_run_stages (self, n_threads, 1, &n_tasks, run_single, &single);
}
