/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One start of a device: compile, session and, where the choice is ours, a
 * race against the CPU, as one job of the device thread. The runner and the
 * job hold a reference each, so that a start that hangs can be left behind.
 */

#ifndef MN_RUNNER_START_H
#define MN_RUNNER_START_H

#include "engine/core/internal.h"
#include "engine/run/race.h"

G_BEGIN_DECLS

typedef struct
{
  /* Valid once the job is done; whoever holds a reference may take them. */
  MnPlan *plan;
  MnSession *session; /* NULL: error says why */
  GError *error;
  MnRace race; /* lost, and kept: there is no session, and
                * no error */
  /* private */
  gint refcount;
  gint cancelled; /* atomic */
  MnContext *context;
  MnModel *model;
  MnRaceCourse *course; /* NULL: no race */
  gboolean has_input;
  MnInput input;
  MnPlanOptions options;
  gchar *backend, *device; /* options points here */
  MnDeviceThread *thread;
  MnJob job;
} MnRunnerStart;

/* Posts the job. options->backend must be there. course (taken): of the race,
 * or NULL. input: what is to come, for which the session is made ready; NULL:
 * not known yet. NULL: MN_ERROR_LOST, since the device's thread hangs. */
MnRunnerStart *
mn_runner_start_new (MnContext *context, MnModel *model, MnRaceCourse *course,
    const MnInput *input, const MnPlanOptions *options, GError **error);
/* Asks the job to give up, and waits for it until deadline: a process must
 * not end while a driver's compiler runs. FALSE: the job goes on, and counts
 * as hanging. */
gboolean mn_runner_start_cancel (MnRunnerStart *start, gint64 deadline);
void mn_runner_start_unref (MnRunnerStart *start);
/* TRUE: done. FALSE: not by the deadline (g_get_monotonic_time). */
gboolean mn_runner_start_wait (MnRunnerStart *start, gint64 deadline);

G_END_DECLS

#endif /* MN_RUNNER_START_H */
