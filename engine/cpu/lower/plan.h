/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the CPU backend makes of a graph: values with their places in the
 * arena, and layers, each one kernel call split into tasks.
 *
 * Compiling: ../backend.c checks and walks over the nodes; files here make one
 * or more layers of each and pack its weights; plan.c places the values.
 * Running: ../session.c. Immutable once made. */

#ifndef MN_CPU_PLAN_H
#define MN_CPU_PLAN_H

#include "engine/backend.h"
#include "engine/cpu/kernels/kernels.h"
#include "engine/cpu/lower/translate.h"
#include "engine/graph/bytes.h"
#include "engine/lower/compile.h"

G_BEGIN_DECLS

typedef struct _MnCpuLayer MnCpuLayer;

/* One frame on its way through the layers. */
typedef struct
{
  const MnBackendPlan *plan;
  guint8 *arena;
  gfloat *input;         /* the input when it lies elsewhere; NULL: in
                          * the arena */
  guint8 *scratch;       /* plan->scratch_size bytes a thread */
  const gint *cancelled; /* atomic, not 0: the frame is given up; NULL:
                          * never */
} MnCpuExec;

typedef struct
{
  gsize size; /* bytes of the layers' struct */
  void (*run) (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
      guint thread);
  void (*clear) (MnCpuLayer *layer); /* frees what it has besides; NULL:
                                      * nothing */
} MnCpuKind;

enum
{
  MN_CPU_IN = 0,
  MN_CPU_IN_B = 1, /* the second operand */
  MN_CPU_IN_RESIDUAL = 1,
  MN_CPU_IN_SCALE = 2,
  MN_CPU_N_IN = 3
};

/* One kernel call. The layers of a kind have a struct of its own, with what
 * their kernel takes, which starts with this. */
struct _MnCpuLayer
{
  const MnCpuKind *kind;
  gchar *name;
  const gchar *kernel;
  gdouble flops, bytes;
  const MnKernels *kernels; /* one of the plan's two tables */
  guint n_tasks;
  gint in[MN_CPU_N_IN]; /* values; -1: none */
  gint out, sums;
  gsize scratch;         /* bytes a thread */
  const gfloat *weights; /* packed ones are the plan's, others the
                          * graph's */
  const gfloat *bias;    /* the graph's, where they are not packed;
                          * or NULL */
};

struct _MnBackendPlan
{
  const MnGraph *graph;
  MnPool *pool;
  MnKernels kernels;
  MnElement element; /* of pictures */
  MnKernels narrow;  /* where that is not float32: the kernels for
                      * it */
  gboolean fuses;    /* FALSE: a layer is an operator */
  gboolean profile;
  gsize cache; /* bytes of a core's second cache */
  guint threads;
  gchar *device;
  GArray *values;    /* MnValue */
  GPtrArray *layers; /* MnCpuLayer, owned */
  gint input;        /* value */
  GArray *outputs;   /* gint: values */
  gsize n_input;     /* elements */
  guint channels;    /* of the input */
  MnDType input_dtype;
  MnBytes input_bytes; /* where that is an integer */
  gsize arena_size, scratch_size;
  GPtrArray *constants; /* copies that are operands; g_free */
  GPtrArray *kept;      /* const MnTensor *: constants that layers
                         * read where they are */
  gfloat *weights;      /* mn_pages of all layers */
  gsize n_weights;      /* floats */
  gsize packed;         /* bytes of all weights of ours */
  GArray *packs;        /* while compiling: weights.c */
};

