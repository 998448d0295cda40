/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Squeeze-and-excite, in one node.
 *
 *   x --> MEAN --> CONV_2D 1x1 (act) --> CONV_2D 1x1 (gate) --+
 *   x --------------------------------------------------> MUL --> y
 *
 *   x --> SQUEEZE_EXCITE --> y
 *
 * FULLY_CONNECTED serves as well as a 1x1 convolution, the gate (hard sigmoid
 * or sigmoid) may be a node of its own, and a RESHAPE of the small vector may
 * come anywhere. A factor of the gate, left over from a rounded 1/6, comes to
 * stand behind: y = MUL (SQUEEZE_EXCITE (x), factor). */

#include "engine/passes/rewrite.h"

typedef struct
{
  gint x, gated; /* tensors: what is gated, and the gate */
  MnNode *reduce, *expand;
  MnActivation gate;
  gint factor;       /* constant tensor; -1: none */
  guint factor_node; /* its MUL */
} Match;

/* The node that gives t, and before it any RESHAPE; each read once. */
static MnNode *
step_back (const MnRewrite *rw, gint t, guint *index)
{
  MnNode *node;

  do {
    if (!mn_rewrite_single (rw, t))
      return NULL;
    node = mn_rewrite_producer (rw, t, index);
    t = node ? node->inputs[0] : -1;
  } while (node && node->op == MN_OP_RESHAPE);
  return node;
}

/* A convolution of one pixel, or FULLY_CONNECTED, of a vector. */
static gboolean
is_dense (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x, *w, *out;

  if (!node || node->op == MN_OP_DEPTHWISE_CONV_2D
      || !mn_pass_is_float_conv (graph, node) || mn_node_residual (node) >= 0)
    return FALSE;
  x = mn_graph_input_of (graph, node, 0);
  w = mn_graph_input_of (graph, node, 1);
  out = mn_graph_tensor (graph, node->outputs[0]);
  if (node->op == MN_OP_CONV_2D
      && (w->rank != 4 || w->dims[1] != 1 || w->dims[2] != 1))
    return FALSE;
  return w->n_elements == x->n_elements * out->n_elements
      && x->n_elements == (gsize) w->dims[w->rank - 1];
}

/* Back from the gate to the node whose value is gated through. */
static MnNode *
match_gate (const MnRewrite *rw, gint t, Match *match)
{
  const MnGraph *graph = rw->graph;
  guint index, value, constant;
  gfloat factor;
  MnNode *node = step_back (rw, t, &index);

  match->factor = -1;
  if (node && node->op == MN_OP_MUL && node->activation == MN_ACT_NONE
      && mn_pass_split_constant (graph, node, &value, &constant)
      && mn_pass_uniform (mn_graph_input_of (graph, node, constant), &factor)) {
    match->factor = node->inputs[constant];
    match->factor_node = index;
    node = step_back (rw, node->inputs[value], &index);
  }
  if (!node)
    return NULL;
  match->gate = MN_ACT_NONE;
  if (node->op == MN_OP_LOGISTIC)
    match->gate = MN_ACT_SIGMOID;
  else if (node->op == MN_OP_HARD_SIGMOID)
    match->gate = MN_ACT_HARD_SIGMOID;
  if (match->gate == MN_ACT_NONE) {
    match->gate = node->activation;
    return node;
  }
  node = step_back (rw, node->inputs[0], &index);
  return node && node->activation == MN_ACT_NONE ? node : NULL;
}

/* TRUE when tensor broadcasts to the channels of x. */
static gboolean
is_channel_vector (const MnTensor *tensor, const MnTensor *x)
{
  return tensor->rank >= 1 && tensor->rank <= 4
      && tensor->dims[tensor->rank - 1] == x->dims[3]
      && tensor->n_elements == (gsize) x->dims[3];
}

