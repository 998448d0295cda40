/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every kernel, in graphs of a few nodes, against the reference backend. */

#include "tests/opencl/graphs.h"

#include <stdio.h>

static const MnActivation activations[] = {MN_ACT_NONE, MN_ACT_RELU,
  MN_ACT_RELU6, MN_ACT_RELU_N1_TO_1, MN_ACT_HARD_SWISH, MN_ACT_HARD_SIGMOID,
  MN_ACT_SIGMOID};

static void
check (Build *b, guint n, const gchar *format, gint h, gint w, gint c)
{
  g_autoptr (MnGraph) graph = build_finish (b);
  gchar what[100];

  snprintf (what, sizeof what, "%s %dx%dx%d", format, h, w, c);
  if (few_shapes () && h * w * c > 100)
    n = 1;
  compare_backends (graph, n, what);
}

static void
test_pointwise (void)
{
  static const gint sizes[][4] = {{1, 1, 3, 5}, {1, 1, 16, 16}, {3, 5, 4, 24},
    {7, 7, 13, 40}, {2, 11, 24, 7}, {14, 14, 40, 72}, {1, 6, 1, 1},
    {5, 5, 17, 33}, {1, 1, 9, 20}, {40, 30, 8, 24}, {41, 29, 20, 36},
    /* little work with many inputs */
    {7, 7, 576, 96}, {3, 5, 136, 24}, {1, 3, 253, 5}};
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const gint *s = sizes[i];
    Build b = build_new (s[0], s[1], s[2]);

    build_conv (&b, s[3], 1, 1, 1, MN_PADDING_SAME, activations[i % 7]);
    check (&b, i % 3 + 1, "pointwise", s[0], s[1], s[2]);
  }
}

static void
test_residual (void)
{
  gint channels;

  if (!have_device ())
    return;
  for (channels = 3; channels <= 24; channels += 7) {
    Build b = build_new (5, 3, channels);
    gint x;

    build_conv (&b, channels, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU);
    x = b.x;
    build_conv (&b, channels, 1, 1, 1, MN_PADDING_SAME, MN_ACT_HARD_SWISH);
    build_residual (&b, x);
    x = b.x;
    build_conv (&b, channels, 3, 3, 1, MN_PADDING_SAME, MN_ACT_NONE);
    build_residual (&b, x);
    build_mean (&b, TRUE);
    x = b.x;
    build_conv (&b, channels, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU6);
    build_residual (&b, x);
    check (&b, 2, "residual", 5, 3, channels);
  }
}

