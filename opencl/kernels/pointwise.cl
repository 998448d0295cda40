/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* 1x1 convolution, stride 1: a matrix product, pixels by input channels
 * times input channels by output channels.
 *
 * Work item: V output channels (dimension 0) of PX pixels (dimension 1). In
 * dimension 2 are SPLIT items, all in a group, who share the inputs.
 * -D V=4|8|16      output channels an item
 * -D PX=n          pixels an item
 * -D STEP=1|2|4    input slices a turn; divides their number
 * -D SPLIT=n       items who share the inputs
 * -D SCALE=0|1     whether inputs are multiplied by a factor a channel
 * -D RESIDUAL=0|1  whether something is added
 * -D MEAN=0|1      1: y is the mean over all pixels of what were stored else;
 *                  a group has all of them, in dimension 1. SPLIT is 1 and
 *                  RESIDUAL 0
 * -D ACT=n         activation
 *
 * Weights: [block of 16 outputs][input][output]. What a turn reads lies at
 * fixed distances, and in lines of the cache that the items beside it
 * read. */

#include "common.h"
#include "lanes.h"

#ifndef STEP
#define STEP 1
#endif
#ifndef SPLIT
#define SPLIT 1
#endif
#ifndef SCALE
#define SCALE 0
#endif
#ifndef RESIDUAL
#define RESIDUAL 0
#endif
#ifndef MEAN
#define MEAN 0
#endif

#if MEAN
DEFINE_ADD_LANES (add_lanes, FLOATV)
#endif

/* Past the last pixel is the last one again, with the same result. */
#define START(p) \
  FLOATV sum##p = SPLIT > 1 || MEAN \
      ? (FLOATV) (0.0f) : TO_FLOATV (LOADV (W_TYPE, bias + channel)); \
  const int in##p = min (from + p * shape.y, last_from);

#if SCALE
#define SCALED(v, k) ((v) * LOAD4 (SCALE_TYPE, scale + k))
#else
#define SCALED(v, k) (v)
#endif

/* The k-th slice of a turn, for all pixels. */
#define SLICE(k) \
  { \
    const REALV w0 = LOADV (W_TYPE, wt + 64 * k); \
    const REALV w1 = LOADV (W_TYPE, wt + 64 * k + 16); \
    const REALV w2 = LOADV (W_TYPE, wt + 64 * k + 32); \
    const REALV w3 = LOADV (W_TYPE, wt + 64 * k + 48); \
    const int slice = at + 4 * k; \
\
    EACH_PIXEL (PRODUCT) \
  }
#define PRODUCT(p) \
  { \
    const REAL4 v = SCALED (LOAD4 (X_TYPE, x + (in##p + slice)), slice); \
\
    SUM (p) += v.x * w0; \
    SUM (p) += v.y * w1; \
    SUM (p) += v.z * w2; \
    SUM (p) += v.w * w3; \
  }

#if RESIDUAL
#define ADDED(at) + TO_FLOATV (load_tile (residual + at, shape.z - channel))
#else
#define ADDED(at)
#endif
#define FINISH(p, sum) \
  { \
    const int at = min (to + (p) * shape.z, last_to); \
\
    store_tile (y + at, TO_REALV (activate (sum, ACT, bounds) ADDED (at)), \
        shape.z - channel); \
  }
#define STORE(p) FINISH (p, sum##p)
#define TAKE(p) \
  if (inside && first + p < shape.x) \
    total += activate (sum##p + TO_FLOATV (LOADV (W_TYPE, bias + channel)), \
        ACT, bounds);
#define SHARE(p) part[(lane * PX + p) * n_beside] = sum##p;

__kernel void
pointwise (__global const X_TYPE *restrict x,
    __global const W_TYPE *restrict w, __global const W_TYPE *restrict bias,
    __global const SCALE_TYPE *restrict scale,
    __global const ADDED_TYPE *restrict residual, __global Y_TYPE *restrict y,
    int4 shape,                 /* pixels, padded input channels, padded
                                 * output channels, - */
    float2 bounds
#if MEAN
    , float factor,             /* 1 / pixels */
    __local float *shared       /* V floats an item */
#elif SPLIT > 1
    , __local float *shared     /* V floats a pixel and item */
#endif
    )
{
  const int channel = ITEM (0) * V;
  const int first = ITEM (1) * PX;
  const bool inside = channel < shape.z && first < shape.x;
  const int lane = SPLIT > 1 ? get_local_id (2) : 0;
  __global const W_TYPE *wt = w + (channel >> 4) * (16 * shape.y)
      + (channel & 15) + lane * STEP * 64;
  const int from = first * shape.y, last_from = (shape.x - 1) * shape.y;
#if !MEAN
  const int to = first * shape.z + channel;
  const int last_to = (shape.x - 1) * shape.z + channel;
#endif

#if SPLIT == 1 && !MEAN
  if (!inside)
    return;
#endif
  EACH_PIXEL (START)
  for (int at = lane * STEP * 4; inside && at < shape.y;
      at += SPLIT * STEP * 4) {
    EACH_PIXEL (BEGIN_TURN)
    SLICE (0)
#if STEP > 1
    SLICE (1)
#endif
#if STEP > 2
    SLICE (2) SLICE (3)
#endif
    EACH_PIXEL (END_TURN)
    wt += SPLIT * STEP * 64;
  }
#if MEAN
  const int width = get_local_size (0);
  __local FLOATV *part = (__local FLOATV *) shared + get_local_id (0);
  FLOATV total = (FLOATV) (0.0f);

  EACH_PIXEL (TAKE)
  part[get_local_id (1) * width] = total;
  add_lanes (part, get_local_id (1), get_local_size (1), width);
  if (get_local_id (1) == 0 && inside)
    store_tile (y + channel, TO_REALV (part[0] * factor), shape.z - channel);
#elif SPLIT == 1
  EACH_PIXEL (STORE)
#else
  /* Each lane adds and stores some of the pixels. */
  const int n_beside = get_local_size (0) * get_local_size (1);
  __local FLOATV *part = (__local FLOATV *) shared + get_local_id (0)
      + get_local_id (1) * get_local_size (0);

  EACH_PIXEL (SHARE)
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int p = lane; inside && p < PX; p += SPLIT) {
    FLOATV sum = TO_FLOATV (LOADV (W_TYPE, bias + channel));

    for (int i = 0; i < SPLIT; i++)
      sum += part[(i * PX + p) * n_beside];
    FINISH (p, sum)
  }
#endif
}
