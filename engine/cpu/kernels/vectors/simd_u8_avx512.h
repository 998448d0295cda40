/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes of AVX-512 with VNNI and VBMI. */

typedef __m512i vb;

#define VB_SIGNED FALSE
#define VB_FLIP 0
#define VB_HAS_QUADS

/* A product of 64 bits plus addend, shifted right by shift, is the result
 * with y's zero point: both roundings of the factor are in the addend. Even
 * channels and odd ones. */
typedef struct
{
  vi multiplier[2], addend[2], shift[2];
} VFactors;

V_INLINE vb
vb_set1 (guint8 x)
{
  return _mm512_set1_epi8 (x);
}

V_INLINE vb
vb_set1_4 (const guint8 *p)
{
  gint32 four;

  memcpy (&four, p, sizeof (four));
  return _mm512_set1_epi32 (four);
}

V_INLINE __mmask64
vb_mask (gsize n)
{
  return n >= 64 ? ~0ull : (1ull << n) - 1;
}

V_INLINE vb
vb_load (const guint8 *p)
{
  return _mm512_loadu_si512 (p);
}

V_INLINE vb
vb_load_part (const guint8 *p, gsize n)
{
  return _mm512_maskz_loadu_epi8 (vb_mask (n), p);
}

V_INLINE void
vb_store (guint8 *p, vb v)
{
  _mm512_storeu_si512 (p, v);
}

V_INLINE void
vb_store_part (guint8 *p, vb v, gsize n)
{
  _mm512_mask_storeu_epi8 (p, vb_mask (n), v);
}

V_INLINE void
vb_store_lane (guint8 *p, __m128i v, gsize width)
{
  if (width == 16)
    _mm_storeu_si128 ((__m128i *) p, v);
  else
    _mm_mask_storeu_epi8 (p, (__mmask16) ((1u << width) - 1), v);
}

V_INLINE void
vb_store_lanes (guint8 *p, gsize stride, gsize n, vb v, gsize width)
{
  vb_store_lane (p, _mm512_castsi512_si128 (v), width);
  if (n > 1)
    vb_store_lane (p + stride, _mm512_extracti32x4_epi32 (v, 1), width);
  if (n > 2)
    vb_store_lane (p + 2 * stride, _mm512_extracti32x4_epi32 (v, 2), width);
  if (n > 3)
    vb_store_lane (p + 3 * stride, _mm512_extracti32x4_epi32 (v, 3), width);
}

V_INLINE vb
vb_upper_half (vb v)
{
  return _mm512_shuffle_i64x2 (v, v, 0xee);
}

V_INLINE vb
vb_load_pixels (const guint8 *const *p, const gsize pixels, gsize channels)
{
  if (pixels == 1)
    return vb_load_part (p[0], channels);
  if (pixels == 2) {
    __mmask32 mask = (__mmask32) vb_mask (channels);

    return _mm512_inserti64x4 (
        _mm512_castsi256_si512 (_mm256_maskz_loadu_epi8 (mask, p[0])),
        _mm256_maskz_loadu_epi8 (mask, p[1]), 1);
  } else {
    __mmask16 mask = (__mmask16) vb_mask (channels);
    __m256i low =
        _mm256_inserti32x4 (_mm256_castsi128_si256 (_mm_maskz_loadu_epi8 (mask,
                                p[0])),
            _mm_maskz_loadu_epi8 (mask, p[1]), 1);
    __m256i high =
        _mm256_inserti32x4 (_mm256_castsi128_si256 (_mm_maskz_loadu_epi8 (mask,
                                p[2])),
            _mm_maskz_loadu_epi8 (mask, p[3]), 1);

    return _mm512_inserti64x4 (_mm512_castsi256_si512 (low), high, 1);
  }
}

V_INLINE void
vb_quads (vb q[4], const vb r[4])
{
  vb low01 = _mm512_unpacklo_epi8 (r[0], r[1]);
  vb high01 = _mm512_unpackhi_epi8 (r[0], r[1]);
  vb low23 = _mm512_unpacklo_epi8 (r[2], r[3]);
  vb high23 = _mm512_unpackhi_epi8 (r[2], r[3]);

  q[0] = _mm512_unpacklo_epi16 (low01, low23);
  q[1] = _mm512_unpackhi_epi16 (low01, low23);
  q[2] = _mm512_unpacklo_epi16 (high01, high23);
  q[3] = _mm512_unpackhi_epi16 (high01, high23);
}

V_INLINE vb
vb_xor (vb a, vb b)
{
  return _mm512_xor_si512 (a, b);
}

V_INLINE vb
vb_min (vb a, vb b)
{
  return _mm512_min_epu8 (a, b);
}

V_INLINE vb
vb_max (vb a, vb b)
{
  return _mm512_max_epu8 (a, b);
}

