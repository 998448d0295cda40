/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Constants a channel next to a convolution go into its weights and bias.
 *
 *   x --> CONV_2D --> MUL (s) --> ADD (t) --> y
 *
 *   x --> CONV_2D (weights * s, bias * s + t) --> y
 *
 *   x --> MUL (s) --> CONV_2D --> y        x --> CONV_2D (weights * s) --> y
 *
 * The same for DEPTHWISE_CONV_2D and FULLY_CONNECTED. In front, padding is
 * no obstacle to a factor (0 stays 0); it would be one to a sum. An
 * activation of the MUL or ADD becomes the convolution's. */

#include "engine/passes/rewrite.h"

#include <math.h>

/* How many constant values change with a channel's factor or offset. */
static gsize
values_of (const MnGraph *graph, const MnNode *conv)
{
  return mn_graph_input_of (graph, conv, 1)->n_elements
      + mn_node_channels (graph, conv);
}

static gboolean
all_finite (const gfloat *values, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    if (!isfinite (values[i]))
      return FALSE;
  }
  return TRUE;
}

/* n values times the factor of their channel, as often as there are channels,
 * inner neighbours having the same: values [n / channels / inner][channels]
 * [inner]. */
static void
scale_channels (gfloat *w, gsize n, const gfloat *factors, guint step,
    gsize channels, gsize inner)
{
  gsize i, c;

  if (step == 0) {
    channels = 1;
    inner = n;
  }
  for (gfloat *end = w + n; w < end;) {
    for (c = 0; inner == 1 && c < channels; c++)
      *w++ *= factors[c * step];
    for (; inner > 1 && c < channels; c++) {
      gfloat factor = factors[c * step];

      for (i = 0; i < inner; i++)
        *w++ *= factor;
    }
  }
}

/* Output channel o of the weights times factors[o * step]. */
static gboolean
scale_outputs (MnRewrite *rw, MnNode *conv, const gfloat *factors, guint step,
    GError **error)
{
  const MnTensor *weights = mn_graph_input_of (rw->graph, conv, 1);
  gsize n = weights->n_elements, channels, inner;
  gboolean last = mn_operator (conv->op)->weights == MN_WEIGHTS_LAST;
  gfloat *w = mn_rewrite_own_input (rw, conv, 1, error);

  if (!w)
    return FALSE;
  channels = mn_node_channels (rw->graph, conv);
  inner = last ? 1 : n / channels;
  scale_channels (w, n, factors, step, channels, inner);
  return TRUE;
}

static gboolean
change_outputs (MnRewrite *rw, MnNode *conv, const MnNode *node,
    const gfloat *values, guint step, GError **error)
{
  gsize channels = mn_node_channels (rw->graph, conv);
  gfloat *bias;

  if (node->op == MN_OP_MUL && !scale_outputs (rw, conv, values, step, error))
    return FALSE;
  if (node->op == MN_OP_MUL && !mn_graph_input_of (rw->graph, conv, 2))
    return TRUE;
  bias = mn_rewrite_own_bias (rw, conv, channels, error);
  if (!bias)
    return FALSE;
  for (gsize c = 0; c < channels; c++) {
    gfloat v = values[c * step];

    if (node->op == MN_OP_MUL)
      bias[c] *= v;
    else
      bias[c] += node->op == MN_OP_SUB ? -v : v;
  }
  return TRUE;
}

/* TRUE when node is x (MUL, ADD, SUB) constants, x given by a convolution
 * that nothing else reads. */
static gboolean
match_behind (const MnRewrite *rw, const MnNode *node, guint *conv_index,
    guint *constant)
{
  const MnGraph *graph = rw->graph;
  const MnNode *conv;
  guint value;

  if (!mn_pass_is_arithmetic (node)
      || !mn_pass_split_constant (graph, node, &value, constant)
      || (node->op == MN_OP_SUB && *constant == 0))
    return FALSE;
  conv = mn_rewrite_producer (rw, node->inputs[value], conv_index);
  return conv && mn_pass_is_float_conv (graph, conv)
      && conv->activation == MN_ACT_NONE && mn_node_residual (conv) < 0
      && mn_rewrite_single (rw, node->inputs[value])
      && mn_pass_same_dims (mn_graph_tensor (graph, conv->outputs[0]),
          mn_graph_tensor (graph, node->outputs[0]));
}

