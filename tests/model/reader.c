/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite reader and the validator on models made here: what a sound one
 * becomes. */

#include "engine/graph/describe.h"
#include "tests/model/readutil.h"

#include <string.h>

static const gint32 picture[] = {1, 5, 4, 3};

/* Finishes the writer; the model must load. */
static MnGraph *
accept (MnTestWriter *writer)
{
  g_autoptr (GBytes) bytes = mn_test_writer_finish (writer);
  g_autoptr (GError) error = NULL;
  MnGraph *graph = read_graph (bytes, &error);

  g_assert_no_error (error);
  g_assert_nonnull (graph);
  /* Validation may be repeated. */
  g_assert_true (mn_graph_validate (graph, &error));
  g_assert_no_error (error);
  return graph;
}

static void
test_conv (void)
{
  static const gint32 k_dims[] = {2, 3, 3, 3}, b_dims[] = {2};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);
  gint k = write_zeros (w, "k", MN_DTYPE_F32, 4, k_dims);
  gint b = mn_test_writer_const_f32 (w, "b", 1, b_dims,
      (const gfloat[]) {1.5f, -2});
  gint y = write_activation (w, "y", 1, 3, 2, 2);
  const MnTestOp op = {.code = TFL_OP_CONV_2D,
    .stride_h = 2,
    .stride_w = 2,
    .activation = TFL_ACTIVATION_RELU6};
  g_autoptr (MnGraph) graph = NULL;
  const MnNode *node;

  mn_test_writer_op (w, &op, y, 3, x, k, b);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  graph = accept (w);

  g_assert_cmpuint (graph->nodes->len, ==, 1);
  g_assert_cmpuint (graph->tensors->len, ==, 4);
  node = mn_graph_node (graph, 0);
  g_assert_cmpint (node->op, ==, MN_OP_CONV_2D);
  g_assert_cmpint (node->activation, ==, MN_ACT_RELU6);
  g_assert_cmpuint (node->n_inputs, ==, 3);
  g_assert_cmpint (node->inputs[0], ==, x);
  g_assert_cmpint (node->inputs[1], ==, k);
  g_assert_cmpint (node->inputs[2], ==, b);
  g_assert_cmpint (node->outputs[0], ==, y);
  /* 5 rows, stride 2: 3 outputs take 7; 4 columns: 2 outputs take 5. */
  g_assert_cmpint (node->params.conv.pad_top, ==, 1);
  g_assert_cmpint (node->params.conv.pad_bottom, ==, 1);
  g_assert_cmpint (node->params.conv.pad_left, ==, 0);
  g_assert_cmpint (node->params.conv.pad_right, ==, 1);
  g_assert_cmpfloat (((const gfloat *) mn_graph_tensor (graph, b)->data)[1], ==,
      -2);
  g_assert_cmpuint (mn_graph_tensor (graph, y)->n_elements, ==, 12);
  g_assert_cmpuint (mn_node_macs (graph, node), ==, 12 * 27);
  g_assert_cmpuint (mn_node_params (graph, node), ==, 56);
  g_assert_cmpstr (mn_graph_tensor (graph, k)->name, ==, "k");
  g_assert_false (mn_graph_is_quantised (graph));
}

/* The layer that Keras leaves behind with an open batch, as in a MobileNetV3
 * file. */
