/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights of another type than the values they meet become float32.
 *
 *   x (float32) --> CONV_2D --> y        x --> CONV_2D --> y
 *   w (int8, float16) --^                w (float32) --^
 *
 * Integer weights count by their scales and zero points, a tensor or a
 * channel; those of integer convolutions stay. */

#include "engine/passes/rewrite.h"

static gboolean
has_weights (const MnNode *node)
{
  return mn_operator (node->op)->weights != MN_WEIGHTS_NONE;
}

/* TRUE where input i of a float node is a constant that is not float. */
static gboolean
wants_float (const MnGraph *graph, const MnNode *node, guint i)
{
  const MnTensor *x = mn_graph_input_of (graph, node, i);

  if (!x || !x->data || x->dtype == MN_DTYPE_F32)
    return FALSE;
  if (has_weights (node))
    return i == 1 || i == 2;
  return x->dtype == MN_DTYPE_F16 && mn_pass_is_arithmetic (node);
}

static gboolean
is_float_node (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *in = mn_graph_input_of (graph, node, 0);

  if (mn_graph_tensor (graph, node->outputs[0])->dtype != MN_DTYPE_F32)
    return FALSE;
  return !has_weights (node) || (in && in->dtype == MN_DTYPE_F32);
}

/* The float twin of constant t. */
static gint
convert (MnRewrite *rw, const MnNode *node, gint t, GError **error)
{
  const MnTensor *old = mn_graph_tensor (rw->graph, t);
  gint twin = mn_rewrite_add_constant (rw, old->name, MN_DTYPE_F32, old->rank,
      old->dims, error);

  if (twin < 0)
    return -1;
  if (!mn_tensor_to_float (old, mn_graph_tensor (rw->graph, twin)->owned)) {
    mn_node_fail (rw->graph, node, MN_ERROR_INVALID, error,
        "constant %s (%s) has no usable quantisation", old->name,
        mn_dtype_name (old->dtype));
    return -1;
  }
  mn_tensor_remember_quant (mn_graph_tensor (rw->graph, twin), old);
  return twin;
}

gboolean
mn_pass_float_weights (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);
  /* Index of the twin plus 1, so that shared weights stay shared. */
  g_autofree gint *twins = g_new0 (gint, graph->tensors->len);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k);

    if (!is_float_node (graph, node))
      continue;
    for (guint i = 0; i < node->n_inputs; i++) {
      gint t = node->inputs[i];

      if (!wants_float (graph, node, i))
        continue;
      if (twins[t] == 0)
        twins[t] = convert (rw, node, t, error) + 1;
      if (twins[t] == 0)
        return FALSE;
      mn_rewrite_set_input (rw, node, i, twins[t] - 1);
    }
  }
  return TRUE;
}
