/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small graphs by hand. */

#include "tests/passes/build.h"

Build
build_new (guint32 seed, gint h, gint w, gint c)
{
  Build build = {mn_graph_new ("test"), g_rand_new_with_seed (seed)};
  const gint32 dims[4] = {1, h, w, c};
  gint x = mn_graph_add_tensor (build.graph, "input", MN_DTYPE_F32, 4, dims);

  g_array_append_val (build.graph->inputs, x);
  return build;
}

void
build_clear (Build *build)
{
  mn_graph_free (build->graph);
  g_rand_free (build->rand);
}

void
build_finish (Build *build, gint t)
{
  GError *error = NULL;

  g_array_append_val (build->graph->outputs, t);
  mn_graph_validate (build->graph, &error);
  g_assert_no_error (error);
}

static gint
add_constant (Build *build, MnDType dtype, guint rank, const gint32 *dims)
{
  gint t = mn_graph_add_tensor (build->graph, "constant", dtype, rank, dims);
  MnTensor *tensor = mn_graph_tensor (build->graph, t);
  gsize n = 1;

  for (guint i = 0; i < rank; i++)
    n *= dims[i];
  tensor->n_elements = n;
  tensor->size = n * mn_dtype_size (dtype);
  tensor->data = tensor->owned = g_malloc0 (tensor->size);
  return t;
}

gint
build_constant (Build *build, guint rank, const gint32 *dims, gdouble low,
    gdouble high)
{
  gint t = add_constant (build, MN_DTYPE_F32, rank, dims);
  MnTensor *tensor = mn_graph_tensor (build->graph, t);

  for (gsize i = 0; i < tensor->n_elements; i++)
    ((gfloat *) tensor->owned)[i] = g_rand_double_range (build->rand, low,
        high);
  return t;
}

void
build_set_data (Build *b, gint t, MnDType dtype, gconstpointer data, gsize size)
{
  MnTensor *tensor = mn_graph_tensor (b->graph, t);

  g_free (tensor->owned);
  tensor->dtype = dtype;
  tensor->data = tensor->owned = g_memdup2 (data, size);
  tensor->size = size;
}

void
build_set_quant (Build *b, gint t, guint n, guint axis, const gfloat *scale,
    const gint64 *zero_point)
{
  MnQuant *quant = &mn_graph_tensor (b->graph, t)->quant;

  quant->n = n;
  quant->axis = axis;
  quant->scale = g_memdup2 (scale, n * sizeof *scale);
  quant->zero_point = g_memdup2 (zero_point, n * sizeof *zero_point);
}

gint
build_scalar (Build *build, gfloat value)
{
  gint t = add_constant (build, MN_DTYPE_F32, 0, NULL);

  *(gfloat *) mn_graph_tensor (build->graph, t)->owned = value;
  return t;
}

gint
build_ints (Build *build, guint n, const gint32 *values)
{
  const gint32 dims[1] = {n};
  gint t = add_constant (build, MN_DTYPE_I32, 1, dims);

  for (guint i = 0; i < n; i++)
    ((gint32 *) mn_graph_tensor (build->graph, t)->owned)[i] = values[i];
  return t;
}

gint
build_node (Build *build, MnOp op, MnActivation activation, const gint *in)
{
  MnNode *node = mn_graph_add_node (build->graph, op, build->graph->nodes->len);

  node->activation = activation;
  while (in[node->n_inputs] != -2)
    mn_node_set_input (node, node->n_inputs, in[node->n_inputs]);
  /* No shape: validation gives it. */
  node->outputs[0] = mn_graph_add_tensor (build->graph, mn_op_name (op),
      MN_DTYPE_F32, 0, NULL);
  return node->outputs[0];
}

static MnNode *
last_node (Build *build)
{
  return mn_graph_node (build->graph, build->graph->nodes->len - 1);
}