static gboolean
fold_behind (MnRewrite *rw, guint k, GError **error)
{
  MnNode *node = mn_rewrite_node (rw, k), *conv;
  const MnTensor *constants;
  const gfloat *values;
  guint index, constant, step;

  if (!match_behind (rw, node, &index, &constant))
    return TRUE;
  conv = mn_rewrite_node (rw, index);
  constants = mn_graph_input_of (rw->graph, node, constant);
  values = mn_pass_per_channel (constants,
      mn_graph_tensor (rw->graph, conv->outputs[0]), &step);
  if (!values || !all_finite (values, constants->n_elements)
      || !mn_rewrite_may_fold (rw, values_of (rw->graph, conv)))
    return TRUE;
  if (!change_outputs (rw, conv, node, values, step, error))
    return FALSE;
  conv->activation = node->activation;
  mn_rewrite_set_output (rw, index, node->outputs[0]);
  mn_rewrite_drop (rw, k);
  return TRUE;
}

/* Input channel i of the weights times factors[i * step]. */
static gboolean
scale_inputs (MnRewrite *rw, MnNode *conv, const gfloat *factors, guint step,
    gsize channels, GError **error)
{
  const MnTensor *weights = mn_graph_input_of (rw->graph, conv, 1);
  gsize n = weights->n_elements, inner = 1;
  gfloat *w;

  /* A depthwise output channel o reads input o / multiplier. */
  if (conv->op == MN_OP_DEPTHWISE_CONV_2D)
    inner = mn_node_channels (rw->graph, conv) / channels;
  w = mn_rewrite_own_input (rw, conv, 1, error);
  if (!w)
    return FALSE;
  scale_channels (w, n, factors, step, channels, inner);
  return TRUE;
}

/* folded: there may be another one in front. */
static gboolean
fold_in_front (MnRewrite *rw, guint k, gboolean *folded, GError **error)
{
  const MnGraph *graph = rw->graph;
  MnNode *conv = mn_rewrite_node (rw, k), *mul;
  const MnTensor *x, *constants;
  const gfloat *values;
  guint value, constant, step;
  gint scaled = conv->inputs[0], source;

  *folded = FALSE;
  mul = mn_rewrite_producer (rw, scaled, NULL);
  if (!mul || mul->op != MN_OP_MUL || mul->activation != MN_ACT_NONE
      || !mn_pass_is_float_conv (graph, conv) || !mn_rewrite_single (rw, scaled)
      || !mn_pass_split_constant (graph, mul, &value, &constant))
    return TRUE;
  source = mul->inputs[value];
  x = mn_graph_tensor (graph, source);
  if (!mn_pass_same_dims (x, mn_graph_tensor (graph, scaled)))
    return TRUE;
  constants = mn_graph_input_of (graph, mul, constant);
  values = mn_pass_per_channel (constants, x, &step);
  if (!values || !all_finite (values, constants->n_elements))
    return TRUE;
  /* FULLY_CONNECTED may read several dimensions as one. */
  if (step == 1 && conv->op == MN_OP_FULLY_CONNECTED
      && mn_graph_input_of (graph, conv, 1)->dims[1] != x->dims[x->rank - 1])
    return TRUE;
  if (!mn_rewrite_may_fold (rw, values_of (graph, conv)))
    return TRUE;
  if (!scale_inputs (rw, conv, values, step, step ? x->dims[x->rank - 1] : 1,
          error))
    return FALSE;
  mn_rewrite_set_input (rw, conv, 0, source);
  mn_rewrite_prune (rw, scaled);
  *folded = TRUE;
  return TRUE;
}

gboolean
mn_pass_fold_batchnorm (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k);
    gboolean ok = TRUE, again = TRUE;

    if (!node)
      continue;
    if (mn_pass_is_arithmetic (node))
      ok = fold_behind (rw, k, error);
    else if (mn_pass_is_float_conv (graph, node)) {
      while (ok && again)
        ok = fold_in_front (rw, k, &again, error);
    }
    if (!ok)
      return FALSE;
  }
  return TRUE;
}
