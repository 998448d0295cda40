/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sums of dwconv.c where pairs of elements are multiplied at once: two
 * kernel rows at a time. An input and the one below it are a pair, and so are
 * their weights (MN_PACK_RUN_PAIRS). Of a row outside the picture zeros are
 * read instead, over and over. */

#define DW_ROWS(size) (((size) + 1) / 2)

/* A row of inputs, from the first one of a block on. */
typedef struct
{
  const ve *p;
  gssize step; /* from pixel to pixel */
} Row;

/* What the outputs of a row have in common: the row of their first taps. */
typedef struct
{
  const ve *in;    /* pixel 0 of a tile */
  const gfloat *w; /* a tile's: bias, then taps */
  gssize y;
} Taps;

static const ve zeros[DW_WIDTH];

V_INLINE Taps
row_taps (const Group *c, const gsize size, gssize iy)
{
  const Taps taps = {c->in, c->w, iy};

  return taps;
}

V_INLINE Row
input_row (const MnDwconvArgs *args, const Taps *taps, gssize y, gssize x)
{
  Row row = {zeros, 0};

  if (y >= 0 && y < (gssize) args->in_h) {
    row.p = taps->in + (y * (gssize) args->in_w + x) * (gssize) args->in_stride;
    row.step = args->in_stride;
  }
  return row;
}

/* Kernel rows ky and, where that is one, ky + 1. */
V_INLINE void
add_rows (const gsize vecs, const gsize t, const gsize size, const gsize stride,
    const gboolean whole, const gsize n, const gsize ky,
    const MnDwconvArgs *args, const Taps *taps, gssize ix, Sums acc)
{
  const gfloat *weights = taps->w + (1 + ky / 2 * size) * vecs * V_LEN;
  const gboolean lone = ky + 1 == size;
  gssize y = taps->y + (gssize) ky;
  Row upper, lower;
  gsize in_w = args->in_w, i, kx, v;
  vp w[5][DW_VECS], x[DW_VECS];

  if (y >= (gssize) args->in_h || y < (lone ? 0 : -1))
    return;
  upper = input_row (args, taps, y, ix);
  lower = input_row (args, taps, y + 1, ix);
  V_UNROLL for (kx = 0; kx < size; kx++)
  {
    V_UNROLL for (v = 0; v < vecs; v++)
        w[kx][v] = p_load (weights + (kx * vecs + v) * V_LEN);
  }
  V_UNROLL for (i = 0; i < (t - 1) * stride + size; i++)
  {
    const ve *p = upper.p + (gssize) i * upper.step;
    const ve *q = lower.p + (gssize) i * lower.step;

    if (!whole && (may_be_before (t, size, i) || may_be_behind (t, stride, i))
        && (gsize) (ix + (gssize) i) >= in_w)
      continue;
    if (vecs == 2)
      p_zip2_n (p, lone ? NULL : q, n, x);
    else
      x[0] = lone ? p_low_n (p, n) : p_zip_n (p, q, n);
    V_UNROLL for (v = 0; v < vecs; v++) V_KEEP (x[v]);
    V_UNROLL for (kx = 0; kx < size; kx++)
    {
      if (i >= kx && (i - kx) % stride == 0 && (i - kx) / stride < t) {
        V_UNROLL for (v = 0; v < vecs; v++)
            acc[(i - kx) / stride][v] = p_dot (acc[(i - kx) / stride][v], x[v],
                w[kx][v]);
      }
    }
  }
}

V_INLINE void
add_taps (const gsize vecs, const gsize t, const gsize size, const gsize stride,
    const gboolean whole, const gsize n, const Group *c, const Taps *taps,
    gssize ix, Sums acc)
{
  add_rows (vecs, t, size, stride, whole, n, 0, c->args, taps, ix, acc);
  add_rows (vecs, t, size, stride, whole, n, 2, c->args, taps, ix, acc);
  if (size == 5)
    add_rows (vecs, t, size, stride, whole, n, 4, c->args, taps, ix, acc);
}

V_INLINE void
store (const gsize vecs, const gsize n, ve *out, const vf *v)
{
  if (vecs == 2)
    e_store2_n (out, v[0], v[1], n);
  else
    e_store_n (out, v[0], n);
}