/* In place: compilers copy and spill the accumulators of the intrinsic. */
V_INLINE vi
vb_dot (vi acc, vb x, vb w)
{
  __asm__ ("vpdpbusd\t{%2, %1, %0|%0, %1, %2}" : "+v"(acc) : "v"(x), "vm"(w));
  return acc;
}

V_INLINE vb
vb_pack_quads (vi a, vi b, vi c, vi d)
{
  return _mm512_packus_epi16 (_mm512_packs_epi32 (a, b),
      _mm512_packs_epi32 (c, d));
}

V_INLINE vb
vb_pack (vi a, vi b, vi c, vi d)
{
  const vi order = _mm512_setr_epi32 (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3,
      7, 11, 15);

  return _mm512_permutexvar_epi32 (order, vb_pack_quads (a, b, c, d));
}

V_INLINE vb
vb_lookup (vb v, const guint8 *table)
{
  vb lower = _mm512_permutex2var_epi8 (vb_load (table), v,
      vb_load (table + 64));
  vb upper = _mm512_permutex2var_epi8 (vb_load (table + 128), v,
      vb_load (table + 192));

  return _mm512_mask_blend_epi8 (_mm512_movepi8_mask (v), lower, upper);
}

V_INLINE void
vb_widen (vb bytes, vi v[4])
{
  v[0] = _mm512_cvtepu8_epi32 (_mm512_castsi512_si128 (bytes));
  v[1] = _mm512_cvtepu8_epi32 (_mm512_extracti32x4_epi32 (bytes, 1));
  v[2] = _mm512_cvtepu8_epi32 (_mm512_extracti32x4_epi32 (bytes, 2));
  v[3] = _mm512_cvtepu8_epi32 (_mm512_extracti32x4_epi32 (bytes, 3));
}

V_INLINE vf
v_copy_sign (vf v, vf sign)
{
  return _mm512_castsi512_ps (
      _mm512_ternarylogic_epi32 (_mm512_castps_si512 (v),
          _mm512_castps_si512 (sign), _mm512_set1_epi32 (G_MININT32), 0xf8));
}

V_INLINE vf
v_of_int (vi v)
{
  return _mm512_cvtepi32_ps (v);
}

V_INLINE vi
v_to_int (vf v)
{
  return _mm512_cvtps_epi32 (v);
}

V_INLINE vi
vi_shr (vi v, vi n)
{
  return _mm512_srav_epi32 (v, n);
}

V_INLINE VFactors
vf_load (const guint8 *p)
{
  return (VFactors) {{vb_load (p), vb_load (p + 64)},
    {vb_load (p + 128), vb_load (p + 192)},
    {vb_load (p + 256), vb_load (p + 320)}};
}

#define VF_SIZE 384

static inline void
vf_pack (const MnFactor *factors, gint32 y_zero, guint8 *out)
{
  gint i;

  for (i = 0; i < V_LEN; i++) {
    MnFactor f = factors[i];
    gint64 shift = 31 - f.shift, multiplier = f.multiplier;
    gint64 addend = ((gint64) 1 << (shift - 1))
        + (f.shift < 0 ? (gint64) 1 << 30 : 0) + ((gint64) y_zero << shift);
    guint8 *half = out + 64 * (i % 2) + 8 * (i / 2);

    memcpy (half, &multiplier, 8);
    memcpy (half + 128, &addend, 8);
    memcpy (half + 256, &shift, 8);
  }
}

V_INLINE vi
vf_requant (vi v, const VFactors *f)
{
  vi even = _mm512_mul_epi32 (v, f->multiplier[0]);
  vi odd = _mm512_mul_epi32 (_mm512_srli_epi64 (v, 32), f->multiplier[1]);

  even = _mm512_srav_epi64 (_mm512_add_epi64 (even, f->addend[0]), f->shift[0]);
  odd = _mm512_srav_epi64 (_mm512_add_epi64 (odd, f->addend[1]), f->shift[1]);
  return _mm512_mask_shuffle_epi32 (even, 0xaaaa, odd, 0x80);
}

/* What is below zero goes a step of the first rounding further down. */
V_INLINE vi
vf_requant_mixed (vi v, const VFactors *f, vi away)
{
  const vi step = vi_set1 (G_MININT32);
  vi less = _mm512_srai_epi32 (_mm512_and_si512 (v, away), 31);
  vi even = _mm512_mul_epi32 (v, f->multiplier[0]);
  vi odd = _mm512_mul_epi32 (_mm512_srli_epi64 (v, 32), f->multiplier[1]);

  even = _mm512_sub_epi64 (even, _mm512_mul_epi32 (less, step));
  odd = _mm512_sub_epi64 (odd,
      _mm512_mul_epi32 (_mm512_srli_epi64 (less, 32), step));
  even = _mm512_srav_epi64 (_mm512_add_epi64 (even, f->addend[0]), f->shift[0]);
  odd = _mm512_srav_epi64 (_mm512_add_epi64 (odd, f->addend[1]), f->shift[1]);
  return _mm512_mask_shuffle_epi32 (even, 0xaaaa, odd, 0x80);
}
