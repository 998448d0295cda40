/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Convolution of any kernel, stride, dilation and padding; also the first
 * layer, whose three input channels are in one slice.
 *
 * Work item: V output channels (dimension 0) of PX pixels side by side
 * (dimension 1) in an output row (dimension 2).
 * -D V=4|8|16      output channels an item
 * -D PX=n          pixels an item
 * -D KERNEL=0|3    0: any kernel, any number of slices; else columns of the
 *                  kernel, without dilation, and INPUTS channels in one
 *                  slice; PX is 1
 * -D INPUTS=n      0: all of a slice
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

#define WEIGHT(i) CAT (READV_, W_TYPE) (WEIGHTS, wt + 16 * (i), 0)

#define START(p) \
  FLOATV sum##p = TO_FLOATV (LOADV (W_TYPE, bias + channel));

/* A slice of the inputs for pixel p. */
#define PRODUCT(p, v) \
  { \
    SUM (p) += v.x * WEIGHT (0); \
    if (INPUTS == 0 || INPUTS > 1) \
      SUM (p) += v.y * WEIGHT (1); \
    if (INPUTS == 0 || INPUTS > 2) \
      SUM (p) += v.z * WEIGHT (2); \
    if (INPUTS == 0 || INPUTS > 3) \
      SUM (p) += v.w * WEIGHT (3); \
  }

/* Where the slices of a column start in its row: those of the nearest one
 * that is in the picture. */
#define PLACE(column) mul24 (clamp (column, 0, in.y - 1), 4 * in.z)
#define IS_INSIDE(column) ((uint) (column) < (uint) in.y)

#if KERNEL
#define DOWN 1

/* The window of one pixel, of one slice a column. */
#define COLUMN(kx) \
  const int place##kx = PLACE (left + kx); \
  const bool inside##kx = IS_INSIDE (left + kx);
#define TAP(kx) \
  { \
    const REAL4 seen = LOAD4 (X_TYPE, x + (line + place##kx)); \
    const REAL4 v = inside##kx ? seen : (REAL4) (0.0f); \
\
    PRODUCT (0, v) \
    wt += 64; \
  }
#else
#define DOWN window.z

/* Slice k of the column that pixel p sees through a kernel's column, where
 * the first one sees column ix. */
#define SEE(p) \
  { \
    const int column = ix + p * step.y; \
    const REAL4 seen = LOAD4 (X_TYPE, x + (line + 4 * k + PLACE (column))); \
    const REAL4 v = IS_INSIDE (column) ? seen : (REAL4) (0.0f); \
\
    PRODUCT (p, v) \
  }
#endif

#if RESIDUAL
#define ADDED(at) + TO_FLOATV (load_tile (residual + at, out.z - channel))
#else
#define ADDED(at)
#endif
#define STORE(p) \
  if (p == 0 || first + p < out.y) { \
    const int at = (row * out.y + first + p) * out.z + channel; \
\
    store_tile (y + at, \
        TO_REALV (activate (sum##p, ACT, bounds) ADDED (at)), \
        out.z - channel); \
  }

__kernel void
conv (__global const X_TYPE *restrict x, WEIGHTS const W_TYPE *restrict w,
    __global const W_TYPE *restrict bias,
    __global const ADDED_TYPE *restrict residual, __global Y_TYPE *restrict y,
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

  EACH_PIXEL (START)
#if KERNEL
  CAT (EACH_, KERNEL) (COLUMN)
#endif
  /* Rows of the kernel that lie in the picture. */
  const int start = (max (-top, 0) + DOWN - 1) / DOWN;
  const int end = min (window.x, (in.x - top + DOWN - 1) / DOWN);
  WEIGHTS const W_TYPE *wt = w
      + (channel >> 4) * (window.x * window.y * in.z * 64) + (channel & 15)
      + start * (window.y * in.z * 64);

  for (int ky = start; ky < end; ky++) {
    const int line = (top + ky * DOWN) * (in.y * 4 * in.z);

#if KERNEL
    EACH_PIXEL (BEGIN_TURN)
    CAT (EACH_, KERNEL) (TAP)
    EACH_PIXEL (END_TURN)
#else
    for (int kx = 0; kx < window.y; kx++) {
      const int ix = left + kx * window.w;

      for (int k = 0; k < in.z; k++) {
        EACH_PIXEL (BEGIN_TURN)
        EACH_PIXEL (SEE)
        EACH_PIXEL (END_TURN)
        wt += 64;
      }
    }
#endif
  }
  EACH_PIXEL (STORE)
}
