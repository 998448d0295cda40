/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Passes about constants, one at a time, on graphs of a few nodes. */

#include "tests/passes/build.h"

#include <math.h>
#include <string.h>

/* Makes constant t another type, with these bytes. */
/* The shape of a RESHAPE, computed from an open batch. */
static Build
open_batch (gint32 channels)
{
  Build b = build_new (1, 1, 1, 8);
  gint shape, first, packed, rest, y, ends[3];

  mn_graph_tensor (b.graph, 0)->dims[0] = -1;
  shape = BUILD_UNARY (&b, MN_OP_SHAPE, 0);
  mn_graph_tensor (b.graph, shape)->dtype = MN_DTYPE_I32;
  for (gint i = 0; i < 3; i++)
    ends[i] = build_ints (&b, 1, (const gint32[]) {i > 0});
  first = build_node (&b, MN_OP_STRIDED_SLICE, MN_ACT_NONE,
      (const gint[]) {shape, ends[0], ends[1], ends[2], -2});
  mn_graph_tensor (b.graph, first)->dtype = MN_DTYPE_I32;
  build_last (&b)->params.slice.shrink_axis_mask = 1;
  rest = build_ints (&b, 1, (const gint32[]) {channels});
  mn_graph_tensor (b.graph, rest)->rank = 0;
  packed = BUILD_BINARY (&b, MN_OP_PACK, first, rest);
  mn_graph_tensor (b.graph, packed)->dtype = MN_DTYPE_I32;
  y = BUILD_BINARY (&b, MN_OP_RESHAPE, 0, packed);
  mn_graph_tensor (b.graph, y)->rank = 2;
  mn_graph_tensor (b.graph, y)->dims[0] = -1;
  mn_graph_tensor (b.graph, y)->dims[1] = 8;
  build_finish (&b, y);
  return b;
}

static void
test_shape (void)
{
  Build b = open_batch (8);

  build_run (&b, mn_pass_fold_constants);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  g_assert_cmpint (build_last (&b)->op, ==, MN_OP_RESHAPE);
  g_assert_cmpuint (build_last (&b)->n_inputs, ==, 1);
  g_assert_cmpint (mn_graph_tensor (b.graph, build_last (&b)->outputs[0])
                       ->dims[0],
      ==, 1);
  build_clear (&b);
}

/* The computed shape contradicts the file's. */
static void
test_wrong_shape (void)
{
  Build b = open_batch (9);
  g_autoptr (GError) error = NULL;

  g_assert_false (mn_pass_fold_constants (b.graph, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "layer 3, RESHAPE"));
  build_clear (&b);
}

/* Weights as files from PyTorch and ONNX have them: turned from another order.
 * Odd sizes, and each element against where it came from. */
static void
test_transpose (void)
{
  static const gint32 order[] = {3, 0, 1, 2}, dims[] = {3, 5, 7, 2};
  Build b = build_new (1, 9, 9, 7);
  gint k = build_constant (&b, 4, dims, -1, 1), w, y;
  /* A tensor that nobody reads any more has no values. */
  g_autofree gfloat *from = g_memdup2 (mn_graph_tensor (b.graph, k)->data,
      sizeof (gfloat) * 3 * 5 * 7 * 2);
  const gfloat *to;

  w = BUILD_BINARY (&b, MN_OP_TRANSPOSE, k, build_ints (&b, 4, order));
  y = BUILD_BINARY (&b, MN_OP_CONV_2D, 0, w);
  build_last (&b)->params.conv = (MnConvParams) {1, 1, 1, 1, MN_PADDING_SAME};
  build_finish (&b, y);
  build_run (&b, mn_pass_fold_constants);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  g_assert_cmpint (mn_graph_tensor (b.graph, w)->dims[0], ==, 2);
  g_assert_cmpint (mn_graph_tensor (b.graph, w)->dims[3], ==, 7);
  to = mn_graph_tensor (b.graph, w)->data;
  for (gint i = 0; i < 3 * 5 * 7 * 2; i++)
    g_assert_cmpfloat (to[i % 2 * 105 + i / 2], ==, from[i]);
  build_clear (&b);
}

