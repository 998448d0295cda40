/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution of any kernel: the RGB stem, and what else is not pointwise.
 *
 * A tile is up to TILE_ROWS neighbouring outputs of a row, or more where they
 * have few channels (most_rows). Where nothing of the kernel hangs over the
 * left or right edge, a kernel row is one run of kernel_w * in_c adjacent
 * inputs, if the picture is dense and the kernel not dilated. At the edges
 * outputs go one by one. */

#include "engine/cpu/kernels/simd_tile.h"

#if V_REGS < 32
/* Outputs of a tile of two vectors, as many sums as TILE_ROWS of three. */
#define TILE_MIDDLE (TILE_ROWS * 3 / 2)
#endif

/* The taps of some tiles of neighbouring outputs of one row, all inside
 * sideways. */
typedef struct
{
  const MnConvArgs *args;
  const ve *in;             /* kernel row 0, column 0, of the first output;
                             * may lie outside the picture */
  gsize ky0, ky1, kx0, kx1; /* taps inside the picture */
  gsize tiles;
} Taps;

V_INLINE void
outputs (const gsize rows, const gsize vecs, const Taps *taps, const gfloat *w,
    TileStore store)
{
  const MnConvArgs *args = taps->args;
  gsize stride = args->stride_w * args->in_stride;
  gsize step = vecs * V_LEN, tile, ky, kx;
  gsize kx0 = taps->kx0, n_columns = taps->kx1 - taps->kx0;
  gsize n_rows = taps->ky1 - taps->ky0;
  gsize run = TILE_RUN_ROWS (args->kernel_w * args->in_c) * step;
  gsize line = args->dilation_h * args->in_w * args->in_stride;
  gboolean dense = args->dilation_w == 1 && args->in_c == args->in_stride;
  /* All of a 3x3 kernel of stride 2 on RGB. */
  gboolean stem = dense && n_columns == 3 && args->kernel_w == 3 && stride == 6
      && args->in_c == 3;
  const ve *in = taps->in + (gssize) (taps->ky0 * line);

  for (tile = 0; tile < taps->tiles; tile++) {
    const ve *row = in;
    const gfloat *row_w = w + step + taps->ky0 * run;
    Tile acc;

    tile_init (acc, rows, vecs, w);
    for (ky = 0; ky < n_rows; ky++) {
      if (stem) {
        tile_add_run (acc, rows, vecs, 9, row, 6, row_w);
      } else if (dense) {
        tile_add (acc, rows, vecs, kx0 * args->in_c, n_columns * args->in_c,
            row + (gssize) (kx0 * args->in_c), stride, row_w);
      } else {
        for (kx = kx0; kx < kx0 + n_columns; kx++)
          tile_add (acc, rows, vecs, kx * args->in_c, args->in_c,
              row + (gssize) (kx * args->dilation_w * args->in_stride), stride,
              row_w);
      }
      row += line;
      row_w += run;
    }
    tile_store (acc, rows, vecs, &store);
    in += rows * stride;
    tile_next_rows (&store, rows);
  }
}

/* Kernel positions whose input lies in 0 .. size - 1. start: input position
 * of kernel position 0. */
static void
clip (gssize start, gsize kernel, gsize dilation, gsize size, gsize *k0,
    gsize *k1)
{
  gsize k;

  *k0 = *k1 = 0;
  for (k = 0; k < kernel; k++) {
    gssize i = start + (gssize) (k * dilation);

    if (i < 0)
      *k0 = *k1 = k + 1;
    else if (i < (gssize) size)
      *k1 = k + 1;
  }
}

/* Tiles of rows outputs from pixel on, all columns. */
static void
run_tiles (const Taps *taps, gsize rows, const gfloat *w, gsize pixel, ve *out)
{
  const MnConvArgs *args = taps->args;
  gsize k = args->kernel_h * TILE_RUN_ROWS (args->kernel_w * args->in_c);
  gsize column, vecs;
  TileStore store = {out, args->out_stride, args->residual,
    args->residual_stride, 0, &args->act};

  tile_next_rows (&store, pixel);
  for (column = 0; column < args->out_c; column += vecs * V_LEN) {
    gsize left = args->out_c - column;

    vecs = tile_set_columns (&store, left, tile_width (left), args->padded);
    if (rows == TILE_HIGH)
      outputs (TILE_HIGH, 1, taps, w, store);
#ifdef TILE_MIDDLE
    else if (rows == TILE_MIDDLE)
      outputs (TILE_MIDDLE, 2, taps, w, store);
#endif
    else
      TILE_CASES (outputs, rows, vecs, taps, w, store);
    w += vecs * V_LEN * (k + 1);
    tile_next_columns (&store, vecs * V_LEN);
  }
}

/* How many outputs from x on have the whole kernel inside; 0: x has not. */
static gsize
inside (const MnConvArgs *args, gsize x)
{
  gsize reach = (args->kernel_w - 1) * args->dilation_w;
  gsize last;

  if (x * args->stride_w < args->pad_left
      || args->in_w + args->pad_left < reach + 1)
    return 0;
  last = (args->in_w + args->pad_left - reach - 1) / args->stride_w;
  return x > last ? 0 : MIN (last + 1, args->out_w) - x;
}

/* Outputs of a tile, at most: by the vectors that all tiles have. */
static gsize
most_rows (const MnConvArgs *args)
{
  if (args->out_c <= V_LEN)
    return TILE_HIGH;
#ifdef TILE_MIDDLE
  if (args->out_c <= 2 * V_LEN || tile_width (args->out_c) == 2 * V_LEN)
    return TILE_MIDDLE;
#endif
  return TILE_ROWS;
}

void
MN_SIMD (mn_conv_f32) (gsize first, gsize end, gconstpointer in,
    const gfloat *w, gpointer out, const MnConvArgs *args)
{
  gsize most = most_rows (args), y, x, rows;

  for (y = first; y < end; y++) {
    gssize iy = (gssize) (y * args->stride_h) - (gssize) args->pad_top;
    Taps taps = {args, NULL, 0, 0, 0, args->kernel_w, 1};

    clip (iy, args->kernel_h, args->dilation_h, args->in_h, &taps.ky0,
        &taps.ky1);
    for (x = 0; x < args->out_w; x += taps.tiles * rows) {
      gssize ix = (gssize) (x * args->stride_w) - (gssize) args->pad_left;
      gsize n = inside (args, x);

      taps.kx0 = 0;
      taps.kx1 = args->kernel_w;
      if (n == 0)
        clip (ix, args->kernel_w, args->dilation_w, args->in_w, &taps.kx0,
            &taps.kx1);
      rows = n == 0 ? 1 : n >= most ? most : MIN (n, TILE_ROWS);
      taps.tiles = n == 0 ? 1 : n / rows;
      taps.in = (const ve *) in
          + (iy * (gssize) args->in_w + ix) * (gssize) args->in_stride;
      run_tiles (&taps, rows, w, y * args->out_w + x, out);
    }
  }
}
