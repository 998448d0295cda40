/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Softmax: the truth. */

#include "engine/cpu/kernels/kernels.h"

#include <math.h>

void
mn_softmax_f32_ref (gsize m, gsize n, gfloat beta, const gfloat *x, gfloat *y)
{
  gsize i, j;

  for (i = 0; i < m; i++, x += n, y += n) {
    gfloat max = x[0], sum = 0;

    for (j = 1; j < n; j++)
      max = x[j] > max ? x[j] : max;
    for (j = 0; j < n; j++)
      sum += y[j] = expf (beta * (x[j] - max));
    for (j = 0; j < n; j++)
      y[j] /= sum;
  }
}
