/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An activation becomes part of the node that feeds only it.
 *
 *   x --> CONV_2D --> HARD_SWISH --> y      x --> CONV_2D (hard-swish) --> y
 *
 * The same for RELU, RELU6, HARD_SIGMOID, LOGISTIC, behind convolutions,
 * FULLY_CONNECTED, ADD, SUB and MUL. */

#include "engine/passes/rewrite.h"

static gboolean
takes_activation (const MnGraph *graph, const MnNode *node)
{
  if (node->activation != MN_ACT_NONE)
    return FALSE;
  if (mn_pass_is_arithmetic (node))
    return mn_pass_is_float (graph, node);
  return mn_pass_is_float_conv (graph, node) && mn_node_residual (node) < 0;
}

gboolean
mn_pass_fuse_activation (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k), *producer;
    MnActivation activation = mn_operator (node->op)->activation;
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
