/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A tile of accumulators, rows x vecs of them in registers: what matrix
 * products and convolutions have in common. rows and vecs are constants
 * wherever these are used. */

#ifndef MN_SIMD_TILE_H
#define MN_SIMD_TILE_H

#include "engine/cpu/kernels/simd_kernels.h"

typedef vf Tile[TILE_HIGH][TILE_VECS];

/* Where a tile goes: cols of vecs * V_LEN columns are wanted. */
typedef struct
{
  ve *c;
  gsize c_stride;
  const ve *residual; /* or NULL */
  gsize residual_stride;
  gsize cols;
  const MnAct *act;
} TileStore;

/* The width of the first of the tiles that `left` columns make (MnTile.even):
 * where one vector would be left, which has too few sums to hide how long one
 * takes, the last two tiles share. */
V_INLINE gsize
tile_width (gsize left)
{
  return left > TILE_WIDTH && left <= TILE_WIDTH + V_LEN ? TILE_WIDTH - V_LEN
                                                         : TILE_WIDTH;
}

/* Sets the columns to those of a tile that is `width` wide at most, of which
 * `left` are left. Returns its vectors. */
V_INLINE gsize
tile_set_columns (TileStore *store, gsize left, const gsize width,
    gboolean padded)
{
  gsize vecs;

  store->cols = MIN (left, width);
  vecs = (store->cols + V_LEN - 1) / V_LEN;
  if (padded)
    store->cols = vecs * V_LEN;
  return vecs;
}

/* To the tile beside it. */
V_INLINE void
tile_next_columns (TileStore *store, const gsize width)
{
  store->c += width;
  if (store->residual)
    store->residual += width;
}

/* To the rows behind it. */
V_INLINE void
tile_next_rows (TileStore *store, gsize rows)
{
  store->c += rows * store->c_stride;
  if (store->residual)
    store->residual += rows * store->residual_stride;
}

V_INLINE void
tile_init (Tile acc, const gsize rows, const gsize vecs, const gfloat *bias)
{
  gsize r, v;

  V_UNROLL for (r = 0; r < rows; r++)
  {
    V_UNROLL for (v = 0; v < vecs; v++) acc[r][v] = v_load (bias + v * V_LEN);
  }
}

#ifdef V_PAIRS

#define TILE_RUN_ROWS(run) (((run) + 1) / 2)

/* Which weights of a pair count. */
typedef enum
{
  BOTH,
  FIRST,
  SECOND
} Half;

/* One row of packed weights; a: the pair of row 0. */
V_INLINE void
tile_add_row (Tile acc, const gsize rows, const gsize vecs, const ve *a,
    gsize stride, const gfloat *w, const Half half)
{
  vp b[TILE_VECS];
  gsize r, v;

  V_UNROLL for (v = 0; v < vecs; v++)
  {
    b[v] = p_load (w + v * V_LEN);
    V_KEEP (b[v]);
  }
  V_UNROLL for (r = 0; r < rows; r++)
  {
    const ve *p = a + r * stride;
    vp x = half == BOTH ? p_set1 (p)
        : half == FIRST ? p_first (p)
                        : p_second (p);

    V_KEEP (x);
    V_UNROLL for (v = 0; v < vecs; v++) acc[r][v] = p_dot (acc[r][v], x, b[v]);
  }
}

/* acc[r] += sum over i < k of a[r * stride + i] * weight first + i of the run
 * whose packed rows are w */
V_INLINE void
tile_add (Tile acc, const gsize rows, const gsize vecs, gsize first, gsize k,
    const ve *a, gsize stride, const gfloat *w)
{
  const ve *end = a + k;

  w += first / 2 * vecs * V_LEN;
  if (first % 2 && k > 0) {
    tile_add_row (acc, rows, vecs, a, stride, w, SECOND);
    w += vecs * V_LEN;
    a++;
  }
  for (; a + 1 < end; a += 2) {
    tile_add_row (acc, rows, vecs, a, stride, w, BOTH);
    w += vecs * V_LEN;
  }
  if (a < end)
    tile_add_row (acc, rows, vecs, a, stride, w, FIRST);
}

