/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/lower/compile.h"

#include "engine/lower/conv_case.h"

void
mn_compile_init (MnCompile *c, MnBackendPlan *plan, const MnGraph *graph,
    GArray *values, gboolean fuses)
{
  guint n = graph->tensors->len, i;

  *c = (MnCompile) {plan, graph, values, mn_uses_new (graph), fuses};
  c->sums = g_new (gint, n);
  c->n_sums = g_new0 (guint, n);
  c->gate = g_new (gint, n);
  c->absorbed = g_new0 (gboolean, graph->nodes->len);
  for (i = 0; i < n; i++)
    c->sums[i] = c->gate[i] = -1;
}

void
mn_compile_clear (MnCompile *c)
{
  mn_uses_free (c->uses);
  g_free (c->sums);
  g_free (c->n_sums);
  g_free (c->gate);
  g_free (c->absorbed);
}

/* Integers go into the node or come out of it. */
static gboolean
is_quantised (const MnGraph *graph, const MnNode *node)
{
  guint i;

  for (i = 0; i < node->n_outputs; i++) {
    if (mn_tensor_is_bytes (mn_graph_output_of (graph, node, i)))
      return TRUE;
  }
  return mn_tensor_is_bytes (mn_graph_input_of (graph, node, 0));
}

static gboolean
make_node (MnCompile *c, const MnNode *node, const MnMakers *makers,
    GError **error)
{
  MnMake make = makers->ops[node->op].make;

  if (!make)
    return mn_compile_refuse (c, node, error,
        "the operator is not supported %s", makers->where);
  if (makers->check && !makers->check (c, node, error))
    return FALSE;
  if (node->activation == MN_ACT_NONE || makers->ops[node->op].takes_activation)
    return make (c, node, error);
  /* A step more, in place; but a reshape may have no place of its own. */
  if (node->op == MN_OP_RESHAPE)
    return makers->activate (c, node, node->inputs[0], error);
  return make (c, node, error)
      && makers->activate (c, node, node->outputs[0], error);
}

gboolean
mn_compile_nodes (MnCompile *c, const MnMakers *floats,
    const MnMakers *integers, GError **error)
{
  guint i;

  for (i = 0; i < c->graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (c->graph, i);

    if (c->absorbed[i])
      continue;
    c->node = node;
    c->index = i;
    if (!make_node (c, node,
            integers && is_quantised (c->graph, node) ? integers : floats,
            error))
      return FALSE;
  }
  return TRUE;
}

gboolean
mn_compile_refuse (MnCompile *c, const MnNode *node, GError **error,
    const gchar *format, ...)
{
  g_autofree gchar *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED, "%s: layer %u (%s): %s",
      c->graph->name, node->layer, mn_op_name (node->op), reason);
  return FALSE;
}

gboolean
mn_compile_has_one_input (const MnGraph *graph, GError **error)
{
  if (graph->inputs->len == 1)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s: the model has %u inputs; only one is supported", graph->name,
      graph->inputs->len);
  return FALSE;
}

const MnNode *
mn_compile_reader (const MnCompile *c, const MnNode *node)
{
  gint index = c->uses->last_reader[node->outputs[0]];
  const MnNode *reader = index >= 0 ? mn_graph_node (c->graph, index) : NULL;

  return reader && reader->inputs[0] == node->outputs[0] ? reader : NULL;
}

gboolean
mn_compile_wants_sums (const MnCompile *c, const MnNode *node)
{
  const MnNode *reader = mn_compile_reader (c, node);

  return c->fuses && reader && reader->op == MN_OP_SQUEEZE_EXCITE;
}

gboolean
mn_compile_takes_gate (const MnCompile *c, const MnNode *node)
{
  const MnNode *reader = mn_compile_reader (c, node);

  return c->fuses && reader
      && mn_uses_only_reader (c->uses, node->outputs[0]) >= 0
      && mn_conv_case (c->graph, reader) == MN_CONV_POINTWISE;
}

void
mn_compile_leave_gate (MnCompile *c, const MnNode *node, gint gate)
{
  MnValue *y = mn_value (c->values, node->outputs[0]);

  /* The same pixels, with the room behind them. */
  c->gate[node->outputs[0]] = gate;
  y->alias = node->inputs[0];
  y->pixel = mn_value (c->values, node->inputs[0])->pixel;
}
