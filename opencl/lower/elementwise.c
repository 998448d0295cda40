/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums and products with broadcasting, activations. */

#include "opencl/lower/plan.h"
#include "engine/graph/operators.h"

/* Elements from one index to the next in each of six dimensions, of a tensor
 * with padded rows. */
static void
six_strides (const MnTensor *t, gint32 *strides)
{
  gint32 dims[8], stride;
  gint i;

  mn_cl_six_dims (t, dims);
  strides[5] = 1;
  stride = mn_cl_pad4 (dims[5]);
  for (i = 4; i >= 0; i--) {
    strides[i] = stride;
    stride *= dims[i];
  }
  strides[6] = strides[7] = 0;
}

/* Strides of t as seen from an output of any larger rank; 0 where it is
 * repeated. */
static void
broadcast_strides (const MnTensor *t, gint32 *strides)
{
  gint32 dims[8];
  guint i;

  mn_cl_six_dims (t, dims);
  six_strides (t, strides);
  for (i = 0; i < 6; i++) {
    if (dims[i] == 1)
      strides[i] = 0;
  }
  /* The kernel goes by slices. */
  strides[5] *= 4;
}

gboolean
mn_cl_add_binary (MnCompile *c, MnOp op, gint a, const MnTensor *a_shape,
    gint b, const MnTensor *b_shape, gint y, const MnTensor *y_shape,
    MnActivation activation, GError **error)
{
  gint32 dims[8], a_stride[8], b_stride[8];
  gsize slices = mn_cl_padded_size (y_shape) / 4;
  const MnClOperands operands = {.x = a, .added = b, .scale = -1, .y = y};
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  mn_cl_option (&options, "OP", op == MN_OP_ADD ? 0 : op == MN_OP_SUB ? 1 : 2);
  mn_cl_option_act (&options, "ACT", activation);
  mn_cl_option_half (&options, mn_cl_half (c, &operands));
  launch = mn_cl_add_launch (c, "binary", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_six_dims (y_shape, dims);
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
  mn_cl_arg_bounds (launch, activation);
  mn_cl_set_linear_size (c->plan->device, launch, slices);
  launch->flops = y_shape->n_elements;
  launch->bytes = mn_cl_size_of (c, a) * a_shape->n_elements
      + mn_cl_size_of (c, b) * b_shape->n_elements
      + mn_cl_size_of (c, y) * y_shape->n_elements;
  return TRUE;
}

gboolean
mn_cl_make_binary (MnCompile *c, const MnNode *node, GError **error)
{
  return mn_cl_add_binary (c, node->op, node->inputs[0],
      mn_graph_input_of (c->graph, node, 0), node->inputs[1],
      mn_graph_input_of (c->graph, node, 1), node->outputs[0],
      mn_graph_tensor (c->graph, node->outputs[0]), node->activation, error);
}

gboolean
mn_cl_add_unary (MnCompile *c, gint x, gint y, MnActivation activation,
    GError **error)
{
  const MnValue *v = mn_value (c->values, y);
  gsize slices = v->size / mn_element_size (v->element) / 4;
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  mn_cl_option_act (&options, "ACT", activation);
  mn_cl_option_types (c, &options, x, y);
  launch = mn_cl_add_launch (c, "unary", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, x);
  mn_cl_arg_value (launch, y);
  mn_cl_arg_int (launch, slices);
  mn_cl_arg_bounds (launch, activation);
  mn_cl_set_linear_size (c->plan->device, launch, slices);
  launch->flops = 4.0 * slices;
  launch->bytes = 4.0 * (mn_cl_size_of (c, x) + mn_cl_size_of (c, y)) * slices;
  return TRUE;
}

gboolean
mn_cl_make_unary (MnCompile *c, const MnNode *node, GError **error)
{
  return mn_cl_add_unary (c, node->inputs[0], node->outputs[0],
      mn_operator (node->op)->activation, error);
}

gboolean
mn_cl_activate (MnCompile *c, const MnNode *node, gint x, GError **error)
{
  gint rows = mn_cl_rows_of (c, x,
      mn_cl_row_of (mn_graph_tensor (c->graph, node->outputs[0])), error);

  return rows >= 0
      && mn_cl_add_unary (c, rows, node->outputs[0], node->activation, error);
}