/* The same of a whole run, k and stride being constants. */
V_INLINE void
tile_add_run (Tile acc, const gsize rows, const gsize vecs, const gsize k,
    const ve *a, const gsize stride, const gfloat *w)
{
  gsize i;

  V_UNROLL for (i = 0; i < k; i += 2) tile_add_row (acc, rows, vecs, a + i,
      stride, w + i / 2 * vecs * V_LEN, i + 1 < k ? BOTH : FIRST);
}

#elif defined(V_HALVES)

#include "engine/cpu/kernels/simd_tile_half.h"

#else

/* Rows of packed weights that a run takes. */
#define TILE_RUN_ROWS(run) (run)

/* Where registers are few, compilers would rather load a value again for each
 * product, and send sums through memory where they unroll the loop. */
#if V_REGS < 32
#define V_KEEP_IF_FEW V_KEEP
#define V_LOOP _Pragma ("GCC unroll 1")
#else
#define V_KEEP_IF_FEW(v)
#define V_LOOP
#endif

/* acc[r] += sum over i < k of a[r * stride + i] * weight first + i of the run
 * whose packed rows are w */
V_INLINE void
tile_add (Tile acc, const gsize rows, const gsize vecs, gsize first, gsize k,
    const ve *a, gsize stride, const gfloat *w)
{
  const ve *row[(TILE_HIGH + 2) / 3];
  const gfloat *end;
  gsize r, v;

  w += first * vecs * V_LEN;
  end = w + k * vecs * V_LEN;
  /* Three rows share a pointer: the other two are one and two strides behind
   * it, which costs no register more, and so there are enough of them. */
  V_UNROLL for (r = 0; r < rows; r += 3)
  {
    row[r / 3] = a + r * stride;
    V_KEEP_POINTER (row[r / 3]);
  }
  V_LOOP while (w != end)
  {
    vf b[TILE_VECS];

    V_UNROLL for (v = 0; v < vecs; v++)
    {
      b[v] = v_load (w + v * V_LEN);
      V_KEEP_IF_FEW (b[v]);
    }
    V_UNROLL for (r = 0; r < rows; r++)
    {
      vf x = e_set1 (row[r / 3] + r % 3 * stride);

      V_KEEP_IF_FEW (x);
      V_UNROLL for (v = 0; v < vecs; v++)
          acc[r][v] = v_fma (x, b[v], acc[r][v]);
    }
    V_UNROLL for (r = 0; r < rows; r += 3) row[r / 3]++;
    w += vecs * V_LEN;
  }
}

V_INLINE void
tile_add_run (Tile acc, const gsize rows, const gsize vecs, const gsize k,
    const ve *a, gsize stride, const gfloat *w)
{
  tile_add (acc, rows, vecs, 0, k, a, stride, w);
}

#endif

/* Whole vectors. All but acc and s are constants; residual: there is one. */
V_INLINE void
tile_store_as (Tile acc, const gsize rows, const gsize vecs, const TileStore *s,
    const MnActKind kind, const gboolean residual)
{
  /* Copies, since what is stored might lie over the arguments. */
  const TileStore to = *s;
  const MnAct act = *s->act;
  const ve *b = to.residual;
  ve *c = to.c;
  gsize r, v;

  V_UNROLL for (r = 0; r < rows; r++)
  {
    V_UNROLL for (v = 0; v < vecs; v++)
    {
      vf y = v_act (acc[r][v], &act, kind);

      if (residual)
        y = v_add (y, e_load (b + v * V_LEN));
      e_store (c + v * V_LEN, y);
    }
    /* Step by step, since all of them worked out beforehand would go through
     * memory. */
    c += to.c_stride;
    V_KEEP_POINTER (c);
    if (residual) {
      b += to.residual_stride;
      V_KEEP_POINTER (b);
    }
  }
}