/* Many inputs: items share them. */
static void
test_long_residual (void)
{
  Build b = build_new (3, 3, 8);
  gint x;

  if (!have_device ()) {
    mn_graph_free (b.graph);
    return;
  }
  build_conv (&b, 136, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU);
  build_excite (&b, 8, MN_ACT_HARD_SIGMOID);
  build_conv (&b, 136, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  x = b.x;
  build_conv (&b, 136, 1, 1, 1, MN_PADDING_SAME, MN_ACT_HARD_SWISH);
  build_residual (&b, x);
  check (&b, 2, "residual", 3, 3, 8);
}

/* What first layers are: few inputs, 3x3. */
static void
test_first (void)
{
  gint c, stride;

  if (!have_device ())
    return;
  for (c = 1; c <= 5; c++) {
    for (stride = 1; stride <= 2; stride++) {
      gint h = random_int (1, 9), w = random_int (1, 9);
      Build b = build_new (h, w, c);

      build_conv (&b, 7 * c + stride, 3, 3, stride, MN_PADDING_SAME,
          activations[c % 7]);
      check (&b, 1, "first", h, w, c);
    }
  }
}

static void
test_conv (void)
{
  gint i;

  if (!have_device ())
    return;
  for (i = 0; i < 12; i++) {
    gint h = random_int (3, 12), w = random_int (3, 12);
    gint c = i < 4 ? 3 : random_int (1, 10);
    Build b = build_new (h, w, c);
    MnNode *node = build_conv (&b, i < 4 ? 16 + i : random_int (1, 35),
        random_int (1, 3), random_int (1, 3), random_int (1, 2),
        i % 2 ? MN_PADDING_SAME : MN_PADDING_VALID, activations[i % 7]);

    if (i % 3 == 2)
      node->params.conv.dilation_h = node->params.conv.dilation_w =
          node->params.conv.stride_h == 1 && h > 6 && w > 6 ? 2 : 1;
    check (&b, 1, "conv", h, w, c);
  }
}

static void
test_conv_large_padding (void)
{
  Build b = build_new (1, 1, 5);
  MnConvParams *p;

  if (!have_device ()) {
    mn_graph_free (b.graph);
    return;
  }
  p = &build_conv (&b, 6, 3, 3, 2, MN_PADDING_EXPLICIT, MN_ACT_RELU)
           ->params.conv;
  p->pad_top = 3;
  p->pad_left = 0;
  p->pad_bottom = 2;
  p->pad_right = 4;
  check (&b, 1, "conv in its padding", 1, 1, 5);
}

static void
test_depthwise (void)
{
  static const gint channels[] = {1, 3, 4, 8, 13, 24, 72};
  guint i, kernel, stride;

  if (!have_device ())
    return;
  for (kernel = 3; kernel <= 5; kernel += 2) {
    for (stride = 1; stride <= 2; stride++) {
      for (i = 0; i < G_N_ELEMENTS (channels); i++) {
        gint h = random_int (kernel, 15), w = random_int (kernel, 15);
        Build b = build_new (h, w, channels[i]);

        build_dwconv (&b, 1, kernel, kernel, stride,
            i % 2 ? MN_PADDING_SAME : MN_PADDING_VALID, activations[i % 7]);
        check (&b, 1, "depthwise", h, w, channels[i]);
      }
    }
  }
}

static void
test_depthwise_tiny (void)
{
  guint kernel, stride;

  if (!have_device ())
    return;
  for (kernel = 3; kernel <= 5; kernel += 2) {
    for (stride = 1; stride <= 2; stride++) {
      Build b = build_new (1, 1, 6);

      build_dwconv (&b, 1, kernel, kernel, stride, MN_PADDING_SAME,
          MN_ACT_RELU6);
      build_dwconv (&b, 1, kernel, kernel, stride, MN_PADDING_SAME,
          MN_ACT_NONE);
      check (&b, 1, "depthwise 1x1", 1, 1, 6);
    }
  }
}

/* Widths around those of tiles and windows. */
static void
test_depthwise_edges (void)
{
  static const gint widths[] = {1, 2, 3, 5, 6, 9};
  guint i, form;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (widths); i++) {
    for (form = 0; form < 4; form++) {
      gint kernel = form % 2 ? 5 : 3, stride = form / 2 + 1;
      gint h = random_int (1, 6);
      Build b = build_new (h, widths[i], 17);

      build_dwconv (&b, 1, kernel, kernel, stride, MN_PADDING_SAME,
          activations[i]);
      if (i % 2)
        build_excite (&b, 4, MN_ACT_HARD_SIGMOID);
      check (&b, 1, "depthwise", h, widths[i], 17);
    }
  }
}

static void
test_depthwise_any (void)
{
  gint i;

  if (!have_device ())
    return;
  for (i = 0; i < 10; i++) {
    gint h = random_int (7, 12), w = random_int (7, 12);
    gint c = random_int (1, 9);
    Build b = build_new (h, w, c);
    MnNode *node = build_dwconv (&b, i % 4 + 1, random_int (1, 4),
        random_int (1, 4), random_int (1, 3),
        i % 2 ? MN_PADDING_SAME : MN_PADDING_VALID, activations[i % 7]);

    if (node->params.conv.stride_h == 1)
      node->params.conv.dilation_h = 2;
    check (&b, 1, "depthwise of any kind", h, w, c);
  }
}

/* Who reads the gated value: a pointwise convolution, something else, or the
 * caller; and with form 3 no depthwise convolution sums. */
static void
check_excite (gint h, gint w, gint c, guint form)
{
  Build b = build_new (h, w, c);

  if (form != 3)
    build_dwconv (&b, 1, form == 1 ? 5 : 3, form == 1 ? 5 : 3, 1,
        MN_PADDING_SAME, MN_ACT_HARD_SWISH);
  build_excite (&b, MAX (c / 4, 1),
      form % 2 ? MN_ACT_SIGMOID : MN_ACT_HARD_SIGMOID);
  if (form == 0)
    build_conv (&b, 10, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  else if (form == 1)
    build_conv (&b, 10, 3, 3, 2, MN_PADDING_SAME, MN_ACT_RELU);
  check (&b, 2, "squeeze-and-excite", h, w, c);
}

static void
test_excite (void)
{
  /* The last ones have many sums, and a gate in two launches. */
  static const gint channels[] = {5, 16, 72, 96, 7, 578};
  static const gint most[] = {14, 14, 14, 14, 70, 9};
  guint i, form;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (channels); i++) {
    for (form = 0; form < 4; form++) {
      if (!few_shapes () || form == (3 * i + 1) % 4)
        check_excite (random_int (most[i] / 2, most[i]),
            random_int (1, most[i]), channels[i], form);
    }
  }
}

