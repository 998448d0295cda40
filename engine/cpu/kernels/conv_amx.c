/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution in AMX's tiles where all taps of an output are one row of a
 * tile, 32 elements: the RGB stem. Taps are gathered, and those outside the
 * picture are the zeros that masked loads leave. The rest is left to the
 * vectors. */

#include "engine/cpu/kernels/simd_amx.h"

#define LINE 32 /* elements of a row */

/* Rows of pairs that the weights of a kernel row take. */
static inline gsize
run_rows (const MnConvArgs *args)
{
  return (args->kernel_w * args->in_c + 1) / 2;
}

/* Registers: sums 0 to 2, taps 3, weights 4 to 6. */
static void
configure (gsize rows)
{
  TileConfig config;
  guint i;

  for (i = 0; i < 7; i++) {
    if (i == 3)
      tile_describe (&config, i, TILE_LINES, rows * 4);
    else
      tile_describe (&config, i, i < 3 ? TILE_LINES : rows, 64);
  }
  tile_configure (&config);
}

/* Bits first .. end - 1. */
static inline __mmask32
bits (gsize first, gsize end)
{
  return (__mmask32) ((1ull << end) - (1ull << first));
}

/* The kernel rows inside the picture of a row of outputs. */
typedef struct
{
  gsize n;
  const ve *in[LINE / 2]; /* the first column's tap of output 0, less
                           * place: loads then put it there */
  gsize place[LINE / 2];  /* in a line of taps */
} Rows;

static void
find_rows (const MnConvArgs *args, const ve *in, gsize y, Rows *rows)
{
  gsize run = run_rows (args) * 2, ky;
  gssize iy = (gssize) (y * args->stride_h) - (gssize) args->pad_top;

  rows->n = 0;
  for (ky = 0; ky < args->kernel_h; ky++) {
    gssize row = iy + (gssize) (ky * args->dilation_h);

    if (row < 0 || row >= (gssize) args->in_h)
      continue;
    rows->place[rows->n] = ky * run;
    rows->in[rows->n++] = in
        + (row * (gssize) args->in_w - (gssize) args->pad_left)
            * (gssize) args->in_c
        - (gssize) (ky * run);
  }
}

/* Output x, whose taps may be outside sideways. */
static void
gather_edge (const MnConvArgs *args, const Rows *rows, gsize x, ve *taps)
{
  gssize ix = (gssize) (x * args->stride_w) - (gssize) args->pad_left;
  gsize first = MIN ((gsize) MAX (-ix, 0), args->kernel_w), i;
  gsize end = CLAMP ((gssize) args->in_w - ix, (gssize) first,
      (gssize) args->kernel_w);
  __m512i line = _mm512_setzero_si512 ();

  for (i = 0; i < rows->n; i++)
    line = _mm512_mask_loadu_epi16 (line,
        bits (rows->place[i] + first * args->in_c,
            rows->place[i] + end * args->in_c),
        rows->in[i] + x * args->stride_w * args->in_c);
  _mm512_store_si512 (taps, line);
}

/* n outputs from x on, all of whose taps are inside sideways. n_rows: a
 * constant, or rows->n. */
V_INLINE void
gather_inside (const gsize n_rows, const MnConvArgs *args, const Rows *rows,
    gsize x, gsize n, ve *taps)
{
  const ve *in[LINE / 2];
  __mmask32 mask[LINE / 2];
  gsize step = args->stride_w * args->in_c, i, r;

  for (r = 0; r < n_rows; r++) {
    in[r] = rows->in[r] + x * step;
    mask[r] = bits (rows->place[r],
        rows->place[r] + args->kernel_w * args->in_c);
  }
  for (i = 0; i < n; i++) {
    __m512i line = _mm512_setzero_si512 ();

    for (r = 0; r < n_rows; r++)
      line = _mm512_mask_loadu_epi16 (line, mask[r], in[r] + i * step);
    _mm512_store_si512 (taps + i * LINE, line);
  }
}

