/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An activation by itself.
 *
 * Work item: a slice.
 * -D ACT=n  activation */

#include "common.h"

__kernel void
unary (__global const float *x, __global float *y,   /* may be the same */
    int n,                      /* slices */
    float2 bounds)
{
  const int id = get_global_id (0);

  if (id < n)
    ((__global float4 *) y)[id] =
        activate (((__global const float4 *) x)[id], ACT, bounds);
}
