/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Random networks of the family, written the ways that converters write
 * them, compute the same before and after the passes. */

#include "tests/passes/build.h"
#include "tests/passes/interpret.h"

#include <math.h>

#define SIZE 6

/* 1/6, at times as float16 has it. */
static gint
sixth (Build *b)
{
  return build_scalar (b,
      g_rand_int_range (b->rand, 0, 3) ? 1.0f / 6.0f : 0.16662598f);
}

/* a op b, in either order. */
static gint
either (Build *b, MnOp op, gint x, gint y)
{
  if (g_rand_boolean (b->rand))
    return BUILD_BINARY (b, op, x, y);
  return BUILD_BINARY (b, op, y, x);
}

static gint
relu6_of_sum (Build *b, gint x)
{
  gint three = build_scalar (b, 3);
  const gint sum[] = {x, three, -2};

  if (g_rand_boolean (b->rand))
    return build_node (b, MN_OP_ADD, MN_ACT_RELU6, sum);
  x = either (b, MN_OP_ADD, x, three);
  return BUILD_UNARY (b, MN_OP_RELU6, x);
}

static gint
hard_swish (Build *b, gint x)
{
  gint gate;

  switch (g_rand_int_range (b->rand, 0, 5)) {
    case 0:
      return BUILD_UNARY (b, MN_OP_HARD_SWISH, x);
    case 1:
      gate = relu6_of_sum (b, x);
      return either (b, MN_OP_MUL, either (b, MN_OP_MUL, x, gate), sixth (b));
    case 2:
      gate = relu6_of_sum (b, x);
      return either (b, MN_OP_MUL, x, either (b, MN_OP_MUL, gate, sixth (b)));
    case 3:
      gate = either (b, MN_OP_MUL, x, sixth (b));
      return either (b, MN_OP_MUL, gate, relu6_of_sum (b, x));
    default:
      return BUILD_UNARY (b, MN_OP_RELU, x);
  }
}

static gint
batchnorm (Build *b, gint x, gint c)
{
  const gint32 dims[1] = {c};

  if (g_rand_boolean (b->rand))
    x = either (b, MN_OP_MUL, x, build_constant (b, 1, dims, 0.5, 2));
  switch (g_rand_int_range (b->rand, 0, 3)) {
    case 0:
      return either (b, MN_OP_ADD, x, build_constant (b, 1, dims, -1, 1));
    case 1:
      return BUILD_BINARY (b, MN_OP_SUB, x, build_constant (b, 1, dims, -1, 1));
    default:
      return x;
  }
}

static gint
squeeze (Build *b, gint x, gint c, gint size)
{
  switch (g_rand_int_range (b->rand, 0, 3)) {
    case 0:
      return build_mean (b, x, TRUE);
    case 1:
      return build_global_pool (b, x, size, size);
    default:
      return build_reshape (b, build_mean (b, x, FALSE), 4,
          (const gint32[]) {1, 1, 1, c});
  }
}

/* x * gate, gate a number a channel; in all the ways to write a gate. */
static gint
squeeze_excite (Build *b, gint x, gint c, gint size)
{
  gboolean dense = g_rand_boolean (b->rand);
  gint way = g_rand_int_range (b->rand, 0, 5);
  MnActivation act = way == 0 ? MN_ACT_RELU6 : MN_ACT_NONE;
  gint g = squeeze (b, x, c, size);

  if (dense) {
    g = build_reshape (b, g, 2, (const gint32[]) {1, c});
    g = build_dense (b, build_dense (b, g, c, 4, MN_ACT_RELU), 4, c, act);
    g = build_reshape (b, g, 4, (const gint32[]) {1, 1, 1, c});
  } else {
    g = build_conv (b, build_conv (b, g, c, 4, 1, TRUE, MN_ACT_RELU), 4, c, 1,
        g_rand_boolean (b->rand), act);
  }
  if (way == 1)
    g = BUILD_UNARY (b, MN_OP_LOGISTIC, g);
  else if (way != 0)
    g = relu6_of_sum (b, g);
  if (way == 2)
    return either (b, MN_OP_MUL, either (b, MN_OP_MUL, x, g), sixth (b));
  if (way != 1)
    g = either (b, MN_OP_MUL, g, sixth (b));
  return either (b, MN_OP_MUL, x, g);
}

