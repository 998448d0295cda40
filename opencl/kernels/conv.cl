/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution of any kernel, stride, dilation and padding; also the first
 * layer, whose three input channels are in one slice.
 *
 * Work item: V output channels (dimension 0) of PX pixels side by side
 * (dimension 1) in an output row (dimension 2).
 * -D V=4|8|16      output channels an item
 * -D PX=n          pixels an item
 * -D KERNEL=0|3    columns of the kernel, without dilation; 0: any
 * -D INPUTS=n      channels, of one slice; 0: any number of slices
 * -D CONSTANT=0|1  whether the weights are in constant memory
 * -D RESIDUAL=0|1  whether something is added
 * -D ACT=n         activation
 *
 * Weights: [block of 16 outputs][kernel row][kernel column][padded
 * input][output]. */

#include "common.h"

#ifndef KERNEL
#define KERNEL 0
#endif
#ifndef INPUTS
#define INPUTS 0
#endif
#ifndef CONSTANT
#define CONSTANT 0
#endif
#ifndef RESIDUAL
#define RESIDUAL 0
#endif

#if CONSTANT
#define WEIGHTS __constant
#else
#define WEIGHTS __global
#endif

#define WEIGHT(i) (*(WEIGHTS const FLOATV *) (wt + 16 * (i)))

#define START(p) FLOATV sum##p = LOADV (bias + channel);

/* Slice k of the column that pixel p sees through a kernel's column, whose
 * first pixel sees column ix. */
#define PRODUCT(p) \
  { \
    const int column = ix + p * step.y; \
    const float4 seen = LOAD4 (x + (line + 4 * k \
        + mul24 (clamp (column, 0, in.y - 1), 4 * in.z))); \
    const float4 v = (uint) column < (uint) in.y ? seen : (float4) (0.0f); \
\
    sum##p += v.x * WEIGHT (0); \
    if (INPUTS == 0 || INPUTS > 1) \
      sum##p += v.y * WEIGHT (1); \
    if (INPUTS == 0 || INPUTS > 2) \
      sum##p += v.z * WEIGHT (2); \
    if (INPUTS == 0 || INPUTS > 3) \
      sum##p += v.w * WEIGHT (3); \
  }

#define TAP(kx) \
  { \
    const int ix = left + kx * (KERNEL ? 1 : window.w); \
\
    for (int k = 0; k < (INPUTS ? 1 : in.z); k++) { \
      EACH_PIXEL (PRODUCT) \
      wt += 64; \
    } \
  }

#if RESIDUAL
#define ADDED(at) + load_tile (residual + at, out.z - channel)
#else
#define ADDED(at)
#endif
#define STORE(p) \
  if (p == 0 || first + p < out.y) { \
    const int at = (row * out.y + first + p) * out.z + channel; \
\
    store_tile (y + at, activate (sum##p, ACT, bounds) ADDED (at), \
        out.z - channel); \
  }

__kernel void
conv (__global const float *restrict x, WEIGHTS const float *restrict w,
    __global const float *restrict bias,
    __global const float *restrict residual, __global float *restrict y,
    int4 in,                    /* height, width, slices, - */
    int4 out,                   /* height, width, padded channels, - */
    int4 window,                /* height, width, dilation down, across */
    int4 step,                  /* stride down, across, padding top, left */
    float2 bounds)
{
  const int channel = ITEM (0) * V;
  const int first = ITEM (1) * PX;
  const int row = ITEM (2);

  if (channel >= out.z || first >= out.y || row >= out.x)
    return;
  const int left = first * step.y - step.w, top = row * step.x - step.z;
  const int line_weights = window.y * in.z * 64;
  WEIGHTS const float *block = w
      + (channel >> 4) * (window.x * line_weights) + (channel & 15);

  EACH_PIXEL (START)
  for (int ky = 0; ky < window.x; ky++) {
    const int iy = top + ky * window.z;
    const int line = iy * (in.y * 4 * in.z);
    WEIGHTS const float *wt = block + ky * line_weights;

    if (iy < 0 || iy >= in.x)
      continue;
#if KERNEL == 3
    TAP (0)
    TAP (1)
    TAP (2)
#else
    for (int kx = 0; kx < window.y; kx++)
      TAP (kx)
#endif
  }
  EACH_PIXEL (STORE)
}
