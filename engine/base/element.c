/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Floats as elements. */

#include "engine/base/element.h"

#include <math.h>
#include <string.h>

guint16
mn_bf16_round (gfloat x)
{
  guint32 bits;

  memcpy (&bits, &x, sizeof (bits));
  if ((bits & 0x7fffffff) > 0x7f800000)
    return bits >> 16 | 0x40;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

gfloat
mn_bf16_value (guint16 x)
{
  guint32 bits = (guint32) x << 16;
  gfloat value;

  memcpy (&value, &bits, sizeof (value));
  return value;
}

guint16
mn_f16_round (gfloat x)
{
  guint32 bits, sign, rest;
  gint exponent;

  memcpy (&bits, &x, sizeof (bits));
  sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000)
    return sign | 0x7e00;
  /* From halfway between the largest and the next power of two on. */
  if (bits >= 0x477ff000)
    return sign | 0x7c00;
  exponent = (gint) (bits >> 23) - 127;
  /* Half the smallest goes to the even one, zero. */
  if (exponent < -25)
    return sign;
  if (exponent < -14) {
    /* Multiples of 2^-24. */
    guint shift = -exponent - 1;

    bits = (bits & 0x7fffff) | 0x800000;
    rest = bits & ((1u << shift) - 1);
    bits >>= shift;
    return sign
        | (bits
            + (rest > 1u << (shift - 1)
                || (rest == 1u << (shift - 1) && (bits & 1))));
  }
  bits -= 112u << 23;
  return sign | (bits + 0xfff + (bits >> 13 & 1)) >> 13;
}

/* The value on the other side of x, which was rounded to it. */
static guint16
other_side (gfloat x, guint16 rounded)
{
  gboolean outwards = fabsf (x) > fabsf (mn_bf16_value (rounded));

  return outwards ? rounded + 1 : rounded - 1;
}

/* Weights that were rounded nearly as far as may be are rounded the other way
 * while that brings the sum nearer to what it was. Returns what is left. */
static gdouble
round_others (gsize k, const gfloat *w, gsize stride, guint16 *out,
    gdouble error)
{
  gsize i;

  for (i = 0; i < k; i++) {
    gfloat x = w[i * stride], was = mn_bf16_value (out[i]), off = x - was, gap;
    guint16 other;

    if (off == 0 || (off > 0) != (error > 0) || was == 0)
      continue;
    other = other_side (x, out[i]);
    gap = mn_bf16_value (other) - was;
    if (fabsf (off) < fabsf (gap) / 4 || fabs (error - gap) >= fabs (error))
      continue;
    out[i] = other;
    error -= gap;
  }
  return error;
}

/* The smallest weight that can, takes what is left. */
static void
round_smallest (gsize k, guint16 *out, gdouble error)
{
  gsize i, smallest = k;
  gfloat least = G_MAXFLOAT;

  for (i = 0; i < k; i++) {
    gfloat size = fabsf (mn_bf16_value (out[i]));

    if (size >= fabs (error) && size < least) {
      least = size;
      smallest = i;
    }
  }
  if (smallest < k)
    out[smallest] = mn_bf16_round (mn_bf16_value (out[smallest]) + error);
}

void
mn_bf16_round_weights (gsize k, const gfloat *w, gsize stride, guint16 *out)
{
  gdouble error = 0;
  gsize i;

  for (i = 0; i < k; i++) {
    out[i] = mn_bf16_round (w[i * stride]);
    error += w[i * stride] - mn_bf16_value (out[i]);
  }
  if (error == 0 || !isfinite (error))
    return;
  error = round_others (k, w, stride, out, error);
  round_smallest (k, out, error);
}

/* 1 bit sign, 5 bits exponent (bias 15), 10 bits. */
gfloat
mn_f16_value (guint16 half)
{
  guint32 sign = (guint32) (half >> 15) << 31;
  guint32 exponent = (half >> 10) & 0x1f, mantissa = half & 0x3ff;
  guint32 bits;
  gfloat value;

  if (exponent == 0) {
    value = ldexpf (mantissa, -24);
    return sign ? -value : value;
  }
  if (exponent == 0x1f)
    bits = sign | 0x7f800000 | mantissa << 13;
  else
    bits = sign | (exponent + 127 - 15) << 23 | mantissa << 13;
  memcpy (&value, &bits, sizeof value);
  return value;
}
