/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Softmax: the truth. */

#include "engine/base/softmax.h"
#include "engine/cpu/kernels/kernels.h"

void
mn_softmax_f32_ref (gsize m, gsize n, gfloat beta, const gfloat *x, gfloat *y)
{
  gsize i;

  for (i = 0; i < m; i++)
    mn_softmax (n, beta, x + i * n, y + i * n);
}
