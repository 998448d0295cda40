/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolutions. */

#include "engine/lower/conv_case.h"
#include "engine/lower/operands.h"
#include "opencl/lower/variants.h"

static gboolean
has_half_weights (const MnCompile *c, const MnNode *node)
{
  return mn_cl_weights_fit_half (c, mn_graph_input_of (c->graph, node, 1),
      mn_graph_input_of (c->graph, node, 2));
}

static guint
half_of (const MnCompile *c, const MnNode *node, gboolean half_weights,
    gboolean maths)
{
  const MnClOperands operands = {
    node->inputs[0], -1, -1, node->outputs[0], half_weights, maths};

  return mn_cl_half (c, &operands);
}

/* ---- squares ----------------------------------------------------------- */

static gboolean
upload_blocks (MnCompile *c, const MnNode *node, const MnClPacking *packing,
    gsize channels, MnClConstants *constants, GError **error)
{
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *b = mn_graph_input_of (c->graph, node, 2);
  g_autofree gfloat *packed = NULL;

  if (!mn_compile_check_weights (c, node, w, b, error))
    return FALSE;
  packed = mn_cl_pack_taps (packing, w->data, channels);
  return mn_cl_upload_packed (c, packed, packing->n * packing->k, b, channels,
      packing->n, constants, error);
}

typedef struct
{
  const MnNode *node;
  gint kernel, in_width, out_width;
  gboolean sums;
  guint half; /* as mn_cl_half */
} Square;

/* Columns of the input, as bits from the left one of an item's on, that lie
 * beside the picture in some item and are seen by an output that is in it. */
static guint
edges (const Square *s, guint pixels)
{
  const MnConvParams *p = &s->node->params.conv;
  guint bits = 0;
  gint x, tap;

  for (x = 0; x < s->out_width; x++) {
    gint first = x / (gint) pixels * (gint) pixels;

    for (tap = 0; tap < s->kernel; tap++) {
      gint column = x * p->stride_w - p->pad_left + tap;

      if (column < 0 || column >= s->in_width)
        bits |= 1u << ((x - first) * p->stride_w + tap);
    }
  }
  return bits;
}

static void
describe_square (MnClOptions *options, const MnClVariant *variant,
    gconstpointer data)
{
  const Square *s = data;
  gint stride = s->node->params.conv.stride_w;

  mn_cl_option (options, "KERNEL", s->kernel);
  mn_cl_option (options, "STRIDE", stride);
  mn_cl_option (options, "COLUMNS", (variant->pixels - 1) * stride + s->kernel);
  mn_cl_option (options, "EDGES", edges (s, variant->pixels));
  mn_cl_option (options, "ROWS", !variant->gpu);
  mn_cl_option (options, "SUMS", !s->sums ? 0 : variant->gpu ? 1 : 2);
  mn_cl_option_act (options, "ACT", s->node->activation);
  mn_cl_option_half (options, s->half);
}

static void
size_square (const MnClDevice *device, MnClLaunch *launch,
    const MnClVariant *variant, const MnTensor *y)
{
  gsize tiles = mn_cl_pad4 (y->dims[3]) / variant->width;

  if (variant->gpu)
    mn_cl_set_gpu_size (device, launch, tiles,
        (y->dims[2] + variant->pixels - 1) / variant->pixels, y->dims[1], 8);
  else
    /* An item has a whole row. */
    mn_cl_set_size (device, launch, tiles, 1, y->dims[1], 1, 1, 1);
}

static void
add_sums (MnCompile *c, const MnNode *node, MnClLaunch *launch,
    const MnClVariant *variant, gsize padded)
{
  guint parts = launch->global[1] / launch->local[1]
      * (launch->global[2] / launch->local[2]);

  launch->parts = c->n_sums[node->outputs[0]] = parts;
  c->sums[node->outputs[0]] = mn_values_add (c->values, parts * padded);
  mn_cl_arg_value (launch, c->sums[node->outputs[0]]);
  if (variant->gpu)
    mn_cl_arg_local (launch, mn_cl_group_items (launch) * variant->width);
}

