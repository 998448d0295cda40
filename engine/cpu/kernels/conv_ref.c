/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution of any kernel size, stride and dilation: the truth. */

#include "engine/cpu/kernels/kernels.h"

static gfloat
output (const MnConvArgs *args, gsize y, gsize x, const gfloat *in,
    const gfloat *w)
{
  gfloat sum = w[0];
  gsize ky, kx, c;

  for (ky = 0; ky < args->kernel_h; ky++) {
    gssize iy = (gssize) (y * args->stride_h + ky * args->dilation_h)
        - (gssize) args->pad_top;

    if (iy < 0 || iy >= (gssize) args->in_h)
      continue;
    for (kx = 0; kx < args->kernel_w; kx++) {
      gssize ix = (gssize) (x * args->stride_w + kx * args->dilation_w)
          - (gssize) args->pad_left;
      const gfloat *pixel, *row;

      if (ix < 0 || ix >= (gssize) args->in_w)
        continue;
      pixel = in + ((gsize) iy * args->in_w + ix) * args->in_stride;
      row = w + 1 + (ky * args->kernel_w + kx) * args->in_c;
      for (c = 0; c < args->in_c; c++)
        sum += pixel[c] * row[c];
    }
  }
  return mn_act_f32_ref (&args->act, sum);
}

void
mn_conv_f32_ref (gsize first, gsize end, gconstpointer in, const gfloat *w,
    gpointer to, const MnConvArgs *args)
{
  const gfloat *residual = args->residual;
  gfloat *out = to;
  gsize k = args->kernel_h * args->kernel_w * args->in_c;
  gsize y, x, j;

  for (y = first; y < end; y++) {
    for (x = 0; x < args->out_w; x++) {
      gsize pixel = y * args->out_w + x;

      for (j = 0; j < args->out_c; j++) {
        gfloat sum = output (args, y, x, in, w + j * (k + 1));

        if (residual)
          sum += residual[pixel * args->residual_stride + j];
        out[pixel * args->out_stride + j] = sum;
      }
    }
  }
}
