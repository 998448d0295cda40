/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution of bytes by products of four bytes at once, straight from the
 * picture where the taps of a kernel row lie side by side in it; else from
 * rows that were gathered. Where the CPU multiplies words, from a copy of
 * some rows that was widened for all the weights. */

#include "engine/cpu/kernels/simd_bytes.h"

/* Pixels of a tile by its vectors: as many accumulators as there are
 * registers. (Of words, MN_U8_S8_ROWS_WIDE or fewer: weights are in registers,
 * too.) */
#if V_REGS >= 32
#define ROWS_1 16
#define ROWS_2 12
#define ROWS_3 8
#define ROWS_4 6
#else
#define ROWS_1 12
#define ROWS_2 6
#define ROWS_3 4
#define ROWS_4 3
#endif

/* Pixels whose taps lie at a, row_stride from one to the next. */
typedef struct
{
  const guint8 *a;
  gsize stride;
  gsize kernel_stride; /* from a kernel row to the next */
  guint8 *y;
} Rows;

typedef vi QTile[MN_U8_S8_ROWS][MN_U8_S8_VECS];

V_INLINE void
store (QTile acc, const gsize rows, const gsize vecs, guint8 *y, gsize cols,
    const MnConvU8Args *args, const gboolean looks_up)
{
  const gsize together = vecs == 1 ? 4 : vecs == 2 ? 2 : 1;
  const vi zero = vi_set1 (0);
  VStore how = vb_store_of (args);
  gsize stride = args->out_c, r;

  V_UNROLL for (r = 0; r < rows; r += together)
  {
    const gsize n = rows - r < together ? rows - r : together;
    guint8 *out = y + r * stride;
    vb bytes;

    if (vecs == 1)
      bytes = vb_pack (acc[r][0], n > 1 ? acc[r + 1][0] : zero,
          n > 2 ? acc[r + 2][0] : zero, n > 3 ? acc[r + 3][0] : zero);
    else if (vecs == 2)
      bytes = vb_pack (acc[r][0], acc[r][1], n > 1 ? acc[r + 1][0] : zero,
          n > 1 ? acc[r + 1][1] : zero);
    else
      bytes = vb_pack (acc[r][0], acc[r][1], acc[r][2],
          vecs > 3 ? acc[r][3] : zero);
    bytes = vb_finish (bytes, &how, looks_up);
    if (n * cols == VB_LEN && (n == 1 || cols == stride))
      vb_store (out, bytes);
    else if (vecs == 1)
      vb_store_lanes (out, stride, n, bytes, cols);
    else
      vb_store_part (out, bytes, cols);
    if (vecs == 2 && n > 1 && !(2 * cols == VB_LEN && cols == stride))
      vb_store_part (out + stride, vb_upper_half (bytes), cols);
  }
}

V_INLINE void
product (const gsize rows, const gsize vecs, const gboolean narrow,
    const Rows *in, gsize column, const guint8 *w, const MnConvU8Args *args)
{
  const gsize size = narrow ? VB_LEN / 2 : VB_LEN;
  const guint8 *row[MN_U8_S8_ROWS];
  const vb flip = vb_set1 (args->x.flip ^ VB_FLIP);
  gsize steps = mn_u8_s8_row_steps (args) * (VW_WIDE ? 2 : 1), i, r, v;
  const guint8 *constants = w + args->kernel_h * steps * vecs * size;
  const gsize constants_size = V_LEN * sizeof (gint32) + VF_SIZE;
  QTile acc;
  gint ky;

  V_UNROLL for (r = 0; r < rows; r++) row[r] = in->a + r * in->stride;
  V_UNROLL for (v = 0; v < vecs; v++)
  {
    vi bias = vi_load ((const gint32 *) (constants + v * constants_size));

    V_UNROLL for (r = 0; r < rows; r++) acc[r][v] = bias;
  }
  for (ky = 0; ky < args->kernel_h; ky++) {
    for (i = 0; i < steps; i++) {
      vr b[MN_U8_S8_VECS];

      V_UNROLL for (v = 0; v < vecs; v++) b[v] = vr_at (w + v * size, narrow);
      V_UNROLL for (r = 0; r < rows; r++)
      {
        /* Multiples of a stride take few rows less than pointers do. */
        const guint8 *a = VW_WIDE ? row[0] + r * in->stride : row[r];
        vb x = vb_set1_4 (a + 4 * i);

        /* Words are already. */
        if (!VW_WIDE)
          x = vb_xor (x, flip);
        V_UNROLL for (v = 0; v < vecs; v++)
            acc[r][v] = vr_dot (acc[r][v], x, b[v]);
      }
      w += vecs * size;
    }
    V_UNROLL for (r = 0; r < rows; r++) row[r] += in->kernel_stride;
  }
  V_UNROLL for (v = 0; v < vecs; v++)
  {
    VFactors f = vf_load (constants + v * constants_size
        + V_LEN * sizeof (gint32));

    V_UNROLL for (r = 0; r < rows; r++) acc[r][v] = vf_requant (acc[r][v], &f);
  }
  {
    gsize cols = MIN (args->out_c - column, vecs * V_LEN);

    if (args->table)
      store (acc, rows, vecs, in->y + column, cols, args, TRUE);
    else
      store (acc, rows, vecs, in->y + column, cols, args, FALSE);
  }
}

