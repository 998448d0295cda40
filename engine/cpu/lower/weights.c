/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a plan keeps of a model's constants. Weights are packed once all
 * layers are known: into one block of memory, whose size is known then, and
 * by all threads. */

#include "engine/cpu/lower/guards.h"
#include "engine/cpu/kernels/pack.h"
#include "engine/cpu/lower/plan.h"
#include "engine/graph/budget.h"
#include "engine/lower/operands.h"
#include "engine/base/pages.h"
#include "engine/base/pool.h"

#include <string.h>

/* Parts a thread: one that is held up leaves the rest to the others. */
#define PARTS 4

/* Each layer's weights start on a cache line of their own; in floats. */
#define ALIGN 16
#define GAP (MN_CPU_GAP / sizeof (gfloat))

typedef struct
{
  MnCpuLayer *layer;
  const MnTile *tile;
  gsize n, k, run;
  const gfloat *w, *bias;
  gsize n_stride, k_stride;
  gsize offset; /* of the plan's weights, in floats */
} Pack;

GArray *
mn_cpu_packs_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (Pack));
}

static gboolean
no_memory (MnCompile *c, GError **error)
{
  return mn_no_memory (c->graph->name, "the weights", error);
}

gboolean
mn_cpu_count_packed (MnCompile *c, gsize bytes)
{
  return g_size_checked_add (&c->plan->packed, c->plan->packed, bytes)
      && c->plan->packed <= 2 * MN_MAX_WEIGHT_BYTES;
}

/* A constant that is read where it is; NULL for NULL. */
static const gfloat *
keep (MnCompile *c, const MnTensor *constant)
{
  if (!constant)
    return NULL;
  mn_graph_keep (c->graph, constant);
  g_ptr_array_add (c->plan->kept, (gpointer) constant);
  return constant->data;
}

gboolean
mn_cpu_pack (MnCompile *c, const MnNode *node, MnCpuLayer *layer,
    const MnTile *tile, gsize n, gsize k, gsize run, const MnTensor *w,
    gsize n_stride, gsize k_stride, const MnTensor *bias, GError **error)
{
  MnBackendPlan *plan = c->plan;
  gsize size = mn_pack_size (tile, n, k, run);
  Pack pack = {layer, tile, n, k, run};

  if (!mn_compile_check_weights (c, node, w, bias, error))
    return FALSE;
  layer->bytes += size * sizeof (gfloat);
  if (tile->packing == MN_PACK_NOT) {
    layer->weights = keep (c, w);
    layer->bias = keep (c, bias);
    return TRUE;
  }
  pack.w = w->data;
  pack.bias = bias ? bias->data : NULL;
  pack.n_stride = n_stride;
  pack.k_stride = k_stride;
  pack.offset = plan->n_weights;
  if (size > G_MAXSIZE / sizeof (gfloat) - ALIGN - GAP
      || !g_size_checked_add (&plan->n_weights, plan->n_weights,
          (size + GAP + ALIGN - 1) / ALIGN * ALIGN)
      || plan->n_weights > G_MAXSIZE / sizeof (gfloat))
    return no_memory (c, error);
  if (!mn_cpu_count_packed (c, size * sizeof (gfloat)))
    return mn_compile_refuse (c, node, error,
        "packed for vectors, all weights "
        "together are more than %" G_GUINT64_FORMAT " MiB",
        2 * MN_MAX_WEIGHT_BYTES >> 20);
  g_array_append_val (plan->packs, pack);
  return TRUE;
}

/* The tiles that begin in a part of the block. */
static void
pack_part (gpointer data, guint task, guint thread)
{
  const MnBackendPlan *plan = data;
  gsize first, end, tile;
  guint i;

  mn_cpu_split (plan->n_weights, task, PARTS * plan->threads, &first, &end);
  for (i = 0; i < plan->packs->len; i++) {
    const Pack *p = &g_array_index (plan->packs, Pack, i);

    for (tile = 0; tile < mn_pack_n_tiles (p->tile, p->n); tile++) {
      gsize at = p->offset + mn_pack_offset (p->tile, p->n, p->k, p->run, tile);

      if (at >= first && at < end)
        mn_pack_tile (p->tile, p->n, p->k, p->run, p->w, p->n_stride,
            p->k_stride, p->bias, tile, plan->weights + at);
    }
  }
}

/* Operands that are constant. FALSE: no memory. */
static gboolean
keep_constant (MnBackendPlan *plan, gint value)
{
  gpointer copy;
  MnValue *v;

  if (value < 0)
    return TRUE;
  value = mn_value_place (plan->values, value);
  v = mn_value (plan->values, value);
  /* Not the model's: a copy already. */
  if (!v->constant || v->constant != mn_graph_tensor (plan->graph, value)->data)
    return TRUE;
  copy = g_try_malloc (MAX (v->size, 1));
  if (!copy)
    return FALSE;
  memcpy (copy, v->constant, v->size);
  v->constant = copy;
  g_ptr_array_add (plan->constants, copy);
  return TRUE;
}

gboolean
mn_cpu_keep_constants (MnCompile *c, GError **error)
{
  MnBackendPlan *plan = c->plan;
  guint i, j;

  if (plan->n_weights > 0) {
    plan->weights = mn_pages_new (plan->n_weights * sizeof (gfloat));
    if (!plan->weights)
      return no_memory (c, error);
    mn_pool_run (plan->pool, plan->threads, PARTS * plan->threads, pack_part,
        plan);
  }
  for (i = 0; i < plan->packs->len; i++) {
    const Pack *p = &g_array_index (plan->packs, Pack, i);

    p->layer->weights = plan->weights + p->offset;
    mn_cpu_hide (p->layer->weights + mn_pack_size (p->tile, p->n, p->k, p->run),
        MN_CPU_GAP);
  }
  for (i = 0; i < plan->layers->len; i++) {
    const MnCpuLayer *layer = g_ptr_array_index (plan->layers, i);

    for (j = 0; j < MN_CPU_N_IN; j++) {
      if (!keep_constant (plan, layer->in[j]))
        return no_memory (c, error);
    }
  }
  for (i = 0; i < plan->outputs->len; i++) {
    if (!keep_constant (plan, g_array_index (plan->outputs, gint, i)))
      return no_memory (c, error);
  }
  return TRUE;
}
