/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Integers of AVX-512: F, BW, DQ and VL. */

typedef __m512i vi;

#define VI_HAS_PARTS

V_INLINE vi
vi_load (const gint32 *p)
{
  return _mm512_loadu_si512 (p);
}

V_INLINE vi
vi_load_bytes (const guint8 *p)
{
  return _mm512_cvtepu8_epi32 (_mm_loadu_si128 ((const __m128i *) p));
}

V_INLINE vi
vi_load_bytes_part (const guint8 *p, gsize n)
{
  return _mm512_cvtepu8_epi32 (_mm_maskz_loadu_epi8 ((1u << n) - 1, p));
}

V_INLINE vi
vi_load_words (const gint16 *p)
{
  return _mm512_cvtepu16_epi32 (_mm256_loadu_si256 ((const __m256i *) p));
}

V_INLINE vi
vi_load_pairs (const gint16 *p)
{
  return _mm512_loadu_si512 (p);
}

V_INLINE void
vi_store_bytes (guint8 *p, vi v)
{
  _mm_storeu_si128 ((__m128i *) p, _mm512_cvtepi32_epi8 (v));
}

V_INLINE void
vi_store_bytes_part (guint8 *p, vi v, gsize n)
{
  _mm_mask_storeu_epi8 (p, (1u << n) - 1, _mm512_cvtepi32_epi8 (v));
}

V_INLINE vi
vi_set1 (gint32 x)
{
  return _mm512_set1_epi32 (x);
}

V_INLINE vi
vi_add (vi a, vi b)
{
  return _mm512_add_epi32 (a, b);
}

V_INLINE vi
vi_sub (vi a, vi b)
{
  return _mm512_sub_epi32 (a, b);
}

V_INLINE vi
vi_mul (vi a, vi b)
{
  return _mm512_mullo_epi32 (a, b);
}

V_INLINE vi
vi_xor (vi a, vi b)
{
  return _mm512_xor_si512 (a, b);
}

V_INLINE vi
vi_min (vi a, vi b)
{
  return _mm512_min_epi32 (a, b);
}

V_INLINE vi
vi_max (vi a, vi b)
{
  return _mm512_max_epi32 (a, b);
}

V_INLINE vi
vi_dot2 (vi acc, vi x, vi w)
{
#ifdef MN_SIMD_VNNI
  return _mm512_dpwssd_epi32 (acc, x, w);
#else
  return _mm512_add_epi32 (acc, _mm512_madd_epi16 (x, w));
#endif
}

/* The upper halves of w are 0. */
V_INLINE vi
vi_dot (vi acc, vi x, vi w)
{
  return vi_dot2 (acc, x, w);
}

V_INLINE vi
vi_shl (vi v, vi n)
{
  return _mm512_sllv_epi32 (v, n);
}

V_INLINE vi
vi_high (vi a, vi b)
{
  vi half = _mm512_set1_epi64 (1 << 30);
  vi even = _mm512_add_epi64 (_mm512_mul_epi32 (a, b), half);
  vi odd = _mm512_add_epi64 (_mm512_mul_epi32 (_mm512_srli_epi64 (a, 32),
                                 _mm512_srli_epi64 (b, 32)),
      half);

  return _mm512_mask_blend_epi32 (0xaaaa, _mm512_srli_epi64 (even, 31),
      _mm512_slli_epi64 (odd, 1));
}

/* The last bit shifted out; a count of -1 gives 0. */
V_INLINE vi
vi_round_up (vi v, vi n)
{
  vi one = _mm512_set1_epi32 (1);
  vi bit = _mm512_srlv_epi32 (v, _mm512_sub_epi32 (n, one));

  return _mm512_add_epi32 (_mm512_srav_epi32 (v, n),
      _mm512_and_si512 (bit, one));
}

V_INLINE vi
vi_round_away (vi v, vi n)
{
  __mmask16 any = _mm512_test_epi32_mask (n, n);
  vi sign = _mm512_maskz_srai_epi32 (any, v, 31);

  return vi_round_up (_mm512_add_epi32 (v, sign), n);
}
