/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Softmax: a launch where others on the device read it; else, as it is at a
 * network's end, the CPU's, which has a thousand values sooner than a device
 * has started. */

#include "engine/base/softmax.h"
#include "opencl/lower/plan.h"

static gboolean
add_softmax (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gsize n = mn_cl_row_of (y), rows = y->n_elements / n;
  gsize items = c->plan->device->gpu_shape ? 64 : 1;
  MnClOptions options = {
    "",
  };
  MnClLaunch *launch;

  mn_cl_option_types (c, &options, node->inputs[0], node->outputs[0]);
  launch = mn_cl_add_launch (c, "softmax", &options, error);
  if (!launch)
    return FALSE;
  mn_cl_arg_value (launch, node->inputs[0]);
  mn_cl_arg_value (launch, node->outputs[0]);
  mn_cl_arg_int2 (launch, n, mn_cl_pad4 (n));
  mn_cl_arg_float (launch, node->params.softmax.beta);
  mn_cl_set_size (c->plan->device, launch, items, rows, 1, items, 1, 1);
  launch->global[0] = launch->local[0];
  mn_cl_arg_local (launch, launch->local[0]);
  launch->flops = 8.0 * y->n_elements;
  launch->bytes = (mn_cl_size_of (c, node->inputs[0])
                      + mn_cl_size_of (c, node->outputs[0]))
      * y->n_elements;
  return TRUE;
}

/* Each output that is the node's. */
static void
leave_softmax (MnCompile *c, const MnNode *node)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnClSoftmax s = {0, y->n_elements / mn_cl_row_of (y), mn_cl_row_of (y),
    node->params.softmax.beta};

  for (; s.output < c->graph->outputs->len; s.output++) {
    if (g_array_index (c->graph->outputs, gint, s.output) == node->outputs[0])
      g_array_append_val (c->plan->softmaxes, s);
  }
  mn_value (c->values, node->outputs[0])->alias = node->inputs[0];
}

gboolean
mn_cl_make_softmax (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, 0);

  if (c->uses->last_reader[node->outputs[0]] < 0 && !x->data
      && node->activation == MN_ACT_NONE) {
    leave_softmax (c, node);
    return TRUE;
  }
  return add_softmax (c, node, error);
}

void
mn_cl_plan_finish (const MnBackendPlan *self, MnTensorView *outputs)
{
  guint i;
  gsize r;

  for (i = 0; i < self->softmaxes->len; i++) {
    const MnClSoftmax *s = &g_array_index (self->softmaxes, MnClSoftmax, i);
    gfloat *x = outputs[s->output].data;

    for (r = 0; r < s->n_rows; r++)
      mn_softmax (s->row, s->beta, x + r * s->row, x + r * s->row);
  }
}
