/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The gate of a squeeze-and-excite block, from the sums over the picture:
 * gate (w2 * act (w1 * mean + b1) + b2), a factor a channel.
 *
 * One work group of any size. The sums come in parts, [part][padded
 * channel]. Parts, and the inputs of the first product, are split over
 * several items where there are more items than slices or tiles.
 * -D V=4|16  outputs an item has at once
 * -D ACT=n   activation of the hidden values
 * -D GATE=n  activation of the gate
 *
 * Weights: w1 [padded channel][hidden, padded to V], w2 [hidden, padded to
 * V][channel, padded to V]; biases padded likewise. */

#include "common.h"
#include "lanes.h"

DEFINE_ADD_LANES (add_slices, float4)
DEFINE_ADD_LANES (add_tiles, FLOATV)

#ifndef GATE
#define GATE 0
#endif

__kernel void
squeeze_excite (__global const float *restrict sums,
    __global const W_TYPE *restrict w1, __global const W_TYPE *restrict b1,
    __global const W_TYPE *restrict w2, __global const W_TYPE *restrict b2,
    __global Y_TYPE *restrict gate,
    int4 shape,                 /* parts, padded channels, hidden padded to
                                 * V, channels padded to V */
    float4 bounds,              /* of hidden, of the gate */
    float factor,               /* 1 / pixels */
    __local float *mean,        /* padded channels */
    __local float *hidden,      /* hidden padded to V */
    __local float *part)        /* for each item 4 floats, or V, and as much
                                 * as hidden */
{
  const int lane = get_local_id (0), n_lanes = get_local_size (0);
  const int slices = shape.y / 4, tiles = shape.z / V;
  __local float4 *slice = (__local float4 *) part;
  __local FLOATV *tile = (__local FLOATV *) part;
  int split = clamp (n_lanes / slices, 1, shape.x);

  for (int i = lane; i < slices * split; i += n_lanes) {
    float4 sum = (float4) (0.0f);

    for (int p = i / slices; p < shape.x; p += split)
      sum += ((__global const float4 *) sums)[p * slices + i % slices];
    slice[i] = sum;
  }
  add_slices (slice + lane % slices, lane / slices, split, slices);
  for (int i = lane; i < slices; i += n_lanes)
    ((__local float4 *) mean)[i] = slice[i] * factor;
  barrier (CLK_LOCAL_MEM_FENCE);
  split = clamp (n_lanes / tiles, 1, shape.y);
  for (int i = lane; i < tiles * split; i += n_lanes) {
    FLOATV sum = (FLOATV) (0.0f);

    for (int c = i / tiles; c < shape.y; c += split)
      sum += mean[c] * READV (W_TYPE, w1, c * tiles + i % tiles);
    tile[i] = sum;
  }
  add_tiles (tile + lane % tiles, lane / tiles, split, tiles);
  for (int i = lane; i < tiles; i += n_lanes)
    ((__local FLOATV *) hidden)[i] = activate (
        tile[i] + READV (W_TYPE, b1, i), ACT, bounds.lo);
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int c = lane * V; c < shape.w; c += n_lanes * V) {
    FLOATV sum = LOADV (W_TYPE, b2 + c);

    for (int r = 0; r < shape.z; r++)
      sum += hidden[r] * LOADV (W_TYPE, w2 + r * shape.w + c);
    /* Hidden values past the last are act (0), their weights 0. */
    store_tile (gate + c, activate (sum, GATE, bounds.hi), shape.y - c);
  }
}
