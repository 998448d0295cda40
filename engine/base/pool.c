/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker threads.
 *
 * A job lies on its caller's stack and in the pool's list while it runs.
 * Workers enter it under the pool's lock and stay to its end. Each thread has
 * a share of a stage's tasks, the same part in every stage, so that what it
 * wrote is still in its cache when the next stage reads it. Who is done with
 * that takes from the far end of the others' shares, so a worker that comes
 * late, or is held up, never makes the others wait for more than the task
 * that it has in hand.
 *
 * pthread's locks, not GLib's: thread sanitizers know them. */

#include "engine/base/pool.h"

#include "engine/base/process.h"
#include "engine/mn.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* How often a thread looks for the next stage of the job it is in before it
 * sleeps: tens of microseconds. A sleep and a wake cost more than most layers
 * take, in a virtual machine most of all; outside a job nobody ever looks
 * without sleeping. */
#define PATIENCE 2500

/* What is left of a thread's tasks, in one atomic word, on a cache line of
 * its own: stage << 32 | next task << 16 | the one behind the last. Of an
 * earlier stage: nobody has taken one of this stage's. */
typedef struct
{
  guint64 word;
  guint8 pad[56];
} Share;

typedef struct _Job Job;

struct _Job
{
  Job *next;
  MnPoolStageFunc func;
  gpointer data;
  guint n_threads, n_stages;
  const guint *n_tasks;
  guint joined, inside; /* workers; under the pool's lock */
  pthread_cond_t left;  /* nobody is inside; with the pool's lock */
  guint stage;          /* atomic */
  guint done;           /* atomic: tasks of this stage */
  guint sleepers;       /* atomic: threads that wait for changed */
  pthread_mutex_t lock;
  pthread_cond_t changed; /* stage or done */
  Share shares[MN_POOL_MAX_THREADS];
};

struct _MnPool
{
  pthread_mutex_t lock;
  pthread_cond_t wake; /* a job came, or quit */
  Job *jobs;
  gboolean quit;
  guint n_workers, n_idle;
  pthread_t workers[MN_POOL_MAX_THREADS];
  MnPool *background; /* for callers of that kind; NULL in itself */
};

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile ("isb" ::: "memory");
#endif
}

static guint
get_stage (Job *job)
{
  return __atomic_load_n (&job->stage, __ATOMIC_SEQ_CST);
}

/* Tells whoever sleeps that stage or done has changed. */
static void
tell (Job *job)
{
  if (__atomic_load_n (&job->sleepers, __ATOMIC_SEQ_CST) == 0)
    return;
  pthread_mutex_lock (&job->lock);
  pthread_cond_broadcast (&job->changed);
  pthread_mutex_unlock (&job->lock);
}

static gboolean
stage_is_over (Job *job, guint stage)
{
  return get_stage (job) != stage;
}

static gboolean
tasks_are_done (Job *job, guint stage)
{
  return __atomic_load_n (&job->done, __ATOMIC_SEQ_CST) == job->n_tasks[stage];
}

static void
wait_until (Job *job, gboolean (*ready) (Job *job, guint stage), guint stage)
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

/* Takes a task of owner's share, the first or the last; FALSE when it is
 * empty. Stage 0's tag is 1: words start with 0. */
static gboolean
take (Job *job, guint stage, guint owner, gboolean first, guint *task)
{
  guint64 *word = &job->shares[owner].word;
  guint64 old = __atomic_load_n (word, __ATOMIC_SEQ_CST), new;
  guint64 tag = (guint64) stage + 1;
  guint64 n_tasks = job->n_tasks[stage];
  guint64 next, end;

  do {
    if (old >> 32 > tag)
      return FALSE;
    if (old >> 32 == tag) {
      next = old >> 16 & 0xffff;
      end = old & 0xffff;
    } else {
      next = n_tasks * owner / job->n_threads;
      end = n_tasks * (owner + 1) / job->n_threads;
    }
    if (next == end)
      return FALSE;
    *task = first ? next++ : --end;
    new = tag << 32 | next << 16 | end;
  } while (!__atomic_compare_exchange_n (word, &old, new, FALSE,
      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  return TRUE;
}

/* Runs tasks of the stage until none is left to be taken. */
static void
work_on_stage (Job *job, guint stage, guint thread)
{
  guint n_tasks = job->n_tasks[stage], i, task;

  for (i = 0; i < job->n_threads; i++) {
    guint owner = (thread + i) % job->n_threads;

    while (take (job, stage, owner, i == 0, &task)) {
      job->func (job->data, stage, task, thread);
      if (__atomic_add_fetch (&job->done, 1, __ATOMIC_SEQ_CST) == n_tasks)
        tell (job);
    }
  }
}

static void
help (Job *job, guint thread)
{
  for (;;) {
    guint stage = get_stage (job);

    if (stage >= job->n_stages)
      return;
    work_on_stage (job, stage, thread);
    wait_until (job, stage_is_over, stage);
  }
}

static void
lead (Job *job)
{
  guint stage;

  for (stage = 0; stage < job->n_stages; stage++) {
    work_on_stage (job, stage, 0);
    wait_until (job, tasks_are_done, stage);
    __atomic_store_n (&job->done, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n (&job->stage, stage + 1, __ATOMIC_SEQ_CST);
    tell (job);
  }
}

static Job *
find_job (MnPool *self)
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
start_workers (MnPool *self, guint n)
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
post (MnPool *self, Job *job)
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
withdraw (MnPool *self, Job *job)
{
  Job **link;

  pthread_mutex_lock (&self->lock);
  for (link = &self->jobs; *link != job; link = &(*link)->next)
    ;
  *link = job->next;
  while (job->inside)
    pthread_cond_wait (&job->left, &self->lock);
  pthread_mutex_unlock (&self->lock);
}

static MnPool *
pool_new (MnPool *background)
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
mn_pool_free (MnPool *self)
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
    threads = mn_cpus_count ();
  return CLAMP (threads, 1, MN_POOL_MAX_THREADS);
}

void
mn_pool_run_stages (MnPool *self, guint n_threads, guint n_stages,
    const guint *n_tasks, MnPoolStageFunc func, gpointer data)
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
mn_pool_run (MnPool *self, guint n_threads, guint n_tasks, MnPoolFunc func,
    gpointer data)
{
  Single single = {func, data};

  mn_pool_run_stages (self, n_threads, 1, &n_tasks, run_single, &single);
}
