/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What passes cost: graphs that are made to cost a lot are folded in one go,
 * or not to the end. */

#include "tests/passes/build.h"
#include "tests/passes/interpret.h"

#include "engine/graph/budget.h"

/* n factors of every channel on the way from x. */
static gint
add_factors (Build *b, gint x, guint n, gint32 channels)
{
  const gint32 dims[1] = {channels};
  gint factors = build_constant (b, 1, dims, 0.9, 1.1);

  while (n-- > 0)
    x = BUILD_BINARY (b, MN_OP_MUL, x, factors);
  return x;
}

static void
fold (Build *b)
{
  GError *error = NULL;

  g_assert_true (mn_pass_fold_batchnorm (b->graph, &error));
  g_assert_no_error (error);
  g_assert_true (mn_graph_validate (b->graph, &error));
  g_assert_no_error (error);
}

/* Each pass takes them all: or else there are as many passes as factors. */
static void
test_chain_in_front (void)
{
  Build b = build_new (test_seed (), 2, 2, 8);
  gint x = add_factors (&b, 0, 3000, 8);

  build_finish (&b, build_conv (&b, x, 8, 4, 1, FALSE, MN_ACT_NONE));
  fold (&b);
  g_assert_cmpuint (count_op (b.graph, MN_OP_MUL), ==, 0);
  g_assert_cmpuint (b.graph->nodes->len, ==, 1);
  build_clear (&b);
}

static void
test_chain_values (void)
{
  Build b = build_new (test_seed (), 3, 3, 8);
  gint x = add_factors (&b, 0, 5, 8), y;
  gfloat in[3 * 3 * 8];
  g_autofree gfloat *before = NULL, *after = NULL;
  gsize n, i;

  y = build_dwconv (&b, x, 8, 3, 1, MN_ACT_NONE);
  y = add_factors (&b, y, 4, 8);
  y = build_conv (&b, y, 8, 6, 3, TRUE, MN_ACT_NONE);
  build_finish (&b, add_factors (&b, y, 3, 6));
  for (i = 0; i < G_N_ELEMENTS (in); i++)
    in[i] = g_rand_double_range (b.rand, -1, 1);
  before = interpret (b.graph, in, &n);
  fold (&b);
  g_assert_cmpuint (count_op (b.graph, MN_OP_MUL), ==, 0);
  after = interpret (b.graph, in, &n);
  for (i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (before[i], after[i], 1e-4);
  build_clear (&b);
}

/* A million weights, to be multiplied more than a thousand times. */
static void
test_large_weights (void)
{
  enum
  {
    SIDE = 1024,
    FACTORS = 1100
  };
  const guint64 each = SIDE * SIDE + SIDE;
  Build b = build_new (test_seed (), 1, 1, SIDE);
  gint x = build_conv (&b, 0, SIDE, SIDE, 1, FALSE, MN_ACT_NONE);

  build_finish (&b, add_factors (&b, x, FACTORS, SIDE));
  fold (&b);
  g_assert_cmpuint (b.graph->n_folded, <=, MN_MAX_FOLDED);
  g_assert_cmpuint (count_op (b.graph, MN_OP_MUL), ==,
      FACTORS - MN_MAX_FOLDED / each);
  /* Another pass does not go on. */
  fold (&b);
  g_assert_cmpuint (count_op (b.graph, MN_OP_MUL), ==,
      FACTORS - MN_MAX_FOLDED / each);
  build_clear (&b);
}

void
test_bounds_add (void)
{
  g_test_add_func ("/passes/bounds/chain-in-front", test_chain_in_front);
  g_test_add_func ("/passes/bounds/chain-values", test_chain_values);
  g_test_add_func ("/passes/bounds/large-weights", test_large_weights);
}
