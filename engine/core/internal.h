/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the engine's own files share and nobody else sees. */

#ifndef MN_INTERNAL_H
#define MN_INTERNAL_H

#include "engine/backend.h"
#include "engine/core/device_thread.h"
#include "engine/model/pixels.h"
#include "engine/tasks/tasks.h"
#include "engine/base/registry.h"

G_BEGIN_DECLS

struct _MnModel
{
  gint refcount;
  MnContext *context; /* whose registry it is in; NULL: none's */
  gchar *key;         /* there */
  MnGraph *graph;     /* after the passes */
  MnModelInfo info;
  gchar **labels; /* info.labels points here */
  gchar *labels_source;
  MnInputMeaning input; /* info's strings are theirs */
  MnOutputMeaning output;
  gchar *digest; /* see mn_model_get_digest; NULL: nobody asked yet */
  MnModel *base; /* a reference on what the graph is shared
                  * with; NULL: it is the model's own */
};

struct _MnPlan
{
  gint refcount;
  gchar *key; /* in the context's registry; NULL: not in */
  MnContext *context;
  MnModel *model;
  const MnBackend *backend;
  MnBackendPlan *plan;
  gchar *remark; /* why it is not in the precision that was chosen first; or
                  * NULL */
  gboolean profile;
};

typedef struct _MnResultPool MnResultPool;

struct _MnResult
{
  gint refcount;
  MnResultPool *pool;      /* a reference while it is out */
  MnResult *next;          /* while it is in */
  const MnModelInfo *info; /* of the pool's model */
  const gchar *backend;
  guint64 latency;
  guint n_outputs;
  MnTensorView *outputs;
  gfloat *room; /* as many floats as the model's output says */
  MnPayload payload;
};

/* Constants are read by who holds them only: a model that was compiled keeps
 * no second copy of its weights. See mn_file_hold. */
const MnGraph *mn_model_get_graph (MnModel *model);
gboolean mn_model_hold (MnModel *model, GError **error);
void mn_model_release (MnModel *model);

/* What tells the model's content from any other. NULL: it cannot be read any
 * more. Any thread; free with g_free. */
gchar *mn_model_get_digest (MnModel *model);

/* What streams share. */
MnRegistry *mn_context_get_models (MnContext *context);
MnRegistry *mn_context_get_plans (MnContext *context);

/* The thread on which a backend's calls are made: NULL when they are made
 * by whoever calls. There must be one by now if they may hang. */
MnDeviceThread *
mn_context_get_device_thread (MnContext *context, const MnBackend *backend);
/* Makes that thread where it takes one. MN_ERROR_DEVICE: it cannot be made
 * now. Whoever has a plan of the backend need not ask. */
gboolean mn_context_start_device_thread (MnContext *context,
    const MnBackend *backend, GError **error);

/* Results of one session, which are used again when nobody has them any
 * more, on whatever thread that is. Results outlive the session. */
MnResultPool *mn_result_pool_new (MnModel *model, const gchar *backend);
void mn_result_pool_unref (MnResultPool *pool);
/* A result whose outputs have the shapes of the model's and any values. Only
 * allocates when more are out than ever before. NULL: MN_ERROR_NO_MEMORY. */
MnResult *mn_result_pool_take (MnResultPool *pool, GError **error);
/* For a result (taken) whose outputs may be written at any time: its memory is
 * nobody's for good. */
void mn_result_abandon (MnResult *result);
/* Fills in what the result holds, once the outputs are there. */
void mn_result_finish (MnResult *result, guint64 latency);

/* What mn_session_set_input would say, without a session. */
gboolean
mn_model_check_input (MnModel *model, const MnInput *input, GError **error);
/* Whether frames are the network's input as it is. */
static inline gboolean
mn_input_is_tensor (const MnInput *input)
{
  return input->source.format == MN_FORMAT_TENSOR;
}

/* Says what becomes of input's frames; of tensors, which need none of it,
 * nothing. */
gboolean mn_model_read_input (MnModel *model, const MnInput *input,
    MnPreprocess *preprocess, GError **error);

/* As mn_session_set_input. A backend that has not answered by the deadline
 * (g_get_monotonic_time) counts as hanging. */
gboolean mn_session_set_input_by (MnSession *session, const MnInput *input,
    gint64 deadline, GError **error);
/* Gives a session up whose device call hangs: its memory is freed when the
 * call comes back, if ever. */
void mn_session_abandon (MnSession *session);
/* TRUE once a call has not come back: mn_session_abandon is all that is left
 * to do. */
gboolean mn_session_hangs (MnSession *session);

G_END_DECLS

#endif /* MN_INTERNAL_H */
