/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the OpenCL backend makes of a graph: values with their places in one
 * buffer, and launches with their arguments.
 *
 * Layout of all values: dense, channels last, the last dimension padded to a
 * multiple of 4 with values that are finite and never counted. They are
 * floats, or halves (half.c).
 *
 * Compiling: ../backend.c checks and walks over the nodes; files here make
 * launches of each, pack and upload its weights; plan.c has what they share
 * and places the values. Running: ../session.c. Immutable once made,
 * and touched by the device thread only. */

#ifndef MN_CL_PLAN_H
#define MN_CL_PLAN_H

#include "engine/lower/compile.h"
#include "opencl/device/program.h"
#include "opencl/import/import.h"

G_BEGIN_DECLS

typedef enum
{
  MN_CL_ARG_VALUE,
  MN_CL_ARG_MEM, /* weights: the plan's */
  MN_CL_ARG_DATA,
  MN_CL_ARG_LOCAL
} MnClArgKind;

typedef struct
{
  MnClArgKind kind;
  gsize size; /* bytes of data, or of local memory */
  gint value;
  cl_mem mem;
  guint8 data[64];
} MnClArg;

#define MN_CL_MAX_ARGS 20

typedef struct
{
  gchar *layer; /* for people */
  guint node;   /* index: launches of a node follow each
                 * other */
  const MnClProgram *program;
  guint n_args;
  MnClArg args[MN_CL_MAX_ARGS];
  gsize global[3], local[3];
  gsize items[3]; /* of global, those with work */
  guint parts;    /* that it leaves sums in; 0: it leaves none */
  guint site;     /* number of the place that its form is chosen for
                   * (tuning.h); 0: there is no choice */
  gsize tuned[3]; /* the group that was chosen; zeros: by the rule */
  gdouble flops, bytes;
} MnClLaunch;

typedef struct _MnClTuning MnClTuning; /* tuning.h */

/* One that the CPU computes of what was read back: nobody on the device asks
 * for it. */
typedef struct
{
  guint output; /* of the graph */
  gsize n_rows, row;
  gfloat beta;
} MnClSoftmax;

/* A part of the arena, or of the results' buffer, for values that take turns
 * there. */
typedef struct
{
  gsize offset, size; /* bytes */
  gboolean of_results;
} MnClRegion;

struct _MnBackendPlan
{
  const MnGraph *graph;
  MnGraph *twin;           /* owned; then it is the graph. NULL: none */
  const MnGraph *declared; /* what frames and results are of; the graph, or
                            * one of integers */
  /* From what is written for declared to what twin wants; a value a channel. */
  gfloat twin_scale[4], twin_offset[4];
  MnClDevice *device;
  const gint *cancelled; /* while compiling; or NULL */
  gboolean profile;
  gboolean half;       /* what is stored is of 16 bits, where it can be */
  gboolean half_maths; /* and products and depthwise convolutions compute in
                        * it, which takes cl_khr_fp16 */
  gboolean *wide;      /* nodes that are not to be in half; or NULL */
  GPtrArray *programs; /* MnClProgram, owned */
  GPtrArray *wishes;   /* while it is only noted which ones are needed: those,
                        * less the programs themselves; else NULL */
  GPtrArray *asked;    /* the programs that are asked for, while that is
                        * noted; else NULL */
  MnClTuning *tuning;  /* NULL: off */
  GArray *weights;     /* cl_mem, owned */
  /* By MnTensor, what was found out about constants: 1 or -1. */
  GHashTable *bytes;   /* are those of a file's weights */
  GHashTable *halves;  /* fit halves */
  GArray *values;      /* MnValue; constants are weights (cl_mem), results
                        * lie elsewhere: in the buffer that is read back */
  GPtrArray *launches; /* MnClLaunch, owned */
  GArray *softmaxes;   /* MnClSoftmax */
  gint input;          /* value */
  guint channels;      /* of the input */
  const MnClProgram *tensor_input;
  gboolean passed;                /* what it computes is right */
  guint n_stored;                 /* programs, the first ones */
  MnClImporter *importer;         /* NULL: frames lie in host memory only */
  gsize arena_size, results_size; /* bytes */
  GArray *regions;                /* MnClRegion */
  guint *region_of;               /* by value; of those that have a place */
};

