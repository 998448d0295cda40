/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* NEON of armv8. */

#include <arm_neon.h>

typedef float32x4_t vf;

#define V_LEN 4
#define V_REGS 32

V_INLINE vf
v_load (const gfloat *p)
{
  return vld1q_f32 (p);
}

V_INLINE void
v_store (gfloat *p, vf v)
{
  vst1q_f32 (p, v);
}

V_INLINE vf
v_load_part (const gfloat *p, gsize n)
{
  gfloat all[4] = {0, 0, 0, 0};

  memcpy (all, p, n * sizeof (gfloat));
  return vld1q_f32 (all);
}

V_INLINE void
v_store_part (gfloat *p, vf v, gsize n)
{
  gfloat all[4];

  vst1q_f32 (all, v);
  memcpy (p, all, n * sizeof (gfloat));
}

V_INLINE vf
v_set1 (gfloat x)
{
  return vdupq_n_f32 (x);
}

V_INLINE vf
v_add (vf a, vf b)
{
  return vaddq_f32 (a, b);
}

V_INLINE vf
v_sub (vf a, vf b)
{
  return vsubq_f32 (a, b);
}

V_INLINE vf
v_mul (vf a, vf b)
{
  return vmulq_f32 (a, b);
}

V_INLINE vf
v_div (vf a, vf b)
{
  return vdivq_f32 (a, b);
}

V_INLINE vf
v_fma (vf a, vf b, vf c)
{
  return vfmaq_f32 (c, a, b);
}

V_INLINE vf
v_min (vf a, vf b)
{
  return vminq_f32 (a, b);
}

V_INLINE vf
v_max (vf a, vf b)
{
  return vmaxq_f32 (a, b);
}

V_INLINE vf
v_round (vf v)
{
  return vrndnq_f32 (v);
}

V_INLINE vf
v_pow2 (vf v)
{
  int32x4_t n = vaddq_s32 (vcvtq_s32_f32 (v), vdupq_n_s32 (127));

  return vreinterpretq_f32_s32 (vshlq_n_s32 (n, 23));
}

V_INLINE gfloat
v_sum (vf v)
{
  return vaddvq_f32 (v);
}

V_INLINE gfloat
v_top (vf v)
{
  return vmaxvq_f32 (v);
}
