/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Computes now what does not depend on the frame.
 *
 *   x --> SHAPE --> STRIDED_SLICE --> PACK --+
 *   x ---------------------------> RESHAPE <-+      x --> RESHAPE
 *
 *   constant (float16, int8) --> DEQUANTIZE --> y   constant y
 *   constant --> RESHAPE --> y                      constant y
 *
 * The shape of a RESHAPE is its output's from here on. */

#include "engine/passes/rewrite.h"

#include <string.h>

/* Gives the node's output n bytes of its own. */
static gpointer
make_constant (const MnGraph *graph, const MnNode *node, GError **error)
{
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);
  gsize size;

  if (!g_size_checked_mul (&size, out->n_elements, mn_dtype_size (out->dtype))
      || !(out->owned = g_try_malloc0 (MAX (size, 1)))) {
    mn_pass_fail (graph, node, MN_ERROR_NO_MEMORY, error,
        "no memory for its constant result");
    return NULL;
  }
  out->data = out->owned;
  out->size = size;
  return out->owned;
}

static gboolean
is_index (const MnTensor *tensor)
{
  return tensor
      && (tensor->dtype == MN_DTYPE_I32 || tensor->dtype == MN_DTYPE_I64);
}

static gint64
get_index (const MnTensor *tensor, gsize i)
{
  return tensor->dtype == MN_DTYPE_I64 ? ((const gint64 *) tensor->data)[i]
                                       : ((const gint32 *) tensor->data)[i];
}

static void
put_index (MnTensor *tensor, gsize i, gint64 value)
{
  if (tensor->dtype == MN_DTYPE_I64)
    ((gint64 *) tensor->owned)[i] = value;
  else
    ((gint32 *) tensor->owned)[i] = value;
}

static gboolean
fold_shape (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

  if (!is_index (out) || out->n_elements != x->rank) {
    mn_pass_fail (graph, node, MN_ERROR_INVALID, error,
        "its output does not hold the %u dimensions of %s", x->rank, x->name);
    return FALSE;
  }
  if (!make_constant (graph, node, error))
    return FALSE;
  for (guint i = 0; i < x->rank; i++)
    put_index (out, i, x->dims[i]);
  return TRUE;
}

/* The first index of a slice of a vector of n, and how many there are. */
static gsize
resolve_slice (const MnGraph *graph, const MnNode *node, gint64 n,
    gint64 *begin, gint64 *stride)
{
  const MnSliceParams *params = &node->params.slice;
  gint64 end = get_index (mn_graph_input_of (graph, node, 2), 0);
  gint64 low, high;

  *begin = get_index (mn_graph_input_of (graph, node, 1), 0);
  *stride = get_index (mn_graph_input_of (graph, node, 3), 0);
  /* No vector is longer: nothing below can overflow. */
  *stride = CLAMP (*stride, -(gint64) G_MAXINT32, (gint64) G_MAXINT32);
  if (*stride == 0)
    return 0;
  low = *stride > 0 ? 0 : -1;
  high = *stride > 0 ? n : n - 1;
  if (params->begin_mask & 1)
    *begin = *stride > 0 ? low : high;
  else
    *begin = CLAMP (*begin < 0 ? *begin + n : *begin, low, high);
  if (params->shrink_axis_mask & 1)
    return *begin >= 0 && *begin < n;
  if (params->end_mask & 1)
    end = *stride > 0 ? high : low;
  else
    end = CLAMP (end < 0 ? end + n : end, low, high);
  if (*stride > 0)
    return end > *begin ? (end - *begin + *stride - 1) / *stride : 0;
  return end < *begin ? (*begin - end - *stride - 1) / -*stride : 0;
}

static gboolean
fold_slice (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);
  gint64 begin, stride;
  gsize n;

  for (guint i = 1; i < 4; i++) {
    const MnTensor *index = mn_graph_input_of (graph, node, i);

    if (!is_index (index) || !index->data || index->n_elements != 1) {
      mn_pass_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
          "begin, end and strides must be constants for one axis");
      return FALSE;
    }
  }
  if (!is_index (x) || x->rank != 1 || out->dtype != x->dtype
      || node->params.slice.ellipsis_mask || node->params.slice.new_axis_mask) {
    mn_pass_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
        "only slices of a vector of integers are");
    return FALSE;
  }
  n = resolve_slice (graph, node, x->n_elements, &begin, &stride);
  if (n == 0 || n != out->n_elements) {
    mn_pass_fail (graph, node, MN_ERROR_INVALID, error,
        "the slice has %" G_GSIZE_FORMAT
        " elements, its output %" G_GSIZE_FORMAT,
        n, out->n_elements);
    return FALSE;
  }
  if (!make_constant (graph, node, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    put_index (out, i, get_index (x, begin + (gint64) i * stride));
  return TRUE;
}

static gboolean
fold_pack (const MnGraph *graph, const MnNode *node, GError **error)
{
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);
  gint axis = node->params.pack.axis;
  gsize n = 0, size = mn_dtype_size (out->dtype);
  guint8 *data;

  for (guint i = 0; i < node->n_inputs; i++) {
    const MnTensor *x = mn_graph_input_of (graph, node, i);

    if (!x || x->dtype != out->dtype || x->rank + 1 != out->rank) {
      mn_pass_fail (graph, node, MN_ERROR_INVALID, error,
          "input %u and the output do not fit", i);
      return FALSE;
    }
    n += x->n_elements;
  }
  if (axis != 0 && axis != -(gint) out->rank) {
    mn_pass_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
        "axis %d is not supported", axis);
    return FALSE;
  }
  if (n != out->n_elements) {
    mn_pass_fail (graph, node, MN_ERROR_INVALID, error,
        "the inputs have %" G_GSIZE_FORMAT
        " elements, its output %" G_GSIZE_FORMAT,
        n, out->n_elements);
    return FALSE;
  }
  data = make_constant (graph, node, error);
  if (!data)
    return FALSE;
  for (guint i = 0; i < node->n_inputs; i++) {
    const MnTensor *x = mn_graph_input_of (graph, node, i);

    memcpy (data, x->data, x->n_elements * size);
    data += x->n_elements * size;
  }
  return TRUE;
}

