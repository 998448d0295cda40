/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The gate of a squeeze-and-excite block, from the sums over the picture:
 * gate (w2 * act (w1 * mean + b1) + b2), a factor a channel.
 *
 * One work group of any size. The sums come in parts, [part][padded
 * channel]. The first product's inputs are split over several items where
 * there are more items than outputs.
 * -D V=4|16  outputs an item has at once
 * -D ACT=n   activation of the hidden values
 * -D GATE=n  activation of the gate
 *
 * Weights: w1 [padded channel][hidden, padded to V], w2 [hidden, padded to
 * V][channel, padded to V]; biases padded likewise. */

#include "common.h"

#ifndef GATE
#define GATE 0
#endif

__kernel void
squeeze_excite (__global const float *restrict sums,
    __global const float *restrict w1, __global const float *restrict b1,
    __global const float *restrict w2, __global const float *restrict b2,
    __global float *restrict gate,
    int4 shape,                 /* parts, padded channels, hidden padded to
                                 * V, channels padded to V */
    float4 bounds,              /* of hidden, of the gate */
    float factor,               /* 1 / pixels */
    __local float *mean,        /* padded channels */
    __local float *hidden,      /* hidden padded to V */
    __local float *part)        /* hidden padded to V, times split */
{
  const int lane = get_local_id (0), n_lanes = get_local_size (0);
  const int tiles = shape.z / V;
  const int split = max (1, n_lanes / tiles);

  for (int c = lane * 4; c < shape.y; c += n_lanes * 4) {
    float4 sum = (float4) (0.0f);

    for (int i = 0; i < shape.x; i++)
      sum += *(__global const float4 *) (sums + i * shape.y + c);
    *(__local float4 *) (mean + c) = sum * factor;
  }
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int i = lane; i < tiles * split; i += n_lanes) {
    const int at = i % tiles * V;
    FLOATV sum = (FLOATV) (0.0f);

    for (int c = i / tiles; c < shape.y; c += split)
      sum += mean[c] * *(__global const FLOATV *) (w1 + c * shape.z + at);
    VSTOREV (sum, 0, part + i / tiles * shape.z + at);
  }
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int i = lane; i < tiles; i += n_lanes) {
    FLOATV sum = *(__global const FLOATV *) (b1 + i * V);

    for (int s = 0; s < split; s++)
      sum += VLOADV (0, part + s * shape.z + i * V);
    VSTOREV (activate (sum, ACT, bounds.lo), 0, hidden + i * V);
  }
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int c = lane * V; c < shape.w; c += n_lanes * V) {
    FLOATV sum = *(__global const FLOATV *) (b2 + c);

    for (int r = 0; r < shape.z; r++)
      sum += hidden[r] * *(__global const FLOATV *) (w2 + r * shape.w + c);
    /* Hidden values past the last are act (0), their weights 0. */
    store_tile (gate + c, activate (sum, GATE, bounds.hi), shape.y - c);
  }
}
