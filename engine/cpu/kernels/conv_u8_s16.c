/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution of bytes as a product of matrices of 16-bit integers: the
 * inputs of some output pixels are widened, less their zero point, into
 * rows, and stay in the first cache while all weights pass, two of k at
 * once. */

#include "engine/cpu/kernels/simd_kernels_u8.h"
#include "engine/cpu/kernels/simd_tile.h"

typedef vi QTile[TILE_ROWS][TILE_VECS];

V_INLINE void
product (const gsize rows, const gsize vecs, const gint16 *a, gsize k,
    const gint16 *w, guint8 *y, gsize column, const MnConvU8Args *args)
{
  QTile acc;
  gsize i, r, v;

  V_UNROLL for (v = 0; v < vecs; v++)
  {
    vi bias = vi_load (args->bias + column + v * V_LEN);

    V_UNROLL for (r = 0; r < rows; r++) acc[r][v] = bias;
  }
  for (i = 0; i < k; i += 2) {
    vi b[TILE_VECS];

    V_UNROLL for (v = 0; v < vecs; v++)
        b[v] = vi_load_pairs (w + 2 * v * V_LEN);
    V_UNROLL for (r = 0; r < rows; r++)
    {
      vi x = vi_set1_pair (a + r * k + i);

      V_UNROLL for (v = 0; v < vecs; v++)
          acc[r][v] = vi_dot2 (acc[r][v], x, b[v]);
    }
    w += 2 * vecs * V_LEN;
  }
  V_UNROLL for (v = 0; v < vecs; v++)
  {
    gsize c = column + v * V_LEN;

    V_UNROLL for (r = 0; r < rows; r++) vi_store_n (y + r * args->out_c + c,
        vi_requant_channels (acc[r][v], args, c), &args->y, args->lo, args->hi,
        MIN (args->out_c - c, V_LEN));
  }
}

static void
widen (const guint8 *x, gsize n, const MnBytes *bytes, gint16 *out)
{
  gint16 zero = bytes->zero;
  guint8 flip = bytes->flip;
  gsize i;

  for (i = 0; i < n; i++)
    out[i] = (x[i] ^ flip) - zero;
}

/* The taps of one kernel row, 0 for those outside; x: the row. */
static void
fill_row (const guint8 *x, gint64 column, gint16 *out, const MnConvU8Args *args)
{
  gsize in_c = args->in_c;
  gint64 end = column + args->kernel_w;
  gint width = args->in_w, kx;

  if (args->dilation_w == 1 && column >= 0 && end <= width) {
    widen (x + column * in_c, args->kernel_w * in_c, &args->x, out);
    return;
  }
  for (kx = 0; kx < args->kernel_w; kx++, column += args->dilation_w) {
    if (column >= 0 && column < width)
      widen (x + column * in_c, in_c, &args->x, out);
    else
      memset (out, 0, in_c * sizeof (gint16));
    out += in_c;
  }
}

static void
fill_pixel (const guint8 *x, gsize pixel, gint16 *out, const MnConvU8Args *args)
{
  gsize run = args->kernel_w * args->in_c;
  gint64 row = (gint64) (pixel / args->out_w) * args->stride_h - args->pad_top;
  gint64 column = (gint64) (pixel % args->out_w) * args->stride_w
      - args->pad_left;
  gint ky;

  for (ky = 0; ky < args->kernel_h; ky++, row += args->dilation_h) {
    if (row >= 0 && row < (gint64) args->in_h)
      fill_row (x + row * args->in_w * args->in_c, column, out, args);
    else
      memset (out, 0, run * sizeof (gint16));
    out += run;
  }
  if (args->kernel_h * run % 2)
    *out = 0;
}

void
MN_SIMD (mn_conv_u8_s16) (gsize first, gsize end, const guint8 *x, guint8 *y,
    gpointer scratch, const MnConvU8Args *args)
{
  gsize m = (end - first) * args->out_w, base = first * args->out_w;
  gsize n_tiles = (m + TILE_ROWS - 1) / TILE_ROWS, t, start = 0, r, column;
  gsize k = args->kernel_h * args->kernel_w * args->in_c;
  gint16 *a = scratch;

  k += k % 2;
  for (t = 0; t < n_tiles; t++) {
    gsize stop = m * (t + 1) / n_tiles, rows = stop - start;
    const gint16 *w = args->weights;
    guint8 *out = y + (base + start) * args->out_c;

    for (r = 0; r < rows; r++)
      fill_pixel (x, base + start + r, a + r * k, args);
    for (column = 0; column < args->out_c; column += TILE_WIDTH) {
      gsize cols = MIN (args->out_c - column, TILE_WIDTH);
      gsize vecs = (cols + V_LEN - 1) / V_LEN;

      TILE_CASES (product, rows, vecs, a, k, w, out, column, args);
      w += vecs * V_LEN * k;
    }
    start = stop;
  }
}
