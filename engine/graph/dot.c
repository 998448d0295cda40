/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph in Graphviz's language. */

#include "engine/graph/describe.h"
#include "engine/base/printable.h"
#include "engine/graph/operators.h"
#include "engine/graph/uses.h"

static const gchar *const colours[] = {
  [MN_KIND_CONV] = "#a6cee3",
  [MN_KIND_DEPTHWISE] = "#b2df8a",
  [MN_KIND_BLOCK] = "#fdbf6f",
  [MN_KIND_POOL] = "#fb9a99",
  [MN_KIND_ARITHMETIC] = "#ffff99",
  [MN_KIND_FUNCTION] = "#cab2d6",
  [MN_KIND_OTHER] = "#e6e6e6",
};

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
  gint height, width, stride;

  g_string_append_printf (dot, "  n%u [fillcolor=\"%s\", label=\"%u  %s", i,
      colours[mn_operator (node->op)->kind], node->layer,
      mn_op_name (node->op));
  if (mn_node_window (graph, node, &height, &width, &stride))
    g_string_append_printf (dot, "\\n%dx%d, stride %d", height, width, stride);
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
  g_autoptr (MnUses) uses = mn_uses_new (graph);
  const gint *producer = uses->producer;
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