static void
test_open_batch (void)
{
  static const gint32 scalar[] = {0}, four[] = {4}, two[] = {2};
  static const gint32 out_dims[] = {1, 6};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 1, 2, 3);
  gint shape = mn_test_writer_tensor (w, "shape", MN_DTYPE_I32, 1, four);
  gint batch = mn_test_writer_tensor (w, "batch", MN_DTYPE_I32, 0, scalar);
  gint pack = mn_test_writer_tensor (w, "pack", MN_DTYPE_I32, 1, two);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 2, out_dims);
  gint begin = mn_test_writer_const_i32 (w, "begin", 1, (const gint32[]) {0});
  gint end = mn_test_writer_const_i32 (w, "end", 1, (const gint32[]) {1});
  gint classes = mn_test_writer_const (w, "classes", MN_DTYPE_I32, 0, scalar,
      (const gint32[]) {6});
  const MnTestOp slice = {.code = TFL_OP_STRIDED_SLICE, .shrink_axis_mask = 1};
  g_autoptr (MnGraph) graph = NULL;

  mn_test_writer_open_dim (w, x, 0);
  mn_test_writer_open_dim (w, y, 0);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_SHAPE}, shape, 1, x);
  mn_test_writer_op (w, &slice, batch, 4, shape, begin, end, end);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_PACK}, pack, 2, batch,
      classes);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_RESHAPE}, y, 2, x,
      pack);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  graph = accept (w);

  g_assert_cmpuint (graph->nodes->len, ==, 4);
  g_assert_true (mn_graph_tensor (graph, x)->is_variable_batch);
  g_assert_cmpint (mn_graph_tensor (graph, x)->dims[0], ==, 1);
  g_assert_cmpint (mn_graph_tensor (graph, y)->dims[0], ==, 1);
  g_assert_cmpint (mn_graph_tensor (graph, y)->dims[1], ==, 6);
  g_assert_cmpint (mn_graph_node (graph, 1)->params.slice.shrink_axis_mask, ==,
      1);
}

static void
test_float16 (void)
{
  static const gint32 k_dims[] = {2, 1, 1, 3};
  static const gfloat values[] = {1, -0.5, 65504, 0, 1.0009765625, -2};
  static const guint16 halves[] = {0x3c00, 0xb800, 0x7bff, 0, 0x3c01, 0xc000};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);
  gint half = mn_test_writer_const_f16 (w, "half", 4, k_dims, values);
  gint k = mn_test_writer_tensor (w, "k", MN_DTYPE_F32, 4, k_dims);
  gint y = write_activation (w, "y", 1, 5, 4, 2);
  const MnTestOp op = {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1};
  g_autoptr (MnGraph) graph = NULL;
  const MnTensor *tensor;

  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_DEQUANTIZE}, k, 1,
      half);
  mn_test_writer_op (w, &op, y, 3, x, k, -1);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  graph = accept (w);
  tensor = mn_graph_tensor (graph, half);
  g_assert_cmpint (tensor->dtype, ==, MN_DTYPE_F16);
  g_assert_cmpmem (tensor->data, tensor->size, halves, sizeof (halves));
  g_assert_cmpint (mn_graph_node (graph, 1)->inputs[2], ==, -1);
}

/* int8 weights, one scale a channel, float activations; data inside,
 * misaligned, and behind the FlatBuffer. */
static void
test_places_of_data (void)
{
  static const gint32 k_dims[] = {2, 1, 1, 3}, b_dims[] = {2};
  static const gint8 values[] = {1, -2, 3, -4, 5, -128};
  static const gfloat scales[] = {0.5, 0.25}, bias[] = {3, 4};
  const MnTestOp op = {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1};
  guint way;

  for (way = 0; way < 4; way++) {
    MnTestWriter *w = mn_test_writer_new ();
    gint x = write_activation (w, "x", 1, 5, 4, 3);
    gint k = mn_test_writer_const (w, "k", MN_DTYPE_I8, 4, k_dims, values);
    gint b = mn_test_writer_const_f32 (w, "b", 1, b_dims, bias);
    gint y = write_activation (w, "y", 1, 5, 4, 2);
    g_autoptr (MnGraph) graph = NULL;
    const MnTensor *tensor;

    mn_test_writer_quant (w, k, 2, scales, NULL, 0);
    mn_test_writer_op (w, &op, y, 3, x, k, b);
    mn_test_writer_input (w, x);
    mn_test_writer_output (w, y);
    if (way & 1)
      mn_test_writer_misalign (w, 1);
    if (way & 2)
      mn_test_writer_external (w);
    graph = accept (w);
    tensor = mn_graph_tensor (graph, k);
    g_assert_cmpmem (tensor->data, tensor->size, values, sizeof (values));
    g_assert_cmpuint (tensor->quant.n, ==, 2);
    g_assert_cmpfloat (tensor->quant.scale[1], ==, 0.25f);
    g_assert_null (tensor->owned);
    tensor = mn_graph_tensor (graph, b);
    g_assert_cmpmem (tensor->data, tensor->size, bias, sizeof (bias));
    g_assert_cmpuint (GPOINTER_TO_SIZE (tensor->data) % 4, ==, 0);
    g_assert_true ((tensor->owned != NULL) == ((way & 1) != 0));
    g_assert_false (mn_graph_is_quantised (graph));
  }
}

