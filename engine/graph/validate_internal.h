/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the parts of the validator share. */

#ifndef MN_VALIDATE_INTERNAL_H
#define MN_VALIDATE_INTERNAL_H

#include "engine/graph/budget.h"
#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef enum
{
  MN_STATE_USED = 1 << 0,  /* some node or the graph names it */
  MN_STATE_READY = 1 << 1, /* constant, input or already produced */
  MN_STATE_FIXED = 1 << 2  /* constant, or made of constants and shapes
                            * alone: folding makes it one */
} MnState;

typedef struct
{
  MnGraph *graph;
  guint8 *state;         /* MnState flags a tensor */
  const MnNode *node;    /* the one that is looked at */
  guint64 weights, macs; /* so far; see budget.h */
} MnCheck;

typedef struct
{
  guint rank;
  gint64 dims[MN_MAX_RANK];
} MnShape;

/* Sets an error of the current node, about tensor unless NULL. FALSE. */
gboolean
mn_check_fail (const MnCheck *check, MnError code, const MnTensor *tensor,
    GError **error, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

MnTensor *mn_check_input (const MnCheck *check, guint i);
/* The first output; the only one of most operators. */
MnTensor *mn_check_output (const MnCheck *check);
/* Input i as n constant int32 values; n 0: any number that makes sense, which
 * is returned in n_values. They are the tensor's own from here on: what was
 * checked is what is used, whatever becomes of the file. NULL: an error is
 * set. */
const gint32 *mn_check_indices (const MnCheck *check, guint i, gsize n,
    gsize *n_values, GError **error);
gboolean mn_check_is_fixed (const MnCheck *check, guint i);

/* Sets n_elements from dims; refuses what is too big. */
gboolean mn_check_size (const MnCheck *check, MnTensor *tensor, GError **error);
/* Gives output i its inferred shape, which the declared one must equal
 * wherever it says something. */
gboolean mn_check_set_shape (const MnCheck *check, guint i,
    const MnShape *shape, GError **error);
MnShape mn_shape_of (const MnTensor *tensor);

/* validate_types.c: types and quantisation that some backend computes. */
gboolean mn_check_types (const MnCheck *check, GError **error);
/* validate_quant.c */
gboolean
mn_check_quant (const MnCheck *check, const MnTensor *tensor, GError **error);
/* One scale, on a tensor of integer activations. */
gboolean mn_check_per_tensor (const MnCheck *check, const MnTensor *tensor,
    GError **error);
/* Weights of an operator whose output channels lie along axis. */
gboolean mn_check_weights_quant (const MnCheck *check, const MnTensor *weights,
    guint axis, GError **error);
gboolean mn_check_bias_quant (const MnCheck *check, GError **error);
/* The output's quantisation is the input's. */
gboolean mn_check_same_quant (const MnCheck *check, GError **error);
/* Logistic and softmax have a range that is known beforehand. */
gboolean mn_check_unit_quant (const MnCheck *check, GError **error);

/* validate_budget.c: what the current node takes of weights and time, its
 * shapes being known. */
gboolean mn_check_work (MnCheck *check, GError **error);
/* What all nodes together take of memory, and the outputs. */
gboolean mn_check_memory (const MnCheck *check, GError **error);

/* shapes.c: the current node's output shape; MnNode's resolved paddings. */
gboolean mn_check_shapes (const MnCheck *check, MnNode *node, GError **error);
/* shapes_window.c */
gboolean mn_check_conv (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error);
gboolean mn_check_pool (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error);
/* shapes_index.c */
gboolean
mn_check_reshape (const MnCheck *check, MnShape *shape, GError **error);
gboolean
mn_check_shape_op (const MnCheck *check, MnShape *shape, GError **error);
gboolean mn_check_slice (const MnCheck *check, MnShape *shape, GError **error);
gboolean mn_check_pack (const MnCheck *check, MnShape *shape, GError **error);

G_END_DECLS

#endif /* MN_VALIDATE_INTERNAL_H */
