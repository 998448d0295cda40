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
  const gfloat *in;             /* this channel of pixel 0 */
  const gfloat *w;              /* this tile's: bias, then taps */
  gfloat *out;
  gsize n;                      /* channels of this tile, 1 .. V_LEN */
  vf sum;                       /* of what was stored */
} Channel;

/* All but c, ky0 .. x are constants: t outputs, a size x size kernel; whole:
 * no column outside; full: a whole vector of channels. */
V_INLINE void
block (const gsize t, const gsize size, const gsize stride,
    const gboolean whole, const gboolean full, Channel * c, gsize y, gsize x)
{
  const MnDwconvArgs *args = c->args;
  const gsize n = full ? V_LEN : c->n;
  gssize iy = (gssize) (y * stride) - (gssize) args->pad_top;
  gssize ix = (gssize) (x * stride) - (gssize) args->pad_left;
  gsize ky0 = iy < 0 ? -iy : 0;
  gsize ky1 = MIN ((gssize) size, (gssize) args->in_h - iy), ky, i, kx;
  gssize pixel = (gssize) args->in_stride;
  gfloat *out = c->out + (y * args->out_w + x) * args->out_stride;
  vf acc[BLOCK], w[5], v;

  V_UNROLL for (i = 0; i < t; i++)
    acc[i] = v_load (c->w);
  for (ky = ky0; ky < ky1; ky++) {
    const gfloat *row = c->in + ((iy + (gssize) ky) * (gssize) args->in_w
        + ix) * pixel;

    V_UNROLL for (kx = 0; kx < size; kx++)
      w[kx] = v_load (c->w + (1 + ky * size + kx) * V_LEN);
    V_UNROLL for (i = 0; i < (t - 1) * stride + size; i++) {
      if (!whole && (gsize) (ix + (gssize) i) >= args->in_w)
        continue;
      v = v_load_n (row + (gssize) i * pixel, n);
      V_KEEP (v);
      V_UNROLL for (kx = 0; kx < size; kx++) {
        if (i >= kx && (i - kx) % stride == 0 && (i - kx) / stride < t)
          acc[(i - kx) / stride] = v_fma (v, w[kx], acc[(i - kx) / stride]);
      }
    }
  }
  V_UNROLL for (i = 0; i < t; i++) {
    v = args->act.kind == MN_ACT_NONE ? v_act (acc[i], &args->act, MN_ACT_NONE)
        : args->act.kind == MN_ACT_HARD_SWISH
        ? v_act (acc[i], &args->act, MN_ACT_HARD_SWISH)
        : v_act_other (acc[i], &args->act);
    v_store_n (out + i * args->out_stride, v, n);
    c->sum = v_add (c->sum, v);
  }
}

#define BLOCK_CASES(t, size, stride, whole, full, c, y, x) \
  switch (t) { \
    case 1: block (1, size, stride, whole, full, c, y, x); break; \
    case 2: block (2, size, stride, whole, full, c, y, x); break; \
    case 3: block (3, size, stride, whole, full, c, y, x); break; \
    case 4: block (4, size, stride, whole, full, c, y, x); break; \
    case 5: block (5, size, stride, whole, full, c, y, x); break; \
    case 6: block (6, size, stride, whole, full, c, y, x); break; \
    default: block (7, size, stride, whole, full, c, y, x); break; \
  }

/* One channel vector of rows first .. end - 1. */
V_INLINE void
channel (const gsize size, const gsize stride, Channel * c, gsize first,
    gsize end)
{
  const MnDwconvArgs *args = c->args;
  gsize n_blocks = (args->out_w + BLOCK - 1) / BLOCK, y, b;

  for (y = first; y < end; y++) {
    gsize x = 0;

    for (b = 0; b < n_blocks; b++) {
      gsize next = args->out_w * (b + 1) / n_blocks, t = next - x;
      gboolean whole = x * stride >= args->pad_left
          && (next - 1) * stride + size <= args->in_w + args->pad_left;

      if (c->n < V_LEN) {
        BLOCK_CASES (t, size, stride, FALSE, FALSE, c, y, x);
      } else if (whole) {
        BLOCK_CASES (t, size, stride, TRUE, TRUE, c, y, x);
      } else {
        BLOCK_CASES (t, size, stride, FALSE, TRUE, c, y, x);
      }
      x = next;
    }
  }
}

