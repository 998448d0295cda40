/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* factor times the sum over all pixels.
 *
 * Work group: slices (dimension 0) by lanes (dimension 1; one group), each
 * of which takes every so manieth pixel. */

#include "common.h"
#include "lanes.h"

DEFINE_ADD_LANES (add_lanes, float4)

__kernel void
mean (__global const X_TYPE *restrict x, __global Y_TYPE *restrict y,
    int2 shape,                 /* pixels, slices */
    float factor, __local float *shared)        /* 4 floats an item */
{
  const int slice = get_global_id (0);
  const int width = get_local_size (0);
  const int lane = get_local_id (1), n_lanes = get_local_size (1);
  __local float4 *part = (__local float4 *) shared + get_local_id (0);
  float4 sum = (float4) (0.0f);

  if (slice < shape.y) {
    for (int i = lane; i < shape.x; i += n_lanes)
      sum += READ4 (X_TYPE, x, i * shape.y + slice);
  }
  part[lane * width] = sum;
  add_lanes (part, lane, n_lanes, width);
  if (lane == 0 && slice < shape.y)
    WRITE4 (Y_TYPE, y, slice, part[0] * factor);
}
