/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hard sigmoid and hard swish, written out, get their names.
 *
 *   x --> ADD (3) --> RELU6 --> MUL (1/6) --> y   x --> HARD_SIGMOID --> y
 *
 *   x --> CONV_2D (bias b + 3, relu6) --> MUL (1/6) --> y
 *                          x --> CONV_2D (bias b, hard-sigmoid) --> y
 *
 *   x --> ADD (3) --> RELU6 --> MUL --> MUL (1/6) --> y
 *   x ---------------------------^                x --> HARD_SWISH --> y
 *
 * The factors of a product come in any order; the RELU6 stands alone or in
 * the ADD or convolution before it. A 1/6 that was rounded (to float16) is
 * kept exact: MUL by what is left of it stays behind, for the weights of the
 * next convolution to take up (mn_pass_fold_batchnorm). */

#include "engine/passes/rewrite.h"

#include <math.h>

/* How far a 1/6 may be off: float16 has 11 bits. */
#define ROUNDED 1e-3f
/* What float32 cannot tell from 1. */
#define EXACT 1e-6f

/* A product: its constant factor and the others. */
typedef struct
{
  gfloat factor;
  guint n;
  gint values[2]; /* tensors */
  gint inner;     /* node of the inner MUL; -1: none */
} Product;

static gboolean
is_product (const MnGraph *graph, const MnNode *node)
{
  return node->op == MN_OP_MUL && node->activation == MN_ACT_NONE
      && mn_graph_tensor (graph, node->outputs[0])->dtype == MN_DTYPE_F32;
}

/* FALSE: more factors than any form has. */
static gboolean
add_factor (const MnGraph *graph, Product *product, gint t)
{
  gfloat value;

  if (mn_pass_uniform (mn_graph_tensor (graph, t), &value)) {
    product->factor *= value;
    return TRUE;
  }
  if (product->n == G_N_ELEMENTS (product->values))
    return FALSE;
  product->values[product->n++] = t;
  return TRUE;
}

/* Takes the MUL at k and at most one MUL that feeds only it apart. */
static gboolean
take_apart (const MnRewrite *rw, guint k, gint inner_input, Product *product)
{
  const MnGraph *graph = rw->graph;
  const MnNode *node = mn_rewrite_node (rw, k);

  *product = (Product) {1.0f, 0, {-1, -1}, -1};
  for (gint i = 0; i < 2; i++) {
    gint t = node->inputs[i];
    guint index;
    const MnNode *inner = mn_rewrite_producer (rw, t, &index);

    if (i != inner_input) {
      if (!add_factor (graph, product, t))
        return FALSE;
      continue;
    }
    if (!inner || !is_product (graph, inner) || !mn_rewrite_single (rw, t))
      return FALSE;
    product->inner = index;
    if (!add_factor (graph, product, inner->inputs[0])
        || !add_factor (graph, product, inner->inputs[1]))
      return FALSE;
  }
  return TRUE;
}

/* TRUE when t = relu6 (x + 3); last is the node that gives t. */
static gboolean
match_relu6_of_sum (const MnRewrite *rw, gint t, gint *x, guint *last)
{
  const MnGraph *graph = rw->graph;
  const MnNode *node = mn_rewrite_producer (rw, t, last), *add = node;
  guint value, constant;
  gfloat three;

  if (!node)
    return FALSE;
  if (node->op == MN_OP_RELU6)
    add = mn_rewrite_producer (rw, node->inputs[0], NULL);
  if (!add || add->op != MN_OP_ADD || !mn_pass_is_float (graph, node)
      || add->activation != (add == node ? MN_ACT_RELU6 : MN_ACT_NONE)
      || !mn_pass_split_constant (graph, add, &value, &constant)
      || !mn_pass_uniform (mn_graph_input_of (graph, add, constant), &three)
      || three != 3.0f)
    return FALSE;
  *x = add->inputs[value];
  return mn_pass_same_dims (mn_graph_tensor (graph, *x),
      mn_graph_tensor (graph, t));
}

/* The convolution with a RELU6 in it that gives t to one reader only. */
static MnNode *
match_relu6_conv (const MnRewrite *rw, gint t)
{
  MnNode *conv = mn_rewrite_producer (rw, t, NULL);

  return conv && mn_pass_is_float_conv (rw->graph, conv)
          && conv->activation == MN_ACT_RELU6 && mn_node_residual (conv) < 0
          && mn_rewrite_single (rw, t)
      ? conv
      : NULL;
}

