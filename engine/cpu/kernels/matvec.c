/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Matrix-vector product: bound by reading the weights, each once. */

#include "engine/cpu/kernels/simd_kernels.h"

#ifdef V_PAIRS
#include "engine/cpu/kernels/matvec_pairs.h"
#else

/* Rows of weights at once: memory is read faster in several places than in
 * one. */
#define ROWS 4

/* rows is a constant: so many outputs, `apart` from one another. */
V_INLINE void
products (const gsize rows, gsize k, const gfloat *x, const gfloat *w,
    gfloat *y, gsize apart)
{
  vf acc[2 * ROWS];
  gsize i, r;

  V_UNROLL for (r = 0; r < 2 * rows; r++) acc[r] = v_zero ();
  for (i = 0; i + 2 * V_LEN <= k; i += 2 * V_LEN) {
    vf x0 = v_load (x + i), x1 = v_load (x + i + V_LEN);

    V_UNROLL for (r = 0; r < rows; r++)
    {
      const gfloat *row = w + r * apart * k + i;

      acc[r] = v_fma (x0, v_load (row), acc[r]);
      acc[rows + r] = v_fma (x1, v_load (row + V_LEN), acc[rows + r]);
    }
  }
  for (; i < k; i += V_LEN) {
    gsize n = MIN (k - i, V_LEN);
    vf xi = v_load_n (x + i, n);

    V_UNROLL for (r = 0; r < rows; r++)
        acc[r] = v_fma (xi, v_load_n (w + r * apart * k + i, n), acc[r]);
  }
  V_UNROLL for (r = 0; r < rows; r++)
      y[r * apart] = v_sum (v_add (acc[r], acc[rows + r]));
}

/* What is done with sums. */
V_INLINE void
finish (gsize first, gsize end, gfloat *y, const MnMatvecArgs *args)
{
  const vf scale = v_set1 (args->x_scale);
  gsize j;

  for (j = first; j < end; j += V_LEN) {
    gsize n = MIN (end - j, V_LEN);
    vf bias = args->bias ? v_load_n (args->bias + j, n) : v_zero ();
    vf sum = v_fma (v_load_n (y + j, n), scale, bias);

    sum = v_act (sum, &args->act, args->act.kind);
    if (args->residual)
      sum = v_add (sum, v_load_n (args->residual + j, n));
    v_store_n (y + j, sum, n);
  }
}

void
MN_SIMD (mn_matvec_f32) (gsize first, gsize end, const gfloat *x,
    const gfloat *w, gfloat *y, const MnMatvecArgs *args)
{
  const gsize k = args->k;
  gsize j, part;

  first = MIN (first * MATVEC_WIDTH, args->n);
  end = MIN (end * MATVEC_WIDTH, args->n);
  /* A row of each quarter, so that each place is read on and on. */
  part = (end - first) / ROWS;
  for (j = first; j < first + part; j++)
    products (ROWS, k, x, w + j * k, y + j, part);
  for (j = first + part * ROWS; j < end; j++)
    products (1, k, x, w + j * k, y + j, 1);
  finish (first, end, y, args);
}

#endif
