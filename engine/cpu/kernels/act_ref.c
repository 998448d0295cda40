/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Activations: the truth. */

#include "engine/cpu/kernels/kernels.h"

#include <math.h>

static gfloat
clamp (gfloat x, gfloat lo, gfloat hi)
{
  /* A NaN stays one. */
  if (x < lo)
    return lo;
  return x > hi ? hi : x;
}

gfloat
mn_act_f32_ref (const MnAct *act, gfloat x)
{
  switch (act->kind) {
    case MN_ACT_KIND_HARD_SWISH:
      return x * clamp (x + 3, 0, 6) / 6;
    case MN_ACT_KIND_HARD_SIGMOID:
      return clamp (x + 3, 0, 6) / 6;
    case MN_ACT_KIND_SIGMOID:
      return 1 / (1 + expf (-x));
    default:
      return clamp (x, act->lo, act->hi);
  }
}

void
mn_affine_f32_ref (gsize n, const gfloat *x, const gfloat *scale,
    const gfloat *offset, gfloat *y)
{
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = x[i] * scale[i % MN_AFFINE] + offset[i % MN_AFFINE];
}

void
mn_unary_f32_ref (gsize n, gconstpointer from, gpointer to, const MnAct *act)
{
  const gfloat *x = from;
  gfloat *y = to;
  gsize i;

  for (i = 0; i < n; i++)
    y[i] = mn_act_f32_ref (act, x[i]);
}
