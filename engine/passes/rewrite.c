/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The walk that rewrites share. */

#include "engine/passes/rewrite.h"

#include "engine/graph/budget.h"

#include <string.h>

MnRewrite *
mn_rewrite_new (MnGraph *graph)
{
  MnRewrite *rw = g_new0 (MnRewrite, 1);

  rw->graph = graph;
  rw->uses = mn_uses_new (graph);
  rw->n_room = rw->uses->n_tensors;
  rw->n_nodes = graph->nodes->len;
  rw->dropped = g_new0 (gboolean, rw->n_nodes);
  return rw;
}

void
mn_rewrite_free (MnRewrite *rw)
{
  g_autofree gpointer *gone = NULL;
  gpointer *nodes;
  guint kept = 0, n_gone = 0;

  if (!rw)
    return;
  nodes = rw->graph->nodes->pdata;
  gone = g_new (gpointer, rw->n_nodes);
  for (guint i = 0; i < rw->n_nodes; i++) {
    if (rw->dropped[i])
      gone[n_gone++] = nodes[i];
    else
      nodes[kept++] = nodes[i];
  }
  /* The array frees what lies past its end. */
  for (guint i = 0; i < n_gone; i++)
    nodes[kept + i] = gone[i];
  g_ptr_array_set_size (rw->graph->nodes, kept);
  mn_uses_free (rw->uses);
  g_free (rw->dropped);
  g_free (rw);
}

MnNode *
mn_rewrite_node (const MnRewrite *rw, guint index)
{
  g_assert (index < rw->n_nodes);
  return rw->dropped[index] ? NULL : mn_graph_node (rw->graph, index);
}

MnNode *
mn_rewrite_producer (const MnRewrite *rw, gint t, guint *index)
{
  gint producer = t < 0 ? -1 : rw->uses->producer[t];

  if (producer < 0)
    return NULL;
  if (index)
    *index = producer;
  return mn_rewrite_node (rw, producer);
}

gboolean
mn_rewrite_single (const MnRewrite *rw, gint t)
{
  return rw->uses->n_readers[t] == 1;
}

gboolean
mn_rewrite_is_read (const MnRewrite *rw, const MnNode *node)
{
  for (guint i = 0; i < node->n_outputs; i++) {
    if (rw->uses->n_readers[node->outputs[i]] > 0)
      return TRUE;
  }
  return FALSE;
}

/* Whoever has taken an output over stays its producer. */
static void
forget_outputs (MnRewrite *rw, const MnNode *node, guint index)
{
  for (guint i = 0; i < node->n_outputs; i++) {
    gint *producer = &rw->uses->producer[node->outputs[i]];

    if (*producer == (gint) index)
      *producer = -1;
  }
}

static void
count (MnRewrite *rw, gint t, gint change)
{
  if (t >= 0)
    rw->uses->n_readers[t] += change;
}

void
mn_rewrite_drop (MnRewrite *rw, guint index)
{
  MnNode *node = mn_rewrite_node (rw, index);

  for (guint i = 0; i < node->n_inputs; i++)
    count (rw, node->inputs[i], -1);
  forget_outputs (rw, node, index);
  rw->dropped[index] = TRUE;
}

void
mn_rewrite_set_input (MnRewrite *rw, MnNode *node, guint i, gint t)
{
  if (i < node->n_inputs)
    count (rw, node->inputs[i], -1);
  count (rw, t, 1);
  mn_node_set_input (node, i, t);
}

void
mn_rewrite_set_inputs (MnRewrite *rw, MnNode *node, guint n, const gint *inputs)
{
  for (guint i = 0; i < node->n_inputs; i++)
    count (rw, node->inputs[i], -1);
  mn_node_set_inputs (node, n, inputs);
  for (guint i = 0; i < n; i++)
    count (rw, node->inputs[i], 1);
}

void
mn_rewrite_set_output (MnRewrite *rw, guint index, gint t)
{
  MnNode *node = mn_rewrite_node (rw, index);

  g_assert (node->n_outputs == 1);
  forget_outputs (rw, node, index);
  node->outputs[0] = t;
  rw->uses->producer[t] = index;
}

