/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine's one public header: model file in, frames in, results out.
 *
 *   MnContext  threads and backends of the process; passed in, never made
 *              by a plan
 *   MnModel    a model file as a checked graph; immutable, shared
 *   MnPlan     a model compiled by one backend; immutable, shared
 *   MnSession  one stream's working memory on a plan; one thread at a time
 *   MnFrame    a picture where it lies; the input of a session
 *   MnResult   what the network said about one frame
 *
 * All tensors are NHWC. Every function that can fail returns FALSE or NULL
 * and sets a GError of MN_ERROR whose text names file, layer, operator,
 * value and reason. free and unref functions accept NULL. Contexts, models,
 * plans, frames and results may be referenced from any thread.
 */

#ifndef MN_H
#define MN_H

#include <glib.h>

#include "engine/mn_frame.h"

G_BEGIN_DECLS

/* ---- errors ---------------------------------------------------------- */

#define MN_ERROR (mn_error_quark ())
GQuark mn_error_quark (void);

typedef enum
{
  MN_ERROR_NOT_FOUND,   /* no such file */
  MN_ERROR_READ,        /* the file is there and cannot be read */
  MN_ERROR_FORMAT,      /* not a model, or another kind of model */
  MN_ERROR_TRUNCATED,   /* a model whose end is missing */
  MN_ERROR_INVALID,     /* a model that contradicts itself */
  MN_ERROR_UNSUPPORTED, /* a sound model that we cannot run */
  MN_ERROR_ARGUMENT,    /* the caller's mistake */
  MN_ERROR_NO_MEMORY,
  MN_ERROR_NO_BACKEND, /* no such backend, or it has no device */
  MN_ERROR_COMPILE,    /* the backend could not compile the graph */
  MN_ERROR_DEVICE,     /* this frame failed; the next may work */
  MN_ERROR_LOST,       /* the device is gone for good */
  MN_ERROR_TIMEOUT,    /* the deadline passed */
  MN_ERROR_CANCELLED
} MnError;

/* ---- tensors --------------------------------------------------------- */

#define MN_MAX_RANK 6

typedef enum
{
  MN_DTYPE_F32,
  MN_DTYPE_F16,
  MN_DTYPE_U8,
  MN_DTYPE_I8,
  MN_DTYPE_I16,
  MN_DTYPE_I32,
  MN_DTYPE_I64,
  MN_DTYPE_BOOL
} MnDType;

gsize mn_dtype_size (MnDType dtype);        /* bytes an element */
const gchar *mn_dtype_name (MnDType dtype); /* "float32", "uint8"... */

/* A dense tensor on the host. Who owns data: see the function that gives
 * it. */
typedef struct
{
  const gchar *name; /* NULL where it has none */
  MnDType dtype;
  guint rank;
  gint32 dims[MN_MAX_RANK];
  gpointer data;
  gsize size; /* bytes at data */
} MnTensorView;

/* ---- context --------------------------------------------------------- */

typedef struct _MnContext MnContext;
typedef struct _MnBackend MnBackend; /* engine/backend.h */

/* A context with the engine's own backends: "cpu" and "reference". */
MnContext *mn_context_new (void);
/* The process's context, made at the first call. Owned by the engine. */
MnContext *mn_context_get_default (void);
MnContext *mn_context_ref (MnContext *context);
void mn_context_unref (MnContext *context);

/* Adds a backend, or replaces the one of the same name. The table must
 * outlive the context. */
void mn_context_add_backend (MnContext *context, const MnBackend *backend);
/* NULL when there is none of that name. */
const MnBackend *mn_context_get_backend (MnContext *context, const gchar *name);

/* Makes the calling thread one that lets others go first, for good: it gets
 * a lower priority where the system has that, and threads of the engine that
 * help it have one too. For inference beside a live stream. */
void mn_thread_set_background (void);

/* How many CPUs the process may use now, at least 1: those of the calling
 * thread's affinity mask (taskset, cpusets), and no more than the quota of
 * its control groups, which is rounded to the nearest whole number. Reads
 * some files: not for each frame. */
