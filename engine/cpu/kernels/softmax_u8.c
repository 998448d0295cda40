/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Softmax of bytes. */

#include "engine/cpu/kernels/kernels_u8.h"

#include <math.h>

void
mn_softmax_u8 (gsize m, gsize n, const guint8 *x, guint8 *y,
    const MnBytes *x_bytes, const MnBytes *y_bytes, const gfloat *table)
{
  gsize i, j;

  for (i = 0; i < m; i++, x += n, y += n) {
    gint32 top = 0;
    gfloat sum = 0, factor;

    for (j = 0; j < n; j++)
      top = MAX (top, x[j] ^ x_bytes->flip);
    for (j = 0; j < n; j++)
      sum += table[255 - top + (x[j] ^ x_bytes->flip)];
    factor = 1 / (sum * y_bytes->scale);
    for (j = 0; j < n; j++) {
      /* Not joined with the sum by compilers that could. */
      volatile gfloat steps = table[255 - top + (x[j] ^ x_bytes->flip)]
          * factor;
      gint32 q = (y_bytes->flip ? (gint32) roundf (steps)
                                : (gint32) (steps + 0.5f))
          + y_bytes->zero;

      y[j] = (guint8) CLAMP (q, 0, 255) ^ y_bytes->flip;
    }
  }
}
