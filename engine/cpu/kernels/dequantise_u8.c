/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* QUANTIZE behind the vectors, and DEQUANTIZE. */

#include "engine/cpu/kernels/kernels_u8.h"

#include <math.h>

/* The integer next to steps, with the zero point, clamped. */
guint8
mn_quantise_steps_u8 (gdouble steps, const MnBytes *bytes)
{
  gint32 own = bytes->zero - bytes->flip;
  gint32 lo = bytes->flip ? G_MININT8 : 0, q = G_MININT32;

  if (steps >= G_MININT32 && steps <= G_MAXINT32)
    q = (gint32) steps;
  q = (gint32) ((guint32) q + (guint32) own);
  return (guint8) CLAMP (q, lo, lo + 255);
}

void
mn_quantise_rest_u8 (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes)
{
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_quantise_steps_u8 (round ((gdouble) x[i]
                                     / (gdouble) bytes->scale),
        bytes);
}

gfloat
mn_dequantise_u8 (const MnBytes *bytes, guint8 x, gboolean rest)
{
  gint32 own = bytes->zero - bytes->flip, q = (x ^ bytes->flip) - bytes->flip;
  /* Neither joined with the sum by compilers that could. */
  volatile gfloat product = bytes->scale * q;
  volatile gfloat zero = (gfloat) ((gdouble) -own * (gdouble) bytes->scale);

  return rest ? bytes->scale * (q - own) : product + zero;
}