/* a file of this folder each, or a few together */
gboolean mn_cl_make_conv (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_dwconv (MnCompile *c, const MnNode *node, GError **error);
gboolean
mn_cl_make_fully_connected (MnCompile *c, const MnNode *node, GError **error);
gboolean
mn_cl_make_squeeze_excite (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_pool (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_mean (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_binary (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_unary (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_softmax (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_pad (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cl_make_reshape (MnCompile *c, const MnNode *node, GError **error);

/* A layer that others are made of: y = factor times the sum of x over its
 * pixels. */
gboolean mn_cl_add_mean (MnCompile *c, gint x, gint y, gsize pixels,
    gsize slices, gfloat factor, GError **error);
/* The node that alone reads what this one computes, being its mean over all
 * pixels; -1: there is none. */
gint mn_cl_mean_behind (MnCompile *c, const MnNode *node);
/* y = activation (w * x + bias) + residual */
typedef struct
{
  gint x;
  guint parts; /* above 0: x is the mean, factor times the sum of so many
                * vectors that lie there one after another */
  gfloat factor;
  const MnTensor *w, *bias; /* OI of a node's constants; NULL: no bias */
  gint residual;            /* -1: none */
  gint y;
  MnActivation activation;
} MnClVector;

gboolean mn_cl_add_vector (MnCompile *c, const MnNode *node,
    const MnClVector *vector, GError **error);
/* y = activation (x), which may be the same value. */
gboolean mn_cl_add_unary (MnCompile *c, gint x, gint y, MnActivation activation,
    GError **error);
/* As MnMakers's activate. */
gboolean
mn_cl_activate (MnCompile *c, const MnNode *node, gint x, GError **error);
/* y = a * b with broadcasting by the given shapes; rank and dims are y's. */
gboolean mn_cl_add_binary (MnCompile *c, MnOp op, gint a,
    const MnTensor *a_shape, gint b, const MnTensor *b_shape, gint y,
    const MnTensor *y_shape, MnActivation activation, GError **error);
/* A value with x's elements in rows of another length; x itself where that
 * is only a name. -1: error. */
gint mn_cl_rows_of (MnCompile *c, gint x, gsize row, GError **error);

/* softmax.c: what is left to do of a frame's outputs. */
void mn_cl_plan_finish (const MnBackendPlan *plan, MnTensorView *outputs);

/* ../backend.c: compiles for a device, which the plan takes, or which is freed
 * with an error; up to n_builders threads build programs. */
MnBackendPlan *mn_cl_plan_for (const MnGraph *graph, MnClDevice *device,
    const MnPlanOptions *options, guint n_builders, GError **error);
/* backend.c: what the plan has once more, and otherwise, as plan->wide says.
 * No session of it is left. FALSE: it is of no use any more. */
gboolean mn_cl_plan_remake (MnBackendPlan *plan, GError **error);
/* plan.c */
void mn_cl_plan_free (MnBackendPlan *plan);
void mn_cl_plan_passed (MnBackendPlan *plan);
/* To be called after each frame: programs that have come since the plan
 * passed go into the cache. */
void mn_cl_plan_store (MnBackendPlan *plan);
/* n rounded up to a multiple of 4 floats. */
static inline gsize
mn_cl_pad4 (gsize n)
{
  return (n + 3) / 4 * 4;
}

/* Floats of t with padding. */
gsize mn_cl_padded_size (const MnTensor *t);
/* Elements of t's last dimension; 1 for a scalar. */
gsize mn_cl_row_of (const MnTensor *t);
/* Built once a plan. NULL: error. */
const MnClProgram *mn_cl_plan_program (MnBackendPlan *plan, const gchar *name,
    const gchar *options, GError **error);
/* A constant on the device. NULL: error. */
cl_mem mn_cl_plan_upload (MnBackendPlan *plan, gconstpointer data, gsize size,
    GError **error);
/* ahead.c: what a walk over all nodes makes; owned, as in a plan. */
typedef struct
{
  GPtrArray *launches, *wishes;
  GArray *values, *softmaxes;
} MnClWalk;

typedef gboolean (*MnClMakeAll) (MnBackendPlan *plan, GError **error);
/* The walk without building or uploading anything: programs that are not there
 * yet are wishes, memory is nobody's. The plan stays as it is. FALSE:
 * something cannot be made. */
gboolean
mn_cl_plan_rehearse (MnBackendPlan *plan, MnClMakeAll make_all, MnClWalk *walk);
/* What was made in the one for what was made in the other. */
void mn_cl_walk_exchange (MnBackendPlan *plan, MnClWalk *walk);
void mn_cl_walk_clear (MnClWalk *walk);
/* Has wishes built by up to n_builders threads, where there can be several.
 * What fails is built once more when it is asked for. background: they give
 * way to other threads. */
void mn_cl_plan_build (MnBackendPlan *plan, const GPtrArray *wishes,
    guint n_builders, gboolean background);
/* The same for what make_all will ask for, as far as that can be told. */
void mn_cl_plan_build_ahead (MnBackendPlan *plan, MnClMakeAll make_all,
    guint n_builders, gboolean background);
/* What a kernel is compiled with; starts as zeros. */
typedef struct
{
  gchar text[128];
  guint site; /* as MnClLaunch's, and so is the next one */
  gsize tuned[3];
} MnClOptions;

/* half.c: the type of each value of the graph, before anything is made. */
void mn_cl_choose_elements (MnBackendPlan *plan);
/* What a launch reads and stores; -1: it has none of the kind. */
typedef struct
{
  gint x, added, scale, y;
  gboolean half_weights;
  gboolean maths; /* it can compute in half */
} MnClOperands;

/* What HALF is to be for a kernel; 0: all are floats. */
guint mn_cl_half (const MnCompile *c, const MnClOperands *operands);
/* The same of a kernel that has x and y only, and as an option. */
void
mn_cl_option_types (const MnCompile *c, MnClOptions *options, gint x, gint y);
void mn_cl_option_half (MnClOptions *options, guint half);
/* Of kernels that write the network's input. */
void mn_cl_option_input (const MnBackendPlan *plan, MnClOptions *options);
/* Bytes of an element of a value. */
gdouble mn_cl_size_of (const MnCompile *c, gint value);
/* A new value of n elements of another one's type. */
gint mn_cl_add_like (MnCompile *c, gsize n, gint like);
/* Whether a constant, or NULL, is to be stored in half. */
gboolean mn_cl_fits_half (const MnBackendPlan *plan, const MnTensor *t);
/* n floats, or halves of them; x NULL: no memory, which is the error. */
cl_mem mn_cl_upload_floats (MnBackendPlan *plan, const gfloat *x, gsize n,
    gboolean half, GError **error);
/* Places the values; FALSE when that overflows. */
gboolean mn_cl_place_values (MnBackendPlan *plan, GError **error);
/* Nothing of what was made stays, but for the programs. */
void mn_cl_plan_forget (MnBackendPlan *plan);
/* ahead.c: has built, by up to n_builders threads, what make_all will ask for,
 * as far as that can be told. background: they give way to other threads. */
typedef gboolean (*MnClMakeAll) (MnBackendPlan *plan, GError **error);
void mn_cl_plan_build_ahead (MnBackendPlan *plan, MnClMakeAll make_all,
    guint n_builders, gboolean background);
/* launch.c */
void mn_cl_option (MnClOptions *options, const gchar *name, gint value);
/* The kind of an activation; its bounds are an argument. */
void mn_cl_option_act (MnClOptions *options, const gchar *name,
    MnActivation activation);
/* Which of n forms of a kernel to take: the first one whose items have all in
 * their registers; where none has, the first. They are built, as far as that
 * is to be known. -1: error. */
gint mn_cl_plan_choose (MnBackendPlan *plan, const gchar *name,
    const MnClOptions *options, guint n, GError **error);
/* A launch of the node that is being made, options NULL: none; then its
 * arguments in the kernel's order; its size comes before local memory that
 * depends on it. */
MnClLaunch *mn_cl_add_launch (MnCompile *c, const gchar *kernel,
    const MnClOptions *options, GError **error);
void mn_cl_launch_free (gpointer launch);
void mn_cl_arg_value (MnClLaunch *launch, gint value);
void mn_cl_arg_mem (MnClLaunch *launch, cl_mem mem);
void mn_cl_arg_data (MnClLaunch *launch, gconstpointer data, gsize size);
void mn_cl_arg_int (MnClLaunch *launch, gint32 a);
void mn_cl_arg_int2 (MnClLaunch *launch, gint32 a, gint32 b);
void
mn_cl_arg_int4 (MnClLaunch *launch, gint32 a, gint32 b, gint32 c, gint32 d);
void mn_cl_arg_float (MnClLaunch *launch, gfloat a);
/* The bounds of an activation, whose kind is an option. */
void mn_cl_arg_bounds (MnClLaunch *launch, MnActivation activation);
void mn_cl_arg_local (MnClLaunch *launch, gsize n_floats);
/* The kernels' number of an activation, and its bounds. */
gint32 mn_cl_act (MnActivation activation, gfloat bounds[2]);
/* Items in each dimension, and the work group wished for; less where the
 * kernel or the device allows less (powers of two stay such). The global
 * size is rounded up to whole groups. */
void mn_cl_set_size (const MnClDevice *device, MnClLaunch *launch, gsize x,
    gsize y, gsize z, gsize group_x, gsize group_y, gsize group_z);
/* A good group for a GPU whose items in dimension 0 share what they read: as
 * many there as there are, up to most_x, then in dimension 1 and 2, unless
 * that leaves more of the device idle than another group does. */
void mn_cl_set_gpu_size (const MnClDevice *device, MnClLaunch *launch, gsize x,
    gsize y, gsize z, gsize most_x);
/* The same in two dimensions; in the third are split items, all in a group,
 * which may have as many. */
void mn_cl_set_split_size (const MnClDevice *device, MnClLaunch *launch,
    gsize x, gsize y, gsize split, gsize most_x);
/* n items of a kernel of one dimension. */
void
mn_cl_set_linear_size (const MnClDevice *device, MnClLaunch *launch, gsize n);
/* The last dimensions of six, and two more; those in front are 1. */
void mn_cl_six_dims (const MnTensor *t, gint32 *dims);
gsize mn_cl_group_items (const MnClLaunch *launch);

/* pack.c: weights in the kernels' order: blocks of 16 outputs, in each a row
 * of 16 for each input. */
#define MN_CL_BLOCK 16

typedef struct
{
  gsize n, k; /* outputs, padded to blocks; inputs */
} MnClPacking;

/* Inputs are padded position by position. */
MnClPacking mn_cl_packing (gsize n_out, gsize positions, gsize n_in);
/* w: [output][position][input]. Free with g_free; NULL: no memory. */
gfloat *mn_cl_pack (const MnClPacking *packing, const gfloat *w, gsize n_out,
    gsize positions, gsize n_in);
/* Depthwise, w: [position][channel]; the packing's k is of positions. */
gfloat *
mn_cl_pack_taps (const MnClPacking *packing, const gfloat *w, gsize channels);
/* A vector of n floats, zeros up to padded; x NULL: all zeros. */
gfloat *mn_cl_pack_vector (const gfloat *x, gsize n, gsize padded);
/* Rows of row floats, each padded to padded. */
gfloat *
mn_cl_pack_rows (const gfloat *x, gsize n_rows, gsize row, gsize padded);

/* Weights and a bias on the device. */
typedef struct
{
  cl_mem weights, bias;
  gboolean half; /* both of them */
} MnClConstants;

/* What was packed (NULL: no memory, which is the error), n_packed floats, and
 * a bias of n_out, or NULL, with zeros up to padded; in half if constants says
 * so. FALSE: error. */
gboolean mn_cl_upload_packed (MnCompile *c, const gfloat *packed,
    gsize n_packed, const MnTensor *b, gsize n_out, gsize padded,
    MnClConstants *constants, GError **error);
/* Constants of the node as the device wants them, w as above and a bias or
 * NULL. FALSE: error. */
gboolean
mn_cl_upload_weights (MnCompile *c, const MnNode *node, const MnTensor *w,
    const MnTensor *b, const MnClPacking *packing, gsize n_out, gsize positions,
    gsize n_in, MnClConstants *constants, GError **error);
/* Whether weights and bias (NULL: none) are to be in half. */
gboolean mn_cl_weights_fit_half (const MnCompile *c, const MnTensor *w,
    const MnTensor *b);

/* What look says of a constant, whose values it goes over but once: a plan is
 * walked over many times. table: one of the plan's. */
gboolean mn_cl_recall (GHashTable *table, const MnTensor *t,
    gboolean (*look) (const MnTensor *t));
/* Whether a file has the weights as integers of 8 bits around zero: w is OI,
 * with one scale or one an output. Their values are float all the same. */
gboolean mn_cl_are_bytes (MnBackendPlan *plan, const MnTensor *w);
/* Uploads such integers, packed as their values would be; the bias has the
 * outputs' scales behind it, each of the two the packing's n floats. FALSE:
 * error. */
gboolean mn_cl_upload_bytes (MnCompile *c, const MnTensor *w, const MnTensor *b,
    const MnClPacking *packing, MnClConstants *constants, GError **error);

/* session.c */
MnBackendSession *
mn_cl_session_new (MnBackendPlan *plan, guint n_slots, GError **error);
void mn_cl_session_free (MnBackendSession *session);
gboolean mn_cl_session_set_input (MnBackendSession *session,
    const MnPreprocess *preprocess, GError **error);
gboolean mn_cl_session_submit (MnBackendSession *session, guint slot,
    MnFrame *const *frames, const MnPreprocess *const *stages, guint n,
    MnTensorView *const *outputs, GError **error);
gboolean
mn_cl_session_tell (MnBackendSession *session, guint slot, MnBell *bell);
gboolean mn_cl_session_wait (MnBackendSession *session, guint slot,
    gint64 deadline, GError **error);
gboolean mn_cl_session_cancel (MnBackendSession *session, guint slot);
/* look.c */
gboolean mn_cl_session_read_input (MnBackendSession *session, MnFrame *frame,
    gfloat *out, GError **error);
/* As MnBackend's plan_mend. */
gboolean mn_cl_plan_mend (MnBackendPlan *plan, const MnPreprocess *preprocess,
    MnFrame *frame, GError **error);
guint mn_cl_session_profile (MnBackendSession *session, MnLayerTime *layers,
    guint max, guint64 *runs);

G_END_DECLS

#endif /* MN_CL_PLAN_H */