V_INLINE void
dwconv (const gsize size, const gsize stride, gsize first_row,
    gsize end_row, gsize first_tile, gsize end_tile, const gfloat * in,
    const gfloat * w, gfloat * out, const MnDwconvArgs * args)
{
  gsize t;

  for (t = first_tile; t < end_tile; t++) {
    Channel c = { args, in + t * V_LEN, w + t * V_LEN * (size * size + 1),
      out + t * V_LEN, MIN (args->channels - t * V_LEN, V_LEN), v_zero ()
    };

    channel (size, stride, &c, first_row, end_row);
    if (args->sums)
      v_store_n (args->sums + t * V_LEN, c.sum, c.n);
  }
}

void
MN_SIMD (mn_dwconv_f32_3x3s1) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, const gfloat * in, const gfloat * w,
    gfloat * out, const MnDwconvArgs * args)
{
  dwconv (3, 1, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_3x3s2) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, const gfloat * in, const gfloat * w,
    gfloat * out, const MnDwconvArgs * args)
{
  dwconv (3, 2, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_5x5s1) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, const gfloat * in, const gfloat * w,
    gfloat * out, const MnDwconvArgs * args)
{
  dwconv (5, 1, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

void
MN_SIMD (mn_dwconv_f32_5x5s2) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, const gfloat * in, const gfloat * w,
    gfloat * out, const MnDwconvArgs * args)
{
  dwconv (5, 2, first_row, end_row, first_tile, end_tile, in, w, out, args);
}

/* ---- any kernel -------------------------------------------------------- */

static vf
output_any (const MnDwconvArgs * args, gsize y, gsize x, const gfloat * in,
    const gfloat * w, gsize n)
{
  gssize top = (gssize) (y * args->stride_h) - (gssize) args->pad_top;
  gssize left = (gssize) (x * args->stride_w) - (gssize) args->pad_left;
  vf acc = v_load (w);
  gsize ky, kx;

  for (ky = 0; ky < args->kernel_h; ky++) {
    gssize iy = top + (gssize) (ky * args->dilation_h);

    if (iy < 0 || iy >= (gssize) args->in_h)
      continue;
    for (kx = 0; kx < args->kernel_w; kx++) {
      gssize ix = left + (gssize) (kx * args->dilation_w);

      if (ix < 0 || ix >= (gssize) args->in_w)
        continue;
      acc = v_fma (v_load_n (in + ((gsize) iy * args->in_w + ix)
              * args->in_stride, n),
          v_load (w + (1 + ky * args->kernel_w + kx) * V_LEN), acc);
    }
  }
  return v_act (acc, &args->act, args->act.kind);
}

void
MN_SIMD (mn_dwconv_f32_any) (gsize first_row, gsize end_row,
    gsize first_tile, gsize end_tile, const gfloat * in, const gfloat * w,
    gfloat * out, const MnDwconvArgs * args)
{
  gsize k = args->kernel_h * args->kernel_w, t, y, x;

  for (t = first_tile; t < end_tile; t++) {
    gsize n = MIN (args->channels - t * V_LEN, V_LEN);
    vf sum = v_zero ();

    for (y = first_row; y < end_row; y++) {
      for (x = 0; x < args->out_w; x++) {
        vf v = output_any (args, y, x, in + t * V_LEN,
            w + t * V_LEN * (k + 1), n);

        v_store_n (out + (y * args->out_w + x) * args->out_stride
            + t * V_LEN, v, n);
        sum = v_add (sum, v);
      }
    }
    if (args->sums)
      v_store_n (args->sums + t * V_LEN, sum, n);
  }
}
