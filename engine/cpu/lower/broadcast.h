/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How an elementwise operator walks over its operands. */

#ifndef MN_CPU_BROADCAST_H
#define MN_CPU_BROADCAST_H

#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef struct
{
  guint rank;              /* 0: one run */
  gsize dims[MN_MAX_RANK]; /* outer dimensions */
  gsize a_stride[MN_MAX_RANK], b_stride[MN_MAX_RANK];
  gsize n_runs, run;    /* product of dims; elements a run */
  gsize a_step, b_step; /* in a run; 0 or 1 */
} MnCpuBroadcast;

/* How y = a op b walks, and where run i starts. */
void mn_cpu_plan_broadcast (const MnTensor *a, const MnTensor *b,
    const MnTensor *y, MnCpuBroadcast *out);
void mn_cpu_broadcast_offsets (const MnCpuBroadcast *broadcast, gsize run,
    gsize *a_offset, gsize *b_offset);

G_END_DECLS

#endif /* MN_CPU_BROADCAST_H */
