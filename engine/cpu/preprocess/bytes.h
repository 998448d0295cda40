/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Added to the vectors of engine/cpu/kernels/vectors/simd.h:
 *
 *   v_load_bytes    V_LEN bytes as floats, any alignment
 *   v_load_words    V_LEN words of 16 bits, the same
 *   v_load_swapped  words with their bytes in the order of other machines
 */

#ifndef MN_BYTES_H
#define MN_BYTES_H

#include "engine/cpu/kernels/vectors/simd.h"

#if defined(MN_SIMD_AVX512)

V_INLINE vf
v_load_bytes (const guint8 *p)
{
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) p);

  return _mm512_cvtepi32_ps (_mm512_cvtepu8_epi32 (bytes));
}

V_INLINE vf
v_load_words (const guint8 *p)
{
  __m256i words = _mm256_loadu_si256 ((const __m256i *) p);

  return _mm512_cvtepi32_ps (_mm512_cvtepu16_epi32 (words));
}

V_INLINE vf
v_load_swapped (const guint8 *p)
{
  __m256i words = _mm256_loadu_si256 ((const __m256i *) p);

  words = _mm256_or_si256 (_mm256_slli_epi16 (words, 8),
      _mm256_srli_epi16 (words, 8));
  return _mm512_cvtepi32_ps (_mm512_cvtepu16_epi32 (words));
}

#elif defined(MN_SIMD_AVX2)

V_INLINE vf
v_load_bytes (const guint8 *p)
{
  __m128i bytes = _mm_loadl_epi64 ((const __m128i *) p);

  return _mm256_cvtepi32_ps (_mm256_cvtepu8_epi32 (bytes));
}

V_INLINE vf
v_load_words (const guint8 *p)
{
  __m128i words = _mm_loadu_si128 ((const __m128i *) p);

  return _mm256_cvtepi32_ps (_mm256_cvtepu16_epi32 (words));
}

V_INLINE vf
v_load_swapped (const guint8 *p)
{
  __m128i words = _mm_loadu_si128 ((const __m128i *) p);

  words = _mm_or_si128 (_mm_slli_epi16 (words, 8), _mm_srli_epi16 (words, 8));
  return _mm256_cvtepi32_ps (_mm256_cvtepu16_epi32 (words));
}

#elif defined(MN_SIMD_NEON)

V_INLINE vf
v_load_bytes (const guint8 *p)
{
  guint32 bytes;
  uint16x8_t wide;

  memcpy (&bytes, p, sizeof (bytes));
  wide = vmovl_u8 (vcreate_u8 (bytes));
  return vcvtq_f32_u32 (vmovl_u16 (vget_low_u16 (wide)));
}

V_INLINE vf
v_load_words (const guint8 *p)
{
  uint16x4_t words = vreinterpret_u16_u8 (vld1_u8 (p));

  return vcvtq_f32_u32 (vmovl_u16 (words));
}

V_INLINE vf
v_load_swapped (const guint8 *p)
{
  uint16x4_t words = vreinterpret_u16_u8 (vrev16_u8 (vld1_u8 (p)));

  return vcvtq_f32_u32 (vmovl_u16 (words));
}

#elif defined(__SSE2__)

#include <emmintrin.h>

V_INLINE vf
v_load_bytes (const guint8 *p)
{
  __m128i zero = _mm_setzero_si128 (), v;
  gint32 bytes;

  memcpy (&bytes, p, sizeof (bytes));
  v = _mm_unpacklo_epi8 (_mm_cvtsi32_si128 (bytes), zero);
  return (vf) _mm_cvtepi32_ps (_mm_unpacklo_epi16 (v, zero));
}

V_INLINE vf
v_load_words (const guint8 *p)
{
  __m128i words = _mm_loadl_epi64 ((const __m128i *) p);

  return (vf) _mm_cvtepi32_ps (_mm_unpacklo_epi16 (words,
      _mm_setzero_si128 ()));
}

V_INLINE vf
v_load_swapped (const guint8 *p)
{
  __m128i words = _mm_loadl_epi64 ((const __m128i *) p);

  words = _mm_or_si128 (_mm_slli_epi16 (words, 8), _mm_srli_epi16 (words, 8));
  return (vf) _mm_cvtepi32_ps (_mm_unpacklo_epi16 (words,
      _mm_setzero_si128 ()));
}

#else

V_INLINE vf
v_load_bytes (const guint8 *p)
{
  return (vf) {p[0], p[1], p[2], p[3]};
}

V_INLINE vf
v_load_words (const guint8 *p)
{
  guint16 w[4];

  memcpy (w, p, sizeof (w));
  return (vf) {w[0], w[1], w[2], w[3]};
}

V_INLINE vf
v_load_swapped (const guint8 *p)
{
  guint16 w[4];

  memcpy (w, p, sizeof (w));
  return (vf) {GUINT16_SWAP_LE_BE (w[0]), GUINT16_SWAP_LE_BE (w[1]),
    GUINT16_SWAP_LE_BE (w[2]), GUINT16_SWAP_LE_BE (w[3])};
}

#endif

#endif /* MN_BYTES_H */
