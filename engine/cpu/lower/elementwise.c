/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums and products with broadcasting, activations, softmax. */

#include "engine/cpu/lower/broadcast.h"
#include "engine/cpu/lower/plan.h"
#include "engine/graph/operators.h"

typedef struct
{
  MnCpuLayer layer;
  MnBinaryKind kind;
  MnCpuBroadcast broadcast;
  MnAct act;
} Binary;

static void
run_binary (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Binary *self = (const Binary *) layer;
  const MnCpuBroadcast *b = &self->broadcast;
  MnBinaryFunc func = layer->kernels->binary[self->kind];
  gint x = layer->in[MN_CPU_IN], y = layer->in[MN_CPU_IN_B];
  gsize first, end, i;

  if (b->n_runs == 1) {
    mn_cpu_split (b->run, task, layer->n_tasks, &first, &end);
    func (end - first, mn_cpu_at (exec, x, first * b->a_step), b->a_step,
        mn_cpu_at (exec, y, first * b->b_step), b->b_step,
        mn_cpu_at (exec, layer->out, first), &self->act);
    return;
  }
  mn_cpu_split (b->n_runs, task, layer->n_tasks, &first, &end);
  for (i = first; i < end; i++) {
    gsize x_offset, y_offset;

    mn_cpu_broadcast_offsets (b, i, &x_offset, &y_offset);
    func (b->run, mn_cpu_at (exec, x, x_offset), b->a_step,
        mn_cpu_at (exec, y, y_offset), b->b_step,
        mn_cpu_at (exec, layer->out, i * b->run), &self->act);
  }
}

static const MnCpuKind binary_kind = {sizeof (Binary), run_binary};

/* The result is stored as the operand that is not repeated. */
static MnElement
binary_element (MnCompile *c, const MnNode *node)
{
  gsize n = mn_graph_tensor (c->graph, node->outputs[0])->n_elements;
  guint i;

  for (i = 0; i < 2; i++) {
    if (mn_graph_input_of (c->graph, node, i)->n_elements == n)
      return mn_cpu_element (c->plan, node->inputs[i]);
  }
  return MN_ELEMENT_F32;
}

gboolean
mn_cpu_make_binary (MnCompile *c, const MnNode *node, GError **error)
{
  static const gchar *const names[] = {"add", "sub", "mul"};
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnBinaryKind kind = mn_binary_kind (node->op);
  MnElement element = binary_element (c, node);
  gint a = mn_cpu_input_as (c, node, 0, element);
  gint b = mn_cpu_input_as (c, node, 1, element);
  Binary *self = mn_cpu_add_layer (c, node, "", names[kind], &binary_kind);
  MnCpuBroadcast *broadcast = &self->broadcast;
  MnCpuLayer *layer = &self->layer;

  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = a;
  layer->in[MN_CPU_IN_B] = b;
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  self->act = mn_act (node->activation);
  layer->flops = y->n_elements;
  layer->bytes = 3.0 * mn_element_size (element) * y->n_elements;
  self->kind = kind;
  mn_cpu_plan_broadcast (mn_graph_tensor (c->graph, node->inputs[0]),
      mn_graph_tensor (c->graph, node->inputs[1]), y, broadcast);
  /* An element costs its memory traffic rather than its one operation. */
  layer->n_tasks = mn_cpu_n_tasks (c,
      broadcast->n_runs == 1 ? broadcast->run : broadcast->n_runs,
      8 * layer->flops);
  return TRUE;
}

void
mn_cpu_add_channel_product (MnCompile *c, const MnNode *node, gint x,
    gint factors, gint out, gsize n, gsize channels)
{
  MnElement element = mn_cpu_element (c->plan, x);
  gint b = mn_cpu_as (c, node, factors, element);
  Binary *self = mn_cpu_add_layer (c, node, " scale", "mul", &binary_kind);
  MnCpuBroadcast *broadcast = &self->broadcast;
  MnCpuLayer *layer = &self->layer;

  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = x;
  layer->in[MN_CPU_IN_B] = b;
  layer->out = out;
  mn_value_store (c->values, layer->out, element);
  layer->flops = (gdouble) n * channels;
  layer->bytes = 2.0 * mn_element_size (element) * n * channels;
  self->kind = MN_BINARY_MUL;
  self->act = mn_act (MN_ACT_NONE);
  broadcast->rank = 1;
  broadcast->dims[0] = broadcast->n_runs = n;
  broadcast->a_stride[0] = broadcast->run = channels;
  broadcast->a_step = broadcast->b_step = 1;
  layer->n_tasks = mn_cpu_n_tasks (c, n == 1 ? channels : n, 8 * layer->flops);
}

typedef struct
{
  MnCpuLayer layer;
  gsize n; /* elements */
  MnAct act;
} Unary;

static void
run_unary (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Unary *self = (const Unary *) layer;
  gsize first, end;

  mn_cpu_split (self->n, task, layer->n_tasks, &first, &end);
  layer->kernels->unary (end - first,
      mn_cpu_at (exec, layer->in[MN_CPU_IN], first),
      mn_cpu_at (exec, layer->out, first), &self->act);
}

static const MnCpuKind unary_kind = {sizeof (Unary), run_unary};

/* y = activation (x), which may be the same value. */
static gboolean
add_unary (MnCompile *c, const MnNode *node, gint x, MnActivation activation)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  Unary *self = mn_cpu_add_layer (c, node, "", "activation", &unary_kind);
  MnCpuLayer *layer = &self->layer;
  MnElement element = mn_cpu_element (c->plan, x);

  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = x;
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  self->act = mn_act (activation);
  layer->flops = y->n_elements;
  layer->bytes = 2.0 * mn_element_size (element) * y->n_elements;
  self->n = y->n_elements;
  layer->n_tasks = mn_cpu_n_tasks (c, self->n, 8 * layer->flops);
  return TRUE;
}

gboolean
mn_cpu_make_unary (MnCompile *c, const MnNode *node, GError **error)
{
  return add_unary (c, node, node->inputs[0],
      mn_operator (node->op)->activation);
}

gboolean
mn_cpu_activate (MnCompile *c, const MnNode *node, gint x, GError **error)
{
  return add_unary (c, node, x, node->activation);
}

typedef struct
{
  MnCpuLayer layer;
  gsize m, n;
  gfloat beta;
} Softmax;

static void
run_softmax (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const Softmax *self = (const Softmax *) layer;
  gsize n = self->n, first, end;

  mn_cpu_split (self->m, task, layer->n_tasks, &first, &end);
  exec->plan->kernels.softmax (end - first, n, self->beta,
      mn_cpu_floats (exec, layer->in[MN_CPU_IN]) + first * n,
      mn_cpu_floats (exec, layer->out) + first * n);
}

static const MnCpuKind softmax_kind = {sizeof (Softmax), run_softmax};

gboolean
mn_cpu_make_softmax (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gint in = mn_cpu_input_as (c, node, 0, MN_ELEMENT_F32);
  Softmax *self = mn_cpu_add_layer (c, node, "", "softmax", &softmax_kind);
  MnCpuLayer *layer = &self->layer;

  layer->in[MN_CPU_IN] = in;
  layer->out = node->outputs[0];
  layer->flops = 8.0 * y->n_elements;
  layer->bytes = 8.0 * y->n_elements;
  self->n = y->rank > 0 ? y->dims[y->rank - 1] : 1;
  self->m = y->n_elements / self->n;
  self->beta = node->params.softmax.beta;
  layer->n_tasks = mn_cpu_n_tasks (c, self->m, layer->flops);
  return TRUE;
}
