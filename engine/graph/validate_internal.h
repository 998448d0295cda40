/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the parts of the validator share. */

#ifndef MN_VALIDATE_INTERNAL_H
#define MN_VALIDATE_INTERNAL_H

#include "engine/graph/budget.h"
#include "engine/graph/operators.h"

G_BEGIN_DECLS

typedef enum
{
  MN_STATE_USED = 1 << 0,  /* some node or the graph names it */
  MN_STATE_READY = 1 << 1, /* constant, input or already produced */
  MN_STATE_FIXED = 1 << 2  /* constant, or made of constants and shapes
                            * alone: folding makes it one */
} MnState;

struct _MnCheck
{
  MnGraph *graph;
  guint8 *state;         /* MnState flags a tensor */
  const MnNode *node;    /* the one that is looked at */
  guint64 weights, macs; /* so far; see budget.h */
};

struct _MnShape
{
  guint rank;
  gint64 dims[MN_MAX_RANK];
};

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

/* shapes.c: the current node's output shapes; MnNode's resolved paddings. */
gboolean mn_check_shapes (const MnCheck *check, MnNode *node, GError **error);

/* ---- for the rows of operators.c ---------------------------------------- */

typedef gboolean MnCheckFunc (const MnCheck *check, GError **error);
typedef gboolean MnInferFunc (const MnCheck *check, MnNode *node,
    MnShape *shapes, GError **error);
typedef guint64 MnMacsFunc (const MnGraph *graph, const MnNode *node);
typedef gboolean
MnEvaluateFunc (const MnGraph *graph, const MnNode *node, GError **error);

/* validate_types.c: operands and results of one type, float or integers with
 * a scale each; input 1 weights and 2 a bias, fixed; all float; all indices;
 * values that are moved, of any type where they are constant; the others as
 * their names say. */
MnCheckFunc mn_check_operands, mn_check_weighted, mn_check_floats,
    mn_check_indices_only, mn_check_moved, mn_check_quantize,
    mn_check_dequantize, mn_check_shape_op, mn_check_strided_slice,
    mn_check_squeeze_excite;

/* shapes.c: the first input's shape; as their names say. */
MnInferFunc mn_infer_same, mn_infer_broadcast, mn_infer_mean, mn_infer_pad,
    mn_infer_fully_connected, mn_infer_softmax, mn_infer_squeeze_excite,
    mn_infer_transpose;
/* shapes_window.c */
MnInferFunc mn_infer_conv, mn_infer_pool;
/* shapes_index.c */
MnInferFunc mn_infer_reshape, mn_infer_shape_op, mn_infer_slice, mn_infer_pack;

/* work.c: none; one a value of the output or of the first input; as their
 * names say. */
MnMacsFunc mn_macs_none, mn_macs_output, mn_macs_input, mn_macs_conv,
    mn_macs_depthwise, mn_macs_fully_connected, mn_macs_pool,
    mn_macs_squeeze_excite;

/* evaluate.c */
MnEvaluateFunc mn_evaluate_shape, mn_evaluate_slice, mn_evaluate_pack,
    mn_evaluate_dequantize, mn_evaluate_reshape, mn_evaluate_transpose;

G_END_DECLS

#endif /* MN_VALIDATE_INTERNAL_H */
