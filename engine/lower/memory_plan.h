/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where each activation lies in one arena, by life span: largest first, into
 * the lowest gap that is free during its life (as Pisarchyk and Lee, Efficient
 * Memory Management for Deep Neural Net Inference, 2020, greedy by size). */

#ifndef MN_MEMORY_PLAN_H
#define MN_MEMORY_PLAN_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gsize size;        /* bytes; 0: not in the arena */
  guint first, last; /* steps at which it is live, inclusive */
  gsize offset;      /* the answer */
} MnLifetime;

/* align: a power of two. Returns the arena's bytes; G_MAXSIZE on overflow. */
gsize mn_memory_plan (MnLifetime *items, guint n, gsize align);

G_END_DECLS

#endif /* MN_MEMORY_PLAN_H */
