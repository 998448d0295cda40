/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Zeros around a tensor.
 *
 * Work item: an output element, padding included. */

#include "common.h"

__kernel void
pad (__global const X_TYPE *restrict x, __global Y_TYPE *restrict y,
    int8 out_dims,              /* padded to 6 with 1, the last with padding;
                                 * then the number of elements, - */
    int8 in_dims,               /* padded to 6 with 1, real sizes; then the
                                 * last one with padding, - */
    int8 before)                /* zeros in front */
{
  const int id = get_global_id (0);
  int rest = id;
  int c5, c4, c3, c2, c1, c0;
  float v = 0.0f;

  if (id >= out_dims.s6)
    return;
  c5 = rest % out_dims.s5 - before.s5;
  rest /= out_dims.s5;
  c4 = rest % out_dims.s4 - before.s4;
  rest /= out_dims.s4;
  c3 = rest % out_dims.s3 - before.s3;
  rest /= out_dims.s3;
  c2 = rest % out_dims.s2 - before.s2;
  rest /= out_dims.s2;
  c1 = rest % out_dims.s1 - before.s1;
  rest /= out_dims.s1;
  c0 = rest - before.s0;
  if (c0 >= 0 && c0 < in_dims.s0 && c1 >= 0 && c1 < in_dims.s1
      && c2 >= 0 && c2 < in_dims.s2 && c3 >= 0 && c3 < in_dims.s3
      && c4 >= 0 && c4 < in_dims.s4 && c5 >= 0 && c5 < in_dims.s5)
    v = READ1 (X_TYPE, x, ((((c0 * in_dims.s1 + c1) * in_dims.s2 + c2)
                * in_dims.s3 + c3) * in_dims.s4 + c4) * in_dims.s6 + c5);
  WRITE1 (Y_TYPE, y, id, v);
}
