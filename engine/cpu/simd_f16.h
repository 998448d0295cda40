/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Activations as float16, on NEON: half the memory, the same arithmetic. */

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
e_load (const ve * p)
{
  return e_widen (vld1_u16 (p));
}

V_INLINE void
e_store (ve * p, vf v)
{
  vst1_u16 (p, e_round (v));
}

V_INLINE vf
e_load_part (const ve * p, gsize n)
{
  ve all[4] = { 0, 0, 0, 0 };

  memcpy (all, p, n * sizeof (ve));
  return e_load (all);
}

V_INLINE void
e_store_part (ve * p, vf v, gsize n)
{
  ve all[4];

  e_store (all, v);
  memcpy (p, all, n * sizeof (ve));
}

V_INLINE vf
e_set1 (const ve * p)
{
  return e_widen (vld1_dup_u16 (p));
}