guint mn_cpus_count (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnContext, mn_context_unref)

/* ---- model ----------------------------------------------------------- */

typedef struct _MnModel MnModel;

typedef enum
{
  MN_TASK_CLASSIFICATION,
  MN_TASK_DETECTION,
  MN_TASK_SEGMENTATION,
  MN_TASK_EMBEDDING,
  MN_TASK_GRID /* classes of each cell of a grid */
} MnTask;

const gchar *mn_task_name (MnTask task); /* "classification"... */
/* The kind of network in words with an article, such as "an embedding model
 * (...)". */
const gchar *mn_task_advice (MnTask task);

/* What the values of the output with the classes are. */
typedef enum
{
  MN_VALUES_PROBABILITIES,   /* as they are */
  MN_VALUES_LOGITS,          /* a softmax makes them that */
  MN_VALUES_ONE_PROBABILITY, /* one value: of the second of two classes */
  MN_VALUES_ONE_LOGIT        /* the same, once a sigmoid is over it */
} MnValues;

/* How a list of labels was read. */
typedef struct
{
  guint first;       /* how the file counts the first: 0, or 1 */
  const gchar *form; /* for people; never freed */
  gchar *doubt;      /* what may be wrong with that; NULL: nothing */
} MnLabelsNote;

/* Frees what it holds and zeroes it. */
void mn_labels_note_clear (MnLabelsNote *note);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnLabelsNote, mn_labels_note_clear)

/* What a user of a model has to know about it. Strings belong to the
 * model. */
typedef struct
{
  const gchar *name; /* base name of the file, made valid UTF-8 */
  MnTask task;
  guint width, height, channels; /* input picture; channels 1 or 3 */
  MnDType input_dtype;           /* F32, U8 or I8 */
  guint output;                  /* which one tells the classes */
  guint n_outputs;
  const gchar *output_why;   /* for people */
  const gchar *output_doubt; /* for the user; NULL: none */
  MnDType output_dtype;
  guint n_classes; /* elements of that output; 2 where it is one */
  /* The values that the network wants: (pixel - mean) / std, pixel in
   * 0..255, a value a channel. Where they come from: see norm_source. */
  gfloat mean[4], std[4];
  const gchar *norm_source; /* "metadata", "modelinfo", "quantisation",
                             * "graph", "guess" */
  const gchar *norm_why;    /* for people; NULL: the source says all */
  const gchar *norm_doubt;  /* for the user, with what to set; NULL: it is
                             * no guess */
  MnValues values;
  gboolean quantised;         /* integer activations throughout */
  const gchar *const *labels; /* NULL-terminated; NULL: none found */
  guint n_labels;
  const gchar *labels_source; /* "metadata" or a file name; NULL */
  MnLabelsNote labels_note;   /* the model's; zeros without labels */
} MnModelInfo;

/* Reads a .tflite file, checks it, folds and fuses. Labels: those in the
 * TFLite metadata, else <model>.labels, else labels.txt, labelmap.txt or
 * another of the usual names beside it. */
MnModel *mn_model_load (const gchar *path, GError **error);
/* The same, shared with whoever has loaded this file in this context and
 * still has it, as long as the file is the same one on the disk. */
MnModel *mn_model_get (MnContext *context, const gchar *path, GError **error);
/* The model as it is understood with a list of n_labels, read so, in place of
 * its own: among several outputs their number may choose another one. Shares
 * all that is large with model; a reference on that itself where nothing
 * differs. */
MnModel *
mn_model_with_labels (MnModel *model, guint n_labels, const MnLabelsNote *note);
/* The same from memory; name stands for the file in messages. */
MnModel *mn_model_load_bytes (GBytes *bytes, const gchar *name, GError **error);
MnModel *mn_model_ref (MnModel *model);
void mn_model_unref (MnModel *model);
const MnModelInfo *mn_model_get_info (MnModel *model);
/* Values of the network's input, as mn_session_preprocess gives them, as its
 * tensor holds them: floats as they are, else bytes, each the nearest one by
 * the tensor's scale and zero point (halves away from zero), clamped. n values
 * become the size bytes at out: n elements of input_dtype. */