/* relu6 (z) / 6 is the hard sigmoid of z - 3. */
static gboolean
conv_to_hard_sigmoid (MnRewrite *rw, MnNode *conv, GError **error)
{
  gsize n = mn_node_channels (rw->graph, conv);
  gfloat *bias = mn_rewrite_own_bias (rw, conv, n, error);

  if (!bias)
    return FALSE;
  for (gsize c = 0; c < n; c++)
    bias[c] -= 3.0f;
  conv->activation = MN_ACT_HARD_SIGMOID;
  return TRUE;
}

static gint
add_scalar (MnRewrite *rw, gfloat value, GError **error)
{
  gint t = mn_rewrite_add_constant (rw, "factor", MN_DTYPE_F32, 0, NULL, error);

  if (t >= 0)
    *(gfloat *) mn_graph_tensor (rw->graph, t)->owned = value;
  return t;
}

static void
set_inputs (MnRewrite *rw, MnNode *node, guint n, gint a, gint b)
{
  guint n_old = node->n_inputs;
  g_autofree gint *old = g_memdup2 (node->inputs, n_old * sizeof (gint));

  mn_rewrite_set_inputs (rw, node, n, (const gint[]) {a, b});
  for (guint i = 0; i < n_old; i++)
    mn_rewrite_prune (rw, old[i]);
}

static void
set_unary (MnRewrite *rw, MnNode *node, MnOp op, gint x)
{
  node->op = op;
  node->activation = MN_ACT_NONE;
  set_inputs (rw, node, 1, x, -1);
}

/* y = op (x) * factor, y given by the MUL at k; spare is a node that may
 * give op (x) where the factor is not 1, -1: none, and nothing is done. */
static gboolean
name_function (MnRewrite *rw, guint k, MnOp op, gint x, gfloat factor,
    gint spare, GError **error)
{
  MnNode *node = mn_rewrite_node (rw, k), *function;
  gint rest;

  if (!mn_pass_same_dims (mn_graph_tensor (rw->graph, x),
          mn_graph_tensor (rw->graph, node->outputs[0])))
    return TRUE;
  if (fabsf (factor - 1.0f) <= EXACT) {
    set_unary (rw, node, op, x);
    return TRUE;
  }
  if (spare < 0)
    return TRUE;
  function = mn_rewrite_node (rw, spare);
  if (!mn_pass_same_dims (mn_graph_tensor (rw->graph, x),
          mn_graph_tensor (rw->graph, function->outputs[0])))
    return TRUE;
  rest = add_scalar (rw, factor, error);
  if (rest < 0)
    return FALSE;
  set_unary (rw, function, op, x);
  set_inputs (rw, node, 2, function->outputs[0], rest);
  return TRUE;
}

/* One value times 1/6: value is relu6 (x + 3), or a convolution's relu6. */
static gboolean
name_sigmoid (MnRewrite *rw, guint k, const Product *product, GError **error)
{
  gfloat factor = product->factor * 6.0f;
  gint t = product->values[0], x, rest;
  MnNode *conv;
  guint last;

  if (product->inner >= 0)
    return TRUE;
  if (match_relu6_of_sum (rw, t, &x, &last))
    return name_function (rw, k, MN_OP_HARD_SIGMOID, x, factor,
        mn_rewrite_single (rw, t) ? (gint) last : -1, error);
  conv = match_relu6_conv (rw, t);
  if (!conv
      || !mn_pass_same_dims (mn_graph_tensor (rw->graph, t),
          mn_graph_tensor (rw->graph, mn_rewrite_node (rw, k)->outputs[0])))
    return TRUE;
  if (!conv_to_hard_sigmoid (rw, conv, error))
    return FALSE;
  if (fabsf (factor - 1.0f) <= EXACT) {
    guint index;

    mn_rewrite_producer (rw, t, &index);
    mn_rewrite_set_output (rw, index, mn_rewrite_node (rw, k)->outputs[0]);
    mn_rewrite_drop (rw, k);
    return TRUE;
  }
  rest = add_scalar (rw, factor, error);
  if (rest < 0)
    return FALSE;
  set_inputs (rw, mn_rewrite_node (rw, k), 2, t, rest);
  return TRUE;
}

/* t = relu6 (...) becomes six times less. FALSE with no error set: t is not
 * that, or others read it. */
