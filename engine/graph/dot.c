/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph in Graphviz's language. */

#include "engine/graph/describe.h"
#include "engine/base/printable.h"

static const gchar *
colour_of (MnOp op)
{
  switch (op) {
    case MN_OP_CONV_2D:
    case MN_OP_FULLY_CONNECTED:
      return "#a6cee3";
    case MN_OP_DEPTHWISE_CONV_2D:
      return "#b2df8a";
    case MN_OP_SQUEEZE_EXCITE:
      return "#fdbf6f";
    case MN_OP_AVERAGE_POOL_2D:
    case MN_OP_MAX_POOL_2D:
    case MN_OP_MEAN:
      return "#fb9a99";
    case MN_OP_ADD:
    case MN_OP_SUB:
    case MN_OP_MUL:
      return "#ffff99";
    case MN_OP_RELU:
    case MN_OP_RELU6:
    case MN_OP_HARD_SWISH:
    case MN_OP_HARD_SIGMOID:
    case MN_OP_LOGISTIC:
    case MN_OP_SOFTMAX:
      return "#cab2d6";
    default:
      return "#e6e6e6";
  }
}

/* A quoted string's inside. */
static gchar *
escape (const gchar *text)
{
  g_autofree gchar *line = mn_printable (text);
  GString *out = g_string_new (NULL);
  const gchar *p;

  for (p = line; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_c (out, '\\');
    g_string_append_c (out, *p);
  }
  return g_string_free (out, FALSE);
}

static void
add_end (const MnGraph *graph, gint index, const gchar *prefix, GString *dot)
{
  const MnTensor *tensor = mn_graph_tensor (graph, index);
  g_autofree gchar *name = escape (tensor->name);
  g_autofree gchar *shape = mn_tensor_shape (tensor);

  g_string_append_printf (dot,
      "  %s%d [shape=ellipse, "
      "fillcolor=\"white\", label=\"%s\\n%s %s\"];\n",
      prefix, index, name, mn_dtype_name (tensor->dtype), shape);
}

static void
add_node (const MnGraph *graph, guint i, GString *dot)
{
  const MnNode *node = mn_graph_node (graph, i);
  const MnTensor *w = mn_graph_input_of (graph, node, 1);

  g_string_append_printf (dot, "  n%u [fillcolor=\"%s\", label=\"%u  %s", i,
      colour_of (node->op), node->layer, mn_op_name (node->op));
  if (node->op == MN_OP_CONV_2D || node->op == MN_OP_DEPTHWISE_CONV_2D)
    g_string_append_printf (dot, "\\n%dx%d, stride %d", w->dims[1], w->dims[2],
        node->params.conv.stride_h);
  if (node->op == MN_OP_AVERAGE_POOL_2D || node->op == MN_OP_MAX_POOL_2D)
    g_string_append_printf (dot, "\\n%dx%d, stride %d",
        node->params.pool.filter_h, node->params.pool.filter_w,
        node->params.pool.stride_h);
  if (node->activation != MN_ACT_NONE)
    g_string_append_printf (dot, "\\n%s",
        mn_activation_name (node->activation));
  g_string_append (dot, "\"];\n");
}

/* producer: node index of each tensor; -1: input or constant. */
static void
add_edges (const MnGraph *graph, guint i, const gint *producer, GString *dot)
{
  const MnNode *node = mn_graph_node (graph, i);
  guint j;

  for (j = 0; j < node->n_inputs; j++) {
    gint index = node->inputs[j];
    const MnTensor *tensor = mn_graph_input_of (graph, node, j);
    g_autofree gchar *shape = NULL;

    if (!tensor || tensor->data)
      continue;
    shape = mn_tensor_shape (tensor);
    if (producer[index] >= 0)
      g_string_append_printf (dot, "  n%d", producer[index]);
    else
      g_string_append_printf (dot, "  in%d", index);
    g_string_append_printf (dot, " -> n%u [label=\"%s\"%s];\n", i, shape,
        node->op == MN_OP_CONV_2D && j == MN_CONV_RESIDUAL ? ", style=dashed"
                                                           : "");
  }
}

gchar *
mn_graph_to_dot (const MnGraph *graph)
{
  GString *dot = g_string_new (NULL);
  g_autofree gint *producer = mn_graph_producers (graph);
  g_autofree gchar *title = escape (graph->name);
  guint i;

  g_string_append_printf (dot,
      "digraph model {\n  label=\"%s\";\n"
      "  node [shape=box, style=\"filled,rounded\", fontname=\"sans\"];\n"
      "  edge [fontname=\"sans\", fontsize=10];\n",
      title);
  for (i = 0; i < graph->inputs->len; i++)
    add_end (graph, g_array_index (graph->inputs, gint, i), "in", dot);
  for (i = 0; i < graph->nodes->len; i++) {
    add_node (graph, i, dot);
    add_edges (graph, i, producer, dot);
  }
  for (i = 0; i < graph->outputs->len; i++) {
    gint index = g_array_index (graph->outputs, gint, i);

    add_end (graph, index, "out", dot);
    if (producer[index] >= 0)
      g_string_append_printf (dot, "  n%d -> out%d;\n", producer[index], index);
  }
  g_string_append (dot, "}\n");
  return g_string_free (dot, FALSE);
}