gboolean mn_model_pack_input (MnModel *model, const gfloat *values, gsize n,
    gpointer out, gsize size, GError **error);
/* A line for people: which values are taken for pixels, which output tells
 * the classes and what its values are, each with the reason. g_free. */
gchar *mn_model_explain (MnModel *model);
/* A text for people: input, output, layers with shapes. Free with g_free. */
gchar *mn_model_describe (MnModel *model);
/* The graph for Graphviz. Free with g_free. */
gchar *mn_model_to_dot (MnModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnModel, mn_model_unref)

/* ---- labels ---------------------------------------------------------- */

/* Bytes of a label at most, and labels of a list: longer ones are cut, longer
 * lists are refused. */
#define MN_LABEL_MAX_BYTES 256
#define MN_LABELS_MAX_COUNT 100000

/* A label that is too long, cut behind a character, with an ellipsis; g_free.
 * NULL: it is not too long. Takes no longer for a long one. */
gchar *mn_label_cut (const gchar *label);

/* Reads a labels file: one label a line, trailing blank lines and lines of
 * comment ("# ") dropped; numbers in front ("0 tench", "0: tench"), where they
 * count classes; a table with headings, one of them for the numbers; values in
 * brackets: JSON, a list or dictionary of Python's, a label map ("item { id: 1
 * name: 'tench' }"). ImageNet's numbers ("n01440764 tench") are dropped. UTF-8,
 * UTF-16 with its mark, else Latin-1; LF or CRLF. Free with g_strfreev. */
gchar **mn_labels_load (const gchar *path, GError **error);
/* The same; note, the caller's to clear: how it was read. */
gchar **mn_labels_read (const gchar *path, MnLabelsNote *note, GError **error);

/* What to add to a class index to get its line in a list of n_labels, so
 * that both usual ImageNet lists (1000, and 1001 with background first)
 * serve both kinds of model. FALSE: the lengths do not fit (offset is then
 * 0, and classes past the end have no label). */
gboolean mn_labels_offset (guint n_labels, guint n_classes, gint *offset);
/* The same for a list that was read so. */
gboolean mn_labels_fit (const MnLabelsNote *note, guint n_labels,
    guint n_classes, gint *offset);
/* The same for a model: of one that gives one value, one label is the second
 * class's. */
gboolean mn_labels_fit_model (const MnLabelsNote *note, guint n_labels,
    const MnModelInfo *info, gint *offset);

/* ---- preprocessing --------------------------------------------------- */

typedef enum
{
  MN_FIT_CROP,     /* the largest centred part of the right
                    * shape */
  MN_FIT_STRETCH,  /* all of it, shape not kept */
  MN_FIT_LETTERBOX /* all of it, shape kept, grey margins */
} MnFit;

/* How the pixels of a stream become the network's input. */
typedef struct
{
  MnFrameDesc source;
  MnFit fit;
  gboolean has_norm;      /* FALSE: the model's mean and std */
  gfloat mean[4], std[4]; /* pixel values 0..255 */
} MnInput;

/* Sets has_norm, mean and std from texts as people write them: one number,
 * or one a channel, separated by commas. NULL: the model's own. */
gboolean mn_input_set_norm (MnInput *input, const MnModelInfo *info,
    const gchar *mean, const gchar *std, GError **error);

/* Which pixels of input's frames are read for a network's picture of width x
 * height; and whole samples of chroma, where one belongs to some of them. */
MnRect mn_frame_read_rect (const MnInput *input, guint width, guint height);

/* For whoever cannot let the engine keep a frame for long: a copy of what it
 * will read of a frame in host memory, the network's picture being width x
 * height. Fills planes, of the same places in the picture, over memory of
 * mn_frame_copy_size bytes; what is not read stays as it is there. FALSE with
 * MN_ERROR_ARGUMENT: the planes do not hold what input->source says. Size 0:
 * frames of tiles cannot be copied so. */
