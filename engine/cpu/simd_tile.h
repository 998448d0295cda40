/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A tile of accumulators, rows x vecs of them in registers: what matrix
 * products and convolutions have in common. rows and vecs are constants
 * wherever these are used. */

#ifndef MN_SIMD_TILE_H
#define MN_SIMD_TILE_H

#include "engine/cpu/simd_kernels.h"

typedef vf Tile[TILE_ROWS][TILE_VECS];

/* Where a tile goes: cols of vecs * V_LEN columns are wanted. */
typedef struct
{
  gfloat *c;
  gsize c_stride;
  const gfloat *residual;       /* or NULL */
  gsize residual_stride;
  gsize cols;
  const MnAct *act;
} TileStore;

V_INLINE void
tile_init (Tile acc, const gsize rows, const gsize vecs, const gfloat * bias)
{
  gsize r, v;

  V_UNROLL for (r = 0; r < rows; r++) {
    V_UNROLL for (v = 0; v < vecs; v++)
      acc[r][v] = v_load (bias + v * V_LEN);
  }
}

/* acc[r] += sum over k of a[r * stride + i] * w[i] */
V_INLINE void
tile_add (Tile acc, const gsize rows, const gsize vecs, gsize k,
    const gfloat * a, gsize stride, const gfloat * w)
{
  const gfloat *row[TILE_ROWS];
  gsize i, r, v;

  V_UNROLL for (r = 0; r < rows; r++)
    row[r] = a + r * stride;
  for (i = 0; i < k; i++) {
    vf b[TILE_VECS];

    V_UNROLL for (v = 0; v < vecs; v++)
      b[v] = v_load (w + v * V_LEN);
    V_UNROLL for (r = 0; r < rows; r++) {
      vf x = v_set1 (row[r][i]);

      V_UNROLL for (v = 0; v < vecs; v++)
        acc[r][v] = v_fma (x, b[v], acc[r][v]);
    }
    w += vecs * V_LEN;
  }
}

V_INLINE void
tile_store_as (Tile acc, const gsize rows, const gsize vecs,
    const TileStore * s, const MnActivation kind, const gboolean whole)
{
  gsize last = s->cols - (vecs - 1) * V_LEN, r, v;

  V_UNROLL for (r = 0; r < rows; r++) {
    gfloat *c = s->c + r * s->c_stride;

    V_UNROLL for (v = 0; v < vecs; v++) {
      gsize n = whole || v + 1 < vecs ? V_LEN : last;
      vf y = v_act (acc[r][v], s->act, kind);

      if (s->residual)
        y = v_add (y, v_load_n (s->residual + r * s->residual_stride
                + v * V_LEN, n));
      v_store_n (c + v * V_LEN, y, n);
    }
  }
}

V_INLINE void
tile_store (Tile acc, const gsize rows, const gsize vecs, const TileStore * s)
{
  gboolean whole = s->cols == vecs * V_LEN;

  if (s->act->kind == MN_ACT_NONE) {
    if (whole)
      tile_store_as (acc, rows, vecs, s, MN_ACT_NONE, TRUE);
    else
      tile_store_as (acc, rows, vecs, s, MN_ACT_NONE, FALSE);
  } else if (s->act->kind == MN_ACT_HARD_SWISH) {
    if (whole)
      tile_store_as (acc, rows, vecs, s, MN_ACT_HARD_SWISH, TRUE);
    else
      tile_store_as (acc, rows, vecs, s, MN_ACT_HARD_SWISH, FALSE);
  } else {
    tile_store_as (acc, rows, vecs, s, MN_ACT_SIGMOID, FALSE);
  }
}

/* Calls f (rows, vecs, ...) with constants. */
#define TILE_VECS_CASES(f, rows, vecs, ...) \
  switch (vecs) { \
    case 1: f (rows, 1, __VA_ARGS__); break; \
    case 2: f (rows, 2, __VA_ARGS__); break; \
    default: f (rows, 3, __VA_ARGS__); break; \
  }

#if TILE_ROWS == 8
#define TILE_CASES(f, rows, vecs, ...) \
  switch (rows) { \
    case 1: TILE_VECS_CASES (f, 1, vecs, __VA_ARGS__); break; \
    case 2: TILE_VECS_CASES (f, 2, vecs, __VA_ARGS__); break; \
    case 3: TILE_VECS_CASES (f, 3, vecs, __VA_ARGS__); break; \
    case 4: TILE_VECS_CASES (f, 4, vecs, __VA_ARGS__); break; \
    case 5: TILE_VECS_CASES (f, 5, vecs, __VA_ARGS__); break; \
    case 6: TILE_VECS_CASES (f, 6, vecs, __VA_ARGS__); break; \
    case 7: TILE_VECS_CASES (f, 7, vecs, __VA_ARGS__); break; \
    default: TILE_VECS_CASES (f, 8, vecs, __VA_ARGS__); break; \
  }
#else
#define TILE_CASES(f, rows, vecs, ...) \
  switch (rows) { \
    case 1: TILE_VECS_CASES (f, 1, vecs, __VA_ARGS__); break; \
    case 2: TILE_VECS_CASES (f, 2, vecs, __VA_ARGS__); break; \
    case 3: TILE_VECS_CASES (f, 3, vecs, __VA_ARGS__); break; \
    default: TILE_VECS_CASES (f, 4, vecs, __VA_ARGS__); break; \
  }
#endif

#endif /* MN_SIMD_TILE_H */
