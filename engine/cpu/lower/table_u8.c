/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operators of quantised networks whose output is a function of one byte:
 * tables, alone or behind a convolution. */

#include "engine/cpu/lower/quant.h"

#include <string.h>

static gboolean
is_bytes (const MnTensor *t)
{
  MnBytes bytes;

  return t && mn_bytes_of (t, &bytes);
}

/* The node's operand that is no constant; -1 when both or none are, or the
 * other one is no single element. */
static gint
variable_operand (const MnCompile *c, const MnNode *node)
{
  gint i;

  for (i = 0; i < 2; i++) {
    const MnTensor *x = mn_graph_input_of (c->graph, node, i);
    const MnTensor *other = mn_graph_input_of (c->graph, node, 1 - i);

    if (x && other && !x->data && other->data && other->n_elements == 1
        && is_bytes (other))
      return i;
  }
  return -1;
}

/* The input that the table is of; -1: none. */
static gint
table_input (const MnCompile *c, const MnNode *node)
{
  gint i = 0;

  switch (node->op) {
    case MN_OP_RELU:
    case MN_OP_RELU6:
    case MN_OP_HARD_SWISH:
    case MN_OP_LOGISTIC:
    case MN_OP_QUANTIZE:
      break;
    case MN_OP_ADD:
    case MN_OP_SUB:
    case MN_OP_MUL:
      i = variable_operand (c, node);
      break;
    default:
      return -1;
  }
  if (i < 0 || !is_bytes (mn_graph_input_of (c->graph, node, i))
      || !is_bytes (mn_graph_tensor (c->graph, node->outputs[0])))
    return -1;
  return i;
}

gboolean
mn_cpu_is_qtable (const MnCompile *c, const MnNode *node)
{
  return table_input (c, node) >= 0;
}

/* What becomes of each byte, as it lies in memory: in vectors of so many
 * elements (0: everywhere), and in what is left behind them. */
typedef struct
{
  gsize step;
  guint8 vectors[256], rest[256];
} Function;

/* The binary operator with one operand constant. */
static void
fill_binary (const MnCompile *c, const MnNode *node, gint variable, Function *f)
{
  const MnTensor *constant = mn_graph_input_of (c->graph, node, 1 - variable);
  MnBinaryU8Func func = node->op == MN_OP_MUL ? mn_mul_u8_ref
      : node->op == MN_OP_ADD                 ? mn_add_u8_ref
                                              : mn_sub_u8_ref;
  MnBinaryU8Args vectors, rest;
  const guint8 *a, *b;
  guint8 bytes[256];
  gint i;

  for (i = 0; i < 256; i++)
    bytes[i] = i;
  a = variable == 0 ? bytes : constant->data;
  b = variable == 0 ? constant->data : bytes;
  f->step = mn_cpu_qbinary_args (c, node, &vectors, &rest);
  func (256, a, variable == 0, b, variable == 1, f->vectors, &vectors);
  func (256, a, variable == 0, b, variable == 1, f->rest, &rest);
}

static void
fill_table (const MnCompile *c, const MnNode *node, Function *f)
{
  gint i = table_input (c, node);
  MnBytes x, y;

  mn_bytes_of (mn_graph_input_of (c->graph, node, i), &x);
  mn_bytes_of (mn_graph_tensor (c->graph, node->outputs[0]), &y);
  f->step = 0;
  switch (node->op) {
    case MN_OP_HARD_SWISH:
      mn_table_hard_swish (&x, &y, f->vectors);
      break;
    case MN_OP_LOGISTIC:
      mn_table_logistic (&x, &y, f->vectors);
      break;
    case MN_OP_RELU:
      mn_table_relu (&x, &y, mn_act (MN_ACT_RELU), f->vectors);
      break;
    case MN_OP_RELU6:
      mn_table_relu (&x, &y, mn_act (MN_ACT_RELU6), f->vectors);
      break;
    case MN_OP_QUANTIZE:
      mn_table_requant (&x, &y, TRUE, f->vectors);
      mn_table_requant (&x, &y, FALSE, f->rest);
      f->step = MN_REQUANT_U8_STEP;
      break;
    default:
      fill_binary (c, node, i, f);
  }
}

