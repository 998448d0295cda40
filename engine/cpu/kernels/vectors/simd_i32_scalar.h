/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Four integers in the compiler's own notation, for any machine. */

typedef v_int vi;
typedef guint32 vi_unsigned __attribute__ ((vector_size (16)));

V_INLINE vi
vi_load (const gint32 *p)
{
  vi v;

  memcpy (&v, p, sizeof (v));
  return v;
}

V_INLINE vi
vi_load_bytes (const guint8 *p)
{
  vi r;
  gint i;

  for (i = 0; i < V_LEN; i++)
    r[i] = p[i];
  return r;
}

V_INLINE vi
vi_load_words (const gint16 *p)
{
  vi r;
  gint i;

  for (i = 0; i < V_LEN; i++)
    r[i] = p[i];
  return r;
}

V_INLINE vi
vi_load_pairs (const gint16 *p)
{
  vi v;

  memcpy (&v, p, sizeof (v));
  return v;
}

V_INLINE void
vi_store_bytes (guint8 *p, vi v)
{
  gint i;

  for (i = 0; i < V_LEN; i++)
    p[i] = (guint8) v[i];
}

V_INLINE vi
vi_set1 (gint32 x)
{
  return (vi) {x, x, x, x};
}

V_INLINE vi
vi_add (vi a, vi b)
{
  return (vi) ((vi_unsigned) a + (vi_unsigned) b);
}

V_INLINE vi
vi_sub (vi a, vi b)
{
  return (vi) ((vi_unsigned) a - (vi_unsigned) b);
}

V_INLINE vi
vi_mul (vi a, vi b)
{
  return (vi) ((vi_unsigned) a * (vi_unsigned) b);
}

V_INLINE vi
vi_xor (vi a, vi b)
{
  return a ^ b;
}

V_INLINE vi
vi_min (vi a, vi b)
{
  vi less = a < b;

  return (a & less) | (b & ~less);
}

V_INLINE vi
vi_max (vi a, vi b)
{
  vi less = a < b;

  return (b & less) | (a & ~less);
}

V_INLINE vi
vi_dot2 (vi acc, vi x, vi w)
{
  gint16 a[2 * V_LEN], b[2 * V_LEN];
  vi sum;
  gint i;

  memcpy (a, &x, sizeof (a));
  memcpy (b, &w, sizeof (b));
  for (i = 0; i < V_LEN; i++)
    sum[i] = a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
  return vi_add (acc, sum);
}

V_INLINE vi
vi_dot (vi acc, vi x, vi w)
{
  return vi_add (acc, vi_mul (x, w));
}

V_INLINE vi
vi_shl (vi v, vi n)
{
  return (vi) ((vi_unsigned) v << (vi_unsigned) n);
}

V_INLINE vi
vi_high (vi a, vi b)
{
  vi r;
  gint i;

  for (i = 0; i < V_LEN; i++)
    r[i] = ((gint64) a[i] * b[i] + (1 << 30)) >> 31;
  return r;
}

V_INLINE vi
vi_round_up (vi v, vi n)
{
  vi r;
  gint i;

  for (i = 0; i < V_LEN; i++)
    r[i] = ((gint64) v[i] + (((gint64) 1 << n[i]) >> 1)) >> n[i];
  return r;
}

V_INLINE vi
vi_round_away (vi v, vi n)
{
  return vi_round_up (vi_add (v, (v >> 31) & (n > 0)), n);
}
