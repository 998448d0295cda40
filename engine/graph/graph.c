/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A graph's life, access to its parts, and names for people. */

#include "engine/graph/operators.h"

static void
tensor_free (gpointer data)
{
  MnTensor *tensor = data;

  g_free (tensor->name);
  mn_tensor_forget_quant (tensor);
  g_free (tensor->owned);
  g_free (tensor);
}

static void
node_free (gpointer data)
{
  MnNode *node = data;

  g_free (node->inputs);
  g_free (node->outputs);
  g_free (node);
}

MnGraph *
mn_graph_new (const gchar *name)
{
  MnGraph *graph = g_new0 (MnGraph, 1);
  guint i;

  graph->name = g_strdup (name ? name : "model");
  graph->tensors = g_ptr_array_new_with_free_func (tensor_free);
  graph->nodes = g_ptr_array_new_with_free_func (node_free);
  graph->inputs = g_array_new (FALSE, FALSE, sizeof (gint));
  graph->outputs = g_array_new (FALSE, FALSE, sizeof (gint));
  for (i = 0; i < G_N_ELEMENTS (graph->input_scale); i++)
    graph->input_scale[i] = 1;
  return graph;
}

void
mn_graph_free (MnGraph *graph)
{
  if (!graph)
    return;
  g_free (graph->name);
  g_ptr_array_unref (graph->tensors);
  g_ptr_array_unref (graph->nodes);
  g_array_unref (graph->inputs);
  g_array_unref (graph->outputs);
  g_clear_pointer (&graph->bytes, g_bytes_unref);
  mn_file_unref (graph->file);
  g_free (graph);
}

void
mn_graph_keep (const MnGraph *graph, const MnTensor *constant)
{
  if (graph->file && !constant->owned)
    mn_file_keep (graph->file, constant->data, constant->size);
}

void
mn_graph_unkeep (const MnGraph *graph, const MnTensor *constant)
{
  if (graph->file && !constant->owned)
    mn_file_unkeep (graph->file, constant->data, constant->size);
}

gint
mn_graph_add_tensor (MnGraph *graph, const gchar *name, MnDType dtype,
    guint rank, const gint32 *dims)
{
  MnTensor *tensor;
  guint i;

  g_return_val_if_fail (rank <= MN_MAX_RANK, -1);

  tensor = g_new0 (MnTensor, 1);
  tensor->name = g_strdup (name ? name : "");
  tensor->dtype = dtype;
  tensor->rank = rank;
  for (i = 0; i < rank; i++)
    tensor->dims[i] = dims[i];
  g_ptr_array_add (graph->tensors, tensor);
  return (gint) graph->tensors->len - 1;
}

MnNode *
mn_graph_add_node (MnGraph *graph, MnOp op, guint layer)
{
  const gint none = -1;
  MnNode *node = g_new0 (MnNode, 1);

  node->op = op;
  node->layer = layer;
  mn_node_set_outputs (node, 1, &none);
  g_ptr_array_add (graph->nodes, node);
  return node;
}

static void
set_one (gint **own, guint *n_own, guint i, gint t)
{
  if (i >= *n_own) {
    *own = g_renew (gint, *own, i + 1);
    while (*n_own <= i)
      (*own)[(*n_own)++] = -1;
  }
  (*own)[i] = t;
}

void
mn_node_set_input (MnNode *node, guint i, gint t)
{
  set_one (&node->inputs, &node->n_inputs, i, t);
}

void
mn_node_set_output (MnNode *node, guint i, gint t)
{
  set_one (&node->outputs, &node->n_outputs, i, t);
}

static void
set_all (gint **own, guint *n_own, guint n, const gint *tensors)
{
  gint *copy = g_memdup2 (tensors, n * sizeof (gint));

  g_free (*own);
  *own = copy;
  *n_own = n;
}

void
mn_node_set_inputs (MnNode *node, guint n, const gint *inputs)
{
  set_all (&node->inputs, &node->n_inputs, n, inputs);
}

void
mn_node_set_outputs (MnNode *node, guint n, const gint *outputs)
{
  set_all (&node->outputs, &node->n_outputs, n, outputs);
}

MnTensor *
mn_graph_tensor (const MnGraph *graph, gint index)
{
  g_return_val_if_fail (index >= 0 && (guint) index < graph->tensors->len,
      NULL);
  return g_ptr_array_index (graph->tensors, index);
}

MnNode *
mn_graph_node (const MnGraph *graph, guint index)
{
  g_return_val_if_fail (index < graph->nodes->len, NULL);
  return g_ptr_array_index (graph->nodes, index);
}

MnTensor *
mn_graph_input (const MnGraph *graph, guint i)
{
  return mn_graph_tensor (graph, g_array_index (graph->inputs, gint, i));
}

MnTensor *
mn_graph_output (const MnGraph *graph, guint i)
{
  return mn_graph_tensor (graph, g_array_index (graph->outputs, gint, i));
}

gsize
mn_tensor_size (const MnTensor *tensor)
{
  return tensor->n_elements * mn_dtype_size (tensor->dtype);
}

gboolean
mn_tensor_is_bytes (const MnTensor *tensor)
{
  return tensor
      && (tensor->dtype == MN_DTYPE_U8 || tensor->dtype == MN_DTYPE_I8);
}

gboolean
mn_tensor_is_index (const MnTensor *tensor)
{
  return tensor
      && (tensor->dtype == MN_DTYPE_I32 || tensor->dtype == MN_DTYPE_I64);
}

gint64
mn_tensor_get_index (const MnTensor *tensor, gsize i)
{
  return tensor->dtype == MN_DTYPE_I64 ? ((const gint64 *) tensor->data)[i]
                                       : ((const gint32 *) tensor->data)[i];
}

MnTensor *
mn_graph_input_of (const MnGraph *graph, const MnNode *node, guint i)
{
  if (i >= node->n_inputs || node->inputs[i] < 0)
    return NULL;
  return mn_graph_tensor (graph, node->inputs[i]);
}

MnTensor *
mn_graph_output_of (const MnGraph *graph, const MnNode *node, guint i)
{
  g_return_val_if_fail (i < node->n_outputs, NULL);
  return mn_graph_tensor (graph, node->outputs[i]);
}

gint
mn_node_residual (const MnNode *node)
{
  return node->op == MN_OP_CONV_2D && node->n_inputs > MN_CONV_RESIDUAL
      ? node->inputs[MN_CONV_RESIDUAL]
      : -1;
}

const gchar *
mn_activation_name (MnActivation activation)
{
  static const gchar *const names[] = {"none", "relu", "relu6", "relu_n1_to_1",
    "hard_swish", "hard_sigmoid", "sigmoid"};

  return (guint) activation < G_N_ELEMENTS (names) ? names[activation]
                                                   : "unknown";
}

void
mn_node_fail (const MnGraph *graph, const MnNode *node, MnError code,
    GError **error, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MN_ERROR, code, "%s: layer %u, %s: %s", graph->name,
      node->layer, mn_op_name (node->op), text);
}

gboolean
mn_graph_is_float (const MnGraph *graph)
{
  guint i;

  for (i = 0; i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);

    if (mn_graph_tensor (graph, node->outputs[0])->dtype != MN_DTYPE_F32
        || mn_graph_input_of (graph, node, 0)->dtype != MN_DTYPE_F32)
      return FALSE;
  }
  return TRUE;
}
