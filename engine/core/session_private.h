/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the session's files share. */

#ifndef MN_SESSION_PRIVATE_H
#define MN_SESSION_PRIVATE_H

#include "engine/base/bell.h"
#include "engine/core/internal.h"

G_BEGIN_DECLS

typedef struct
{
  MnSession *session;
  MnTicket ticket; /* 0: free */
  guint n;
  MnFrame *frames[MN_MAX_BATCH];
  MnPreprocess crops[MN_MAX_BATCH]; /* of frames with a crop of their own */
  const MnPreprocess *stages[MN_MAX_BATCH]; /* these, or NULL */
  MnResult *results[MN_MAX_BATCH];
  MnTensorView *views[MN_MAX_BATCH];
  gint64 start;    /* us */
  gint64 deadline; /* of the wait that runs */
  MnJob submit_job, wait_job;
  MnBell *bell;       /* the submit_job's while that runs, as is rings */
  gboolean rings;     /* the backend does it */
  gboolean waiting;   /* wait_job is posted */
  gboolean submitted; /* the backend took it */
  gboolean lost;      /* the results may be written at any time */
  GError *error;      /* of submit or wait */
} MnSlot;

struct _MnSession
{
  MnPlan *plan;
  MnDeviceThread *thread; /* NULL: calls are made here */
  gboolean tells;         /* slots have bells, which the backend rings */
  MnBackendSession *session;
  MnPreprocess preprocess; /* of frames that are no tensors */
  MnInput input;           /* of the frames to come */
  MnPreprocess next_preprocess;
  gboolean next_is_tensor;
  MnJob job;     /* new, set_input, read_input */
  GError *error; /* of job */
  MnResultPool *results;
  MnSlot slots[MN_MAX_IN_FLIGHT];
  MnTicket last_ticket;
  gboolean dead; /* a job hangs: nothing may be posted */
  MnLayerTime *layers;
  guint n_layers;
};

/* TRUE, with error: nothing may be posted any more. */
gboolean mn_session_refuse_dead (MnSession *session, GError **error);
/* Whether a frame is of the input that was set, and here. */
gboolean mn_session_check_frame (MnSession *session, const MnFrame *frame,
    GError **error);

G_END_DECLS

#endif /* MN_SESSION_PRIVATE_H */
