/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution, square kernel, equal strides, multiplier 1.
 *
 * Work item: V channels (dimension 0; V divides their padded number) of PX
 * pixels side by side (dimension 1, again and again until the row ends) in
 * an output row (dimension 2).
 * -D V=4|8       channels an item
 * -D PX=n        pixels an item
 * -D KERNEL=n    kernel height and width
 * -D STRIDE=n    stride down and across
 * -D ACT=n       activation
 * -D SUMS=0|1|2  1: also the sums of what is stored, by work group, to
 *                sums[group][channel], groups in the order dimension 1, 2;
 *                2: the same where a group is one item, without a barrier
 *
 * Weights: [kernel row][kernel column][padded channel]. */

#include "common.h"
#include "lanes.h"

#ifndef PX
#define PX 2
#endif
#ifndef KERNEL
#define KERNEL 3
#endif
#ifndef STRIDE
#define STRIDE 1
#endif
#ifndef SUMS
#define SUMS 0
#endif

#if SUMS == 1
DEFINE_ADD_LANES (add_lanes, FLOATV)
#endif

/* Columns of the input that PX outputs see. */
#define COLUMNS ((PX - 1) * STRIDE + KERNEL)

/* PX outputs from column first on; returns the sum of those stored. */
static FLOATV
pixels (__global const float *x, __global const float *w,
    FLOATV bias, __global float *y, int4 in, int4 out, int2 pad,
    int channel, int first, int row, float2 bounds)
{
  FLOATV sum[PX];
  FLOATV total = (FLOATV) (0.0f);
  const int left = first * STRIDE - pad.y;

#pragma unroll
  for (int p = 0; p < PX; p++)
    sum[p] = bias;
  for (int ky = 0; ky < KERNEL; ky++) {
    const int iy = row * STRIDE - pad.x + ky;
    FLOATV seen[COLUMNS];

    if (iy < 0 || iy >= in.x)
      continue;
#pragma unroll
    for (int i = 0; i < COLUMNS; i++) {
      seen[i] = (FLOATV) (0.0f);
      if (left + i >= 0 && left + i < in.y)
        seen[i] = *(__global const FLOATV *)
            (x + (iy * in.y + left + i) * in.z + channel);
    }
#pragma unroll
    for (int kx = 0; kx < KERNEL; kx++) {
      const FLOATV wk = *(__global const FLOATV *)
          (w + (ky * KERNEL + kx) * in.z + channel);

#pragma unroll
      for (int p = 0; p < PX; p++)
        sum[p] += seen[p * STRIDE + kx] * wk;
    }
  }
#pragma unroll
  for (int p = 0; p < PX; p++) {
    if (first + p < out.y) {
      const FLOATV v = activate (sum[p], ACT, bounds);

      total += v;
      *(__global FLOATV *)
          (y + (row * out.y + first + p) * in.z + channel) = v;
    }
  }
  return total;
}

__kernel void
dwconv (__global const float *restrict x, __global const float *restrict w,
    __global const float *restrict bias, __global float *restrict y,
    int4 in,                    /* height, width, padded channels, - */
    int4 out,                   /* height, width, -, - */
    int2 pad,                   /* top, left */
    float2 bounds
#if SUMS
    , __global float *restrict sums
#endif
#if SUMS == 1
    , __local float *shared     /* V floats an item */
#endif
    )
{
  const int channel = get_global_id (0) * V;
  const int row = get_global_id (2);
  const bool inside = channel < in.z && row < out.x;
  FLOATV total = (FLOATV) (0.0f);

  if (inside) {
    const FLOATV b = *(__global const FLOATV *) (bias + channel);
    const int step = get_global_size (1) * PX;

    for (int first = get_global_id (1) * PX; first < out.y; first += step)
      total += pixels (x, w, b, y, in, out, pad, channel, first, row, bounds);
  }
#if SUMS
  const int group = get_group_id (1)
      + get_group_id (2) * get_num_groups (1);
#endif
#if SUMS == 1
  const int width = get_local_size (0);
  const int lane = get_local_id (1)
      + get_local_id (2) * get_local_size (1);
  const int n_lanes = get_local_size (1) * get_local_size (2);
  __local FLOATV *part = (__local FLOATV *) shared + get_local_id (0);

  part[lane * width] = total;
  add_lanes (part, lane, n_lanes, width);
  if (lane == 0 && channel < in.z)
    *(__global FLOATV *) (sums + group * in.z + channel) = part[0];
#elif SUMS == 2
  if (inside)
    *(__global FLOATV *) (sums + group * in.z + channel) = total;
#else
  (void) total;
#endif
}
