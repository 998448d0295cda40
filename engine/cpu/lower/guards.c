/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/cpu/lower/guards.h"

#ifdef MN_CPU_GUARDED

#include <sanitizer/asan_interface.h>
#include <string.h>

/* A reader that goes by another value's layout goes far: a gap is as large as
 * what lies before it, up to this. */
#define LARGEST_GAP ((gsize) 1 << 20)

void
mn_cpu_hide (gconstpointer data, gsize size)
{
  ASAN_POISON_MEMORY_REGION (data, size);
}

void
mn_cpu_show (gconstpointer data, gsize size)
{
  ASAN_UNPOISON_MEMORY_REGION (data, size);
}

gsize
mn_cpu_guards_plan (MnLifetime *items, guint n, gsize align)
{
  gsize total = MN_CPU_GAP;
  guint i;

  for (i = 0; i < n; i++) {
    gsize gap = CLAMP (items[i].size, MN_CPU_GAP, LARGEST_GAP);

    items[i].offset = 0;
    if (items[i].size == 0)
      continue;
    items[i].offset = total;
    if (!g_size_checked_add (&total, total, items[i].size)
        || !g_size_checked_add (&total, total, gap + align - 1))
      return G_MAXSIZE;
    total &= ~(align - 1);
  }
  return total;
}

/* NULL: it has no place in the arena. */
static const MnValue *
placed (const MnCpuExec *exec, guint i)
{
  const MnValue *v = mn_value (exec->plan->values, i);

  return v->used && !v->constant && v->alias < 0 && v->size > 0
          && (i != (guint) exec->plan->input || !exec->input)
      ? v
      : NULL;
}

void
mn_cpu_guards_begin (const MnCpuExec *exec)
{
  mn_cpu_show (exec->arena, exec->plan->arena_size);
  /* Of whatever type. */
  memset (exec->arena, 0xff, exec->plan->arena_size);
  mn_cpu_hide (exec->arena, exec->plan->arena_size);
}

static void
show_scratch (const MnCpuExec *exec, gsize size, guint thread)
{
  gsize all = exec->plan->scratch_size;
  guint8 *scratch = exec->scratch + thread * all;

  mn_cpu_show (scratch, size);
  mn_cpu_hide (scratch + size, all - size);
}

void
mn_cpu_guards_stage (const MnCpuExec *exec, guint stage, guint thread)
{
  const MnBackendPlan *plan = exec->plan;
  guint layer = MAX (stage, 1) - 1, i;

  for (i = 0; i < plan->values->len; i++) {
    const MnValue *v = placed (exec, i);

    if (v && v->first == layer && (stage > 0 || i == (guint) plan->input))
      mn_cpu_show (exec->arena + v->offset, v->size);
    else if (v && v->last + 1 == layer)
      mn_cpu_hide (exec->arena + v->offset, v->size);
  }
  show_scratch (exec,
      stage == 0
          ? 0
          : ((MnCpuLayer *) g_ptr_array_index (plan->layers, layer))->scratch,
      thread);
}

#endif
