/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Constants of other types as floats. Nothing here knows about nodes. */

#include "engine/base/element.h"
#include "engine/graph/operators.h"

#include <string.h>

static gint64
integer_at (const MnTensor *tensor, gsize i)
{
  switch (tensor->dtype) {
    case MN_DTYPE_U8:
      return ((const guint8 *) tensor->data)[i];
    case MN_DTYPE_I8:
      return ((const gint8 *) tensor->data)[i];
    case MN_DTYPE_I16:
      return ((const gint16 *) tensor->data)[i];
    default:
      return ((const gint32 *) tensor->data)[i];
  }
}

static gboolean
dequantise (const MnTensor *tensor, gfloat *out)
{
  const MnQuant *quant = &tensor->quant;
  gsize inner = 1;

  if (quant->n == 0 || !quant->scale)
    return FALSE;
  if (quant->n > 1) {
    if (quant->axis >= tensor->rank
        || quant->n != (guint) tensor->dims[quant->axis])
      return FALSE;
    for (guint i = quant->axis + 1; i < tensor->rank; i++)
      inner *= tensor->dims[i];
  }
  for (gsize i = 0; i < tensor->n_elements; i++) {
    gsize slice = quant->n > 1 ? i / inner % quant->n : 0;
    gint64 zero = quant->zero_point ? quant->zero_point[slice] : 0;

    /* In double: an int32 less its zero point does not fit a float. */
    out[i] = quant->scale[slice]
        * ((gdouble) integer_at (tensor, i) - (gdouble) zero);
  }
  return TRUE;
}

gboolean
mn_tensor_to_float (const MnTensor *tensor, gfloat *out)
{
  switch (tensor->dtype) {
    case MN_DTYPE_F32:
      memcpy (out, tensor->data, tensor->n_elements * sizeof (gfloat));
      return TRUE;
    case MN_DTYPE_F16:
      for (gsize i = 0; i < tensor->n_elements; i++)
        out[i] = mn_f16_value (((const guint16 *) tensor->data)[i]);
      return TRUE;
    case MN_DTYPE_U8:
    case MN_DTYPE_I8:
    case MN_DTYPE_I16:
    case MN_DTYPE_I32:
      return dequantise (tensor, out);
    default:
      return FALSE;
  }
}

/* NULL: no memory. */
static gpointer
copy_of (gconstpointer data, gsize size)
{
  gpointer copy = g_try_malloc (size);

  return copy ? memcpy (copy, data, size) : NULL;
}

void
mn_tensor_remember_quant (MnTensor *to, const MnTensor *from)
{
  const MnQuant *quant = &from->quant;

  mn_tensor_forget_quant (to);
  if (quant->n == 0 || !quant->scale || !quant->zero_point)
    return;
  to->quant.scale = copy_of (quant->scale, quant->n * sizeof (gfloat));
  to->quant.zero_point = copy_of (quant->zero_point,
      quant->n * sizeof (gint64));
  if (!to->quant.scale || !to->quant.zero_point) {
    mn_tensor_forget_quant (to);
    return;
  }
  to->quant.n = quant->n;
  to->quant.axis = quant->axis;
}

void
mn_tensor_forget_quant (MnTensor *tensor)
{
  g_clear_pointer (&tensor->quant.scale, g_free);
  g_clear_pointer (&tensor->quant.zero_point, g_free);
  tensor->quant.n = 0;
}
