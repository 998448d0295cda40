/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Questions that several passes ask of a node or a tensor. */

#include "engine/passes/rewrite.h"

gboolean
mn_pass_is_float (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *in = mn_graph_input_of (graph, node, 0);

  return in && in->dtype == MN_DTYPE_F32
      && mn_graph_tensor (graph, node->outputs[0])->dtype == MN_DTYPE_F32;
}

gboolean
mn_pass_is_float_conv (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *weights, *bias;

  if (mn_operator (node->op)->weights == MN_WEIGHTS_NONE)
    return FALSE;
  weights = mn_graph_input_of (graph, node, 1);
  bias = mn_graph_input_of (graph, node, 2);
  return mn_pass_is_float (graph, node) && weights && weights->data
      && weights->dtype == MN_DTYPE_F32
      && (!bias || (bias->data && bias->dtype == MN_DTYPE_F32));
}

gboolean
mn_pass_is_arithmetic (const MnNode *node)
{
  return mn_operator (node->op)->kind == MN_KIND_ARITHMETIC;
}

gboolean
mn_pass_same_dims (const MnTensor *a, const MnTensor *b)
{
  if (a->rank != b->rank)
    return FALSE;
  for (guint i = 0; i < a->rank; i++) {
    if (a->dims[i] != b->dims[i])
      return FALSE;
  }
  return TRUE;
}

static gboolean
all_same (const gfloat *data, gsize n)
{
  for (gsize i = 1; i < n; i++) {
    if (data[i] != data[0])
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_pass_uniform (MnTensor *tensor, gfloat *value)
{
  const gfloat *data = tensor ? tensor->data : NULL;

  if (!data || tensor->dtype != MN_DTYPE_F32 || tensor->n_elements == 0)
    return FALSE;
  /* Once: many nodes may ask of the same constant. */
  if (tensor->uniform == 0)
    tensor->uniform = all_same (data, tensor->n_elements) ? 1 : -1;
  *value = data[0];
  return tensor->uniform > 0;
}

const gfloat *
mn_pass_per_channel (const MnTensor *tensor, const MnTensor *x, guint *step)
{
  if (!tensor || !tensor->data || tensor->dtype != MN_DTYPE_F32
      || tensor->rank > x->rank || x->rank == 0)
    return NULL;
  if (tensor->n_elements == 1) {
    *step = 0;
    return tensor->data;
  }
  if (tensor->n_elements != (gsize) x->dims[x->rank - 1]
      || tensor->dims[tensor->rank - 1] != x->dims[x->rank - 1])
    return NULL;
  *step = 1;
  return tensor->data;
}

gboolean
mn_pass_split_constant (const MnGraph *graph, const MnNode *node, guint *value,
    guint *constant)
{
  const MnTensor *a = mn_graph_input_of (graph, node, 0);
  const MnTensor *b = mn_graph_input_of (graph, node, 1);

  if (!a || !b || !a->data == !b->data)
    return FALSE;
  *constant = a->data ? 0 : 1;
  *value = 1 - *constant;
  return TRUE;
}
