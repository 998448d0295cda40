/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Floats to bytes: a loop that compilers make vectors of. */

#include "engine/cpu/qkernels.h"

/* The bits of 512.0f: beyond it all is clamped, whatever the zero point. */
#define FAR 0x44000000u
#define INFINITE 0x7f800000u
#define SIGN 0x80000000u

/* steps within -512..512, and -512 for a NaN; on its bits, as comparisons of
 * floats keep compilers from vectors. */
V_INLINE gfloat
bounded (gfloat steps)
{
  guint32 bits, size;

  memcpy (&bits, &steps, sizeof (bits));
  size = bits & ~SIGN;
  bits = size > INFINITE ? SIGN : bits & SIGN;
  bits |= MIN (size, FAR);
  memcpy (&steps, &bits, sizeof (bits));
  return steps;
}

void
MN_SIMD (mn_qquantise) (gsize n, const gfloat * x, guint8 * y,
    const MnBytes * bytes)
{
  const gfloat scale = bytes->scale;
  const gint32 zero = bytes->zero, flip = bytes->flip;
  gsize i;

  for (i = 0; i < n; i++) {
    gfloat steps = bounded (x[i] / scale), rest;
    gint32 q;

    q = (gint32) steps;
    rest = steps - q;
    /* -1, 0 or 1. */
    q += (gint32) (2 * rest);
    q = MAX (q + zero, 0);
    y[i] = MIN (q, 255) ^ flip;
  }
}