/* The taps of n outputs from x on, a line each. */
static void
gather (const MnConvArgs *args, const Rows *rows, gsize x, gsize n, ve *taps)
{
  gsize first = (args->pad_left + args->stride_w - 1) / args->stride_w;
  gsize end = args->in_w + args->pad_left < args->kernel_w
      ? 0
      : (args->in_w + args->pad_left - args->kernel_w) / args->stride_w + 1;
  gsize last = x + n, some;

  for (; x < last; x += some) {
    some = x < first || x >= end ? 1 : MIN (last, end) - x;
    if (x < first || x >= end)
      gather_edge (args, rows, x, taps);
    else if (rows->n == 3)
      gather_inside (3, args, rows, x, some, taps);
    else
      gather_inside (rows->n, args, rows, x, some, taps);
    taps += some * LINE;
  }
}

/* vecs: a constant. */
V_INLINE void
outputs (const gsize vecs, gsize n, const ve *taps, const gfloat *bias,
    const TileStore *store)
{
  gfloat sums[TILE_LINES * 3 * V_LEN] __attribute__ ((aligned (64)));
  const gsize bytes = vecs * V_LEN * sizeof (gfloat);

  _tile_zero (0);
  _tile_zero (1);
  _tile_zero (2);
  TILE_BARRIER ();
  _tile_loadd (3, taps, LINE * sizeof (ve));
  _tile_dpbf16ps (0, 3, 4);
  if (vecs > 1)
    _tile_dpbf16ps (1, 3, 5);
  if (vecs > 2)
    _tile_dpbf16ps (2, 3, 6);
  _tile_stored (0, sums, bytes);
  if (vecs > 1)
    _tile_stored (1, sums + V_LEN, bytes);
  if (vecs > 2)
    _tile_stored (2, sums + 2 * V_LEN, bytes);
  TILE_BARRIER ();
  tile_finish (vecs, n, sums, vecs * V_LEN, bias, *store);
}

/* Rows first .. end - 1 of the outputs whose packed weights w are. */
V_INLINE void
columns (const gsize vecs, gsize first, gsize end, const ve *in,
    const gfloat *w, const TileStore *store, const MnConvArgs *args)
{
  ve taps[TILE_LINES * LINE] __attribute__ ((aligned (64))) = {
    0,
  };
  const gsize bytes = vecs * V_LEN * sizeof (gfloat);
  gsize y, x, n;
  Rows rows;

  _tile_loadd (4, w + vecs * V_LEN, bytes);
  if (vecs > 1)
    _tile_loadd (5, w + (vecs + 1) * V_LEN, bytes);
  if (vecs > 2)
    _tile_loadd (6, w + (vecs + 2) * V_LEN, bytes);
  for (y = first; y < end; y++) {
    find_rows (args, in, y, &rows);
    for (x = 0; x < args->out_w; x += n) {
      gsize pixel = y * args->out_w + x;
      TileStore to = *store;

      n = MIN (args->out_w - x, TILE_LINES);
      gather (args, &rows, x, n, taps);
      to.c += pixel * to.c_stride;
      if (to.residual)
        to.residual += pixel * to.residual_stride;
      outputs (vecs, n, taps, w, &to);
    }
  }
}

void
MN_SIMD (mn_conv_f32) (gsize first, gsize end, gconstpointer in,
    const gfloat *w, gpointer out, const MnConvArgs *args)
{
  gsize rows = args->kernel_h * run_rows (args), column, vecs;
  TileStore store = {out, args->out_stride, args->residual,
    args->residual_stride, 0, &args->act};

  if (rows > LINE / 2 || args->dilation_w > 1 || args->in_c < args->in_stride) {
    mn_conv_f32_avx512bf16 (first, end, in, w, out, args);
    return;
  }
  configure (rows);
  for (column = 0; column < args->out_c; column += vecs * V_LEN) {
    gsize left = args->out_c - column;

    vecs = tile_set_columns (&store, left, tile_width (left), args->padded);
    if (vecs == 1)
      columns (1, first, end, in, w, &store, args);
    else if (vecs == 2)
      columns (2, first, end, in, w, &store, args);
    else
      columns (3, first, end, in, w, &store, args);
    w += vecs * V_LEN * (rows + 1);
    tile_next_columns (&store, vecs * V_LEN);
  }
  _tile_release ();
}
