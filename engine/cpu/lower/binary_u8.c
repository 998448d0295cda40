/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sums and products of quantised networks.
 *
 * LiteRT goes through its operands in rows, as long as both can be walked
 * through in one go, and computes the end of each row otherwise than its
 * vectors (kernels_u8.h). Rows of a broadcast are those of
 * mn_cpu_plan_broadcast.
 */

#include "engine/cpu/lower/broadcast.h"
#include "engine/cpu/lower/quant.h"

#include <string.h>

/* Bytes of a line of the cache. */
#define LINE 64

/* FALSE where LiteRT goes through each element alone. From the last dimension
 * on, those of one size, then those that one operand repeats, of one size,
 * that the other repeats, of one size: that it walks through. A dimension of
 * one element in both is of any of these kinds. */
static gboolean
is_in_rows (const MnTensor *a, const MnTensor *b, guint rank)
{
  gint first = 0, phase = 0;
  guint i;

  for (i = 1; i <= rank; i++) {
    gint32 da = i <= a->rank ? a->dims[a->rank - i] : 1;
    gint32 db = i <= b->rank ? b->dims[b->rank - i] : 1;
    gint repeats = da == db ? 0 : da == 1 ? 1 : 2, wants;

    if (da == 1 && db == 1)
      continue;
    if (repeats && !first)
      first = repeats;
    for (;; phase++) {
      wants = phase % 2 == 0 ? 0 : phase == 1 ? first : 3 - first;
      if (phase > 4 || wants == repeats)
        break;
    }
  }
  return phase <= 4;
}

gsize
mn_cpu_qbinary_args (const MnCompile *c, const MnNode *node,
    MnBinaryU8Args *vectors, MnBinaryU8Args *rest)
{
  const MnTensor *a = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *b = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnCpuBroadcast rows;
  gsize step;

  memset (vectors, 0, sizeof (*vectors));
  mn_bytes_of (a, &vectors->a);
  mn_bytes_of (b, &vectors->b);
  mn_bytes_of (y, &vectors->y);
  mn_bytes_range (&vectors->y, mn_act (node->activation), &vectors->lo,
      &vectors->hi);
  *rest = *vectors;
  mn_cpu_plan_broadcast (a, b, y, &rows);
  step = mn_binary_u8_vectors (mn_binary_kind (node->op),
      y->dtype == MN_DTYPE_I8, rows.a_step != rows.b_step, &vectors->scaling,
      &vectors->narrow);
  if (step == 0 || !is_in_rows (a, b, y->rank)) {
    *vectors = *rest;
    step = 0;
  }
  if (node->op == MN_OP_MUL) {
    mn_mul_u8_prepare (vectors);
    mn_mul_u8_prepare (rest);
  } else {
    mn_add_u8_prepare (vectors);
    mn_add_u8_prepare (rest);
  }
  /* No difference: one of them does for all. */
  if (vectors->scaling == rest->scaling && vectors->narrow == rest->narrow)
    step = 0;
  return step;
}

/* Of each row the vectors, and what is left. */
typedef struct
{
  MnBinaryU8Args vectors, rest;
  MnBinaryU8Func vectors_func, rest_func;
  gsize n_vectors; /* elements of a row that vectors has */
} Rows;

/* Elements first .. end - 1 of a row; a, b, y: its start. */
static void
run_row (const Rows *q, gsize first, gsize end, const guint8 *a, gsize a_step,
    const guint8 *b, gsize b_step, guint8 *y)
{
  gsize middle = CLAMP (q->n_vectors, first, end);

  if (first < middle)
    q->vectors_func (middle - first, a + first * a_step, a_step,
        b + first * b_step, b_step, y + first, &q->vectors);
  if (middle < end)
    q->rest_func (end - middle, a + middle * a_step, a_step,
        b + middle * b_step, b_step, y + middle, &q->rest);
}

typedef struct
{
  MnCpuLayer layer;
  Rows rows;
  MnCpuBroadcast broadcast;
} QBinary;

