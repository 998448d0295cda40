/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pooling, means, elementwise operators, softmax, and what only moves
 * elements about. */

#include "opencl/lower/plan.h"

/* Items a group in kernels of one dimension. */
#define GROUP 64

static void
set_linear_size (const MnClDevice *device, MnClLaunch *launch, gsize n)
{
  mn_cl_set_size (device, launch, n, 1, 1, GROUP, 1, 1);
}

/* The last dimensions of six; those in front are 1. */
static void
six_dims (const MnTensor *t, gint32 *dims)
{
  guint i;

  for (i = 0; i < 8; i++)
    dims[i] = 1;
  for (i = 0; i < t->rank; i++)
    dims[6 - t->rank + i] = t->dims[i];
}

/* Floats from one index to the next in each of six dimensions, of a tensor
 * with padded rows. */
static void
six_strides (const MnTensor *t, gint32 *strides)
{
  gint32 dims[8], stride;
  gint i;

  six_dims (t, dims);
  strides[5] = 1;
  stride = mn_cl_pad4 (dims[5]);
  for (i = 4; i >= 0; i--) {
    strides[i] = stride;
    stride *= dims[i];
  }
  strides[6] = strides[7] = 0;
}

gboolean
mn_cl_make_pool (MnClCompile *c, const MnNode *node, GError **error)
{
  const MnPoolParams *p = &node->params.pool;
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->output);
  gsize slices = mn_cl_pad4 (x->dims[3]) / 4;
  MnClLaunch *launch;

  if (x->dims[0] != 1)
    return mn_cl_refuse (c, node, error, "a batch of %d is not supported",
        x->dims[0]);
  launch = mn_cl_add_launch (c, "pool",
      node->op == MN_OP_MAX_POOL_2D ? "-DMAX=1" : "-DMAX=0", error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_value (launch, node->output);
  mn_cl_arg_int4 (launch, x->dims[1], x->dims[2], slices, 0);
  mn_cl_arg_int4 (launch, y->dims[1], y->dims[2], 0, 0);
  mn_cl_arg_int4 (launch, p->stride_h, p->stride_w, p->pad_top, p->pad_left);
  mn_cl_arg_int2 (launch, p->filter_h, p->filter_w);
  mn_cl_arg_act (launch, node->activation);
  mn_cl_set_gpu_size (c->plan->device, launch, slices, y->dims[2], y->dims[1],
      16);
  launch->flops = (gdouble) y->n_elements * p->filter_h * p->filter_w;
  launch->bytes = 4.0 * (x->n_elements + y->n_elements);
  return TRUE;
}

/* ---- mean -------------------------------------------------------------- */

gboolean
mn_cl_add_mean (MnClCompile *c, gint x, gint y, gsize pixels, gsize slices,
    gfloat factor, GError **error)
{
  const MnClDevice *device = c->plan->device;
  MnClLaunch *launch = mn_cl_add_launch (c, "mean", "", error);
  gsize lanes = device->gpu_shape ? 8 : 1;

  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, x);
  mn_cl_arg_value (launch, y);
  mn_cl_arg_int2 (launch, pixels, slices);
  mn_cl_arg_float (launch, factor);
  mn_cl_set_size (device, launch, slices, lanes, 1,
      device->gpu_shape ? MAX (device->quirks->group / lanes, 1) : 4, lanes, 1);
  launch->global[1] = launch->local[1];
  mn_cl_arg_local (launch, mn_cl_group_items (launch) * 4);
  launch->flops = 4.0 * pixels * slices;
  launch->bytes = 16.0 * (pixels + 1) * slices;
  return TRUE;
}

static guint
mean_axes (const MnTensor *x, const MnTensor *axes)
{
  const gint32 *data = axes->data;
  guint mask = 0;
  gsize i;

  for (i = 0; i < axes->n_elements; i++)
    mask |= 1u << (data[i] < 0 ? data[i] + (gint) x->rank : data[i]);
  return mask;
}

