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
  gsize step;                   /* outputs a block, 1 .. BLOCK */
  vf sum[DW_VECS];              /* of the results */
} Channel;

typedef vf Sums[BLOCK][DW_VECS];

/* Whether column i of those that a block of t outputs reads may lie outside
 * the picture: where each output has a tap in it, only the outermost do. */
V_INLINE gboolean
may_be_outside (const gsize t, const gsize size, const gsize stride,
    const gsize i)
{
  return i + 1 < size || i > (t - 1) * stride;
}

#ifdef V_PAIRS
#include "engine/cpu/dwconv_pairs.h"
#else

/* Rows of a tile's packed weights. */
#define DW_ROWS(size) (size)

/* What the outputs of a row have in common: the first kernel row that is in
 * the picture and how many of them are. */
typedef struct
{
  const ve *in;                 /* column 0 */
  const gfloat *w;
  gsize n;
} Taps;

V_INLINE Taps
row_taps (const Channel * c, const gsize size, gssize iy)
{
  const MnDwconvArgs *args = c->args;
  gsize first = iy < 0 ? -iy : 0;
  gssize end = MIN ((gssize) size, (gssize) args->in_h - iy);
  Taps taps = { c->in, c->w, 0 };

  if (end > (gssize) first) {
    taps.in += (iy + (gssize) first) * (gssize) (args->in_w * args->in_stride);
    taps.w += (1 + first * size) * V_LEN;
    taps.n = end - first;
  }
  return taps;
}

/* Adds the taps to t sums; ix: the first tap's column. All but c, taps and ix
 * are constants: vecs vectors of n channels, a size x size kernel; whole: no
 * column outside. */
V_INLINE void
add_taps (const gsize vecs, const gsize t, const gsize size,
    const gsize stride, const gboolean whole, const gsize n,
    const Channel * c, const Taps * taps, gssize ix, Sums acc)
{
  gsize in_w = c->args->in_w, ky, i, kx;
  gssize pixel = (gssize) c->args->in_stride;
  const ve *row = taps->in + ix * pixel;
  const gfloat *weights = taps->w;
  vf w[5], v;

  for (ky = taps->n; ky > 0; ky--) {
    V_UNROLL for (kx = 0; kx < size; kx++)
      w[kx] = v_load (weights + kx * V_LEN);
    V_UNROLL for (i = 0; i < (t - 1) * stride + size; i++) {
      if (!whole && may_be_outside (t, size, stride, i)
          && (gsize) (ix + (gssize) i) >= in_w)
        continue;
      v = e_load_n (row + (gssize) i * pixel, n);
      V_KEEP (v);
      V_UNROLL for (kx = 0; kx < size; kx++) {
        if (i >= kx && (i - kx) % stride == 0 && (i - kx) / stride < t)
          acc[(i - kx) / stride][0] = v_fma (v, w[kx],
              acc[(i - kx) / stride][0]);
      }
    }
    row += in_w * pixel;
    weights += size * V_LEN;
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
  /* Copies, since what is stored might lie over the arguments. */
  const MnAct act = c->args->act;
  gsize stride = c->args->out_stride, i, v;

  V_UNROLL for (i = 0; i < t; i++) {
    V_UNROLL for (v = 0; v < vecs; v++) {
      acc[i][v] = v_act (acc[i][v], &act, kind);
      c->sum[v] = v_add (c->sum[v], acc[i][v]);
    }
    store (vecs, n, out + i * stride, acc[i]);
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

/* Outputs x .. x + t - 1 of the row out. All but c, taps, x and out are
 * constants; full: all of the tile's channels, if that makes a
 * difference. */
V_INLINE void
block (const gsize vecs, const gsize t, const gsize size,
    const gsize stride, const gboolean whole, const gboolean full,
    Channel * c, const Taps * taps, gsize x, ve * out)
{
  const MnDwconvArgs *args = c->args;
  const gsize n = full && !ALWAYS_FULL ? vecs * V_LEN : c->n;
  gssize ix = (gssize) (x * stride) - (gssize) args->pad_left;
  Sums acc;
  gsize i, v;

  out += x * args->out_stride;
  V_UNROLL for (i = 0; i < t; i++) {
    V_UNROLL for (v = 0; v < vecs; v++)
      acc[i][v] = v_load (c->w + v * V_LEN);
  }
  add_taps (vecs, t, size, stride, whole, n, c, taps, ix, acc);
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
  gsize out_w = args->out_w, in_w = args->in_w, pad = args->pad_left, x = 0;
  ve *out = c->out + y * out_w * args->out_stride;
  const Taps taps = row_taps (c, size,
      (gssize) (y * stride) - (gssize) args->pad_top);

  while (x < out_w) {
    gsize t = BLOCK_STEP (MIN (c->step, out_w - x));
    gboolean whole = x * stride >= pad
        && (x + t - 1) * stride + size <= in_w + pad;

    if (!ALWAYS_FULL && c->n < vecs * V_LEN) {
      BLOCK_CASES (vecs, t, size, stride, FALSE, FALSE, c, &taps, x, out);
    } else if (whole) {
      BLOCK_CASES (vecs, t, size, stride, TRUE, TRUE, c, &taps, x, out);
    } else {
      BLOCK_CASES (vecs, t, size, stride, FALSE, TRUE, c, &taps, x, out);
    }
    x += t;
  }
}

/* Outputs a block, as even as possible. One, whose every column is checked,
 * where some output may have no tap in the picture. */
static gsize
block_size (const MnDwconvArgs * args, gsize size, gsize stride)
{
  gsize n_blocks = (args->out_w + BLOCK - 1) / BLOCK;

  if (args->pad_left >= size
      || (args->out_w - 1) * stride >= args->in_w + args->pad_left)
    return 1;
  return (args->out_w + n_blocks - 1) / n_blocks;
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
  gsize step = block_size (args, size, stride), t, v;

  for (t = first_tile; t < end_tile; t++) {
    gsize first = t * DW_WIDTH, n = MIN (args->channels - first, DW_WIDTH);
    gfloat *sums = args->sums ? args->sums + first : NULL;
    Channel c = { args, in + first, w + first * n_rows, out + first, n,
      step
    };

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
