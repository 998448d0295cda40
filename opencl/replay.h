/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan's launches, recorded once and put into a session's queue as one
 * (cl_khr_command_buffer), for drivers that have that. */

#ifndef MN_CL_REPLAY_H
#define MN_CL_REPLAY_H

#include "opencl/lower/plan.h"

G_BEGIN_DECLS

typedef struct _MnClReplay MnClReplay;

/* kernels: by launch, all of their arguments set for good. NULL: it cannot be
 * had, and launches are to be enqueued one by one. */
MnClReplay *mn_cl_replay_new (const MnBackendPlan *plan, cl_command_queue queue,
    const cl_kernel *kernels);
/* What is in the queue stays there. */
void mn_cl_replay_free (MnClReplay *replay);
/* FALSE: nothing was enqueued. */
gboolean mn_cl_replay_enqueue (MnClReplay *replay);

G_END_DECLS

#endif /* MN_CL_REPLAY_H */
