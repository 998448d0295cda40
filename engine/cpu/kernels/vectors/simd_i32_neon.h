/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Integers of NEON. */

typedef int32x4_t vi;

V_INLINE vi
vi_load (const gint32 *p)
{
  return vld1q_s32 (p);
}

V_INLINE vi
vi_load_bytes (const guint8 *p)
{
  guint32 four;
  uint16x8_t wide;

  memcpy (&four, p, sizeof (four));
  wide = vmovl_u8 (vcreate_u8 (four));
  return vreinterpretq_s32_u32 (vmovl_u16 (vget_low_u16 (wide)));
}

V_INLINE vi
vi_load_words (const gint16 *p)
{
  return vmovl_s16 (vld1_s16 (p));
}

V_INLINE vi
vi_load_pairs (const gint16 *p)
{
  return vreinterpretq_s32_s16 (vld1q_s16 (p));
}

V_INLINE void
vi_store_bytes (guint8 *p, vi v)
{
  uint16x4_t half = vmovn_u32 (vreinterpretq_u32_s32 (v));
  uint8x8_t bytes = vmovn_u16 (vcombine_u16 (half, half));
  guint32 four = vget_lane_u32 (vreinterpret_u32_u8 (bytes), 0);

  memcpy (p, &four, sizeof (four));
}

V_INLINE vi
vi_set1 (gint32 x)
{
  return vdupq_n_s32 (x);
}

V_INLINE vi
vi_add (vi a, vi b)
{
  return vaddq_s32 (a, b);
}

V_INLINE vi
vi_sub (vi a, vi b)
{
  return vsubq_s32 (a, b);
}

V_INLINE vi
vi_mul (vi a, vi b)
{
  return vmulq_s32 (a, b);
}

V_INLINE vi
vi_xor (vi a, vi b)
{
  return veorq_s32 (a, b);
}

V_INLINE vi
vi_min (vi a, vi b)
{
  return vminq_s32 (a, b);
}

V_INLINE vi
vi_max (vi a, vi b)
{
  return vmaxq_s32 (a, b);
}

V_INLINE vi
vi_dot2 (vi acc, vi x, vi w)
{
  int16x8_t a = vreinterpretq_s16_s32 (x), b = vreinterpretq_s16_s32 (w);
  int16x4_t even = vget_low_s16 (vuzp1q_s16 (b, b));
  int16x4_t odd = vget_low_s16 (vuzp2q_s16 (b, b));

  acc = vmlal_lane_s16 (acc, even, vget_low_s16 (a), 0);
  return vmlal_lane_s16 (acc, odd, vget_low_s16 (a), 1);
}

V_INLINE vi
vi_dot (vi acc, vi x, vi w)
{
  return vmlaq_s32 (acc, x, w);
}

V_INLINE vi
vi_shl (vi v, vi n)
{
  return vshlq_s32 (v, n);
}

V_INLINE vi
vi_high (vi a, vi b)
{
  return vqrdmulhq_s32 (a, b);
}

V_INLINE vi
vi_round_up (vi v, vi n)
{
  return vrshlq_s32 (v, vnegq_s32 (n));
}

V_INLINE vi
vi_round_away (vi v, vi n)
{
  vi any = vreinterpretq_s32_u32 (vcgtzq_s32 (n));
  vi sign = vandq_s32 (vshrq_n_s32 (v, 31), any);

  return vi_round_up (vaddq_s32 (v, sign), n);
}
