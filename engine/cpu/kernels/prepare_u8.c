/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ranges, sums and products, means. */

#include "engine/cpu/kernels/prepare_u8.h"

#include <math.h>

static gint32
bound (const MnBytes *bytes, gfloat real)
{
  gfloat steps = roundf (real / bytes->scale) + bytes->zero;

  return (gint32) CLAMP (steps, 0, 255);
}

void
mn_bytes_range (const MnBytes *bytes, MnAct act, gint32 *lo, gint32 *hi)
{
  *lo = isinf (act.lo) ? 0 : bound (bytes, act.lo);
  *hi = isinf (act.hi) ? 255 : bound (bytes, act.hi);
}

/* ---- vectors of 16 bits ------------------------------------------------- */

gint32
mn_narrow (gint32 q, const MnBytes *y, MnNarrow how)
{
  gint32 own = y->zero - y->flip;

  if (how == MN_NARROW_NONE)
    return q;
  q = how == MN_NARROW_SATURATE ? CLAMP (q, G_MININT16, G_MAXINT16)
                                : (gint16) (guint16) q;
  return (gint16) (guint16) (q + own) - own;
}

gboolean
mn_narrow_shows (gint64 most, MnNarrow how)
{
  return how != MN_NARROW_NONE && most > G_MAXINT16 - 256;
}

/* ---- sums and products -------------------------------------------------- */

gsize
mn_binary_u8_vectors (MnBinaryKind kind, gboolean is_signed, gboolean single,
    MnAddU8Scaling *scaling, MnNarrow *narrow)
{
  *scaling = MN_ADD_U8_TWICE;
  *narrow = MN_NARROW_NONE;
  if (kind == MN_BINARY_SUB)
    return 0;
  if (kind == MN_BINARY_ADD) {
    *scaling = is_signed && !single ? MN_ADD_U8_ONCE : MN_ADD_U8_CUT;
    *narrow = MN_NARROW_CUT;
    return is_signed && !single ? 16 : 8;
  }
  *narrow = single && !is_signed ? MN_NARROW_CUT : MN_NARROW_SATURATE;
  return is_signed ? 16 : 8;
}

/* Of the scaled operands that a byte can be: the largest. */
static gint64
farthest (const MnBytes *bytes, MnFactor factor)
{
  gint64 steps = MAX (bytes->zero, 255 - bytes->zero);

  return ABS ((gint64) mn_requant_away (steps << MN_ADD_U8_BITS, factor)) + 1;
}

void
mn_add_u8_prepare (MnBinaryU8Args *args)
{
  gdouble twice = 2 * MAX ((gdouble) args->a.scale, (gdouble) args->b.scale);
  gint64 most;

  args->a_factor = mn_factor (args->a.scale / twice);
  args->b_factor = mn_factor (args->b.scale / twice);
  args->y_factor = mn_factor (twice / ((1 << 20) * (gdouble) args->y.scale));
  most = farthest (&args->a, args->a_factor)
      + farthest (&args->b, args->b_factor);
  /* Finer steps than any sum's: LiteRT does not take them. */
  if (args->y_factor.shift <= 0
      && !mn_narrow_shows (ABS ((gint64) mn_requant_away (most,
                               args->y_factor)),
          args->narrow))
    args->narrow = MN_NARROW_NONE;
}

void
mn_mul_u8_prepare (MnBinaryU8Args *args)
{
  volatile gfloat product = args->a.scale * args->b.scale;
  gint64 most = (gint64) MAX (args->a.zero, 255 - args->a.zero)
      * MAX (args->b.zero, 255 - args->b.zero);

  args->y_factor = mn_factor (mn_ratio_f32 (product, args->y.scale));
  /* Larger factors may wrap. */
  if (args->y_factor.shift <= 14
      && !mn_narrow_shows (ABS ((gint64) mn_requant_away (most,
                               args->y_factor)),
          args->narrow))
    args->narrow = MN_NARROW_NONE;
}

/* ---- means -------------------------------------------------------------- */

/* Channels that LiteRT's vector loop takes at once; the rest goes through
 * its plain one, which rounds otherwise. */
#define MEAN_LANES 16

/* Dropping the dimensions, the division by n is in the factor, with as many
 * bits as it has room. */
static MnFactor
divided (MnFactor factor, gsize n)
{
  gint shift = MIN (63 - __builtin_clzll (n), 32);

  shift = MIN (shift, 31 + factor.shift);
  factor.multiplier = ((gint64) factor.multiplier << shift) / (gint64) n;
  factor.shift -= shift;
  return factor;
}

void
mn_mean_u8_prepare (MnMeanU8Args *args)
{
  gint32 base = args->x.flip;
  gfloat steps;

  if (!args->keeps_dims) {
    args->factor = divided (mn_factor ((gdouble) args->x.scale
                                / (gdouble) args->y.scale),
        args->n);
    args->zero = (gint32) ((guint32) args->n * (guint32) args->x.zero);
    args->bias = args->y.zero;
    args->n_up = 0;
    return;
  }
  args->factor = mn_factor (args->x.scale / (args->n * args->y.scale));
  args->zero = (gint32) ((guint32) args->n * (guint32) base);
  steps = roundf ((args->x.zero - base) * args->x.scale / args->y.scale);
  args->bias = args->y.zero - (gint32) CLAMP (steps, -1e9f, 1e9f);
  args->n_up = args->channels / MEAN_LANES * MEAN_LANES;
}