static gint
padded_dwconv (Build *b, gint x, gint c, gint k)
{
  const gint32 around[8] = {0, 0, 1, 1, 1, 1, 0, 0};
  gint paddings = build_ints (b, 8, around);
  gint y = BUILD_BINARY (b, MN_OP_PAD, x, paddings);

  y = build_dwconv (b, y, c, k, 1, MN_ACT_NONE);
  mn_graph_node (b->graph, b->graph->nodes->len - 1)
      ->params.conv.padding = MN_PADDING_VALID;
  return y;
}

static gint
block (Build *b, gint x, gint c)
{
  gint wide = 2 * c, y;

  y = batchnorm (b,
      build_conv (b, x, c, wide, 1, g_rand_boolean (b->rand), MN_ACT_NONE),
      wide);
  y = hard_swish (b, y);
  if (g_rand_boolean (b->rand))
    y = padded_dwconv (b, y, wide, 3);
  else
    y = build_dwconv (b, y, wide, 5, 1, MN_ACT_NONE);
  y = hard_swish (b, batchnorm (b, y, wide));
  if (g_rand_boolean (b->rand))
    y = squeeze_excite (b, y, wide, SIZE);
  y = batchnorm (b, build_conv (b, y, wide, c, 1, TRUE, MN_ACT_NONE), c);
  if (g_rand_boolean (b->rand))
    y = either (b, MN_OP_ADD, x, y);
  if (g_rand_int_range (b->rand, 0, 4) == 0)
    y = BUILD_UNARY (b, MN_OP_RELU, y);
  return y;
}

static Build
random_network (guint32 seed)
{
  Build b = build_new (seed, SIZE, SIZE, 3);
  const gint32 dims[1] = {3};
  gint x = 0;

  if (g_rand_boolean (b.rand))
    x = either (&b, MN_OP_MUL, x, build_constant (&b, 1, dims, 0.1, 2));
  if (g_rand_boolean (b.rand))
    x = either (&b, MN_OP_ADD, x, build_scalar (&b, -1));
  x = hard_swish (&b, build_conv (&b, x, 3, 8, 3, TRUE, MN_ACT_NONE));
  for (gint n = g_rand_int_range (b.rand, 1, 4); n > 0; n--)
    x = block (&b, x, 8);
  x = build_reshape (&b, squeeze (&b, x, 8, SIZE), 2, (const gint32[]) {1, 8});
  x = build_dense (&b, x, 8, 10, MN_ACT_NONE);
  build_finish (&b, x);
  return b;
}

static void
test_same (gconstpointer data)
{
  for (guint32 i = 0; i < 200; i++) {
    guint32 seed = test_seed () + i;
    Build before = random_network (seed), after = random_network (seed);
    g_autofree gfloat *a = NULL, *b = NULL, *x = NULL;
    GError *error = NULL;
    gfloat largest = 0, difference = 0;
    gsize n, m;

    mn_passes_run (after.graph, &error);
    g_assert_no_error (error);
    x = g_new (gfloat, SIZE * SIZE * 3);
    for (guint j = 0; j < SIZE * SIZE * 3; j++)
      x[j] = g_rand_double_range (before.rand, -2, 2);
    a = interpret (before.graph, x, &n);
    b = interpret (after.graph, x, &m);
    g_assert_cmpuint (n, ==, m);
    for (gsize j = 0; j < n; j++) {
      largest = MAX (largest, fabsf (a[j]));
      difference = MAX (difference, fabsf (a[j] - b[j]));
      g_assert_true (isfinite (b[j]));
    }
    if (difference > 1e-5f * MAX (largest, 1))
      g_test_message ("seed %u: %g of %g", seed, difference, largest);
    g_assert_cmpfloat (difference, <=, 1e-5f * MAX (largest, 1));
    g_assert_cmpuint (after.graph->nodes->len, <, before.graph->nodes->len);
    g_assert_cmpuint (count_op (after.graph, MN_OP_RELU6), ==, 0);
    g_assert_cmpuint (count_op (after.graph, MN_OP_PAD), ==, 0);
    build_clear (&before);
    build_clear (&after);
  }
}

void
test_random_add (void)
{
  g_test_add_data_func ("/passes/random", NULL, test_same);
}
