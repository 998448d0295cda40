/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where addresses are watched (AddressSanitizer), each part of a large block
 * is watched as if it had been allocated by itself: all values have places of
 * their own in the arena, with gaps between them, and may be touched from the
 * first layer that writes them to the last one that reads them only. The same
 * for packed weights, and for what a layer has asked of the scratch memory.
 * Each frame finds NaNs where nothing was written yet.
 *
 * There is no slack: kernels touch what their arguments name (kernels.h), and
 * the room behind pixels is part of a value. In other builds all of this is
 * nothing. */

#ifndef MN_CPU_GUARDS_H
#define MN_CPU_GUARDS_H

#include "engine/cpu/lower/plan.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MN_CPU_GUARDED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MN_CPU_GUARDED 1
#endif

G_BEGIN_DECLS

#ifdef MN_CPU_GUARDED
/* Bytes between two parts, at least. */
#define MN_CPU_GAP ((gsize) 256)
/* Memory that nobody may touch, until it is shown. */
void mn_cpu_hide (gconstpointer data, gsize size);
void mn_cpu_show (gconstpointer data, gsize size);
/* As mn_memory_plan, without sharing. */
gsize mn_cpu_guards_plan (MnLifetime *items, guint n, gsize align);
/* Before a frame; and before each task of a stage: 0 is the input, then come
 * the layers. Tasks of one stage may call it at once. */
void mn_cpu_guards_begin (const MnCpuExec *exec);
void mn_cpu_guards_stage (const MnCpuExec *exec, guint stage, guint thread);
#else
#define MN_CPU_GAP ((gsize) 0)
#define mn_cpu_hide(data, size) \
  G_STMT_START \
  { \
  } \
  G_STMT_END
#define mn_cpu_show(data, size) \
  G_STMT_START \
  { \
  } \
  G_STMT_END
#define mn_cpu_guards_plan mn_memory_plan
#define mn_cpu_guards_begin(exec) \
  G_STMT_START \
  { \
  } \
  G_STMT_END
#define mn_cpu_guards_stage(exec, stage, thread) \
  G_STMT_START \
  { \
  } \
  G_STMT_END
#endif

G_END_DECLS

#endif /* MN_CPU_GUARDS_H */
