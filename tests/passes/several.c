/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Nodes with several outputs and with many inputs, in all that walks over
 * them. */

#include "engine/graph/describe.h"
#include "tests/passes/build.h"
#include "engine/passes/rewrite.h"

#include <string.h>

#define N_MANY 12

/* input -> RELU -> a node of two outputs -> RELU of the second one. No
 * operator gives two, so this is never validated. */
typedef struct
{
  Build b;
  MnNode *split;
  gint first, second, out;
} Several;

static gint
add_value (Several *s, gint32 n)
{
  gint t = mn_graph_add_tensor (s->b.graph, "part", MN_DTYPE_F32, 1, &n);

  mn_graph_tensor (s->b.graph, t)->n_elements = n;
  return t;
}

static Several
several_new (void)
{
  Several s = {build_new (1, 2, 2, 3)};
  gint x;

  mn_graph_tensor (s.b.graph, 0)->n_elements = 12;
  x = add_value (&s, 12);
  BUILD_UNARY (&s.b, MN_OP_RELU, 0);
  mn_graph_node (s.b.graph, 0)->outputs[0] = x;
  s.first = add_value (&s, 5);
  s.second = add_value (&s, 7);
  s.out = add_value (&s, 7);
  BUILD_UNARY (&s.b, MN_OP_PAD, x);
  s.split = mn_graph_node (s.b.graph, 1);
  mn_node_set_outputs (s.split, 2, (const gint[]) {s.first, s.second});
  BUILD_UNARY (&s.b, MN_OP_RELU, s.second);
  mn_graph_node (s.b.graph, 2)->outputs[0] = s.out;
  g_array_append_val (s.b.graph->outputs, s.out);
  return s;
}

static void
test_lifetimes (void)
{
  Several s = several_new ();
  g_autoptr (MnUses) uses = mn_uses_new (s.b.graph);
  g_autoptr (GArray) values = build_values (s.b.graph);

  g_assert_cmpint (uses->producer[s.first], ==, 1);
  g_assert_cmpint (uses->producer[s.second], ==, 1);
  g_assert_cmpuint (mn_value (values, s.first)->size, ==, 5 * 4);
  g_assert_cmpuint (mn_value (values, s.first)->first, ==, 1);
  g_assert_cmpuint (mn_value (values, s.first)->last, ==, 1);
  g_assert_cmpuint (mn_value (values, s.second)->size, ==, 7 * 4);
  g_assert_cmpuint (mn_value (values, s.second)->first, ==, 1);
  g_assert_cmpuint (mn_value (values, s.second)->last, ==, 2);
  build_clear (&s.b);
}

/* One output that is read keeps the node and its other outputs. */
static void
test_dead (void)
{
  Several s = several_new ();
  MnRewrite *rw = mn_rewrite_new (s.b.graph);

  mn_rewrite_prune (rw, s.first);
  g_assert_nonnull (mn_rewrite_node (rw, 1));
  g_assert_nonnull (mn_rewrite_producer (rw, s.second, NULL));
  mn_rewrite_free (rw);
  g_assert_true (mn_pass_remove_dead (s.b.graph, NULL));
  g_assert_cmpuint (s.b.graph->nodes->len, ==, 3);
  g_assert_cmpuint (s.split->n_outputs, ==, 2);
  g_assert_cmpuint (mn_graph_output_of (s.b.graph, s.split, 0)->n_elements, ==,
      5);
  g_assert_cmpuint (mn_graph_output_of (s.b.graph, s.split, 1)->n_elements, ==,
      7);

  rw = mn_rewrite_new (s.b.graph);
  mn_rewrite_set_input (rw, mn_graph_node (s.b.graph, 2), 0, 0);
  mn_rewrite_prune (rw, s.split->outputs[1]);
  g_assert_null (mn_rewrite_node (rw, 1));
  g_assert_null (mn_rewrite_node (rw, 0));
  mn_rewrite_free (rw);
  g_assert_cmpuint (s.b.graph->nodes->len, ==, 1);
  build_clear (&s.b);
}

static void
test_pictures (void)
{
  Several s = several_new ();
  g_autofree gchar *dot = mn_graph_to_dot (s.b.graph);
  g_autofree gchar *text = mn_graph_describe (s.b.graph);

  g_assert_nonnull (strstr (dot, "  n1 -> n2 [label=\"7\"]"));
  g_assert_nonnull (strstr (text, " 5, 7 "));
  build_clear (&s.b);
}

static void
refuse (Several *s, const gchar *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mn_graph_validate (s->b.graph, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refusals (void)
{
  Several s = several_new ();
  const gint twice[] = {s.first, s.first}, none = 99;

  mn_graph_tensor (s.b.graph, s.split->inputs[0])->rank = 0;
  mn_node_set_input (s.split, 1, build_ints (&s.b, 8, (const gint32[8]) {0}));
  refuse (&s, "PAD (layer 1): 2 outputs");
  mn_node_set_outputs (s.split, 2, twice);
  refuse (&s, "written although");
  mn_node_set_outputs (s.split, 1, &none);
  refuse (&s, "the result is tensor 99");
  mn_node_set_outputs (s.split, 0, NULL);
  refuse (&s, "PAD (layer 1): 0 outputs");
  build_clear (&s.b);
}

/* As many inputs as one likes. */
static void
test_many_inputs (void)
{
  Build b = build_new (1, 2, 2, 3);
  gint in[N_MANY + 1], x, packed, y;

  for (guint i = 0; i < N_MANY; i++) {
    gint one = build_ints (&b, 1, (const gint32[]) {1});

    mn_graph_tensor (b.graph, one)->rank = 0;
    in[i] = one;
  }
  in[N_MANY] = -2;
  packed = build_node (&b, MN_OP_PACK, MN_ACT_NONE, in);
  mn_graph_tensor (b.graph, packed)->dtype = MN_DTYPE_I32;
  g_assert_cmpuint (mn_graph_node (b.graph, 0)->n_inputs, ==, N_MANY);
  x = BUILD_UNARY (&b, MN_OP_RELU, 0);
  y = BUILD_UNARY (&b, MN_OP_RELU, x);
  build_finish (&b, y);
  g_assert_cmpuint (mn_graph_tensor (b.graph, packed)->n_elements, ==, N_MANY);
  build_clear (&b);
}

void
test_several_add (void)
{
  g_test_add_func ("/passes/several/lifetimes", test_lifetimes);
  g_test_add_func ("/passes/several/dead", test_dead);
  g_test_add_func ("/passes/several/pictures", test_pictures);
  g_test_add_func ("/passes/several/refusals", test_refusals);
  g_test_add_func ("/passes/several/many-inputs", test_many_inputs);
}
