/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Activations as float16, on NEON with FP16: half the memory, and products of
 * matrices and convolutions in float16 (simd_tile_half.h); the rest widens. */

typedef guint16 ve;

#define V_ELEMENT MN_ELEMENT_F16
#define V_ELEMENT_NAME "f16 "

V_INLINE vf
e_widen (uint16x4_t v)
{
  return vcvt_f32_f16 (vreinterpret_f16_u16 (v));
}

V_INLINE uint16x4_t
e_round (vf v)
{
  return vreinterpret_u16_f16 (vcvt_f16_f32 (v));
}

V_INLINE vf
e_load (const ve *p)
{
  return e_widen (vld1_u16 (p));
}

V_INLINE void
e_store (ve *p, vf v)
{
  vst1_u16 (p, e_round (v));
}

V_INLINE vf
e_load_part (const ve *p, gsize n)
{
  ve all[4] = {0, 0, 0, 0};

  memcpy (all, p, n * sizeof (ve));
  return e_load (all);
}

V_INLINE void
e_store_part (ve *p, vf v, gsize n)
{
  ve all[4];

  e_store (all, v);
  memcpy (p, all, n * sizeof (ve));
}

V_INLINE vf
e_set1 (const ve *p)
{
  return e_widen (vld1_dup_u16 (p));
}

#define V_HALVES

typedef float16x8_t vp;

V_INLINE vp
p_zero (void)
{
  return vdupq_n_f16 (0);
}

V_INLINE vp
p_load (const gfloat *p)
{
  return vreinterpretq_f16_f32 (vld1q_f32 (p));
}

V_INLINE vp
p_set1 (const ve *p)
{
  guint32 pair;

  memcpy (&pair, p, sizeof (pair));
  return vreinterpretq_f16_u32 (vdupq_n_u32 (pair));
}

V_INLINE vp
p_first (const ve *p)
{
  return vreinterpretq_f16_u32 (vdupq_n_u32 (*p));
}

V_INLINE vp
p_second (const ve *p)
{
  return vreinterpretq_f16_u32 (vdupq_n_u32 ((guint32) *p << 16));
}

V_INLINE vp
p_fma (vp a, vp b, vp c)
{
  return vfmaq_f16 (c, a, b);
}

V_INLINE vf
p_sum (vp v)
{
  return vpaddq_f32 (vcvt_f32_f16 (vget_low_f16 (v)), vcvt_high_f32_f16 (v));
}
