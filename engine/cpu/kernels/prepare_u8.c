/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ranges, and the tables of functions of one byte. */

#include "engine/cpu/kernels/kernels_u8.h"

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

/* In floats, as LiteRT does for some operators; what registers hold of it may
 * be more. */
static gfloat
ratio_of (gfloat a, gfloat b)
{
  volatile gfloat ratio = a / b;

  return ratio;
}

void
mn_mul_u8_prepare (MnBinaryU8Args *args)
{
  volatile gfloat product = args->a.scale * args->b.scale;
  gint64 most = (gint64) MAX (args->a.zero, 255 - args->a.zero)
      * MAX (args->b.zero, 255 - args->b.zero);

  args->y_factor = mn_factor (ratio_of (product, args->y.scale));
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
  gint shift = MIN (g_bit_nth_msf (n, -1), 32);

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

/* ---- tables ----------------------------------------------------------- */

static gint16
saturate16 (gint32 x)
{
  return CLAMP (x, G_MININT16, G_MAXINT16);
}

/* a * b / 2^15, halves away from zero. */
static gint16
rounding_product16 (gint16 a, gint16 b)
{
  gint32 product = a * b;
  gint32 nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);

  if (a == G_MININT16 && b == G_MININT16)
    return G_MAXINT16;
  return (product + nudge) / (1 << 15);
}

static gint32
shift_right_away (gint32 x, gint n)
{
  gint32 mask = (1 << n) - 1;

  /* LiteRT's mask is one of 16 bits, and then all of them. */
  if (n > 15)
    return x < 0 ? -1 : 1;
  return (x >> n) + ((x & mask) > (mask >> 1) + (x < 0));
}

/* The upper half of a multiplier: 16 bits are enough for bytes. */
static gint16
upper_half (gint32 multiplier)
{
  return multiplier >= G_MAXINT32 - (1 << 15) ? G_MAXINT16
                                              : (multiplier + (1 << 15)) >> 16;
}

/* x * relu6 (x + 3) / 6 as LiteRT computes it: the input with 7 more bits,
 * once on the output's scale, once on one where 3 is 2^15. */
void
mn_table_hard_swish (const MnBytes *x, const MnBytes *y, guint8 *table)
{
  gfloat fine = 1 / 128.0f * x->scale;
  MnFactor out = mn_factor (ratio_of (fine, y->scale));
  MnFactor gate = mn_factor (ratio_of (fine, 3 / 32768.0f));
  gint16 out16 = upper_half (out.multiplier);
  gint16 gate16 = upper_half (gate.multiplier);
  gint i;

  for (i = 0; i < 256; i++) {
    gint16 value = saturate16 ((i - x->zero) * 128);
    gint16 on_out = rounding_product16 (value, out16);
    gint32 g = value, q;

    if (gate.shift > 0)
      g = saturate16 (g * (1 << MIN (gate.shift - 1, 15)));
    g = rounding_product16 (g, gate16);
    if (gate.shift > 0)
      g = saturate16 (g * 2);
    else if (gate.shift < 0)
      g = shift_right_away (g, -gate.shift);
    /* -1..1 becomes 0..1. */
    g = (g + (1 << 15)) >> 1;
    q = saturate16 (g * on_out / (1 << 15));
    q = out.shift <= 0 ? shift_right_away (q, -out.shift)
                       : saturate16 (q * (1 << MIN (out.shift, 15)));
    q = CLAMP (q + y->zero, 0, 255);
    table[i ^ x->flip] = q ^ y->flip;
  }
}

void
mn_table_logistic (const MnBytes *x, const MnBytes *y, guint8 *table)
{
  gint i;

  for (i = 0; i < 256; i++) {
    gfloat real = x->scale * (i - x->zero);

    table[i ^ x->flip] = mn_bytes_quantise (y, 1 / (1 + expf (-real)));
  }
}

static void
fill_table (const MnBytes *x, const MnBytes *y, MnFactor factor, MnAct act,
    gboolean up, guint8 *table)
{
  gint32 lo, hi;
  gint i;

  mn_bytes_range (y, act, &lo, &hi);
  for (i = 0; i < 256; i++) {
    gint32 q = up ? mn_requant_up (i - x->zero, factor)
                  : mn_requant_away (i - x->zero, factor);

    /* Clamped first: the sum could overflow. */
    q = CLAMP (q, lo - y->zero, hi - y->zero) + y->zero;
    table[i ^ x->flip] = (guint8) q ^ y->flip;
  }
}

void
mn_table_relu (const MnBytes *x, const MnBytes *y, MnAct act, guint8 *table)
{
  fill_table (x, y, mn_factor (ratio_of (x->scale, y->scale)), act, FALSE,
      table);
}

void
mn_table_requant (const MnBytes *x, const MnBytes *y, gboolean up,
    guint8 *table)
{
  const MnAct all = {MN_ACT_KIND_CLAMP, -INFINITY, INFINITY};
  MnFactor factor = mn_factor ((gdouble) x->scale / (gdouble) y->scale);

  fill_table (x, y, factor, all, up, table);
}

void
mn_table_softmax (gfloat x_scale, gfloat beta, gfloat *table)
{
  gfloat step = -x_scale * beta;
  gint i;

  for (i = 0; i < 256; i++)
    table[255 - i] = expf (step * i);
}
