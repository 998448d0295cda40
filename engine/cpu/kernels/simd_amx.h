/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* AMX's tiles: eight registers of sixteen rows of 64 bytes (Intel's Software
 * Developer's Manual, volume 1, chapter 18), beside the vectors of AVX-512
 * with BF16. */

#ifndef MN_SIMD_AMX_H
#define MN_SIMD_AMX_H

#include "engine/cpu/kernels/simd_tile.h"

#include <immintrin.h>

#define TILE_LINES 16 /* rows of a register */

/* Of the matrix product: the most rows at once, and outputs of a tile. */
#define AMX_GEMM_ROWS (2 * TILE_LINES)
#define AMX_GEMM_WIDTH (2 * V_LEN)

/* For the convolutions that do not suit tiles. */
void mn_conv_f32_avx512bf16 (gsize first, gsize end, gconstpointer in,
    const gfloat *w, gpointer out, const MnConvArgs *args);

/* What LDTILECFG reads. */
typedef struct
{
  guint8 palette, start_row, reserved[14];
  guint16 bytes[16]; /* of a row */
  guint8 rows[16];
} TileConfig;

/* Compilers are not told which memory the intrinsics read: what is written
 * before this is there behind it. */
#define TILE_BARRIER() __asm__ volatile ("" : : : "memory")

/* Registers are described in order, from 0 on. */
V_INLINE void
tile_describe (TileConfig *config, guint reg, gsize rows, gsize bytes)
{
  if (reg == 0) {
    memset (config, 0, sizeof (*config));
    config->palette = 1;
  }
  /* No register may be empty that an instruction names. */
  config->rows[reg] = MAX (rows, 1);
  config->bytes[reg] = bytes;
}

/* Empties all registers, too. */
V_INLINE void
tile_configure (const TileConfig *config)
{
  TILE_BARRIER ();
  _tile_loadconfig (config);
}

/* rows, vecs, width: constants. */
V_INLINE void
tile_finish_rows (const gsize rows, const gsize vecs, const gfloat *sums,
    const gsize width, const gfloat *bias, const TileStore *store)
{
  Tile acc;
  gsize r, v;

  tile_init (acc, rows, vecs, bias);
  V_UNROLL for (r = 0; r < rows; r++)
  {
    V_UNROLL for (v = 0; v < vecs; v++)
        acc[r][v] = v_add (acc[r][v], v_load (sums + r * width + v * V_LEN));
  }
  tile_store (acc, rows, vecs, store);
}

/* Rows of sums, `width` apart, with biases, activations and residuals to where
 * they belong. vecs and width: constants. */
V_INLINE void
tile_finish (const gsize vecs, gsize rows, const gfloat *sums,
    const gsize width, const gfloat *bias, TileStore store)
{
  gsize r = 0, n;

  for (; r < rows; r += n) {
    n = r + 4 <= rows ? 4 : 1;
    if (n == 4)
      tile_finish_rows (4, vecs, sums, width, bias, &store);
    else
      tile_finish_rows (1, vecs, sums, width, bias, &store);
    sums += n * width;
    store.c += n * store.c_stride;
    if (store.residual)
      store.residual += n * store.residual_stride;
  }
}

#endif /* MN_SIMD_AMX_H */
