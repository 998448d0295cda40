/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The CPU's stage: its tables and inner loops for what an MnPreprocess says.
 * It is set as often as that changes; memory is only taken for a larger
 * source or output than before, never for another part of the same frames. */

#ifndef MN_CPU_STAGE_H
#define MN_CPU_STAGE_H

#include "engine/cpu/preprocess/stage_kernels.h"
#include "engine/preprocess/formats.h"
#include "engine/preprocess/preprocess.h"

G_BEGIN_DECLS

/* What lies in a thread's scratch. */
typedef struct
{
  gsize row_floats, line_floats;
  gsize tile_bytes; /* of rows put together from tiles */
} MnCpuScratch;

typedef struct
{
  MnPreprocess preprocess; /* as it was set */
  const MnFormatInfo *format;
  const MnStageKernels *kernels;
  MnTaps taps[MN_N_AXES];
  MnColumns columns[MN_MAX_STREAMS];
  MnCpuScratch scratch;
  gpointer memory; /* of the tables */
  gsize memory_size;
} MnCpuStage;

/* With the fastest loops that these MnCpuFlags allow; nothing is set. */
MnCpuStage *mn_cpu_stage_new (guint cpu_flags);
void mn_cpu_stage_free (MnCpuStage *stage);
/* The same for other flags, at any time. */
void mn_cpu_stage_set_flags (MnCpuStage *stage, guint cpu_flags);
/* FALSE with MN_ERROR_NO_MEMORY: it is as it was. */
gboolean mn_cpu_stage_set (MnCpuStage *stage, const MnPreprocess *preprocess,
    GError **error);

/* One thread: writes out_height x out_width x out_channels floats. The frame
 * was checked. scratch: mn_cpu_stage_scratch_size bytes, 64-byte aligned;
 * taken once a session, since it depends on neither crop, fit nor orientation.
 * Rows first_row .. end_row - 1 of the output only, so that threads can share
 * the work, each with a scratch of its own. */
gsize mn_cpu_stage_scratch_size (const MnPreprocess *preprocess);
void mn_cpu_stage_run (const MnCpuStage *stage, const MnFrame *frame,
    guint first_row, guint end_row, gpointer scratch, gfloat *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnCpuStage, mn_cpu_stage_free)

G_END_DECLS

#endif /* MN_CPU_STAGE_H */
