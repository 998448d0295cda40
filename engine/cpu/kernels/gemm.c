/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Matrix product with packed weights: pointwise convolutions.
 *
 * Rows go in tiles of TILE_ROWS or fewer, as even as possible, so that 49
 * pixels are seven tiles of seven. The tile's rows stay in the first cache
 * while all weights pass.
 *
 * Where there are many weights, which a network of more than the caches'
 * size reads from memory each time, they pass once for a group of row tiles
 * instead, and while a tile of them is multiplied the next is fetched. */

#include "engine/base/cpu_cache.h"
#include "engine/cpu/kernels/simd_tile.h"

V_INLINE void
product (const gsize rows, const gsize vecs, const ve *a, gsize stride,
    const gfloat *w, gsize k, const TileStore *store)
{
  Tile acc;

  tile_init (acc, rows, vecs, w);
  tile_add (acc, rows, vecs, 0, k, a, stride, w + vecs * V_LEN);
  tile_store (acc, rows, vecs, store);
}

/* Weights, in floats, of which there are many. */
#define MANY 32768
/* Lines that are fetched at once: a core waits when more are under way than
 * it keeps track of. */
#define AT_ONCE 8

/* A product that fetches lines from ahead on, every step inputs. */
V_INLINE void
far_product (const gsize rows, const gsize vecs, const ve *a, gsize stride,
    const gfloat *w, gsize k, const TileStore *store, const gchar *ahead,
    gsize step)
{
  Tile acc;
  gsize left, n, i;

  tile_init (acc, rows, vecs, w);
  w += vecs * V_LEN;
  for (left = k; left > 0; left -= n) {
    n = MIN (left, step);
    V_UNROLL for (i = 0; i < AT_ONCE; i++)
        __builtin_prefetch (ahead + i * MN_CACHE_LINE, 0, 2);
    ahead += AT_ONCE * MN_CACHE_LINE;
    tile_add (acc, rows, vecs, 0, n, a, stride, w);
    a += n;
    w += vecs * V_LEN * TILE_RUN_ROWS (n);
  }
  tile_store (acc, rows, vecs, store);
}

/* A tile of weights and m rows in n tiles of TILE_ROWS or one less. */
V_INLINE void
far_columns (gsize m, const gsize vecs, gsize n, const ve *a, gsize stride,
    const gfloat *w, gsize k, TileStore store)
{
  gsize size = vecs * V_LEN * (TILE_RUN_ROWS (k) + 1);
  gsize n_lines = size * sizeof (gfloat) / MN_CACHE_LINE;
  gsize n_steps = (n_lines + n * AT_ONCE - 1) / (n * AT_ONCE);
  /* Even, for weights may be pairs. */
  gsize step = (k / n_steps + 2) / 2 * 2;
  /* Behind the last tile there is what the next layer reads first. */
  const gchar *ahead = (const gchar *) (w + size);
  gsize i;

  for (i = 0; i < n; i++) {
    gsize rows = i < m - n * (TILE_ROWS - 1) ? TILE_ROWS : TILE_ROWS - 1;

    if (rows == TILE_ROWS)
      far_product (TILE_ROWS, vecs, a, stride, w, k, &store, ahead, step);
    else
      far_product (TILE_ROWS - 1, vecs, a, stride, w, k, &store, ahead, step);
    ahead += n_steps * AT_ONCE * MN_CACHE_LINE;
    a += rows * stride;
    tile_next_rows (&store, rows);
  }
}

/* A group of m rows, in n tiles. */
static void
far_group (gsize m, gsize n, const ve *a, const gfloat *w, TileStore store,
    const MnGemmArgs *args)
{
  gsize k = args->k, stride = args->a_stride, column, vecs;

  if (args->scale) {
    tile_scale_rows (m, a, stride, k, args->scale, args->scratch);
    a = args->scratch;
    stride = k;
  }
  for (column = 0; column < args->n; column += vecs * V_LEN) {
    gsize left = args->n - column;

    vecs = tile_set_columns (&store, left, tile_width (left), args->padded);
    TILE_VECS_CASES (far_columns, m, vecs, n, a, stride, w, k, store);
    w += vecs * V_LEN * (TILE_RUN_ROWS (k) + 1);
    tile_next_columns (&store, vecs * V_LEN);
  }
}

/* Out of line, or registers for it are taken from the rest. */
static void __attribute__ ((noinline))
far_gemm (gsize m, gsize n_tiles, const ve *a, const gfloat *w, ve *c,
    const MnGemmArgs *args)
{
  gsize n_groups = (n_tiles + TILE_GROUP - 1) / TILE_GROUP, i, first, end;
  gsize more = m - n_tiles * (TILE_ROWS - 1);

  for (i = 0, first = 0; i < n_groups; i++, first = end) {
    gsize row = first * (TILE_ROWS - 1) + MIN (first, more), rows;
    TileStore store = {c + row * args->c_stride, args->c_stride, args->residual,
      args->residual_stride, 0, &args->act};

    end = n_tiles * (i + 1) / n_groups;
    rows = end * (TILE_ROWS - 1) + MIN (end, more) - row;
    if (args->residual)
      store.residual += row * args->residual_stride;
    far_group (rows, end - first, a + row * args->a_stride, w, store, args);
  }
}

void
MN_SIMD (mn_gemm_f32) (gsize m, gconstpointer a, const gfloat *w, gpointer c,
    const MnGemmArgs *args)
{
  gsize k = args->k, n = args->n, first, rows, column, vecs;
  gsize n_tiles = (m + TILE_ROWS - 1) / TILE_ROWS;

  if (n * k >= MANY && n_tiles > 1 && m >= n_tiles * (TILE_ROWS - 1)) {
    far_gemm (m, n_tiles, a, w, c, args);
    return;
  }
  for (first = 0; first < m; first += rows) {
    const ve *tile_a = (const ve *) a + first * args->a_stride;
    const gfloat *tile_w = w;
    gsize stride = args->a_stride;
    TileStore store = {(ve *) c + first * args->c_stride, args->c_stride,
      args->residual, args->residual_stride, 0, &args->act};

    n_tiles = (m - first + TILE_ROWS - 1) / TILE_ROWS;
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
    for (column = 0; column < n; column += vecs * V_LEN) {
      gsize left = n - column;

      vecs = tile_set_columns (&store, left, tile_width (left), args->padded);
      if (rows == TILE_HIGH)
        product (TILE_HIGH, 1, tile_a, stride, tile_w, k, &store);
      else
        TILE_CASES (product, rows, vecs, tile_a, stride, tile_w, k, &store);
      tile_w += vecs * V_LEN * (TILE_RUN_ROWS (k) + 1);
      tile_next_columns (&store, vecs * V_LEN);
    }
  }
}