gboolean
mn_cl_make_mean (MnClCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *axes = mn_graph_input_of (c->graph, node, 1);
  guint mask, d;
  gsize n;

  if (!axes || !axes->data || axes->dtype != MN_DTYPE_I32)
    return mn_cl_refuse (c, node, error,
        "axes that are not constant are not supported");
  /* An axis of size 1 is as good as averaged over. */
  mask = mean_axes (x, axes);
  for (d = 0; d + 1 < x->rank; d++) {
    if (x->dims[d] == 1)
      mask |= 1u << d;
  }
  n = x->n_elements / mn_cl_row_of (x);
  if (x->rank < 2 || mask != (1u << (x->rank - 1)) - 1)
    return mn_cl_refuse (c, node, error,
        "a mean over anything but height and width is not supported");
  return mn_cl_add_mean (c, node->inputs[0], node->output, n,
      mn_cl_pad4 (mn_cl_row_of (x)) / 4, 1.0f / n, error);
}

/* ---- elementwise ------------------------------------------------------- */

/* Strides of t as seen from an output of any larger rank; 0 where it is
 * repeated. */
static void
broadcast_strides (const MnTensor *t, gint32 *strides)
{
  gint32 dims[8];
  guint i;

  six_dims (t, dims);
  six_strides (t, strides);
  for (i = 0; i < 6; i++) {
    if (dims[i] == 1)
      strides[i] = 0;
  }
  /* The kernel goes by slices. */
  strides[5] *= 4;
}

gboolean
mn_cl_add_binary (MnClCompile *c, MnOp op, gint a, const MnTensor *a_shape,
    gint b, const MnTensor *b_shape, gint y, const MnTensor *y_shape,
    MnActivation activation, GError **error)
{
  gint32 dims[8], a_stride[8], b_stride[8];
  gsize slices = mn_cl_padded_size (y_shape) / 4;
  MnClLaunch *launch = mn_cl_add_launch (c, "binary",
      op == MN_OP_ADD       ? "-DOP=0"
          : op == MN_OP_SUB ? "-DOP=1"
                            : "-DOP=2",
      error);

  if (!launch)
    return FALSE;
  six_dims (y_shape, dims);
  dims[5] = mn_cl_pad4 (dims[5]) / 4;
  dims[6] = slices;
  broadcast_strides (a_shape, a_stride);
  broadcast_strides (b_shape, b_stride);
  mn_cl_arg_value (launch, a);
  mn_cl_arg_value (launch, b);
  mn_cl_arg_value (launch, y);
  mn_cl_arg_data (launch, dims, sizeof dims);
  mn_cl_arg_data (launch, a_stride, sizeof a_stride);
  mn_cl_arg_data (launch, b_stride, sizeof b_stride);
  mn_cl_arg_act (launch, activation);
  set_linear_size (c->plan->device, launch, slices);
  launch->flops = y_shape->n_elements;
  launch->bytes = 4.0
      * (a_shape->n_elements + b_shape->n_elements + y_shape->n_elements);
  return TRUE;
}

gboolean
mn_cl_make_binary (MnClCompile *c, const MnNode *node, GError **error)
{
  return mn_cl_add_binary (c, node->op, node->inputs[0],
      mn_graph_input_of (c->graph, node, 0), node->inputs[1],
      mn_graph_input_of (c->graph, node, 1), node->output,
      mn_graph_tensor (c->graph, node->output), node->activation, error);
}

gboolean
mn_cl_add_unary (MnClCompile *c, gint x, gint y, MnActivation activation,
    GError **error)
{
  gsize slices = g_array_index (c->plan->values, MnClValue, y).n / 4;
  MnClLaunch *launch = mn_cl_add_launch (c, "unary", "", error);

  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, x);
  mn_cl_arg_value (launch, y);
  mn_cl_arg_int (launch, slices);
  mn_cl_arg_act (launch, activation);
  set_linear_size (c->plan->device, launch, slices);
  launch->flops = 4.0 * slices;
  launch->bytes = 32.0 * slices;
  return TRUE;
}

gboolean
mn_cl_make_unary (MnClCompile *c, const MnNode *node, GError **error)
{
  MnActivation activation;

  switch (node->op) {
    case MN_OP_RELU:
      activation = MN_ACT_RELU;
      break;
    case MN_OP_RELU6:
      activation = MN_ACT_RELU6;
      break;
    case MN_OP_HARD_SWISH:
      activation = MN_ACT_HARD_SWISH;
      break;
    case MN_OP_HARD_SIGMOID:
      activation = MN_ACT_HARD_SIGMOID;
      break;
    default:
      activation = MN_ACT_SIGMOID;
      break;
  }
  return mn_cl_add_unary (c, node->inputs[0], node->output, activation, error);
}