static void
run_binary (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QBinary *q = (const QBinary *) layer;
  const MnCpuBroadcast *b = &q->broadcast;
  const guint8 *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  const guint8 *y = mn_cpu_value (exec, layer->in[MN_CPU_IN_B]);
  guint8 *out = mn_cpu_value (exec, layer->out);
  gsize first, end, i;

  if (b->n_runs == 1) {
    mn_cpu_split (b->run, task, layer->n_tasks, &first, &end);
    run_row (&q->rows, first, end, x, b->a_step, y, b->b_step, out);
    return;
  }
  mn_cpu_split (b->n_runs, task, layer->n_tasks, &first, &end);
  for (i = first; i < end; i++) {
    gsize x_offset, y_offset;

    mn_cpu_broadcast_offsets (b, i, &x_offset, &y_offset);
    run_row (&q->rows, 0, b->run, x + x_offset, b->a_step, y + y_offset,
        b->b_step, out + i * b->run);
  }
}

static const MnCpuKind binary_kind = {sizeof (QBinary), run_binary};

typedef struct
{
  MnCpuLayer layer;
  MnWeightedSumU8Args args;
  Rows rows; /* its rest */
  gsize n;
} QSum8;

static void
run_sum8 (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QSum8 *q = (const QSum8 *) layer;
  const guint8 *a = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  const guint8 *b = mn_cpu_value (exec, layer->in[MN_CPU_IN_B]);
  guint8 *y = mn_cpu_value (exec, layer->out);
  gsize first, end, middle;

  mn_cpu_split (q->n, task, layer->n_tasks, &first, &end);
  middle = CLAMP (q->rows.n_vectors, first, end);
  exec->plan->kernels.u8.weighted_sum (middle - first, a + first, b + first,
      y + first, &q->args);
  run_row (&q->rows, middle, end, a, 1, b, 1, y);
}

static const MnCpuKind sum8_kind = {sizeof (QSum8), run_sum8};

/* Two pictures of the same size. FALSE: they are not, or there is no kernel
 * for them. */
static gboolean
add_sum8 (MnCompile *c, const MnNode *node, const gchar *kernel,
    const Rows *rows)
{
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  MnWeightedSumU8Args args;
  MnCpuLayer *layer;
  QSum8 *q;

  if (node->op == MN_OP_MUL || rows->n_vectors == 0
      || rows->vectors.narrow != MN_NARROW_NONE
      || mn_graph_input_of (c->graph, node, 0)->n_elements != y->n_elements
      || mn_graph_input_of (c->graph, node, 1)->n_elements != y->n_elements
      || !mn_weighted_sum_u8_prepare (&c->plan->kernels.u8,
          node->op == MN_OP_SUB, &rows->vectors, &args))
    return FALSE;
  q = mn_cpu_add_qlayer (c, node, kernel, &sum8_kind);
  q->args = args;
  q->rows = *rows;
  q->n = y->n_elements;
  layer = &q->layer;
  layer->in[MN_CPU_IN_B] = node->inputs[1];
  layer->n_tasks = mn_cpu_n_tasks (c, (q->n + LINE - 1) / LINE,
      2 * layer->flops);
  return TRUE;
}

typedef struct
{
  MnCpuLayer layer;
  MnScaleU8Args args;
  gsize n; /* pixels */
} QScale;

static void
run_scale (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QScale *q = (const QScale *) layer;
  const guint8 *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  guint8 *y = mn_cpu_value (exec, layer->out);
  gsize first, end, channels = q->args.channels;

  mn_cpu_split (q->n, task, layer->n_tasks, &first, &end);
  exec->plan->kernels.u8.scale (end - first, x + first * channels,
      mn_cpu_value (exec, layer->in[MN_CPU_IN_B]), y + first * channels,
      &q->args);
}

static const MnCpuKind scale_kind = {sizeof (QScale), run_scale};

/* The product of a picture and of one pixel, where there is a kernel for it;
 * the second operand is the pixel, or becomes it. */
