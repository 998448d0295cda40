/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What compilers for GPUs make of our kernels: tests/opencl/gpus/table, put
 * in when the tool is built (docs/gpus.md says what the numbers are). */

#ifndef MN_GPU_TABLE_H
#define MN_GPU_TABLE_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const gchar *gpu, *form;
  guint group, multiple, private_size; /* the kernel's limits */
  guint instr;                         /* issue slots, loops once */
  guint body, inner;                   /* slots of its largest loop, and of the
                                        * largest that has no other one in it */
  guint waves, double_waves;           /* Adreno: that a core holds */
  guint threads;                       /* Mali: 2: full occupancy, 1: half */
  gdouble cycles, fma, cvt, sfu, ls;   /* Mali, loops once */
} MnGpuProgram;

/* The last one's names are NULL. */
extern const MnGpuProgram mn_gpu_programs[];

/* The program of that form; else the one of the same kernel that has most
 * definitions in common, and exact is FALSE. NULL: nothing is known of the
 * kernel. */
const MnGpuProgram *
mn_gpu_table_find (const gchar *gpu, const gchar *form, gboolean *exact);

G_END_DECLS

#endif /* MN_GPU_TABLE_H */