static void
test_wrong_order (void)
{
  static const gint32 orders[][4] = {{0, 1, 2, 2}, {0, 1, 2, 4}, {-1, 0, 1, 2}};

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++) {
    Build b = build_new (1, 2, 3, 5);
    gint y = BUILD_BINARY (&b, MN_OP_TRANSPOSE, 0,
        build_ints (&b, 4, orders[i]));
    g_autoptr (GError) error = NULL;

    g_array_append_val (b.graph->outputs, y);
    g_assert_false (mn_graph_validate (b.graph, &error));
    g_assert_error (error, MN_ERROR, MN_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, "in the order of 4 axes"));
    build_clear (&b);
  }
}

/* DEQUANTIZE of float16: every kind of number. */
static void
test_half (void)
{
  static const guint16 halves[] = {0x0000, 0x8000, 0x3c00, 0xc000, 0x0001,
    0x83ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x3155};
  const gfloat floats[] = {0, -0.f, 1, -2, 0x1p-24f, -0x3ffp-24f, 0x1p-14f,
    65504, INFINITY, -INFINITY, NAN, 0.166625976562f};
  const gint32 dims[1] = {G_N_ELEMENTS (halves)};
  Build b = build_new (1, 2, 2, G_N_ELEMENTS (halves));
  gint c = build_constant (&b, 1, dims, 0, 1), f, y;
  const gfloat *got;

  build_set_data (&b, c, MN_DTYPE_F16, halves, sizeof halves);
  f = BUILD_UNARY (&b, MN_OP_DEQUANTIZE, c);
  y = BUILD_BINARY (&b, MN_OP_ADD, 0, f);
  build_finish (&b, y);
  build_run (&b, mn_pass_fold_constants);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  got = mn_graph_tensor (b.graph, f)->data;
  for (guint i = 0; i < G_N_ELEMENTS (halves); i++) {
    if (isnan (floats[i]))
      g_assert_true (isnan (got[i]));
    else
      g_assert_cmpmem (&got[i], sizeof *got, &floats[i], sizeof *floats);
  }
  build_clear (&b);
}

/* int8 weights of a depthwise convolution, a scale a channel. */
static void
test_int8_weights (void)
{
  static const gint8 q[] = {1, 2, -128, 127, 0, -3};
  static const gfloat scale[] = {0.5f, 0.25f, 2};
  static const gint64 zero[] = {0, 1, -1};
  static const gfloat real[] = {0.5f, 0.25f, -254, 63.5f, -0.25f, -4};
  const gint32 dims[4] = {1, 1, 2, 3};
  Build b = build_new (1, 2, 2, 3);
  gint y = build_dwconv (&b, 0, 3, 1, 1, MN_ACT_NONE);
  MnTensor *w = mn_graph_input_of (b.graph, build_last (&b), 1);

  w->rank = 4;
  memcpy (w->dims, dims, sizeof dims);
  build_set_data (&b, build_last (&b)->inputs[1], MN_DTYPE_I8, q, sizeof q);
  build_set_quant (&b, build_last (&b)->inputs[1], 3, 3, scale, zero);
  build_finish (&b, y);
  build_run (&b, mn_pass_float_weights);
  w = mn_graph_input_of (b.graph, build_last (&b), 1);
  g_assert_cmpint (w->dtype, ==, MN_DTYPE_F32);
  g_assert_cmpmem (w->data, w->size, real, sizeof real);
  /* What they were is remembered. */
  g_assert_cmpuint (w->quant.n, ==, 3);
  g_assert_cmpuint (w->quant.axis, ==, 3);
  g_assert_cmpmem (w->quant.scale, sizeof scale, scale, sizeof scale);
  g_assert_cmpmem (w->quant.zero_point, sizeof zero, zero, sizeof zero);
  build_clear (&b);
}

static void
test_input_scale (void)
{
  static const gfloat factors[] = {2, 4, 8};
  const gint32 dims[1] = {3};
  Build b = build_new (1, 2, 2, 3);
  gint c = build_constant (&b, 1, dims, 0, 1), x, y;

  build_set_data (&b, c, MN_DTYPE_F32, factors, sizeof factors);
  x = BUILD_BINARY (&b, MN_OP_SUB, 0, build_scalar (&b, 3));
  x = BUILD_BINARY (&b, MN_OP_MUL, c, x);
  x = BUILD_BINARY (&b, MN_OP_ADD, x, build_scalar (&b, 1));
  y = build_conv (&b, x, 3, 4, 1, TRUE, MN_ACT_NONE);
  build_finish (&b, y);
  build_run (&b, mn_pass_fold_input_scale);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  g_assert_cmpint (build_last (&b)->inputs[0], ==, 0);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpfloat (b.graph->input_scale[i], ==, factors[i]);
    g_assert_cmpfloat (b.graph->input_offset[i], ==, 1 - 3 * factors[i]);
  }
  build_clear (&b);
}

