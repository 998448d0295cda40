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
    gsize n_out, gsize positions, gsize n_in, MnClConstants *constants,
    GError **error)
{
  return mn_cl_upload_weights (c, node, mn_graph_input_of (c->graph, node, 1),
      mn_graph_input_of (c->graph, node, 2), packing, n_out, positions, n_in,
      constants, error);
}

static gboolean
has_half_weights (const MnCompile *c, const MnNode *node)
{
  return mn_cl_weights_fit_half (c, mn_graph_input_of (c->graph, node, 1),
      mn_graph_input_of (c->graph, node, 2));
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
  gint x;
  gsize m, n, k;
  gint gate, residual; /* values; -1: none */
  gint mean;           /* node that is computed with it; -1: none */
  gint y;
  gboolean half_weights;
  guint half; /* as mn_cl_half */
  MnActivation activation;
} Product;

static void
describe_product (MnClOptions *options, const MnClVariant *variant,
    gconstpointer data)
{
  const Product *p = data;

  mn_cl_option (options, "STEP", variant->step);
  mn_cl_option (options, "SPLIT", variant->split);
  mn_cl_option (options, "SCALE", p->gate >= 0);
  mn_cl_option (options, "RESIDUAL", p->residual >= 0);
  mn_cl_option (options, "MEAN", p->mean >= 0);
  mn_cl_option_act (options, "ACT", p->activation);
  mn_cl_option_half (options, p->half);
}

static const MnClVariant *
choose_product (MnCompile *c, const Product *p, MnClOptions *options,
    GError **error)
{
  MnClProblem problem = {
    "pointwise", 1, 1, mn_cl_pad4 (p->k) / 4, p->m * mn_cl_pad4 (p->n) / 4};

  /* Lanes for a mean are in dimension 1, and not too many for one group. */
  if (p->mean >= 0) {
    problem.items = G_MAXSIZE;
    problem.fixed = TRUE;
  }
  return mn_cl_choose_variant (c, &problem, describe_product, p, options,
      error);
}

static gsize
groups_of_pixels (const Product *p, const MnClVariant *variant)
{
  return (p->m + variant->pixels - 1) / variant->pixels;
}

static void
size_product (const MnClDevice *device, MnClLaunch *launch, const Product *p,
    const MnClVariant *variant)
{
  gsize tiles = (p->n + variant->width - 1) / variant->width;
  gsize groups = groups_of_pixels (p, variant);

  if (!variant->gpu) {
    mn_cl_set_size (device, launch, tiles, groups, 1, 1, 4, 1);
    return;
  }
  if (p->mean >= 0) {
    mn_cl_set_size (device, launch, tiles, groups, 1,
        MIN (device->quirks->group, launch->program->max_group) / groups,
        groups, 1);
    mn_cl_arg_float (launch, 1.0f / p->m);
    mn_cl_arg_local (launch, mn_cl_group_items (launch) * variant->width);
    return;
  }
  mn_cl_set_split_size (device, launch, tiles, groups, variant->split, 16);
  if (variant->split > 1)
    mn_cl_arg_local (launch,
        mn_cl_group_items (launch) * variant->pixels * variant->width);
}

/* Whether the mean can be computed with it: a group has all pixels. On the
 * CPU a group is one thread's, and the next launch costs nothing. */
static gboolean
takes_mean (MnCompile *c, const Product *p, GError **error)
{
  const MnClDevice *device = c->plan->device;
  const MnClVariant *variant;
  const MnClProgram *program;
  MnClOptions options;

  if (!device->gpu_shape || p->m < 2 || p->residual >= 0)
    return FALSE;
  variant = choose_product (c, p, &options, error);
  program = variant
      ? mn_cl_plan_program (c->plan, "pointwise", options.text, error)
      : NULL;
  return program
      && groups_of_pixels (p, variant)
      <= MIN (MIN (device->quirks->group, program->max_group),
          device->max_items[1]);
}

