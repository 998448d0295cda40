/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From floats to elements and back. */

#include "engine/cpu/kernels/simd_kernels.h"

void
MN_SIMD (mn_narrow) (gsize n, const gfloat *x, gpointer to)
{
  ve *y = to;
  gsize i;

  for (i = 0; i + V_LEN <= n; i += V_LEN)
    e_store (y + i, v_load (x + i));
  if (i < n)
    e_store_part (y + i, v_load_part (x + i, n - i), n - i);
}

void
MN_SIMD (mn_widen) (gsize n, gconstpointer from, gfloat *y)
{
  const ve *x = from;
  gsize i;

  for (i = 0; i + V_LEN <= n; i += V_LEN)
    v_store (y + i, e_load (x + i));
  if (i < n)
    v_store_part (y + i, e_load_part (x + i, n - i), n - i);
}
