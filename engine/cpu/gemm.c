/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Matrix product with packed weights: pointwise convolutions.
 *
 * Rows go in tiles of TILE_ROWS or fewer, as even as possible, so that 49
 * pixels are seven tiles of seven. The tile's rows stay in the first cache
 * while all weights pass. */

#include "engine/cpu/simd_tile.h"

V_INLINE void
product (const gsize rows, const gsize vecs, const gfloat * a,
    gsize stride, const gfloat * w, gsize k, const TileStore * store)
{
  Tile acc;

  tile_init (acc, rows, vecs, w);
  tile_add (acc, rows, vecs, k, a, stride, w + vecs * V_LEN);
  tile_store (acc, rows, vecs, store);
}

/* Rows of a times the factors of their columns. */
static void
scale_rows (gsize rows, const gfloat * a, gsize stride, gsize k,
    const gfloat * scale, gfloat * out)
{
  gsize r, i;

  for (r = 0; r < rows; r++) {
    const gfloat *x = a + r * stride;
    gfloat *y = out + r * k;

    for (i = 0; i + V_LEN <= k; i += V_LEN)
      v_store (y + i, v_mul (v_load (x + i), v_load (scale + i)));
    if (i < k)
      v_store_part (y + i, v_mul (v_load_part (x + i, k - i),
              v_load_part (scale + i, k - i)), k - i);
  }
}

void
MN_SIMD (mn_gemm_f32) (gsize m, const gfloat * a, const gfloat * w,
    gfloat * c, const MnGemmArgs * args)
{
  gsize n_tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
  gsize k = args->k, n = args->n, t, first = 0, column;

  for (t = 0; t < n_tiles; t++) {
    gsize end = m * (t + 1) / n_tiles, rows = end - first;
    const gfloat *tile_a = a + first * args->a_stride, *tile_w = w;
    gsize stride = args->a_stride;
    TileStore store = { c + first * args->c_stride, args->c_stride,
      args->residual, args->residual_stride, 0, &args->act
    };

    if (args->residual)
      store.residual += first * args->residual_stride;
    if (args->scale) {
      scale_rows (rows, tile_a, stride, k, args->scale, args->scratch);
      tile_a = args->scratch;
      stride = k;
    }
    for (column = 0; column < n; column += TILE_WIDTH) {
      gsize vecs;

      store.cols = MIN (n - column, TILE_WIDTH);
      vecs = (store.cols + V_LEN - 1) / V_LEN;
      TILE_CASES (product, rows, vecs, tile_a, stride, tile_w, k, &store);
      tile_w += vecs * V_LEN * (k + 1);
      store.c += TILE_WIDTH;
      if (store.residual)
        store.residual += TILE_WIDTH;
    }
    first = end;
  }
}