typedef void (*Product) (const Rows *in, gsize column, const guint8 *w,
    const MnConvU8Args *args);

/* What all tiles of a call have in common. */
typedef struct
{
  const guint8 *x;
  guint8 *y;
  guint8 *scratch; /* gathered rows */
  const MnConvU8Args *args;
  gsize first_tile, end_tile;
  gsize n_vecs, vec_size; /* bytes of a vector's weights */
  gsize widest;           /* vectors of a tile */
  gsize rows;             /* that are gathered together */
  guint8 *words;          /* so many rows, widened */
} Walk;

V_INLINE gsize
tile_start (const Walk *walk, gsize t)
{
  return mn_u8_s8_tile_start (walk->n_vecs, VR_VECS, t);
}

#define PRODUCT(name, rows, vecs, narrow) \
  static void name (const Rows *in, gsize column, const guint8 *w, \
      const MnConvU8Args *args) \
  { \
    product (rows, vecs, narrow, in, column, w, args); \
  }

#if VW_WIDE

PRODUCT (product_1_1, 1, 1, FALSE)
PRODUCT (product_1_2, 1, 2, FALSE)
PRODUCT (product_2_1, 2, 1, FALSE)
PRODUCT (product_2_2, 2, 2, FALSE)
PRODUCT (product_3_1, 3, 1, FALSE)
PRODUCT (product_3_2, 3, 2, FALSE)
PRODUCT (product_4_1, 4, 1, FALSE)
PRODUCT (product_4_2, 4, 2, FALSE)
PRODUCT (product_5_1, 5, 1, FALSE)
PRODUCT (product_5_2, 5, 2, FALSE)
PRODUCT (product_6_1, 6, 1, FALSE)
PRODUCT (product_6_2, 6, 2, FALSE)
PRODUCT (narrow_1, 1, 1, TRUE)
PRODUCT (narrow_2, 1, 2, TRUE)
/* By rows and vectors. */
static const Product products[MN_U8_S8_ROWS_WIDE + 1][3] = {
  {NULL},
  {NULL, product_1_1, product_1_2},
  {NULL, product_2_1, product_2_2},
  {NULL, product_3_1, product_3_2},
  {NULL, product_4_1, product_4_2},
  {NULL, product_5_1, product_5_2},
  {NULL, product_6_1, product_6_2},
};

static const Product narrow[] = {NULL, narrow_1, narrow_2};

/* n bytes to words. */
static void
widen (const guint8 *x, gsize n, vb flip, guint8 *out)
{
  const gsize half = VB_LEN / 2;
  gsize i;

  if (n < half) {
    guint8 all[VB_LEN / 2] = {
      0,
    };

    memcpy (all, x, n);
    vb_store (out, vb_to_words (all, flip));
    return;
  }
  for (i = 0; i < n; i += half) {
    gsize at = MIN (i, n - half);

    vb_store (out + 2 * at, vb_to_words (x + at, flip));
  }
}

/* n pixels of in as words; what they share is widened once. */
static Rows
widen_rows (const Walk *walk, const Rows *in, gsize n)
{
  const MnConvU8Args *args = walk->args;
  const vb flip = vb_set1 (args->x.flip ^ VB_FLIP);
  gsize length = 4 * mn_u8_s8_row_steps (args), r;
  gboolean shares = in->stride <= length;
  Rows words = {walk->words, 2 * (shares ? in->stride : length),
    2 * walk->rows * length + MN_U8_S8_SPARE, in->y};
  guint8 *out = walk->words;
  gint ky;

  for (ky = 0; ky < args->kernel_h; ky++) {
    const guint8 *a = in->a + ky * in->kernel_stride;

    if (shares)
      widen (a, (n - 1) * in->stride + length, flip, out);
    else
      for (r = 0; r < n; r++)
        widen (a + r * in->stride, length, flip, out + 2 * r * length);
    out += words.kernel_stride;
  }
  return words;
}

