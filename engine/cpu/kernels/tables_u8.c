/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tables of functions of one byte. */

#include "engine/cpu/kernels/prepare_u8.h"

#include <math.h>

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
  MnFactor out = mn_factor (mn_ratio_f32 (fine, y->scale));
  MnFactor gate = mn_factor (mn_ratio_f32 (fine, 3 / 32768.0f));
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
  fill_table (x, y, mn_factor (mn_ratio_f32 (x->scale, y->scale)), act, FALSE,
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
