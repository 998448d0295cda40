/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution of any kernel, stride, dilation and padding; also the first
 * layer, whose three input channels are a slice.
 *
 * Work item: V output channels (dimension 0) of PX pixels side by side
 * (dimension 1) in an output row (dimension 2).
 * -D V=4|8|16  output channels an item
 * -D PX=n      pixels an item
 * -D ACT=n     activation
 *
 * Weights as in pointwise.cl, k in the order kernel row, kernel column,
 * padded input channel. */

#include "common.h"

#ifndef PX
#define PX 1
#endif

__kernel void
conv (__global const float *restrict x, __global const float *restrict w,
    __global const float *restrict bias,
    __global const float *restrict residual, __global float *restrict y,
    int4 in,                    /* height, width, slices, - */
    int4 out,                   /* height, width, padded channels, whether
                                 * there is a residual */
    int4 window,                /* height, width, dilation down, across */
    int4 step,                  /* stride down, across, padding top, left */
    int2 w_stride, float2 bounds)
{
  const int channel = get_global_id (0) * V;
  const int first = get_global_id (1) * PX;
  const int row = get_global_id (2);
  FLOATV sum[PX];

  if (channel >= out.z || first >= out.y || row >= out.x)
    return;
  __global const float *wt = w + get_global_id (0) * w_stride.x;

#pragma unroll
  for (int p = 0; p < PX; p++)
    sum[p] = *(__global const FLOATV *) (bias + channel);
  for (int ky = 0; ky < window.x; ky++) {
    const int iy = row * step.x - step.z + ky * window.z;

    if (iy < 0 || iy >= in.x) {
      wt += 4 * w_stride.y * in.z * window.y;
      continue;
    }
    for (int kx = 0; kx < window.y; kx++) {
      const int ix = first * step.y - step.w + kx * window.w;
      __global const float4 *from = (__global const float4 *) x;

      for (int k = 0; k < in.z; k++) {
        const FLOATV w0 = *(__global const FLOATV *) wt;
        const FLOATV w1 = *(__global const FLOATV *) (wt + w_stride.y);
        const FLOATV w2 = *(__global const FLOATV *) (wt + 2 * w_stride.y);
        const FLOATV w3 = *(__global const FLOATV *) (wt + 3 * w_stride.y);

        wt += 4 * w_stride.y;
#pragma unroll
        for (int p = 0; p < PX; p++) {
          const int at = ix + p * step.y;
          float4 v = (float4) (0.0f);

          if (at >= 0 && at < in.y)
            v = from[(iy * in.y + at) * in.z + k];
          sum[p] += v.x * w0;
          sum[p] += v.y * w1;
          sum[p] += v.z * w2;
          sum[p] += v.w * w3;
        }
      }
    }
  }
#pragma unroll
  for (int p = 0; p < PX; p++) {
    if (first + p < out.y) {
      const int at = (row * out.y + first + p) * out.z + channel;
      FLOATV v = activate (sum[p], ACT, bounds);

      if (out.w)
        v += load_tile (residual + at, out.z - channel);
      store_tile (y + at, v, out.z - channel);
    }
  }
}
