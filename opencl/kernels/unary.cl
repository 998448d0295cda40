/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An activation by itself.
 *
 * Work item: a slice.
 * -D ACT=n  activation */

#include "common.h"

__kernel void
unary (__global const X_TYPE *x, __global Y_TYPE *y, /* may be the same */
    int n,                      /* slices */
    float2 bounds)
{
  const int id = get_global_id (0);

  if (id < n)
    WRITE4 (Y_TYPE, y, id, activate (READ4 (X_TYPE, x, id), ACT, bounds));
}