/* n pixels that are widened: each tile's weights pass over all of them. */
static void
run_group (const Walk *walk, const Rows *in, gsize n)
{
  const MnConvU8Args *args = walk->args;
  gsize rows = args->is_narrow ? 1 : MN_U8_S8_ROWS_WIDE;
  gsize n_parts = (n + rows - 1) / rows, part, t;
  gsize start = tile_start (walk, walk->first_tile);
  const guint8 *w = args->packed + start * walk->vec_size;

  for (t = walk->first_tile; t < walk->end_tile; t++) {
    gsize end = tile_start (walk, t + 1), vecs = end - start, first = 0;

    for (part = 0; part < n_parts; part++) {
      gsize stop = n * (part + 1) / n_parts;
      Product func = args->is_narrow ? narrow[vecs]
                                     : products[stop - first][vecs];
      Rows some = *in;

      some.a += first * in->stride;
      some.y += first * args->out_c;
      func (&some, start * V_LEN, w, args);
      first = stop;
    }
    w += vecs * walk->vec_size;
    start = end;
  }
}

/* n pixels from in on. */
static void
run_rows (const Walk *walk, const Rows *in, gsize n)
{
  gsize i, some;

  for (i = 0; i < n; i += some) {
    Rows rows = *in;

    some = MIN (n - i, walk->rows);
    rows.a += i * in->stride;
    rows.y += i * walk->args->out_c;
    rows = widen_rows (walk, &rows, some);
    run_group (walk, &rows, some);
  }
}

#else

/* The rows of a tile whose widest one has so many vectors; or one row. */
PRODUCT (product_1_1, ROWS_1, 1, FALSE)
PRODUCT (product_2_1, ROWS_2, 1, FALSE)
PRODUCT (product_2_2, ROWS_2, 2, FALSE)
PRODUCT (product_3_1, ROWS_3, 1, FALSE)
PRODUCT (product_3_2, ROWS_3, 2, FALSE)
PRODUCT (product_3_3, ROWS_3, 3, FALSE)
PRODUCT (product_4_1, ROWS_4, 1, FALSE)
PRODUCT (product_4_2, ROWS_4, 2, FALSE)
PRODUCT (product_4_3, ROWS_4, 3, FALSE)
PRODUCT (product_4_4, ROWS_4, 4, FALSE)
PRODUCT (single_1, 1, 1, FALSE)
PRODUCT (single_2, 1, 2, FALSE)
PRODUCT (single_3, 1, 3, FALSE)
PRODUCT (single_4, 1, 4, FALSE)
/* By the widest tile's vectors, and this one's. */
static const Product products[MN_U8_S8_VECS + 1][MN_U8_S8_VECS + 1] = {
  [1] = {NULL, product_1_1},
  [2] = {NULL, product_2_1, product_2_2},
  [3] = {NULL, product_3_1, product_3_2, product_3_3},
  [4] = {NULL, product_4_1, product_4_2, product_4_3, product_4_4},
};

static const Product singles[MN_U8_S8_VECS + 1] = {
  NULL, single_1, single_2, single_3, single_4};

static const guint8 tile_rows[VR_VECS + 1] = {
  0, ROWS_1, ROWS_2, ROWS_3, ROWS_4};

/* The tile's rows, or one. */
static void
run_tile (const Walk *walk, const Rows *in, gboolean single)
{
  const MnConvU8Args *args = walk->args;
  gsize start = tile_start (walk, walk->first_tile), t;
  const guint8 *w = args->packed + start * walk->vec_size;

  for (t = walk->first_tile; t < walk->end_tile; t++) {
    gsize end = tile_start (walk, t + 1), vecs = end - start;

    if (single)
      singles[vecs](in, start * V_LEN, w, args);
    else
      products[walk->widest][vecs](in, start * V_LEN, w, args);
    w += vecs * walk->vec_size;
    start = end;
  }
}

/* n pixels from in on: whole tiles, the last of which may begin again inside
 * the one before. */
static void
run_rows (const Walk *walk, const Rows *in, gsize n)
{
  gsize i, step = n < walk->rows ? 1 : walk->rows;

  for (i = 0; i < n; i += step) {
    gsize at = MIN (i, n - step);
    Rows part = *in;

    part.a += at * in->stride;
    part.y += at * walk->args->out_c;
    run_tile (walk, &part, step == 1 && walk->rows > 1);
  }
}

#endif

static void
gather_pixel (const Walk *walk, gint64 row, gint64 column, guint8 *out)
{
  const MnConvU8Args *args = walk->args;
  gsize padded = 4 * mn_u8_s8_row_steps (args), in_c = args->in_c;
  gint ky, kx;

  memset (out, (guint8) args->x.zero ^ args->x.flip, args->kernel_h * padded);
  for (ky = 0; ky < args->kernel_h; ky++, row += args->dilation_h) {
    for (kx = 0; kx < args->kernel_w; kx++) {
      gint64 at = column + (gint64) kx * args->dilation_w;

      if (row >= 0 && row < (gint64) args->in_h && at >= 0
          && at < (gint64) args->in_w)
        memcpy (out + ky * padded + kx * in_c,
            walk->x + (row * args->in_w + at) * in_c, in_c);
    }
  }
}

