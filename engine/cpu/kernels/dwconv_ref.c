/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution of any kind: the truth. Tiles of width 1. */

#include "engine/cpu/kernels/kernels.h"

static gfloat
output (const MnDwconvArgs *args, gsize y, gsize x, const gfloat *in,
    const gfloat *w)
{
  gfloat sum = w[0];
  gsize ky, kx;

  for (ky = 0; ky < args->kernel_h; ky++) {
    gssize iy = (gssize) (y * args->stride_h + ky * args->dilation_h)
        - (gssize) args->pad_top;

    if (iy < 0 || iy >= (gssize) args->in_h)
      continue;
    for (kx = 0; kx < args->kernel_w; kx++) {
      gssize ix = (gssize) (x * args->stride_w + kx * args->dilation_w)
          - (gssize) args->pad_left;

      if (ix < 0 || ix >= (gssize) args->in_w)
        continue;
      sum += in[((gsize) iy * args->in_w + ix) * args->in_stride]
          * w[1 + ky * args->kernel_w + kx];
    }
  }
  return mn_act_f32_ref (&args->act, sum);
}

void
mn_dwconv_f32_ref (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer from, const gfloat *w, gpointer to,
    const MnDwconvArgs *args)
{
  const gfloat *in = from;
  gfloat *out = to;
  gsize k = args->kernel_h * args->kernel_w;
  gsize y, x, c;

  for (c = first_tile; c < end_tile; c++) {
    gfloat sum = 0;

    for (y = first_row; y < end_row; y++) {
      for (x = 0; x < args->out_w; x++) {
        gfloat v = output (args, y, x, in + c / args->multiplier,
            w + c * (k + 1));

        out[(y * args->out_w + x) * args->out_stride + c] = v;
        sum += v;
      }
    }
    if (args->sums)
      args->sums[c] = sum;
  }
}
