/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Computes now what does not depend on the frame.
 *
 *   x --> SHAPE --> STRIDED_SLICE --> PACK --+
 *   x ---------------------------> RESHAPE <-+      x --> RESHAPE
 *
 *   constant (float16, int8) --> DEQUANTIZE --> y   constant y
 *   constant --> RESHAPE --> y                      constant y
 *
 * The shape of a RESHAPE is its output's from here on. */

#include "engine/graph/operators.h"
#include "engine/passes/rewrite.h"

/* Checks a constant shape against the output's, then forgets it. */
static gboolean
forget_shape (MnRewrite *rw, MnNode *node, GError **error)
{
  const MnTensor *shape = mn_graph_input_of (rw->graph, node, 1);
  const MnTensor *out = mn_graph_tensor (rw->graph, node->outputs[0]);
  gboolean fits = mn_tensor_is_index (shape) && shape->n_elements == out->rank;
  gint x = node->inputs[0];

  for (guint i = 0; fits && i < out->rank; i++) {
    gint64 dim = mn_tensor_get_index (shape, i);

    fits = dim == -1 || dim == out->dims[i];
  }
  if (!fits) {
    mn_node_fail (rw->graph, node, MN_ERROR_INVALID, error,
        "shape %s and output %s do not fit", shape->name, out->name);
    return FALSE;
  }
  mn_rewrite_set_inputs (rw, node, 1, &x);
  return TRUE;
}

static gboolean
inputs_are_constant (const MnGraph *graph, const MnNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++) {
    const MnTensor *x = mn_graph_input_of (graph, node, i);

    if (!x || !x->data)
      return FALSE;
  }
  return node->n_inputs > 0;
}

/* folded: the node's outputs are now constants. */
static gboolean
fold_node (MnRewrite *rw, MnNode *node, gboolean *folded, GError **error)
{
  const MnGraph *graph = rw->graph;
  const MnOperator *row = mn_operator (node->op);

  *folded = row->fold == MN_FOLD_ALWAYS
      || (row->fold == MN_FOLD_CONSTANTS && inputs_are_constant (graph, node));
  if (*folded)
    return row->evaluate (graph, node, error);
  if (row->work == MN_WORK_RENAMES && node->n_inputs > 1) {
    const MnTensor *shape = mn_graph_input_of (graph, node, 1);

    return !shape || !shape->data || forget_shape (rw, node, error);
  }
  return TRUE;
}

gboolean
mn_pass_fold_constants (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k);
    gboolean folded;

    /* What nobody reads need not be understood. */
    if (!mn_rewrite_is_read (rw, node))
      continue;
    if (!fold_node (rw, node, &folded, error))
      return FALSE;
    if (folded) {
      mn_rewrite_drop (rw, k);
    } else if (mn_operator (node->op)->work == MN_WORK_INDEXES) {
      mn_node_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
          "works on values that are not constant");
      return FALSE;
    }
  }
  return TRUE;
}
