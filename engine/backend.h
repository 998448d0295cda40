/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The interface between the engine and whatever computes: the CPU, OpenCL,
 * a fake one in the tests. A backend is one const table.
 *
 * The engine stands in front of every call (plan.c, session.c): arguments
 * are checked there, references are held there, and calls on one session
 * never overlap. A backend whose calls may block on a driver says so
 * (may_hang): all its calls are then made on one thread a context, while
 * everybody else waits with a deadline (device_thread.h). A backend reports
 * MN_ERROR_DEVICE for a failure that may pass, MN_ERROR_LOST for good.
 */

#ifndef MN_BACKEND_H
#define MN_BACKEND_H

#include "engine/graph/graph.h"
#include "engine/preprocess/preprocess.h"

G_BEGIN_DECLS

typedef struct _MnPool MnPool; /* engine/base/pool.h */
typedef struct _MnBell MnBell; /* engine/base/bell.h */

/* The context's threads; a backend takes them from here only. */
MnPool *mn_context_get_pool (MnContext *context);

/* A backend's own structs start with nothing of ours: opaque here. */
typedef struct _MnBackendPlan MnBackendPlan;
typedef struct _MnBackendSession MnBackendSession;

struct _MnBackend
{
  const gchar *name;  /* "cpu" */
  gboolean may_hang;  /* calls go to the device thread */
  gboolean self_test; /* plans are used once they have computed something as
                       * the CPU does (core/passed.h) */

  /* Compiles a whole graph or says what it cannot run: layers of one frame
   * never hop. graph outlives the plan, but for the data of its constants:
   * the plan copies what it needs of them, or calls mn_graph_keep. A precision
   * is asked for with graphs of floats only (mn_graph_is_float). */
  MnBackendPlan *(*compile) (MnContext *context, const MnGraph *graph,
      const MnPlanOptions *options, GError **error);
  void (*plan_free) (MnBackendPlan *plan);
  /* The plan has passed the self-test, now or at an earlier start: what was
   * made for it may be kept for the next one. NULL: nothing is. */
  void (*plan_passed) (MnBackendPlan *plan);
  /* TRUE: all that was made for the plan was kept by plan_passed at an earlier
   * start, so that it computes as it did then. NULL: never. */
  gboolean (*plan_is_known) (MnBackendPlan *plan);
  /* The network of floats that is computed in place of one of integers
   * (engine/passes/float_twin.h), whole until plan_passed; its outputs become
   * integers in the end. NULL, and where the function is: none is. */
  const MnGraph *(*plan_twin) (MnBackendPlan *plan);
  /* What a plan computes in, where MN_PRECISION_AUTO left the choice: float32
   * or float16. NULL: what was asked for. */
  MnPrecision (*plan_precision) (MnBackendPlan *plan);
  /* The plan computes something else of this frame, which it is shown through
   * preprocess (NULL: it is a tensor), than it should: looks for layers whose
   * numbers are too large for its precision, and computes them in another.
   * TRUE: there were such layers, and it may be right now. FALSE without an
   * error: there are none. NULL: the same. */
  gboolean (*plan_mend) (MnBackendPlan *plan, const MnPreprocess *preprocess,
      MnFrame *frame, GError **error);
  /* Owned by the plan. */
  const gchar *(*plan_device) (MnBackendPlan *plan);
  /* Tells the device that compile would take for this option (MnPlanOptions)
   * from every other, as far as the speed of plans goes: itself, its driver,
   * the backend's kernels. Opens nothing. Free with g_free. NULL, and where
   * the function is: not known. */
  gchar *(*identify) (const gchar *device);

  /* Whether frames may lie in such memory, with such a DRM modifier: the
   * plan's device was seen to read it in place. Any thread. Where a frame
   * cannot be imported all the same, its submission fails, there or in wait,
   * with MN_ERROR_UNSUPPORTED. NULL: host memory only. */
  gboolean (*imports) (MnBackendPlan *plan, MnMemory memory, guint64 modifier);

  /* n_slots: how many submissions may be in flight (1..MN_MAX_IN_FLIGHT).
   * All memory a frame needs is taken here. */
  MnBackendSession *(*session_new) (MnBackendPlan *plan, guint n_slots,
      GError **error);
  void (*session_free) (MnBackendSession *session);

  /* At most so many threads from the next submission on. NULL: it has none of
   * its own. */
  void (*set_threads) (MnBackendSession *session, guint threads);
  /* See mn_session_set_cancelled. NULL: submit does not compute itself. */
  void (*set_cancelled) (MnBackendSession *session, const gint *cancelled);
  /* The preprocessing stage for what follows; NULL: frames are
   * MN_FORMAT_TENSOR. Called with nothing in flight. The session takes what it
   * needs of it; where that fails, what was set before stays. */
  gboolean (*set_input) (MnBackendSession *session,
      const MnPreprocess *preprocess, GError **error);
  /* Starts n checked frames in slot. May finish there. stages: what makes the
   * input of each, NULL for the one that was set, as are they all where stages
   * is NULL; of the same source and output, and kept until wait or cancel
   * returns. Output o of frame f goes to outputs[f][o].data, which has room for
   * it: the engine's memory, as are the lists, kept until then too. From here
   * until wait or cancel has returned it may be written at any time; what is
   * there counts once wait was TRUE. After a failure nothing writes it any
   * more, but after MN_ERROR_LOST something may: then it is nobody's for
   * good. */
  gboolean (*submit) (MnBackendSession *session, guint slot,
      MnFrame *const *frames, const MnPreprocess *const *stages, guint n,
      MnTensorView *const *outputs, GError **error);
  /* Has the bell, which was armed, rung when what was submitted in slot has
   * ended, well or not: at any time, on any thread, maybe before this returns,
   * maybe after the session is gone. wait will then not block. FALSE: nobody
   * rings it, and wait is all there is. NULL: the same. */
  gboolean (*tell) (MnBackendSession *session, guint slot, MnBell *bell);
  /* Waits for slot until deadline (g_get_monotonic_time). MN_ERROR_TIMEOUT: it
   * is still in flight; any other failure ends it. */
  gboolean (*wait) (MnBackendSession *session, guint slot, gint64 deadline,
      GError **error);
  /* Forgets slot; returns when the frames are no longer read, nor the outputs
   * written. FALSE: they may be, as after MN_ERROR_LOST. NULL: the engine waits
   * instead. */
  gboolean (*cancel) (MnBackendSession *session, guint slot);
  /* What the preprocessing stage that was set makes of one frame: floats, h
   * x w x c. Only called where one was set. NULL: not to be had. */
  gboolean (*read_input) (MnBackendSession *session, MnFrame *frame,
      gfloat *out, GError **error);
  /* Fills times of at most max layers; returns how many there are. NULL:
   * keeps none. */
  guint (*profile) (MnBackendSession *session, MnLayerTime *layers, guint max,
      guint64 *runs);
};

/* Shows a model's graph to somebody who makes no plan of it, as a backend sees
 * it. FALSE: look's, or the constants cannot be read. */
typedef gboolean (*MnLook) (const MnGraph *graph, gpointer data,
    GError **error);
gboolean
mn_model_look (MnModel *model, MnLook look, gpointer data, GError **error);

/* The CPU with its fastest kernels, and with the reference kernels. */
extern const MnBackend mn_backend_cpu;
extern const MnBackend mn_backend_reference;

G_END_DECLS

#endif /* MN_BACKEND_H */
