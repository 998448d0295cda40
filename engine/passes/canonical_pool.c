/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One form for the mean of a picture.
 *
 *   x --> AVERAGE_POOL_2D (all of x) --> y     x --> MEAN (rows, columns,
 *                                                    dims kept) --> y
 *   x --> MEAN --> [1,c] --> RESHAPE --> [1,1,1,c]
 *                                              x --> MEAN (kept) --> y */

#include "engine/passes/rewrite.h"

/* TRUE when the only window of the pool covers all of x; what lies outside
 * does not count. */
static gboolean
is_global (const MnGraph *graph, const MnNode *node)
{
  const MnPoolParams *params = &node->params.pool;
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

  return node->op == MN_OP_AVERAGE_POOL_2D && mn_pass_is_float (graph, node)
      && node->activation == MN_ACT_NONE && x->rank == 4 && out->dims[1] == 1
      && out->dims[2] == 1
      && (gint64) params->filter_h - params->pad_top >= x->dims[1]
      && (gint64) params->filter_w - params->pad_left >= x->dims[2];
}

/* axes: the constant that all such nodes share, -1 before the first. */
static gboolean
make_mean (MnRewrite *rw, MnNode *node, gint *axes, GError **error)
{
  const gint32 dims[1] = {2};

  if (*axes < 0) {
    gint32 *values;

    *axes = mn_rewrite_add_constant (rw, "rows_and_columns", MN_DTYPE_I32, 1,
        dims, error);
    if (*axes < 0)
      return FALSE;
    values = mn_graph_tensor (rw->graph, *axes)->owned;
    values[0] = 1;
    values[1] = 2;
  }
  node->op = MN_OP_MEAN;
  node->params.mean.keep_dims = TRUE;
  mn_rewrite_set_input (rw, node, 1, *axes);
  return TRUE;
}

gboolean
mn_pass_is_global_mean (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *axes = mn_graph_input_of (graph, node, 1);
  const gint32 *axis = axes ? axes->data : NULL;
  gint32 a, b;

  if (node->op != MN_OP_MEAN || !mn_pass_is_float (graph, node)
      || node->activation != MN_ACT_NONE || x->rank != 4 || !axis
      || axes->dtype != MN_DTYPE_I32 || axes->n_elements != 2)
    return FALSE;
  a = axis[0] < 0 ? axis[0] + 4 : axis[0];
  b = axis[1] < 0 ? axis[1] + 4 : axis[1];
  return (a == 1 && b == 2) || (a == 2 && b == 1);
}

/* RESHAPE at k puts back the dimensions that a MEAN left out. */
static void
keep_dims (MnRewrite *rw, guint k)
{
  MnNode *node = mn_rewrite_node (rw, k);
  const MnTensor *out = mn_graph_tensor (rw->graph, node->outputs[0]), *x;
  guint index;
  MnNode *mean = mn_rewrite_producer (rw, node->inputs[0], &index);

  if (!mean || !mn_pass_is_global_mean (rw->graph, mean)
      || mean->params.mean.keep_dims
      || !mn_rewrite_single (rw, node->inputs[0]))
    return;
  x = mn_graph_input_of (rw->graph, mean, 0);
  if (out->rank != 4 || out->dims[0] != x->dims[0] || out->dims[1] != 1
      || out->dims[2] != 1 || out->dims[3] != x->dims[3])
    return;
  mean->params.mean.keep_dims = TRUE;
  mn_rewrite_set_output (rw, index, node->outputs[0]);
  mn_rewrite_drop (rw, k);
}

gboolean
mn_pass_canonical_pool (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);
  gint axes = -1;

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k);

    if (is_global (graph, node)) {
      if (!make_mean (rw, node, &axes, error))
        return FALSE;
    } else if (node->op == MN_OP_RESHAPE)
      keep_dims (rw, k);
  }
  return TRUE;
}
