/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who writes and who reads each tensor of a graph. */

#ifndef MN_USES_H
#define MN_USES_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

/* Made anew after a rewrite. */
typedef struct
{
  gint *producer;    /* node index, -1: none */
  guint *n_readers;  /* nodes, and once more for graph outputs */
  gint *last_reader; /* node index; n_nodes for graph outputs; -1 */
  guint n_tensors;
} MnUses;

MnUses *mn_uses_new (const MnGraph *graph);
void mn_uses_free (MnUses *uses);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnUses, mn_uses_free)

G_END_DECLS

#endif /* MN_USES_H */
