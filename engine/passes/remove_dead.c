/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drops what no output depends on.
 *
 *   x --> A --> y (output)           x --> A --> y (output)
 *   x --> B --> z (no reader)
 *
 * Tensors that no node, input or output names go too; the others move up. */

#include "engine/passes/rewrite.h"

static void
drop_nodes (MnGraph *graph)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  /* Readers come after what they read. */
  for (guint k = rw->n_nodes; k-- > 0;) {
    MnNode *node = mn_rewrite_node (rw, k);

    if (!mn_rewrite_is_read (rw, node))
      mn_rewrite_drop (rw, k);
  }
}

static void
mark (gint *new_index, const GArray *tensors)
{
  for (guint i = 0; i < tensors->len; i++)
    new_index[g_array_index (tensors, gint, i)] = 0;
}

/* -1 for tensors that go. */
static gint *
number_tensors (const MnGraph *graph)
{
  guint n = graph->tensors->len;
  gint *new_index = g_new (gint, n), next = 0;

  for (guint t = 0; t < n; t++)
    new_index[t] = -1;
  mark (new_index, graph->inputs);
  mark (new_index, graph->outputs);
  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);

    for (guint i = 0; i < node->n_outputs; i++)
      new_index[node->outputs[i]] = 0;
    for (guint i = 0; i < node->n_inputs; i++) {
      if (node->inputs[i] >= 0)
        new_index[node->inputs[i]] = 0;
    }
  }
  for (guint t = 0; t < n; t++) {
    if (new_index[t] == 0)
      new_index[t] = next++;
  }
  return new_index;
}

static void
rename_all (GArray *tensors, const gint *new_index)
{
  for (guint i = 0; i < tensors->len; i++) {
    gint *t = &g_array_index (tensors, gint, i);

    *t = new_index[*t];
  }
}

static void
drop_tensors (MnGraph *graph)
{
  g_autofree gint *new_index = number_tensors (graph);
  guint n = graph->tensors->len, kept = 0, n_gone = 0;
  g_autofree gpointer *gone = g_new (gpointer, n);
  gpointer *tensors = graph->tensors->pdata;

  for (guint k = 0; k < graph->nodes->len; k++) {
    MnNode *node = mn_graph_node (graph, k);

    for (guint i = 0; i < node->n_outputs; i++)
      node->outputs[i] = new_index[node->outputs[i]];
    for (guint i = 0; i < node->n_inputs; i++) {
      if (node->inputs[i] >= 0)
        node->inputs[i] = new_index[node->inputs[i]];
    }
  }
  rename_all (graph->inputs, new_index);
  rename_all (graph->outputs, new_index);
  for (guint t = 0; t < n; t++) {
    if (new_index[t] < 0)
      gone[n_gone++] = tensors[t];
    else
      tensors[kept++] = tensors[t];
  }
  /* The array frees what lies past its end. */
  for (guint t = 0; t < n_gone; t++)
    tensors[kept + t] = gone[t];
  g_ptr_array_set_size (graph->tensors, kept);
}

gboolean
mn_pass_remove_dead (MnGraph *graph, GError **error)
{
  drop_nodes (graph);
  drop_tensors (graph);
  return TRUE;
}
