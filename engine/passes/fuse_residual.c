/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A sum is left to the convolution that gives one side of it.
 *
 *   x --> CONV_2D --> ADD --> y      x --> CONV_2D --> y
 *   r -----------------^             r (residual) --^
 *
 * y = act (conv (x) + b) + r: only where the ADD has no activation. The
 * convolution moves to the ADD's place, where r is known. */

#include "engine/passes/rewrite.h"

/* The convolution behind input i of the ADD, if it may add the other. */
static MnNode *
match_conv (const MnRewrite *rw, const MnNode *add, guint i, guint *index)
{
  const MnGraph *graph = rw->graph;
  const MnTensor *residual = mn_graph_input_of (graph, add, 1 - i);
  const MnTensor *out = mn_graph_tensor (graph, add->outputs[0]);
  MnNode *conv = mn_rewrite_producer (rw, add->inputs[i], index);

  return conv && conv->op == MN_OP_CONV_2D
          && mn_pass_is_float_conv (graph, conv) && mn_node_residual (conv) < 0
          && mn_rewrite_single (rw, add->inputs[i]) && !residual->data
          && residual->dtype == MN_DTYPE_F32
          && mn_pass_same_dims (residual, out)
          && mn_pass_same_dims (mn_graph_input_of (graph, add, i), out)
      ? conv
      : NULL;
}

static void
make_residual (MnRewrite *rw, guint add_index, guint conv_index, gint residual)
{
  MnNode *add = mn_rewrite_node (rw, add_index);
  MnNode *conv = mn_rewrite_node (rw, conv_index);
  gint inputs[4] = {conv->inputs[0], conv->inputs[1], -1, residual};
  gint value = conv->outputs[0];

  if (conv->n_inputs > 2)
    inputs[2] = conv->inputs[2];
  add->op = MN_OP_CONV_2D;
  add->layer = conv->layer;
  add->activation = conv->activation;
  add->params = conv->params;
  mn_rewrite_set_inputs (rw, add, 4, inputs);
  mn_rewrite_prune (rw, value);
}

gboolean
mn_pass_fuse_residual (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *add = mn_rewrite_node (rw, k);
    gboolean fits[2];
    guint index[2] = {0, 0}, i;

    if (!add || add->op != MN_OP_ADD || add->activation != MN_ACT_NONE
        || !mn_pass_is_float (graph, add))
      continue;
    fits[0] = match_conv (rw, add, 0, &index[0]) != NULL;
    fits[1] = match_conv (rw, add, 1, &index[1]) != NULL;
    if (!fits[0] && !fits[1])
      continue;
    /* Of two, the later one: its input is alive here anyway. */
    i = fits[0] && (!fits[1] || index[0] > index[1]) ? 0 : 1;
    make_residual (rw, k, index[i], add->inputs[1 - i]);
  }
  return TRUE;
}