static gboolean
make_gate (MnRewrite *rw, gint t, GError **error)
{
  MnNode *conv = match_relu6_conv (rw, t);
  guint last;
  gint x;

  if (conv)
    return conv_to_hard_sigmoid (rw, conv, error);
  if (!mn_rewrite_single (rw, t) || !match_relu6_of_sum (rw, t, &x, &last))
    return FALSE;
  set_unary (rw, mn_rewrite_node (rw, last), MN_OP_HARD_SIGMOID, x);
  return TRUE;
}

/* Makes the one uniform constant of node six times as large. */
static gboolean
scale_constant (MnRewrite *rw, MnNode *node, GError **error)
{
  for (guint i = 0; i < 2; i++) {
    gint old = node->inputs[i], t;
    gfloat value;

    if (!mn_pass_uniform (mn_graph_tensor (rw->graph, old), &value))
      continue;
    t = add_scalar (rw, value * 6.0f, error);
    if (t < 0)
      return FALSE;
    mn_rewrite_set_input (rw, node, i, t);
    return TRUE;
  }
  g_assert_not_reached ();
}

/* a * b / 6 with b = relu6 (...): a gate and what it opens. */
static gboolean
name_gate (MnRewrite *rw, guint k, gint a, gint b, const Product *product,
    GError **error)
{
  MnNode *node = mn_rewrite_node (rw, k);
  GError *local = NULL;
  gfloat value;

  if (product->inner < 0
      || !mn_pass_same_dims (mn_graph_tensor (rw->graph, a),
          mn_graph_tensor (rw->graph, node->outputs[0])))
    return TRUE;
  if (!make_gate (rw, b, &local)) {
    if (local)
      g_propagate_error (error, local);
    return local == NULL;
  }
  if (fabsf (product->factor * 6.0f - 1.0f) <= EXACT) {
    set_inputs (rw, node, 2, a, b);
    return TRUE;
  }
  if (!mn_pass_uniform (mn_graph_input_of (rw->graph, node, 0), &value)
      && !mn_pass_uniform (mn_graph_input_of (rw->graph, node, 1), &value))
    node = mn_rewrite_node (rw, product->inner);
  return scale_constant (rw, node, error);
}

/* Two values, and 1/6 or nothing. */
static gboolean
name_product (MnRewrite *rw, guint k, const Product *product, GError **error)
{
  gboolean sixth = fabsf (product->factor * 6.0f - 1.0f) <= ROUNDED;

  for (guint i = 0; i < 2; i++) {
    gint a = product->values[i], b = product->values[1 - i], x;
    const MnNode *sigmoid = mn_rewrite_producer (rw, b, NULL);
    guint last;

    if (sixth && match_relu6_of_sum (rw, b, &x, &last) && x == a)
      return name_function (rw, k, MN_OP_HARD_SWISH, a, product->factor * 6.0f,
          product->inner, error);
    if (sigmoid && sigmoid->op == MN_OP_HARD_SIGMOID
        && mn_pass_is_float (rw->graph, sigmoid) && sigmoid->inputs[0] == a)
      return name_function (rw, k, MN_OP_HARD_SWISH, a, product->factor,
          product->inner, error);
  }
  if (!sixth)
    return TRUE;
  /* The gate is the smaller of the two. */
  if (mn_graph_tensor (rw->graph, product->values[0])->n_elements
      < mn_graph_tensor (rw->graph, product->values[1])->n_elements)
    return name_gate (rw, k, product->values[1], product->values[0], product,
        error);
  return name_gate (rw, k, product->values[0], product->values[1], product,
      error);
}

static gboolean
rewrite_product (MnRewrite *rw, guint k, GError **error)
{
  /* By itself, then with either input taken apart further. */
  for (gint inner = -1; inner < 2; inner++) {
    MnNode *node = mn_rewrite_node (rw, k);
    Product product;
    gboolean ok = TRUE;

    if (!node || !is_product (rw->graph, node))
      return TRUE;
    if (!take_apart (rw, k, inner, &product))
      continue;
    if (product.n == 2)
      ok = name_product (rw, k, &product, error);
    else if (product.n == 1 && fabsf (product.factor * 6.0f - 1.0f) <= ROUNDED)
      ok = name_sigmoid (rw, k, &product, error);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_pass_fuse_hard_swish (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    if (mn_rewrite_node (rw, k) && !rewrite_product (rw, k, error))
      return FALSE;
  }
  return TRUE;
}