static gboolean
make_square (MnCompile *c, const MnNode *node, const MnTensor *x,
    const MnTensor *w, const MnTensor *y, GError **error)
{
  const MnConvParams *p = &node->params.conv;
  MnClConstants constants = {.half = has_half_weights (c, node)};
  Square square = {node, w->dims[1], x->dims[2], y->dims[2],
    mn_compile_wants_sums (c, node), half_of (c, node, constants.half, TRUE)};
  gsize padded = mn_cl_pad4 (y->dims[3]);
  MnClPacking packing = mn_cl_packing (y->dims[3], 1, 4);
  MnClProblem problem = {"dwconv", square.kernel, p->stride_w, padded / 4,
    y->n_elements / y->dims[3] * padded / 4,
    /* A CPU's sums are of groups of one item. */
    square.sums && !c->plan->device->gpu_shape};
  const MnClVariant *variant;
  MnClOptions options;
  MnClLaunch *launch;

  packing.k = (gsize) square.kernel * square.kernel;
  variant = mn_cl_choose_variant (c, &problem, describe_square, &square,
      &options, error);
  if (!variant
      || !upload_blocks (c, node, &packing, y->dims[3], &constants, error))
    return FALSE;
  launch = mn_cl_add_launch (c, "dwconv", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_mem (launch, constants.weights);
  mn_cl_arg_mem (launch, constants.bias);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_int4 (launch, x->dims[1], x->dims[2], padded, 0);
  mn_cl_arg_int4 (launch, y->dims[1], y->dims[2], 0, 0);
  mn_cl_arg_int2 (launch, p->pad_top, p->pad_left);
  mn_cl_arg_bounds (launch, node->activation);
  size_square (c->plan->device, launch, variant, y);
  if (square.sums)
    add_sums (c, node, launch, variant, padded);
  launch->flops = 2.0 * y->n_elements * packing.k;
  launch->bytes = mn_cl_size_of (c, node->inputs[0]) * x->n_elements
      + mn_cl_size_of (c, node->outputs[0]) * y->n_elements
      + (constants.half ? 2.0 : 4.0) * (packing.k + 1) * packing.n;
  return TRUE;
}

/* ---- any --------------------------------------------------------------- */

/* For any kernel: [position][channel] weights and a bias. */
static gboolean
upload_rows (MnCompile *c, const MnNode *node, gsize positions, gsize channels,
    MnClConstants *constants, GError **error)
{
  const MnTensor *w = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *b = mn_graph_input_of (c->graph, node, 2);
  g_autofree gfloat *packed = NULL;
  gsize padded = mn_cl_pad4 (channels);

  if (!mn_compile_check_weights (c, node, w, b, error))
    return FALSE;
  packed = mn_cl_pack_rows (w->data, positions, channels, padded);
  return mn_cl_upload_packed (c, packed, positions * padded, b, channels,
      padded, constants, error);
}

static gboolean
make_any (MnCompile *c, const MnNode *node, const MnTensor *x,
    const MnTensor *w, const MnTensor *y, GError **error)
{
  const MnConvParams *p = &node->params.conv;
  gsize positions = (gsize) w->dims[1] * w->dims[2];
  gsize padded = mn_cl_pad4 (y->dims[3]);
  MnClConstants constants = {.half = has_half_weights (c, node)};
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  if (!upload_rows (c, node, positions, y->dims[3], &constants, error))
    return FALSE;
  mn_cl_option_act (&options, "ACT", node->activation);
  mn_cl_option_half (&options, half_of (c, node, constants.half, FALSE));
  launch = mn_cl_add_launch (c, "dwconv_any", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_mem (launch, constants.weights);
  mn_cl_arg_mem (launch, constants.bias);
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
  launch->bytes = mn_cl_size_of (c, node->inputs[0]) * x->n_elements
      + mn_cl_size_of (c, node->outputs[0]) * y->n_elements
      + (constants.half ? 2.0 : 4.0) * (positions + 1) * padded;
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
