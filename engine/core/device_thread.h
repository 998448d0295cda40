/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one thread that makes the calls of backends that may hang. Everybody
 * else posts jobs and waits with a deadline, so a driver that never comes
 * back stops nobody. */

#ifndef MN_DEVICE_THREAD_H
#define MN_DEVICE_THREAD_H

#include "engine/mn.h"

G_BEGIN_DECLS

typedef struct _MnDeviceThread MnDeviceThread;

typedef enum
{
  MN_JOB_IDLE,
  MN_JOB_QUEUED,
  MN_JOB_RUNNING,
  MN_JOB_DONE
} MnJobState;

/* A call to be made. Lies in the caller's memory, which must stay until the
 * job is done: func is called once, after the jobs of its kind (urgent or
 * not) posted before. Zeroed memory is an idle job. */
typedef struct _MnJob MnJob;
struct _MnJob
{
  void (*func) (gpointer data);
  gpointer data;
  gboolean slow;     /* takes seconds, as compiling does; set before
                      * it is posted */
  gboolean urgent;   /* does not wait for the device: goes before jobs
                      * that do, so that frames of several streams
                      * are on the device at once; set before it is
                      * posted */
  MnJobState state;  /* private */
  gboolean detached; /* private */
  MnJob *next;       /* private */
};

/* NULL with MN_ERROR_DEVICE: no thread can be made now. */
MnDeviceThread *mn_device_thread_new (const gchar *name, GError **error);
/* Joins. A thread whose call hangs is left behind, with its memory. */
void mn_device_thread_free (MnDeviceThread *thread);

/* With thread NULL, or on the thread itself, the job runs here and now. */
void mn_device_thread_post (MnDeviceThread *thread, MnJob *job,
    void (*func) (gpointer data), gpointer data);
/* TRUE: done. FALSE: the deadline (g_get_monotonic_time) passed first. */
gboolean
mn_device_thread_wait (MnDeviceThread *thread, MnJob *job, gint64 deadline);
/* Posts a job that nobody waits for. */
void mn_device_thread_post_detached (MnDeviceThread *thread,
    void (*func) (gpointer data), gpointer data);
/* TRUE: on the thread itself, or without one. */
gboolean mn_device_thread_is_here (MnDeviceThread *thread);
/* Waits until all is done that was posted so far. FALSE: not by the deadline.
 */
gboolean mn_device_thread_drain (MnDeviceThread *thread, gint64 deadline);

/* TRUE: a slow job ran at some time since then (g_get_monotonic_time), so
 * that what came late need not mean that a call hangs. */
gboolean mn_device_thread_was_slow (MnDeviceThread *thread, gint64 since);
/* To be said by whoever finds out that the call which runs, or is about to,
 * will not come back. */
void mn_device_thread_give_up (MnDeviceThread *thread);
/* TRUE from then on, until that call comes back all the same. */
gboolean mn_device_thread_hangs (MnDeviceThread *thread);

G_END_DECLS

#endif /* MN_DEVICE_THREAD_H */
