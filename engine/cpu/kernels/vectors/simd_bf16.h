/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Activations as bfloat16, on AVX-512 with BF16. A bfloat16 is the upper
 * half of a float, so widening is a shift; the instructions round to the
 * nearest, and take and give zero for what is subnormal. */

typedef guint16 ve;
typedef __m512i vp;

#define V_ELEMENT MN_ELEMENT_BF16
#define V_ELEMENT_NAME "bf16 "

V_INLINE vf
e_widen (__m256i v)
{
  return _mm512_castsi512_ps (_mm512_slli_epi32 (_mm512_cvtepu16_epi32 (v),
      16));
}

V_INLINE vf
e_load (const ve *p)
{
  return e_widen (_mm256_loadu_si256 ((const __m256i *) p));
}

V_INLINE void
e_store (ve *p, vf v)
{
  _mm256_storeu_si256 ((__m256i *) p, (__m256i) _mm512_cvtneps_pbh (v));
}

V_INLINE vf
e_load_part (const ve *p, gsize n)
{
  return e_widen (_mm256_maskz_loadu_epi16 (v_mask (n), p));
}

V_INLINE void
e_store_part (ve *p, vf v, gsize n)
{
  _mm256_mask_storeu_epi16 (p, v_mask (n), (__m256i) _mm512_cvtneps_pbh (v));
}

V_INLINE vf
e_set1 (const ve *p)
{
  return _mm512_castsi512_ps (_mm512_set1_epi32 ((gint) ((guint) *p << 16)));
}

V_INLINE vp
p_load (const gfloat *p)
{
  return _mm512_loadu_si512 (p);
}

V_INLINE vp
p_set1 (const ve *p)
{
  gint pair;

  memcpy (&pair, p, sizeof (pair));
  return _mm512_set1_epi32 (pair);
}

V_INLINE vp
p_first (const ve *p)
{
  return _mm512_set1_epi32 (*p);
}

V_INLINE vp
p_second (const ve *p)
{
  return _mm512_set1_epi32 ((gint) ((guint) *p << 16));
}

V_INLINE vp
p_zip_n (const ve *p, const ve *q, gsize n)
{
  const __m512i order = _mm512_set_epi16 (31, 15, 30, 14, 29, 13, 28, 12, 27,
      11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1,
      16, 0);
  __m256i a = _mm256_maskz_loadu_epi16 (v_mask (n), p);
  __m256i b = _mm256_maskz_loadu_epi16 (v_mask (n), q);

  return _mm512_permutexvar_epi16 (order,
      _mm512_inserti64x4 (_mm512_castsi256_si512 (a), b, 1));
}

V_INLINE vp
p_low_n (const ve *p, gsize n)
{
  return _mm512_cvtepu16_epi32 (_mm256_maskz_loadu_epi16 (v_mask (n), p));
}

/* Elements of two vectors, n of them. */
V_INLINE __m512i
e_load2_n (const ve *p, gsize n)
{
  return _mm512_maskz_loadu_epi16 ((__mmask32) ((1ull << n) - 1), p);
}

V_INLINE void
e_store2_n (ve *p, vf low, vf high, gsize n)
{
  _mm512_mask_storeu_epi16 (p, (__mmask32) ((1ull << n) - 1),
      (__m512i) _mm512_cvtne2ps_pbh (high, low));
}

V_INLINE void
p_zip2_n (const ve *p, const ve *q, gsize n, vp *out)
{
  const __m512i low = _mm512_set_epi16 (47, 15, 46, 14, 45, 13, 44, 12, 43, 11,
      42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32,
      0);
  const __m512i high = _mm512_add_epi16 (low, _mm512_set1_epi16 (16));
  __m512i a = e_load2_n (p, n);
  __m512i b = q ? e_load2_n (q, n) : _mm512_setzero_si512 ();

  out[0] = _mm512_permutex2var_epi16 (a, low, b);
  out[1] = _mm512_permutex2var_epi16 (a, high, b);
}

V_INLINE vf
p_dot (vf acc, vp x, vp w)
{
  return _mm512_dpbf16_ps (acc, (__m512bh) x, (__m512bh) w);
}
