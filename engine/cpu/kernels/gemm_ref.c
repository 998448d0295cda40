/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Matrix products: the truth. Packed weights with tiles of width 1: for each
 * output its bias and then its k weights. */

#include "engine/cpu/kernels/kernels.h"

void
mn_gemm_f32_ref (gsize m, gconstpointer rows, const gfloat *w, gpointer out,
    const MnGemmArgs *args)
{
  const gfloat *a = rows, *residual = args->residual;
  gfloat *c = out;
  gsize i, j, k;

  for (i = 0; i < m; i++) {
    for (j = 0; j < args->n; j++) {
      const gfloat *row = w + j * (args->k + 1);
      gfloat sum = row[0];

      for (k = 0; k < args->k; k++) {
        gfloat x = a[i * args->a_stride + k];

        if (args->scale)
          x *= args->scale[k];
        sum += x * row[k + 1];
      }
      sum = mn_act_f32_ref (&args->act, sum);
      if (residual)
        sum += residual[i * args->residual_stride + j];
      c[i * args->c_stride + j] = sum;
    }
  }
}

void
mn_matvec_f32_ref (gsize first, gsize end, const gfloat *x, const gfloat *w,
    gfloat *y, const MnMatvecArgs *args)
{
  gsize j, k;

  for (j = first; j < end; j++) {
    gfloat sum = args->bias ? args->bias[j] : 0;

    for (k = 0; k < args->k; k++)
      sum += x[k] * args->x_scale * w[j * args->k + k];
    sum = mn_act_f32_ref (&args->act, sum);
    if (args->residual)
      sum += args->residual[j];
    y[j] = sum;
  }
}
