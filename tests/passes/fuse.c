/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fusions, one at a time, on graphs of a few nodes; that they compute the
 * same is tested in random.c. */

#include "tests/passes/build.h"

static void
test_pad (void)
{
  const gint32 around[8] = {0, 0, 1, 0, 1, 2, 0, 0};
  const gint32 channels[8] = {0, 0, 1, 1, 1, 1, 0, 1};

  for (guint i = 0; i < 2; i++) {
    Build b = build_new (1, 7, 8, 3);
    gint x = BUILD_BINARY (&b, MN_OP_PAD, 0,
        build_ints (&b, 8, i ? channels : around));
    gint y = build_conv (&b, x, i ? 4 : 3, 4, 5, TRUE, MN_ACT_NONE);
    const MnConvParams *p = &build_last (&b)->params.conv;

    build_last (&b)->params.conv.padding = MN_PADDING_VALID;
    build_finish (&b, y);
    build_run (&b, mn_pass_fuse_pad);
    g_assert_cmpuint (b.graph->nodes->len, ==, i ? 2 : 1);
    if (i == 0) {
      g_assert_cmpint (p->padding, ==, MN_PADDING_EXPLICIT);
      g_assert_cmpint (p->pad_top, ==, 1);
      g_assert_cmpint (p->pad_bottom, ==, 0);
      g_assert_cmpint (p->pad_left, ==, 1);
      g_assert_cmpint (p->pad_right, ==, 2);
    }
    build_clear (&b);
  }
}

/* SAME behind PAD: both count. */
static void
test_pad_same (void)
{
  const gint32 around[8] = {0, 0, 1, 0, 0, 1, 0, 0};
  Build b = build_new (1, 8, 8, 3);
  gint x = BUILD_BINARY (&b, MN_OP_PAD, 0, build_ints (&b, 8, around));
  gint y = build_dwconv (&b, x, 3, 5, 2, MN_ACT_NONE);
  gint32 rows;

  build_finish (&b, y);
  rows = mn_graph_tensor (b.graph, y)->dims[1];
  build_run (&b, mn_pass_fuse_pad);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  g_assert_cmpint (build_last (&b)->params.conv.pad_top, ==, 3);
  g_assert_cmpint (build_last (&b)->params.conv.pad_bottom, ==, 2);
  g_assert_cmpint (mn_graph_tensor (b.graph, y)->dims[1], ==, rows);
  build_clear (&b);
}

static void
test_conv_hard_sigmoid (void)
{
  Build b = build_new (1, 2, 2, 3);
  gint x = build_conv (&b, 0, 3, 4, 1, TRUE, MN_ACT_RELU6);
  gfloat bias =
      *(const gfloat *) mn_graph_input_of (b.graph, build_last (&b), 2)->data;

  build_finish (&b,
      BUILD_BINARY (&b, MN_OP_MUL, build_scalar (&b, 1 / 6.f), x));
  build_run (&b, mn_pass_fuse_hard_swish);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  g_assert_cmpint (build_last (&b)->activation, ==, MN_ACT_HARD_SIGMOID);
  g_assert_cmpfloat (*(const gfloat *) mn_graph_input_of (b.graph,
                         build_last (&b), 2)
                         ->data,
      ==, bias - 3);
  build_clear (&b);
}

/* x * relu6 (x + 3) / 6, the factor first, in the middle or last. */
static void
test_hard_swish (void)
{
  for (guint way = 0; way < 3; way++) {
    Build b = build_new (1, 2, 2, 3);
    gint c = build_scalar (&b, 1 / 6.f);
    gint r = build_node (&b, MN_OP_ADD, MN_ACT_RELU6,
        (const gint[]) {0, build_scalar (&b, 3), -2});
    gint y;

    if (way == 0)
      y = BUILD_BINARY (&b, MN_OP_MUL, BUILD_BINARY (&b, MN_OP_MUL, 0, c), r);
    else if (way == 1)
      y = BUILD_BINARY (&b, MN_OP_MUL, 0, BUILD_BINARY (&b, MN_OP_MUL, r, c));
    else
      y = BUILD_BINARY (&b, MN_OP_MUL, BUILD_BINARY (&b, MN_OP_MUL, r, 0), c);
    build_finish (&b, y);
    build_run (&b, mn_pass_fuse_hard_swish);
    g_assert_cmpuint (b.graph->nodes->len, ==, 1);
    g_assert_cmpint (build_last (&b)->op, ==, MN_OP_HARD_SWISH);
    g_assert_cmpint (build_last (&b)->inputs[0], ==, 0);
    build_clear (&b);
  }
}

