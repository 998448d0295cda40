/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Functions of one byte: the truth. */

#include "engine/cpu/kernels/kernels_u8.h"

void
mn_lookup_u8_ref (gsize n, const guint8 *x, guint8 *y, const guint8 *table)
{
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = table[x[i]];
}
