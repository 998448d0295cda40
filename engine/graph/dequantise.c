/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/graph/dequantise.h"

#include <math.h>
#include <string.h>

void
mn_dequantise (MnDType dtype, gconstpointer data, const MnQuant *quant,
    gfloat *out, gsize n)
{
  gfloat scale = quant->n ? quant->scale[0] : 1;
  gfloat zero = quant->n ? quant->zero_point[0] : 0;
  gsize i;

  switch (dtype) {
    case MN_DTYPE_F32:
      memcpy (out, data, n * sizeof (gfloat));
      break;
    case MN_DTYPE_U8:
      for (i = 0; i < n; i++)
        out[i] = (((const guint8 *) data)[i] - zero) * scale;
      break;
    case MN_DTYPE_I8:
      for (i = 0; i < n; i++)
        out[i] = (((const gint8 *) data)[i] - zero) * scale;
      break;
    case MN_DTYPE_I32:
      for (i = 0; i < n; i++)
        out[i] = (((const gint32 *) data)[i] - zero) * scale;
      break;
    default:
      memset (out, 0, n * sizeof (gfloat));
  }
}

void
mn_quantise (MnDType dtype, const MnQuant *quant, const gfloat *x, gpointer out,
    gsize n)
{
  gfloat least = dtype == MN_DTYPE_U8 ? 0 : G_MININT8, scale, zero;
  gsize i;

  if (dtype == MN_DTYPE_F32) {
    memmove (out, x, n * sizeof (gfloat));
    return;
  }
  scale = quant->scale[0];
  zero = quant->zero_point[0];
  for (i = 0; i < n; i++) {
    gfloat q = roundf (x[i] / scale) + zero;

    /* Written so that what is not a number becomes the least. */
    q = q > least ? MIN (q, least + 255) : least;
    if (dtype == MN_DTYPE_U8)
      ((guint8 *) out)[i] = q;
    else
      ((gint8 *) out)[i] = q;
  }
}
