/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/cpu/lower/broadcast.h"

/* Strides of t as seen from an output of rank dimensions; 0 where it is
 * repeated. */
static void
strides_of (const MnTensor *t, guint rank, gsize *strides)
{
  gsize stride = 1;
  guint i;

  for (i = 0; i < rank; i++) {
    guint d = rank - 1 - i;

    if (i >= t->rank) {
      strides[d] = 0;
      continue;
    }
    strides[d] = t->dims[t->rank - 1 - i] == 1 ? 0 : stride;
    stride *= t->dims[t->rank - 1 - i];
  }
}

/* Joins dimensions that both operands walk through in one go. */
void
mn_cpu_plan_broadcast (const MnTensor *a, const MnTensor *b, const MnTensor *y,
    MnCpuBroadcast *out)
{
  gsize a_stride[MN_MAX_RANK], b_stride[MN_MAX_RANK];
  gsize dims[MN_MAX_RANK + 1], as[MN_MAX_RANK + 1], bs[MN_MAX_RANK + 1];
  guint n = 0, i;

  strides_of (a, y->rank, a_stride);
  strides_of (b, y->rank, b_stride);
  for (i = 0; i < y->rank; i++) {
    gsize d = y->dims[i];

    if (d == 1)
      continue;
    if (n > 0 && as[n - 1] == a_stride[i] * d && bs[n - 1] == b_stride[i] * d)
      dims[n - 1] *= d;
    else
      dims[n++] = d;
    as[n - 1] = a_stride[i];
    bs[n - 1] = b_stride[i];
  }
  out->run = n > 0 ? dims[n - 1] : 1;
  out->a_step = n > 0 ? as[n - 1] : 0;
  out->b_step = n > 0 ? bs[n - 1] : 0;
  out->rank = n > 0 ? n - 1 : 0;
  out->n_runs = 1;
  for (i = 0; i < out->rank; i++) {
    out->dims[i] = dims[i];
    out->a_stride[i] = as[i];
    out->b_stride[i] = bs[i];
    out->n_runs *= dims[i];
  }
}

void
mn_cpu_broadcast_offsets (const MnCpuBroadcast *b, gsize run, gsize *a_offset,
    gsize *b_offset)
{
  guint d = b->rank;

  *a_offset = *b_offset = 0;
  while (d-- > 0) {
    gsize index = run % b->dims[d];

    run /= b->dims[d];
    *a_offset += index * b->a_stride[d];
    *b_offset += index * b->b_stride[d];
  }
}
