/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/kernels/network.h"

#include <math.h>
#include <string.h>

/* Channels from which on a gate takes two launches. */
#define SPLIT_CHANNELS 576

typedef struct
{
  MnGraph *graph;
  GRand *random;
  NetworkForm form;
  gint x; /* the value that comes next */
} Builder;

typedef struct
{
  gint kernel, expanded, out;
  gboolean se;
  MnActivation act;
  gint stride;
} Block;

/* The last row has an output of 0; the first block is not expanded. */
static const Block v3_small[] = {
  {3, 16, 16, TRUE, MN_ACT_RELU, 2},
  {3, 72, 24, FALSE, MN_ACT_RELU, 2},
  {3, 88, 24, FALSE, MN_ACT_RELU, 1},
  {5, 96, 40, TRUE, MN_ACT_HARD_SWISH, 2},
  {5, 240, 40, TRUE, MN_ACT_HARD_SWISH, 1},
  {5, 240, 40, TRUE, MN_ACT_HARD_SWISH, 1},
  {5, 120, 48, TRUE, MN_ACT_HARD_SWISH, 1},
  {5, 144, 48, TRUE, MN_ACT_HARD_SWISH, 1},
  {5, 288, 96, TRUE, MN_ACT_HARD_SWISH, 2},
  {5, 576, 96, TRUE, MN_ACT_HARD_SWISH, 1},
  {5, 576, 96, TRUE, MN_ACT_HARD_SWISH, 1},
  {0},
};

static const Block v3_large[] = {
  {3, 16, 16, FALSE, MN_ACT_RELU, 1},
  {3, 64, 24, FALSE, MN_ACT_RELU, 2},
  {3, 72, 24, FALSE, MN_ACT_RELU, 1},
  {5, 72, 40, TRUE, MN_ACT_RELU, 2},
  {5, 120, 40, TRUE, MN_ACT_RELU, 1},
  {5, 120, 40, TRUE, MN_ACT_RELU, 1},
  {3, 240, 80, FALSE, MN_ACT_HARD_SWISH, 2},
  {3, 200, 80, FALSE, MN_ACT_HARD_SWISH, 1},
  {3, 184, 80, FALSE, MN_ACT_HARD_SWISH, 1},
  {3, 184, 80, FALSE, MN_ACT_HARD_SWISH, 1},
  {3, 480, 112, TRUE, MN_ACT_HARD_SWISH, 1},
  {3, 672, 112, TRUE, MN_ACT_HARD_SWISH, 1},
  {5, 672, 160, TRUE, MN_ACT_HARD_SWISH, 2},
  {5, 960, 160, TRUE, MN_ACT_HARD_SWISH, 1},
  {5, 960, 160, TRUE, MN_ACT_HARD_SWISH, 1},
  {0},
};

static const Block v2[] = {
  {3, 32, 16, FALSE, MN_ACT_RELU6, 1},
  {3, 96, 24, FALSE, MN_ACT_RELU6, 2},
  {3, 144, 24, FALSE, MN_ACT_RELU6, 1},
  {3, 144, 32, FALSE, MN_ACT_RELU6, 2},
  {3, 192, 32, FALSE, MN_ACT_RELU6, 1},
  {3, 192, 32, FALSE, MN_ACT_RELU6, 1},
  {3, 192, 64, FALSE, MN_ACT_RELU6, 2},
  {3, 384, 64, FALSE, MN_ACT_RELU6, 1},
  {3, 384, 64, FALSE, MN_ACT_RELU6, 1},
  {3, 384, 64, FALSE, MN_ACT_RELU6, 1},
  {3, 384, 96, FALSE, MN_ACT_RELU6, 1},
  {3, 576, 96, FALSE, MN_ACT_RELU6, 1},
  {3, 576, 96, FALSE, MN_ACT_RELU6, 1},
  {3, 576, 160, FALSE, MN_ACT_RELU6, 2},
  {3, 960, 160, FALSE, MN_ACT_RELU6, 1},
  {3, 960, 160, FALSE, MN_ACT_RELU6, 1},
  {3, 960, 320, FALSE, MN_ACT_RELU6, 1},
  {0},
};

/* A depthwise convolution and a product each; the last output is 0. */
typedef struct
{
  gint kernel, stride, out;
} Pair;