/* Somebody else reads the input as it is. */
static void
test_input_read_twice (void)
{
  Build b = build_new (1, 2, 2, 3);
  gint x = BUILD_BINARY (&b, MN_OP_MUL, 0, build_scalar (&b, 2));

  build_finish (&b, BUILD_BINARY (&b, MN_OP_ADD, x, 0));
  build_run (&b, mn_pass_fold_input_scale);
  g_assert_cmpuint (b.graph->nodes->len, ==, 2);
  g_assert_cmpfloat (b.graph->input_scale[0], ==, 1);
  build_clear (&b);
}

/* Shared weights keep their values for the other reader. */
static void
test_batchnorm_shared (void)
{
  Build b = build_new (1, 2, 2, 3);
  gint x = build_conv (&b, 0, 3, 3, 1, TRUE, MN_ACT_NONE), y, z;
  gint w = build_last (&b)->inputs[1];
  gfloat old = *(const gfloat *) mn_graph_tensor (b.graph, w)->data;

  y = build_conv (&b, x, 3, 3, 1, TRUE, MN_ACT_NONE);
  build_last (&b)->inputs[1] = w;
  z = BUILD_BINARY (&b, MN_OP_MUL, y, build_scalar (&b, 2));
  build_finish (&b, z);
  build_run (&b, mn_pass_fold_batchnorm);
  g_assert_cmpuint (b.graph->nodes->len, ==, 2);
  g_assert_cmpint (build_last (&b)->outputs[0], ==, z);
  g_assert_cmpint (build_last (&b)->inputs[1], !=, w);
  g_assert_cmpfloat (*(const gfloat *) mn_graph_tensor (b.graph, w)->data, ==,
      old);
  g_assert_cmpfloat (*(const gfloat *) mn_graph_input_of (b.graph,
                         build_last (&b), 1)
                         ->data,
      ==, 2 * old);
  build_clear (&b);
}

/* Not behind an activation. */
static void
test_batchnorm_activation (void)
{
  Build b = build_new (1, 2, 2, 3);
  gint x = build_conv (&b, 0, 3, 3, 1, TRUE, MN_ACT_RELU);

  build_finish (&b, BUILD_BINARY (&b, MN_OP_ADD, x, build_scalar (&b, 2)));
  build_run (&b, mn_pass_fold_batchnorm);
  g_assert_cmpuint (b.graph->nodes->len, ==, 2);
  build_clear (&b);
}

static void
test_remove_dead (void)
{
  Build b = build_new (1, 2, 2, 3);
  gint dead = build_conv (&b, 0, 3, 3, 1, TRUE, MN_ACT_RELU), y;

  BUILD_UNARY (&b, MN_OP_RELU, dead);
  y = BUILD_UNARY (&b, MN_OP_HARD_SWISH, 0);
  build_finish (&b, y);
  build_run (&b, mn_pass_remove_dead);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  g_assert_cmpuint (b.graph->tensors->len, ==, 2);
  g_assert_cmpint (build_last (&b)->outputs[0], ==, 1);
  g_assert_cmpint (g_array_index (b.graph->outputs, gint, 0), ==, 1);
  build_clear (&b);
}

void
test_fold_add (void)
{
  g_test_add_func ("/passes/constants/shape", test_shape);
  g_test_add_func ("/passes/constants/wrong-shape", test_wrong_shape);
  g_test_add_func ("/passes/constants/transpose", test_transpose);
  g_test_add_func ("/passes/constants/wrong-order", test_wrong_order);
  g_test_add_func ("/passes/constants/half", test_half);
  g_test_add_func ("/passes/weights/int8", test_int8_weights);
  g_test_add_func ("/passes/input/scale", test_input_scale);
  g_test_add_func ("/passes/input/read-twice", test_input_read_twice);
  g_test_add_func ("/passes/batchnorm/shared", test_batchnorm_shared);
  g_test_add_func ("/passes/batchnorm/activation", test_batchnorm_activation);
  g_test_add_func ("/passes/remove-dead", test_remove_dead);
}
