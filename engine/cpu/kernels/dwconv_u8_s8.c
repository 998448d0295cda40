/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution of bytes, 3x3 and 5x5 with strides 1 and 2: the
 * bytes of four picture rows in one column become fours, whose products with
 * a kernel column are summed at once, and serve all outputs that see them.
 *
 * A tile is a vector of 64 bytes: the channels of one pixel, or half as many
 * of two neighbours, or a quarter of four. Where a column of a row lies is
 * looked up, so that what is outside costs nothing. */

#include "engine/cpu/kernels/simd_bytes.h"

#ifdef VB_HAS_QUADS

/* Outputs of one pixel that are computed together. */
#if V_REGS >= 32
#define TOGETHER 4
#else
#define TOGETHER 2
#endif
#define CONSTANTS_SIZE (V_LEN * sizeof (gint32) + VF_SIZE)

typedef struct
{
  const MnConvU8Args *args;
  const guint8 **columns; /* of each kernel row: where they lie */
  gsize n_columns;
  const guint8 *outside; /* a pixel of zeros */
  guint8 *y;             /* the output row */
} Walk;

/* A tile's part of it. */
typedef struct
{
  gsize first;    /* channel */
  gsize channels; /* a pixel */
  const guint8 *w;
} Slots;

/* Copies of what an output needs, which no store can change. */
typedef struct
{
  const guint8 *const *columns[5]; /* from the first one on, by row */
  gsize first, channels;
  const guint8 *w;
  vb flip;
} Taps;

V_INLINE vb
load_column (const Taps *taps, const gint ky, const gint stride,
    const gsize pixels, const gint column)
{
  const guint8 *p[4];
  gsize i;

  V_UNROLL for (i = 0; i < pixels; i++)
      p[i] = taps->columns[ky][i * stride + column] + taps->first;
  return vb_xor (vb_load_pixels (p, pixels, taps->channels), taps->flip);
}

/* group: of four weights an output. */
V_INLINE void
add_quads (vi acc[4], const vx quads[4], const gint group, const Taps *taps)
{
  gint v;

  V_UNROLL for (v = 0; v < 4; v++) acc[v] = vw_dot (acc[v], quads[v],
      vw_at (taps->w + (group * 4 + v) * VW_SIZE));
}

V_INLINE void
make_quads (vx quads[4], const vb rows[4])
{
  vb bytes[4];
  gint v;

  vb_quads (bytes, rows);
  V_UNROLL for (v = 0; v < 4; v++) quads[v] = vx_of (bytes[v]);
}

/* What the first four rows of a column give to the outputs that see it. */
V_INLINE void
add_column (vi acc[][4], const gint together, const gint size,
    const gint stride, const gsize pixels, const gint column, const Taps *taps)
{
  vb rows[4];
  vx quads[4];
  gint ky, t;

  V_UNROLL for (ky = 0; ky < 4; ky++) rows[ky] = ky < size
      ? load_column (taps, ky, stride, pixels, column)
      : rows[size - 1];
  make_quads (quads, rows);
  V_UNROLL for (t = 0; t < together; t++)
  {
    const gint kx = column - t * stride;

    if (kx >= 0 && kx < size)
      add_quads (acc[t], quads, kx, taps);
  }
}

/* The fifth row: four neighbours in it are a quad, and the fifth column is
 * in that of another output, or the one behind the last. */
V_INLINE void
add_fifth_row (vi acc[][4], const gint together, const gint stride,
    const gsize pixels, const Taps *taps)
{
  const gint ahead = stride == 1 ? 1 : 2;
  gint t, i;

  V_UNROLL for (t = 0; t <= together; t++)
  {
    const gint first = t < together ? t * stride
                                    : (together - 1) * stride + ahead;
    vb rows[4];
    vx quads[4];

    V_UNROLL for (i = 0; i < 4; i++)
        rows[i] = load_column (taps, 4, stride, pixels, first + i);
    make_quads (quads, rows);
    if (t < together)
      add_quads (acc[t], quads, 5, taps);
    if (t > 0)
      add_quads (acc[t - 1], quads, 6, taps);
  }
}

