/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The memory plan: nothing that lives at the same time overlaps. */

#include "tests/passes/build.h"

#define ALIGN 64

static void
check_no_overlap (const MnLifetime *items, guint n, gsize total)
{
  for (guint i = 0; i < n; i++) {
    g_assert_cmpuint (items[i].offset % ALIGN, ==, 0);
    g_assert_cmpuint (items[i].offset + items[i].size, <=, total);
    for (guint j = 0; j < i; j++) {
      gboolean alive = items[i].first <= items[j].last
          && items[j].first <= items[i].last;
      gboolean overlap = items[i].offset < items[j].offset + items[j].size
          && items[j].offset < items[i].offset + items[i].size;

      g_assert_false (alive && overlap && items[i].size && items[j].size);
    }
  }
}

static void
test_random_lifetimes (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());

  for (guint round = 0; round < 300; round++) {
    guint n = g_rand_int_range (rand, 0, 40);
    g_autofree MnLifetime *items = g_new0 (MnLifetime, n + 1);
    gsize total, sum = 0, peak = 0;

    for (guint i = 0; i < n; i++) {
      items[i].size = g_rand_int_range (rand, 0, 5000);
      items[i].first = g_rand_int_range (rand, 0, 30);
      items[i].last = items[i].first + g_rand_int_range (rand, 0, 8);
      sum += (items[i].size + ALIGN - 1) / ALIGN * ALIGN;
    }
    for (guint step = 0; step < 40; step++) {
      gsize live = 0;

      for (guint i = 0; i < n; i++) {
        if (items[i].first <= step && step <= items[i].last)
          live += items[i].size;
      }
      peak = MAX (peak, live);
    }
    total = mn_memory_plan (items, n, ALIGN);
    check_no_overlap (items, n, total);
    g_assert_cmpuint (total, <=, sum);
    g_assert_cmpuint (total, >=, peak);
  }
}

static void
test_lowest_gap (void)
{
  /* The third fits under the second once the first is gone. */
  MnLifetime items[] = {{256, 0, 1}, {128, 0, 3}, {200, 2, 3}};

  g_assert_cmpuint (mn_memory_plan (items, 3, ALIGN), ==, 384);
  g_assert_cmpuint (items[0].offset, ==, 0);
  g_assert_cmpuint (items[1].offset, ==, 256);
  g_assert_cmpuint (items[2].offset, ==, 0);
}

static void
test_overflow (void)
{
  MnLifetime huge[] = {{G_MAXSIZE, 0, 1}};
  MnLifetime two[] = {{G_MAXSIZE / 2 + 1, 0, 1}, {G_MAXSIZE / 2 + 1, 1, 2}};

  g_assert_cmpuint (mn_memory_plan (huge, 1, ALIGN), ==, G_MAXSIZE);
  g_assert_cmpuint (mn_memory_plan (two, 2, ALIGN), ==, G_MAXSIZE);
}

/* input -> conv -> conv, residual of the first -> reshape -> dense, each a
 * step. */
static void
test_lifetimes (void)
{
  Build b = build_new (1, 4, 4, 3);
  gint a = build_conv (&b, 0, 3, 8, 3, TRUE, MN_ACT_RELU);
  gint c = build_conv (&b, a, 8, 8, 1, TRUE, MN_ACT_RELU);
  gint d = build_conv (&b, c, 8, 8, 1, TRUE, MN_ACT_NONE);
  MnNode *node = mn_graph_node (b.graph, 2);
  gint flat, out;
  g_autoptr (GArray) values = NULL;
  gsize size;

  mn_node_set_input (node, MN_CONV_RESIDUAL, a);
  flat = build_reshape (&b, d, 2, (const gint32[]) {1, 128});
  out = build_dense (&b, flat, 128, 5, MN_ACT_NONE);
  build_finish (&b, out);
  values = build_values (b.graph);
  g_assert_cmpuint (mn_value (values, 0)->size, ==, 4 * 4 * 3 * 4);
  g_assert_cmpuint (mn_value (values, 0)->first, ==, 0);
  g_assert_cmpuint (mn_value (values, 0)->last, ==, 0);
  g_assert_cmpuint (mn_value (values, a)->last, ==, 2);
  g_assert_cmpuint (mn_value (values, c)->last, ==, 2);
  g_assert_cmpint (mn_value_place (values, flat), ==, d);
  g_assert_cmpint (mn_value_place (values, d), ==, d);
  g_assert_false (mn_value (values, flat)->used);
  g_assert_cmpuint (mn_value (values, d)->first, ==, 2);
  g_assert_cmpuint (mn_value (values, d)->last, ==, 4);
  g_assert_cmpuint (mn_value (values, out)->last, ==, 5);
  g_assert_false (mn_value (values, node->inputs[1])->used);
  size = mn_values_plan (values, ALIGN, mn_memory_plan);
  /* The first, what it is added to, and what takes both. */
  g_assert_cmpuint (size, ==, 3 * 4 * 4 * 8 * 4);
  /* One that shares its place has a size, and none in the plan. */
  g_assert_cmpuint (mn_value (values, flat)->size, ==, 128 * 4);
  build_clear (&b);
}

/* Rows of 3 and 5 elements, rounded up to 4; half of the bytes. */
static void
test_values (void)
{
  Build b = build_new (1, 4, 4, 3);
  gint out = build_conv (&b, 0, 3, 5, 3, TRUE, MN_ACT_RELU), added;
  g_autoptr (GArray) values = NULL;

  build_finish (&b, out);
  values = mn_values_new (b.graph, 4);
  g_assert_cmpuint (mn_value (values, 0)->pixel, ==, 4);
  g_assert_cmpuint (mn_value (values, 0)->size, ==, 4 * 4 * 4 * 4);
  g_assert_cmpuint (mn_value (values, out)->size, ==, 4 * 4 * 8 * 4);
  mn_value_store (values, out, MN_ELEMENT_BF16);
  g_assert_cmpuint (mn_value (values, out)->size, ==, 4 * 4 * 8 * 2);
  added = mn_values_add (values, 7);
  g_assert_cmpuint (mn_value (values, added)->size, ==, 7 * 4);
  g_assert_cmpint (mn_value_place (values, added), ==, added);
  mn_value_use (values, -1, 3);
  mn_value_use (values, added, 3);
  mn_value (values, out)->elsewhere = TRUE;
  mn_value (values, out)->offset = 5;
  mn_value_use (values, out, 3);
  g_assert_cmpuint (mn_values_plan (values, ALIGN, mn_memory_plan), ==, 64);
  g_assert_cmpuint (mn_value (values, out)->offset, ==, 5);
  build_clear (&b);
}

void
test_memory_add (void)
{
  g_test_add_func ("/passes/memory/random", test_random_lifetimes);
  g_test_add_func ("/passes/memory/lowest-gap", test_lowest_gap);
  g_test_add_func ("/passes/memory/overflow", test_overflow);
  g_test_add_func ("/passes/memory/lifetimes", test_lifetimes);
  g_test_add_func ("/passes/memory/values", test_values);
}
