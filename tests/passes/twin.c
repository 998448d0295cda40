/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Networks of integers as networks of floats. */

#include "tests/passes/build.h"

#include "engine/passes/float_twin.h"

/* x - 1 times 2, QUANTIZE, 1x1 to two channels, DEQUANTIZE; the integers of
 * the convolution's output begin at lowest. */
static Build
ends_new (const gfloat *x_scale, const gfloat *y_scale, gint64 lowest)
{
  static const gint8 q[] = {100, -128, 7, 2, 0, 1};
  static const gfloat w_scale[] = {0.5f, 0.25f};
  static const gint64 zeros[2] = {0};
  static const gint64 middle[] = {3};
  static const gint32 biases[] = {1000, -3};
  Build b = build_new (1, 2, 2, 3);
  gint x = BUILD_BINARY (&b, MN_OP_SUB, 0, build_scalar (&b, 1)), y;
  MnNode *conv;

  x = BUILD_BINARY (&b, MN_OP_MUL, x, build_scalar (&b, 2));
  x = BUILD_UNARY (&b, MN_OP_QUANTIZE, x);
  mn_graph_tensor (b.graph, x)->dtype = MN_DTYPE_I8;
  build_set_quant (&b, x, 1, 0, x_scale, middle);
  y = build_conv (&b, x, 3, 2, 1, TRUE, MN_ACT_NONE);
  conv = build_last (&b);
  mn_graph_tensor (b.graph, y)->dtype = MN_DTYPE_I8;
  build_set_quant (&b, y, 1, 0, y_scale, &lowest);
  build_set_data (&b, conv->inputs[1], MN_DTYPE_I8, q, sizeof q);
  build_set_quant (&b, conv->inputs[1], 2, 0, w_scale, zeros);
  build_set_data (&b, conv->inputs[2], MN_DTYPE_I32, biases, sizeof biases);
  build_finish (&b, BUILD_UNARY (&b, MN_OP_DEQUANTIZE, y));
  return b;
}

static void
test_ends (void)
{
  static const gfloat x_scale[] = {0.125f}, y_scale[] = {0.5f};
  static const gfloat weights[] = {50, -64, 3.5f, 0.5f, 0, 0.25f};
  static const gfloat biases[] = {62.5f, -0.09375f};
  Build b = ends_new (x_scale, y_scale, 5);
  g_autoptr (GError) error = NULL;
  g_autoptr (MnGraph) twin = mn_float_twin_new (b.graph, &error);
  gfloat scale[4], offset[4];
  const MnTensor *w;

  g_assert_no_error (error);
  g_assert_true (mn_graph_is_float (twin));
  g_assert_cmpuint (twin->nodes->len, ==, 1);
  g_assert_cmpint (mn_graph_node (twin, 0)->activation, ==, MN_ACT_NONE);
  w = mn_graph_input_of (twin, mn_graph_node (twin, 0), 1);
  g_assert_cmpmem (w->data, w->size, weights, sizeof weights);
  g_assert_cmpuint (w->quant.n, ==, 2);
  w = mn_graph_input_of (twin, mn_graph_node (twin, 0), 2);
  g_assert_cmpmem (w->data, w->size, biases, sizeof biases);
  /* What comes in for the network of integers is not scaled yet. */
  mn_float_twin_get_scale (twin, b.graph, scale, offset);
  g_assert_cmpfloat (scale[2] * b.graph->input_scale[2], ==, 2);
  g_assert_cmpfloat (scale[2] * b.graph->input_offset[2] + offset[2], ==, -2);
  mn_float_twin_forget_constants (twin);
  g_assert_null (w->data);
  build_clear (&b);
}

/* From zero on, and up to six. */
static void
test_ranges (void)
{
  static const struct
  {
    gfloat y_scale;
    gint64 lowest;
    MnActivation activation;
  } cases[] = {{0.5f, -128, MN_ACT_RELU}, {6 / 255.0f, -128, MN_ACT_RELU6},
    {6 / 255.0f, -127, MN_ACT_NONE}, {5.98f / 255, -128, MN_ACT_RELU}};
  static const gfloat x_scale[] = {0.125f};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    Build b = ends_new (x_scale, &cases[i].y_scale, cases[i].lowest);
    g_autoptr (MnGraph) twin = mn_float_twin_new (b.graph, NULL);

    g_assert_nonnull (twin);
    g_assert_cmpint (mn_graph_node (twin, 0)->activation, ==,
        cases[i].activation);
    build_clear (&b);
  }
}

/* Sixteen bits stand for no floats here. */
static void
test_refused (void)
{
  static const gfloat scale[] = {0.125f};
  Build b = ends_new (scale, scale, 0);
  g_autoptr (GError) error = NULL;
  guint i;

  for (i = 0; i < b.graph->tensors->len; i++) {
    MnTensor *t = mn_graph_tensor (b.graph, i);

    if (t->dtype == MN_DTYPE_I8 && !t->data)
      t->dtype = MN_DTYPE_I16;
  }
  g_assert_null (mn_float_twin_new (b.graph, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  build_clear (&b);
}

void
test_twin_add (void)
{
  g_test_add_func ("/passes/twin/ends", test_ends);
  g_test_add_func ("/passes/twin/ranges", test_ranges);
  g_test_add_func ("/passes/twin/refused", test_refused);
}