V_INLINE void
store_outputs (vi acc[][4], const gint together, const gsize pixels, gsize n,
    guint8 *y, gsize y_stride, gsize channels, const VStore *how,
    const gboolean looks_up)
{
  gint t;

  V_UNROLL for (t = 0; t < together; t++)
  {
    vb bytes = vb_finish (vb_pack_quads (acc[t][0], acc[t][1], acc[t][2],
                              acc[t][3]),
        how, looks_up);

    if (pixels == 1)
      vb_store_part (y + t * y_stride, bytes, channels);
    else if (n == pixels && channels * pixels == VB_LEN && channels == y_stride)
      vb_store (y, bytes);
    else if (pixels == 4)
      vb_store_lanes (y, y_stride, n, bytes, channels);
    else {
      vb_store_part (y, bytes, channels);
      if (n > 1)
        vb_store_part (y + y_stride, vb_upper_half (bytes), channels);
    }
  }
}

/* Outputs ox .. ox + together * pixels - 1, of which n are wanted. */
V_INLINE void
outputs (const gint together, const gint size, const gint stride,
    const gsize pixels, gsize ox, gsize n, const Walk *walk, const Slots *slots,
    const gboolean looks_up, const gboolean mixes)
{
  const guint8 *constants = slots->w + mn_u8_s8_dw_steps (size) * 4 * VW_SIZE;
  const guint8 *masks = constants + 4 * CONSTANTS_SIZE;
  const gint n_columns = (together - 1) * stride + size;
  gsize y_stride = walk->args->out_c;
  Taps taps = {.first = slots->first,
    .channels = slots->channels,
    .w = slots->w,
    .flip = vb_set1 (walk->args->x.flip ^ VB_FLIP)};
  VStore how = vb_store_of (walk->args);
  vi acc[TOGETHER][4];
  gint v, t, column;

  V_UNROLL for (v = 0; v < size; v++)
      taps.columns[v] = walk->columns + v * walk->n_columns + ox * stride;
  V_UNROLL for (v = 0; v < 4; v++)
  {
    vi bias = vi_load ((const gint32 *) (constants + v * CONSTANTS_SIZE));

    V_UNROLL for (t = 0; t < together; t++) acc[t][v] = bias;
  }
  V_UNROLL for (column = 0; column < n_columns; column++)
      add_column (acc, together, size, stride, pixels, column, &taps);
  if (size == 5)
    add_fifth_row (acc, together, stride, pixels, &taps);
  V_UNROLL for (v = 0; v < 4; v++)
  {
    VFactors f = vf_load (constants + v * CONSTANTS_SIZE
        + V_LEN * sizeof (gint32));

    if (mixes) {
      vi away = vi_load ((const gint32 *) masks + v * V_LEN);

      V_UNROLL for (t = 0; t < together; t++)
          acc[t][v] = vf_requant_mixed (acc[t][v], &f, away);
    } else {
      V_UNROLL for (t = 0; t < together; t++)
          acc[t][v] = vf_requant (acc[t][v], &f);
    }
  }
  store_outputs (acc, together, pixels, n,
      walk->y + ox * y_stride + slots->first, y_stride, slots->channels, &how,
      looks_up);
}

/* A tile's outputs of a row. */
V_INLINE void
row (const gint size, const gint stride, const gsize pixels, const Walk *walk,
    const Slots *slots, const gboolean looks_up, const gboolean mixes)
{
  gsize width = walk->args->out_w, ox;

  if (pixels > 1) {
    for (ox = 0; ox < width; ox += pixels)
      outputs (1, size, stride, pixels, ox, MIN (pixels, width - ox), walk,
          slots, looks_up, mixes);
  } else if (width < TOGETHER) {
    for (ox = 0; ox < width; ox++)
      outputs (1, size, stride, 1, ox, 1, walk, slots, looks_up, mixes);
  } else {
    /* The last ones may be computed twice. */
    for (ox = 0; ox < width; ox += TOGETHER)
      outputs (TOGETHER, size, stride, 1, MIN (ox, width - TOGETHER), TOGETHER,
          walk, slots, looks_up, mixes);
  }
}