static const Pair v1[] = {
  {3, 1, 64},
  {3, 2, 128},
  {3, 1, 128},
  {3, 2, 256},
  {3, 1, 256},
  {3, 2, 512},
  {3, 1, 512},
  {3, 1, 512},
  {3, 1, 512},
  {3, 1, 512},
  {3, 1, 512},
  {3, 2, 1024},
  {3, 1, 1024},
  {0},
};

/* Like it, but narrow, with sizes that no vector divides. */
static const Pair narrow_v1[] = {
  {3, 1, 24}, {3, 2, 36}, {5, 1, 20}, {5, 2, 52}, {3, 1, 33}, {3, 2, 64}, {0}};

typedef struct
{
  const gchar *name;
  gint stem;
  MnActivation act; /* of all that is no block's */
  const Block *blocks;
  const Pair *pairs;
  gint last, hidden; /* products behind the blocks, 0: none */
} Kind;

static const Kind narrow_kind = {
  "narrow", 16, MN_ACT_HARD_SWISH, NULL, narrow_v1, 576, 1024};

/* The first one is network_new's. */
static const Kind kinds[] = {
  {"v3-small", 16, MN_ACT_HARD_SWISH, v3_small, NULL, 576, 1024},
  {"v3-large", 16, MN_ACT_HARD_SWISH, v3_large, NULL, 960, 1280},
  {"v2", 32, MN_ACT_RELU6, v2, NULL, 1280, 0},
  {"v1", 32, MN_ACT_RELU6, NULL, v1, 0, 0},
};

static gint
add_tensor (Builder *b, guint rank, const gint32 *dims)
{
  gint t = mn_graph_add_tensor (b->graph, "t", MN_DTYPE_F32, rank, dims);
  MnTensor *tensor = mn_graph_tensor (b->graph, t);
  guint i;

  tensor->n_elements = 1;
  for (i = 0; i < rank; i++)
    tensor->n_elements *= dims[i];
  return t;
}

static gint
add_picture (Builder *b, gint h, gint w, gint c)
{
  const gint32 dims[] = {1, h, w, c};

  return add_tensor (b, 4, dims);
}

/* Uniform, of a variance that keeps activations near 1. */
static gint
add_weights (Builder *b, guint rank, const gint32 *dims, gint inputs)
{
  gint t = add_tensor (b, rank, dims);
  MnTensor *tensor = mn_graph_tensor (b->graph, t);
  gfloat *data = g_new (gfloat, tensor->n_elements);
  gdouble range = sqrt (6.0 / inputs);
  gsize i;

  for (i = 0; i < tensor->n_elements; i++)
    data[i] = g_rand_double_range (b->random, -range, range);
  tensor->data = tensor->owned = data;
  tensor->size = tensor->n_elements * sizeof (gfloat);
  return t;
}

static MnNode *
add_node (Builder *b, MnOp op, gint output)
{
  MnNode *node = mn_graph_add_node (b->graph, op, b->graph->nodes->len);

  mn_node_set_input (node, 0, b->x);
  node->outputs[0] = output;
  b->x = output;
  return node;
}

static void
add_activation (Builder *b, MnNode *node, MnActivation act)
{
  const MnTensor *t = mn_graph_tensor (b->graph, b->x);

  if (b->form != NETWORK_PLAIN || act <= MN_ACT_RELU_N1_TO_1)
    node->activation = act;
  else
    add_node (b, MN_OP_HARD_SWISH, add_tensor (b, t->rank, t->dims));
}

static void
add_conv (Builder *b, MnOp op, gint kernel, gint stride, gint out,
    MnActivation act)
{
  const gint32 *in = mn_graph_tensor (b->graph, b->x)->dims;
  gboolean deep = op == MN_OP_CONV_2D;
  const gint32 w_dims[] = {deep ? out : 1, kernel, kernel, deep ? in[3] : out};
  gint h = (in[1] + stride - 1) / stride, w = (in[2] + stride - 1) / stride;
  gint pad = MAX ((h - 1) * stride + kernel - in[1], 0);
  gint weights = add_weights (b, 4, w_dims,
      kernel * kernel * (deep ? in[3] : 1));
  gint bias = add_weights (b, 1, &out, 20);
  MnNode *node = add_node (b, op, add_picture (b, h, w, out));

  mn_node_set_input (node, 1, weights);
  mn_node_set_input (node, 2, bias);
  node->params.conv = (MnConvParams) {stride, stride, 1, 1, MN_PADDING_SAME,
    pad / 2, pad / 2, pad - pad / 2, pad - pad / 2};
  add_activation (b, node, act);
}