/* a file of this folder each, or a few together */
gboolean mn_cpu_make_conv (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cpu_make_dwconv (MnCompile *c, const MnNode *node, GError **error);
gboolean
mn_cpu_make_fully_connected (MnCompile *c, const MnNode *node, GError **error);
gboolean
mn_cpu_make_squeeze_excite (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cpu_make_pool (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cpu_make_mean (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cpu_make_binary (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cpu_make_unary (MnCompile *c, const MnNode *node, GError **error);
/* elementwise.c, as MnMakers's activate. */
gboolean
mn_cpu_activate (MnCompile *c, const MnNode *node, gint x, GError **error);
gboolean mn_cpu_make_softmax (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cpu_make_pad (MnCompile *c, const MnNode *node, GError **error);
gboolean
mn_cpu_make_transpose (MnCompile *c, const MnNode *node, GError **error);
gboolean mn_cpu_make_reshape (MnCompile *c, const MnNode *node, GError **error);

/* A layer that also binary, mean and squeeze-and-excite are made of: product
 * of x (n pixels) and a value of one pixel; sums or means of x. */
void mn_cpu_add_channel_product (MnCompile *c, const MnNode *node, gint x,
    gint factors, gint out, gsize n, gsize channels);
void mn_cpu_add_mean (MnCompile *c, const MnNode *node, gint x, gint out,
    gsize n, gsize channels, gfloat scale);

/* block.c: makes blocks of the plan's layers. The last thing before
 * their weights are packed. */
void mn_cpu_make_blocks (MnCompile *c);

/* strides.c */

/* Decides how far pixels are apart, before any layer is made. */
void mn_cpu_choose_strides (MnCompile *c);

/* convert.c */

/* How a convolution computes and stores, and how the network's input is
 * stored. */
MnElement mn_cpu_conv_element (MnCompile *c, const MnNode *node);
MnElement mn_cpu_input_element (MnCompile *c);
/* The table for values stored so. */
const MnKernels *mn_cpu_kernels (MnCompile *c, MnElement element);
/* How a value is stored: float32 where its layer's maker has not said
 * otherwise. */
MnElement mn_cpu_element (const MnBackendPlan *plan, gint value);
/* The value, or the layer's input i, stored so: itself, or what a new layer
 * makes of it. -1 stays -1. */
gint
mn_cpu_as (MnCompile *c, const MnNode *node, gint value, MnElement element);
gint
mn_cpu_input_as (MnCompile *c, const MnNode *node, guint i, MnElement element);
/* Makes the plan's outputs float32. */
void mn_cpu_widen_outputs (MnCompile *c);

/* weights.c */

/* Counts bytes of weights before memory is taken for them; FALSE: they are
 * more than any network of a sensible shape needs, vectors being filled up. */
gboolean mn_cpu_count_packed (MnCompile *c, gsize bytes);
/* What is to be packed, for MnBackendPlan.packs. Free with g_array_unref. */
GArray *mn_cpu_packs_new (void);
/* Arranges for the layer's weights; k to bias as in mn_pack_weights. Where the
 * tile is MN_PACK_NOT, the strides are k and 1. */
gboolean mn_cpu_pack (MnCompile *c, const MnNode *node, MnCpuLayer *layer,
    const MnTile *tile, gsize n, gsize k, gsize run, const MnTensor *w,
    gsize n_stride, gsize k_stride, const MnTensor *bias, GError **error);
/* Packs all weights, and copies what else layers read of the model's
 * constants. The last thing that is done when layers are made. */
gboolean mn_cpu_keep_constants (MnCompile *c, GError **error);

/* plan.c */

/* One that is no plan's yet, without a name or kernels, the rest zeroed; and
 * its end, NULL or not. */
gpointer mn_cpu_layer_new (const gchar *kernel, const MnCpuKind *kind);
void mn_cpu_layer_free (gpointer layer);
/* Appends a layer of this kind named after node, with suffix where it makes
 * several. */
gpointer mn_cpu_add_layer (MnCompile *c, const MnNode *node,
    const gchar *suffix, const gchar *kernel, const MnCpuKind *kind);
/* How many tasks work of so many floating point operations is worth, when
 * it consists of n units that cannot be split. */
guint mn_cpu_n_tasks (MnCompile *c, gsize n, gdouble flops);
/* Places the values; FALSE when that overflows. */
gboolean mn_cpu_place_values (MnBackendPlan *plan, GError **error);

/* running */

/* Where a value lies; NULL for value -1. */
gpointer mn_cpu_value (const MnCpuExec *exec, gint value);
/* The same of one that holds floats. */
static inline gfloat *
mn_cpu_floats (const MnCpuExec *exec, gint value)
{
  return mn_cpu_value (exec, value);
}

/* Where element i of a value lies that is a float32 in the graph; NULL for
 * value -1. */
static inline gpointer
mn_cpu_at (const MnCpuExec *exec, gint value, gsize i)
{
  guint8 *data = mn_cpu_value (exec, value);

  return data ? data + i * mn_element_size (mn_cpu_element (exec->plan, value))
              : NULL;
}

/* Whether nobody wants the frame any more: a task may return then. */
static inline gboolean
mn_cpu_is_cancelled (const MnCpuExec *exec)
{
  return exec->cancelled && g_atomic_int_get (exec->cancelled);
}

/* Units first .. end - 1 of total are task's of n_tasks. */
static inline void
mn_cpu_split (gsize total, guint task, guint n_tasks, gsize *first, gsize *end)
{
  *first = total * task / n_tasks;
  *end = total * (task + 1) / n_tasks;
}

/* Memory for vectors, 64-byte aligned; NULL when there is none. Free with
 * free. */
gpointer mn_cpu_alloc (gsize size);
/* The same for n times size bytes. */
gpointer mn_cpu_alloc_n (gsize n, gsize size);

/* session.c */
MnBackendSession *
mn_cpu_session_new (MnBackendPlan *plan, guint n_slots, GError **error);
void mn_cpu_session_free (MnBackendSession *session);
void mn_cpu_session_set_threads (MnBackendSession *session, guint threads);
void
mn_cpu_session_set_cancelled (MnBackendSession *session, const gint *cancelled);
gboolean mn_cpu_session_set_input (MnBackendSession *session,
    const MnPreprocess *preprocess, GError **error);
gboolean mn_cpu_session_submit (MnBackendSession *session, guint slot,
    MnFrame *const *frames, const MnPreprocess *const *stages, guint n,
    MnTensorView *const *outputs, GError **error);
gboolean mn_cpu_session_wait (MnBackendSession *session, guint slot,
    gint64 deadline, GError **error);
gboolean mn_cpu_session_cancel (MnBackendSession *session, guint slot);
gboolean mn_cpu_session_read_input (MnBackendSession *session, MnFrame *frame,
    gfloat *out, GError **error);
guint mn_cpu_session_profile (MnBackendSession *session, MnLayerTime *layers,
    guint max, guint64 *runs);

G_END_DECLS

#endif /* MN_CPU_PLAN_H */