typedef void (*RowFunc) (const Walk *walk, const Slots *slots);

#define ROW(size, stride, pixels) \
  static void row_##size##s##stride##x##pixels (const Walk *walk, \
      const Slots *slots) \
  { \
    const MnConvU8Args *args = walk->args; \
\
    if (args->n_up < args->out_c) \
      row (size, stride, pixels, walk, slots, args->table != NULL, TRUE); \
    else if (args->table) \
      row (size, stride, pixels, walk, slots, TRUE, FALSE); \
    else \
      row (size, stride, pixels, walk, slots, FALSE, FALSE); \
  }

#define ROWS(size, stride) \
  ROW (size, stride, 1) \
  ROW (size, stride, 2) \
  ROW (size, stride, 4)

ROWS (3, 1)
ROWS (3, 2)
ROWS (5, 1)
ROWS (5, 2)
/* By kernel 3 or 5, stride, pixels. */
static const RowFunc row_funcs[2][2][5] = {
  {{NULL, row_3s1x1, row_3s1x2, NULL, row_3s1x4},
    {NULL, row_3s2x1, row_3s2x2, NULL, row_3s2x4}},
  {{NULL, row_5s1x1, row_5s1x2, NULL, row_5s1x4},
    {NULL, row_5s2x1, row_5s2x2, NULL, row_5s2x4}},
};

/* Where the columns of output row oy lie. */
static void
find_columns (const Walk *walk, gsize oy, const guint8 *x)
{
  const MnConvU8Args *args = walk->args;
  const guint8 **out = walk->columns;
  gint64 row = (gint64) oy * args->stride_h - args->pad_top;
  gint ky;

  for (ky = 0; ky < args->kernel_h; ky++, row++, out += walk->n_columns) {
    gboolean inside = row >= 0 && row < (gint64) args->in_h;
    gsize column = 0, right = MIN ((gsize) args->pad_left, walk->n_columns);

    for (; column < right; column++)
      out[column] = walk->outside;
    right = MIN (args->pad_left + args->in_w, walk->n_columns);
    for (; column < right; column++)
      out[column] = inside
          ? x + (row * args->in_w + column - args->pad_left) * args->in_c
          : walk->outside;
    for (; column < walk->n_columns; column++)
      out[column] = walk->outside;
  }
}

void
MN_BYTES (mn_dwconv_u8_s8) (gsize first, gsize end, gsize first_tile,
    gsize end_tile, const guint8 *x, guint8 *y, gpointer scratch,
    const MnConvU8Args *args)
{
  gsize in_c = args->in_c, n = (in_c + 63) / 64 * 64, oy, t;
  gsize tile_size = mn_u8_s8_dw_steps (args->kernel_h) * 4 * VW_SIZE
      + 4 * CONSTANTS_SIZE
      + (args->n_up < args->out_c ? 4 * V_LEN * sizeof (gint32) : 0);
  Walk walk = {args, (const guint8 **) ((guint8 *) scratch + n),
    (args->out_w + 3) * args->stride_w + args->kernel_w, scratch};
  const RowFunc *funcs = row_funcs[args->kernel_w / 5][args->stride_w - 1];

  memset (scratch, (guint8) args->x.zero ^ args->x.flip, n);
  for (oy = first; oy < end; oy++) {
    find_columns (&walk, oy, x);
    walk.y = y + oy * args->out_w * args->out_c;
    for (t = first_tile; t < end_tile; t++) {
      gsize c = t * VB_LEN, left = args->out_c - c;
      gsize pixels = mn_u8_s8_dw_pixels (left, V_LEN);
      Slots slots = {c, MIN (left, VB_LEN), args->packed + t * tile_size};

      funcs[pixels](&walk, &slots);
    }
  }
}

#endif
