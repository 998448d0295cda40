/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A constant's bytes against its type and shape: the validator's rule, for
 * the graphs of every reader. */

#include "engine/graph/graph.h"

static const gint32 dims[] = {2, 3};

/* x of 2 x 3 added to a constant of size bytes at data. */
static MnGraph *
make (MnDType dtype, gconstpointer data, gsize size)
{
  MnGraph *graph = mn_graph_new ("m");
  gint x = mn_graph_add_tensor (graph, "x", dtype, 2, dims);
  gint k = mn_graph_add_tensor (graph, "k", dtype, 2, dims);
  gint y = mn_graph_add_tensor (graph, "y", dtype, 2, dims);
  MnNode *node = mn_graph_add_node (graph, MN_OP_ADD, 0);

  mn_graph_tensor (graph, k)->data = data;
  mn_graph_tensor (graph, k)->size = size;
  mn_node_set_inputs (node, 2, (const gint[]) {x, k});
  node->outputs[0] = y;
  g_array_append_val (graph->inputs, x);
  g_array_append_val (graph->outputs, y);
  return graph;
}

static void
test_sizes (void)
{
  static const gint64 zeros[16];
  MnDType dtype;

  for (dtype = MN_DTYPE_F32; dtype <= MN_DTYPE_BOOL; dtype++) {
    gsize fits = 6 * mn_dtype_size (dtype), size;

    for (size = fits - 1; size <= fits + 1; size++) {
      g_autoptr (MnGraph) graph = make (dtype, zeros, size);
      g_autofree gchar *word = g_strdup_printf ("m: tensor 'k': "
                                                "%" G_GSIZE_FORMAT
                                                " bytes of data do not hold "
                                                "2x3 elements of %s",
          size, mn_dtype_name (dtype));
      g_autoptr (GError) error = NULL;
      gboolean ok = mn_graph_validate (graph, &error);

      /* What fits may still be of a type that nothing adds. */
      g_assert_true (ok || error);
      g_assert_cmpint (error && g_str_equal (error->message, word), ==,
          size != fits);
      if (size != fits)
        g_assert_error (error, MN_ERROR, MN_ERROR_INVALID);
      else if (dtype == MN_DTYPE_F32)
        g_assert_no_error (error);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/constants/sizes", test_sizes);
  return g_test_run ();
}
