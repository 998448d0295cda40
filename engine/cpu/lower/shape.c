/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pooling, means, padding, reshaping. */

#include "engine/cpu/lower/plan.h"
#include "engine/lower/operands.h"

#include <string.h>

typedef struct
{
  MnCpuLayer layer;
  gsize out_h;
  MnPoolFunc2d func;
  MnPoolArgs args;
} Pool;

static void
run_pool (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Pool *self = (const Pool *) layer;
  gsize first, end;

  mn_cpu_split (self->out_h, task, layer->n_tasks, &first, &end);
  self->func (first, end, mn_cpu_value (exec, layer->in[MN_CPU_IN]),
      mn_cpu_value (exec, layer->out), &self->args);
}

static const MnCpuKind pool_kind = {sizeof (Pool), run_pool};

gboolean
mn_cpu_make_pool (MnCompile *c, const MnNode *node, GError **error)
{
  MnElement element = mn_cpu_element (c->plan, node->inputs[0]);
  const MnKernels *kernels = mn_cpu_kernels (c, element);
  const MnPoolParams *p = &node->params.pool;
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gboolean average = node->op == MN_OP_AVERAGE_POOL_2D;
  Pool *self = mn_cpu_add_layer (c, node, "",
      average ? "average pool" : "max pool", &pool_kind);
  MnCpuLayer *layer = &self->layer;
  MnPoolArgs *args = &self->args;

  layer->in[MN_CPU_IN] = node->inputs[0];
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  layer->flops = (gdouble) y->n_elements * p->filter_h * p->filter_w;
  layer->bytes = (gdouble) mn_element_size (element)
      * (x->n_elements + y->n_elements);
  self->func = average ? kernels->average_pool : kernels->max_pool;
  self->out_h = y->dims[1];
  args->in_h = x->dims[1];
  args->in_w = x->dims[2];
  args->channels = x->dims[3];
  args->out_w = y->dims[2];
  args->filter_h = p->filter_h;
  args->filter_w = p->filter_w;
  args->stride_h = p->stride_h;
  args->stride_w = p->stride_w;
  args->pad_top = p->pad_top;
  args->pad_left = p->pad_left;
  args->act = mn_act (node->activation);
  /* Few channels fill no vector: each value takes long. */
  layer->n_tasks = mn_cpu_n_tasks (c, y->dims[1], 8 * layer->flops);
  return TRUE;
}

/* ---- mean -------------------------------------------------------------- */

/* Channels a task is a multiple of: whole cache lines. */
#define MEAN_UNIT 16

typedef struct
{
  MnCpuLayer layer;
  gsize n, channels;
  gfloat scale;
} Mean;

static void
run_mean (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Mean *self = (const Mean *) layer;
  gsize channels = self->channels, first, end;

  mn_cpu_split ((channels + MEAN_UNIT - 1) / MEAN_UNIT, task, layer->n_tasks,
      &first, &end);
  first *= MEAN_UNIT;
  end = MIN (end * MEAN_UNIT, channels);
  layer->kernels->mean (self->n, end - first, channels, self->scale,
      mn_cpu_at (exec, layer->in[MN_CPU_IN], first),
      mn_cpu_floats (exec, layer->out) + first);
}

static const MnCpuKind mean_kind = {sizeof (Mean), run_mean};

void
mn_cpu_add_mean (MnCompile *c, const MnNode *node, gint x, gint out, gsize n,
    gsize channels, gfloat scale)
{
  Mean *self = mn_cpu_add_layer (c, node, node->op == MN_OP_MEAN ? "" : " sum",
      "mean", &mean_kind);
  MnCpuLayer *layer = &self->layer;
  MnElement element = mn_cpu_element (c->plan, x);

  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = x;
  layer->out = out;
  layer->flops = (gdouble) n * channels;
  layer->bytes = (gdouble) mn_element_size (element) * n * channels
      + 4.0 * channels;
  self->n = n;
  self->channels = channels;
  self->scale = scale;
  layer->n_tasks = mn_cpu_n_tasks (c, (channels + MEAN_UNIT - 1) / MEAN_UNIT,
      4 * layer->flops);
}

typedef struct
{
  MnCpuLayer layer;
  guint rank;
  gsize dims[MN_MAX_RANK], stride[MN_MAX_RANK]; /* 0 where the output has one
                                                 * element */
  gsize n_out;
} MeanAny;

/* Over any axes: each input element goes to the output that it counts
 * for. */
