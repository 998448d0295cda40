/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An activation becomes part of the node that feeds only it.
 *
 *   x --> CONV_2D --> HARD_SWISH --> y      x --> CONV_2D (hard-swish) --> y
 *
 * The same for RELU, RELU6, HARD_SIGMOID, LOGISTIC, behind convolutions,
 * FULLY_CONNECTED, ADD, SUB and MUL. */

#include "engine/passes/rewrite.h"

static MnActivation
activation_of (MnOp op)
{
  switch (op) {
    case MN_OP_RELU:
      return MN_ACT_RELU;
    case MN_OP_RELU6:
      return MN_ACT_RELU6;
    case MN_OP_HARD_SWISH:
      return MN_ACT_HARD_SWISH;
    case MN_OP_HARD_SIGMOID:
      return MN_ACT_HARD_SIGMOID;
    case MN_OP_LOGISTIC:
      return MN_ACT_SIGMOID;
    default:
      return MN_ACT_NONE;
  }
}

static gboolean
takes_activation (const MnGraph *graph, const MnNode *node)
{
  if (node->activation != MN_ACT_NONE)
    return FALSE;
  if (node->op == MN_OP_ADD || node->op == MN_OP_SUB || node->op == MN_OP_MUL)
    return mn_pass_is_float (graph, node);
  return mn_pass_is_float_conv (graph, node) && !mn_pass_has_residual (node);
}

gboolean
mn_pass_fuse_activation (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k), *producer;
    MnActivation activation = activation_of (node->op);
    guint index;

    if (activation == MN_ACT_NONE || !mn_pass_is_float (graph, node))
      continue;
    producer = mn_rewrite_producer (rw, node->inputs[0], &index);
    if (!producer || !mn_rewrite_single (rw, node->inputs[0])
        || !takes_activation (graph, producer))
      continue;
    producer->activation = activation;
    mn_rewrite_set_output (rw, index, node->outputs[0]);
    mn_rewrite_drop (rw, k);
  }
  return TRUE;
}