/* How many of the output's elements go through the vectors' table: all where
 * the other one says the same. */
static gsize
count_vectors (const MnCompile *c, const MnNode *node, const Function *f)
{
  gsize n = mn_graph_tensor (c->graph, node->outputs[0])->n_elements;

  if (f->step == 0 || memcmp (f->vectors, f->rest, sizeof (f->rest)) == 0)
    return n;
  return n / f->step * f->step;
}

gint
mn_cpu_absorb_functions (MnCompile *c, gint tensor, guint8 *table,
    gboolean *any)
{
  gint reader, i;

  *any = FALSE;
  for (i = 0; i < 256; i++)
    table[i] = i;
  if (!c->plan->fuses)
    return tensor;
  /* Read once, and not as the graph's output. */
  while ((reader = mn_uses_only_reader (c->uses, tensor)) >= 0) {
    const MnNode *node = mn_graph_node (c->graph, reader);
    gint input = table_input (c, node);
    Function next;

    if (input < 0 || node->inputs[input] != tensor)
      break;
    fill_table (c, node, &next);
    if (count_vectors (c, node, &next)
        != mn_graph_tensor (c->graph, node->outputs[0])->n_elements)
      break;
    for (i = 0; i < 256; i++)
      table[i] = next.vectors[table[i]];
    c->absorbed[reader] = TRUE;
    tensor = node->outputs[0];
    *any = TRUE;
  }
  return tensor;
}

/* ---- the layer --------------------------------------------------------- */

typedef struct
{
  MnCpuLayer layer;
  gsize n, n_vectors; /* elements; those of table */
  guint8 table[256], rest[256];
} QTable;

static void
run_lookup (const MnCpuLayer *layer, const MnCpuExec *exec, guint task,
    guint thread)
{
  const QTable *q = (const QTable *) layer;
  const guint8 *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  guint8 *y = mn_cpu_value (exec, layer->out);
  gsize first, end, middle;

  mn_cpu_split (q->n, task, layer->n_tasks, &first, &end);
  middle = CLAMP (q->n_vectors, first, end);
  exec->plan->kernels.u8.lookup (middle - first, x + first, y + first,
      q->table);
  mn_lookup_u8_ref (end - middle, x + middle, y + middle, q->rest);
}

static const MnCpuKind table_kind = {sizeof (QTable), run_lookup};

gboolean
mn_cpu_make_qtable (MnCompile *c, const MnNode *node, GError **error)
{
  gint input = table_input (c, node), i;
  Function first;
  guint8 then[256];
  MnCpuLayer *layer;
  gboolean any;
  MnBytes bytes;
  QTable *q;

  if (input < 0)
    return mn_cpu_bytes (c, node, 0, &bytes, error)
        && mn_cpu_bytes (c, node, -1, &bytes, error)
        && mn_compile_refuse (c, node, error, "its operands are not supported");
  q = mn_cpu_add_layer (c, node, "", "int8 table", &table_kind);
  layer = &q->layer;
  fill_table (c, node, &first);
  q->n_vectors = count_vectors (c, node, &first);
  layer->in[MN_CPU_IN] = node->inputs[input];
  layer->out = mn_cpu_absorb_functions (c, node->outputs[0], then, &any);
  for (i = 0; i < 256; i++) {
    q->table[i] = then[first.vectors[i]];
    if (first.step > 0)
      q->rest[i] = then[first.rest[i]];
  }
  q->n = mn_graph_tensor (c->graph, node->outputs[0])->n_elements;
  layer->flops = q->n;
  layer->bytes = 2 * q->n;
  layer->n_tasks = mn_cpu_n_tasks (c, (q->n + 63) / 64, layer->flops);
  return TRUE;
}
