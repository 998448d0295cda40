/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Threads that do jobs in the order in which they come. A job lies in its
 * owner's struct, which must live until the job is done or taken back. */

#ifndef GST_MOBILENET_WORKER_H
#define GST_MOBILENET_WORKER_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  GST_MOBILENET_JOB_IDLE, /* never pushed, or taken back */
  GST_MOBILENET_JOB_QUEUED,
  GST_MOBILENET_JOB_RUNNING,
  GST_MOBILENET_JOB_DONE
} GstMobilenetJobState;

typedef struct _GstMobilenetJob GstMobilenetJob;
struct _GstMobilenetJob
{
  /* private; the worker's lock */
  GstMobilenetJobState state;
  GstMobilenetJob *next;
};

typedef struct _GstMobilenetWorker GstMobilenetWorker;

/* Does a job on thread number thread, with no lock held. */
typedef void (*GstMobilenetWorkFunc) (GstMobilenetJob *job, guint thread,
    gpointer user_data);

/* Called after each job, on its thread, with no lock held; the job is its
 * owner's again, and may be gone. */
typedef void (*GstMobilenetDoneFunc) (gpointer user_data);

/* Starts n_threads threads, fewer where no more can be made; NULL with error
 * where none can. done may be NULL. background: they give way to
 * the process's other threads where the system can do that for one thread
 * (Linux). Their names show in tools. */
GstMobilenetWorker *gst_mobilenet_worker_new (guint n_threads,
    gboolean background, const gchar *name, GstMobilenetWorkFunc func,
    GstMobilenetDoneFunc done, gpointer user_data, GError **error);
/* What has not begun is not done; waits for what runs. */
void gst_mobilenet_worker_free (GstMobilenetWorker *worker);

/* The job must be IDLE or DONE. */
void
gst_mobilenet_worker_push (GstMobilenetWorker *worker, GstMobilenetJob *job);
GstMobilenetJobState gst_mobilenet_worker_get_state (GstMobilenetWorker *worker,
    GstMobilenetJob *job);
/* TRUE: it had not begun, and is the caller's again. */
gboolean gst_mobilenet_worker_take_back (GstMobilenetWorker *worker,
    GstMobilenetJob *job);
/* Waits until the job is neither queued nor running. */
void
gst_mobilenet_worker_wait (GstMobilenetWorker *worker, GstMobilenetJob *job);
/* The same. FALSE: it still is at deadline (g_get_monotonic_time;
 * G_MAXINT64: none), or from gst_mobilenet_worker_interrupt on. */
gboolean gst_mobilenet_worker_wait_until (GstMobilenetWorker *worker,
    GstMobilenetJob *job, gint64 deadline);
/* TRUE: gst_mobilenet_worker_wait_until returns at once, until FALSE. Any
 * thread. */
void
gst_mobilenet_worker_interrupt (GstMobilenetWorker *worker, gboolean interrupt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetWorker, gst_mobilenet_worker_free)

G_END_DECLS

#endif /* GST_MOBILENET_WORKER_H */
