/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all makers of layers use, and where the values lie. */

#include "engine/cpu/lower/guards.h"
#include "engine/cpu/lower/plan.h"
#include "engine/graph/budget.h"
#include "engine/base/pool.h"

#include <stdlib.h>

/* Of the arena's values: no two share a cache line. */
#define ALIGN 64

/* Work worth a task: a few microseconds, about what it costs to hand it to
 * another thread. */
#define FLOPS_PER_TASK 100e3

/* The longest that one task may be: whoever gives a frame up waits for it.
 * No layer of a usual network is longer. */
#define FLOPS_AT_ONCE 250e6

gpointer
mn_cpu_alloc (gsize size)
{
  gsize rounded;
  guint8 *data;

  if (!g_size_checked_add (&rounded, size, ALIGN))
    return NULL;
  rounded = rounded / ALIGN * ALIGN;
  data = aligned_alloc (ALIGN, rounded);
  if (data)
    mn_cpu_hide (data + size, rounded - size);
  return data;
}

gpointer
mn_cpu_alloc_n (gsize n, gsize size)
{
  gsize bytes;

  return g_size_checked_mul (&bytes, n, size) ? mn_cpu_alloc (bytes) : NULL;
}

gpointer
mn_cpu_layer_new (const gchar *kernel, const MnCpuKind *kind)
{
  MnCpuLayer *layer = g_malloc0 (kind->size);
  guint i;

  layer->kind = kind;
  layer->kernel = kernel;
  layer->n_tasks = 1;
  for (i = 0; i < MN_CPU_N_IN; i++)
    layer->in[i] = -1;
  layer->out = layer->sums = -1;
  return layer;
}

void
mn_cpu_layer_free (gpointer data)
{
  MnCpuLayer *layer = data;

  if (!layer)
    return;
  if (layer->kind->clear)
    layer->kind->clear (layer);
  g_free (layer->name);
  g_free (layer);
}

gpointer
mn_cpu_add_layer (MnCompile *c, const MnNode *node, const gchar *suffix,
    const gchar *kernel, const MnCpuKind *kind)
{
  MnCpuLayer *layer = mn_cpu_layer_new (kernel, kind);

  layer->name = g_strdup_printf ("%u %s%s", node->layer, mn_op_name (node->op),
      suffix);
  layer->kernels = &c->plan->kernels;
  g_ptr_array_add (c->plan->layers, layer);
  return layer;
}

/* A multiple of what the threads would get, and so that each takes about as
 * long as the others. */
static guint
n_short_tasks (guint threads, gsize n, gdouble flops)
{
  gsize wanted = MIN (flops / FLOPS_AT_ONCE, MN_POOL_MAX_TASKS - 1) + 1;
  gsize unit = threads == 1 ? 1 : 2 * (gsize) threads;

  wanted = (wanted + unit - 1) / unit * unit;
  return MAX (MIN (MIN (wanted, n), MN_POOL_MAX_TASKS), 1);
}

guint
mn_cpu_n_tasks (MnCompile *c, gsize n, gdouble flops)
{
  guint threads = c->plan->threads;
  gsize most;

  if (flops > FLOPS_AT_ONCE)
    return n_short_tasks (threads, n, flops);
  if (threads == 1)
    return 1;
  /* Twice the threads where that is worth it: one that is held up then
   * leaves the rest to the others. */
  most = MIN (n, (gsize) threads * 2);
  if (flops < FLOPS_PER_TASK * 2)
    return 1;
  if (flops < FLOPS_PER_TASK * most)
    most = MIN (n, threads);
  return MAX (most, 1);
}

gpointer
mn_cpu_value (const MnCpuExec *exec, gint value)
{
  const MnValue *v;

  if (value < 0)
    return NULL;
  value = mn_value_place (exec->plan->values, value);
  if (value == exec->plan->input && exec->input)
    return exec->input;
  v = mn_value (exec->plan->values, value);
  return v->constant ? v->constant : exec->arena + v->offset;
}

static void
find_lifetimes (MnBackendPlan *plan)
{
  guint i, j;

  mn_value_use (plan->values, plan->input, 0);
  for (i = 0; i < plan->layers->len; i++) {
    const MnCpuLayer *layer = g_ptr_array_index (plan->layers, i);

    for (j = 0; j < MN_CPU_N_IN; j++)
      mn_value_use (plan->values, layer->in[j], i);
    mn_value_use (plan->values, layer->out, i);
    mn_value_use (plan->values, layer->sums, i);
    plan->scratch_size = MAX (plan->scratch_size, layer->scratch);
  }
  for (i = 0; i < plan->outputs->len; i++)
    mn_value_use (plan->values, g_array_index (plan->outputs, gint, i),
        plan->layers->len);
}

gboolean
mn_cpu_place_values (MnBackendPlan *plan, GError **error)
{
  find_lifetimes (plan);
  plan->arena_size = mn_values_plan (plan->values, ALIGN, mn_cpu_guards_plan);
  if (plan->arena_size == G_MAXSIZE) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: the activations are too large to be counted", plan->graph->name);
    return FALSE;
  }
  /* Each thread's scratch starts on a cache line of its own. */
  plan->scratch_size = (plan->scratch_size + MN_CPU_GAP + ALIGN - 1) / ALIGN
      * ALIGN;
  if (plan->scratch_size > MN_MAX_WORKING_BYTES / plan->threads) {
    g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
        "%s: what its layers need besides is more than %" G_GUINT64_FORMAT
        " MiB for %u threads",
        plan->graph->name, MN_MAX_WORKING_BYTES >> 20, plan->threads);
    return FALSE;
  }
  return TRUE;
}
