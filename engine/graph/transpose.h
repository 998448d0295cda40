/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moving the axes of a dense tensor, whatever it holds. */

#ifndef MN_TRANSPOSE_H
#define MN_TRANSPOSE_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* How the result is walked over, a row of its last axis after the other. */
typedef struct
{
  guint rank;
  gsize dims[MN_MAX_RANK];   /* the result's */
  gsize stride[MN_MAX_RANK]; /* in x, in elements, of each of them */
  gsize n_rows;
} MnTranspose;

/* Axis i of the result is axis order[i] of x, each of which is there
 * once. */
void
mn_transpose_init (MnTranspose *self, const MnTensor *x, const gint32 *order);
/* Rows first .. end - 1 of y, whose elements take size bytes as those of x. */
void mn_transpose_rows (const MnTranspose *self, gsize first, gsize end,
    gsize size, const guint8 *x, guint8 *y);

G_END_DECLS

#endif /* MN_TRANSPOSE_H */
