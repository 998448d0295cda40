/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph as a table for people. */

#include "engine/graph/describe.h"
#include "engine/base/printable.h"
#include "engine/graph/operators.h"

gchar *
mn_tensor_shape (const MnTensor *tensor)
{
  GString *text = g_string_new (tensor->rank ? NULL : "scalar");
  guint i;

  for (i = 0; i < tensor->rank; i++)
    g_string_append_printf (text, "%s%d", i ? "x" : "", tensor->dims[i]);
  return g_string_free (text, FALSE);
}

static void
describe_ends (const MnGraph *graph, const gchar *what, GArray *ends,
    GString *text)
{
  guint i;

  for (i = 0; i < ends->len; i++) {
    const MnTensor *tensor = mn_graph_tensor (graph,
        g_array_index (ends, gint, i));
    g_autofree gchar *shape = mn_tensor_shape (tensor);
    g_autofree gchar *name = mn_printable (tensor->name);

    g_string_append_printf (text, "%-7s %s %s  %s", what,
        mn_dtype_name (tensor->dtype), shape, name);
    if (tensor->quant.n == 1)
      g_string_append_printf (text, "  scale %g, zero point %" G_GINT64_FORMAT,
          tensor->quant.scale[0], tensor->quant.zero_point[0]);
    if (tensor->is_variable_batch)
      g_string_append (text, "  (any batch)");
    g_string_append_c (text, '\n');
  }
}

/* "3x3/2" where the node has a window. */
static gchar *
describe_window (const MnGraph *graph, const MnNode *node)
{
  gint height, width, stride;

  return mn_node_window (graph, node, &height, &width, &stride)
      ? g_strdup_printf (" %dx%d/%d", height, width, stride)
      : g_strdup ("");
}

/* The shapes of all results. */
static gchar *
describe_outputs (const MnGraph *graph, const MnNode *node)
{
  GString *text = g_string_new (NULL);
  guint i;

  for (i = 0; i < node->n_outputs; i++) {
    g_autofree gchar *shape = mn_tensor_shape (mn_graph_output_of (graph, node,
        i));

    g_string_append_printf (text, "%s%s", i ? ", " : "", shape);
  }
  return g_string_free (text, FALSE);
}

static const gchar *
describe_activation (const MnNode *node)
{
  return node->activation == MN_ACT_NONE
      ? "-"
      : mn_activation_name (node->activation);
}

gchar *
mn_graph_describe (const MnGraph *graph)
{
  g_autofree gchar *title = mn_printable (graph->name);
  GString *text = g_string_new (NULL);
  guint64 macs = 0, params = 0;
  guint i;

  g_string_append_printf (text, "%s\n", title);
  describe_ends (graph, "input", graph->inputs, text);
  describe_ends (graph, "output", graph->outputs, text);
  g_string_append_printf (text, "\n%5s  %-25s %-12s %-16s %10s %9s\n", "layer",
      "operator", "activation", "output", "parameters", "MMAC");
  for (i = 0; i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);
    guint64 node_macs = mn_node_macs (graph, node);
    guint64 node_params = mn_node_params (graph, node);
    g_autofree gchar *window = describe_window (graph, node);
    g_autofree gchar *name = g_strconcat (mn_op_name (node->op), window,
        mn_node_residual (node) >= 0 ? " +" : "", NULL);
    g_autofree gchar *shape = describe_outputs (graph, node);

    g_string_append_printf (text,
        "%5u  %-25s %-12s %-16s %10" G_GUINT64_FORMAT " %9.3f\n", node->layer,
        name, describe_activation (node), shape, node_params, node_macs / 1e6);
    macs += node_macs;
    params += node_params;
  }
  g_string_append_printf (text,
      "\n%u layers, %.2f million parameters, "
      "%.1f million multiply-adds a frame\n",
      graph->nodes->len, params / 1e6, macs / 1e6);
  return g_string_free (text, FALSE);
}
