/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the passes share: one walk over a graph during which nodes change,
 * and the counts of who reads what stay right. Patterns are matched from
 * their last node backwards, so a rewrite costs no search. */

#ifndef MN_REWRITE_H
#define MN_REWRITE_H

#include "engine/graph/operators.h"
#include "engine/graph/uses.h"
#include "engine/passes/passes.h"

G_BEGIN_DECLS

/* Indices of nodes stay as they are until mn_rewrite_free, which takes the
 * dropped ones out. */
typedef struct
{
  MnGraph *graph;
  MnUses *uses;      /* producer and n_readers are kept right,
                      * last_reader is not */
  gboolean *dropped; /* a node each */
  guint n_nodes;
  guint n_room; /* tensors that uses has room for */
} MnRewrite;

MnRewrite *mn_rewrite_new (MnGraph *graph);
void mn_rewrite_free (MnRewrite *rw);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnRewrite, mn_rewrite_free)
/* Asks before n constant values are rewritten; FALSE: too many of this graph
 * have been, the node stays as it is (budget.h). */
gboolean mn_rewrite_may_fold (MnRewrite *rw, gsize n);
/* NULL for a dropped node. */
MnNode *mn_rewrite_node (const MnRewrite *rw, guint index);
/* The node that gives tensor t; NULL where t is constant, an input or left
 * out. index may be NULL. */
MnNode *mn_rewrite_producer (const MnRewrite *rw, gint t, guint *index);
/* TRUE when exactly one node's input, and no graph output, names t. */
gboolean mn_rewrite_single (const MnRewrite *rw, gint t);

/* TRUE when some node or the graph reads one of the node's outputs. */
gboolean mn_rewrite_is_read (const MnRewrite *rw, const MnNode *node);

void mn_rewrite_drop (MnRewrite *rw, guint index);
/* Input i becomes t (-1: none); n_inputs grows to hold it. */
void mn_rewrite_set_input (MnRewrite *rw, MnNode *node, guint i, gint t);
/* All inputs become these n. */
void mn_rewrite_set_inputs (MnRewrite *rw, MnNode *node, guint n,
    const gint *inputs);
/* The one output of the node becomes t. */
void mn_rewrite_set_output (MnRewrite *rw, guint index, gint t);
/* Drops what gives t when nobody reads that any more, and so on upwards. */
void mn_rewrite_prune (MnRewrite *rw, gint t);

/* A new constant of zeros, the graph's own; -1: no memory. */
gint mn_rewrite_add_constant (MnRewrite *rw, const gchar *name, MnDType dtype,
    guint rank, const gint32 *dims, GError **error);
/* A new tensor for a value like that of t. */
gint mn_rewrite_add_value (MnRewrite *rw, gint t);
/* The constant float input i of node to be written to: a copy that is the
 * node's own unless it is that already. NULL: no memory. */
gfloat *
mn_rewrite_own_input (MnRewrite *rw, MnNode *node, guint i, GError **error);
/* The same for the bias (input 2) of a convolution of n output channels,
 * made of zeros where there is none. */
gfloat *
mn_rewrite_own_bias (MnRewrite *rw, MnNode *node, gsize n, GError **error);

/* ---- questions ------------------------------------------------------- */

/* TRUE when the node's first input and its output are float32. */
gboolean mn_pass_is_float (const MnGraph *graph, const MnNode *node);
/* An operator with weights, float32 values, and constant float32 weights and
 * bias (or no bias). */
gboolean mn_pass_is_float_conv (const MnGraph *graph, const MnNode *node);
/* ADD, SUB or MUL. */
gboolean mn_pass_is_arithmetic (const MnNode *node);
gboolean mn_pass_same_dims (const MnTensor *a, const MnTensor *b);
/* A float32 constant all of whose elements are the same. */
gboolean mn_pass_uniform (MnTensor *tensor, gfloat *value);
/* A float32 constant with one element, or one for each of x's last
 * dimension, that broadcasts to x and does not widen it. NULL: none. step is
 * 0 or 1. */
const gfloat *
mn_pass_per_channel (const MnTensor *tensor, const MnTensor *x, guint *step);
/* Splits a node of two inputs into the constant one and the other; FALSE:
 * none or both are constant. */
gboolean mn_pass_split_constant (const MnGraph *graph, const MnNode *node,
    guint *value, guint *constant);

/* TRUE when node is the MEAN of the rows and columns of a float picture. */
gboolean mn_pass_is_global_mean (const MnGraph *graph, const MnNode *node);

G_END_DECLS

#endif /* MN_REWRITE_H */
