/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The weighted sum of two bytes: digit after digit of the weights is a
 * product of bytes, and what is below it is shifted out, so that nothing
 * overflows and nothing is lost. */

#include "engine/cpu/kernels/simd_bytes.h"

#ifdef VB_HAS_QUADS

typedef struct
{
  vb digits[MN_WEIGHTED_SUM_U8_DIGITS];
  vi low, high;
  vb a_flip, b_flip;
  VStore store;
} Sum;

V_INLINE vb
sum (vb a, vb b, const Sum *s)
{
  const vi byte = vi_set1 (8);
  const vi last = vi_set1 (MN_WEIGHTED_SUM_U8_BITS
      - 8 * (MN_WEIGHTED_SUM_U8_DIGITS - 1));
  vb rows[4] = {vb_xor (a, s->a_flip), vb_xor (b, s->b_flip)};
  vb quads[4];
  vi v[4];
  gint i, digit;

  rows[2] = rows[3] = vb_set1 (0);
  vb_quads (quads, rows);
  V_UNROLL for (i = 0; i < 4; i++)
  {
    v[i] = vb_dot (s->low, quads[i], s->digits[0]);
    v[i] = vi_add (vi_shr (v[i], byte), s->high);
    V_UNROLL for (digit = 1; digit < MN_WEIGHTED_SUM_U8_DIGITS; digit++)
    {
      v[i] = vb_dot (v[i], quads[i], s->digits[digit]);
      v[i] = vi_shr (v[i], digit + 1 < MN_WEIGHTED_SUM_U8_DIGITS ? byte : last);
    }
  }
  return vb_finish (vb_pack_quads (v[0], v[1], v[2], v[3]), &s->store, FALSE);
}

void
MN_BYTES (mn_weighted_sum_u8) (gsize n, const guint8 *a, const guint8 *b,
    guint8 *y, const MnWeightedSumU8Args *args)
{
  Sum s = {.low = vi_set1 (args->addend_low),
    .high = vi_set1 (args->addend_high),
    .a_flip = vb_set1 (args->a_flip),
    .b_flip = vb_set1 (args->b_flip),
    .store = {
      NULL, vb_set1 (args->lo), vb_set1 (args->hi), vb_set1 (args->y_flip)}};
  gsize i;

  for (i = 0; i < MN_WEIGHTED_SUM_U8_DIGITS; i++) {
    guint8 four[4] = {args->a_digits[i], args->b_digits[i], 0, 0};

    s.digits[i] = vb_set1_4 (four);
  }
  for (i = 0; i + VB_LEN <= n; i += VB_LEN)
    vb_store (y + i, sum (vb_load (a + i), vb_load (b + i), &s));
  if (i < n)
    vb_store_part (y + i,
        sum (vb_load_part (a + i, n - i), vb_load_part (b + i, n - i), &s),
        n - i);
}

#endif
