/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From when to when each activation is needed. Step k runs node k; what it
 * reads and what it writes are both alive then. */

#include "engine/graph/operators.h"
#include "engine/graph/uses.h"
#include "engine/passes/passes.h"

/* G_MAXSIZE, which no plan can place, on overflow. */
static gsize
size_of (const MnTensor *tensor, guint batch)
{
  gsize size;

  if (!g_size_checked_mul (&size, tensor->n_elements,
          mn_dtype_size (tensor->dtype))
      || !g_size_checked_mul (&size, size, batch))
    return G_MAXSIZE;
  return size;
}

static void
set_inputs_alive (const MnGraph *graph, const MnUses *uses, MnLifetime *items,
    guint batch)
{
  for (guint i = 0; i < graph->inputs->len; i++) {
    gint t = g_array_index (graph->inputs, gint, i);

    if (mn_graph_tensor (graph, t)->data)
      continue;
    items[t].size = size_of (mn_graph_tensor (graph, t), batch);
    items[t].first = 0;
    items[t].last = MAX (uses->last_reader[t], 0);
  }
}

/* The output of a RESHAPE lies where its input does. */
static void
set_aliases (const MnGraph *graph, MnLifetime *items, gint *alias)
{
  for (guint t = 0; t < graph->tensors->len; t++)
    alias[t] = t;
  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);
    gint root;

    if (mn_operator (node->op)->work != MN_WORK_RENAMES)
      continue;
    /* In execution order, so the input's place is known. */
    root = alias[node->inputs[0]];
    if (mn_graph_tensor (graph, root)->data)
      continue;
    alias[node->outputs[0]] = root;
    items[root].last = MAX (items[root].last, items[node->outputs[0]].last);
    items[node->outputs[0]].size = 0;
  }
}

MnLifetime *
mn_memory_lifetimes (const MnGraph *graph, guint batch, gint *alias)
{
  g_autoptr (MnUses) uses = mn_uses_new (graph);
  MnLifetime *items = g_new0 (MnLifetime, graph->tensors->len);

  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);

    for (guint i = 0; i < node->n_outputs; i++) {
      gint t = node->outputs[i];

      items[t].size = size_of (mn_graph_tensor (graph, t), batch);
      items[t].first = k;
      items[t].last = MAX (uses->last_reader[t], (gint) k);
    }
  }
  set_inputs_alive (graph, uses, items, batch);
  if (alias)
    set_aliases (graph, items, alias);
  return items;
}
