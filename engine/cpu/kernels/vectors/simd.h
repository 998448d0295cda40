/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The vectors that the kernels are written in; which ones, the build says
 * with MN_SIMD_*, once for each instruction set.
 *
 *   vf                    V_LEN floats
 *   V_REGS                vector registers of the machine
 *   v_load, v_store       any alignment of a float
 *   v_load_part (p, n)    the first n elements, 0 behind them; n <= V_LEN
 *   v_store_part (p, v, n)
 *   v_set1, v_add, v_sub, v_mul, v_div
 *   v_fma (a, b, c)       a * b + c
 *   v_min, v_max (a, b)   when b is a NaN, b
 *   v_round               to the nearest integer; |v| < 2^22
 *   v_pow2                2^v for integral v in -126..127
 *   v_sum, v_top          over the elements: their sum, the largest
 *
 * Activations are stored as `ve`: floats, or something narrower that is
 * widened and rounded on the way.
 *
 *   e_load, e_store, e_load_part, e_store_part   as their v_ twins
 *   e_set1 (p)            *p in all elements
 *
 * Where V_PAIRS is defined, an element and its neighbour can be multiplied
 * and added at once:
 *
 *   vp                    V_LEN pairs of elements
 *   p_load (p)            packed weights (MN_PACK_PAIRS, MN_PACK_RUN_PAIRS)
 *   p_set1 (p)            (p[0], p[1]) in all pairs
 *   p_first, p_second (p) (p[0], 0) and (0, p[0])
 *   p_zip_n (p, q, n)     pair i is (p[i], q[i]); zeros from n on
 *   p_low_n (p, n)        pair i is (p[i], 0)
 *   p_zip2_n (p, q, n, x) p_zip_n of two vectors; q: NULL for zeros
 *   e_store2_n (p, v, w, n)   two vectors
 *   p_dot (acc, x, w)     acc + x.first * w.first + x.second * w.second
 *
 * Where V_HALVES is defined, elements are float16 and can be multiplied as
 * they are, in pairs as above (MN_PACK_HALF_PAIRS), with
 *
 *   p_zero ()             zeros
 *   p_fma (a, b, c)       a * b + c
 *   p_sum (v)             the sums of pairs, as floats
 *
 * besides p_load, p_set1, p_first and p_second.
 */

#ifndef MN_SIMD_H
#define MN_SIMD_H

#include <glib.h>
#include <math.h>
#include <string.h>

#define V_INLINE static inline __attribute__ ((always_inline, unused))

/* Keeps a vector in its register: left alone, compilers load it again for each
 * use, and loads are what is short. */
#if defined(MN_SIMD_AVX512) || defined(MN_SIMD_AVX2)
#define V_KEEP(v) __asm__ ("" : "+v"(v))
#elif defined(MN_SIMD_NEON)
#define V_KEEP(v) __asm__ ("" : "+w"(v))
#else
#define V_KEEP(v) (void) (v)
#endif

/* Keeps a pointer in a register of its own instead of working it out. */
#define V_KEEP_POINTER(p) __asm__ ("" : "+r"(p))

/* Loops over registers: the count is a constant where they are used. */
#define V_UNROLL _Pragma ("GCC unroll 32")

