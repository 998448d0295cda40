/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same elements in rows of another length, where padding makes that more
 * than a name.
 *
 * Work item: an output element, padding included. */

__kernel void
reshape (__global const float *restrict x, __global float *restrict y,
    int4 shape,                 /* input row, with padding; output row, with
                                 * padding */
    int n)                      /* output elements with padding */
{
  const int id = get_global_id (0);

  if (id >= n)
    return;
  const int column = id % shape.w;
  const int at = id / shape.w * shape.z + column;

  y[id] = column < shape.z ? x[at / shape.x * shape.y + at % shape.x] : 0.0f;
}
