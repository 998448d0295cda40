/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution.
 *
 * Groups of channels are outermost, then rows, then blocks of up to seven
 * outputs of a row: the widths of MobileNet are multiples of seven. A group is
 * a few cache lines of each pixel; its tiles take turns at each block, whose
 * sums stay in registers. (With one tile after the other, half a line at a
 * time, lines would be gone from the first cache before their other half is
 * wanted: pixels are often a power of two apart.) A kernel row's weights are
 * loaded once a block and each input once, for all outputs that want it. Taps
 * outside the picture are left out: rows by the loop's bounds, columns by a
 * check that only blocks at the edges have. */

#include "engine/base/cpu_cache.h"
#include "engine/cpu/kernels/simd_kernels.h"

#define BLOCK 7

/* Two are slower, more are not faster. */
#define GROUP_LINES 4
#define GROUP_TILES (GROUP_LINES * MN_CACHE_LINE / (sizeof (ve) * DW_WIDTH))

typedef struct
{
  const MnDwconvArgs *args;
  gsize tiles;     /* 1 .. GROUP_TILES; 1 if it is not full */
  const ve *in;    /* the first tile's channels of pixel 0 */
  const gfloat *w; /* the first tile's: bias, then taps */
  ve *out;
  gsize n;                      /* channels of a tile to read and write, 1 ..
                                 * DW_WIDTH */
  gsize step;                   /* outputs a block, 1 .. BLOCK */
  vf sum[GROUP_TILES][DW_VECS]; /* of the results, where args->sums is set */
} Group;

typedef vf Sums[BLOCK][DW_VECS];

/* Whether column i of those that a block of t outputs reads may lie before or
 * behind the picture: where each output has a tap in it, only the outermost
 * do; else t is 1 (block_size ()). */
V_INLINE gboolean
may_be_before (const gsize t, const gsize size, const gsize i)
{
  return t == 1 || i + 1 < size;
}

V_INLINE gboolean
may_be_behind (const gsize t, const gsize stride, const gsize i)
{
  return t == 1 || i > (t - 1) * stride;
}

/* Floats of a tile's packed weights; DW_ROWS: their kernel rows. */
#define TILE_SIZE(size) (DW_WIDTH * (1 + DW_ROWS (size) * (size)))

#ifdef V_PAIRS
#include "engine/cpu/kernels/dwconv_pairs.h"
#else

#define DW_ROWS(size) (size)

/* What the outputs of a row have in common: the first kernel row that is in
 * the picture and how many of them are. */
typedef struct
{
  const ve *in;    /* column 0 of its input, of a tile */
  const gfloat *w; /* the first kernel row's, of a tile */
  gsize n;
} Taps;

V_INLINE Taps
row_taps (const Group *c, const gsize size, gssize iy)
{
  const MnDwconvArgs *args = c->args;
  gsize first = iy < 0 ? -iy : 0;
  gssize end = MIN ((gssize) size, (gssize) args->in_h - iy);
  Taps taps = {c->in, c->w, 0};

  if (end > (gssize) first) {
    taps.in += (iy + (gssize) first) * (gssize) (args->in_w * args->in_stride);
    taps.w += (1 + first * size) * V_LEN;
    taps.n = end - first;
  }
  return taps;
}

/* Adds the taps to t sums of a tile; ix: the first tap's column. All but c,
 * taps and ix are constants: vecs vectors of n channels, a size x size kernel;
 * whole: no column outside. */
