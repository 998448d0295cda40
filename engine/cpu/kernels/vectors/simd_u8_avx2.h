/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes of AVX2, with VNNI's product of 256 bits (AVX-VNNI) or without: then
 * bytes are split into words of 16 bits, whose products cannot overflow. */

typedef __m256i vb;

#define VB_SIGNED FALSE
#define VB_FLIP 0
#define VB_HAS_QUADS

#define VF_SIZE (7 * 32)

V_INLINE vb
vb_set1 (guint8 x)
{
  return _mm256_set1_epi8 (x);
}

V_INLINE vb
vb_set1_4 (const guint8 *p)
{
  gint32 four;

  memcpy (&four, p, sizeof (four));
  return _mm256_set1_epi32 (four);
}

V_INLINE vb
vb_load (const guint8 *p)
{
  return _mm256_loadu_si256 ((const __m256i *) p);
}

V_INLINE void
vb_store (guint8 *p, vb v)
{
  _mm256_storeu_si256 ((__m256i *) p, v);
}

/* Parts of vectors: not inline, since the kernels have so many of them. */
static __attribute__ ((noinline, unused)) vb
vb_load_some (const guint8 *p, gsize n)
{
  guint8 all[32] = {
    0,
  };

  memcpy (all, p, n);
  return vb_load (all);
}

static __attribute__ ((noinline, unused)) void
vb_store_some (guint8 *p, vb v, gsize n)
{
  guint8 all[32];

  vb_store (all, v);
  memcpy (p, all, n);
}

V_INLINE vb
vb_load_part (const guint8 *p, gsize n)
{
  static const gint32 mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

  if (n >= 32)
    return vb_load (p);
  if (n % 4 == 0)
    return _mm256_maskload_epi32 ((const gint32 *) p,
        vb_load ((const guint8 *) (mask + 8 - n / 4)));
  return vb_load_some (p, n);
}

V_INLINE void
vb_store_part (guint8 *p, vb v, gsize n)
{
  if (n >= 32)
    vb_store (p, v);
  else if (n == 16 || n == 24) {
    _mm_storeu_si128 ((__m128i *) p, _mm256_castsi256_si128 (v));
    if (n == 24)
      _mm_storel_epi64 ((__m128i *) (p + 16), _mm256_extracti128_si256 (v, 1));
  } else
    vb_store_some (p, v, n);
}

/* n bytes of at most width, a constant: 8 or 16. */
V_INLINE __m128i
vb_load_lane (const guint8 *p, gsize n, const gsize width)
{
  if (n != width)
    return _mm256_castsi256_si128 (vb_load_some (p, n));
  if (width == 8)
    return _mm_loadl_epi64 ((const __m128i *) p);
  return _mm_loadu_si128 ((const __m128i *) p);
}

V_INLINE void
vb_store_lane (guint8 *p, __m128i v, gsize n)
{
  if (n == 8)
    _mm_storel_epi64 ((__m128i *) p, v);
  else
    vb_store_some (p, _mm256_castsi128_si256 (v), n);
}

V_INLINE void
vb_store_lanes (guint8 *p, gsize stride, gsize n, vb v, gsize width)
{
  __m128i low = _mm256_castsi256_si128 (v);
  __m128i high = _mm256_extracti128_si256 (v, 1);

  vb_store_lane (p, low, width);
  if (n > 1)
    vb_store_lane (p + stride, _mm_unpackhi_epi64 (low, low), width);
  if (n > 2)
    vb_store_lane (p + 2 * stride, high, width);
  if (n > 3)
    vb_store_lane (p + 3 * stride, _mm_unpackhi_epi64 (high, high), width);
}

V_INLINE vb
vb_upper_half (vb v)
{
  return _mm256_permute2x128_si256 (v, v, 0x11);
}

V_INLINE vb
vb_load_pixels (const guint8 *const *p, const gsize pixels, gsize channels)
{
  if (pixels == 1)
    return vb_load_part (p[0], channels);
  if (pixels == 2)
    return _mm256_inserti128_si256 (_mm256_castsi128_si256 (vb_load_lane (p[0],
                                        channels, 16)),
        vb_load_lane (p[1], channels, 16), 1);
  return _mm256_inserti128_si256 (_mm256_castsi128_si256 (_mm_unpacklo_epi64 (
                                      vb_load_lane (p[0], channels, 8),
                                      vb_load_lane (p[1], channels, 8))),
      _mm_unpacklo_epi64 (vb_load_lane (p[2], channels, 8),
          vb_load_lane (p[3], channels, 8)),
      1);
}

