/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution of any kernel, stride and dilation. */

#include "engine/cpu/kernels/simd_kernels.h"

static vf
output_any (const MnDwconvArgs *args, gsize y, gsize x, const ve *in,
    const gfloat *w, gsize n)
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
      acc = v_fma (e_load_n (in
                           + ((gsize) iy * args->in_w + ix) * args->in_stride,
                       n),
          v_load (w + (1 + ky * args->kernel_w + kx) * V_LEN), acc);
    }
  }
  return v_act (acc, &args->act, args->act.kind);
}

void
MN_SIMD (mn_dwconv_f32_any) (gsize first_row, gsize end_row, gsize first_tile,
    gsize end_tile, gconstpointer in, const gfloat *w, gpointer out,
    const MnDwconvArgs *args)
{
  gsize k = args->kernel_h * args->kernel_w, t, y, x;

  for (t = first_tile; t < end_tile; t++) {
    gsize n = MIN (args->channels - t * V_LEN, V_LEN);
    vf sum = v_zero ();

    for (y = first_row; y < end_row; y++) {
      for (x = 0; x < args->out_w; x++) {
        vf v = output_any (args, y, x, (const ve *) in + t * V_LEN,
            w + t * V_LEN * (k + 1), n);

        e_store_n ((ve *) out + (y * args->out_w + x) * args->out_stride
                + t * V_LEN,
            v, n);
        sum = v_add (sum, v);
      }
    }
    if (args->sums)
      v_store_n (args->sums + t * V_LEN, sum, n);
  }
}
