/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Floats to bytes: the truth. */

#include "engine/cpu/kernels/kernels_u8.h"

#include <math.h>

void
mn_quantise_u8_ref (gsize n, const gfloat *x, guint8 *y, const MnBytes *bytes)
{
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_bytes_quantise (bytes, x[i]);
}

void
mn_quantise_even_u8_ref (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes)
{
  gfloat inverse = 1 / bytes->scale;
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_quantise_steps_u8 (rintf (x[i] * inverse), bytes);
}
