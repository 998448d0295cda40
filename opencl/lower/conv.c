/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions of all channels, and fully connected layers. */

#include "engine/lower/conv_case.h"
#include "engine/lower/operands.h"
#include "opencl/lower/variants.h"

/* Constant memory holds weights of up to so much; every device has more, but
 * a core has little beside it. */
#define CONSTANT_BYTES 4096

/* Packs and uploads the node's weights and bias. */
static gboolean
upload (MnCompile *c, const MnNode *node, const MnClPacking *packing,
    gsize n_out, gsize positions, gsize n_in, cl_mem *weights, cl_mem *bias,
    GError **error)
{
  return mn_cl_upload_weights (c, node, mn_graph_input_of (c->graph, node, 1),
      mn_graph_input_of (c->graph, node, 2), packing, n_out, positions, n_in,
      weights, bias, error);
}

static gboolean
make_vector (MnCompile *c, const MnNode *node, gint x, GError **error)
{
  MnClVector v = {
    .x = x,
    .w = mn_graph_input_of (c->graph, node, 1),
    .bias = mn_graph_input_of (c->graph, node, 2),
    .residual = mn_node_residual (node),
    .y = node->outputs[0],
    .activation = node->activation,
  };

  return mn_cl_add_vector (c, node, &v, error);
}

typedef struct
{
  const MnNode *node;
  gboolean has_gate, has_residual;
} Product;

static void
describe_product (MnClOptions *options, const MnClVariant *variant,
    gconstpointer data)
{
  const Product *p = data;

  mn_cl_option (options, "STEP", variant->step);
  mn_cl_option (options, "SPLIT", variant->split);
  mn_cl_option (options, "SCALE", p->has_gate);
  mn_cl_option (options, "RESIDUAL", p->has_residual);
  mn_cl_option_act (options, "ACT", p->node->activation);
}

static void
size_product (const MnClDevice *device, MnClLaunch *launch,
    const MnClVariant *variant, gsize tiles, gsize m)
{
  gsize groups = (m + variant->pixels - 1) / variant->pixels;

  if (!variant->gpu) {
    mn_cl_set_size (device, launch, tiles, groups, 1, 1, 4, 1);
    return;
  }
  mn_cl_set_split_size (device, launch, tiles, groups, variant->split, 16);
  if (variant->split > 1)
    mn_cl_arg_local (launch,
        mn_cl_group_items (launch) * variant->pixels * variant->width);
}

/* A product of x (m rows of k) with w (OI). */
static gboolean
make_product (MnCompile *c, const MnNode *node, gint x, gsize m, gsize n,
    gsize k, GError **error)
{
  gint gate = c->gate[node->inputs[0]], residual = mn_node_residual (node);
  Product product = {node, gate >= 0, residual >= 0};
  MnClPacking packing = mn_cl_packing (n, 1, k);
  MnClProblem problem = {
    "pointwise", 1, 1, packing.k / 4, m * mn_cl_pad4 (n) / 4};
  const MnClVariant *variant;
  MnClOptions options;
  MnClLaunch *launch;
  cl_mem weights, bias;

  if (m == 1 && gate < 0)
    return make_vector (c, node, x, error);
  variant = mn_cl_choose_variant (c, &problem, describe_product, &product,
      &options, error);
  if (!variant || !upload (c, node, &packing, n, 1, k, &weights, &bias, error))
    return FALSE;
  launch = mn_cl_add_launch (c, "pointwise", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, x);
  mn_cl_arg_mem (launch, weights);
  mn_cl_arg_mem (launch, bias);
  mn_cl_arg_value (launch, gate >= 0 ? gate : x);
  mn_cl_arg_value (launch, residual >= 0 ? residual : x);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_int4 (launch, m, packing.k, mn_cl_pad4 (n), 0);
  mn_cl_arg_bounds (launch, node->activation);
  size_product (c->plan->device, launch, variant,
      (n + variant->width - 1) / variant->width, m);
  launch->flops = 2.0 * m * n * k;
  launch->bytes = 4.0
      * (packing.n * (packing.k + 1) + m * (n + k)
          + (residual >= 0 ? m * n : 0));
  return TRUE;
}

gboolean
mn_cl_make_fully_connected (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  gsize n = w->dims[0], k = w->dims[1];
  gint rows;

  /* Whatever the output's shape is, its rows are of n. */
  if (mn_cl_row_of (mn_graph_tensor (c->graph, node->outputs[0])) != n)
    return mn_compile_refuse (c, node, error,
        "an output whose rows are not the weights' is not supported");
  rows = mn_cl_rows_of (c, node->inputs[0], k, error);
  return rows >= 0
      && make_product (c, node, rows, x->n_elements / k, n, k, error);
}

