/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the network does first to its input is left to whoever writes it.
 *
 *   input --> MUL (1 / 127.5) --> ADD (-1) --> y      input = y
 *
 * input_scale and input_offset then hold a value a channel. ADD, SUB and MUL
 * in any number and order, as long as nobody else reads what lies between. */

#include "engine/passes/rewrite.h"

typedef struct
{
  gfloat scale[4], offset[4];
} Affine;

/* Follows one node. FALSE: it does something else. */
static gboolean
apply (const MnGraph *graph, const MnNode *node, gint t, Affine *affine)
{
  const MnTensor *x = mn_graph_tensor (graph, t);
  const MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);
  const gfloat *values;
  guint value, constant, step;

  if (!mn_pass_is_arithmetic (node) || node->activation != MN_ACT_NONE
      || out->dtype != MN_DTYPE_F32 || !mn_pass_same_dims (x, out)
      || !mn_pass_split_constant (graph, node, &value, &constant)
      || node->inputs[value] != t || (node->op == MN_OP_SUB && constant == 0))
    return FALSE;
  values = mn_pass_per_channel (mn_graph_input_of (graph, node, constant), x,
      &step);
  if (!values)
    return FALSE;
  for (gint c = 0; c < x->dims[x->rank - 1]; c++) {
    gfloat v = values[c * step];

    if (node->op == MN_OP_MUL) {
      affine->scale[c] *= v;
      affine->offset[c] *= v;
    } else {
      affine->offset[c] += node->op == MN_OP_SUB ? -v : v;
    }
  }
  return TRUE;
}

static gboolean
is_output (const MnGraph *graph, gint t)
{
  guint i;

  for (i = 0; i < graph->outputs->len; i++) {
    if (g_array_index (graph->outputs, gint, i) == t)
      return TRUE;
  }
  return FALSE;
}

/* Drops the nodes from the input on that scale it; returns the last one's
 * output, or input. */
static gint
follow (MnRewrite *rw, gint input, Affine *affine)
{
  const MnUses *uses = rw->uses;
  gint t = input, k;

  /* Of one reader, the last one is known before anything changes. */
  while ((k = mn_uses_only_reader (uses, t)) >= 0) {
    MnNode *node = mn_rewrite_node (rw, k);
    gint next = node->outputs[0];

    /* A network that ends here would have no node left. */
    if (is_output (rw->graph, next) || uses->n_readers[next] == 0
        || !apply (rw->graph, node, t, affine))
      break;
    mn_rewrite_drop (rw, k);
    t = next;
  }
  return t;
}

gboolean
mn_pass_fold_input_scale (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = NULL;
  const MnTensor *x;
  Affine affine;
  gint input, last;

  if (graph->inputs->len != 1)
    return TRUE;
  input = g_array_index (graph->inputs, gint, 0);
  x = mn_graph_tensor (graph, input);
  if (x->dtype != MN_DTYPE_F32 || x->rank == 0 || x->dims[x->rank - 1] > 4)
    return TRUE;
  for (guint c = 0; c < 4; c++) {
    affine.scale[c] = graph->input_scale[c];
    affine.offset[c] = graph->input_offset[c];
  }
  rw = mn_rewrite_new (graph);
  last = follow (rw, input, &affine);
  if (last == input)
    return TRUE;
  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k);

    for (guint i = 0; node && i < node->n_inputs; i++) {
      if (node->inputs[i] == last)
        mn_rewrite_set_input (rw, node, i, input);
    }
  }
  for (guint c = 0; c < 4; c++) {
    graph->input_scale[c] = affine.scale[c];
    graph->input_offset[c] = affine.offset[c];
  }
  return TRUE;
}
