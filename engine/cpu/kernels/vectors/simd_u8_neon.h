/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes of NEON with dotprod. */

typedef uint8x16_t vb;

#define VB_SIGNED TRUE
#define VB_FLIP 0x80

typedef struct
{
  vi multiplier, left, right, zero;
} VFactors;

V_INLINE vb
vb_set1 (guint8 x)
{
  return vdupq_n_u8 (x);
}

V_INLINE vb
vb_set1_4 (const guint8 *p)
{
  guint32 four;

  memcpy (&four, p, sizeof (four));
  return vreinterpretq_u8_u32 (vdupq_n_u32 (four));
}

V_INLINE vb
vb_load (const guint8 *p)
{
  return vld1q_u8 (p);
}

V_INLINE vb
vb_load_part (const guint8 *p, gsize n)
{
  guint8 all[16] = {
    0,
  };

  memcpy (all, p, n);
  return vld1q_u8 (all);
}

V_INLINE void
vb_store (guint8 *p, vb v)
{
  vst1q_u8 (p, v);
}

V_INLINE void
vb_store_part (guint8 *p, vb v, gsize n)
{
  guint8 all[16];

  vst1q_u8 (all, v);
  memcpy (p, all, n);
}

V_INLINE void
vb_store_lanes (guint8 *p, gsize stride, gsize n, vb v, gsize width)
{
  guint8 all[16];
  gsize i;

  vst1q_u8 (all, v);
  for (i = 0; i < n; i++)
    memcpy (p + i * stride, all + i * V_LEN, width);
}

V_INLINE vb
vb_upper_half (vb v)
{
  return vextq_u8 (v, v, 8);
}

V_INLINE vb
vb_xor (vb a, vb b)
{
  return veorq_u8 (a, b);
}

V_INLINE vb
vb_min (vb a, vb b)
{
  return vminq_u8 (a, b);
}

V_INLINE vb
vb_max (vb a, vb b)
{
  return vmaxq_u8 (a, b);
}

V_INLINE vi
vb_dot (vi acc, vb x, vb w)
{
  return vdotq_s32 (acc, vreinterpretq_s8_u8 (x), vreinterpretq_s8_u8 (w));
}

V_INLINE vb
vb_pack (vi a, vi b, vi c, vi d)
{
  return vcombine_u8 (vqmovun_s16 (vcombine_s16 (vqmovn_s32 (a),
                          vqmovn_s32 (b))),
      vqmovun_s16 (vcombine_s16 (vqmovn_s32 (c), vqmovn_s32 (d))));
}

V_INLINE uint8x16x4_t
vb_quarter (const guint8 *table)
{
  return (uint8x16x4_t) {{vb_load (table), vb_load (table + 16),
    vb_load (table + 32), vb_load (table + 48)}};
}

/* Out of its part's range the index leaves what was there. */
V_INLINE vb
vb_lookup (vb v, const guint8 *table)
{
  const vb part = vb_set1 (64);
  vb y = vqtbl4q_u8 (vb_quarter (table), v);

  v = vsubq_u8 (v, part);
  y = vqtbx4q_u8 (y, vb_quarter (table + 64), v);
  v = vsubq_u8 (v, part);
  y = vqtbx4q_u8 (y, vb_quarter (table + 128), v);
  v = vsubq_u8 (v, part);
  return vqtbx4q_u8 (y, vb_quarter (table + 192), v);
}

V_INLINE void
vb_widen (vb bytes, vi v[4])
{
  uint16x8_t low = vmovl_u8 (vget_low_u8 (bytes));
  uint16x8_t high = vmovl_u8 (vget_high_u8 (bytes));

  v[0] = vreinterpretq_s32_u32 (vmovl_u16 (vget_low_u16 (low)));
  v[1] = vreinterpretq_s32_u32 (vmovl_u16 (vget_high_u16 (low)));
  v[2] = vreinterpretq_s32_u32 (vmovl_u16 (vget_low_u16 (high)));
  v[3] = vreinterpretq_s32_u32 (vmovl_u16 (vget_high_u16 (high)));
}

V_INLINE vf
v_copy_sign (vf v, vf sign)
{
  return vbslq_f32 (vdupq_n_u32 (0x80000000u), sign, v);
}

V_INLINE vf
v_of_int (vi v)
{
  return vcvtq_f32_s32 (v);
}

V_INLINE vi
v_to_int (vf v)
{
  return vcvtnq_s32_f32 (v);
}

#define VF_SIZE 64

static inline void
vf_pack (const MnFactor *factors, gint32 y_zero, guint8 *out)
{
  gint32 all[4][V_LEN];
  gint i;

  for (i = 0; i < V_LEN; i++) {
    MnFactor f = factors[i];

    all[0][i] = f.multiplier;
    all[1][i] = MAX (f.shift, 0);
    all[2][i] = MIN (f.shift, 0);
    all[3][i] = y_zero;
  }
  memcpy (out, all, sizeof (all));
}

V_INLINE VFactors
vf_load (const guint8 *p)
{
  const gint32 *all = (const gint32 *) p;

  return (VFactors) {
    vi_load (all), vi_load (all + 4), vi_load (all + 8), vi_load (all + 12)};
}

/* The product doubled, rounded, and its upper half; a rounding shift. */
V_INLINE vi
vf_requant (vi v, const VFactors *f)
{
  v = vqrdmulhq_s32 (vshlq_s32 (v, f->left), f->multiplier);
  return vqaddq_s32 (vrshlq_s32 (v, f->right), f->zero);
}
