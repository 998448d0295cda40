/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same elements in rows of another length, where padding makes that more
 * than a name.
 *
 * Work item: an output element, padding included. */

#include "common.h"

__kernel void
reshape (__global const X_TYPE *restrict x, __global Y_TYPE *restrict y,
    int4 shape,                 /* input row, with padding; output row, with
                                 * padding */
    int n)                      /* output elements with padding */
{
  const int id = get_global_id (0);

  if (id >= n)
    return;
  const int column = id % shape.w;
  const int at = id / shape.w * shape.z + column;

  WRITE1 (Y_TYPE, y, id, column < shape.z
          ? READ1 (X_TYPE, x, at / shape.x * shape.y + at % shape.x) : 0.0f);
}