static MnTestWriter *
write_int8 (gfloat bias_scale, gint64 y_zero)
{
  static const gint32 k_dims[] = {2, 1, 1, 3}, b_dims[] = {2};
  const gfloat k_scales[] = {0.5, 0.25};
  const gfloat b_scales[] = {0.5f * bias_scale, 0.25f * bias_scale};
  const gfloat x_scale = 0.1f, y_scale = 0.2f;
  const gint64 x_zero = -128;
  const MnTestOp op = {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_I8, 4, picture);
  gint k = write_zeros (w, "k", MN_DTYPE_I8, 4, k_dims);
  gint b = write_zeros (w, "b", MN_DTYPE_I32, 1, b_dims);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_I8, 4,
      (const gint32[]) {1, 5, 4, 2});

  mn_test_writer_quant (w, x, 1, &x_scale, &x_zero, 0);
  mn_test_writer_quant (w, k, 2, k_scales, NULL, 0);
  mn_test_writer_quant (w, b, 2, b_scales, NULL, 0);
  mn_test_writer_quant (w, y, 1, &y_scale, &y_zero, 0);
  mn_test_writer_op (w, &op, y, 3, x, k, b);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return w;
}

static void
test_int8 (void)
{
  g_autoptr (MnGraph) graph = accept (write_int8 (0.1f, 3));

  g_assert_true (mn_graph_is_quantised (graph));
  g_assert_cmpint (mn_graph_tensor (graph, 0)->quant.zero_point[0], ==, -128);
  refuse_graph (write_int8 (0.1f, 200), MN_ERROR_INVALID,
      "m.tflite: operator CONV_2D (layer 0, tensor 'y'): zero point 0 is "
      "200, out of the range of int8");
  refuse_graph (write_int8 (1, 3), MN_ERROR_INVALID,
      "m.tflite: operator CONV_2D (layer 0, tensor 'b'): scale 0 is 0.5 with "
      "zero point 0, input and weights give 0.05");
}

/* Operators of one input whose result has a shape of its own. */
static void
test_shapes (void)
{
  static const struct
  {
    MnTestOp op;
    gint32 y[4];
    guint rank;
    guint n_indices;
    gint32 indices[8];
    gint32 n_rows; /* indices are [n_rows][2] */
  } cases[] = {
    {{.code = TFL_OP_AVERAGE_POOL_2D,
       .filter_h = 2,
       .filter_w = 3,
       .stride_h = 2,
       .stride_w = 1,
       .padding = TFL_PADDING_VALID},
      {1, 2, 2, 3}, 4},
    {{.code = TFL_OP_MAX_POOL_2D,
       .filter_h = 2,
       .filter_w = 2,
       .stride_h = 2,
       .stride_w = 2},
      {1, 3, 2, 3}, 4},
    {{.code = TFL_OP_MEAN}, {1, 3}, 2, 2, {1, 2}},
    {{.code = TFL_OP_MEAN, .keep_dims = TRUE}, {1, 1, 1, 3}, 4, 2, {-3, -2}},
    {{.code = TFL_OP_PAD}, {1, 7, 5, 3}, 4, 8, {0, 0, 1, 1, 0, 1, 0, 0}, 4},
    {{.code = TFL_OP_RESHAPE}, {20, 3}, 2, 2, {-1, 3}},
    {{.code = TFL_OP_RELU}, {1, 5, 4, 3}, 4},
    {{.code = TFL_OP_RELU6}, {1, 5, 4, 3}, 4},
    {{.code = TFL_OP_HARD_SWISH}, {1, 5, 4, 3}, 4},
    {{.code = TFL_OP_LOGISTIC}, {1, 5, 4, 3}, 4},
    {{.code = TFL_OP_SOFTMAX}, {1, 5, 4, 3}, 4},
  };
  guint i, d;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    MnTestWriter *w = mn_test_writer_new ();
    gint x = write_activation (w, "x", 1, 5, 4, 3), k = -1, y;
    const gint32 rows[] = {cases[i].n_rows, 2};
    g_autoptr (MnGraph) graph = NULL;

    if (cases[i].n_rows)
      k = mn_test_writer_const (w, "k", MN_DTYPE_I32, 2, rows,
          cases[i].indices);
    else if (cases[i].n_indices)
      k = mn_test_writer_const_i32 (w, "k", cases[i].n_indices,
          cases[i].indices);
    y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 0, cases[i].y);
    write_one (w, &cases[i].op, x, k, y);
    graph = accept (w);
    g_assert_cmpuint (mn_graph_tensor (graph, y)->rank, ==, cases[i].rank);
    for (d = 0; d < cases[i].rank; d++)
      g_assert_cmpint (mn_graph_tensor (graph, y)->dims[d], ==, cases[i].y[d]);
  }
}