V_INLINE void
vb_quads (vb q[4], const vb r[4])
{
  vb low01 = _mm256_unpacklo_epi8 (r[0], r[1]);
  vb high01 = _mm256_unpackhi_epi8 (r[0], r[1]);
  vb low23 = _mm256_unpacklo_epi8 (r[2], r[3]);
  vb high23 = _mm256_unpackhi_epi8 (r[2], r[3]);

  q[0] = _mm256_unpacklo_epi16 (low01, low23);
  q[1] = _mm256_unpackhi_epi16 (low01, low23);
  q[2] = _mm256_unpacklo_epi16 (high01, high23);
  q[3] = _mm256_unpackhi_epi16 (high01, high23);
}

V_INLINE vb
vb_xor (vb a, vb b)
{
  return _mm256_xor_si256 (a, b);
}

V_INLINE vb
vb_min (vb a, vb b)
{
  return _mm256_min_epu8 (a, b);
}

V_INLINE vb
vb_max (vb a, vb b)
{
  return _mm256_max_epu8 (a, b);
}

/* Operands in memory leave the registers to the accumulators, and compilers
 * rather load once and spill: so both products are written out. */
#ifdef MN_SIMD_VNNI

typedef vb vx;
typedef const guint8 *vw;

#define VW_WIDE FALSE
#define VW_SIZE VB_LEN
#define VPDPBUSD "%{vex%} vpdpbusd\t{%2, %1, %0|%0, %1, %2}"

V_INLINE vx
vx_of (vb v)
{
  return v;
}

V_INLINE vi
vw_dot (vi acc, vx x, vw w)
{
  __asm__ (VPDPBUSD : "+x"(acc) : "x"(x), "m"(*(const __m256i_u *) w));
  return acc;
}

V_INLINE vi
vb_dot (vi acc, vb x, vb w)
{
  __asm__ (VPDPBUSD : "+x"(acc) : "x"(x), "x"(w));
  return acc;
}

#else

/* Bytes 0 and 2 of each four, and 1 and 3. */
typedef struct
{
  vi even, odd;
} vx;
typedef const guint8 *vw;

#define VW_WIDE TRUE
#define VW_SIZE (2 * VB_LEN)
#define VPMADDWD "vpmaddwd\t{%2, %1, %0|%0, %1, %2}"

V_INLINE vx
vx_of (vb v)
{
  return (vx) {
    _mm256_and_si256 (v, _mm256_set1_epi16 (0xff)), _mm256_srli_epi16 (v, 8)};
}

V_INLINE vb
vb_to_words (const guint8 *p, vb flip)
{
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) p);

  return _mm256_cvtepu8_epi16 (_mm_xor_si128 (bytes,
      _mm256_castsi256_si128 (flip)));
}

V_INLINE vb
vb_sign_extend (const guint8 *p)
{
  return _mm256_cvtepi8_epi16 (_mm_loadu_si128 ((const __m128i *) p));
}

V_INLINE vi
vw_product (vi x, const guint8 *w)
{
  vi products;

  __asm__ (VPMADDWD : "=x"(products) : "x"(x), "m"(*(const __m256i_u *) w));
  return products;
}

V_INLINE vi
vw_dot (vi acc, vx x, vw w)
{
  acc = _mm256_add_epi32 (acc, vw_product (x.even, w));
  return _mm256_add_epi32 (acc, vw_product (x.odd, w + VB_LEN));
}

V_INLINE vi
vb_dot (vi acc, vb x, vb w)
{
  vx split = vx_of (x);

  acc = vi_dot2 (acc, split.even,
      _mm256_srai_epi16 (_mm256_slli_epi16 (w, 8), 8));
  return vi_dot2 (acc, split.odd, _mm256_srai_epi16 (w, 8));
}

#endif

V_INLINE vw
vw_at (const guint8 *p)
{
  return p;
}

V_INLINE vb
vb_pack_quads (vi a, vi b, vi c, vi d)
{
  return _mm256_packus_epi16 (_mm256_packs_epi32 (a, b),
      _mm256_packs_epi32 (c, d));
}

V_INLINE vb
vb_pack (vi a, vi b, vi c, vi d)
{
  return _mm256_permutevar8x32_epi32 (vb_pack_quads (a, b, c, d),
      _mm256_setr_epi32 (0, 4, 1, 5, 2, 6, 3, 7));
}

/* Of each half of the table, the first sixteen, and of all other sixteens what
 * they differ by from those before them. */
#define VB_HAS_TABLES

static inline void
vb_pack_table (guint8 *table)
{
  gint i;

  for (i = 255; i >= 16; i--) {
    if (i / 16 != 8)
      table[i] ^= table[i - 16];
  }
}

/* What is below the sixteen, or of the other half, has its highest bit set,
 * for which the shuffle gives 0; all others add their difference. */
