/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sum, difference and product of rows: the truth. */

#include "engine/cpu/kernels/kernels.h"

void
mn_add_f32_ref (gsize n, gconstpointer left, gsize a_step, gconstpointer right,
    gsize b_step, gpointer out, const MnAct *act)
{
  const gfloat *a = left, *b = right;
  gfloat *y = out;
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_act_f32_ref (act, a[i * a_step] + b[i * b_step]);
}

void
mn_sub_f32_ref (gsize n, gconstpointer left, gsize a_step, gconstpointer right,
    gsize b_step, gpointer out, const MnAct *act)
{
  const gfloat *a = left, *b = right;
  gfloat *y = out;
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_act_f32_ref (act, a[i * a_step] - b[i * b_step]);
}

void
mn_mul_f32_ref (gsize n, gconstpointer left, gsize a_step, gconstpointer right,
    gsize b_step, gpointer out, const MnAct *act)
{
  const gfloat *a = left, *b = right;
  gfloat *y = out;
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_act_f32_ref (act, a[i * a_step] * b[i * b_step]);
}