static gboolean
add_product (MnCompile *c, const MnNode *node, const Product *p, GError **error)
{
  MnClPacking packing = mn_cl_packing (p->n, 1, p->k);
  MnClConstants constants = {.half = p->half_weights};
  const MnClVariant *variant;
  MnClOptions options;
  MnClLaunch *launch;

  variant = choose_product (c, p, &options, error);
  if (!variant || !upload (c, node, &packing, p->n, 1, p->k, &constants, error))
    return FALSE;
  launch = mn_cl_add_launch (c, "pointwise", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, p->x);
  mn_cl_arg_mem (launch, constants.weights);
  mn_cl_arg_mem (launch, constants.bias);
  mn_cl_arg_value (launch, p->gate >= 0 ? p->gate : p->x);
  mn_cl_arg_value (launch, p->residual >= 0 ? p->residual : p->x);
  mn_cl_arg_value (launch, p->y);
  mn_cl_arg_int4 (launch, p->m, packing.k, mn_cl_pad4 (p->n), 0);
  mn_cl_arg_bounds (launch, p->activation);
  size_product (c->plan->device, launch, p, variant);
  launch->flops = 2.0 * p->m * p->n * p->k;
  launch->bytes = (p->half_weights ? 2.0 : 4.0) * packing.n * (packing.k + 1)
      + mn_cl_size_of (c, p->x) * p->m * p->k
      + mn_cl_size_of (c, p->y) * (p->mean >= 0 ? p->n : p->m * p->n);
  if (p->residual >= 0)
    launch->bytes += mn_cl_size_of (c, p->residual) * p->m * p->n;
  return TRUE;
}

/* Where it stores, and what is of 16 bits then. */
static void
direct_product (const MnCompile *c, Product *p, gint y)
{
  const MnClOperands operands = {
    p->x, p->residual, p->gate, y, p->half_weights, TRUE};

  p->y = y;
  p->half = mn_cl_half (c, &operands);
}

/* A product of x (m rows of k) with w (OI). */
static gboolean
make_product (MnCompile *c, const MnNode *node, gint x, gsize m, gsize n,
    gsize k, GError **error)
{
  Product p = {x, m, n, k, c->gate[node->inputs[0]], mn_node_residual (node),
    mn_cl_mean_behind (c, node), -1, has_half_weights (c, node), 0,
    node->activation};
  GError *failure = NULL;

  if (m == 1 && p.gate < 0)
    return make_vector (c, node, x, error);
  if (p.mean >= 0)
    direct_product (c, &p, mn_graph_node (c->graph, p.mean)->outputs[0]);
  if (p.mean >= 0 && takes_mean (c, &p, &failure)) {
    c->absorbed[p.mean] = TRUE;
    return add_product (c, node, &p, error);
  }
  if (failure) {
    g_propagate_error (error, failure);
    return FALSE;
  }
  p.mean = -1;
  direct_product (c, &p, node->outputs[0]);
  return add_product (c, node, &p, error);
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
  guint half; /* as mn_cl_half */
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
  mn_cl_option_half (options, g->half);
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
  MnClConstants constants = {.half = has_half_weights (c, node)};
  gsize size = packing.n * packing.k * (constants.half ? 2 : 4);
  gint residual = mn_node_residual (node);
  const MnClOperands operands = {
    node->inputs[0], residual, -1, node->outputs[0], constants.half, TRUE};
  General general = {node, 3, k, size <= CONSTANT_BYTES, residual >= 0,
    mn_cl_half (c, &operands)};
  gboolean first = k <= 4 && w->dims[2] == 3
      && node->params.conv.dilation_w == 1 && node->params.conv.dilation_h == 1;
  MnClProblem problem = {"conv", first ? 3 : 0, 0, mn_cl_pad4 (k) / 4,
    y->n_elements / n * mn_cl_pad4 (n) / 4};
  const MnClVariant *variant;
  MnClOptions options;
  MnClLaunch *launch;

  variant = mn_cl_choose_variant (c, &problem, describe_general, &general,
      &options, error);
  if (!variant
      || !upload (c, node, &packing, n, positions, k, &constants, error))
    return FALSE;
  launch = mn_cl_add_launch (c, "conv", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_mem (launch, constants.weights);
  mn_cl_arg_mem (launch, constants.bias);
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
  launch->bytes = (constants.half ? 2.0 : 4.0) * packing.n * (packing.k + 1)
      + mn_cl_size_of (c, node->inputs[0]) * x->n_elements
      + mn_cl_size_of (c, node->outputs[0]) * y->n_elements;
  if (residual >= 0)
    launch->bytes += mn_cl_size_of (c, residual) * y->n_elements;
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