/* The rest, which is seldom: in little code. */
V_INLINE void
tile_store_any (Tile acc, const gsize rows, const gsize vecs,
    const TileStore *s)
{
  gsize last = s->cols - (vecs - 1) * V_LEN, r, v;

  V_UNROLL for (r = 0; r < rows; r++)
  {
    ve *c = s->c + r * s->c_stride;

    V_UNROLL for (v = 0; v < vecs; v++)
    {
      gsize n = v + 1 < vecs ? V_LEN : last;
      vf y = v_act (acc[r][v], s->act, s->act->kind);

      if (s->residual)
        y = v_add (y,
            e_load_n (s->residual + r * s->residual_stride + v * V_LEN, n));
      e_store_n (c + v * V_LEN, y, n);
    }
  }
}

V_INLINE void
tile_store (Tile acc, const gsize rows, const gsize vecs, const TileStore *s)
{
  const gboolean whole = G_LIKELY (s->cols == vecs * V_LEN);

  if (whole && s->act->kind == MN_ACT_KIND_CLAMP && !s->residual)
    tile_store_as (acc, rows, vecs, s, MN_ACT_KIND_CLAMP, FALSE);
  else if (whole && s->act->kind == MN_ACT_KIND_CLAMP)
    tile_store_as (acc, rows, vecs, s, MN_ACT_KIND_CLAMP, TRUE);
  else if (whole && s->act->kind == MN_ACT_KIND_HARD_SWISH && !s->residual)
    tile_store_as (acc, rows, vecs, s, MN_ACT_KIND_HARD_SWISH, FALSE);
  else
    tile_store_any (acc, rows, vecs, s);
}

/* Rows of a times the factors of their columns. */
V_INLINE void
tile_scale_rows (gsize rows, const ve *a, gsize stride, gsize k,
    const gfloat *scale, ve *out)
{
  gsize r, i;

  for (r = 0; r < rows; r++) {
    const ve *x = a + r * stride;
    ve *y = out + r * k;

    for (i = 0; i + V_LEN <= k; i += V_LEN)
      e_store (y + i, v_mul (e_load (x + i), v_load (scale + i)));
    if (i < k)
      e_store_part (y + i,
          v_mul (e_load_part (x + i, k - i), v_load_part (scale + i, k - i)),
          k - i);
  }
}

/* Calls f (rows, vecs, ...) with constants. */
#define TILE_VECS_CASES(f, rows, vecs, ...) \
  switch (vecs) { \
    case 1: \
      f (rows, 1, __VA_ARGS__); \
      break; \
    case 2: \
      f (rows, 2, __VA_ARGS__); \
      break; \
    default: \
      f (rows, 3, __VA_ARGS__); \
      break; \
  }

#if TILE_ROWS == 8
#define TILE_CASES(f, rows, vecs, ...) \
  switch (rows) { \
    case 1: \
      TILE_VECS_CASES (f, 1, vecs, __VA_ARGS__); \
      break; \
    case 2: \
      TILE_VECS_CASES (f, 2, vecs, __VA_ARGS__); \
      break; \
    case 3: \
      TILE_VECS_CASES (f, 3, vecs, __VA_ARGS__); \
      break; \
    case 4: \
      TILE_VECS_CASES (f, 4, vecs, __VA_ARGS__); \
      break; \
    case 5: \
      TILE_VECS_CASES (f, 5, vecs, __VA_ARGS__); \
      break; \
    case 6: \
      TILE_VECS_CASES (f, 6, vecs, __VA_ARGS__); \
      break; \
    case 7: \
      TILE_VECS_CASES (f, 7, vecs, __VA_ARGS__); \
      break; \
    default: \
      TILE_VECS_CASES (f, 8, vecs, __VA_ARGS__); \
      break; \
  }
#else
#define TILE_CASES(f, rows, vecs, ...) \
  switch (rows) { \
    case 1: \
      TILE_VECS_CASES (f, 1, vecs, __VA_ARGS__); \
      break; \
    case 2: \
      TILE_VECS_CASES (f, 2, vecs, __VA_ARGS__); \
      break; \
    case 3: \
      TILE_VECS_CASES (f, 3, vecs, __VA_ARGS__); \
      break; \
    default: \
      TILE_VECS_CASES (f, 4, vecs, __VA_ARGS__); \
      break; \
  }
#endif

#endif /* MN_SIMD_TILE_H */
