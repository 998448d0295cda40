/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A matrix times one vector.
 *
 * Work group: tiles of V outputs (dimension 0) by lanes (dimension 1; one
 * group) which share the inputs between them.
 * -D V=4|16       outputs an item
 * -D REDUCE=0|1   0: one lane, no barrier
 * -D PARTS=0|1    1: the vector is the mean of what sums there are,
 *                 [part][input]
 * -D BYTES=0|1    1: weights are integers of 8 bits, with a factor an output
 *                 behind the bias, whose length is a multiple of 16
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
#ifndef BYTES
#define BYTES 0
#endif

#if BYTES
#define WEIGHT char
#define LOADW(p) CAT (convert_float, V) (CAT (vload, V) (0, p))
#else
#define WEIGHT W_TYPE
#define LOADW(p) LOADV (W_TYPE, p)
#endif

#if REDUCE
DEFINE_ADD_LANES (add_lanes, FLOATV)
#endif

__kernel void
fully_connected (__global const X_TYPE *restrict x,
    __global const WEIGHT *restrict w, __global const W_TYPE *restrict bias,
    __global const ADDED_TYPE *restrict residual, __global Y_TYPE *restrict y,
    int4 shape,                 /* input slices, padded outputs, whether
                                 * there is a residual, parts */
    float2 bounds
#if PARTS
    , float factor              /* from their sums to the mean */
#endif
#if REDUCE
    , __local float *shared     /* V floats an item */
#endif
    )
{
  const int channel = ITEM (0) * V;
  const int lane = get_local_id (1), n_lanes = get_local_size (1);
  FLOATV s0 = (FLOATV) (0.0f), s1 = s0, s2 = s0, s3 = s0;

  if (channel < shape.y) {
    __global const WEIGHT *wt = w + (channel >> 4) * (64 * shape.x)
        + (channel & 15) + 64 * lane;

    for (int k = lane; k < shape.x; k += n_lanes) {
      float4 v = LOAD4 (X_TYPE, x + 4 * k);

#if PARTS
      for (int p = 1; p < shape.w; p++)
        v += LOAD4 (X_TYPE, x + 4 * (p * shape.x + k));
      v *= factor;
#endif
      s0 += v.x * LOADW (wt);
      s1 += v.y * LOADW (wt + 16);
      s2 += v.z * LOADW (wt + 32);
      s3 += v.w * LOADW (wt + 48);
      wt += 64 * n_lanes;
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
#if BYTES
    s0 *= LOADV (W_TYPE, bias + ((shape.y + 15) & ~15) + channel);
#endif
    s0 += LOADV (W_TYPE, bias + channel);
    s0 = activate (s0, ACT, bounds);
    if (shape.z)
      s0 += load_tile (residual + channel, shape.y - channel);
    store_tile (y + channel, s0, shape.y - channel);
  }
}
