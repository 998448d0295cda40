/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real factors as integers. */

#include "engine/base/fixed_point.h"

#include <math.h>

MnFactor
mn_factor (gdouble real)
{
  MnFactor f = {0, 0};
  gint64 multiplier;
  int exponent;

  if (real == 0)
    return f;
  /* A ratio of scales may be infinite. */
  if (!isfinite (real))
    return (MnFactor) {G_MAXINT32, 30};
  multiplier = (gint64) floor (frexp (real, &exponent) * 2147483648.0 + 0.5);
  if (multiplier == (gint64) 1 << 31) {
    multiplier /= 2;
    exponent++;
  }
  if (exponent < -31)
    return f;
  /* Nothing that a sound model needs; saturate instead of shifting out. */
  if (exponent > 30) {
    exponent = 30;
    multiplier = G_MAXINT32;
  }
  f.multiplier = multiplier;
  f.shift = exponent;
  return f;
}

gfloat
mn_ratio_f32 (gfloat a, gfloat b)
{
  volatile gfloat ratio = a / b;

  return ratio;
}

static gint32
saturate (gint64 x)
{
  return CLAMP (x, G_MININT32, G_MAXINT32);
}

/* Wraps as the hardware does where a model asks for too much. */
static gint32
shift_left (gint32 x, gint shift)
{
  return (gint32) ((guint32) x << shift);
}

gint32
mn_requant_away (gint32 x, MnFactor factor)
{
  gint left = MAX (factor.shift, 0), right = MAX (-factor.shift, 0);
  gint64 product = (gint64) shift_left (x, left) * factor.multiplier;
  gint64 nudge = product >= 0 ? 1 << 30 : 1 - (1 << 30);
  gint32 high = saturate ((product + nudge) / ((gint64) 1 << 31));
  gint64 mask = ((gint64) 1 << right) - 1;
  gint64 threshold = (mask >> 1) + (high < 0);

  return (high >> right) + ((high & mask) > threshold);
}

gint32
mn_requant_up (gint32 x, MnFactor factor)
{
  gint left = MAX (factor.shift, 0), right = MAX (-factor.shift, 0);
  gint64 product = (gint64) shift_left (x, left) * factor.multiplier;
  gint64 high = (product + (1 << 30)) >> 31;

  return (high + (((gint64) 1 << right) >> 1)) >> right;
}
