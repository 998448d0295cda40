/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Threads that do jobs in the order in which they come: public as mn.h is, and
 * of use without it. A job lies in its owner's struct, which must live until
 * the job is done or taken back. */

#ifndef MN_WORKER_H
#define MN_WORKER_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MN_WORK_IDLE, /* never pushed, or taken back */
  MN_WORK_QUEUED,
  MN_WORK_RUNNING,
  MN_WORK_DONE
} MnWorkState;

typedef struct _MnWork MnWork;
struct _MnWork
{
  /* private; the worker's lock */
  MnWorkState state;
  MnWork *next;
};

typedef struct _MnWorker MnWorker;

/* Does a job on thread number thread, with no lock held. */
typedef void (*MnWorkFunc) (MnWork *job, guint thread, gpointer user_data);

/* Called after each job, on its thread, with no lock held; the job is its
 * owner's again, and may be gone. */
typedef void (*MnWorkDoneFunc) (gpointer user_data);

/* Starts n_threads threads, fewer where no more can be made; NULL with error
 * where none can. done may be NULL. background: they give way to
 * the process's other threads where the system can do that for one thread
 * (Linux). Their names show in tools. */
MnWorker *
mn_worker_new (guint n_threads, gboolean background, const gchar *name,
    MnWorkFunc func, MnWorkDoneFunc done, gpointer user_data, GError **error);
/* What has not begun is not done; waits for what runs. */
void mn_worker_free (MnWorker *worker);

/* The job must be IDLE or DONE. */
void mn_worker_push (MnWorker *worker, MnWork *job);
MnWorkState mn_worker_get_state (MnWorker *worker, MnWork *job);
/* TRUE: it had not begun, and is the caller's again. */
gboolean mn_worker_take_back (MnWorker *worker, MnWork *job);
/* Waits until the job is neither queued nor running. */
void mn_worker_wait (MnWorker *worker, MnWork *job);
/* The same. FALSE: it still is at deadline (g_get_monotonic_time;
 * G_MAXINT64: none), or from mn_worker_interrupt on. */
gboolean mn_worker_wait_until (MnWorker *worker, MnWork *job, gint64 deadline);
/* TRUE: mn_worker_wait_until returns at once, until FALSE. Any
 * thread. */
void mn_worker_interrupt (MnWorker *worker, gboolean interrupt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnWorker, mn_worker_free)

G_END_DECLS

#endif /* MN_WORKER_H */