/* Another sum than 3, another factor than 1/6. */
static void
test_no_hard_sigmoid (void)
{
  for (guint i = 0; i < 2; i++) {
    Build b = build_new (1, 2, 2, 3);
    gint c = build_scalar (&b, i ? 1 / 6.f : 1 / 6.1f);
    gint r = build_node (&b, MN_OP_ADD, MN_ACT_RELU6,
        (const gint[]) {0, build_scalar (&b, i ? 2 : 3), -2});

    build_finish (&b, BUILD_BINARY (&b, MN_OP_MUL, r, c));
    build_run (&b, mn_pass_fuse_hard_swish);
    g_assert_cmpuint (b.graph->nodes->len, ==, 2);
    build_clear (&b);
  }
}

static void
test_activation (void)
{
  static const MnOp ops[] = {
    MN_OP_RELU, MN_OP_RELU6, MN_OP_HARD_SWISH, MN_OP_LOGISTIC};
  static const MnActivation activations[] = {
    MN_ACT_RELU, MN_ACT_RELU6, MN_ACT_HARD_SWISH, MN_ACT_SIGMOID};

  for (guint i = 0; i < G_N_ELEMENTS (ops); i++) {
    Build b = build_new (1, 2, 2, 3);
    gint x = build_dwconv (&b, 0, 3, 3, 1, MN_ACT_NONE);
    gint y = BUILD_UNARY (&b, ops[i], x);

    build_finish (&b, y);
    build_run (&b, mn_pass_fuse_activation);
    g_assert_cmpuint (b.graph->nodes->len, ==, 1);
    g_assert_cmpint (build_last (&b)->activation, ==, activations[i]);
    g_assert_cmpint (build_last (&b)->outputs[0], ==, y);
    build_clear (&b);
  }
}

/* Two readers, or one and an output: the value is needed as it is. */
static void
test_activation_read_twice (void)
{
  Build b = build_new (1, 2, 2, 3);
  gint x = build_conv (&b, 0, 3, 3, 1, TRUE, MN_ACT_NONE);

  build_finish (&b, BUILD_UNARY (&b, MN_OP_RELU, x));
  g_array_append_val (b.graph->outputs, x);
  build_run (&b, mn_pass_fuse_activation);
  g_assert_cmpuint (b.graph->nodes->len, ==, 2);
  build_clear (&b);
}

static void
test_pool (void)
{
  Build b = build_new (1, 5, 7, 3);

  build_finish (&b, build_global_pool (&b, 0, 5, 7));
  build_run (&b, mn_pass_canonical_pool);
  g_assert_cmpint (build_last (&b)->op, ==, MN_OP_MEAN);
  g_assert_true (build_last (&b)->params.mean.keep_dims);
  build_clear (&b);

  b = build_new (1, 5, 7, 3);
  build_finish (&b, build_global_pool (&b, 0, 5, 6));
  build_run (&b, mn_pass_canonical_pool);
  g_assert_cmpint (build_last (&b)->op, ==, MN_OP_AVERAGE_POOL_2D);
  build_clear (&b);
}

/* own: the gate is made from what it gates; else from something else. */
static void
test_squeeze_excite (gconstpointer own)
{
  for (guint i = 0; i < 4; i++) {
    Build b = build_new (1, 4, 4, 6);
    gint x = BUILD_UNARY (&b, MN_OP_RELU, 0), g;

    g = build_mean (&b, own ? x : 0, TRUE);
    g = build_conv (&b, g, 6, 2, 1, FALSE, MN_ACT_RELU);
    g = build_conv (&b, g, 2, 6, 1, TRUE,
        i & 1 ? MN_ACT_SIGMOID : MN_ACT_HARD_SIGMOID);
    build_finish (&b,
        BUILD_BINARY (&b, MN_OP_MUL, i & 2 ? x : g, i & 2 ? g : x));
    build_run (&b, mn_pass_fuse_squeeze_excite);
    g_assert_cmpuint (b.graph->nodes->len, ==, own ? 2 : 5);
    if (own) {
      g_assert_cmpint (build_last (&b)->op, ==, MN_OP_SQUEEZE_EXCITE);
      g_assert_cmpint (build_last (&b)->inputs[0], ==, x);
      g_assert_cmpint (build_last (&b)->activation, ==, MN_ACT_RELU);
      g_assert_cmpint (build_last (&b)->params.se.gate, ==,
          i & 1 ? MN_ACT_SIGMOID : MN_ACT_HARD_SIGMOID);
    }
    build_clear (&b);
  }
}