static gboolean
add_scale (MnCompile *c, const MnNode *node, const Rows *rows)
{
  const MnTensor *a = mn_graph_input_of (c->graph, node, 0);
  const MnTensor *b = mn_graph_input_of (c->graph, node, 1);
  const MnTensor *y = mn_graph_tensor (c->graph, node->outputs[0]);
  gsize channels = y->rank > 0 ? y->dims[y->rank - 1] : 0;
  gboolean swap = a->n_elements == channels;
  MnScaleU8Args args = {
    .channels = channels,
    .binary = rows->vectors,
  };
  MnCpuLayer *layer;
  QScale *q;

  if (node->op != MN_OP_MUL || !c->plan->kernels.u8.scale
      || rows->vectors.narrow != MN_NARROW_NONE
      || (swap ? a : b)->n_elements != channels
      || (swap ? b : a)->n_elements != y->n_elements
      || (swap ? a : b)->rank == 0
      || (swap ? a : b)->dims[(swap ? a : b)->rank - 1] != (gint) channels)
    return FALSE;
  if (swap) {
    args.binary.a = rows->vectors.b;
    args.binary.b = rows->vectors.a;
  }
  if (!mn_scale_u8_prepare (&args))
    return FALSE;
  q = mn_cpu_add_qlayer (c, node, "int8 scale", &scale_kind);
  q->args = args;
  q->n = y->n_elements / channels;
  layer = &q->layer;
  layer->in[MN_CPU_IN] = node->inputs[swap];
  layer->in[MN_CPU_IN_B] = node->inputs[1 - swap];
  layer->n_tasks = mn_cpu_n_tasks (c, q->n, 2 * layer->flops);
  return TRUE;
}

/* The plain kernels know of narrowing, the others do not. */
static MnBinaryU8Func
choose_func (const MnCompile *c, MnOp op, const MnBinaryU8Args *args)
{
  const MnU8Kernels *kernels = &c->plan->kernels.u8;
  gboolean plain = args->narrow != MN_NARROW_NONE;

  if (op == MN_OP_MUL)
    return plain ? mn_mul_u8_ref : kernels->mul;
  if (op == MN_OP_ADD)
    return plain ? mn_add_u8_ref : kernels->add;
  return plain ? mn_sub_u8_ref : kernels->sub;
}

static gboolean
make_binary (MnCompile *c, const MnNode *node, GError **error)
{
  const gchar *kernel = node->op == MN_OP_MUL ? "int8 mul" : "int8 add";
  MnCpuBroadcast b = {
    0,
  };
  MnCpuLayer *layer;
  MnBytes bytes;
  QBinary *q;
  gsize step;
  Rows rows;
  gint i;

  for (i = -1; i < 2; i++) {
    if (!mn_cpu_bytes (c, node, i, &bytes, error))
      return FALSE;
  }
  mn_cpu_plan_broadcast (mn_graph_tensor (c->graph, node->inputs[0]),
      mn_graph_tensor (c->graph, node->inputs[1]),
      mn_graph_tensor (c->graph, node->outputs[0]), &b);
  step = mn_cpu_qbinary_args (c, node, &rows.vectors, &rows.rest);
  rows.n_vectors = step > 0 ? b.run / step * step : b.run;
  rows.vectors_func = choose_func (c, node->op, &rows.vectors);
  rows.rest_func = choose_func (c, node->op, &rows.rest);
  if (add_scale (c, node, &rows) || add_sum8 (c, node, kernel, &rows))
    return TRUE;
  q = mn_cpu_add_qlayer (c, node, kernel, &binary_kind);
  q->rows = rows;
  q->broadcast = b;
  layer = &q->layer;
  layer->in[MN_CPU_IN_B] = node->inputs[1];
  layer->n_tasks = mn_cpu_n_tasks (c, b.n_runs == 1 ? b.run : b.n_runs,
      16 * layer->flops);
  return TRUE;
}

gboolean
mn_cpu_make_qbinary (MnCompile *c, const MnNode *node, GError **error)
{
  return mn_cpu_is_qtable (c, node) ? mn_cpu_make_qtable (c, node, error)
                                    : make_binary (c, node, error);
}