typedef struct
{
  const MnNode *node;
  guint columns, inputs; /* of the kernel and in its one slice; 0: any */
  gboolean small, has_residual;
} General;

static void
describe_general (MnClOptions *options, const MnClVariant *variant,
    gconstpointer data)
{
  const General *g = data;
  /* Variants for any window take no account of this one. */
  gboolean known = variant->size > 0;

  mn_cl_option (options, "KERNEL", known ? g->columns : 0);
  mn_cl_option (options, "INPUTS", known ? g->inputs : 0);
  mn_cl_option (options, "CONSTANT", known && g->small);
  mn_cl_option (options, "RESIDUAL", g->has_residual);
  mn_cl_option_act (options, "ACT", g->node->activation);
}

static void
add_general_args (MnClLaunch *launch, const MnNode *node, const MnTensor *x,
    const MnTensor *w, const MnTensor *y)
{
  const MnConvParams *p = &node->params.conv;

  mn_cl_arg_int4 (launch, x->dims[1], x->dims[2], mn_cl_pad4 (x->dims[3]) / 4,
      0);
  mn_cl_arg_int4 (launch, y->dims[1], y->dims[2], mn_cl_pad4 (y->dims[3]), 0);
  mn_cl_arg_int4 (launch, w->dims[1], w->dims[2], p->dilation_h, p->dilation_w);
  mn_cl_arg_int4 (launch, p->stride_h, p->stride_w, p->pad_top, p->pad_left);
  mn_cl_arg_bounds (launch, node->activation);
}

static gboolean
make_general (MnCompile *c, const MnNode *node, const MnTensor *x,
    const MnTensor *w, const MnTensor *y, GError **error)
{
  const MnClDevice *device = c->plan->device;
  gsize n = y->dims[3], k = x->dims[3], tiles, groups;
  gsize positions = (gsize) w->dims[1] * w->dims[2];
  MnClPacking packing = mn_cl_packing (n, positions, k);
  gsize size = packing.n * packing.k * sizeof (gfloat);
  gint residual = mn_node_residual (node);
  General general = {node, 3, k, size <= CONSTANT_BYTES, residual >= 0};
  gboolean first = k <= 4 && w->dims[2] == 3
      && node->params.conv.dilation_w == 1 && node->params.conv.dilation_h == 1;
  MnClProblem problem = {"conv", first ? 3 : 0, 0, mn_cl_pad4 (k) / 4,
    y->n_elements / n * mn_cl_pad4 (n) / 4};
  const MnClVariant *variant;
  MnClOptions options;
  MnClLaunch *launch;
  cl_mem weights, bias;

  variant = mn_cl_choose_variant (c, &problem, describe_general, &general,
      &options, error);
  if (!variant
      || !upload (c, node, &packing, n, positions, k, &weights, &bias, error))
    return FALSE;
  launch = mn_cl_add_launch (c, "conv", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_mem (launch, weights);
  mn_cl_arg_mem (launch, bias);
  mn_cl_arg_value (launch, residual >= 0 ? residual : node->inputs[0]);
  mn_cl_arg_value (launch, node->outputs[0]);
  add_general_args (launch, node, x, w, y);
  tiles = (n + variant->width - 1) / variant->width;
  groups = (y->dims[2] + variant->pixels - 1) / variant->pixels;
  if (variant->gpu)
    mn_cl_set_gpu_size (device, launch, tiles, groups, y->dims[1], 16);
  else
    mn_cl_set_size (device, launch, tiles, groups, y->dims[1], 1, 4, 1);
  launch->flops = 2.0 * y->n_elements * positions * k;
  launch->bytes = 4.0
      * (packing.n * (packing.k + 1) + x->n_elements
          + y->n_elements * (residual >= 0 ? 2 : 1));
  return TRUE;
}

gboolean
mn_cl_make_conv (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);

  if (x->dims[0] != 1 || w->dims[3] != x->dims[3])
    return mn_compile_refuse (c, node, error,
        "%d input channels for %d in the weights, batch %d: only one group "
        "and batch 1 are supported",
        x->dims[3], w->dims[3], x->dims[0]);
  if (mn_conv_case (c->graph, node) == MN_CONV_POINTWISE)
    return make_product (c, node, node->inputs[0],
        (gsize) x->dims[1] * x->dims[2], y->dims[3], x->dims[3], error);
  return make_general (c, node, x, w, y, error);
}
