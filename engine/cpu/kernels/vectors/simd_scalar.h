/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Vectors of four in the compiler's own notation, for any machine. */

typedef gfloat vf __attribute__ ((vector_size (16)));
typedef gint32 v_int __attribute__ ((vector_size (16)));

#define V_LEN 4
#define V_REGS 16

V_INLINE vf
v_load (const gfloat *p)
{
  vf v;

  memcpy (&v, p, sizeof (v));
  return v;
}

V_INLINE void
v_store (gfloat *p, vf v)
{
  memcpy (p, &v, sizeof (v));
}

V_INLINE vf
v_load_part (const gfloat *p, gsize n)
{
  vf v = {0, 0, 0, 0};
  gsize i;

  for (i = 0; i < n; i++)
    v[i] = p[i];
  return v;
}

V_INLINE void
v_store_part (gfloat *p, vf v, gsize n)
{
  gsize i;

  for (i = 0; i < n; i++)
    p[i] = v[i];
}

V_INLINE vf
v_set1 (gfloat x)
{
  return (vf) {x, x, x, x};
}

V_INLINE vf
v_add (vf a, vf b)
{
  return a + b;
}

V_INLINE vf
v_sub (vf a, vf b)
{
  return a - b;
}

V_INLINE vf
v_mul (vf a, vf b)
{
  return a * b;
}

V_INLINE vf
v_div (vf a, vf b)
{
  return a / b;
}

V_INLINE vf
v_fma (vf a, vf b, vf c)
{
  return a * b + c;
}

V_INLINE vf
v_select (v_int mask, vf a, vf b)
{
  return (vf) (((v_int) a & mask) | ((v_int) b & ~mask));
}

V_INLINE vf
v_min (vf a, vf b)
{
  return v_select (a < b, a, b);
}

V_INLINE vf
v_max (vf a, vf b)
{
  return v_select (a > b, a, b);
}

V_INLINE vf
v_round (vf v)
{
  /* From here on a float's last bit counts ones. */
  vf big = v_set1 (12582912.0f);

  return (v + big) - big;
}

V_INLINE vf
v_pow2 (vf v)
{
  /* The float 2^23 + 2^22 + v holds v in its last bits; the shift drops the
   * rest. */
  v_int bits = (v_int) (v + v_set1 (12582912.0f + 127));

  return (vf) (bits << 23);
}

V_INLINE gfloat
v_sum (vf v)
{
  return (v[0] + v[1]) + (v[2] + v[3]);
}

V_INLINE gfloat
v_top (vf v)
{
  return MAX (MAX (v[0], v[1]), MAX (v[2], v[3]));
}