V_INLINE void
add_taps (const gsize vecs, const gsize t, const gsize size, const gsize stride,
    const gboolean whole, const gsize n, const Group *c, const Taps *taps,
    gssize ix, Sums acc)
{
  const gsize n_columns = (t - 1) * stride + size;
  gssize pixel = (gssize) c->args->in_stride;
  gssize line = (gssize) c->args->in_w * pixel;
  gssize before = -ix, behind = (gssize) c->args->in_w - ix;
  const gfloat *weights = taps->w;
  const ve *column[(2 * BLOCK + 5) / 3];
  gsize ky, i, kx;
  vf w[5], v;

  /* Three columns share a pointer, as rows do in tile_add (). */
  V_UNROLL for (i = 0; i < n_columns; i += 3)
  {
    column[i / 3] = taps->in + (ix + (gssize) i) * pixel;
    V_KEEP_POINTER (column[i / 3]);
  }
  for (ky = taps->n; ky > 0; ky--) {
    V_UNROLL for (kx = 0; kx < size; kx++)
        w[kx] = v_load (weights + kx * V_LEN);
    V_UNROLL for (i = 0; i < n_columns; i++)
    {
      if (!whole && may_be_before (t, size, i) && (gssize) i < before)
        continue;
      if (!whole && may_be_behind (t, stride, i) && (gssize) i >= behind)
        continue;
      v = e_load_n (column[i / 3] + (gssize) (i % 3) * pixel, n);
      V_KEEP (v);
      V_UNROLL for (kx = 0; kx < size; kx++)
      {
        if (i >= kx && (i - kx) % stride == 0 && (i - kx) / stride < t)
          acc[(i - kx) / stride][0] = v_fma (v, w[kx],
              acc[(i - kx) / stride][0]);
      }
    }
    V_UNROLL for (i = 0; i < n_columns; i += 3) column[i / 3] += line;
    weights += size * V_LEN;
  }
}

V_INLINE void
store (const gsize vecs, const gsize n, ve *out, const vf *v)
{
  e_store_n (out, v[0], n);
}

#endif

