/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Depthwise convolution, square kernel, equal strides, multiplier 1.
 *
 * Work item: V channels (dimension 0; V divides their padded number) of PX
 * pixels side by side (dimension 1, with ROWS again and again until the row
 * ends) in an output row (dimension 2).
 * -D V=4|8       channels an item
 * -D PX=n        pixels an item
 * -D KERNEL=3|5  kernel height and width
 * -D STRIDE=1|2  stride down and across
 * -D COLUMNS=n   columns of the input that PX outputs see
 * -D EDGES=n     which of them may lie beside the picture, as bits, where
 *                an output that is in the picture sees them
 * -D ROWS=0|1    whether an item has a whole row
 * -D SUMS=0|1|2  1: also the sums of what is stored, by work group, to
 *                sums[group][channel], groups in the order dimension 1, 2;
 *                2: the same where a group is one item, without a barrier
 * -D ACT=n       activation
 *
 * Weights: [block of 16 channels][kernel row][kernel column][channel]. */

#include "common.h"
#include "lanes.h"

#ifndef KERNEL
#define KERNEL 3
#endif
#ifndef STRIDE
#define STRIDE 1
#endif
#ifndef COLUMNS
#define COLUMNS 3
#endif
#ifndef EDGES
#define EDGES (-1)
#endif
#ifndef ROWS
#define ROWS 0
#endif
#ifndef SUMS
#define SUMS 0
#endif

#if SUMS == 1
DEFINE_ADD_LANES (add_lanes, FLOATV)
#endif

#define EACH_COLUMN(DO) CAT (EACH_, COLUMNS) (DO)
#define EACH_TAP(DO) CAT (EACH_, KERNEL) (DO)
#define IS_EDGE(i) (EDGES >> (i) & 1)

/* Where a column's pixels start in their row; beside the picture: those of
 * the nearest column that is in it. */
#define COLUMN(i) \
  const int column##i = mul24 (clamp (left + i, 0, in.y - 1), in.z); \
  const bool seen##i = !IS_EDGE (i) || (uint) (left + i) < (uint) in.y;

#define START(p) sum[p] = bias;
#if HALF & HALF_MATHS
#define BEGIN(p) row_sum[p] = (REALV) (0.0f);
#define END(p) sum[p] += TO_FLOATV (row_sum[p]);
#else
#define row_sum sum
#define BEGIN(p)
#define END(p)
#endif

#define WEIGHT(i) weight[i] = LOADV (W_TYPE, w + 16 * i);

/* A column of a row, for all outputs that see it. */
#define SEE(i) \
  { \
    const REALV v = LOADV (X_TYPE, x + (line + column##i)); \
    const REALV c = seen##i ? v : (REALV) (0.0f); \
\
    ADD (0, i) ADD (1, i) ADD (2, i) ADD (3, i) \
  }
#define SEES(p, i) (p < PX && i >= p * STRIDE && i < p * STRIDE + KERNEL)
#define ADD(p, i) \
  if (SEES (p, i)) \
    row_sum[SEES (p, i) ? p : 0] += \
        c * weight[SEES (p, i) ? i - p * STRIDE : 0];

/* Past the row's end it goes where the last one goes, which comes later:
 * from the last to the first. */
#define STORE(p) \
  if (p < PX) { \
    const FLOATV v = activate (sum[p < PX ? p : 0], ACT, bounds); \
\
    if (SUMS && first + p < out.y) \
      total += v; \
    WRITEV (Y_TYPE, y + min (to + p * in.z, last), 0, TO_REALV (v)); \
  }

/* PX outputs from column first on; returns the sum of those stored. */
static FLOATV
pixels (__global const X_TYPE *x, __global const W_TYPE *w,
    FLOATV bias, __global Y_TYPE *y, int4 in, int4 out, int2 pad,
    int channel, int first, int row, float2 bounds)
{
  const int left = first * STRIDE - pad.y, top = row * STRIDE - pad.x;
  const int start = max (-top, 0), end = min (KERNEL, in.x - top);
  const int to = row * (out.y * in.z) + channel + mul24 (first, in.z);
  const int last = row * (out.y * in.z) + channel + (out.y - 1) * in.z;
  int line = (top + start) * (in.y * in.z) + channel;
  FLOATV sum[PX];
#if HALF & HALF_MATHS
  REALV row_sum[PX];
#endif
  FLOATV total = (FLOATV) (0.0f);

  w += mul24 (start, KERNEL * 16);
  EACH_PIXEL (START)
  EACH_COLUMN (COLUMN)
  for (int ky = start; ky < end; ky++) {
    REALV weight[KERNEL];

    EACH_TAP (WEIGHT)
    EACH_PIXEL (BEGIN)
    EACH_COLUMN (SEE)
    EACH_PIXEL (END)
    w += KERNEL * 16;
    line += in.y * in.z;
  }
  STORE (3)
  STORE (2)
  STORE (1)
  STORE (0)
  return total;
}

__kernel void
dwconv (__global const X_TYPE *restrict x, __global const W_TYPE *restrict w,
    __global const W_TYPE *restrict bias, __global Y_TYPE *restrict y,
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
  const int channel = ITEM (0) * V;
  const int row = ITEM (2);
  int first = ITEM (1) * PX;
  const bool inside = channel < in.z && row < out.x && first < out.y;
  FLOATV total = (FLOATV) (0.0f);

  if (inside) {
    const FLOATV b = TO_FLOATV (LOADV (W_TYPE, bias + channel));
    __global const W_TYPE *weights = w
        + mul24 (channel >> 4, KERNEL * KERNEL * 16) + (channel & 15);

#if ROWS
    for (; first < out.y; first += PX)
#endif
      total += pixels (x, weights, b, y, in, out, pad, channel, first, row,
          bounds);
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