/* TRUE when input gate of the MUL node gates its other input. */
static gboolean
match_squeeze_excite (const MnRewrite *rw, const MnNode *mul, guint gate,
    Match *match)
{
  const MnGraph *graph = rw->graph;
  const MnTensor *x;
  MnNode *mean;
  guint index;

  match->x = mul->inputs[1 - gate];
  match->gated = mul->inputs[gate];
  x = mn_graph_tensor (graph, match->x);
  if (x->rank != 4 || x->dims[0] != 1 || x->dtype != MN_DTYPE_F32
      || !is_channel_vector (mn_graph_tensor (graph, match->gated), x)
      || !mn_pass_same_dims (x, mn_graph_tensor (graph, mul->outputs[0])))
    return FALSE;
  match->expand = match_gate (rw, match->gated, match);
  if (!is_dense (graph, match->expand)
      || (match->gate != MN_ACT_SIGMOID && match->gate != MN_ACT_HARD_SIGMOID)
      || mn_node_channels (graph, match->expand) != x->dims[3])
    return FALSE;
  match->reduce = step_back (rw, match->expand->inputs[0], &index);
  if (!is_dense (graph, match->reduce))
    return FALSE;
  mean = step_back (rw, match->reduce->inputs[0], &index);
  return mean && mn_pass_is_global_mean (graph, mean)
      && mean->inputs[0] == match->x;
}

/* The weights of node as a matrix OI, with one reader to come. */
static gboolean
take_weights (MnRewrite *rw, MnNode *node, gint *w, gint *b, GError **error)
{
  MnTensor *tensor;
  gint32 channels = mn_node_channels (rw->graph, node);

  if (!mn_rewrite_single (rw, node->inputs[1])
      && !mn_rewrite_own_input (rw, node, 1, error))
    return FALSE;
  if (!mn_graph_input_of (rw->graph, node, 2)
      && !mn_rewrite_own_bias (rw, node, channels, error))
    return FALSE;
  *w = node->inputs[1];
  *b = node->inputs[2];
  tensor = mn_graph_tensor (rw->graph, *w);
  tensor->dims[1] = tensor->dims[tensor->rank - 1];
  tensor->rank = 2;
  return TRUE;
}

static gboolean
make_squeeze_excite (MnRewrite *rw, guint k, const Match *match, GError **error)
{
  MnNode *mul = mn_rewrite_node (rw, k), *node = mul;
  gint inputs[5] = {match->x}, old;
  MnActivation activation = match->reduce->activation;

  if (!take_weights (rw, match->reduce, &inputs[1], &inputs[2], error)
      || !take_weights (rw, match->expand, &inputs[3], &inputs[4], error))
    return FALSE;
  if (match->factor >= 0) {
    /* The gate's MUL changes places with this one. */
    gint t = mn_rewrite_add_value (rw, match->x);

    node = mn_rewrite_node (rw, match->factor_node);
    mn_rewrite_set_output (rw, match->factor_node, t);
    mn_rewrite_set_inputs (rw, mul, 2, (const gint[]) {t, match->factor});
    mn_rewrite_prune (rw, match->gated);
    old = node->inputs[node->inputs[0] == match->factor ? 1 : 0];
  } else {
    old = match->gated;
  }
  mn_rewrite_set_inputs (rw, node, 5, inputs);
  mn_rewrite_prune (rw, old);
  node->op = MN_OP_SQUEEZE_EXCITE;
  node->activation = activation;
  node->params.se.gate = match->gate;
  return TRUE;
}

gboolean
mn_pass_fuse_squeeze_excite (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k);

    for (guint gate = 0; gate < 2; gate++) {
      Match match = {
        0,
      };

      if (!node || node->op != MN_OP_MUL || node->activation != MN_ACT_NONE
          || !match_squeeze_excite (rw, node, gate, &match))
        continue;
      if (!make_squeeze_excite (rw, k, &match, error))
        return FALSE;
      break;
    }
  }
  return TRUE;
}