/* A float16 sixth: the rest of it ends in the next convolution's weights. */
static void
test_rounded_gate (void)
{
  Build b = build_new (1, 4, 4, 6);
  gint x = BUILD_UNARY (&b, MN_OP_RELU, 0), g;
  gint sixth = build_scalar (&b, 0.16662598f);
  gfloat weight;

  g = build_mean (&b, x, TRUE);
  g = build_conv (&b, g, 6, 2, 1, TRUE, MN_ACT_RELU);
  g = build_conv (&b, g, 2, 6, 1, TRUE, MN_ACT_RELU6);
  g = BUILD_BINARY (&b, MN_OP_MUL, g, sixth);
  g = BUILD_BINARY (&b, MN_OP_MUL, x, g);
  build_finish (&b, build_conv (&b, g, 6, 4, 3, TRUE, MN_ACT_NONE));
  weight = *(const gfloat *) mn_graph_input_of (b.graph, build_last (&b), 1)
                ->data;
  build_run (&b, mn_passes_run);
  g_assert_cmpuint (b.graph->nodes->len, ==, 3);
  g_assert_cmpuint (count_op (b.graph, MN_OP_SQUEEZE_EXCITE), ==, 1);
  g_assert_cmpfloat_with_epsilon (*(const gfloat *) mn_graph_input_of (b.graph,
                                      build_last (&b), 1)
                                      ->data,
      weight * 6 * 0.16662598f, 1e-7);
  build_clear (&b);
}

static void
test_residual (void)
{
  for (guint i = 0; i < 3; i++) {
    Build b = build_new (1, 4, 4, 6);
    gint x = BUILD_UNARY (&b, MN_OP_RELU, 0);
    gint y = build_conv (&b, x, 6, 6, 1, FALSE, MN_ACT_RELU);
    /* With an activation behind the sum there is no residual. */
    MnActivation activation = i == 2 ? MN_ACT_RELU : MN_ACT_NONE;

    build_finish (&b,
        build_node (&b, MN_OP_ADD, activation,
            (const gint[]) {i ? x : y, i ? y : x, -2}));
    build_run (&b, mn_pass_fuse_residual);
    g_assert_cmpuint (b.graph->nodes->len, ==, i == 2 ? 3 : 2);
    if (i < 2) {
      g_assert_cmpint (build_last (&b)->op, ==, MN_OP_CONV_2D);
      g_assert_cmpint (build_last (&b)->activation, ==, MN_ACT_RELU);
      g_assert_cmpint (build_last (&b)->inputs[MN_CONV_RESIDUAL], ==, x);
    }
    build_clear (&b);
  }
}

void
test_fuse_add (void)
{
  g_test_add_func ("/passes/pad/valid", test_pad);
  g_test_add_func ("/passes/pad/same", test_pad_same);
  g_test_add_func ("/passes/hard/conv", test_conv_hard_sigmoid);
  g_test_add_func ("/passes/hard/swish", test_hard_swish);
  g_test_add_func ("/passes/hard/none", test_no_hard_sigmoid);
  g_test_add_func ("/passes/activation/each", test_activation);
  g_test_add_func ("/passes/activation/read-twice", test_activation_read_twice);
  g_test_add_func ("/passes/pool", test_pool);
  g_test_add_data_func ("/passes/squeeze-excite/own", GINT_TO_POINTER (TRUE),
      test_squeeze_excite);
  g_test_add_data_func ("/passes/squeeze-excite/other", NULL,
      test_squeeze_excite);
  g_test_add_func ("/passes/squeeze-excite/rounded", test_rounded_gate);
  g_test_add_func ("/passes/residual", test_residual);
}
