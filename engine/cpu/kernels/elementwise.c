/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sum, difference, product; activations; softmax. */

#include "engine/cpu/kernels/simd_kernels.h"

V_INLINE vf
apply (const MnBinaryKind kind, vf a, vf b)
{
  if (kind == MN_BINARY_ADD)
    return v_add (a, b);
  return kind == MN_BINARY_SUB ? v_sub (a, b) : v_mul (a, b);
}

V_INLINE vf
operand (const ve *p, gsize step, gsize i, gsize n)
{
  return step ? e_load_n (p + i, n) : e_set1 (p);
}

V_INLINE void
binary (const MnBinaryKind kind, gsize n, const ve *a, gsize a_step,
    const ve *b, gsize b_step, ve *y, const MnAct *act)
{
  gsize i;

  for (i = 0; i + V_LEN <= n; i += V_LEN)
    e_store (y + i,
        v_act (apply (kind, operand (a, a_step, i, V_LEN),
                   operand (b, b_step, i, V_LEN)),
            act, act->kind));
  if (i < n)
    e_store_part (y + i,
        v_act (apply (kind, operand (a, a_step, i, n - i),
                   operand (b, b_step, i, n - i)),
            act, act->kind),
        n - i);
}

void
MN_SIMD (mn_add_f32) (gsize n, gconstpointer a, gsize a_step, gconstpointer b,
    gsize b_step, gpointer y, const MnAct *act)
{
  binary (MN_BINARY_ADD, n, a, a_step, b, b_step, y, act);
}

void
MN_SIMD (mn_sub_f32) (gsize n, gconstpointer a, gsize a_step, gconstpointer b,
    gsize b_step, gpointer y, const MnAct *act)
{
  binary (MN_BINARY_SUB, n, a, a_step, b, b_step, y, act);
}

void
MN_SIMD (mn_mul_f32) (gsize n, gconstpointer a, gsize a_step, gconstpointer b,
    gsize b_step, gpointer y, const MnAct *act)
{
  binary (MN_BINARY_MUL, n, a, a_step, b, b_step, y, act);
}

void
MN_SIMD (mn_affine_f32) (gsize n, const gfloat *x, const gfloat *scale,
    const gfloat *offset, gfloat *y)
{
  const gsize vecs = MN_AFFINE / V_LEN;
  vf a[MN_AFFINE / V_LEN], b[MN_AFFINE / V_LEN];
  gsize i, v;

  for (v = 0; v < vecs; v++) {
    a[v] = v_load (scale + v * V_LEN);
    b[v] = v_load (offset + v * V_LEN);
  }
  for (i = 0; i + MN_AFFINE <= n; i += MN_AFFINE) {
    for (v = 0; v < vecs; v++)
      v_store (y + i + v * V_LEN,
          v_add (v_mul (v_load (x + i + v * V_LEN), a[v]), b[v]));
  }
  for (v = 0; i + v < n; v++)
    y[i + v] = x[i + v] * scale[v] + offset[v];
}

void
MN_SIMD (mn_unary_f32) (gsize n, gconstpointer from, gpointer to,
    const MnAct *act)
{
  const ve *x = from;
  ve *y = to;
  gsize i;

  for (i = 0; i + V_LEN <= n; i += V_LEN)
    e_store (y + i, v_act (e_load (x + i), act, act->kind));
  if (i < n)
    e_store_part (y + i, v_act (e_load_part (x + i, n - i), act, act->kind),
        n - i);
}

static gfloat
top (gsize n, const gfloat *x)
{
  gfloat max = x[0];
  gsize i = 0;

  if (n >= V_LEN) {
    vf v = v_load (x);

    for (i = V_LEN; i + V_LEN <= n; i += V_LEN)
      v = v_max (v, v_load (x + i));
    max = v_top (v);
  }
  for (; i < n; i++)
    max = x[i] > max ? x[i] : max;
  return max;
}

void
MN_SIMD (mn_softmax_f32) (gsize m, gsize n, gfloat beta, const gfloat *x,
    gfloat *y)
{
  vf factor = v_set1 (beta), sums, max, scale;
  gsize i, j;

  for (i = 0; i < m; i++, x += n, y += n) {
    gfloat sum = 0;

    max = v_set1 (top (n, x));
    sums = v_zero ();
    for (j = 0; j + V_LEN <= n; j += V_LEN) {
      vf e = v_exp (v_mul (factor, v_sub (v_load (x + j), max)));

      v_store (y + j, e);
      sums = v_add (sums, e);
    }
    if (j < n) {
      gsize k;

      v_store_part (y + j,
          v_exp (v_mul (factor, v_sub (v_load_part (x + j, n - j), max))),
          n - j);
      for (k = j; k < n; k++)
        sum += y[k];
    }
    scale = v_set1 (1 / (sum + v_sum (sums)));
    for (j = 0; j + V_LEN <= n; j += V_LEN)
      v_store (y + j, v_mul (v_load (y + j), scale));
    if (j < n)
      v_store_part (y + j, v_mul (v_load_part (y + j, n - j), scale), n - j);
  }
}
