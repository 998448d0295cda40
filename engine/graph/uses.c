/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/graph/uses.h"

MnUses *
mn_uses_new (const MnGraph *graph)
{
  MnUses *uses = g_new0 (MnUses, 1);
  guint n = graph->tensors->len;

  uses->n_tensors = n;
  uses->producer = g_new (gint, n);
  uses->last_reader = g_new (gint, n);
  uses->n_readers = g_new0 (guint, n);
  for (guint t = 0; t < n; t++)
    uses->producer[t] = uses->last_reader[t] = -1;
  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);

    for (guint i = 0; i < node->n_inputs; i++) {
      if (node->inputs[i] < 0)
        continue;
      uses->n_readers[node->inputs[i]]++;
      uses->last_reader[node->inputs[i]] = k;
    }
    for (guint i = 0; i < node->n_outputs; i++) {
      if (node->outputs[i] >= 0)
        uses->producer[node->outputs[i]] = k;
    }
  }
  for (guint i = 0; i < graph->outputs->len; i++)
    uses->n_readers[g_array_index (graph->outputs, gint, i)]++;
  return uses;
}

void
mn_uses_free (MnUses *uses)
{
  if (!uses)
    return;
  g_free (uses->producer);
  g_free (uses->n_readers);
  g_free (uses->last_reader);
  g_free (uses);
}

gint
mn_uses_only_reader (const MnUses *uses, gint t)
{
  return uses->n_readers[t] == 1 ? uses->last_reader[t] : -1;
}