static void
test_pool (void)
{
  gint i;

  if (!have_device ())
    return;
  for (i = 0; i < 8; i++) {
    gint h = random_int (3, 9), w = random_int (3, 9), c = random_int (1, 9);
    Build b = build_new (h, w, c);
    MnNode *node = build_node (&b,
        i % 2 ? MN_OP_MAX_POOL_2D : MN_OP_AVERAGE_POOL_2D, 0, NULL);

    node->params.pool.filter_h = random_int (1, 3);
    node->params.pool.filter_w = random_int (1, 3);
    node->params.pool.stride_h = random_int (1, 3);
    node->params.pool.stride_w = random_int (1, 3);
    node->params.pool.padding = i % 4 < 2 ? MN_PADDING_SAME : MN_PADDING_VALID;
    node->activation = activations[i % 3];
    check (&b, 1, "pool", h, w, c);
  }
}

static void
test_mean (void)
{
  gint c;

  if (!have_device ())
    return;
  for (c = 1; c <= 40; c += 13) {
    gint h = random_int (1, 9), w = random_int (1, 9);
    Build b = build_new (h, w, c);

    build_mean (&b, c % 2);
    check (&b, 1, "mean", h, w, c);
  }
}

/* Of what a product gives, and nobody else wants; some with more pixels than
 * a group has. */
static void
test_product_mean (void)
{
  static const gint sizes[][4] = {
    {7, 7, 13, 24}, {1, 2, 5, 7}, {20, 31, 8, 12}, {5, 6, 300, 9}};
  guint i, form;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const gint *s = sizes[i];

    for (form = 0; form < 3; form++) {
      Build b = build_new (s[0], s[1], s[2]);

      if (form == 1) {
        build_dwconv (&b, 1, 3, 3, 1, MN_PADDING_SAME, MN_ACT_RELU);
        build_excite (&b, 4, MN_ACT_HARD_SIGMOID);
      }
      build_conv (&b, s[3], 1, 1, 1, MN_PADDING_SAME,
          activations[(i + form) % 7]);
      if (form == 2)
        g_array_append_val (b.graph->outputs, b.x);
      build_mean (&b, form == 0);
      check (&b, 2, "mean of a product", s[0], s[1], s[2]);
    }
  }
}

static void
test_fully_connected (void)
{
  static const gint sizes[][4] = {{1, 1, 1, 1}, {1, 1, 5, 3}, {1, 1, 100, 33},
    {2, 3, 5, 17}, {3, 3, 8, 20}, {1, 1, 576, 1001}};
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const gint *s = sizes[i];
    Build b = build_new (s[0], s[1], s[2]);

    build_fully_connected (&b, s[3], activations[i % 7]);
    check (&b, 1, "fully connected", s[0], s[1], s[2]);
  }
}

static void
test_softmax (void)
{
  static const gint widths[] = {1, 2, 7, 64, 1001};
  guint i, form;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (widths); i++) {
    /* At the end; beside what it is made of; read by another layer. */
    for (form = 0; form < 3; form++) {
      Build b = build_new (1, i + 1, widths[i]);

      build_node (&b, MN_OP_HARD_SWISH, 0, NULL);
      if (form == 1)
        g_array_append_val (b.graph->outputs, b.x);
      build_node (&b, MN_OP_SOFTMAX, 0, NULL)->params.softmax.beta = 3;
      if (form == 2)
        build_node (&b, MN_OP_HARD_SIGMOID, 0, NULL);
      check (&b, 2, "softmax", 1, i + 1, widths[i]);
    }
  }
}

static void
test_binary (void)
{
  static const MnOp ops[] = {MN_OP_ADD, MN_OP_SUB, MN_OP_MUL};
  static const gint32 shapes[][4] = {{1, 4, 5, 7}, {1, 1, 1, 7}, {1, 1, 1, 1},
    {1, 4, 1, 1}, {1, 4, 5, 1}, {1, 1, 5, 7}};
  guint i, j;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (ops); i++) {
    for (j = 0; j < G_N_ELEMENTS (shapes); j++) {
      Build b = build_new (4, 5, 7);
      gint other = build_constant (&b, j == 2 ? 0 : 4, shapes[j]);
      MnNode *node = build_node (&b, ops[i], 1, &other);

      node->activation = activations[(i + j) % 4];
      if (j % 2) {
        /* The constant first. */
        node->inputs[1] = node->inputs[0];
        node->inputs[0] = other;
      }
      check (&b, 1, mn_op_name (ops[i]), 4, 5, 7);
    }
  }
}

static void
test_unary (void)
{
  static const MnOp ops[] = {MN_OP_RELU, MN_OP_RELU6, MN_OP_HARD_SWISH,
    MN_OP_HARD_SIGMOID, MN_OP_LOGISTIC};
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (ops); i++) {
    Build b = build_new (3, 2, 5);

    build_node (&b, ops[i], 0, NULL);
    check (&b, 1, mn_op_name (ops[i]), 3, 2, 5);
  }
}

