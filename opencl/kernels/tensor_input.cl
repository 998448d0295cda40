/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The network's input from a dense tensor, with what the graph does to it
 * first: x * scale + offset, a value a channel (of up to 4).
 *
 * Work item: an element of the input, padding included.
 * -D ELEMENT=float|uchar|char  what the tensor has */

#include "common.h"

#ifndef ELEMENT
#define ELEMENT float
#endif

__kernel void
tensor_input (__global const ELEMENT *restrict x, __global Y_TYPE *restrict y,
    int2 shape,                 /* channels, with padding */
    int n,                      /* elements with padding */
    float2 unit,                /* x * unit.x + unit.y are the numbers that
                                 * elements stand for */
    float4 scale, float4 offset)
{
  const int id = get_global_id (0);

  if (id >= n)
    return;
  const int channel = id % shape.y;
  float v = 0.0f;

  if (channel < shape.x) {
    v = x[id / shape.y * shape.x + channel] * unit.x + unit.y;
    if (channel == 0)
      v = v * scale.x + offset.x;
    else if (channel == 1)
      v = v * scale.y + offset.y;
    else if (channel == 2)
      v = v * scale.z + offset.z;
    else if (channel == 3)
      v = v * scale.w + offset.w;
  }
  WRITE1 (Y_TYPE, y, id, v);
}
