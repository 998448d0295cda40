/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution.
 *
 * Channel vectors are outermost, then rows, then blocks of up to seven
 * outputs of a row, whose sums stay in registers: the widths of MobileNet
 * are multiples of seven. A kernel row's weights are loaded once a block and
 * each input once, for all outputs that want it. Taps outside the picture
 * are left out: rows by the loop's bounds, columns by a check that only
 * blocks at the edges have. */

#include "engine/cpu/simd_kernels.h"

#define BLOCK 7

typedef struct
{
  const MnDwconvArgs *args;
  const ve *in;                 /* this tile's channels of pixel 0 */
  const gfloat *w;              /* this tile's: bias, then taps */
  ve *out;
  gsize n;                      /* channels to read and write, 1 .. DW_WIDTH */
  vf sum[DW_VECS];              /* of the results */
} Channel;

typedef vf Sums[BLOCK][DW_VECS];

#ifdef V_PAIRS
#include "engine/cpu/dwconv_pairs.h"
#else

/* Rows of a tile's packed weights. */
#define DW_ROWS(size) (size)

/* Adds the taps to t sums; iy, ix: the first tap's place in the picture. All
 * but c, iy and ix are constants: vecs vectors of n channels, a size x size
 * kernel; whole: no column outside. */
V_INLINE void
add_taps (const gsize vecs, const gsize t, const gsize size,
    const gsize stride, const gboolean whole, const gsize n,
    const Channel * c, gssize iy, gssize ix, Sums acc)
{
  const MnDwconvArgs *args = c->args;
  gsize ky0 = iy < 0 ? -iy : 0;
  gsize ky1 = MIN ((gssize) size, (gssize) args->in_h - iy), ky, i, kx;
  gssize pixel = (gssize) args->in_stride;
  vf w[5], v;

  for (ky = ky0; ky < ky1; ky++) {
    const ve *row = c->in + ((iy + (gssize) ky) * (gssize) args->in_w
        + ix) * pixel;

    V_UNROLL for (kx = 0; kx < size; kx++)
      w[kx] = v_load (c->w + (1 + ky * size + kx) * V_LEN);
    V_UNROLL for (i = 0; i < (t - 1) * stride + size; i++) {
      if (!whole && (gsize) (ix + (gssize) i) >= args->in_w)
        continue;
      v = e_load_n (row + (gssize) i * pixel, n);
      V_KEEP (v);
      V_UNROLL for (kx = 0; kx < size; kx++) {
        if (i >= kx && (i - kx) % stride == 0 && (i - kx) / stride < t)
          acc[(i - kx) / stride][0] = v_fma (v, w[kx],
              acc[(i - kx) / stride][0]);
      }
    }
  }
}

V_INLINE void
store (const gsize vecs, const gsize n, ve * out, const vf * v)
{
  e_store_n (out, v[0], n);
}

#endif

/* kind: the activation's, a constant. */
V_INLINE void
finish (const gsize vecs, const gsize t, const gsize n,
    const MnActivation kind, Channel * c, Sums acc, ve * out)
{
  gsize i, v;

  V_UNROLL for (i = 0; i < t; i++) {
    V_UNROLL for (v = 0; v < vecs; v++) {
      acc[i][v] = v_act (acc[i][v], &c->args->act, kind);
      c->sum[v] = v_add (c->sum[v], acc[i][v]);
    }
    store (vecs, n, out + i * c->args->out_stride, acc[i]);
  }
}

#ifdef V_PAIRS
/* Parts of a tile are no slower, and the code is large: fewer cases. */
#define ALWAYS_FULL TRUE
#define BLOCK_STEP(t) ((t) == 3 || (t) == 5 ? (t) - 1 : (t))
#else
#define ALWAYS_FULL FALSE
#define BLOCK_STEP(t) (t)
#endif

/* All but c, y and x are constants; full: all of the tile's channels, if
 * that makes a difference. */
V_INLINE void
block (const gsize vecs, const gsize t, const gsize size,
    const gsize stride, const gboolean whole, const gboolean full,
    Channel * c, gsize y, gsize x)
{
  const MnDwconvArgs *args = c->args;
  const gsize n = full && !ALWAYS_FULL ? vecs * V_LEN : c->n;
  gssize iy = (gssize) (y * stride) - (gssize) args->pad_top;
  gssize ix = (gssize) (x * stride) - (gssize) args->pad_left;
  ve *out = c->out + (y * args->out_w + x) * args->out_stride;
  Sums acc;
  gsize i, v;

  V_UNROLL for (i = 0; i < t; i++) {
    V_UNROLL for (v = 0; v < vecs; v++)
      acc[i][v] = v_load (c->w + v * V_LEN);
  }
  add_taps (vecs, t, size, stride, whole, n, c, iy, ix, acc);
  if (args->act.kind == MN_ACT_NONE)
    finish (vecs, t, n, MN_ACT_NONE, c, acc, out);
  else if (args->act.kind == MN_ACT_HARD_SWISH)
    finish (vecs, t, n, MN_ACT_HARD_SWISH, c, acc, out);
  else
    finish (vecs, t, n, MN_ACT_SIGMOID, c, acc, out);
}