static void
add_mean (Builder *b)
{
  const MnTensor *in = mn_graph_tensor (b->graph, b->x);
  gint32 dims[4] = {1, 1, 1, in->dims[3]}, two = 2;
  gint axes = mn_graph_add_tensor (b->graph, "axes", MN_DTYPE_I32, 1, &two);
  MnTensor *tensor = mn_graph_tensor (b->graph, axes);
  MnNode *node;

  tensor->owned = g_new (gint32, 2);
  ((gint32 *) tensor->owned)[0] = 1;
  ((gint32 *) tensor->owned)[1] = 2;
  tensor->data = tensor->owned;
  tensor->n_elements = 2;
  tensor->size = 2 * sizeof (gint32);
  node = add_node (b, MN_OP_MEAN, add_tensor (b, 4, dims));
  mn_node_set_input (node, 1, axes);
  node->params.mean.keep_dims = TRUE;
}

static void
add_binary_scalar (Builder *b, MnOp op, gfloat value)
{
  gint scalar = add_tensor (b, 0, NULL);
  MnTensor *tensor = mn_graph_tensor (b->graph, scalar);
  const MnTensor *t = mn_graph_tensor (b->graph, b->x);
  MnNode *node;

  tensor->owned = g_new (gfloat, 1);
  *(gfloat *) tensor->owned = value;
  tensor->data = tensor->owned;
  tensor->size = sizeof (gfloat);
  node = add_node (b, op, add_tensor (b, t->rank, t->dims));
  mn_node_set_input (node, 1, scalar);
}

static void
add_se (Builder *b, gint hidden)
{
  gint x = b->x;
  const gint32 *in = mn_graph_tensor (b->graph, x)->dims;
  const gint32 w1[] = {hidden, in[3]}, w2[] = {in[3], hidden};
  const MnTensor *t;
  MnNode *node;

  if (b->form == NETWORK_FUSED) {
    gint inputs[] = {x, add_weights (b, 2, w1, in[3]),
      add_weights (b, 1, w1, 20), add_weights (b, 2, w2, hidden),
      add_weights (b, 1, w2, 20)};

    node = add_node (b, MN_OP_SQUEEZE_EXCITE,
        add_picture (b, in[1], in[2], in[3]));
    mn_node_set_inputs (node, G_N_ELEMENTS (inputs), inputs);
    node->activation = MN_ACT_RELU;
    node->params.se.gate = MN_ACT_HARD_SIGMOID;
    return;
  }
  add_mean (b);
  add_conv (b, MN_OP_CONV_2D, 1, 1, hidden, MN_ACT_RELU);
  add_conv (b, MN_OP_CONV_2D, 1, 1, w2[0], MN_ACT_NONE);
  add_binary_scalar (b, MN_OP_ADD, 3);
  t = mn_graph_tensor (b->graph, b->x);
  add_node (b, MN_OP_RELU6, add_tensor (b, t->rank, t->dims));
  add_binary_scalar (b, MN_OP_MUL, 1.0f / 6);
  node = add_node (b, MN_OP_MUL, add_picture (b, in[1], in[2], in[3]));
  mn_node_set_input (node, 1, x);
}

static void
add_residual (Builder *b, gint x)
{
  const MnTensor *t = mn_graph_tensor (b->graph, x);
  MnNode *node;

  if (b->form != NETWORK_PLAIN) {
    node = mn_graph_node (b->graph, b->graph->nodes->len - 1);
    mn_node_set_input (node, MN_CONV_RESIDUAL, x);
    return;
  }
  node = add_node (b, MN_OP_ADD, add_tensor (b, t->rank, t->dims));
  mn_node_set_input (node, 1, x);
}

/* A quarter, in eights, and not a tenth less. */
static gint
hidden_of (gint expanded)
{
  gint hidden = MAX ((expanded / 4 + 4) / 8 * 8, 8);

  return hidden * 10 < expanded / 4 * 9 ? hidden + 8 : hidden;
}