gboolean
mn_cl_make_softmax (MnClCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->output);
  gsize n = mn_cl_row_of (y), rows = y->n_elements / n;
  MnClLaunch *launch = mn_cl_add_launch (c, "softmax", "", error);
  gsize items = c->plan->device->gpu_shape ? 64 : 1;

  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_value (launch, node->output);
  mn_cl_arg_int2 (launch, n, mn_cl_pad4 (n));
  mn_cl_arg_float (launch, node->params.softmax.beta);
  mn_cl_set_size (c->plan->device, launch, items, rows, 1, items, 1, 1);
  launch->global[0] = launch->local[0];
  mn_cl_arg_local (launch, launch->local[0]);
  launch->flops = 8.0 * y->n_elements;
  launch->bytes = 8.0 * y->n_elements;
  return TRUE;
}

/* ---- what moves elements ----------------------------------------------- */

gboolean
mn_cl_make_pad (MnClCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *paddings = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *y = mn_graph_tensor (c->graph, node->output);
  gint32 out[8], in[8],
      before[8] = {
        0,
      };
  gsize n = mn_cl_padded_size (y);
  MnClLaunch *launch;
  guint i;

  if (!paddings || !paddings->data || paddings->dtype != MN_DTYPE_I32)
    return mn_cl_refuse (c, node, error,
        "paddings that are not constant are not supported");
  launch = mn_cl_add_launch (c, "pad", "", error);
  if (!launch)
    return FALSE;
  six_dims (y, out);
  six_dims (x, in);
  out[5] = mn_cl_pad4 (out[5]);
  out[6] = n;
  in[6] = mn_cl_pad4 (in[5]);
  for (i = 0; i < x->rank; i++)
    before[6 - x->rank + i] = ((const gint32 *) paddings->data)[2 * i];
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_value (launch, node->output);
  mn_cl_arg_data (launch, out, sizeof out);
  mn_cl_arg_data (launch, in, sizeof in);
  mn_cl_arg_data (launch, before, sizeof before);
  set_linear_size (c->plan->device, launch, n);
  launch->bytes = 4.0 * (x->n_elements + y->n_elements);
  return TRUE;
}

/* Whether rows of the two lengths, n elements in all, lie alike. */
static gboolean
same_layout (gsize a, gsize b)
{
  return a == b || (a % 4 == 0 && b % 4 == 0);
}

static gboolean
add_reshape (MnClCompile *c, gint x, gsize x_row, gint y, gsize y_row, gsize n,
    GError **error)
{
  gsize padded = n / y_row * mn_cl_pad4 (y_row);
  MnClLaunch *launch = mn_cl_add_launch (c, "reshape", "", error);

  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, x);
  mn_cl_arg_value (launch, y);
  mn_cl_arg_int4 (launch, x_row, mn_cl_pad4 (x_row), y_row, mn_cl_pad4 (y_row));
  mn_cl_arg_int (launch, padded);
  set_linear_size (c->plan->device, launch, padded);
  launch->bytes = 8.0 * n;
  return TRUE;
}

gint
mn_cl_rows_of (MnClCompile *c, gint x, gsize row, GError **error)
{
  const MnTensor *t = mn_graph_tensor (c->graph, x);
  gint y;

  if (same_layout (mn_cl_row_of (t), row))
    return x;
  y = mn_cl_add_value (c, t->n_elements / row * mn_cl_pad4 (row));
  return add_reshape (c, x, mn_cl_row_of (t), y, row, t->n_elements, error)
      ? y
      : -1;
}

gboolean
mn_cl_make_reshape (MnClCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  gsize x_row = mn_cl_row_of (x);
  gsize y_row = mn_cl_row_of (mn_graph_tensor (c->graph, node->output));

  if (!same_layout (x_row, y_row))
    return add_reshape (c, node->inputs[0], x_row, node->output, y_row,
        x->n_elements, error);
  g_array_index (c->plan->values, MnClValue, node->output)
      .alias = node->inputs[0];
  return TRUE;
}
