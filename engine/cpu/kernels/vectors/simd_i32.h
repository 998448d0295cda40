/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Vectors of integers, V_LEN of 32 bits, beside simd.h's floats:
 *
 *   vi                     V_LEN gint32
 *   vi_load                any alignment of a gint32
 *   vi_load_bytes (p)      V_LEN bytes, widened as unsigned
 *   vi_load_words (p)      V_LEN gint16, as vi_dot wants its weights
 *   vi_load_pairs (p)      2 * V_LEN gint16, as vi_dot2 wants them
 *   vi_store_bytes         the lowest 8 bits of each
 *   vi_set1, vi_add, vi_sub, vi_mul, vi_xor, vi_min, vi_max
 *   vi_set1_pair (p)       the gint16 at p and p + 1, for vi_dot2
 *   vi_dot (acc, x, w)     acc + x * w; |x| < 2^15; w by vi_load_words
 *   vi_dot2 (acc, x, w)    acc + x[0] * w[2 i] + x[1] * w[2 i + 1]
 *   vi_shl (v, n)          v * 2^n, wrapping
 *   vi_high (a, b)         (a * b + 2^30) >> 31; b >= 0
 *   vi_round_up (v, n)     v / 2^n to nearest, halves up; n in 0..31
 *   vi_round_away (v, n)   halves away from zero; v > G_MININT32
 */

#ifndef MN_SIMD_I32_H
#define MN_SIMD_I32_H

#include "engine/base/bytes.h"
#include "engine/base/fixed_point.h"
#include "engine/cpu/kernels/vectors/simd.h"

#if defined(MN_SIMD_AVX512)
#include "engine/cpu/kernels/vectors/simd_i32_avx512.h"
#elif defined(MN_SIMD_AVX2)
#include "engine/cpu/kernels/vectors/simd_i32_avx2.h"
#elif defined(MN_SIMD_NEON)
#include "engine/cpu/kernels/vectors/simd_i32_neon.h"
#else
#include "engine/cpu/kernels/vectors/simd_i32_scalar.h"
#endif

#ifndef VI_HAS_PARTS
V_INLINE vi
vi_load_bytes_part (const guint8 *p, gsize n)
{
  guint8 all[V_LEN] = {
    0,
  };

  memcpy (all, p, n);
  return vi_load_bytes (all);
}

V_INLINE void
vi_store_bytes_part (guint8 *p, vi v, gsize n)
{
  guint8 all[V_LEN];

  vi_store_bytes (all, v);
  memcpy (p, all, n);
}
#endif

V_INLINE vi
vi_load_bytes_n (const guint8 *p, gsize n)
{
  return n == V_LEN ? vi_load_bytes (p) : vi_load_bytes_part (p, n);
}

V_INLINE vi
vi_set1_pair (const gint16 *p)
{
  gint32 pair;

  memcpy (&pair, p, sizeof (pair));
  return vi_set1 (pair);
}

/* Bytes less their zero point. */
V_INLINE vi
vi_centre (vi bytes, const MnBytes *b)
{
  return vi_sub (vi_xor (bytes, vi_set1 (b->flip)), vi_set1 (b->zero));
}

/* Clamped to lo..hi; clamped first, so that the sum cannot overflow. */
V_INLINE void
vi_store_n (guint8 *p, vi q, const MnBytes *b, gint32 lo, gint32 hi, gsize n)
{
  q = vi_max (q, vi_set1 (lo - b->zero));
  q = vi_min (q, vi_set1 (hi - b->zero));
  q = vi_xor (vi_add (q, vi_set1 (b->zero)), vi_set1 (b->flip));
  if (n == V_LEN)
    vi_store_bytes (p, q);
  else
    vi_store_bytes_part (p, q, n);
}

/* mn_requant_up with one factor. */
V_INLINE vi
vi_requant_up (vi x, MnFactor f)
{
  x = vi_shl (x, vi_set1 (MAX (f.shift, 0)));
  x = vi_high (x, vi_set1 (f.multiplier));
  return vi_round_up (x, vi_set1 (MAX (-f.shift, 0)));
}

/* mn_requant_away with one factor. */
V_INLINE vi
vi_requant_away (vi x, MnFactor f)
{
  x = vi_shl (x, vi_set1 (MAX (f.shift, 0)));
  x = vi_high (x, vi_set1 (f.multiplier));
  return vi_round_away (x, vi_set1 (MAX (-f.shift, 0)));
}

/* v / 2^n rounded down; n in 0..30, and v so small that the half fits. */
V_INLINE vi
vi_round_down (vi v, gint n)
{
  return vi_round_up (vi_sub (v, vi_set1 ((1 << n) >> 1)), vi_set1 (n));
}

#endif /* MN_SIMD_I32_H */