gint
build_conv (Build *build, gint x, gint c_in, gint c_out, gint k, gboolean bias,
    MnActivation activation)
{
  const gint32 dims[4] = {c_out, k, k, c_in}, bias_dims[1] = {c_out};
  gint w = build_constant (build, 4, dims, -1.0 / c_in, 1.0 / c_in);
  gint b = bias ? build_constant (build, 1, bias_dims, -1, 1) : -1;
  gint y = build_node (build, MN_OP_CONV_2D, activation,
      (const gint[]) {x, w, b, -2});

  last_node (build)->params.conv = (MnConvParams) {1, 1, 1, 1, MN_PADDING_SAME};
  return y;
}

gint
build_dwconv (Build *build, gint x, gint c, gint k, gint stride,
    MnActivation activation)
{
  const gint32 dims[4] = {1, k, k, c}, bias_dims[1] = {c};
  gint w = build_constant (build, 4, dims, -0.5, 0.5);
  gint b = build_constant (build, 1, bias_dims, -1, 1);
  gint y = build_node (build, MN_OP_DEPTHWISE_CONV_2D, activation,
      (const gint[]) {x, w, b, -2});

  last_node (build)->params.conv = (MnConvParams) {
    stride, stride, 1, 1, MN_PADDING_SAME};
  return y;
}

gint
build_dense (Build *build, gint x, gint c_in, gint c_out,
    MnActivation activation)
{
  const gint32 dims[2] = {c_out, c_in}, bias_dims[1] = {c_out};
  gint w = build_constant (build, 2, dims, -1, 1);
  gint b = build_constant (build, 1, bias_dims, -1, 1);

  return build_node (build, MN_OP_FULLY_CONNECTED, activation,
      (const gint[]) {x, w, b, -2});
}

gint
build_mean (Build *build, gint x, gboolean keep_dims)
{
  gint axes = build_ints (build, 2, (const gint32[]) {1, 2});
  gint y = BUILD_BINARY (build, MN_OP_MEAN, x, axes);

  last_node (build)->params.mean.keep_dims = keep_dims;
  return y;
}

gint
build_global_pool (Build *build, gint x, gint h, gint w)
{
  gint y = BUILD_UNARY (build, MN_OP_AVERAGE_POOL_2D, x);

  last_node (build)->params.pool = (MnPoolParams) {
    h, w, 1, 1, MN_PADDING_VALID};
  return y;
}

gint
build_reshape (Build *build, gint x, guint rank, const gint32 *dims)
{
  gint shape = build_ints (build, rank, dims);
  gint y = BUILD_BINARY (build, MN_OP_RESHAPE, x, shape);

  return y;
}

void
build_run (Build *b, gboolean (*pass) (MnGraph *, GError **))
{
  GError *error = NULL;

  pass (b->graph, &error);
  g_assert_no_error (error);
  mn_graph_validate (b->graph, &error);
  g_assert_no_error (error);
}

MnNode *
build_last (Build *b)
{
  return mn_graph_node (b->graph, b->graph->nodes->len - 1);
}

guint
count_op (const MnGraph *graph, MnOp op)
{
  guint n = 0;

  for (guint k = 0; k < graph->nodes->len; k++)
    n += mn_graph_node (graph, k)->op == op;
  return n;
}

GArray *
build_values (const MnGraph *graph)
{
  GArray *values = mn_values_new (graph, 1);

  for (guint t = 0; t < graph->tensors->len; t++)
    mn_value (values, t)->constant = (gpointer) mn_graph_tensor (graph, t)
                                         ->data;
  for (guint i = 0; i < graph->inputs->len; i++)
    mn_value_use (values, g_array_index (graph->inputs, gint, i), 0);
  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);

    if (node->op == MN_OP_RESHAPE)
      mn_value (values, node->outputs[0])->alias = node->inputs[0];
    for (guint i = 0; i < node->n_inputs; i++) {
      if (mn_graph_input_of (graph, node, i)
          && !mn_graph_input_of (graph, node, i)->data)
        mn_value_use (values, node->inputs[i], k);
    }
    for (guint i = 0; i < node->n_outputs; i++)
      mn_value_use (values, node->outputs[i], k);
  }
  for (guint i = 0; i < graph->outputs->len; i++)
    mn_value_use (values, g_array_index (graph->outputs, gint, i),
        graph->nodes->len);
  return values;
}
