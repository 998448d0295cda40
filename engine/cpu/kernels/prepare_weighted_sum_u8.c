/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums of two bytes of different scales as one weighted sum. LiteRT rounds
 * three times; where that shows in no result, the weights stand for it. */

#include "engine/cpu/kernels/prepare_u8.h"

#include <math.h>
#include <string.h>

static gdouble
value_of (MnFactor factor)
{
  return ldexp (factor.multiplier, factor.shift - 31);
}

/* FALSE: too large. */
static gboolean
split (gdouble weight, gint8 *digits)
{
  gdouble scaled = rint (ldexp (weight, MN_WEIGHTED_SUM_U8_BITS));
  gint64 rest;
  gint i;

  if (!(fabs (scaled) < 2e9))
    return FALSE;
  rest = scaled;
  for (i = 0; i < MN_WEIGHTED_SUM_U8_DIGITS; i++) {
    digits[i] = (gint8) (guint8) (rest & 0xff);
    rest = (rest - digits[i]) / 256;
  }
  return rest == 0;
}

static gboolean
same_everywhere (const MnU8Kernels *kernels, MnBinaryU8Func exact,
    const MnBinaryU8Args *binary, const MnWeightedSumU8Args *args)
{
  guint8 a[256], b[256], want[256], got[256];
  gint i;

  for (i = 0; i < 256; i++)
    b[i] = i;
  for (i = 0; i < 256; i++) {
    memset (a, i, sizeof (a));
    exact (256, a, 1, b, 1, want, binary);
    kernels->weighted_sum (256, a, b, got, args);
    if (memcmp (got, want, 256) != 0)
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_weighted_sum_u8_prepare (const MnU8Kernels *kernels, gboolean subtract,
    const MnBinaryU8Args *binary, MnWeightedSumU8Args *args)
{
  /* In 2^-29: what the rounding of weights may need to be moved by. */
  static const gint nudges[] = {0, 100, -100, 300, -300};
  gdouble scale = ldexp (value_of (binary->y_factor), MN_ADD_U8_BITS);
  gdouble a = value_of (binary->a_factor) * scale;
  gdouble b = value_of (binary->b_factor) * scale * (subtract ? -1 : 1);
  gdouble addend = binary->y.zero + 0.5 - a * binary->a.zero
      - b * binary->b.zero;
  gsize i;

  if (!kernels->weighted_sum || !split (a, args->a_digits)
      || !split (b, args->b_digits) || !(fabs (addend) < 2048))
    return FALSE;
  args->a_flip = binary->a.flip;
  args->b_flip = binary->b.flip;
  args->y_flip = binary->y.flip;
  args->lo = binary->lo;
  args->hi = binary->hi;
  for (i = 0; i < G_N_ELEMENTS (nudges); i++) {
    gint64 sum = (gint64) rint (ldexp (addend, MN_WEIGHTED_SUM_U8_BITS))
        + nudges[i];

    args->addend_low = sum & 0xff;
    args->addend_high = (sum - args->addend_low) / 256;
    if (same_everywhere (kernels, subtract ? kernels->sub : kernels->add,
            binary, args))
      return TRUE;
  }
  return FALSE;
}
