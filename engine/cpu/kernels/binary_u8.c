/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums and products of bytes. */

#include "engine/cpu/kernels/simd_kernels_u8.h"
#include "engine/cpu/kernels/simd_kernels.h"

V_INLINE vi
load_operand (const guint8 *p, gsize i, gsize step, gsize n,
    const MnBytes *bytes)
{
  return vi_centre (step ? vi_load_bytes_n (p + i, n) : vi_set1 (*p), bytes);
}

/* The factor of a larger operand: at least 2^(-31). */
V_INLINE vi
scale_operand (vi steps, MnFactor factor, MnAddU8Scaling scaling)
{
  gint right = MIN (-factor.shift, 30), left = MN_ADD_U8_BITS - right;

  if (scaling == MN_ADD_U8_TWICE)
    return vi_requant_away (vi_shl (steps, vi_set1 (MN_ADD_U8_BITS)), factor);
  if (scaling == MN_ADD_U8_ONCE) {
    steps = left >= 0 ? vi_shl (steps, vi_set1 (left))
                      : vi_round_down (steps, -left);
    return vi_high (steps, vi_set1 (factor.multiplier));
  }
  steps = vi_high (vi_shl (steps, vi_set1 (MN_ADD_U8_BITS)),
      vi_set1 (factor.multiplier));
  return factor.shift > -31 ? vi_round_down (steps, right) : vi_set1 (0);
}

V_INLINE vi
add_or_subtract (vi a, vi b, const gboolean subtract,
    const MnBinaryU8Args *args)
{
  a = scale_operand (a, args->a_factor, args->scaling);
  b = scale_operand (b, args->b_factor, args->scaling);
  return subtract ? vi_sub (a, b) : vi_add (a, b);
}

V_INLINE void
binary (const MnBinaryKind kind, gsize n, const guint8 *a, gsize a_step,
    const guint8 *b, gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  gsize i;

  for (i = 0; i < n; i += V_LEN) {
    gsize part = MIN (n - i, V_LEN);
    vi va = load_operand (a, i, a_step, part, &args->a);
    vi vb = load_operand (b, i, b_step, part, &args->b);
    vi q = kind == MN_BINARY_MUL
        ? vi_mul (va, vb)
        : add_or_subtract (va, vb, kind == MN_BINARY_SUB, args);

    vi_store_n (y + i, vi_requant_away (q, args->y_factor), &args->y, args->lo,
        args->hi, part);
  }
}

void
MN_SIMD (mn_add_u8) (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  binary (MN_BINARY_ADD, n, a, a_step, b, b_step, y, args);
}

void
MN_SIMD (mn_sub_u8) (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  binary (MN_BINARY_SUB, n, a, a_step, b, b_step, y, args);
}

void
MN_SIMD (mn_mul_u8) (gsize n, const guint8 *a, gsize a_step, const guint8 *b,
    gsize b_step, guint8 *y, const MnBinaryU8Args *args)
{
  binary (MN_BINARY_MUL, n, a, a_step, b, b_step, y, args);
}