static void
run_mean_any (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const MeanAny *self = (const MeanAny *) layer;
  const gfloat *x = mn_cpu_floats (exec, layer->in[MN_CPU_IN]);
  gfloat *y = mn_cpu_floats (exec, layer->out);
  gsize n_out = self->n_out, n = 1, i;
  guint d;

  for (d = 0; d < self->rank; d++)
    n *= self->dims[d];
  memset (y, 0, n_out * sizeof (gfloat));
  for (i = 0; i < n; i++) {
    gsize rest = i, offset = 0;

    for (d = self->rank; d-- > 0;) {
      gsize dim = self->dims[d];

      offset += rest % dim * self->stride[d];
      rest /= dim;
    }
    y[offset] += x[i];
  }
  for (i = 0; i < n_out; i++)
    y[i] *= (gfloat) n_out / n;
}

static const MnCpuKind mean_any_kind = {sizeof (MeanAny), run_mean_any};

gboolean
mn_cpu_make_mean (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnCpuLayer *layer;
  MeanAny *self;
  gsize stride = 1;
  guint mask, d;
  gint in;

  if (!mn_compile_mean_axes (c, node, &mask, error))
    return FALSE;
  if (x->rank == 4 && x->dims[0] == 1 && (mask | 1) == 7) {
    gsize n = (gsize) x->dims[1] * x->dims[2];

    mn_cpu_add_mean (c, node, node->inputs[0], node->outputs[0], n, x->dims[3],
        1.0f / n);
    return TRUE;
  }
  in = mn_cpu_input_as (c, node, 0, MN_ELEMENT_F32);
  self = mn_cpu_add_layer (c, node, "", "mean any", &mean_any_kind);
  layer = &self->layer;
  layer->in[MN_CPU_IN] = in;
  layer->out = node->outputs[0];
  layer->flops = x->n_elements;
  layer->bytes = 4.0 * (x->n_elements + y->n_elements);
  self->rank = x->rank;
  self->n_out = y->n_elements;
  for (d = x->rank; d-- > 0;) {
    self->dims[d] = x->dims[d];
    self->stride[d] = mask & 1u << d ? 0 : stride;
    if (!(mask & 1u << d))
      stride *= x->dims[d];
  }
  return TRUE;
}

/* ---- pad --------------------------------------------------------------- */

typedef struct
{
  MnCpuLayer layer;
  guint rank;
  gsize in[MN_MAX_RANK], out[MN_MAX_RANK], before[MN_MAX_RANK];
} Pad;

static void
run_pad (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Pad *self = (const Pad *) layer;
  const gsize *in = self->in, *out = self->out;
  const gsize *before = self->before;
  guint last = self->rank - 1, d;
  gsize size = mn_element_size (layer->kernels->element);
  const guint8 *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  guint8 *y = mn_cpu_value (exec, layer->out);
  gsize n_rows = 1, first, end, i;

  for (d = 0; d < last; d++)
    n_rows *= out[d];
  mn_cpu_split (n_rows, task, layer->n_tasks, &first, &end);
  for (i = first; i < end; i++) {
    guint8 *row = y + i * out[last] * size;
    gsize rest = i, offset = 0, stride = in[last];
    gboolean inside = TRUE;

    for (d = last; d-- > 0;) {
      gsize index = rest % out[d];

      rest /= out[d];
      inside = inside && index >= before[d] && index - before[d] < in[d];
      if (inside)
        offset += (index - before[d]) * stride;
      stride *= in[d];
    }
    memset (row, 0, out[last] * size);
    if (inside)
      memcpy (row + before[last] * size, x + offset * size, in[last] * size);
  }
}

static const MnCpuKind pad_kind = {sizeof (Pad), run_pad};

gboolean
mn_cpu_make_pad (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const gint32 *paddings = mn_compile_paddings (c, node, error);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnElement element = mn_cpu_element (c->plan, node->inputs[0]);
  MnCpuLayer *layer;
  Pad *self;
  gsize n_rows = 1;
  guint d;

  if (!paddings)
    return FALSE;
  self = mn_cpu_add_layer (c, node, "", "pad", &pad_kind);
  layer = &self->layer;
  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = node->inputs[0];
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  layer->bytes = (gdouble) mn_element_size (element)
      * (x->n_elements + y->n_elements);
  self->rank = x->rank;
  for (d = 0; d < x->rank; d++) {
    self->in[d] = x->dims[d];
    self->out[d] = y->dims[d];
    self->before[d] = paddings[2 * d];
    if (d + 1 < x->rank)
      n_rows *= y->dims[d];
  }
  layer->n_tasks = mn_cpu_n_tasks (c, n_rows, 8.0 * y->n_elements);
  return TRUE;
}

/* The same bytes under another shape: no layer at all. */
gboolean
mn_cpu_make_reshape (MnCompile *c, const MnNode *node, GError **error)
{
  mn_value (c->values, node->outputs[0])->alias = node->inputs[0];
  return TRUE;
}
