/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* AVX2 with FMA. */

#include <immintrin.h>

typedef __m256 vf;

#define V_LEN 8
#define V_REGS 16

/* The first n of a vector, n in 0 .. V_LEN. From memory, since a compiler keeps
 * what it would be compared with in a register that a loop needs. */
V_INLINE __m256i
v_mask (gsize n)
{
  static const gint32 window[2 * V_LEN] = {-1, -1, -1, -1, -1, -1, -1, -1};

  return _mm256_loadu_si256 ((const __m256i *) (window + V_LEN - n));
}

V_INLINE vf
v_load (const gfloat *p)
{
  return _mm256_loadu_ps (p);
}

V_INLINE void
v_store (gfloat *p, vf v)
{
  _mm256_storeu_ps (p, v);
}

V_INLINE vf
v_load_part (const gfloat *p, gsize n)
{
  return _mm256_maskload_ps (p, v_mask (n));
}

V_INLINE void
v_store_part (gfloat *p, vf v, gsize n)
{
  _mm256_maskstore_ps (p, v_mask (n), v);
}

V_INLINE vf
v_set1 (gfloat x)
{
  return _mm256_set1_ps (x);
}

V_INLINE vf
v_add (vf a, vf b)
{
  return _mm256_add_ps (a, b);
}

V_INLINE vf
v_sub (vf a, vf b)
{
  return _mm256_sub_ps (a, b);
}

V_INLINE vf
v_mul (vf a, vf b)
{
  return _mm256_mul_ps (a, b);
}

V_INLINE vf
v_div (vf a, vf b)
{
  return _mm256_div_ps (a, b);
}

V_INLINE vf
v_fma (vf a, vf b, vf c)
{
  return _mm256_fmadd_ps (a, b, c);
}

V_INLINE vf
v_min (vf a, vf b)
{
  return _mm256_min_ps (a, b);
}

V_INLINE vf
v_max (vf a, vf b)
{
  return _mm256_max_ps (a, b);
}

V_INLINE vf
v_round (vf v)
{
  return _mm256_round_ps (v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

V_INLINE vf
v_pow2 (vf v)
{
  __m256i n = _mm256_cvtps_epi32 (v);

  n = _mm256_slli_epi32 (_mm256_add_epi32 (n, _mm256_set1_epi32 (127)), 23);
  return _mm256_castsi256_ps (n);
}

V_INLINE gfloat
v_sum (vf v)
{
  __m128 s = _mm_add_ps (_mm256_castps256_ps128 (v),
      _mm256_extractf128_ps (v, 1));

  s = _mm_add_ps (s, _mm_movehl_ps (s, s));
  return _mm_cvtss_f32 (_mm_add_ss (s, _mm_movehdup_ps (s)));
}

V_INLINE gfloat
v_top (vf v)
{
  __m128 s = _mm_max_ps (_mm256_castps256_ps128 (v),
      _mm256_extractf128_ps (v, 1));

  s = _mm_max_ps (s, _mm_movehl_ps (s, s));
  return _mm_cvtss_f32 (_mm_max_ss (s, _mm_movehdup_ps (s)));
}
