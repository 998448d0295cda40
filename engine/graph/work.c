/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a node takes: multiply-adds, and weights. */

#include "engine/graph/describe.h"
#include "engine/graph/validate_internal.h"

static guint64
count_output (const MnGraph *graph, const MnNode *node)
{
  return mn_graph_output_of (graph, node, 0)->n_elements;
}

guint64
mn_macs_none (const MnGraph *graph, const MnNode *node)
{
  return 0;
}

guint64
mn_macs_output (const MnGraph *graph, const MnNode *node)
{
  return count_output (graph, node);
}

guint64
mn_macs_input (const MnGraph *graph, const MnNode *node)
{
  return mn_graph_input_of (graph, node, 0)->n_elements;
}

guint64
mn_macs_conv (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *w = mn_graph_input_of (graph, node, 1);

  return count_output (graph, node) * w->dims[1] * w->dims[2] * w->dims[3];
}

guint64
mn_macs_depthwise (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *w = mn_graph_input_of (graph, node, 1);

  return count_output (graph, node) * w->dims[1] * w->dims[2];
}

guint64
mn_macs_fully_connected (const MnGraph *graph, const MnNode *node)
{
  return count_output (graph, node)
      * mn_graph_input_of (graph, node, 1)->dims[1];
}

guint64
mn_macs_pool (const MnGraph *graph, const MnNode *node)
{
  return count_output (graph, node) * node->params.pool.filter_h
      * node->params.pool.filter_w;
}

guint64
mn_macs_squeeze_excite (const MnGraph *graph, const MnNode *node)
{
  return 2 * count_output (graph, node)
      + mn_graph_input_of (graph, node, 1)->n_elements
      + mn_graph_input_of (graph, node, 3)->n_elements;
}

guint64
mn_node_macs (const MnGraph *graph, const MnNode *node)
{
  return mn_operator (node->op)->macs (graph, node);
}

guint64
mn_node_params (const MnGraph *graph, const MnNode *node)
{
  guint64 n = 0;
  guint i;

  for (i = 0; i < node->n_inputs; i++) {
    const MnTensor *tensor = mn_graph_input_of (graph, node, i);

    if (tensor && tensor->data && tensor->dtype != MN_DTYPE_I64
        && (tensor->dtype != MN_DTYPE_I32 || i == 2))
      n += tensor->n_elements;
  }
  return n;
}