#if defined(MN_SIMD_AVX512) && defined(MN_SIMD_AMX)
#include "engine/cpu/kernels/vectors/simd_avx512.h"
#include "engine/cpu/kernels/vectors/simd_bf16.h"
#define MN_SIMD_NAME "amxbf16"
#define MN_SIMD(f) f##_amxbf16
#elif defined(MN_SIMD_AVX512) && defined(MN_SIMD_NARROW)
#include "engine/cpu/kernels/vectors/simd_avx512.h"
#include "engine/cpu/kernels/vectors/simd_bf16.h"
#define V_PAIRS
#define MN_SIMD_NAME "avx512bf16"
#define MN_SIMD(f) f##_avx512bf16
#elif defined(MN_SIMD_AVX512)
#include "engine/cpu/kernels/vectors/simd_avx512.h"
#define MN_SIMD_NAME "avx512"
#define MN_SIMD(f) f##_avx512
#elif defined(MN_SIMD_AVX2)
#include "engine/cpu/kernels/vectors/simd_avx2.h"
#define MN_SIMD_NAME "avx2"
#define MN_SIMD(f) f##_avx2
#elif defined(MN_SIMD_NEON) && defined(MN_SIMD_NARROW)
#include "engine/cpu/kernels/vectors/simd_neon.h"
#include "engine/cpu/kernels/vectors/simd_f16.h"
#define MN_SIMD_NAME "neonfp16"
#define MN_SIMD(f) f##_neonfp16
#elif defined(MN_SIMD_NEON)
#include "engine/cpu/kernels/vectors/simd_neon.h"
#define MN_SIMD_NAME "neon"
#define MN_SIMD(f) f##_neon
#else
#include "engine/cpu/kernels/vectors/simd_scalar.h"
#define MN_SIMD_NAME "scalar"
#define MN_SIMD(f) f##_scalar
#endif

#ifndef V_ELEMENT
/* Stored as floats. (An MnElement, for who fills the table.) */
#define V_ELEMENT MN_ELEMENT_F32
#define V_ELEMENT_NAME ""
#define e_load v_load
#define e_store v_store
#define e_load_part v_load_part
#define e_store_part v_store_part
#define e_set1(p) v_set1 (*(p))
typedef gfloat ve;
#endif

V_INLINE vf
v_zero (void)
{
  return v_set1 (0);
}

V_INLINE vf
v_clamp (vf x, vf lo, vf hi)
{
  return v_min (hi, v_max (lo, x));
}

/* n a constant V_LEN where it can be. */
V_INLINE vf
v_load_n (const gfloat *p, gsize n)
{
  return n == V_LEN ? v_load (p) : v_load_part (p, n);
}

V_INLINE void
v_store_n (gfloat *p, vf v, gsize n)
{
  if (n == V_LEN)
    v_store (p, v);
  else
    v_store_part (p, v, n);
}

V_INLINE vf
e_load_n (const ve *p, gsize n)
{
  return n == V_LEN ? e_load (p) : e_load_part (p, n);
}

V_INLINE void
e_store_n (ve *p, vf v, gsize n)
{
  if (n == V_LEN)
    e_store (p, v);
  else
    e_store_part (p, v, n);
}

/* e^x, relative error below 2e-7; 0 and infinity are not reached. The
 * reduction by parts of ln 2 is Cody and Waite's, the polynomial the Taylor
 * series to x^6 / 720 on |x| <= ln 2 / 2. */
V_INLINE vf
v_exp (vf x)
{
  vf n, r, p;

  x = v_clamp (x, v_set1 (-87.0f), v_set1 (88.0f));
  n = v_round (v_mul (x, v_set1 (1.44269504f)));
  r = v_fma (n, v_set1 (-0.693359375f), x);
  r = v_fma (n, v_set1 (2.12194440e-4f), r);
  p = v_set1 (1.0f / 720);
  p = v_fma (p, r, v_set1 (1.0f / 120));
  p = v_fma (p, r, v_set1 (1.0f / 24));
  p = v_fma (p, r, v_set1 (1.0f / 6));
  p = v_fma (p, r, v_set1 (0.5f));
  p = v_fma (p, r, v_set1 (1));
  p = v_fma (p, r, v_set1 (1));
  return v_mul (p, v_pow2 (n));
}

V_INLINE vf
v_hard_sigmoid (vf x)
{
  return v_clamp (v_fma (x, v_set1 (1.0f / 6), v_set1 (0.5f)), v_zero (),
      v_set1 (1));
}

V_INLINE vf
v_sigmoid (vf x)
{
  vf one = v_set1 (1);

  return v_div (one, v_add (one, v_exp (v_sub (v_zero (), x))));
}

#endif /* MN_SIMD_H */
