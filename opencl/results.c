/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was read back, as it is to be given: without padding, with the softmax
 * that the device left out, and as integers where the network is one of
 * them. */

#include "engine/base/error.h"
#include "engine/graph/dequantise.h"
#include "opencl/session.h"

#include <string.h>

/* Output o as the plan has it; its rows of row floats are padded. */
static const MnValue *
output_of (const MnBackendPlan *plan, guint o, gsize *row, gsize *n_rows)
{
  gint index = g_array_index (plan->graph->outputs, gint, o);
  const MnTensor *t = mn_graph_tensor (plan->graph, index);

  *row = mn_cl_row_of (t);
  *n_rows = t->n_elements / *row;
  return mn_value (plan->values, mn_value_place (plan->values, index));
}

static const MnValue *
find_straight (const MnBackendPlan *plan)
{
  gsize row, n_rows;
  const MnValue *v = output_of (plan, 0, &row, &n_rows);

  return !plan->twin && plan->graph->outputs->len == 1
          && (n_rows == 1 || row == mn_cl_pad4 (row))
      ? v
      : NULL;
}

gboolean
mn_cl_session_plan_results (MnBackendSession *self, GError **error)
{
  const MnGraph *graph = self->plan->graph;
  guint o;

  self->straight = find_straight (self->plan);
  if (!self->plan->twin)
    return TRUE;
  self->floats = g_new0 (MnTensorView, graph->outputs->len);
  for (o = 0; o < graph->outputs->len; o++) {
    self->floats[o].data = g_try_malloc (mn_tensor_size (mn_graph_output (graph,
        o)));
    if (!self->floats[o].data)
      return mn_no_memory (graph->name, "the results", error);
  }
  return TRUE;
}

void
mn_cl_session_free_results (MnBackendSession *self)
{
  guint o;

  for (o = 0; self->floats && o < self->plan->graph->outputs->len; o++)
    g_free (self->floats[o].data);
  g_clear_pointer (&self->floats, g_free);
}

/* Output o of a frame, without its padding. */
static void
copy_output (const MnBackendSession *self, const guint8 *results, guint o,
    guint8 *to)
{
  gsize row, n, i;
  const MnValue *v = output_of (self->plan, o, &row, &n);

  for (i = 0; i < n; i++)
    memcpy (to + i * row * sizeof (gfloat),
        results + v->offset + i * mn_cl_pad4 (row) * sizeof (gfloat),
        row * sizeof (gfloat));
}

void
mn_cl_session_give_results (const MnBackendSession *self, const guint8 *results,
    MnTensorView *outputs)
{
  const MnGraph *declared = self->plan->declared;
  MnTensorView *floats = self->floats ? self->floats : outputs;
  guint o;

  for (o = 0; !self->straight && o < declared->outputs->len; o++)
    copy_output (self, results, o, floats[o].data);
  mn_cl_plan_finish (self->plan, floats);
  for (o = 0; self->floats && o < declared->outputs->len; o++) {
    const MnTensor *t = mn_graph_output (declared, o);

    mn_quantise (t->dtype, &t->quant, floats[o].data, outputs[o].data,
        t->n_elements);
  }
}
