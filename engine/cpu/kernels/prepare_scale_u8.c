/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Products of a channel by one byte as products of floats. */

#include "engine/cpu/kernels/prepare_u8.h"

#include <math.h>

/* The least product in -limit..limit that becomes q or more; limit + 1 when
 * none does. */
static gint32
least_product (gint32 q, gint32 limit, MnFactor factor)
{
  gint32 low = -limit, high = limit + 1;

  while (low < high) {
    gint32 middle = low + (high - low) / 2;

    if (mn_requant_away (middle, factor) >= q)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static gint32
rounded (gint32 product, const MnScaleU8Args *args)
{
  gfloat nudge = product < 0 ? -args->nudge : args->nudge;

  /* Once rounded as by fmaf, which is slow where it is a function: the exact
   * sum fits a double but for bits far below its float's. */
  return (gint32) rintf ((gfloat) ((gdouble) product * args->factor + nudge));
}

/* Both ways grow with the product, so they are the same when they take each
 * step at the same one. */
static gboolean
agree (const MnScaleU8Args *args)
{
  const MnBinaryU8Args *b = &args->binary;
  const gint32 limit = 255 * 255;
  gint32 q;

  for (q = b->lo - b->y.zero + 1; q <= b->hi - b->y.zero; q++) {
    gint32 step = least_product (q, limit, b->y_factor);

    if ((step <= limit && rounded (step, args) < q)
        || (step > -limit && rounded (step - 1, args) >= q))
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_scale_u8_prepare (MnScaleU8Args *args)
{
  MnFactor f = args->binary.y_factor;
  gdouble exact = ldexp (f.multiplier, f.shift - 31);
  gint i;

  /* The first of the two roundings rounds away what the second then sees as
   * a half. */
  args->nudge = f.shift < 0 ? ldexpf (0.5f, f.shift) : 0;
  for (i = 0; i < 9; i++) {
    args->factor = exact * (1 + (i / 2 + i % 2) * (i % 2 ? 6e-8 : -6e-8));
    if (agree (args))
      return TRUE;
  }
  return FALSE;
}
