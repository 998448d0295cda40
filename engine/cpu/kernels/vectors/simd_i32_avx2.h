/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Integers of AVX2. */

typedef __m256i vi;

V_INLINE vi
vi_load (const gint32 *p)
{
  return _mm256_loadu_si256 ((const __m256i *) p);
}

V_INLINE vi
vi_load_bytes (const guint8 *p)
{
  return _mm256_cvtepu8_epi32 (_mm_loadl_epi64 ((const __m128i *) p));
}

V_INLINE vi
vi_load_words (const gint16 *p)
{
  return _mm256_cvtepu16_epi32 (_mm_loadu_si128 ((const __m128i *) p));
}

V_INLINE vi
vi_load_pairs (const gint16 *p)
{
  return _mm256_loadu_si256 ((const __m256i *) p);
}

V_INLINE void
vi_store_bytes (guint8 *p, vi v)
{
  __m128i low, high;

  v = _mm256_and_si256 (v, _mm256_set1_epi32 (0xff));
  low = _mm256_castsi256_si128 (v);
  high = _mm256_extracti128_si256 (v, 1);
  low = _mm_packus_epi32 (low, high);
  _mm_storel_epi64 ((__m128i *) p, _mm_packus_epi16 (low, low));
}

V_INLINE vi
vi_set1 (gint32 x)
{
  return _mm256_set1_epi32 (x);
}

V_INLINE vi
vi_add (vi a, vi b)
{
  return _mm256_add_epi32 (a, b);
}

V_INLINE vi
vi_sub (vi a, vi b)
{
  return _mm256_sub_epi32 (a, b);
}

V_INLINE vi
vi_mul (vi a, vi b)
{
  return _mm256_mullo_epi32 (a, b);
}

V_INLINE vi
vi_xor (vi a, vi b)
{
  return _mm256_xor_si256 (a, b);
}

V_INLINE vi
vi_min (vi a, vi b)
{
  return _mm256_min_epi32 (a, b);
}

V_INLINE vi
vi_max (vi a, vi b)
{
  return _mm256_max_epi32 (a, b);
}

V_INLINE vi
vi_dot2 (vi acc, vi x, vi w)
{
  return _mm256_add_epi32 (acc, _mm256_madd_epi16 (x, w));
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
  return _mm256_sllv_epi32 (v, n);
}

V_INLINE vi
vi_high (vi a, vi b)
{
  vi half = _mm256_set1_epi64x (1 << 30);
  vi even = _mm256_add_epi64 (_mm256_mul_epi32 (a, b), half);
  vi odd = _mm256_add_epi64 (_mm256_mul_epi32 (_mm256_srli_epi64 (a, 32),
                                 _mm256_srli_epi64 (b, 32)),
      half);

  return _mm256_blend_epi32 (_mm256_srli_epi64 (even, 31),
      _mm256_slli_epi64 (odd, 1), 0xaa);
}

/* The last bit shifted out; a count of -1 gives 0. */
V_INLINE vi
vi_round_up (vi v, vi n)
{
  vi one = _mm256_set1_epi32 (1);
  vi bit = _mm256_srlv_epi32 (v, _mm256_sub_epi32 (n, one));

  return _mm256_add_epi32 (_mm256_srav_epi32 (v, n),
      _mm256_and_si256 (bit, one));
}

V_INLINE vi
vi_round_away (vi v, vi n)
{
  vi any = _mm256_cmpgt_epi32 (n, _mm256_setzero_si256 ());
  vi sign = _mm256_and_si256 (_mm256_srai_epi32 (v, 31), any);

  return vi_round_up (_mm256_add_epi32 (v, sign), n);
}
