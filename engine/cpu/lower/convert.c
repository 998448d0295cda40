/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values between layers that store them differently: a layer's maker says
 * how it stores what it computes, and asks for its inputs as it wants them. */

#include "engine/cpu/lower/plan.h"

const MnKernels *
mn_cpu_kernels (MnCompile *c, MnElement element)
{
  return element == MN_ELEMENT_F32 ? &c->plan->kernels : &c->plan->narrow;
}

static const MnNode *
last_reader (MnCompile *c, gint tensor)
{
  gint reader = c->uses->last_reader[tensor];

  return reader >= 0 ? mn_graph_node (c->graph, reader) : NULL;
}

/* What the first convolution makes of the picture without an upper bound, and a
 * depthwise convolution then takes differences of, is the one place where
 * bfloat16 shows: in V3-Small it is most of the error. */
MnElement
mn_cpu_conv_element (MnCompile *c, const MnNode *node)
{
  const MnNode *reader = last_reader (c, node->outputs[0]);

  if (c->plan->element == MN_ELEMENT_BF16 && node->inputs[0] == c->plan->input
      && node->activation != MN_ACT_RELU6 && reader
      && reader->op == MN_OP_DEPTHWISE_CONV_2D)
    return MN_ELEMENT_F32;
  return c->plan->element;
}

/* How the network's input is stored: as its reader takes it. */
MnElement
mn_cpu_input_element (MnCompile *c)
{
  const MnNode *node = last_reader (c, c->plan->input);

  if (mn_graph_tensor (c->graph, c->plan->input)->rank != 4)
    return MN_ELEMENT_F32;
  return node && node->op == MN_OP_CONV_2D ? mn_cpu_conv_element (c, node)
                                           : c->plan->element;
}

/* Where its elements are; one that shares a place has them there. */
static MnValue *
value_at (const MnBackendPlan *plan, gint value)
{
  return mn_value (plan->values, mn_value_place (plan->values, value));
}

MnElement
mn_cpu_element (const MnBackendPlan *plan, gint value)
{
  return value_at (plan, value)->element;
}

typedef struct
{
  MnCpuLayer layer;
  gsize n; /* elements */
} Convert;

static void
run_convert (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Convert *self = (const Convert *) layer;
  const MnKernels *narrow = &exec->plan->narrow;
  gint in = layer->in[MN_CPU_IN];
  gsize first, end;

  mn_cpu_split (self->n, task, layer->n_tasks, &first, &end);
  if (mn_cpu_element (exec->plan, in) == MN_ELEMENT_F32)
    narrow->narrow (end - first, mn_cpu_at (exec, in, first),
        mn_cpu_at (exec, layer->out, first));
  else
    narrow->widen (end - first, mn_cpu_at (exec, in, first),
        mn_cpu_at (exec, layer->out, first));
}

static const MnCpuKind convert_kind = {sizeof (Convert), run_convert};

gint
mn_cpu_as (MnCompile *c, const MnNode *node, gint value, MnElement element)
{
  MnCpuLayer *layer;
  Convert *self;
  MnValue *v;
  gsize n;

  if (value < 0 || mn_cpu_element (c->plan, value) == element)
    return value;
  v = value_at (c->plan, value);
  n = v->size / mn_element_size (v->element);
  self = mn_cpu_add_layer (c, node, " convert", "convert", &convert_kind);
  layer = &self->layer;
  layer->in[MN_CPU_IN] = value;
  layer->out = mn_values_add (c->values, n);
  value_at (c->plan, layer->out)->pixel = mn_value (c->values, value)->pixel;
  layer->bytes = 6.0 * n;
  self->n = n;
  layer->n_tasks = mn_cpu_n_tasks (c, n, 8.0 * n);
  mn_value_store (c->values, layer->out, element);
  return layer->out;
}

gint
mn_cpu_input_as (MnCompile *c, const MnNode *node, guint i, MnElement element)
{
  return mn_graph_input_of (c->graph, node, i)
      ? mn_cpu_as (c, node, node->inputs[i], element)
      : -1;
}

/* Whoever reads a result gets floats. */
void
mn_cpu_widen_outputs (MnCompile *c)
{
  const GPtrArray *nodes = c->graph->nodes;
  guint i;

  for (i = 0; i < c->plan->outputs->len; i++) {
    gint *value = &g_array_index (c->plan->outputs, gint, i);

    if (nodes->len > 0
        && mn_graph_tensor (c->graph, *value)->dtype == MN_DTYPE_F32)
      *value = mn_cpu_as (c, mn_graph_node (c->graph, nodes->len - 1), *value,
          MN_ELEMENT_F32);
  }
}
