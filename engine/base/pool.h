/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The process's worker threads. Workers sleep on a condition when there is
 * nothing to do; they start when first needed. Several callers may run jobs
 * at once; a caller always works on its own job, so it never waits for a
 * worker that serves another. Callers in the background have workers of
 * their own, of a lower priority. */

#ifndef MN_POOL_H
#define MN_POOL_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MnPool MnPool;

/* Task i of a job, on thread number thread (0..n_threads - 1, no two at
 * once), for scratch memory a thread. */
typedef void (*MnPoolFunc) (gpointer data, guint task, guint thread);

#define MN_POOL_MAX_THREADS 64
/* Of a job, and of a stage. */
#define MN_POOL_MAX_TASKS 65535

MnPool *mn_pool_new (void);
void mn_pool_free (MnPool *pool);
/* 0 becomes mn_cpus_count (); at most MN_POOL_MAX_THREADS. */
guint mn_pool_resolve_threads (guint threads);
/* Runs func for tasks 0..n_tasks - 1 on at most n_threads threads, the
 * caller's among them; returns when all are done. No allocation. At most
 * MN_POOL_MAX_TASKS. */
void mn_pool_run (MnPool *pool, guint n_threads, guint n_tasks, MnPoolFunc func,
    gpointer data);

/* Task i of stage number stage. */
typedef void (*MnPoolStageFunc) (gpointer data, guint stage, guint task,
    guint thread);

/* As mn_pool_run for stages 0..n_stages - 1 one after another, stage s with
 * n_tasks[s] tasks, neighbouring ones on the same thread; each sees all that
 * the ones before it have written.
 * Cheaper than as many runs: workers are woken once, and between two stages
 * they look for the next one for tens of microseconds before they sleep. */
void mn_pool_run_stages (MnPool *pool, guint n_threads, guint n_stages,
    const guint *n_tasks, MnPoolStageFunc func, gpointer data);

G_END_DECLS

#endif /* MN_POOL_H */
