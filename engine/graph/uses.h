/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who writes and who reads each tensor of a graph. */

#ifndef MN_USES_H
#define MN_USES_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* By tensor; of a graph as it is when this is made. */
typedef struct
{
  gint *producer;    /* node index; -1: none */
  guint *n_readers;  /* inputs of nodes, and once more for graph outputs */
  gint *last_reader; /* node index; -1: none */
  guint n_tensors;
} MnUses;

MnUses *mn_uses_new (const MnGraph *graph);
void mn_uses_free (MnUses *uses);
/* The index of the node that alone reads tensor t, by one input; -1 where
 * there is none, and where t is an output of the graph. */
gint mn_uses_only_reader (const MnUses *uses, gint t);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnUses, mn_uses_free)

G_END_DECLS

#endif /* MN_USES_H */