/* kind: the activation's, a constant. */
V_INLINE void
finish (const gsize vecs, const gsize t, const gsize n, const MnActKind kind,
    Group *c, gsize tile, Sums acc, ve *out)
{
  /* Copies, since what is stored might lie over the arguments. */
  const MnAct act = c->args->act;
  gsize stride = c->args->out_stride, i, v;

  V_UNROLL for (i = 0; i < t; i++)
  {
    V_UNROLL for (v = 0; v < vecs; v++)
        acc[i][v] = v_act (acc[i][v], &act, kind);
    store (vecs, n, out + i % 3 * stride, acc[i]);
    if (i % 3 == 2) {
      out += 3 * stride;
      V_KEEP_POINTER (out);
    }
  }
  if (!c->args->sums)
    return;
  V_UNROLL for (v = 0; v < vecs; v++)
  {
    vf sum = c->sum[tile][v];

    V_UNROLL for (i = 0; i < t; i++) sum = v_add (sum, acc[i][v]);
    c->sum[tile][v] = sum;
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

/* Outputs x .. x + t - 1 of the row out, of all tiles. All but c, taps, x and
 * out are constants; full: all of the tile's channels, if that makes a
 * difference. */
V_INLINE void
block (const gsize vecs, const gsize t, const gsize size, const gsize stride,
    const gboolean whole, const gboolean full, Group *c, const Taps *taps,
    gsize x, ve *out)
{
  const MnDwconvArgs *args = c->args;
  const gsize n = full && !ALWAYS_FULL ? vecs * V_LEN : c->n;
  gssize ix = (gssize) (x * stride) - (gssize) args->pad_left;
  Taps tile_taps = *taps;
  const gfloat *w = c->w;
  gsize tile, i, v;

  out += x * args->out_stride;
  for (tile = 0; tile < c->tiles; tile++) {
    Sums acc;

    V_UNROLL for (i = 0; i < t; i++)
    {
      V_UNROLL for (v = 0; v < vecs; v++) acc[i][v] = v_load (w + v * V_LEN);
    }
    add_taps (vecs, t, size, stride, whole, n, c, &tile_taps, ix, acc);
    if (args->act.kind == MN_ACT_KIND_CLAMP)
      finish (vecs, t, n, MN_ACT_KIND_CLAMP, c, tile, acc, out);
    else if (args->act.kind == MN_ACT_KIND_HARD_SWISH)
      finish (vecs, t, n, MN_ACT_KIND_HARD_SWISH, c, tile, acc, out);
    else
      finish (vecs, t, n, MN_ACT_KIND_SIGMOID, c, tile, acc, out);
    tile_taps.in += DW_WIDTH;
    tile_taps.w += TILE_SIZE (size);
    w += TILE_SIZE (size);
    out += DW_WIDTH;
  }
}

#define BLOCK_CASES(vecs, t, ...) \
  switch (t) { \
    case 1: \
      block (vecs, 1, __VA_ARGS__); \
      break; \
    case 2: \
      block (vecs, 2, __VA_ARGS__); \
      break; \
    case 3: \
      if (BLOCK_STEP (3) == 3) \
        block (vecs, 3, __VA_ARGS__); \
      break; \
    case 4: \
      block (vecs, 4, __VA_ARGS__); \
      break; \
    case 5: \
      if (BLOCK_STEP (5) == 5) \
        block (vecs, 5, __VA_ARGS__); \
      break; \
    case 6: \
      block (vecs, 6, __VA_ARGS__); \
      break; \
    default: \
      block (vecs, 7, __VA_ARGS__); \
      break; \
  }

/* One row of a group. */
V_INLINE void
row (const gsize vecs, const gsize size, const gsize stride, Group *c, gsize y)
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
block_size (const MnDwconvArgs *args, gsize size, gsize stride)
{
  gsize n_blocks = (args->out_w + BLOCK - 1) / BLOCK;

  if (args->pad_left >= size
      || (args->out_w - 1) * stride >= args->in_w + args->pad_left)
    return 1;
  return (args->out_w + n_blocks - 1) / n_blocks;
}

/* sums: those of the channels, of which there are n_sums; or NULL. */
V_INLINE void
rows (const gsize vecs, const gsize size, const gsize stride, Group *c,
    gsize first, gsize end, gfloat *sums, gsize n_sums)
{
  gsize y, tile, v;

  for (y = first; y < end; y++)
    row (vecs, size, stride, c, y);
  if (!sums)
    return;
  for (tile = 0; tile < c->tiles; tile++) {
    V_UNROLL for (v = 0; v < vecs; v++)
    {
      gsize at = tile * DW_WIDTH + v * V_LEN;

      v_store_n (sums + at, c->sum[tile][v], MIN (n_sums - at, V_LEN));
    }
  }
}

V_INLINE void
dwconv (const gsize size, const gsize stride, gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, const ve *in, const gfloat *w, ve *out,
    const MnDwconvArgs *args)
{
  gsize step = block_size (args, size, stride), t = first_tile;

  while (t < end_tile) {
    gsize first = t * DW_WIDTH, left = args->channels - first;
    gsize n = MIN (left, DW_WIDTH);
    gfloat *sums = args->sums ? args->sums + first : NULL;
    /* Its sums begin as zeros. */
    Group c = {
      args, 1, in + first, w + t * TILE_SIZE (size), out + first, n, step};

    if (left >= DW_WIDTH)
      c.tiles = MIN (MIN (left / DW_WIDTH, end_tile - t), GROUP_TILES);
    if (args->padded)
      c.n = (n + V_LEN - 1) / V_LEN * V_LEN;
    if (DW_VECS == 1 || n > V_LEN)
      rows (DW_VECS, size, stride, &c, first_row, end_row, sums, left);
    else
      rows (1, size, stride, &c, first_row, end_row, sums, left);
    t += c.tiles;
  }
}

void
MN_SIMD (mn_dwconv_f32_3x3s1) (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer in, const gfloat *w, gpointer out,
    const MnDwconvArgs *args)
{
  dwconv (3, 1, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_3x3s2) (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer in, const gfloat *w, gpointer out,
    const MnDwconvArgs *args)
{
  dwconv (3, 2, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_5x5s1) (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer in, const gfloat *w, gpointer out,
    const MnDwconvArgs *args)
{
  dwconv (5, 1, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_5x5s2) (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer in, const gfloat *w, gpointer out,
    const MnDwconvArgs *args)
{
  dwconv (5, 2, first_row, end_row, first_tile, end_tile, in, w, out, args);
}
