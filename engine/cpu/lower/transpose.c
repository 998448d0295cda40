/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Transposing: values of any type are moved as they are. */

#include "engine/cpu/lower/plan.h"
#include "engine/graph/transpose.h"

typedef struct
{
  MnCpuLayer layer;
  MnTranspose walk;
  gsize size; /* of an element */
} Transpose;

static void
run_transpose (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Transpose *self = (const Transpose *) layer;
  gsize first, end;

  mn_cpu_split (self->walk.n_rows, task, layer->n_tasks, &first, &end);
  mn_transpose_rows (&self->walk, first, end, self->size,
      mn_cpu_value (exec, layer->in[MN_CPU_IN]),
      mn_cpu_value (exec, layer->out));
}

static const MnCpuKind transpose_kind = {sizeof (Transpose), run_transpose};

gboolean
mn_cpu_make_transpose (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *order = mn_graph_input_of (c->graph, node, 1);
  gboolean is_float = x->dtype == MN_DTYPE_F32;
  MnElement element = mn_cpu_element (c->plan, node->inputs[0]);
  Transpose *self = mn_cpu_add_layer (c, node, "", "transpose",
      &transpose_kind);
  MnCpuLayer *layer = &self->layer;

  mn_transpose_init (&self->walk, x, order->data);
  self->size = is_float ? mn_element_size (element) : mn_dtype_size (x->dtype);
  layer->in[MN_CPU_IN] = node->inputs[0];
  layer->out = node->outputs[0];
  if (is_float)
    mn_value_store (c->values, layer->out, element);
  layer->bytes = 2.0 * self->size * x->n_elements;
  layer->n_tasks = mn_cpu_n_tasks (c, self->walk.n_rows, 8.0 * x->n_elements);
  return TRUE;
}