#define BLOCK_CASES(vecs, t, ...) \
  switch (t) { \
    case 1: block (vecs, 1, __VA_ARGS__); break; \
    case 2: block (vecs, 2, __VA_ARGS__); break; \
    case 3: \
      if (BLOCK_STEP (3) == 3) \
        block (vecs, 3, __VA_ARGS__); \
      break; \
    case 4: block (vecs, 4, __VA_ARGS__); break; \
    case 5: \
      if (BLOCK_STEP (5) == 5) \
        block (vecs, 5, __VA_ARGS__); \
      break; \
    case 6: block (vecs, 6, __VA_ARGS__); break; \
    default: block (vecs, 7, __VA_ARGS__); break; \
  }

/* One row of one tile. */
V_INLINE void
row (const gsize vecs, const gsize size, const gsize stride, Channel * c,
    gsize y)
{
  const MnDwconvArgs *args = c->args;
  gsize n_blocks = (args->out_w + BLOCK - 1) / BLOCK, x = 0, b = 0;

  while (x < args->out_w) {
    gsize next = args->out_w * (b + 1) / n_blocks;
    gsize t = BLOCK_STEP (next - x);
    gboolean whole = x * stride >= args->pad_left
        && (x + t - 1) * stride + size <= args->in_w + args->pad_left;

    if (!ALWAYS_FULL && c->n < vecs * V_LEN) {
      BLOCK_CASES (vecs, t, size, stride, FALSE, FALSE, c, y, x);
    } else if (whole) {
      BLOCK_CASES (vecs, t, size, stride, TRUE, TRUE, c, y, x);
    } else {
      BLOCK_CASES (vecs, t, size, stride, FALSE, TRUE, c, y, x);
    }
    x += t;
    b += x == next;
  }
}

V_INLINE void
rows (const gsize vecs, const gsize size, const gsize stride, Channel * c,
    gsize first, gsize end, gfloat * sums, gsize n_sums)
{
  gsize y, v;

  for (y = first; y < end; y++)
    row (vecs, size, stride, c, y);
  if (!sums)
    return;
  V_UNROLL for (v = 0; v < vecs; v++)
    v_store_n (sums + v * V_LEN, c->sum[v], MIN (n_sums - v * V_LEN, V_LEN));
}

V_INLINE void
dwconv (const gsize size, const gsize stride, gsize first_row,
    gsize end_row, gsize first_tile, gsize end_tile, const ve * in,
    const gfloat * w, ve * out, const MnDwconvArgs * args)
{
  const gsize n_rows = 1 + DW_ROWS (size) * size;
  gsize t, v;

  for (t = first_tile; t < end_tile; t++) {
    gsize first = t * DW_WIDTH, n = MIN (args->channels - first, DW_WIDTH);
    gfloat *sums = args->sums ? args->sums + first : NULL;
    Channel c = { args, in + first, w + first * n_rows, out + first, n };

    for (v = 0; v < DW_VECS; v++)
      c.sum[v] = v_zero ();
    if (args->padded)
      c.n = (n + V_LEN - 1) / V_LEN * V_LEN;
    if (DW_VECS == 1 || n > V_LEN)
      rows (DW_VECS, size, stride, &c, first_row, end_row, sums, n);
    else
      rows (1, size, stride, &c, first_row, end_row, sums, n);
  }
}

void
MN_SIMD (mn_dwconv_f32_3x3s1) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat * w,
    gpointer out, const MnDwconvArgs * args)
{
  dwconv (3, 1, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_3x3s2) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat * w,
    gpointer out, const MnDwconvArgs * args)
{
  dwconv (3, 2, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_5x5s1) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat * w,
    gpointer out, const MnDwconvArgs * args)
{
  dwconv (5, 1, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_5x5s2) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, gconstpointer in, const gfloat * w,
    gpointer out, const MnDwconvArgs * args)
{
  dwconv (5, 2, first_row, end_row, first_tile, end_tile, in, w, out, args);
}
