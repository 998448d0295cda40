/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a plan computes with: the graph's tensors under their own indices, then
 * what only the backend needs; and where they lie in one arena. Steps are the
 * backend's: layers, launches. */

#ifndef MN_VALUES_H
#define MN_VALUES_H

#include "engine/base/element.h"
#include "engine/graph/graph.h"
#include "engine/lower/memory_plan.h"

G_BEGIN_DECLS

typedef struct
{
  gsize size;         /* bytes, with the room behind pixels */
  MnElement element;  /* of what is a float32 in the graph */
  gsize pixel;        /* elements from pixel to pixel, a pixel being one of
                       * this value's own last dimension, whoever's place it
                       * shares */
  gpointer constant;  /* where the backend has a constant; NULL: none, or not
                       * yet */
  gboolean elsewhere; /* in memory of its own: offset is the backend's */
  gint alias;         /* the value whose place this one shares; -1: none */
  gboolean used;
  guint first, last; /* steps that write and read it */
  gsize offset;      /* in the arena */
} MnValue;

/* MnValue of all tensors, dense but for pixels, whose elements are rounded up
 * to a multiple of so many. Free with g_array_unref. */
GArray *mn_values_new (const MnGraph *graph, guint multiple);
/* Appends one of n floats; returns its index. */
gint mn_values_add (GArray *values, gsize n);

static inline MnValue *
mn_value (const GArray *values, gint i)
{
  return &g_array_index (values, MnValue, i);
}

/* The value in whose place this one lies. */
static inline gint
mn_value_place (const GArray *values, gint i)
{
  while (mn_value (values, i)->alias >= 0)
    i = mn_value (values, i)->alias;
  return i;
}

/* How a layer is to store a value; its size follows. */
void mn_value_store (GArray *values, gint i, MnElement element);
/* A step, no earlier one than those before, reads or writes the value; -1:
 * none. */
void mn_value_use (GArray *values, gint i, guint step);

/* mn_memory_plan, or one like it. */
typedef gsize (*MnMemoryPlan) (MnLifetime *items, guint n, gsize align);

/* Places what is used and is no constant, nor elsewhere. Returns the arena's
 * bytes; G_MAXSIZE on overflow. */
gsize mn_values_plan (GArray *values, gsize align, MnMemoryPlan plan);

G_END_DECLS

#endif /* MN_VALUES_H */