static void
test_depthwise (void)
{
  static const gint32 k_dims[] = {1, 3, 3, 6};
  const MnTestOp op = {.code = TFL_OP_DEPTHWISE_CONV_2D,
    .stride_h = 1,
    .stride_w = 1,
    .dilation_h = 2,
    .dilation_w = 1,
    .multiplier = 2,
    .padding = TFL_PADDING_VALID};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);
  gint k = write_zeros (w, "k", MN_DTYPE_F32, 4, k_dims);
  gint y = write_activation (w, "y", 1, 1, 2, 6);
  g_autoptr (MnGraph) graph = NULL;

  write_one (w, &op, x, k, y);
  graph = accept (w);
  g_assert_cmpint (mn_graph_node (graph, 0)->params.conv.dilation_h, ==, 2);
}

static void
test_new_shape_option (void)
{
  static const gint32 shape[] = {1, -1}, dims[] = {1, 60};
  const MnTestOp op = {
    .code = TFL_OP_RESHAPE, .new_shape = shape, .n_new_shape = 2};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 2, dims);
  g_autoptr (MnGraph) graph = NULL;

  write_one (w, &op, x, -1, y);
  graph = accept (w);
  g_assert_cmpuint (mn_graph_node (graph, 0)->n_inputs, ==, 2);
}

static void
test_broadcast (void)
{
  static const gint32 c_dims[] = {3};
  const MnTestOp op = {.code = TFL_OP_MUL};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = write_activation (w, "x", 1, 5, 4, 3);
  gint k = write_zeros (w, "k", MN_DTYPE_F32, 1, c_dims);
  gint y = write_activation (w, "y", 1, 5, 4, 3);
  g_autoptr (MnGraph) graph = NULL;

  write_one (w, &op, x, k, y);
  graph = accept (w);
}

static void
test_texts (void)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (8, 5, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (MnGraph) graph = read_graph (bytes, &error);
  g_autofree gchar *text = NULL, *dot = NULL;

  g_assert_no_error (error);
  text = mn_graph_describe (graph);
  g_assert_nonnull (strstr (text, "input   float32 1x8x8x3  image\n"));
  g_assert_nonnull (strstr (text, "output  float32 1x5  scores\n"));
  g_assert_nonnull (strstr (text, "CONV_2D 3x3/2"));
  g_assert_nonnull (strstr (text, "4 layers, "));
  g_free (mn_graph_tensor (graph, 0)->name);
  mn_graph_tensor (graph, 0)->name = g_strdup ("a\"b\\c");
  dot = mn_graph_to_dot (graph);
  g_assert_nonnull (strstr (dot, "label=\"a\\\"b\\\\c\\nfloat32 1x8x8x3\""));
  g_assert_nonnull (strstr (dot, "n0 -> n1 [label=\"1x4x4x8\"]"));
  g_assert_true (g_str_has_suffix (dot, "}\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reader/conv", test_conv);
  g_test_add_func ("/reader/open-batch", test_open_batch);
  g_test_add_func ("/reader/float16", test_float16);
  g_test_add_func ("/reader/places-of-data", test_places_of_data);
  g_test_add_func ("/reader/int8", test_int8);
  g_test_add_func ("/reader/shapes", test_shapes);
  g_test_add_func ("/reader/depthwise", test_depthwise);
  g_test_add_func ("/reader/new-shape-option", test_new_shape_option);
  g_test_add_func ("/reader/broadcast", test_broadcast);
  g_test_add_func ("/reader/texts", test_texts);
  return g_test_run ();
}