V_INLINE vb
vb_lookup (vb v, const guint8 *table)
{
  const vb sixteen = vb_set1 (16);
  vb y = _mm256_setzero_si256 ();
  gint half, i;

  V_UNROLL for (half = 0; half < 2; half++)
  {
    vb at = half ? vb_xor (v, vb_set1 (0x80)) : v;

    V_UNROLL for (i = 0; i < 8; i++)
    {
      vb part = _mm256_broadcastsi128_si256 (_mm_loadu_si128 ((const __m128i
              *) (table + 128 * half + 16 * i)));

      y = vb_xor (y, _mm256_shuffle_epi8 (part, at));
      at = _mm256_subs_epi8 (at, sixteen);
    }
  }
  return y;
}

V_INLINE void
vb_widen (vb bytes, vi v[4])
{
  __m128i low = _mm256_castsi256_si128 (bytes);
  __m128i high = _mm256_extracti128_si256 (bytes, 1);

  v[0] = _mm256_cvtepu8_epi32 (low);
  v[1] = _mm256_cvtepu8_epi32 (_mm_unpackhi_epi64 (low, low));
  v[2] = _mm256_cvtepu8_epi32 (high);
  v[3] = _mm256_cvtepu8_epi32 (_mm_unpackhi_epi64 (high, high));
}

V_INLINE vf
v_copy_sign (vf v, vf sign)
{
  return _mm256_or_ps (v, _mm256_and_ps (sign, _mm256_set1_ps (-0.0f)));
}

V_INLINE vf
v_of_int (vi v)
{
  return _mm256_cvtepi32_ps (v);
}

V_INLINE vi
v_to_int (vf v)
{
  return _mm256_cvtps_epi32 (v);
}

V_INLINE vi
vi_shr (vi v, vi n)
{
  return _mm256_srav_epi32 (v, n);
}

/* A product of 64 bits plus addend, shifted right by shift, is the result
 * with y's zero point; both roundings of the factor are in the addend. The
 * shift takes no sign along: the addend makes the sum positive, which adds
 * `more` to the result. In memory, 32 bytes each: multipliers, addends and
 * shifts, each of the even channels and of the odd ones, and `more`. */
typedef const guint8 *VFactors;

#define VF_POSITIVE ((guint64) 1 << 62)

static inline void
vf_pack (const MnFactor *factors, gint32 y_zero, guint8 *out)
{
  gint i;

  for (i = 0; i < V_LEN; i++) {
    MnFactor f = factors[i];
    guint64 shift = 31 - f.shift;
    gint64 multiplier = f.multiplier;
    guint64 addend = VF_POSITIVE + ((guint64) 1 << (shift - 1))
        + (f.shift < 0 ? (guint64) 1 << 30 : 0) + ((guint64) y_zero << shift);
    guint32 more = VF_POSITIVE >> shift;
    guint8 *half = out + 32 * (i % 2) + 8 * (i / 2);

    memcpy (half, &multiplier, 8);
    memcpy (half + 64, &addend, 8);
    memcpy (half + 128, &shift, 8);
    memcpy (out + 192 + 4 * i, &more, 4);
  }
}

V_INLINE VFactors
vf_load (const guint8 *p)
{
  return p;
}

V_INLINE vi
vf_requant (vi v, const VFactors *f)
{
  const guint8 *p = *f;
  vi even = _mm256_mul_epi32 (v, vb_load (p));
  vi odd = _mm256_mul_epi32 (_mm256_srli_epi64 (v, 32), vb_load (p + 32));

  even = _mm256_srlv_epi64 (_mm256_add_epi64 (even, vb_load (p + 64)),
      vb_load (p + 128));
  odd = _mm256_srlv_epi64 (_mm256_add_epi64 (odd, vb_load (p + 96)),
      vb_load (p + 160));
  return _mm256_sub_epi32 (_mm256_blend_epi32 (even,
                               _mm256_slli_epi64 (odd, 32), 0xaa),
      vb_load (p + 192));
}

/* What is below zero goes a step of the first rounding further down. */
V_INLINE vi
vf_requant_mixed (vi v, const VFactors *f, vi away)
{
  const guint8 *p = *f;
  const vi step = vi_set1 (G_MININT32);
  vi less = _mm256_srai_epi32 (_mm256_and_si256 (v, away), 31);
  vi even = _mm256_mul_epi32 (v, vb_load (p));
  vi odd = _mm256_mul_epi32 (_mm256_srli_epi64 (v, 32), vb_load (p + 32));

  even = _mm256_sub_epi64 (even, _mm256_mul_epi32 (less, step));
  odd = _mm256_sub_epi64 (odd,
      _mm256_mul_epi32 (_mm256_srli_epi64 (less, 32), step));
  even = _mm256_srlv_epi64 (_mm256_add_epi64 (even, vb_load (p + 64)),
      vb_load (p + 128));
  odd = _mm256_srlv_epi64 (_mm256_add_epi64 (odd, vb_load (p + 96)),
      vb_load (p + 160));
  return _mm256_sub_epi32 (_mm256_blend_epi32 (even,
                               _mm256_slli_epi64 (odd, 32), 0xaa),
      vb_load (p + 192));
}
