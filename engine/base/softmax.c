/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/softmax.h"

#include <math.h>

void
mn_softmax (gsize n, gfloat beta, const gfloat *x, gfloat *y)
{
  gfloat top = x[0], sum = 0;
  gsize i;

  for (i = 1; i < n; i++)
    top = MAX (top, x[i]);
  for (i = 0; i < n; i++)
    sum += y[i] = expf (beta * (x[i] - top));
  for (i = 0; i < n; i++)
    y[i] /= sum;
}
