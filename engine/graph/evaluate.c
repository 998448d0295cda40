/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The values of operators whose inputs are constant. Shapes and types are
 * asked again: passes have changed the graph since it was checked. */

#include "engine/graph/transpose.h"
#include "engine/graph/validate_internal.h"

#include <string.h>

/* Gives the node's output n bytes of its own. */
static gpointer
make_constant (const MnGraph *graph, const MnNode *node, GError **error)
{
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);
  gsize size;

  if (!g_size_checked_mul (&size, out->n_elements, mn_dtype_size (out->dtype))
      || !(out->owned = g_try_malloc0 (MAX (size, 1)))) {
    mn_node_fail (graph, node, MN_ERROR_NO_MEMORY, error,
        "no memory for its constant result");
    return NULL;
  }
  out->data = out->owned;
  out->size = size;
  return out->owned;
}

/* The same for an output of dtype with as many elements as the input. */
static gboolean
make_like (const MnGraph *graph, const MnNode *node, MnDType dtype,
    GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *out = mn_graph_output_of (graph, node, 0);

  if (out->dtype != dtype || out->n_elements != x->n_elements) {
    mn_node_fail (graph, node, MN_ERROR_INVALID, error,
        "%s and its output %s do not fit", x->name, out->name);
    return FALSE;
  }
  return make_constant (graph, node, error) != NULL;
}

static void
put_index (MnTensor *tensor, gsize i, gint64 value)
{
  if (tensor->dtype == MN_DTYPE_I64)
    ((gint64 *) tensor->owned)[i] = value;
  else
    ((gint32 *) tensor->owned)[i] = value;
}

gboolean
mn_evaluate_shape (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

  if (!mn_tensor_is_index (out) || out->n_elements != x->rank) {
    mn_node_fail (graph, node, MN_ERROR_INVALID, error,
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
  gint64 end = mn_tensor_get_index (mn_graph_input_of (graph, node, 2), 0);
  gint64 low, high;

  *begin = mn_tensor_get_index (mn_graph_input_of (graph, node, 1), 0);
  *stride = mn_tensor_get_index (mn_graph_input_of (graph, node, 3), 0);
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

gboolean
mn_evaluate_slice (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);
  gint64 begin, stride;
  gsize n;

  for (guint i = 1; i < 4; i++) {
    const MnTensor *index = mn_graph_input_of (graph, node, i);

    if (!mn_tensor_is_index (index) || !index->data || index->n_elements != 1) {
      mn_node_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
          "begin, end and strides must be constants for one axis");
      return FALSE;
    }
  }
  if (!mn_tensor_is_index (x) || x->rank != 1 || out->dtype != x->dtype
      || node->params.slice.ellipsis_mask || node->params.slice.new_axis_mask) {
    mn_node_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
        "only slices of a vector of integers are");
    return FALSE;
  }
  n = resolve_slice (graph, node, x->n_elements, &begin, &stride);
  if (n == 0 || n != out->n_elements) {
    mn_node_fail (graph, node, MN_ERROR_INVALID, error,
        "the slice has %" G_GSIZE_FORMAT
        " elements, its output %" G_GSIZE_FORMAT,
        n, out->n_elements);
    return FALSE;
  }
  if (!make_constant (graph, node, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    put_index (out, i, mn_tensor_get_index (x, begin + (gint64) i * stride));
  return TRUE;
}

gboolean
mn_evaluate_pack (const MnGraph *graph, const MnNode *node, GError **error)
{
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);
  gint axis = node->params.pack.axis;
  gsize n = 0, size = mn_dtype_size (out->dtype);
  guint8 *data;

  for (guint i = 0; i < node->n_inputs; i++) {
    const MnTensor *x = mn_graph_input_of (graph, node, i);

    if (!x || x->dtype != out->dtype || x->rank + 1 != out->rank) {
      mn_node_fail (graph, node, MN_ERROR_INVALID, error,
          "input %u and the output do not fit", i);
      return FALSE;
    }
    n += x->n_elements;
  }
  if (axis != 0 && axis != -(gint) out->rank) {
    mn_node_fail (graph, node, MN_ERROR_UNSUPPORTED, error,
        "axis %d is not supported", axis);
    return FALSE;
  }
  if (n != out->n_elements) {
    mn_node_fail (graph, node, MN_ERROR_INVALID, error,
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

gboolean
mn_evaluate_dequantize (const MnGraph *graph, const MnNode *node,
    GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

  if (!make_like (graph, node, MN_DTYPE_F32, error))
    return FALSE;
  if (!mn_tensor_to_float (x, out->owned)) {
    mn_node_fail (graph, node, MN_ERROR_INVALID, error,
        "constant %s (%s) has no usable quantisation", x->name,
        mn_dtype_name (x->dtype));
    return FALSE;
  }
  mn_tensor_remember_quant (out, x);
  return TRUE;
}

gboolean
mn_evaluate_reshape (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

  if (!make_like (graph, node, x->dtype, error))
    return FALSE;
  memcpy (out->owned, x->data, out->size);
  return TRUE;
}

gboolean
mn_evaluate_transpose (const MnGraph *graph, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (graph, node, 0);
  const MnTensor *order = mn_graph_input_of (graph, node, 1);
  const MnTensor *out = mn_graph_output_of (graph, node, 0);
  MnTranspose walk;

  if (!make_like (graph, node, x->dtype, error))
    return FALSE;
  mn_transpose_init (&walk, x, order->data);
  mn_transpose_rows (&walk, 0, walk.n_rows, mn_dtype_size (x->dtype), x->data,
      out->owned);
  return TRUE;
}
