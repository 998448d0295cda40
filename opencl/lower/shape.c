/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pooling, means, padding, reshaping. */

#include "engine/lower/operands.h"
#include "opencl/lower/plan.h"

/* What is read and stored of an input and an output. */
static gdouble
bytes_of (const MnCompile *c, const MnNode *node)
{
  gint x = node->inputs[0], y = node->outputs[0];

  return mn_cl_size_of (c, x) * mn_graph_tensor (c->graph, x)->n_elements
      + mn_cl_size_of (c, y) * mn_graph_tensor (c->graph, y)->n_elements;
}

gboolean
mn_cl_make_pool (MnCompile *c, const MnNode *node, GError **error)
{
  const MnPoolParams *p = &node->params.pool;
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gsize slices = mn_cl_pad4 (x->dims[3]) / 4;
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  if (x->dims[0] != 1)
    return mn_compile_refuse (c, node, error, "a batch of %d is not supported",
        x->dims[0]);
  mn_cl_option (&options, "MAX", node->op == MN_OP_MAX_POOL_2D);
  mn_cl_option_act (&options, "ACT", node->activation);
  mn_cl_option_types (c, &options, node->inputs[0], node->outputs[0]);
  launch = mn_cl_add_launch (c, "pool", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_int4 (launch, x->dims[1], x->dims[2], slices, 0);
  mn_cl_arg_int4 (launch, y->dims[1], y->dims[2], 0, 0);
  mn_cl_arg_int4 (launch, p->stride_h, p->stride_w, p->pad_top, p->pad_left);
  mn_cl_arg_int2 (launch, p->filter_h, p->filter_w);
  mn_cl_arg_bounds (launch, node->activation);
  mn_cl_set_gpu_size (c->plan->device, launch, slices, y->dims[2], y->dims[1],
      16);
  launch->flops = (gdouble) y->n_elements * p->filter_h * p->filter_w;
  launch->bytes = bytes_of (c, node);
  return TRUE;
}

/* ---- mean -------------------------------------------------------------- */

gboolean
mn_cl_add_mean (MnCompile *c, gint x, gint y, gsize pixels, gsize slices,
    gfloat factor, GError **error)
{
  const MnClDevice *device = c->plan->device;
  gsize lanes = device->gpu_shape ? 8 : 1;
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  mn_cl_option_types (c, &options, x, y);
  launch = mn_cl_add_launch (c, "mean", &options, error);
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
  launch->bytes = 4.0 * (mn_cl_size_of (c, x) * pixels + mn_cl_size_of (c, y))
      * slices;
  return TRUE;
}

/* A mean over all pixels; those over anything else are refused. */
static gboolean
is_over_pixels (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  guint mask, d;

  if (!mn_compile_mean_axes (c, node, &mask, error))
    return FALSE;
  /* An axis of size 1 is as good as averaged over. */
  for (d = 0; d + 1 < x->rank; d++) {
    if (x->dims[d] == 1)
      mask |= 1u << d;
  }
  if (x->rank < 2 || mask != (1u << (x->rank - 1)) - 1)
    return mn_compile_refuse (c, node, error,
        "a mean over anything but height and width is not supported");
  return TRUE;
}

gboolean
mn_cl_make_mean (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  gsize n = x->n_elements / mn_cl_row_of (x);

  return is_over_pixels (c, node, error)
      && mn_cl_add_mean (c, node->inputs[0], node->outputs[0], n,
          mn_cl_pad4 (mn_cl_row_of (x)) / 4, 1.0f / n, error);
}

gint
mn_cl_mean_behind (MnCompile *c, const MnNode *node)
{
  gint i = mn_uses_only_reader (c->uses, node->outputs[0]);
  const MnNode *mean = i >= 0 ? mn_graph_node (c->graph, i) : NULL;

  return c->fuses && mean && mean->op == MN_OP_MEAN
          && mean->activation == MN_ACT_NONE && is_over_pixels (c, mean, NULL)
      ? i
      : -1;
}

/* ---- what moves elements ----------------------------------------------- */

gboolean
mn_cl_make_pad (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const gint32 *paddings = mn_compile_paddings (c, node, error);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gint32 out[8], in[8],
      before[8] = {
        0,
      };
  gsize n = mn_cl_padded_size (y);
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;
  guint i;

  if (!paddings)
    return FALSE;
  mn_cl_option_types (c, &options, node->inputs[0], node->outputs[0]);
  launch = mn_cl_add_launch (c, "pad", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_six_dims (y, out);
  mn_cl_six_dims (x, in);
  out[5] = mn_cl_pad4 (out[5]);
  out[6] = n;
  in[6] = mn_cl_pad4 (in[5]);
  for (i = 0; i < x->rank; i++)
    before[6 - x->rank + i] = paddings[2 * i];
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_data (launch, out, sizeof out);
  mn_cl_arg_data (launch, in, sizeof in);
  mn_cl_arg_data (launch, before, sizeof before);
  mn_cl_set_linear_size (c->plan->device, launch, n);
  launch->bytes = bytes_of (c, node);
  return TRUE;
}

/* Whether rows of the two lengths, n elements in all, lie alike. */
static gboolean
same_layout (gsize a, gsize b)
{
  return a == b || (a % 4 == 0 && b % 4 == 0);
}

static gboolean
add_reshape (MnCompile *c, gint x, gsize x_row, gint y, gsize y_row, gsize n,
    GError **error)
{
  gsize padded = n / y_row * mn_cl_pad4 (y_row);
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  mn_cl_option_types (c, &options, x, y);
  launch = mn_cl_add_launch (c, "reshape", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, x);
  mn_cl_arg_value (launch, y);
  mn_cl_arg_int4 (launch, x_row, mn_cl_pad4 (x_row), y_row, mn_cl_pad4 (y_row));
  mn_cl_arg_int (launch, padded);
  mn_cl_set_linear_size (c->plan->device, launch, padded);
  launch->bytes = (mn_cl_size_of (c, x) + mn_cl_size_of (c, y)) * n;
  return TRUE;
}

gint
mn_cl_rows_of (MnCompile *c, gint x, gsize row, GError **error)
{
  const MnTensor *t = mn_graph_tensor (c->graph, x);
  gint y;

  if (same_layout (mn_cl_row_of (t), row))
    return x;
  y = mn_cl_add_like (c, t->n_elements / row * mn_cl_pad4 (row), x);
  return add_reshape (c, x, mn_cl_row_of (t), y, row, t->n_elements, error)
      ? y
      : -1;
}

gboolean
mn_cl_make_reshape (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  gsize x_row = mn_cl_row_of (x);
  gsize y_row = mn_cl_row_of (mn_graph_tensor (c->graph, node->outputs[0]));

  if (!same_layout (x_row, y_row))
    return add_reshape (c, node->inputs[0], x_row, node->outputs[0], y_row,
        x->n_elements, error);
  mn_value (c->values, node->outputs[0])->alias = node->inputs[0];
  return TRUE;
}
