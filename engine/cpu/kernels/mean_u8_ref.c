/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Means of bytes over a picture: the truth. */

#include "engine/cpu/kernels/kernels_u8.h"

void
mn_mean_u8_ref (gsize first, gsize end, const guint8 *x, guint8 *y,
    const MnMeanU8Args *args)
{
  gsize c, i;

  for (c = first; c < end; c++) {
    guint32 wraps = -(guint32) args->zero;
    gint32 sum, q;

    for (i = 0; i < args->n; i++)
      wraps += x[i * args->channels + c] ^ args->x.flip;
    sum = (gint32) wraps;
    q = c < args->n_up ? mn_requant_up (sum, args->factor)
                       : mn_requant_away (sum, args->factor);
    /* Clamped first: the sum could overflow. */
    q = CLAMP (q, -args->bias, 255 - args->bias);
    y[c] = (guint8) (q + args->bias) ^ args->y.flip;
  }
}
