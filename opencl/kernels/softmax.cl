/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Softmax of beta * x over each row.
 *
 * A work group of any size computes a row (dimension 0 in the group,
 * dimension 1 counts rows). The padding gets zeros. */

#include "common.h"

__kernel void
softmax (__global const X_TYPE *restrict x, __global Y_TYPE *restrict y,
    int2 shape,                 /* elements a row, with padding */
    float beta, __local float *shared)  /* a float an item */
{
  const int lane = get_local_id (0), n_lanes = get_local_size (0);
  __global const X_TYPE *from = x + get_group_id (1) * shape.y;
  __global Y_TYPE *to = y + get_group_id (1) * shape.y;
  float most = -INFINITY, sum = 0.0f;

  for (int i = lane; i < shape.x; i += n_lanes)
    most = fmax (most, READ1 (X_TYPE, from, i));
  shared[lane] = most;
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < n_lanes; i++)
    most = fmax (most, shared[i]);
  barrier (CLK_LOCAL_MEM_FENCE);
  for (int i = lane; i < shape.x; i += n_lanes) {
    const float e = exp (beta * (READ1 (X_TYPE, from, i) - most));

    WRITE1 (Y_TYPE, to, i, e);
    sum += e;
  }
  shared[lane] = sum;
  barrier (CLK_LOCAL_MEM_FENCE);
  sum = 0.0f;
  for (int i = 0; i < n_lanes; i++)
    sum += shared[i];
  for (int i = lane; i < shape.y; i += n_lanes)
    WRITE1 (Y_TYPE, to, i,
        i < shape.x ? READ1 (Y_TYPE, to, i) / sum : 0.0f);
}
