/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolutions and fully connected layers: which kernel computes which, with
 * which tile, in the GPU's shape and in the CPU's. */

#include "engine/lower/conv_case.h"
#include "engine/lower/operands.h"
#include "opencl/lower/plan.h"

/* The CPU's tiles: sums that fill, and do not overflow, the registers of
 * AVX2, AVX-512 and NEON alike. */
#define CPU_WIDTH 16
#define CPU_POINTWISE_PIXELS 6
#define CPU_CONV_PIXELS 4

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

/* More pixels an item read the weights less often, but leave fewer items:
 * fewer where the device has not enough to do. */
static guint
gpu_pixels (const MnClDevice *device, gsize items)
{
  gsize each = items / device->units;

  return each <= 256 ? 1 : each <= 1536 ? 2 : 4;
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

/* How a product is compiled with so many pixels an item, or fewer where they
 * would not fit the registers. 0: error. */
static guint
choose_product (MnCompile *c, const MnNode *node, guint width, guint pixels,
    gboolean has_gate, MnClOptions *chosen, GError **error)
{
  MnClOptions forms[3] = {{""}};
  guint n, px = pixels;
  gint i;

  for (n = 0; n < G_N_ELEMENTS (forms) && px > 0; n++, px /= 2) {
    mn_cl_option (&forms[n], "V", width);
    mn_cl_option (&forms[n], "PX", px);
    mn_cl_option (&forms[n], "SCALE", has_gate);
    mn_cl_option_act (&forms[n], "ACT", node->activation);
  }
  i = mn_cl_plan_choose (c->plan, "pointwise", forms, n, error);
  if (i < 0)
    return 0;
  *chosen = forms[i];
  return pixels >> i;
}

/* A product of x (m rows of k) with w (OI). */
static gboolean
make_product (MnCompile *c, const MnNode *node, gint x, gsize m, gsize n,
    gsize k, GError **error)
{
  const MnClDevice *device = c->plan->device;
  gboolean gpu = device->gpu_shape;
  guint width = gpu ? 4 : CPU_WIDTH, pixels;
  MnClPacking packing = mn_cl_packing (device, width, n, 1, k);
  gint gate = c->gate[node->inputs[0]], residual = mn_node_residual (node);
  gsize tiles = packing.n / width;
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;
  cl_mem weights, bias;

  if (m == 1 && gate < 0)
    return make_vector (c, node, x, error);
  pixels = choose_product (c, node, width,
      gpu ? gpu_pixels (device, tiles * m) : CPU_POINTWISE_PIXELS, gate >= 0,
      &options, error);
  if (pixels == 0)
    return FALSE;
  if (!upload (c, node, &packing, n, 1, k, &weights, &bias, error))
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
  mn_cl_arg_int4 (launch, m, packing.k / 4, mn_cl_pad4 (n), residual >= 0);
  mn_cl_arg_int2 (launch, packing.stride_tile, packing.stride_row);
  mn_cl_arg_bounds (launch, node->activation);
  if (gpu)
    mn_cl_set_gpu_size (device, launch, tiles, (m + pixels - 1) / pixels, 1,
        16);
  else
    mn_cl_set_size (device, launch, tiles, (m + pixels - 1) / pixels, 1, 1, 4,
        1);
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

static gboolean
make_general (MnCompile *c, const MnNode *node, const MnTensor *x,
    const MnTensor *w, const MnTensor *y, GError **error)
{
  const MnClDevice *device = c->plan->device;
  gboolean gpu = device->gpu_shape;
  gsize n = y->dims[3], k = x->dims[3];
  gsize positions = (gsize) w->dims[1] * w->dims[2];
  /* The first layer: one item has the few inputs for all its outputs. */
  guint width = !gpu || (k <= 4 && n >= 16) ? 16 : 4;
  guint pixels = gpu ? 1 : CPU_CONV_PIXELS;
  MnClPacking packing = mn_cl_packing (device, width, n, positions, k);
  gsize tiles = packing.n / width;
  gsize groups = (y->dims[2] + pixels - 1) / pixels;
  gint residual = mn_node_residual (node);
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;
  cl_mem weights, bias;

  if (!upload (c, node, &packing, n, positions, k, &weights, &bias, error))
    return FALSE;
  mn_cl_option (&options, "V", width);
  mn_cl_option (&options, "PX", pixels);
  mn_cl_option_act (&options, "ACT", node->activation);
  launch = mn_cl_add_launch (c, "conv", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_mem (launch, weights);
  mn_cl_arg_mem (launch, bias);
  mn_cl_arg_value (launch, residual >= 0 ? residual : node->inputs[0]);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_int4 (launch, x->dims[1], x->dims[2], mn_cl_pad4 (k) / 4, 0);
  mn_cl_arg_int4 (launch, y->dims[1], y->dims[2], mn_cl_pad4 (n),
      residual >= 0);
  mn_cl_arg_int4 (launch, w->dims[1], w->dims[2], node->params.conv.dilation_h,
      node->params.conv.dilation_w);
  mn_cl_arg_int4 (launch, node->params.conv.stride_h,
      node->params.conv.stride_w, node->params.conv.pad_top,
      node->params.conv.pad_left);
  mn_cl_arg_int2 (launch, packing.stride_tile, packing.stride_row);
  mn_cl_arg_bounds (launch, node->activation);
  if (gpu)
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

/* ---- depthwise --------------------------------------------------------- */

/* Uploads [position][channel] weights and a bias. */
static gboolean
upload_dwconv (MnCompile *c, const MnNode *node, gsize positions,
    gsize channels, cl_mem *weights, cl_mem *bias, GError **error)
{
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *b = mn_graph_input_of (c->graph, node, 2);
  g_autofree gfloat *packed = NULL, *packed_bias = NULL;
  gsize padded = mn_cl_pad4 (channels);

  if (!mn_compile_check_weights (c, node, w, b, error))
    return FALSE;
  packed = mn_cl_pack_rows (w->data, positions, channels, padded);
  *weights = mn_cl_plan_upload (c->plan, packed,
      positions * padded * sizeof (gfloat), error);
  if (!*weights)
    return FALSE;
  packed_bias = mn_cl_pack_vector (b ? b->data : NULL, channels, padded);
  *bias = mn_cl_plan_upload (c->plan, packed_bias, padded * sizeof (gfloat),
      error);
  return *bias != NULL;
}

static void
size_dwconv (const MnClDevice *device, MnClLaunch *launch, const MnTensor *y,
    guint width, guint pixels)
{
  gsize tiles = mn_cl_pad4 (y->dims[3]) / width;

  if (device->gpu_shape)
    mn_cl_set_gpu_size (device, launch, tiles,
        (y->dims[2] + pixels - 1) / pixels, y->dims[1], 8);
  else
    /* An item has a whole row. */
    mn_cl_set_size (device, launch, tiles, 1, y->dims[1], 1, 1, 1);
}

static gboolean
make_square (MnCompile *c, const MnNode *node, const MnTensor *x,
    const MnTensor *w, const MnTensor *y, GError **error)
{
  const MnClDevice *device = c->plan->device;
  const MnConvParams *p = &node->params.conv;
  gboolean gpu = device->gpu_shape, sums = mn_compile_wants_sums (c, node);
  gsize padded = mn_cl_pad4 (y->dims[3]);
  guint width = !gpu && padded % 8 == 0 ? 8 : 4;
  guint pixels = (gpu ? 2 : 4) / p->stride_h;
  gint kernel = w->dims[1];
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;
  cl_mem weights, bias;

  if (!upload_dwconv (c, node, (gsize) kernel * kernel, y->dims[3], &weights,
          &bias, error))
    return FALSE;
  mn_cl_option (&options, "V", width);
  mn_cl_option (&options, "PX", pixels);
  mn_cl_option (&options, "KERNEL", kernel);
  mn_cl_option (&options, "STRIDE", p->stride_h);
  mn_cl_option (&options, "SUMS", !sums ? 0 : gpu ? 1 : 2);
  mn_cl_option_act (&options, "ACT", node->activation);
  launch = mn_cl_add_launch (c, "dwconv", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_mem (launch, weights);
  mn_cl_arg_mem (launch, bias);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_int4 (launch, x->dims[1], x->dims[2], padded, 0);
  mn_cl_arg_int4 (launch, y->dims[1], y->dims[2], 0, 0);
  mn_cl_arg_int2 (launch, p->pad_top, p->pad_left);
  mn_cl_arg_bounds (launch, node->activation);
  size_dwconv (device, launch, y, width, pixels);
  if (sums) {
    guint parts = launch->global[1] / launch->local[1]
        * (launch->global[2] / launch->local[2]);

    c->n_sums[node->outputs[0]] = parts;
    c->sums[node->outputs[0]] = mn_values_add (c->values, parts * padded);
    mn_cl_arg_value (launch, c->sums[node->outputs[0]]);
    if (gpu)
      mn_cl_arg_local (launch, mn_cl_group_items (launch) * width);
  }
  launch->flops = 2.0 * y->n_elements * kernel * kernel;
  launch->bytes = 4.0
      * (x->n_elements + y->n_elements
          + (gsize) (kernel * kernel + 1) * padded);
  return TRUE;
}

static gboolean
make_any (MnCompile *c, const MnNode *node, const MnTensor *x,
    const MnTensor *w, const MnTensor *y, GError **error)
{
  const MnConvParams *p = &node->params.conv;
  gsize positions = (gsize) w->dims[1] * w->dims[2];
  gsize padded = mn_cl_pad4 (y->dims[3]);
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;
  cl_mem weights, bias;

  if (!upload_dwconv (c, node, positions, y->dims[3], &weights, &bias, error))
    return FALSE;
  mn_cl_option_act (&options, "ACT", node->activation);
  launch = mn_cl_add_launch (c, "dwconv_any", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_mem (launch, weights);
  mn_cl_arg_mem (launch, bias);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_int4 (launch, x->dims[1], x->dims[2], mn_cl_pad4 (x->dims[3]), 0);
  mn_cl_arg_int4 (launch, y->dims[1], y->dims[2], padded, 0);
  mn_cl_arg_int4 (launch, w->dims[1], w->dims[2], p->dilation_h, p->dilation_w);
  mn_cl_arg_int4 (launch, p->stride_h, p->stride_w, p->pad_top, p->pad_left);
  mn_cl_arg_int2 (launch, y->dims[3], y->dims[3] / x->dims[3]);
  mn_cl_arg_bounds (launch, node->activation);
  mn_cl_set_gpu_size (c->plan->device, launch, padded / 4, y->dims[2],
      y->dims[1], 8);
  launch->flops = 2.0 * y->n_elements * positions;
  launch->bytes = 4.0
      * (x->n_elements + y->n_elements + (positions + 1) * padded);
  return TRUE;
}

gboolean
mn_cl_make_dwconv (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);

  if (x->dims[0] != 1)
    return mn_compile_refuse (c, node, error, "a batch of %d is not supported",
        x->dims[0]);
  if (mn_conv_case (c->graph, node) == MN_CONV_DEPTHWISE_SQUARE)
    return make_square (c, node, x, w, y, error);
  return make_any (c, node, x, w, y, error);
}
