/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sum, difference or product of two tensors, with broadcasting.
 *
 * Work item: a slice of the output.
 * -D OP=0|1|2  add, subtract, multiply
 * -D ACT=n     activation */

#include "common.h"

#ifndef OP
#define OP 0
#endif

__kernel void
binary (__global const X_TYPE *restrict a,
    __global const ADDED_TYPE *restrict b, __global Y_TYPE *restrict y,
    int8 dims,                  /* of the output, padded to 6 with 1, the last
                                 * in slices; then the number of slices, - */
    int8 a_stride,              /* in elements, 0 where a is repeated; the
                                 * last: 4, or 0 for one value */
    int8 b_stride, float2 bounds)
{
  const int id = get_global_id (0);
  int rest = id, i = 0, j = 0;
  float4 u, v;

  if (id >= dims.s6)
    return;
  i += rest % dims.s5 * a_stride.s5;
  j += rest % dims.s5 * b_stride.s5;
  rest /= dims.s5;
  i += rest % dims.s4 * a_stride.s4;
  j += rest % dims.s4 * b_stride.s4;
  rest /= dims.s4;
  i += rest % dims.s3 * a_stride.s3;
  j += rest % dims.s3 * b_stride.s3;
  rest /= dims.s3;
  i += rest % dims.s2 * a_stride.s2;
  j += rest % dims.s2 * b_stride.s2;
  rest /= dims.s2;
  i += rest % dims.s1 * a_stride.s1;
  j += rest % dims.s1 * b_stride.s1;
  rest /= dims.s1;
  i += rest * a_stride.s0;
  j += rest * b_stride.s0;
  u = a_stride.s5 ? LOAD4 (X_TYPE, a + i) : (float4) (READ1 (X_TYPE, a, i));
  v = b_stride.s5 ? LOAD4 (ADDED_TYPE, b + j)
                  : (float4) (READ1 (ADDED_TYPE, b, j));
#if OP == 0
  u += v;
#elif OP == 1
  u -= v;
#else
  u *= v;
#endif
  WRITE4 (Y_TYPE, y, id, activate (u, ACT, bounds));
}
