/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the session's files share. */

#ifndef MN_CL_SESSION_H
#define MN_CL_SESSION_H

#include "opencl/preprocess/input.h"
#include "opencl/replay.h"

G_BEGIN_DECLS

typedef struct
{
  guint8 *data;                  /* results of frame after frame; NULL:
                                  * read to where they go */
  guint capacity;                /* frames */
  guint n;                       /* frames; 0: nothing in flight */
  MnFrame *frames[MN_MAX_BATCH]; /* theirs while in flight */
  MnTensorView *const *outputs;  /* where results go, while in flight */
  MnClHost hosts[MN_MAX_BATCH];  /* what the queue reads for them */
  cl_event done[MN_MAX_BATCH];   /* of the reads */
  cl_event *launched;            /* of each launch of each frame; NULL: not
                                  * profiled */
} MnClSlot;

struct _MnBackendSession
{
  MnBackendPlan *plan;
  const MnClDevice *device;
  const MnCl *cl;
  cl_command_queue queue;
  cl_mem arena, results;
  cl_mem *regions;    /* the plan's: parts of the two */
  cl_kernel *kernels; /* by launch */
  MnClReplay *replay; /* NULL: launches go one by one */
  MnClInput *input;
  const MnValue *straight; /* the one output, where it lies as it is to be
                            * given; else NULL */
  MnTensorView *floats;    /* results that have to become integers; NULL:
                            * none have */
  guint n_slots;
  MnClSlot slots[MN_MAX_IN_FLIGHT];
  gdouble *seconds; /* of the input and each launch; NULL: not
                     * kept */
  guint64 runs;
};

/* results.c: how results become what is to be given. FALSE: no memory. */
gboolean mn_cl_session_plan_results (MnBackendSession *session, GError **error);
void mn_cl_session_free_results (MnBackendSession *session);
/* Of a frame. results: what was read back; NULL where it went straight to its
 * place. */
void mn_cl_session_give_results (const MnBackendSession *session,
    const guint8 *results, MnTensorView *outputs);
/* session.c, for what looks at a frame outside of the slots (look.c), which
 * the queue is to do: where a value lies; launch i; and what the frame took
 * is freed, ok: the queue is done with it, else it is waited for, as far as
 * that can be. */
cl_mem mn_cl_session_place (const MnBackendSession *session, gint value);
gboolean mn_cl_session_launch (MnBackendSession *session, guint i,
    cl_event *event, GError **error);
void mn_cl_session_leave (MnBackendSession *session, MnFrame *frame,
    MnClHost *host, gboolean ok, GError **error);

/* profile.c: the parts of a frame that are timed, its input and each launch;
 * and the times of a slot that is done. */
guint mn_cl_session_n_stages (const MnBackendSession *session);
void mn_cl_session_take_times (MnBackendSession *session, MnClSlot *slot);

G_END_DECLS

#endif /* MN_CL_SESSION_H */