gsize mn_frame_copy_size (const MnFrameDesc *desc);
gboolean mn_frame_copy (const MnFrame *frame, const MnInput *input, guint width,
    guint height, gpointer memory, MnPlane *planes, GError **error);

/* ---- plan ------------------------------------------------------------ */

typedef struct _MnPlan MnPlan;

typedef enum
{
  MN_PRECISION_AUTO,
  MN_PRECISION_F32,
  MN_PRECISION_F16,
  MN_PRECISION_BF16
} MnPrecision;

/* Whether a backend that has several forms of its kernels measures which of
 * them its device computes fastest, when it compiles. What it finds is kept on
 * disk: for the same network, device and driver it is not looked for again. */
typedef enum
{
  MN_TUNING_OFF,  /* no: nothing is measured, nor is what was found before
                   * used */
  MN_TUNING_FAST, /* for 2 s at most, the layers with the most work first */
  MN_TUNING_FULL  /* all forms of all layers, for 20 s at most */
} MnTuning;

typedef struct
{
  const gchar *backend; /* "cpu", "reference", "opencl" */
  const gchar *device;  /* index or part of the name; NULL: any */
  MnPrecision precision;
  MnTuning tuning;
  guint threads;         /* CPU: 0 = mn_cpus_count () */
  gboolean profile;      /* keep times of each layer */
  gboolean automatic;    /* nobody asked for this backend: one that has
                          * no device made for it (OpenCL: no GPU)
                          * gives MN_ERROR_NO_BACKEND */
  const gint *cancelled; /* atomic: once it is not 0, compiling gives up
                          * soon with MN_ERROR_CANCELLED; NULL: never */
} MnPlanOptions;

/* What becomes of a precision that the model has no use for, a line for the
 * user: networks of integers are computed in these on every backend, whatever
 * is asked for. NULL: it is used. Free with g_free. */
gchar *mn_model_explain_precision (MnModel *model, MnPrecision precision);

/* Compiles. The plan keeps its own references. */
MnPlan *mn_plan_new (MnContext *context, MnModel *model,
    const MnPlanOptions *options, GError **error);
/* The same, shared with whoever has compiled this model with these options
 * in this context and still has the plan. */
MnPlan *mn_plan_get (MnContext *context, MnModel *model,
    const MnPlanOptions *options, GError **error);
MnPlan *mn_plan_ref (MnPlan *plan);
void mn_plan_unref (MnPlan *plan);
MnModel *mn_plan_get_model (MnPlan *plan);
const gchar *mn_plan_get_backend (MnPlan *plan);
/* The device's name, such as "AVX-512, 2 threads". */
const gchar *mn_plan_get_device (MnPlan *plan);
/* Whether it computes frames in such memory, with such a DRM modifier (0: as
 * rows), where they lie. Frames in host memory are for all. Any thread. */
gboolean mn_plan_imports (MnPlan *plan, MnMemory memory, guint64 modifier);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnPlan, mn_plan_unref)

/* ---- result ---------------------------------------------------------- */

/* What the network said about one frame. Immutable, counted. */
typedef struct _MnResult MnResult;

typedef struct
{
  gint index;        /* class index, as the network counts */
  gfloat confidence; /* 0..1 */
} MnClass;

MnResult *mn_result_ref (MnResult *result);
void mn_result_unref (MnResult *result);
MnTask mn_result_get_task (const MnResult *result);
/* Which backend computed it, and the time from submit to done in ns. */
const gchar *mn_result_get_backend (const MnResult *result);
guint64 mn_result_get_latency (const MnResult *result);
guint mn_result_get_n_outputs (const MnResult *result);
/* Output i as the network gives it (quantised ones stay so). */
const MnTensorView *mn_result_get_output (const MnResult *result, guint i);
/* The probabilities of the classes: the output that tells them, dequantised,
 * and put through a softmax if the network itself ends without one; of one
 * value (MnValues) two. n of them. */
