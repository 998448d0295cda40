/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operators of quantised networks whose output is a function of one byte:
 * tables, alone or behind a convolution. */

#include "engine/cpu/layers_quant.h"

#include <string.h>

static gboolean
is_bytes (const MnTensor * t)
{
  MnBytes bytes;

  return t && mn_bytes_of (t, &bytes);
}

/* The node's operand that is no constant; -1 when both or none are, or the
 * other one is no single element. */
static gint
variable_operand (const MnCpuCompile * c, const MnNode * node)
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
table_input (const MnCpuCompile * c, const MnNode * node)
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
      || !is_bytes (mn_graph_tensor (c->graph, node->output)))
    return -1;
  return i;
}

gboolean
mn_cpu_is_qtable (const MnCpuCompile * c, const MnNode * node)
{
  return table_input (c, node) >= 0;
}

/* The binary operator with one operand constant. */
static void
fill_binary (const MnCpuCompile * c, const MnNode * node, gint variable,
    guint8 * table)
{
  const MnTensor *x = mn_graph_input_of (c->graph, node, variable);
  const MnTensor *constant = mn_graph_input_of (c->graph, node, 1 - variable);
  MnQBinaryFunc func = node->op == MN_OP_MUL ? mn_qmul_ref
      : node->op == MN_OP_ADD ? mn_qadd_ref : mn_qsub_ref;
  MnQBinaryArgs args = { {0,}, };
  guint8 bytes[256];
  gint i;

  for (i = 0; i < 256; i++)
    bytes[i] = i;
  mn_bytes_of (x, variable == 0 ? &args.a : &args.b);
  mn_bytes_of (constant, variable == 0 ? &args.b : &args.a);
  mn_bytes_of (mn_graph_tensor (c->graph, node->output), &args.y);
  mn_bytes_range (&args.y, node->activation, &args.lo, &args.hi);
  if (node->op == MN_OP_MUL)
    mn_qmul_prepare (&args);
  else
    mn_qadd_prepare (&args);
  if (variable == 0)
    func (256, bytes, 1, constant->data, 0, table, &args);
  else
    func (256, constant->data, 0, bytes, 1, table, &args);
}

static void
fill_table (const MnCpuCompile * c, const MnNode * node, guint8 * table)
{
  gint i = table_input (c, node);
  MnBytes x, y;

  mn_bytes_of (mn_graph_input_of (c->graph, node, i), &x);
  mn_bytes_of (mn_graph_tensor (c->graph, node->output), &y);
  switch (node->op) {
    case MN_OP_HARD_SWISH:
      mn_qtable_hard_swish (&x, &y, table);
      break;
    case MN_OP_LOGISTIC:
      mn_qtable_logistic (&x, &y, table);
      break;
    case MN_OP_RELU:
      mn_qtable_requant (&x, &y, MN_ACT_RELU, table);
      break;
    case MN_OP_RELU6:
      mn_qtable_requant (&x, &y, MN_ACT_RELU6, table);
      break;
    case MN_OP_QUANTIZE:
      mn_qtable_requant (&x, &y, MN_ACT_NONE, table);
      break;
    default:
      fill_binary (c, node, i, table);
  }
}

gint
mn_cpu_absorb_functions (MnCpuCompile * c, gint tensor, guint8 * table,
    gboolean * any)
{
  gint i;

  *any = FALSE;
  for (i = 0; i < 256; i++)
    table[i] = i;
  if (!c->plan->fuses)
    return tensor;
  /* Read once, and not as the graph's output. */
  while (c->n_readers[tensor] == 1 && c->reader[tensor] >= 0) {
    const MnNode *node = mn_graph_node (c->graph, c->reader[tensor]);
    guint8 next[256];
    gint input = table_input (c, node);

    if (input < 0 || node->inputs[input] != tensor)
      break;
    fill_table (c, node, next);
    for (i = 0; i < 256; i++)
      table[i] = next[table[i]];
    c->absorbed[c->reader[tensor]] = TRUE;
    tensor = node->output;
    *any = TRUE;
  }
  return tensor;
}

/* ---- the layer --------------------------------------------------------- */

typedef struct
{
  gsize n;
  guint8 table[256];
} QTable;

static void
run_lookup (const MnCpuLayer * layer, const MnCpuExec * exec, guint task,
    guint thread)
{
  const QTable *q = layer->owned;
  const guint8 *x = mn_cpu_value (exec, layer->in[MN_CPU_IN]);
  guint8 *y = mn_cpu_value (exec, layer->out);
  gsize first, end;

  mn_cpu_split (q->n, task, layer->n_tasks, &first, &end);
  exec->plan->kernels.quant.lookup (end - first, x + first, y + first,
      q->table);
}

gboolean
mn_cpu_make_qtable (MnCpuCompile * c, const MnNode * node, GError ** error)
{
  gint input = table_input (c, node), i;
  guint8 first[256], then[256];
  MnCpuLayer *layer;
  gboolean any;
  MnBytes bytes;
  QTable *q;

  if (input < 0)
    return mn_cpu_bytes (c, node, 0, &bytes, error)
        && mn_cpu_bytes (c, node, -1, &bytes, error)
        && mn_cpu_refuse (c, node, error, "its operands are not supported");
  layer = mn_cpu_add_layer (c, node, "", "int8 table", run_lookup);
  layer->owned = q = g_new0 (QTable, 1);
  fill_table (c, node, first);
  layer->in[MN_CPU_IN] = node->inputs[input];
  layer->out = mn_cpu_absorb_functions (c, node->output, then, &any);
  for (i = 0; i < 256; i++)
    q->table[i] = then[first[i]];
  q->n = mn_graph_tensor (c->graph, node->output)->n_elements;
  layer->flops = q->n;
  layer->bytes = 2 * q->n;
  layer->n_tasks = mn_cpu_n_tasks (c, (q->n + 63) / 64, layer->flops);
  return TRUE;
}
