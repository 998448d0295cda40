/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The validator: RESHAPE, and the operators that compute its shape. */

#include "engine/graph/validate_internal.h"

/* Fills the one open size of shape from the number of elements. */
static gboolean
fill_open (const MnCheck *check, const MnTensor *x, MnShape *shape,
    GError **error)
{
  gint64 known = 1;
  gint open = -1;
  guint i;

  for (i = 0; i < shape->rank; i++) {
    if (shape->dims[i] == -1 && open < 0) {
      open = i;
      continue;
    }
    if (shape->dims[i] < 1 || shape->dims[i] > G_MAXINT32)
      return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
          "size %" G_GINT64_FORMAT " of dimension %u", shape->dims[i], i);
    known *= shape->dims[i];
    if (known > (gint64) MN_MAX_TENSOR_BYTES)
      break;
  }
  if (known <= (gint64) x->n_elements && open >= 0
      && x->n_elements % known == 0) {
    shape->dims[open] = x->n_elements / known;
    known = x->n_elements;
  }
  if (known != (gint64) x->n_elements)
    return mn_check_fail (check, MN_ERROR_INVALID, x, error,
        "%" G_GSIZE_FORMAT " elements do not fit the new shape", x->n_elements);
  return TRUE;
}

gboolean
mn_infer_reshape (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);
  const MnTensor *target = mn_check_input (check, 1);
  const MnTensor *output = mn_check_output (check);
  const gint32 *dims;
  gsize n;
  guint i;

  if (target && target->data) {
    dims = mn_check_indices (check, 1, 0, &n, error);
    if (!dims)
      return FALSE;
    if (n > MN_MAX_RANK)
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, target, error,
          "a shape of rank %" G_GSIZE_FORMAT " is not supported", n);
    shape->rank = n;
    for (i = 0; i < n; i++)
      shape->dims[i] = dims[i];
    return fill_open (check, x, shape, error);
  }
  if (target && !mn_check_is_fixed (check, 1))
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, target, error,
        "a shape that depends on the input's values is not supported");

  /* Not known yet, or never given: what the file declares. */
  *shape = mn_shape_of (output);
  if (shape->rank > 0 && output->is_variable_batch && shape->dims[0] == -1)
    shape->dims[0] = 1;
  return fill_open (check, x, shape, error);
}

gboolean
mn_infer_shape_op (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnTensor *x = mn_check_input (check, 0);

  if (x->rank == 0)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, x, error,
        "the shape of a single value is not supported");
  shape->rank = 1;
  shape->dims[0] = x->rank;
  return TRUE;
}

/* How many elements begin, begin + stride... before end selects of n;
 * Python's rules. */
static gint64
count_slice (gint64 n, gint64 begin, gint64 end, gint64 stride,
    gboolean open_begin, gboolean open_end)
{
  gint64 low = stride > 0 ? 0 : -1, high = stride > 0 ? n : n - 1;

  begin = open_begin ? (stride > 0 ? low : high)
                     : CLAMP (begin < 0 ? begin + n : begin, low, high);
  end = open_end ? (stride > 0 ? high : low)
                 : CLAMP (end < 0 ? end + n : end, low, high);
  if (stride > 0)
    return end > begin ? (end - begin + stride - 1) / stride : 0;
  return begin > end ? (begin - end - stride - 1) / -stride : 0;
}

/* Only what takes sizes out of a shape: one axis. */
gboolean
mn_infer_slice (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  const MnSliceParams *slice = &check->node->params.slice;
  const MnTensor *x = mn_check_input (check, 0);
  const gint32 *begin, *end, *stride;

  if (x->rank != 1 || !mn_check_is_fixed (check, 0) || slice->ellipsis_mask
      || slice->new_axis_mask)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, x, error,
        "a slice of anything but a shape is not supported");
  begin = mn_check_indices (check, 1, 1, NULL, error);
  end = begin ? mn_check_indices (check, 2, 1, NULL, error) : NULL;
  stride = end ? mn_check_indices (check, 3, 1, NULL, error) : NULL;
  if (!stride)
    return FALSE;
  if (*stride == 0)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
        "a stride of 0");
  if (slice->shrink_axis_mask & 1) {
    gint64 at = *begin < 0 ? (gint64) *begin + x->dims[0] : *begin;

    if ((slice->begin_mask & 1) || at < 0 || at >= x->dims[0])
      return mn_check_fail (check, MN_ERROR_INVALID, x, error,
          "element %d of %d", *begin, x->dims[0]);
    shape->rank = 0;
    return TRUE;
  }
  shape->rank = 1;
  shape->dims[0] = count_slice (x->dims[0], *begin, *end, *stride,
      slice->begin_mask & 1, slice->end_mask & 1);
  return TRUE;
}

gboolean
mn_infer_pack (const MnCheck *check, MnNode *node, MnShape *shape,
    GError **error)
{
  gint axis = check->node->params.pack.axis;
  guint i;

  for (i = 0; i < check->node->n_inputs; i++) {
    const MnTensor *x = mn_check_input (check, i);

    if (x->rank != 0 || !mn_check_is_fixed (check, i))
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, x, error,
          "packing anything but sizes is not supported");
  }
  if (axis != 0 && axis != -1)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
        "axis %d of single values", axis);
  shape->rank = 1;
  shape->dims[0] = check->node->n_inputs;
  return TRUE;
}
