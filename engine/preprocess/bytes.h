/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Added to the vectors of engine/cpu/simd.h:
 *
 *   v_load_bytes    V_LEN bytes as floats, any alignment
 */

#ifndef MN_BYTES_H
#define MN_BYTES_H

#include "engine/cpu/simd.h"

#if defined (MN_SIMD_AVX512)

V_INLINE vf
v_load_bytes (const guint8 * p)
{
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) p);

  return _mm512_cvtepi32_ps (_mm512_cvtepu8_epi32 (bytes));
}

#elif defined (MN_SIMD_AVX2)

V_INLINE vf
v_load_bytes (const guint8 * p)
{
  __m128i bytes = _mm_loadl_epi64 ((const __m128i *) p);

  return _mm256_cvtepi32_ps (_mm256_cvtepu8_epi32 (bytes));
}

#elif defined (MN_SIMD_NEON)

V_INLINE vf
v_load_bytes (const guint8 * p)
{
  guint32 bytes;
  uint16x8_t wide;

  memcpy (&bytes, p, sizeof (bytes));
  wide = vmovl_u8 (vcreate_u8 (bytes));
  return vcvtq_f32_u32 (vmovl_u16 (vget_low_u16 (wide)));
}

#elif defined (__SSE2__)

#include <emmintrin.h>

V_INLINE vf
v_load_bytes (const guint8 * p)
{
  __m128i zero = _mm_setzero_si128 (), v;
  gint32 bytes;

  memcpy (&bytes, p, sizeof (bytes));
  v = _mm_unpacklo_epi8 (_mm_cvtsi32_si128 (bytes), zero);
  return (vf) _mm_cvtepi32_ps (_mm_unpacklo_epi16 (v, zero));
}

#else

V_INLINE vf
v_load_bytes (const guint8 * p)
{
  return (vf) {
  p[0], p[1], p[2], p[3]};
}

#endif

#endif /* MN_BYTES_H */
