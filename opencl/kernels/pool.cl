/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Average and maximum over windows; what lies outside the picture does not
 * count.
 *
 * Work item: a slice (dimension 0) of a pixel (dimension 1) of an output
 * row (dimension 2).
 * -D MAX=0|1  maximum instead of average
 * -D ACT=n    activation */

#include "common.h"

#ifndef MAX
#define MAX 0
#endif

__kernel void
pool (__global const X_TYPE *restrict x, __global Y_TYPE *restrict y,
    int4 in,                    /* height, width, slices, - */
    int4 out,                   /* height, width, -, - */
    int4 step,                  /* stride down, across, padding top, left */
    int2 window,                /* height, width */
    float2 bounds)
{
  const int slice = get_global_id (0);
  const int column = get_global_id (1);
  const int row = get_global_id (2);

  if (slice >= in.z || column >= out.y || row >= out.x)
    return;
  const int2 first = (int2) (row * step.x - step.z,
      column * step.y - step.w);
  const int2 start = max (first, (int2) (0));
  const int2 end = min (first + window, in.xy);
#if MAX
  float4 v = (float4) (-INFINITY);
#else
  float4 v = (float4) (0.0f);
#endif

  for (int iy = start.x; iy < end.x; iy++) {
    for (int ix = start.y; ix < end.y; ix++) {
      const float4 from = READ4 (X_TYPE, x,
          (iy * in.y + ix) * in.z + slice);

#if MAX
      v = fmax (v, from);
#else
      v += from;
#endif
    }
  }
#if !MAX
  v /= (float) max ((end.x - start.x) * (end.y - start.y), 1);
#endif
  WRITE4 (Y_TYPE, y, (row * out.y + column) * in.z + slice,
      activate (v, ACT, bounds));
}
