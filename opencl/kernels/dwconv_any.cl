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
dwconv_any (__global const X_TYPE *restrict x,
    __global const W_TYPE *restrict w, __global const W_TYPE *restrict bias,
    __global Y_TYPE *restrict y,
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
  float4 sum = LOAD4 (W_TYPE, bias + channel);

  for (int ky = 0; ky < window.x; ky++) {
    const int iy = row * step.x - step.z + ky * window.z;

    if (iy < 0 || iy >= in.x)
      continue;
    for (int kx = 0; kx < window.y; kx++) {
      const int ix = column * step.y - step.w + kx * window.w;
      __global const X_TYPE *p = x + (iy * in.y + ix) * in.z;

      if (ix < 0 || ix >= in.y)
        continue;
      sum += (float4) (READ1 (X_TYPE, p, from.x), READ1 (X_TYPE, p, from.y),
                 READ1 (X_TYPE, p, from.z), READ1 (X_TYPE, p, from.w))
          * LOAD4 (W_TYPE, w + (ky * window.y + kx) * out.z + channel);
    }
  }
  WRITE4 (Y_TYPE, y + (row * out.y + column) * out.z + channel, 0,
      activate (sum, ACT, bounds));
}