const gfloat *mn_result_get_scores (const MnResult *result, guint *n);
/* The k best classes of at least threshold, best first; returns how many. */
guint mn_result_top_k (const MnResult *result, guint k, gfloat threshold,
    MnClass *classes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnResult, mn_result_unref)

/* ---- session --------------------------------------------------------- */

typedef struct _MnSession MnSession;

/* Names one submission of one session; never 0. */
typedef guint64 MnTicket;

/* wait without a bound */
#define MN_FOREVER G_MAXINT64

MnSession *mn_session_new (MnPlan *plan, GError **error);
/* Cancels what is in flight. */
void mn_session_free (MnSession *session);
/* On the CPU: at most so many of the plan's threads, from the next frame on;
 * for callers that run several sessions side by side. */
void mn_session_set_threads (MnSession *session, guint threads);
/* On the CPU: once *cancelled (atomic) is not 0, a frame is given up soon, with
 * MN_ERROR_CANCELLED, whichever thread sets it. NULL: never. It must outlive
 * the session. */
void mn_session_set_cancelled (MnSession *session, const gint *cancelled);
/* Makes the preprocessing stage for a stream; again after each caps change.
 * Cheap: touches no weights. Nothing may be in flight. */
gboolean
mn_session_set_input (MnSession *session, const MnInput *input, GError **error);
/* Starts n frames (1..MN_MAX_BATCH) as one batch; all of the described
 * kind. A frame whose desc has a crop of its own is seen through that one
 * instead of the input's: one picture can so be several frames. Takes its own
 * references on the frames until wait or cancel returns. The CPU finishes
 * inside. */
#define MN_MAX_BATCH 16
#define MN_MAX_IN_FLIGHT 4
gboolean mn_session_submit (MnSession *session, MnFrame *const *frames, guint n,
    MnTicket *ticket, GError **error);
/* Waits until deadline (g_get_monotonic_time, us) and fills results[0..n-1],
 * the caller's to unref. MN_ERROR_TIMEOUT leaves the ticket in flight; every
 * other end retires it. */
gboolean mn_session_wait (MnSession *session, MnTicket ticket, gint64 deadline,
    MnResult **results, GError **error);
void mn_session_cancel (MnSession *session, MnTicket ticket);
/* The network's declared input for this frame, before any scale that the
 * graph itself starts with: height x width x channels floats, for tests and
 * the tool. Of a tensor of integers, the numbers that these stand for. */
gboolean mn_session_preprocess (MnSession *session, MnFrame *frame, gfloat *out,
    gsize n_floats, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnSession, mn_session_free)

/* ---- runner ---------------------------------------------------------- */

/* A session on a device with the CPU behind it: what a stream uses that
 * must never lose a frame. Any failure of the device, at whatever call,
 * finishes the frame on the CPU, leaves a warning to be fetched, and sets
 * the device aside: for retry_delay, doubled at each failure in a row up to
 * 64 times; for good after MN_ERROR_LOST or a call that hung. A call that
 * hangs costs its deadline once; its thread and objects are abandoned. */
typedef struct _MnRunner MnRunner;

typedef struct
{
  const gchar *device_backend; /* "opencl"; NULL: the CPU alone */
  gboolean need_device;        /* no device at the start is an error, and
                                * the start waits for it; else the CPU
                                * answers until the device is ready */
  const gchar *cpu_backend;    /* NULL: "cpu" */
  const gchar *device;
  MnPrecision precision;
  MnTuning tuning; /* of the device */
  guint threads;
  gint64 start_timeout;  /* us for a compile; 0: 60 s */
  gint64 frame_timeout;  /* us for a frame on the device; 0: 2 s */
  gint64 retry_delay;    /* us; 0: 1 s */
  gboolean any_speed;    /* without need_device: use the device even
                          * where the CPU is faster */
  const gint *cancelled; /* as for mn_session_set_cancelled: outlives
                          * the runner */
  guint depth;           /* as for mn_runner_set_depth; what it takes is
                          * there from the start */
} MnRunnerOptions;

