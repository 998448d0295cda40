/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A matrix times one vector.
 *
 * Work group: tiles of V outputs (dimension 0) by lanes (dimension 1; one
 * group) which share the inputs between them.
 * -D V=4|16       outputs an item
 * -D REDUCE=0|1   0: one lane, no barrier
 * -D PARTS=0|1    1: the vector is the mean of what sums there are,
 *                 [part][input]
 * -D ACT=n        activation
 *
 * Weights as in pointwise.cl. */

#include "common.h"
#include "lanes.h"

#ifndef REDUCE
#define REDUCE 1
#endif
#ifndef PARTS
#define PARTS 0
#endif

#if REDUCE
DEFINE_ADD_LANES (add_lanes, FLOATV)
#endif

__kernel void
fully_connected (__global const float *restrict x,
    __global const float *restrict w, __global const float *restrict bias,
    __global const float *restrict residual, __global float *restrict y,
    int4 shape,                 /* input slices, padded outputs, whether
                                 * there is a residual, parts */
    int2 w_stride, float2 bounds
#if PARTS
    , float factor              /* from their sums to the mean */
#endif
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
      float4 v = ((__global const float4 *) x)[k];
      __global const float *wt = w + get_global_id (0) * w_stride.x
          + 4 * k * w_stride.y;

#if PARTS
      for (int p = 1; p < shape.w; p++)
        v += ((__global const float4 *) x)[p * shape.x + k];
      v *= factor;
#endif
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
  add_lanes (part, lane, n_lanes, width);
  s0 = part[0];
#endif
  if (lane == 0 && channel < shape.y) {
    s0 += *(__global const FLOATV *) (bias + channel);
    s0 = activate (s0, ACT, bounds);
    if (shape.z)
      s0 += load_tile (residual + channel, shape.y - channel);
    store_tile (y + channel, s0, shape.y - channel);
  }
}
