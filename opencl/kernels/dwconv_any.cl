/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution of any kernel, stride, dilation and multiplier.
 *
 * Work item: an output slice (dimension 0) of a pixel (dimension 1) of an
 * output row (dimension 2).
 * -D ACT=n  activation
 *
 * Weights: [kernel row][kernel column][padded output channel]. */

#include "common.h"

__kernel void
dwconv_any (__global const float *restrict x,
    __global const float *restrict w, __global const float *restrict bias,
    __global float *restrict y,
    int4 in,                    /* height, width, padded channels, - */
    int4 out,                   /* height, width, padded channels, - */
    int4 window,                /* height, width, dilation down, across */
    int4 step,                  /* stride down, across, padding top, left */
    int2 channels,              /* outputs, outputs an input channel */
    float2 bounds)
{
  const int channel = get_global_id (0) * 4;
  const int column = get_global_id (1);
  const int row = get_global_id (2);

  if (channel >= out.z || column >= out.y || row >= out.x)
    return;
  const int4 from = min (channel + (int4) (0, 1, 2, 3),
      (int4) (channels.x - 1)) / channels.y;
  float4 sum = *(__global const float4 *) (bias + channel);

  for (int ky = 0; ky < window.x; ky++) {
    const int iy = row * step.x - step.z + ky * window.z;

    if (iy < 0 || iy >= in.x)
      continue;
    for (int kx = 0; kx < window.y; kx++) {
      const int ix = column * step.y - step.w + kx * window.w;
      __global const float *p = x + (iy * in.y + ix) * in.z;

      if (ix < 0 || ix >= in.y)
        continue;
      sum += (float4) (p[from.x], p[from.y], p[from.z], p[from.w])
          * *(__global const float4 *)
          (w + (ky * window.y + kx) * out.z + channel);
    }
  }
  *(__global float4 *) (y + (row * out.y + column) * out.z + channel) =
      activate (sum, ACT, bounds);
}