/* Submissions in flight at most, and those that the CPU computes at once. */
#define MN_RUNNER_MAX_IN_FLIGHT (MN_RUNNER_MAX_LANES + 1)
#define MN_RUNNER_MAX_LANES 8

/* How it stands with a submission. */
typedef enum
{
  MN_PROGRESS_DONE,     /* mn_runner_wait comes back at once */
  MN_PROGRESS_ON_CPU,   /* whoever finishes it says so (mn_runner_set_done) */
  MN_PROGRESS_ON_DEVICE /* only mn_runner_wait finds out whether it is done */
} MnProgress;

MnRunner *mn_runner_new (MnContext *context, MnModel *model,
    const MnRunnerOptions *options, GError **error);
void mn_runner_free (MnRunner *runner);
/* As mn_session_set_input, _submit, _wait and _cancel, but that frames may be
 * in flight when the input changes: those are seen by the one before. wait
 * fails only when the CPU fails too, or with MN_ERROR_TIMEOUT at the caller's
 * deadline. */
gboolean
mn_runner_set_input (MnRunner *runner, const MnInput *input, GError **error);
gboolean mn_runner_submit (MnRunner *runner, MnFrame *const *frames, guint n,
    MnTicket *ticket, GError **error);
gboolean mn_runner_wait (MnRunner *runner, MnTicket ticket, gint64 deadline,
    MnResult **results, GError **error);
void mn_runner_cancel (MnRunner *runner, MnTicket ticket);
/* Looks at a submission in flight, and waits for nothing. */
MnProgress mn_runner_look (MnRunner *runner, MnTicket ticket);
/* How many submissions are going to be in flight: where it is one (as at the
 * start) the CPU computes it with all its threads, inside submit; else each on
 * a thread of its own (a lane), several at once. */
void mn_runner_set_depth (MnRunner *runner, guint depth);
/* How many make what computes now busy, of batches or of single frames. Any
 * thread. */
guint mn_runner_get_depth (MnRunner *runner, gboolean batches);
/* done (NULL: nobody wants to know) is called after each submission that a
 * lane has finished, by its thread; not any more when this has returned with
 * another. Calls nothing of the runner. destroy frees data then, or with the
 * runner. */
void mn_runner_set_done (MnRunner *runner, void (*done) (gpointer data),
    gpointer data, GDestroyNotify destroy);
/* What computes now. Valid until the runner is freed; any thread. */
const gchar *mn_runner_get_backend (MnRunner *runner);
const gchar *mn_runner_get_device (MnRunner *runner);
/* How it stands with the device, in words for people. Never freed. */
const gchar *mn_runner_get_device_status (MnRunner *runner);
/* As mn_plan_imports, for what computes now: such frames need not be made
 * readable (prepare) before they are submitted. Where that turns out wrong
 * they are all the same, by the runner, which then says FALSE. Any thread. */
gboolean
mn_runner_imports (MnRunner *runner, MnMemory memory, guint64 modifier);
/* The oldest warning not fetched yet; the caller's to free. NULL: none. */
GError *mn_runner_pop_warning (MnRunner *runner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnRunner, mn_runner_free)

/* ---- profile --------------------------------------------------------- */

typedef struct
{
  const gchar *name;   /* layer; the plan's */
  const gchar *kernel; /* which kernel computes it; its name has
                        * "int8", "bf16" or "f16" in it where it
                        * computes in those */
  gdouble seconds;     /* sum over runs */
  gdouble flops;       /* of one run; multiply-add = 2 */
  gdouble bytes;       /* of one run: weights, input, output */
  guint launches;      /* device launches a run; CPU: 1 */
} MnLayerTime;

/* Times since the session was made, when the plan keeps them. Returns the
 * layers' number and their times (owned by the session, valid until the next
 * call); runs: how often they ran. 0 when the plan keeps none. */
guint mn_session_get_profile (MnSession *session, const MnLayerTime **layers,
    guint64 *runs);

G_END_DECLS

#endif /* MN_H */
