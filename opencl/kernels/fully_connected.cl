/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A matrix times one vector.
 *
 * Work group: tiles of V outputs (dimension 0) by lanes (dimension 1; one
 * group) which share the inputs between them.
 * -D V=4|16       outputs an item
 * -D REDUCE=0|1   0: one lane, no barrier
 * -D ACT=n        activation
 *
 * Weights as in pointwise.cl. */

#include "common.h"

#ifndef REDUCE
#define REDUCE 1
#endif

__kernel void
fully_connected (__global const float *restrict x,
    __global const float *restrict w, __global const float *restrict bias,
    __global const float *restrict residual, __global float *restrict y,
    int4 shape,                 /* input slices, padded outputs, whether
                                 * there is a residual, - */
    int2 w_stride, float2 bounds
#if REDUCE
    , __local float *shared     /* V floats an item */
#endif
    )
{
  const int channel = get_global_id (0) * V;
  const int lane = get_local_id (1), n_lanes = get_local_size (1);
  FLOATV s0 = (FLOATV) (0.0f), s1 = s0, s2 = s0, s3 = s0;

  if (channel < shape.y) {
    for (int k = lane; k < shape.x; k += n_lanes) {
      const float4 v = ((__global const float4 *) x)[k];
      __global const float *wt = w + get_global_id (0) * w_stride.x
          + 4 * k * w_stride.y;

      s0 += v.x * *(__global const FLOATV *) wt;
      s1 += v.y * *(__global const FLOATV *) (wt + w_stride.y);
      s2 += v.z * *(__global const FLOATV *) (wt + 2 * w_stride.y);
      s3 += v.w * *(__global const FLOATV *) (wt + 3 * w_stride.y);
    }
  }
  s0 = (s0 + s1) + (s2 + s3);
#if REDUCE
  const int width = get_local_size (0);
  __local FLOATV *part = (__local FLOATV *) shared + get_local_id (0);

  part[lane * width] = s0;
  barrier (CLK_LOCAL_MEM_FENCE);
  if (lane == 0) {
    for (int i = 1; i < n_lanes; i++)
      s0 += part[i * width];
  }
#endif
  if (lane == 0 && channel < shape.y) {
    s0 += *(__global const FLOATV *) (bias + channel);
    s0 = activate (s0, ACT, bounds);
    if (shape.z)
      s0 += load_tile (residual + channel, shape.y - channel);
    store_tile (y + channel, s0, shape.y - channel);
  }
}