static void
add_block (Builder *b, const Block *block, gboolean is_first)
{
  gint x = b->x;
  gint in = mn_graph_tensor (b->graph, b->x)->dims[3];

  if (!is_first)
    add_conv (b, MN_OP_CONV_2D, 1, 1, block->expanded, block->act);
  add_conv (b, MN_OP_DEPTHWISE_CONV_2D, block->kernel, block->stride,
      block->expanded, block->act);
  if (block->se && b->form != NETWORK_UNGATED)
    add_se (b, hidden_of (block->expanded));
  add_conv (b, MN_OP_CONV_2D, 1, 1, block->out, MN_ACT_NONE);
  if (block->stride == 1 && in == block->out)
    add_residual (b, x);
}

static void
add_pair (Builder *b, const Pair *pair)
{
  gint in = mn_graph_tensor (b->graph, b->x)->dims[3];

  add_conv (b, MN_OP_DEPTHWISE_CONV_2D, pair->kernel, pair->stride, in,
      MN_ACT_RELU6);
  add_conv (b, MN_OP_CONV_2D, 1, 1, pair->out, MN_ACT_RELU6);
}

static MnGraph *
make_network (const Kind *kind, gint size, NetworkForm form, guint32 seed)
{
  Builder b = {
    mn_graph_new (kind->name), g_rand_new_with_seed (seed), form, -1};
  const gint32 flat[] = {1, 1000};
  MnNode *node;
  guint i;

  b.x = add_picture (&b, size, size, 3);
  g_array_append_val (b.graph->inputs, b.x);
  add_conv (&b, MN_OP_CONV_2D, 3, 2, kind->stem, kind->act);
  for (i = 0; kind->pairs && kind->pairs[i].out; i++)
    add_pair (&b, &kind->pairs[i]);
  for (i = 0; kind->blocks && kind->blocks[i].out; i++)
    add_block (&b, &kind->blocks[i], i == 0);
  if (kind->last)
    add_conv (&b, MN_OP_CONV_2D, 1, 1, kind->last, kind->act);
  add_mean (&b);
  if (kind->hidden)
    add_conv (&b, MN_OP_CONV_2D, 1, 1, kind->hidden, kind->act);
  add_conv (&b, MN_OP_CONV_2D, 1, 1, 1000, MN_ACT_NONE);
  add_node (&b, MN_OP_RESHAPE, add_tensor (&b, 2, flat));
  node = add_node (&b, MN_OP_SOFTMAX, add_tensor (&b, 2, flat));
  node->params.softmax.beta = 1;
  g_array_append_val (b.graph->outputs, b.x);
  g_rand_free (b.random);
  return b.graph;
}

MnGraph *
network_new (gint size, NetworkForm form, guint32 seed)
{
  return make_network (form == NETWORK_V1 ? &narrow_kind : kinds, size, form,
      seed);
}

const gchar *
network_name (guint i)
{
  return i < G_N_ELEMENTS (kinds) ? kinds[i].name : NULL;
}

MnGraph *
network_new_named (const gchar *name, gint size, NetworkForm form, guint32 seed)
{
  guint i;

  for (i = 0; network_name (i); i++) {
    if (g_str_equal (name, network_name (i)))
      return make_network (&kinds[i], size, form, seed);
  }
  g_return_val_if_reached (NULL);
}

guint
network_launches (const gchar *name, const MnGraph *graph)
{
  /* Where each gate is one. */
  static const struct
  {
    const gchar *network;
    guint launches;
  } networks[] = {
    {"v3-small", 46},
    {"v3-large", 57},
    {"v2", 54},
    {"v1", 29},
  };
  guint n = 0, i;

  for (i = 0; i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);
    const MnTensor *x = mn_graph_input_of (graph, node, 0);

    if (node->op == MN_OP_SQUEEZE_EXCITE && x->dims[3] >= SPLIT_CHANNELS)
      n++;
  }
  for (i = 0; i < G_N_ELEMENTS (networks); i++) {
    if (g_str_equal (name, networks[i].network))
      return networks[i].launches + n;
  }
  g_return_val_if_reached (0);
}
