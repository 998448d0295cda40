/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/graph/transpose.h"

#include <string.h>

void
mn_transpose_init (MnTranspose *self, const MnTensor *x, const gint32 *order)
{
  gsize stride[MN_MAX_RANK], step = 1;
  guint d;

  *self = (MnTranspose) {.rank = x->rank, .n_rows = 1};
  for (d = x->rank; d-- > 0;) {
    stride[d] = step;
    step *= x->dims[d];
  }
  for (d = 0; d < x->rank; d++) {
    self->dims[d] = x->dims[order[d]];
    self->stride[d] = stride[order[d]];
    if (d + 1 < x->rank)
      self->n_rows *= self->dims[d];
  }
}

/* A row of n elements that lie stride elements apart; size is a constant. */
static inline void
gather (const gsize size, gsize n, gsize stride, const guint8 *x, guint8 *y)
{
  gsize i;

  for (i = 0; i < n; i++)
    memcpy (y + i * size, x + i * stride * size, size);
}

static void
copy_row (gsize size, gsize n, gsize stride, const guint8 *x, guint8 *y)
{
  if (stride == 1)
    memcpy (y, x, n * size);
  else if (size == 1)
    gather (1, n, stride, x, y);
  else if (size == 2)
    gather (2, n, stride, x, y);
  else if (size == 4)
    gather (4, n, stride, x, y);
  else
    gather (8, n, stride, x, y);
}

void
mn_transpose_rows (const MnTranspose *self, gsize first, gsize end, gsize size,
    const guint8 *x, guint8 *y)
{
  guint last = self->rank - 1, d;
  gsize i;

  for (i = first; i < end; i++) {
    gsize rest = i, at = 0;

    for (d = last; d-- > 0;) {
      at += rest % self->dims[d] * self->stride[d];
      rest /= self->dims[d];
    }
    copy_row (size, self->dims[last], self->stride[last], x + at * size,
        y + i * self->dims[last] * size);
  }
}