/* Pixels ox .. end - 1 of output row oy, gathered. */
static void
run_gathered (const Walk *walk, gsize oy, gsize ox, gsize end)
{
  const MnConvU8Args *args = walk->args;
  gsize k = mn_u8_s8_n_weights (args);
  gint64 row = (gint64) oy * args->stride_h - args->pad_top;

  while (ox < end) {
    gsize n = MIN (end - ox, walk->rows), i;
    Rows in = {walk->scratch, k, 4 * mn_u8_s8_row_steps (args),
      walk->y + (oy * args->out_w + ox) * args->out_c};

    for (i = 0; i < n; i++)
      gather_pixel (walk, row,
          (gint64) (ox + i) * args->stride_w - args->pad_left,
          walk->scratch + i * k);
    run_rows (walk, &in, n);
    ox += n;
  }
}

/* The pixels of an output row whose taps lie in the picture, with the bytes
 * that fill the last four. */
static void
find_inside (const MnConvU8Args *args, gsize oy, gsize *first, gsize *end)
{
  gint64 row = (gint64) oy * args->stride_h - args->pad_top;
  gint64 last = row + (gint64) (args->kernel_h - 1) * args->dilation_h;
  gint64 stride = args->stride_w, most, left;

  *first = *end = 0;
  if (row < 0 || last >= (gint64) args->in_h
      || (args->dilation_w != 1 && args->kernel_w != 1))
    return;
  most = (gint64) args->in_w - args->kernel_w + args->pad_left;
  if (most < 0)
    return;
  *first = (args->pad_left + stride - 1) / stride;
  *end = most / stride + 1;
  /* The last four bytes of a kernel row may go beyond the picture. */
  left = ((gint64) args->in_h - last) * args->in_w * args->in_c;
  while (*end > *first
      && ((gint64) (*end - 1) * stride - args->pad_left) * (gint64) args->in_c
              + 4 * (gint64) mn_u8_s8_row_steps (args)
          > left)
    --*end;
}

static void
run_row (const Walk *walk, gsize oy, gsize ox, gsize end)
{
  const MnConvU8Args *args = walk->args;
  gsize first, last;

  find_inside (args, oy, &first, &last);
  first = CLAMP (first, ox, end);
  last = CLAMP (last, first, end);
  run_gathered (walk, oy, ox, first);
  if (first < last) {
    gint64 row = (gint64) oy * args->stride_h - args->pad_top;
    gint64 column = (gint64) first * args->stride_w - args->pad_left;
    Rows in = {walk->x + (row * args->in_w + column) * args->in_c,
      args->stride_w * args->in_c, args->dilation_h * args->in_w * args->in_c,
      walk->y + (oy * args->out_w + first) * args->out_c};

    run_rows (walk, &in, last - first);
  }
  run_gathered (walk, oy, last, end);
}

void
MN_BYTES (mn_conv_u8_s8) (gsize first, gsize end, gsize first_tile,
    gsize end_tile, const guint8 *x, guint8 *y, gpointer scratch,
    const MnConvU8Args *args)
{
  gsize n_vecs = (args->out_c + V_LEN - 1) / V_LEN;
  gsize n_tiles = (n_vecs + VR_VECS - 1) / VR_VECS;
  gsize k = mn_u8_s8_n_weights (args);
  gsize weight_size = VW_WIDE && !args->is_narrow ? sizeof (gint16) : 1;
  MnConvU8Args flat = *args;
  Walk walk = {x, y, scratch, &flat, first_tile, end_tile, n_vecs,
    k * V_LEN * weight_size + V_LEN * sizeof (gint32) + VF_SIZE,
    (n_vecs + n_tiles - 1) / n_tiles};

#if VW_WIDE
  walk.rows = mn_u8_s8_group (args);
  walk.words = walk.scratch
      + (walk.rows * k + MN_U8_S8_SPARE - 1) / MN_U8_S8_SPARE * MN_U8_S8_SPARE;
#else
  walk.rows = tile_rows[walk.widest];
#endif
  /* A pointwise one sees a picture of one row. */
  if (args->kernel_h == 1 && args->kernel_w == 1 && args->stride_h == 1
      && args->stride_w == 1 && args->pad_top == 0 && args->pad_left == 0
      && args->in_w == args->out_w) {
    flat.in_w = flat.out_w = args->in_h * args->in_w;
    flat.in_h = 1;
  }
  while (first < end) {
    gsize oy = first / flat.out_w, ox = first % flat.out_w;
    gsize n = MIN (end - first, flat.out_w - ox);

    run_row (&walk, oy, ox, ox + n);
    first += n;
  }
}