static gboolean
fold_dequantize (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

  if (out->dtype != MN_DTYPE_F32 || out->n_elements != x->n_elements) {
    mn_pass_fail (graph, node, MN_ERROR_INVALID, error,
        "%s and its output %s do not fit", x->name, out->name);
    return FALSE;
  }
  if (!make_constant (graph, node, error))
    return FALSE;
  if (!mn_pass_to_float (x, out->owned)) {
    mn_pass_fail (graph, node, MN_ERROR_INVALID, error,
        "constant %s (%s) has no usable quantisation", x->name,
        mn_dtype_name (x->dtype));
    return FALSE;
  }
  return TRUE;
}

static gboolean
fold_reshape (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

  if (out->dtype != x->dtype || out->n_elements != x->n_elements) {
    mn_pass_fail (graph, node, MN_ERROR_INVALID, error,
        "%s and its output %s do not fit", x->name, out->name);
    return FALSE;
  }
  if (!make_constant (graph, node, error))
    return FALSE;
  memcpy (out->owned, x->data, out->size);
  return TRUE;
}

/* Checks a constant shape against the output's, then forgets it. */
static gboolean
forget_shape (MnRewrite *rw, MnNode *node, GError **error)
{
  const MnTensor *shape = mn_graph_input_of (rw->graph, node, 1);
  const MnTensor *out = mn_graph_tensor (rw->graph, node->outputs[0]);
  gboolean fits = is_index (shape) && shape->n_elements == out->rank;
  gint x = node->inputs[0];

  for (guint i = 0; fits && i < out->rank; i++) {
    gint64 dim = get_index (shape, i);

    fits = dim == -1 || dim == out->dims[i];
  }
  if (!fits) {
    mn_pass_fail (rw->graph, node, MN_ERROR_INVALID, error,
        "shape %s and output %s do not fit", shape->name, out->name);
    return FALSE;
  }
  mn_rewrite_set_inputs (rw, node, 1, &x);
  return TRUE;
}

static gboolean
inputs_are_constant (const MnGraph *graph, const MnNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++) {
    const MnTensor *x = mn_graph_input_of (graph, node, i);

    if (!x || !x->data)
      return FALSE;
  }
  return node->n_inputs > 0;
}

/* folded: the node's output is now a constant. */
static gboolean
fold_node (MnRewrite *rw, MnNode *node, gboolean *folded, GError **error)
{
  const MnGraph *graph = rw->graph;
  gboolean constant = inputs_are_constant (graph, node);

  *folded = TRUE;
  if (node->op == MN_OP_SHAPE)
    return fold_shape (graph, node, error);
  if (constant && node->op == MN_OP_STRIDED_SLICE)
    return fold_slice (graph, node, error);
  if (constant && node->op == MN_OP_PACK)
    return fold_pack (graph, node, error);
  if (constant && node->op == MN_OP_DEQUANTIZE)
    return fold_dequantize (graph, node, error);
  if (constant && node->op == MN_OP_RESHAPE)
    return fold_reshape (graph, node, error);
  *folded = FALSE;
  if (node->op == MN_OP_RESHAPE && node->n_inputs > 1) {
    const MnTensor *shape = mn_graph_input_of (graph, node, 1);

    return !shape || !shape->data || forget_shape (rw, node, error);
  }
  return TRUE;
}

gboolean
mn_pass_fold_constants (MnGraph *graph, GError **error)
{
  g_autoptr (MnRewrite) rw = mn_rewrite_new (graph);

  for (guint k = 0; k < rw->n_nodes; k++) {
    MnNode *node = mn_rewrite_node (rw, k);
    gboolean folded;

    /* What nobody reads need not be understood. */
    if (!mn_rewrite_is_read (rw, node))
      continue;
    if (!fold_node (rw, node, &folded, error))
      return FALSE;
    if (folded) {
      mn_rewrite_drop (rw, k);
    } else if (node->op == MN_OP_STRIDED_SLICE || node->op == MN_OP_PACK) {
      mn_pass_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
          "works on values that are not constant");
      return FALSE;
    }
  }
  return TRUE;
}