static void
test_pad (void)
{
  static const gint32 dims[] = {4, 2};
  static const gint32 sizes[] = {0, 0, 1, 2, 3, 0, 2, 1};
  Build b = build_new (3, 4, 5);
  gint paddings = build_indices (&b, 2, dims, sizes);

  if (!have_device ()) {
    mn_graph_free (b.graph);
    return;
  }
  build_node (&b, MN_OP_PAD, 1, &paddings);
  check (&b, 1, "pad", 3, 4, 5);
}

static void
test_reshape (void)
{
  static const gint32 shapes[][3] = {
    {1, 6, 10}, {1, 60, 1}, {4, 3, 5}, {1, 1, 60}};
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (shapes); i++) {
    Build b = build_new (3, 4, 5);

    build_reshape (&b, 3, shapes[i]);
    build_node (&b, MN_OP_RELU, 0, NULL);
    check (&b, 1, "reshape", 3, 4, 5);
  }
}

/* Several outputs, one of them read again, one under two names, and the
 * input itself. */
static void
test_outputs (void)
{
  static const gint32 shape[] = {1, 48};
  Build b = build_new (2, 3, 8);

  if (!have_device ()) {
    mn_graph_free (b.graph);
    return;
  }
  build_conv (&b, 8, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU);
  g_array_append_val (b.graph->outputs, b.x);
  build_reshape (&b, 2, shape);
  g_array_append_val (b.graph->outputs, b.x);
  build_fully_connected (&b, 5, MN_ACT_NONE);
  check (&b, 3, "outputs", 2, 3, 8);
}

static void
test_input_scale (void)
{
  Build b = build_new (3, 3, 3);
  guint i;

  if (!have_device ()) {
    mn_graph_free (b.graph);
    return;
  }
  for (i = 0; i < 3; i++) {
    b.graph->input_scale[i] = 0.5f + i;
    b.graph->input_offset[i] = i - 0.7f;
  }
  build_conv (&b, 4, 3, 3, 2, MN_PADDING_SAME, MN_ACT_RELU);
  check (&b, 1, "input scale", 3, 3, 3);
}

/* Weights, and a constant that is added, beyond what a half can be. */
static void
test_large_constants (void)
{
  static const gint32 shape[] = {1, 1, 1, 6};
  Build b = build_new (3, 4, 6);
  MnNode *node;
  gint other;

  if (!have_device ()) {
    mn_graph_free (b.graph);
    return;
  }
  node = build_conv (&b, 6, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU6);
  ((gfloat *) mn_graph_input_of (b.graph, node, 1)->owned)[7] = 1e5f;
  other = build_constant (&b, 4, shape);
  ((gfloat *) mn_graph_tensor (b.graph, other)->owned)[2] = -7e4f;
  build_node (&b, MN_OP_ADD, 1, &other)->activation = MN_ACT_RELU6;
  check (&b, 2, "large constants", 3, 4, 6);
}

void
add_layer_tests (void)
{
  g_test_add_func ("/opencl/layers/pointwise", test_pointwise);
  g_test_add_func ("/opencl/layers/residual", test_residual);
  g_test_add_func ("/opencl/layers/long-residual", test_long_residual);
  g_test_add_func ("/opencl/layers/first", test_first);
  g_test_add_func ("/opencl/layers/conv", test_conv);
  g_test_add_func ("/opencl/layers/conv-padding", test_conv_large_padding);
  g_test_add_func ("/opencl/layers/depthwise", test_depthwise);
  g_test_add_func ("/opencl/layers/depthwise-tiny", test_depthwise_tiny);
  g_test_add_func ("/opencl/layers/depthwise-edges", test_depthwise_edges);
  g_test_add_func ("/opencl/layers/depthwise-any", test_depthwise_any);
  g_test_add_func ("/opencl/layers/excite", test_excite);
  g_test_add_func ("/opencl/layers/pool", test_pool);
  g_test_add_func ("/opencl/layers/mean", test_mean);
  g_test_add_func ("/opencl/layers/product-mean", test_product_mean);
  g_test_add_func ("/opencl/layers/fully-connected", test_fully_connected);
  g_test_add_func ("/opencl/layers/softmax", test_softmax);
  g_test_add_func ("/opencl/layers/binary", test_binary);
  g_test_add_func ("/opencl/layers/unary", test_unary);
  g_test_add_func ("/opencl/layers/pad", test_pad);
  g_test_add_func ("/opencl/layers/reshape", test_reshape);
  g_test_add_func ("/opencl/layers/outputs", test_outputs);
  g_test_add_func ("/opencl/layers/input-scale", test_input_scale);
  g_test_add_func ("/opencl/layers/large-constants", test_large_constants);
}
