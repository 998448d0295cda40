/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* 1x1 convolution, stride 1: a matrix product, pixels by input channels
 * times input channels by output channels.
 *
 * Work item: V output channels (dimension 0) of PX pixels (dimension 1).
 * -D V=4|8|16   output channels an item
 * -D PX=n       pixels an item
 * -D SCALE=0|1  whether inputs are multiplied by a factor a channel
 * -D ACT=n      activation
 *
 * Weights: row k of tile t starts at t * w_stride.x + k * w_stride.y, V
 * floats. GPU: rows of all outputs, so that neighbouring items read
 * neighbouring addresses. CPU: a tile's rows one after another. */

#include "common.h"

#ifndef PX
#define PX 4
#endif
#ifndef SCALE
#define SCALE 0
#endif

__kernel void
pointwise (__global const float *restrict x,
    __global const float *restrict w, __global const float *restrict bias,
    __global const float *restrict scale,
    __global const float *restrict residual, __global float *restrict y,
    int4 shape,                 /* pixels, input slices, padded output
                                 * channels, whether there is a residual */
    int2 w_stride, float2 bounds)
{
  const int tile = get_global_id (0);
  const int first = get_global_id (1) * PX;
  const int channel = tile * V;
  FLOATV sum[PX];

  if (channel >= shape.z || first >= shape.x)
    return;
  __global const float4 *in[PX];
  __global const float *wt = w + tile * w_stride.x;

#pragma unroll
  for (int p = 0; p < PX; p++) {
    sum[p] = *(__global const FLOATV *) (bias + channel);
    /* Past the last pixel: read it again, store nothing. */
    in[p] = (__global const float4 *) x
        + min (first + p, shape.x - 1) * shape.y;
  }
  for (int k = 0; k < shape.y; k++) {
    const FLOATV w0 = *(__global const FLOATV *) wt;
    const FLOATV w1 = *(__global const FLOATV *) (wt + w_stride.y);
    const FLOATV w2 = *(__global const FLOATV *) (wt + 2 * w_stride.y);
    const FLOATV w3 = *(__global const FLOATV *) (wt + 3 * w_stride.y);
#if SCALE
    const float4 s = ((__global const float4 *) scale)[k];
#endif

    wt += 4 * w_stride.y;
#pragma unroll
    for (int p = 0; p < PX; p++) {
      float4 v = in[p][k];

#if SCALE
      v *= s;
#endif
      sum[p] += v.x * w0;
      sum[p] += v.y * w1;
      sum[p] += v.z * w2;
      sum[p] += v.w * w3;
    }
  }
#pragma unroll
  for (int p = 0; p < PX; p++) {
    if (first + p < shape.x) {
      const int at = (first + p) * shape.z + channel;
      FLOATV v = activate (sum[p], ACT, bounds);

      if (shape.w)
        v += load_tile (residual + at, shape.z - channel);
      store_tile (y + at, v, shape.z - channel);
    }
  }
}
