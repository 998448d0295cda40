/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Vectors of bytes beside simd_i32.h's integers, where the CPU multiplies
 * bytes:
 *
 *   vb                       4 * V_LEN bytes
 *   VB_SIGNED                the left operand of vb_dot is signed
 *   VB_FLIP                  what makes that of an unsigned byte
 *   vb_set1 (x)
 *   vb_set1_4 (p)            the 4 bytes at p, again and again
 *   vb_load (p), vb_store
 *   vb_load_part (p, n)      the first n bytes, 0 behind them
 *   vb_store_part (p, v, n)
 *   vb_store_lanes (p, stride, n, v, width)
 *                            n parts of V_LEN bytes each from the lowest on,
 *                            of which the first width go to p + i * stride
 *   vb_upper_half (v)        in both halves
 *   vb_xor, vb_min, vb_max   unsigned
 *   vb_dot (acc, x, w)       acc[i] + sum of x[4 i + j] * w[4 i + j], j < 4
 *   vw_dot (acc, x, w)       the same of what is prepared: vx by vx_of (bytes),
 *                            vw by vw_at (packed weights), VW_SIZE bytes of
 *                            them; VW_WIDE: they are words
 *   vr_dot (acc, x, w)       the same for a row of a convolution: x by
 *                            vb_set1_4, w by vr_at (VB_LEN bytes of packed
 *                            weights, or half of it where they are narrow);
 *                            VW_WIDE: 4 bytes are two words. VR_VECS vectors
 *                            of w side by side, at most
 *   vb_to_words (p, flip)    VW_WIDE: VB_LEN / 2 bytes, exclusive or flip, as
 *                            words
 *   vb_sign_extend (p)       VW_WIDE: VB_LEN / 2 signed bytes as words
 *   vb_pack (a, b, c, d)     integers saturated to 0..255, in their order
 *   vb_lookup (v, table)     table[v]; the table by vb_pack_table
 *   vb_widen (v, i)          its bytes, unsigned, as 4 vectors of integers
 *   v_copy_sign (v, sign)    v >= 0
 *   v_of_int, v_to_int       floats; to the nearest integer, halves even
 *
 * For depthwise convolution, where VB_HAS_QUADS is defined:
 *
 *   vb_load_pixels (p, n, channels)  1, 2 or 4 pixels side by side
 *   vb_quads (q, r)          q[v], slot 4 L + e: the bytes 16 L + 4 v + e of
 *                            r[0] to r[3]
 *   vb_pack_quads            vb_pack of slots in that order
 *   vi_shr (v, n)            v / 2^n, rounded down
 *
 *   VFactors, vf_load (p)    of a vector of channels, as vf_pack wrote them
 *   vf_requant (v, factors)  mn_requant_up (v, factor) + y's zero point
 *   vf_requant_mixed (v, factors, away)  mn_requant_away where away is -1; also
 *                            only where VB_HAS_QUADS is
 */

#ifndef MN_SIMD_U8_H
#define MN_SIMD_U8_H

#include "engine/cpu/kernels/vectors/simd_i32.h"

#define VB_LEN (4 * V_LEN)

#if defined(MN_SIMD_AVX512)
#include "engine/cpu/kernels/vectors/simd_u8_avx512.h"
#define MN_BYTES(f) f##_avx512vnni
#define MN_BYTES_NAME "avx512vnni"
#elif defined(MN_SIMD_AVX2)
#include "engine/cpu/kernels/vectors/simd_u8_avx2.h"
#ifdef MN_SIMD_VNNI
#define MN_BYTES(f) f##_avxvnni
#define MN_BYTES_NAME "avxvnni"
#else
/* A part of that level, not one of its own. */
#define MN_BYTES(f) f##_avx2bytes
#endif
#elif defined(MN_SIMD_DOTPROD)
#include "engine/cpu/kernels/vectors/simd_u8_neon.h"
#define MN_BYTES(f) f##_neondot
#define MN_BYTES_NAME "neondot"
#endif

#ifndef VW_SIZE

typedef vb vx, vw;

#define VW_WIDE FALSE
#define VW_SIZE VB_LEN

V_INLINE vx
vx_of (vb v)
{
  return v;
}

V_INLINE vw
vw_at (const guint8 *p)
{
  return vb_load (p);
}

V_INLINE vi
vw_dot (vi acc, vx x, vw w)
{
  return vb_dot (acc, x, w);
}

#endif

#if VW_WIDE

#define VR_VECS 2

typedef vb vr;

V_INLINE vr
vr_at (const guint8 *p, const gboolean narrow)
{
  return narrow ? vb_sign_extend (p) : vb_load (p);
}

V_INLINE vi
vr_dot (vi acc, vb x, vr w)
{
  return vi_dot2 (acc, x, w);
}

#else

#define VR_VECS 4

typedef vw vr;

V_INLINE vr
vr_at (const guint8 *p, const gboolean narrow)
{
  return vw_at (p);
}

V_INLINE vi
vr_dot (vi acc, vb x, vr w)
{
  return vw_dot (acc, vx_of (x), w);
}

#endif

#ifndef VB_HAS_TABLES
static inline void
vb_pack_table (guint8 *table)
{
}
#endif

/* The bytes of what is stored. */
typedef struct
{
  const guint8 *table;
  vb lo, hi, flip;
} VStore;

V_INLINE vb
vb_finish (vb v, const VStore *store, const gboolean looks_up)
{
  if (looks_up)
    return vb_lookup (v, store->table);
  return vb_xor (vb_min (vb_max (v, store->lo), store->hi), store->flip);
}

#endif /* MN_SIMD_U8_H */
