/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Matrix product with packed weights: pointwise convolutions.
 *
 * Rows go in tiles of TILE_ROWS or fewer, as even as possible, so that 49
 * pixels are seven tiles of seven. The tile's rows stay in the first cache
 * while all weights pass. */

#include "engine/cpu/simd_tile.h"

V_INLINE void
product (const gsize rows, const gsize vecs, const ve * a,
    gsize stride, const gfloat * w, gsize k, const TileStore * store)
{
  Tile acc;

  tile_init (acc, rows, vecs, w);
  tile_add (acc, rows, vecs, 0, k, a, stride, w + vecs * V_LEN);
  tile_store (acc, rows, vecs, store);
}

void
MN_SIMD (mn_gemm_f32) (gsize m, gconstpointer a, const gfloat * w,
    gpointer c, const MnGemmArgs * args)
{
  gsize k = args->k, n = args->n, first, rows, column, width;

  for (first = 0; first < m; first += rows) {
    gsize n_tiles = (m - first + TILE_ROWS - 1) / TILE_ROWS;
    const ve *tile_a = (const ve *) a + first * args->a_stride;
    const gfloat *tile_w = w;
    gsize stride = args->a_stride;
    TileStore store = { (ve *) c + first * args->c_stride, args->c_stride,
      args->residual, args->residual_stride, 0, &args->act
    };

    rows = (m - first + n_tiles - 1) / n_tiles;
    if (n <= V_LEN && m - first >= TILE_HIGH)
      rows = TILE_HIGH;
    if (args->residual)
      store.residual += first * args->residual_stride;
    if (args->scale) {
      tile_scale_rows (rows, tile_a, stride, k, args->scale, args->scratch);
      tile_a = args->scratch;
      stride = k;
    }
    for (column = 0; column < n; column += width) {
      gsize vecs;

      width = tile_width (n - column);
      vecs = tile_set_columns (&store, n - column, width, args->padded);
      if (rows == TILE_HIGH)
        product (TILE_HIGH, 1, tile_a, stride, tile_w, k, &store);
      else
        TILE_CASES (product, rows, vecs, tile_a, stride, tile_w, k, &store);
      tile_w += vecs * V_LEN * (TILE_RUN_ROWS (k) + 1);
      tile_next_columns (&store, width);
    }
  }
}
