/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker threads: every task once, stages in order, several callers. */

#include "engine/cpu/pace.h"
#include "engine/base/pool.h"
#include "engine/base/process.h"
#include "engine/mn.h"

#define MOST_TASKS 64
#define N_STAGES 20

typedef struct
{
  gint runs[N_STAGES][MOST_TASKS]; /* atomic */
  gint busy[MN_POOL_MAX_THREADS];  /* atomic */
  guint n_threads;
  const guint *n_tasks;
  guint values[N_STAGES][MOST_TASKS]; /* plain, written by one stage and
                                       * read by the next */
} Job;

static void
run_task (gpointer data, guint stage, guint task, guint thread)
{
  Job *job = data;
  guint i, sum = 1;

  g_assert_cmpuint (thread, <, job->n_threads);
  g_assert_cmpint (g_atomic_int_add (&job->busy[thread], 1), ==, 0);
  g_atomic_int_inc (&job->runs[stage][task]);
  if (stage > 0) {
    for (i = 0; i < job->n_tasks[stage - 1]; i++)
      sum += job->values[stage - 1][i];
  }
  job->values[stage][task] = sum;
  g_atomic_int_add (&job->busy[thread], -1);
}

static void
run_job (MnPool *pool, guint n_threads)
{
  static const guint n_tasks[N_STAGES] = {
    1, 2, 3, 0, 5, 64, 1, 1, 4, 2, 2, 2, 2, 8, 1, 4, 4, 0, 7, 3};
  Job *job = g_new0 (Job, 1);
  guint want = 0, s, t;

  job->n_threads = n_threads;
  job->n_tasks = n_tasks;
  mn_pool_run_stages (pool, n_threads, N_STAGES, n_tasks, run_task, job);
  for (s = 0; s < N_STAGES; s++) {
    want = s > 0 ? 1 + want * n_tasks[s - 1] : 1;
    for (t = 0; t < MOST_TASKS; t++) {
      g_assert_cmpint (job->runs[s][t], ==, t < n_tasks[s]);
      if (t < n_tasks[s])
        g_assert_cmpuint (job->values[s][t], ==, want);
    }
  }
  g_free (job);
}

static void
test_stages (void)
{
  MnPool *pool = mn_pool_new ();
  guint n, i;

  for (n = 1; n <= 5; n++) {
    for (i = 0; i < 100; i++)
      run_job (pool, n);
  }
  mn_pool_free (pool);
}

static void
count (gpointer data, guint task, guint thread)
{
  g_atomic_int_add ((gint *) data, task + 1);
}

static void
test_run (void)
{
  MnPool *pool = mn_pool_new ();
  guint n, i;

  for (n = 1; n <= 4; n++) {
    for (i = 0; i < 50; i++) {
      gint sum = 0;

      mn_pool_run (pool, n, i, count, &sum);
      g_assert_cmpint (sum, ==, i * (i + 1) / 2);
    }
  }
  mn_pool_free (pool);
}

static gpointer
caller (gpointer data)
{
  guint i;

  for (i = 0; i < 100; i++)
    run_job (data, 1 + i % 4);
  return NULL;
}

static void
test_callers (void)
{
  MnPool *pool = mn_pool_new ();
  GThread *threads[4];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("caller", caller, pool);
  for (i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  mn_pool_free (pool);
}

/* A worker that sleeps between two stages is woken for the next. */
static void
slow_first (gpointer data, guint stage, guint task, guint thread)
{
  if (stage == 0 || thread == 0)
    g_usleep (2000);
  g_atomic_int_inc ((gint *) data);
}

static void
test_sleepers (void)
{
  static const guint n_tasks[] = {1, 6, 1, 6};
  MnPool *pool = mn_pool_new ();
  gint runs = 0;

  mn_pool_run_stages (pool, 3, 4, n_tasks, slow_first, &runs);
  g_assert_cmpint (runs, ==, 14);
  mn_pool_free (pool);
}

/* Who helps a caller in the background is there too, and nobody else is. */
static void
look (gpointer data, guint task, guint thread)
{
  if (mn_thread_is_background ())
    g_atomic_int_inc ((gint *) data);
  g_usleep (200);
}

static gpointer
background_caller (gpointer data)
{
  gint n = 0;

  mn_thread_set_background ();
  mn_pool_run (data, 3, 30, look, &n);
  g_assert_cmpint (n, ==, 30);
  return NULL;
}

static void
test_background (void)
{
  MnPool *pool = mn_pool_new ();
  GThread *thread = g_thread_new ("caller", background_caller, pool);
  gint n = 0;

  mn_pool_run (pool, 3, 30, look, &n);
  g_thread_join (thread);
  g_assert_cmpint (n, ==, 0);
  mn_pool_free (pool);
}

/* ---- pace ------------------------------------------------------------- */

#define THREADS 4

/* Frames every interval us, each of which takes one thread work us, and all
 * of them half of that; on how many threads the last one ran. */
static guint
run_frames (MnPace *pace, gint64 *now, guint n, gint64 interval, gint64 work)
{
  guint threads = 0, i;

  for (i = 0; i < n; i++) {
    threads = mn_pace_begin (pace, *now, THREADS);
    mn_pace_end (pace, *now + (threads == 1 ? work : work / 2));
    *now += interval;
  }
  return threads;
}

static void
test_pace (void)
{
  MnPace pace = {
    0,
  };
  gint64 now = 1000000;

  /* The first frame is in a hurry, later ones at that pace are not. */
  g_assert_cmpuint (run_frames (&pace, &now, 1, 33000, 1000), ==, THREADS);
  g_assert_cmpuint (run_frames (&pace, &now, 5, 33000, 1000), ==, 1);
  /* Back to back, and a little slower than that. */
  g_assert_cmpuint (run_frames (&pace, &now, 5, 500, 1000), ==, THREADS);
  g_assert_cmpuint (run_frames (&pace, &now, 20, 3000, 1000), ==, THREADS);
  /* After a pause, and when the work grows: back to all once that is seen. */
  g_assert_cmpuint (run_frames (&pace, &now, 5, 33000, 1000), ==, 1);
  g_assert_cmpuint (run_frames (&pace, &now, 20, 33000, 20000), ==, THREADS);
  g_assert_cmpuint (run_frames (&pace, &now, 20, 33000, 1000), ==, 1);
}

static void
test_resolve (void)
{
  g_assert_cmpuint (mn_pool_resolve_threads (0), >=, 1);
  g_assert_cmpuint (mn_pool_resolve_threads (3), ==, 3);
  g_assert_cmpuint (mn_pool_resolve_threads (1000), ==, MN_POOL_MAX_THREADS);
  mn_pool_free (mn_pool_new ());
  mn_pool_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool/resolve", test_resolve);
  g_test_add_func ("/pool/run", test_run);
  g_test_add_func ("/pool/stages", test_stages);
  g_test_add_func ("/pool/callers", test_callers);
  g_test_add_func ("/pool/sleepers", test_sleepers);
  g_test_add_func ("/pool/background", test_background);
  g_test_add_func ("/pool/pace", test_pace);
  return g_test_run ();
}
