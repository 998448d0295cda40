/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Floats to bytes: a loop that compilers make vectors of. */

#include "engine/cpu/kernels/simd_kernels_u8.h"

/* The bits of 512.0f: beyond it all is clamped, whatever the zero point. */
#define FAR 0x44000000u
#define INFINITE 0x7f800000u
#define SIGN 0x80000000u
/* The bits of 2^31, the first that fits no 32 bits, and of what is before it:
 * a zero point of 128 or more is too much for that one. */
#define TOO_FAR 0x4f000000u
#define LAST 0x4effffffu

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
MN_SIMD (mn_quantise_u8) (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes)
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

/* steps within -512..512, and what is too far or no number as `beyond`; on
 * its bits, as comparisons of floats keep compilers from vectors. */
V_INLINE gfloat
bounded_even (gfloat steps, guint32 most, guint32 beyond)
{
  guint32 bits, size, near, far;

  memcpy (&bits, &steps, sizeof (bits));
  size = bits & ~SIGN;
  near = (bits & SIGN) | MIN (size, FAR);
  /* -2^31 itself fits, and is as far as it can be. */
  far = size > (bits & SIGN ? TOO_FAR - 1 : most) ? ~0u : 0;
  bits = (near & ~far) | (beyond & far);
  memcpy (&steps, &bits, sizeof (bits));
  return steps;
}

void
MN_SIMD (mn_quantise_even_u8) (gsize n, const gfloat *x, guint8 *y,
    const MnBytes *bytes)
{
  /* To the nearest, halves even: the sum has no bits for less than 1. */
  const gfloat whole = 0x1.8p23f;
  const gfloat inverse = 1 / bytes->scale;
  const gint32 zero = bytes->zero, flip = bytes->flip;
  const gint32 own = zero - flip;
  const guint32 most = own >= 128 ? LAST - 1 : LAST;
  const guint32 beyond = own < 0 ? FAR : FAR | SIGN;
  gsize i;

  for (i = 0; i < n; i++) {
    gfloat steps = bounded_even (x[i] * inverse, most, beyond);
    gint32 q = (gint32) ((steps + whole) - whole);

    q = MAX (q + zero, 0);
    y[i] = MIN (q, 255) ^ flip;
  }
}
