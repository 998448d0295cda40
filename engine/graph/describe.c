/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph as a table for people. */

#include "engine/graph/describe.h"
#include "engine/base/printable.h"

gchar *
mn_tensor_shape (const MnTensor *tensor)
{
  GString *text = g_string_new (tensor->rank ? NULL : "scalar");
  guint i;

  for (i = 0; i < tensor->rank; i++)
    g_string_append_printf (text, "%s%d", i ? "x" : "", tensor->dims[i]);
  return g_string_free (text, FALSE);
}

guint64
mn_node_macs (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *w = mn_graph_input_of (graph, node, 1);
  guint64 out = mn_graph_tensor (graph, node->outputs[0])->n_elements;

  switch (node->op) {
    case MN_OP_CONV_2D:
      return out * w->dims[1] * w->dims[2] * w->dims[3];
    case MN_OP_DEPTHWISE_CONV_2D:
      return out * w->dims[1] * w->dims[2];
    case MN_OP_FULLY_CONNECTED:
      return out * w->dims[1];
    case MN_OP_AVERAGE_POOL_2D:
    case MN_OP_MAX_POOL_2D:
      return out * node->params.pool.filter_h * node->params.pool.filter_w;
    case MN_OP_SQUEEZE_EXCITE:
      return 2 * out + w->n_elements
          + mn_graph_input_of (graph, node, 3)->n_elements;
    case MN_OP_MEAN:
      return x->n_elements;
    case MN_OP_ADD:
    case MN_OP_SUB:
    case MN_OP_MUL:
    case MN_OP_HARD_SWISH:
    case MN_OP_HARD_SIGMOID:
      return out;
    default:
      return 0;
  }
}

guint64
mn_node_params (const MnGraph *graph, const MnNode *node)
{
  guint64 n = 0;
  guint i;

  for (i = 0; i < node->n_inputs; i++) {
    const MnTensor *tensor = mn_graph_input_of (graph, node, i);

    if (tensor && tensor->data && tensor->dtype != MN_DTYPE_I64
        && (tensor->dtype != MN_DTYPE_I32 || i == 2))
      n += tensor->n_elements;
  }
  return n;
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
  const MnTensor *w = mn_graph_input_of (graph, node, 1);
  const MnConvParams *conv = &node->params.conv;
  const MnPoolParams *pool = &node->params.pool;

  switch (node->op) {
    case MN_OP_CONV_2D:
    case MN_OP_DEPTHWISE_CONV_2D:
      return g_strdup_printf (" %dx%d/%d", w->dims[1], w->dims[2],
          conv->stride_h);
    case MN_OP_AVERAGE_POOL_2D:
    case MN_OP_MAX_POOL_2D:
      return g_strdup_printf (" %dx%d/%d", pool->filter_h, pool->filter_w,
          pool->stride_h);
    default:
      return g_strdup ("");
  }
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
        node->n_inputs > MN_CONV_RESIDUAL && node->op == MN_OP_CONV_2D ? " +"
                                                                       : "",
        NULL);
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
