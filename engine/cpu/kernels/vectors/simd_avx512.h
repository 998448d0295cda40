/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* AVX-512: F, BW, DQ, VL. */

#include <immintrin.h>

typedef __m512 vf;

#define V_LEN 16
#define V_REGS 32

V_INLINE __mmask16
v_mask (gsize n)
{
  return (__mmask16) ((1u << n) - 1);
}

V_INLINE vf
v_load (const gfloat *p)
{
  return _mm512_loadu_ps (p);
}

V_INLINE void
v_store (gfloat *p, vf v)
{
  _mm512_storeu_ps (p, v);
}

V_INLINE vf
v_load_part (const gfloat *p, gsize n)
{
  return _mm512_maskz_loadu_ps (v_mask (n), p);
}

V_INLINE void
v_store_part (gfloat *p, vf v, gsize n)
{
  _mm512_mask_storeu_ps (p, v_mask (n), v);
}

V_INLINE vf
v_set1 (gfloat x)
{
  return _mm512_set1_ps (x);
}

V_INLINE vf
v_add (vf a, vf b)
{
  return _mm512_add_ps (a, b);
}

V_INLINE vf
v_sub (vf a, vf b)
{
  return _mm512_sub_ps (a, b);
}

V_INLINE vf
v_mul (vf a, vf b)
{
  return _mm512_mul_ps (a, b);
}

V_INLINE vf
v_div (vf a, vf b)
{
  return _mm512_div_ps (a, b);
}

V_INLINE vf
v_fma (vf a, vf b, vf c)
{
  return _mm512_fmadd_ps (a, b, c);
}

V_INLINE vf
v_min (vf a, vf b)
{
  return _mm512_min_ps (a, b);
}

V_INLINE vf
v_max (vf a, vf b)
{
  return _mm512_max_ps (a, b);
}

V_INLINE vf
v_round (vf v)
{
  return _mm512_roundscale_ps (v,
      _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

V_INLINE vf
v_pow2 (vf v)
{
  return _mm512_scalef_ps (_mm512_set1_ps (1), v);
}

V_INLINE gfloat
v_sum (vf v)
{
  return _mm512_reduce_add_ps (v);
}

V_INLINE gfloat
v_top (vf v)
{
  return _mm512_reduce_max_ps (v);
}