void
mn_rewrite_prune (MnRewrite *rw, gint t)
{
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (gint));

  g_array_append_val (todo, t);
  while (todo->len > 0) {
    guint index;
    MnNode *node;

    t = g_array_index (todo, gint, todo->len - 1);
    g_array_set_size (todo, todo->len - 1);
    if (t < 0 || rw->uses->n_readers[t] > 0)
      continue;
    node = mn_rewrite_producer (rw, t, &index);
    if (!node || mn_rewrite_is_read (rw, node))
      continue;
    mn_rewrite_drop (rw, index);
    g_array_append_vals (todo, node->inputs, node->n_inputs);
  }
}

gboolean
mn_rewrite_may_fold (MnRewrite *rw, gsize n)
{
  if (n > MN_MAX_FOLDED - rw->graph->n_folded)
    return FALSE;
  rw->graph->n_folded += n;
  return TRUE;
}

static void
grow_uses (MnRewrite *rw)
{
  MnUses *uses = rw->uses;
  guint n_tensors = rw->graph->tensors->len;

  if (n_tensors > rw->n_room) {
    /* By half as many again: each constant adds one. */
    rw->n_room = n_tensors + n_tensors / 2;
    uses->producer = g_renew (gint, uses->producer, rw->n_room);
    uses->n_readers = g_renew (guint, uses->n_readers, rw->n_room);
    uses->last_reader = g_renew (gint, uses->last_reader, rw->n_room);
  }
  for (guint i = uses->n_tensors; i < n_tensors; i++) {
    uses->producer[i] = uses->last_reader[i] = -1;
    uses->n_readers[i] = 0;
  }
  uses->n_tensors = n_tensors;
}

gint
mn_rewrite_add_constant (MnRewrite *rw, const gchar *name, MnDType dtype,
    guint rank, const gint32 *dims, GError **error)
{
  gsize n = 1, size;
  gboolean fits = TRUE;
  gpointer data;
  MnTensor *tensor;
  gint t;

  for (guint i = 0; i < rank; i++)
    fits = fits && g_size_checked_mul (&n, n, dims[i]);
  fits = fits && g_size_checked_mul (&size, n, mn_dtype_size (dtype));
  data = fits ? g_try_malloc0 (MAX (size, 1)) : NULL;
  if (!data) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: tensor %s: no memory for its values", rw->graph->name, name);
    return -1;
  }
  t = mn_graph_add_tensor (rw->graph, name, dtype, rank, dims);
  tensor = mn_graph_tensor (rw->graph, t);
  tensor->n_elements = n;
  tensor->data = tensor->owned = data;
  tensor->size = size;
  grow_uses (rw);
  return t;
}

gint
mn_rewrite_add_value (MnRewrite *rw, gint t)
{
  const MnTensor *like = mn_graph_tensor (rw->graph, t);
  gint value = mn_graph_add_tensor (rw->graph, like->name, like->dtype,
      like->rank, like->dims);

  mn_graph_tensor (rw->graph, value)->n_elements = like->n_elements;
  grow_uses (rw);
  return value;
}

gfloat *
mn_rewrite_own_input (MnRewrite *rw, MnNode *node, guint i, GError **error)
{
  gint old = node->inputs[i], t;
  MnTensor *tensor = mn_graph_tensor (rw->graph, old);

  if (tensor->owned && mn_rewrite_single (rw, old)) {
    tensor->uniform = 0;
    mn_tensor_forget_quant (tensor);
    return tensor->owned;
  }
  t = mn_rewrite_add_constant (rw, tensor->name, tensor->dtype, tensor->rank,
      tensor->dims, error);
  if (t < 0)
    return NULL;
  mn_rewrite_set_input (rw, node, i, t);
  memcpy (mn_graph_tensor (rw->graph, t)->owned, tensor->data, tensor->size);
  return mn_graph_tensor (rw->graph, t)->owned;
}

gfloat *
mn_rewrite_own_bias (MnRewrite *rw, MnNode *node, gsize n, GError **error)
{
  g_autofree gchar *name = NULL;
  gint32 dims[1] = {n};
  gint t;

  if (mn_graph_input_of (rw->graph, node, 2))
    return mn_rewrite_own_input (rw, node, 2, error);
  name = g_strconcat (mn_graph_tensor (rw->graph, node->outputs[0])->name,
      "/bias", NULL);
  t = mn_rewrite_add_constant (rw, name, MN_DTYPE_F32, 1, dims, error);
  if (t < 0)
    return NULL;
  mn_rewrite_set_input (rw, node, 2, t);
  return mn_graph_tensor (rw->graph, t)->owned;
}
