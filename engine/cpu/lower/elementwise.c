/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums and products with broadcasting, activations, softmax. */

#include "engine/cpu/lower/plan.h"
#include "engine/graph/operators.h"

void
mn_cpu_broadcast_offsets (const MnCpuBroadcast *b, gsize run, gsize *a_offset,
    gsize *b_offset)
{
  guint d = b->rank;

  *a_offset = *b_offset = 0;
  while (d-- > 0) {
    gsize index = run % b->dims[d];

    run /= b->dims[d];
    *a_offset += index * b->a_stride[d];
    *b_offset += index * b->b_stride[d];
  }
}

static void
run_binary (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const MnCpuBroadcast *b = &layer->u.binary.broadcast;
  MnBinaryFunc func = layer->kernels->binary[layer->u.binary.kind];
  gint x = layer->in[MN_CPU_IN], y = layer->in[MN_CPU_IN_B];
  gsize first, end, i;

  if (b->n_runs == 1) {
    mn_cpu_split (b->run, task, layer->n_tasks, &first, &end);
    func (end - first, mn_cpu_at (exec, x, first * b->a_step), b->a_step,
        mn_cpu_at (exec, y, first * b->b_step), b->b_step,
        mn_cpu_at (exec, layer->out, first), &layer->act);
    return;
  }
  mn_cpu_split (b->n_runs, task, layer->n_tasks, &first, &end);
  for (i = first; i < end; i++) {
    gsize x_offset, y_offset;

    mn_cpu_broadcast_offsets (b, i, &x_offset, &y_offset);
    func (b->run, mn_cpu_at (exec, x, x_offset), b->a_step,
        mn_cpu_at (exec, y, y_offset), b->b_step,
        mn_cpu_at (exec, layer->out, i * b->run), &layer->act);
  }
}

/* Strides of t as seen from an output of rank dimensions; 0 where it is
 * repeated. */
static void
strides_of (const MnTensor *t, guint rank, gsize *strides)
{
  gsize stride = 1;
  guint i;

  for (i = 0; i < rank; i++) {
    guint d = rank - 1 - i;

    if (i >= t->rank) {
      strides[d] = 0;
      continue;
    }
    strides[d] = t->dims[t->rank - 1 - i] == 1 ? 0 : stride;
    stride *= t->dims[t->rank - 1 - i];
  }
}

/* Joins dimensions that both operands walk through in one go. */
void
mn_cpu_plan_broadcast (const MnTensor *a, const MnTensor *b, const MnTensor *y,
    MnCpuBroadcast *out)
{
  gsize a_stride[MN_MAX_RANK], b_stride[MN_MAX_RANK];
  gsize dims[MN_MAX_RANK + 1], as[MN_MAX_RANK + 1], bs[MN_MAX_RANK + 1];
  guint n = 0, i;

  strides_of (a, y->rank, a_stride);
  strides_of (b, y->rank, b_stride);
  for (i = 0; i < y->rank; i++) {
    gsize d = y->dims[i];

    if (d == 1)
      continue;
    if (n > 0 && as[n - 1] == a_stride[i] * d && bs[n - 1] == b_stride[i] * d)
      dims[n - 1] *= d;
    else
      dims[n++] = d;
    as[n - 1] = a_stride[i];
    bs[n - 1] = b_stride[i];
  }
  out->run = n > 0 ? dims[n - 1] : 1;
  out->a_step = n > 0 ? as[n - 1] : 0;
  out->b_step = n > 0 ? bs[n - 1] : 0;
  out->rank = n > 0 ? n - 1 : 0;
  out->n_runs = 1;
  for (i = 0; i < out->rank; i++) {
    out->dims[i] = dims[i];
    out->a_stride[i] = as[i];
    out->b_stride[i] = bs[i];
    out->n_runs *= dims[i];
  }
}

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
  MnCpuLayer *layer = mn_cpu_add_layer (c, node, "", names[kind], run_binary);
  MnCpuBroadcast *broadcast = &layer->u.binary.broadcast;

  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = a;
  layer->in[MN_CPU_IN_B] = b;
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  layer->act = mn_act (node->activation);
  layer->flops = y->n_elements;
  layer->bytes = 3.0 * mn_element_size (element) * y->n_elements;
  layer->u.binary.kind = kind;
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
  MnCpuLayer *layer = mn_cpu_add_layer (c, node, " scale", "mul", run_binary);
  MnCpuBroadcast *broadcast = &layer->u.binary.broadcast;

  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = x;
  layer->in[MN_CPU_IN_B] = b;
  layer->out = out;
  mn_value_store (c->values, layer->out, element);
  layer->flops = (gdouble) n * channels;
  layer->bytes = 2.0 * mn_element_size (element) * n * channels;
  layer->u.binary.kind = MN_BINARY_MUL;
  broadcast->rank = 1;
  broadcast->dims[0] = broadcast->n_runs = n;
  broadcast->a_stride[0] = broadcast->run = channels;
  broadcast->a_step = broadcast->b_step = 1;
  layer->n_tasks = mn_cpu_n_tasks (c, n == 1 ? channels : n, 8 * layer->flops);
}

static void
run_unary (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  gsize first, end;

  mn_cpu_split (layer->u.n, task, layer->n_tasks, &first, &end);
  layer->kernels->unary (end - first,
      mn_cpu_at (exec, layer->in[MN_CPU_IN], first),
      mn_cpu_at (exec, layer->out, first), &layer->act);
}

/* y = activation (x), which may be the same value. */
static gboolean
add_unary (MnCompile *c, const MnNode *node, gint x, MnActivation activation)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnCpuLayer *layer = mn_cpu_add_layer (c, node, "", "activation", run_unary);
  MnElement element = mn_cpu_element (c->plan, x);

  layer->kernels = mn_cpu_kernels (c, element);
  layer->in[MN_CPU_IN] = x;
  layer->out = node->outputs[0];
  mn_value_store (c->values, layer->out, element);
  layer->act = mn_act (activation);
  layer->flops = y->n_elements;
  layer->bytes = 2.0 * mn_element_size (element) * y->n_elements;
  layer->u.n = y->n_elements;
  layer->n_tasks = mn_cpu_n_tasks (c, layer->u.n, 8 * layer->flops);
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

static void
run_softmax (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  gsize n = layer->u.softmax.n, first, end;

  mn_cpu_split (layer->u.softmax.m, task, layer->n_tasks, &first, &end);
  exec->plan->kernels.softmax (end - first, n, layer->u.softmax.beta,
      mn_cpu_floats (exec, layer->in[MN_CPU_IN]) + first * n,
      mn_cpu_floats (exec, layer->out) + first * n);
}

gboolean
mn_cpu_make_softmax (MnCompile *c, const MnNode *node, GError **error)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gint in = mn_cpu_input_as (c, node, 0, MN_ELEMENT_F32);
  MnCpuLayer *layer = mn_cpu_add_layer (c, node, "", "softmax", run_softmax);

  layer->in[MN_CPU_IN] = in;
  layer->out = node->outputs[0];
  layer->flops = 8.0 * y->n_elements;
  layer->bytes = 8.0 * y->n_elements;
  layer->u.softmax.n = y->rank > 0 ? y->dims[y->rank - 1] : 1;
  layer->u.softmax.m = y->n_elements / layer->u.softmax.n;
  layer->u.softmax.beta = node->params.softmax.beta;
  layer->n_tasks = mn_cpu_n_tasks (c, layer->u.softmax.m, layer->flops);
  return TRUE;
}
