/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Matrix product of bfloat16 in AMX's tiles.
 *
 * A group of rows is one block or two of at most sixteen rows, as even as
 * possible; a product takes as long as its block has rows. Two blocks times
 * two tiles of outputs are four sums, which leaves two tiles each for rows and
 * for weights. */

#include "engine/cpu/kernels/simd_amx.h"

#define GROUP AMX_GEMM_ROWS
#define WIDTH AMX_GEMM_WIDTH
#define STEP 32 /* elements of k in a tile */

/* Rows of a group, and those of its blocks. */
typedef struct
{
  gsize rows, block[2];
} Group;

/* Registers: sums 0 to 3, rows 4 and 5, weights 6 and 7. */
static void
configure (const Group *g)
{
  static const guint block_of[6] = {0, 0, 1, 1, 0, 1};
  TileConfig config;
  guint i;

  for (i = 0; i < 8; i++)
    tile_describe (&config, i, i < 6 ? g->block[block_of[i]] : STEP / 2, 64);
  tile_configure (&config);
}

/* stride: elements between rows. Constants: blocks, vecs. */
V_INLINE void
add_step (const gsize blocks, const gsize vecs, const Group *g, const ve *a,
    gsize stride, const gfloat *w)
{
  gsize a_bytes = stride * sizeof (ve),
        w_bytes = vecs * V_LEN * sizeof (gfloat);

  _tile_loadd (6, w, w_bytes);
  _tile_loadd (4, a, a_bytes);
  _tile_dpbf16ps (0, 4, 6);
  if (vecs > 1) {
    _tile_loadd (7, w + V_LEN, w_bytes);
    _tile_dpbf16ps (1, 4, 7);
  }
  if (blocks > 1) {
    _tile_loadd (5, a + g->block[0] * stride, a_bytes);
    _tile_dpbf16ps (2, 5, 6);
    if (vecs > 1)
      _tile_dpbf16ps (3, 5, 7);
  }
}

/* w: behind the biases. rest: the last k % STEP elements of each row, with
 * zeros behind them. sums: WIDTH a row. */
V_INLINE void
product (const gsize blocks, const gsize vecs, const Group *g, const ve *a,
    gsize stride, const ve *rest, const gfloat *w, gsize k, gfloat *sums)
{
  gsize i;

  _tile_zero (0);
  _tile_zero (1);
  _tile_zero (2);
  _tile_zero (3);
  for (i = 0; i + STEP <= k; i += STEP) {
    add_step (blocks, vecs, g, a + i, stride, w);
    w += STEP / 2 * vecs * V_LEN;
  }
  if (i < k)
    add_step (blocks, vecs, g, rest, STEP, w);
  _tile_stored (0, sums, WIDTH * sizeof (gfloat));
  if (vecs > 1)
    _tile_stored (1, sums + V_LEN, WIDTH * sizeof (gfloat));
  if (blocks > 1) {
    sums += g->block[0] * WIDTH;
    _tile_stored (2, sums, WIDTH * sizeof (gfloat));
    if (vecs > 1)
      _tile_stored (3, sums + V_LEN, WIDTH * sizeof (gfloat));
  }
}

/* One tile of outputs of a group. */
V_INLINE void
outputs (const gsize vecs, const Group *g, const ve *a, gsize stride,
    const ve *rest, const gfloat *w, gsize k, const TileStore *store)
{
  gfloat sums[GROUP * WIDTH] __attribute__ ((aligned (64)));
  const gfloat *behind = w + vecs * V_LEN;

  if (g->block[1])
    product (2, vecs, g, a, stride, rest, behind, k, sums);
  else
    product (1, vecs, g, a, stride, rest, behind, k, sums);
  TILE_BARRIER ();
  tile_finish (vecs, g->rows, sums, WIDTH, w, *store);
}

static void
copy_rest (gsize rows, const ve *a, gsize stride, gsize k, ve *rest)
{
  gsize n = k % STEP, r;

  for (r = 0; n > 0 && r < rows; r++)
    _mm512_storeu_si512 (rest + r * STEP,
        e_load2_n (a + r * stride + k - n, n));
}

static void
group_product (const Group *g, const ve *a, const gfloat *w, TileStore store,
    const MnGemmArgs *args)
{
  ve rest[GROUP * STEP] __attribute__ ((aligned (64)));
  gsize k = args->k, n = args->n, stride = args->a_stride, column;

  if (args->scale) {
    tile_scale_rows (g->rows, a, stride, k, args->scale, args->scratch);
    a = args->scratch;
    stride = k;
  }
  copy_rest (g->rows, a, stride, k, rest);
  TILE_BARRIER ();
  for (column = 0; column < n; column += WIDTH) {
    gsize vecs = tile_set_columns (&store, n - column, WIDTH, args->padded);

    if (vecs == 2)
      outputs (2, g, a, stride, rest, w, k, &store);
    else
      outputs (1, g, a, stride, rest, w, k, &store);
    w += vecs * V_LEN * ((k + STEP - 1) / STEP * STEP / 2 + 1);
    tile_next_columns (&store, WIDTH);
  }
}

void
MN_SIMD (mn_gemm_f32) (gsize m, gconstpointer a, const gfloat *w, gpointer c,
    const MnGemmArgs *args)
{
  Group g = {
    0,
  };
  gsize first;

  for (first = 0; first < m; first += g.rows) {
    gsize n_groups = (m - first + GROUP - 1) / GROUP, before = g.rows;
    TileStore store = {(ve *) c + first * args->c_stride, args->c_stride,
      args->residual, args->residual_stride, 0, &args->act};

    g.rows = (m - first + n_groups - 1) / n_groups;
    if (g.rows != before) {
      g.block[1] = g.rows > TILE_LINES ? g.rows / 2 : 0;
      g.block[0] = g.rows - g.block[1];
      configure (&g);
    }
    if (args->residual)
      store.residual += first * args->residual_stride;
    group_product (&g, (const ve *) a + first * args->a_stride, w, store, args);
  }
  /* Whoever runs next on this core need not save them. */
  _tile_release ();
}
