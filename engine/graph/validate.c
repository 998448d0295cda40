/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The validator: one for all formats. Here: indices, order, sizes and the
 * whole; types in validate_types.c, quantisation in validate_quant.c, shapes
 * in shapes*.c. */

#include "engine/graph/describe.h"
#include "engine/graph/validate_internal.h"

#include <string.h>

/* ---- helpers for all parts -------------------------------------------- */

gboolean
mn_check_fail (const MnCheck *check, MnError code, const MnTensor *tensor,
    GError **error, const gchar *format, ...)
{
  g_autoptr (GString) text = g_string_new (check->graph->name);
  va_list args;

  if (check->node)
    g_string_append_printf (text, ": operator %s (layer %u%s",
        mn_op_name (check->node->op), check->node->layer, tensor ? "" : ")");
  if (tensor)
    g_string_append_printf (text, "%s tensor '%s'%s", check->node ? "," : ":",
        tensor->name, check->node ? ")" : "");
  g_string_append (text, ": ");
  va_start (args, format);
  g_string_append_vprintf (text, format, args);
  va_end (args);
  g_set_error_literal (error, MN_ERROR, code, text->str);
  return FALSE;
}

MnTensor *
mn_check_input (const MnCheck *check, guint i)
{
  return mn_graph_input_of (check->graph, check->node, i);
}

MnTensor *
mn_check_output (const MnCheck *check)
{
  return mn_graph_output_of (check->graph, check->node, 0);
}

gboolean
mn_check_is_fixed (const MnCheck *check, guint i)
{
  return (check->state[check->node->inputs[i]] & MN_STATE_FIXED) != 0;
}

static gboolean
own_values (MnTensor *tensor)
{
  if (tensor->owned)
    return TRUE;
  tensor->owned = g_try_malloc (MAX (tensor->size, 1));
  if (!tensor->owned)
    return FALSE;
  memcpy (tensor->owned, tensor->data, tensor->size);
  tensor->data = tensor->owned;
  return TRUE;
}

const gint32 *
mn_check_indices (const MnCheck *check, guint i, gsize n, gsize *n_values,
    GError **error)
{
  MnTensor *tensor = mn_check_input (check, i);

  if (tensor->dtype != MN_DTYPE_I32) {
    mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
        "input %u of type %s is not supported (int32 is)", i,
        mn_dtype_name (tensor->dtype));
    return NULL;
  }
  if (!tensor->data) {
    mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
        "input %u that is not constant is not supported", i);
    return NULL;
  }
  if (n != 0 && tensor->n_elements != n) {
    mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
        "input %u has %" G_GSIZE_FORMAT " values instead of %" G_GSIZE_FORMAT,
        i, tensor->n_elements, n);
    return NULL;
  }
  if (tensor->n_elements > 2 * MN_MAX_RANK) {
    mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
        "input %u has %" G_GSIZE_FORMAT " values", i, tensor->n_elements);
    return NULL;
  }
  if (!own_values (tensor)) {
    mn_no_memory (check->graph->name, tensor->name, error);
    return NULL;
  }
  if (n_values)
    *n_values = tensor->n_elements;
  return tensor->data;
}

gboolean
mn_check_size (const MnCheck *check, MnTensor *tensor, GError **error)
{
  guint64 n = 1;
  guint i;

  for (i = 0; i < tensor->rank; i++) {
    if (tensor->dims[i] < 1)
      return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
          "dimension %u has size %d", i, tensor->dims[i]);
    /* Below 2^28 times below 2^31 stays inside 64 bits. */
    n *= (guint64) tensor->dims[i];
    if (n * mn_dtype_size (tensor->dtype) > MN_MAX_TENSOR_BYTES) {
      g_autofree gchar *shape = mn_tensor_shape (tensor);

      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
          "%s elements of %s are more than %" G_GUINT64_FORMAT " MiB", shape,
          mn_dtype_name (tensor->dtype), MN_MAX_TENSOR_BYTES >> 20);
    }
  }
  tensor->n_elements = n;
  return TRUE;
}

MnShape
mn_shape_of (const MnTensor *tensor)
{
  MnShape shape = {tensor->rank, {0}};
  guint i;

  for (i = 0; i < tensor->rank; i++)
    shape.dims[i] = tensor->dims[i];
  return shape;
}

static gchar *
print_shape (const MnShape *shape)
{
  GString *text = g_string_new (shape->rank ? NULL : "scalar");
  guint i;

  for (i = 0; i < shape->rank; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i ? "x" : "",
        shape->dims[i]);
  return g_string_free (text, FALSE);
}

gboolean
mn_check_set_shape (const MnCheck *check, guint index, const MnShape *shape,
    GError **error)
{
  MnTensor *output = mn_graph_output_of (check->graph, check->node, index);
  gboolean agree = output->rank == shape->rank;
  guint i;

  /* No shape at all is how a file leaves it to us. */
  if (output->rank == 0)
    agree = TRUE;
  for (i = 0; i < shape->rank && i < output->rank; i++)
    agree = agree
        && (output->dims[i] == -1 || output->dims[i] == shape->dims[i]);
  if (!agree) {
    MnShape declared = mn_shape_of (output);
    g_autofree gchar *is = print_shape (&declared);
    g_autofree gchar *should = print_shape (shape);

    return mn_check_fail (check, MN_ERROR_INVALID, output, error,
        "the file gives its shape as %s, its inputs give %s", is, should);
  }
  output->rank = shape->rank;
  for (i = 0; i < shape->rank; i++) {
    if (shape->dims[i] < 1 || shape->dims[i] > G_MAXINT32)
      return mn_check_fail (check, MN_ERROR_INVALID, output, error,
          "dimension %u would have size %" G_GINT64_FORMAT, i, shape->dims[i]);
    output->dims[i] = shape->dims[i];
  }
  return mn_check_size (check, output, error);
}

/* ---- the graph --------------------------------------------------------- */

static gboolean
check_index (const MnCheck *check, gint index, const gchar *what,
    GError **error)
{
  if (index >= 0 && (guint) index < check->graph->tensors->len)
    return TRUE;
  return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
      "%s is tensor %d of %u", what, index, check->graph->tensors->len);
}

/* A node's indices; marks what is used. */
static gboolean
check_operands (MnCheck *check, GError **error)
{
  const MnNode *node = check->node;
  guint i;

  if ((guint) node->op >= MN_N_OPS || node->n_inputs > MN_MAX_OPERANDS
      || node->n_outputs > MN_MAX_OPERANDS)
    return mn_check_fail (check, MN_ERROR_INVALID, NULL, error,
        "no such operator, or %u inputs and %u outputs", node->n_inputs,
        node->n_outputs);
  for (i = 0; i < node->n_inputs; i++) {
    if (node->inputs[i] == -1)
      continue;
    if (!check_index (check, node->inputs[i], "an operand", error))
      return FALSE;
    check->state[node->inputs[i]] |= MN_STATE_USED;
  }
  for (i = 0; i < node->n_outputs; i++) {
    if (!check_index (check, node->outputs[i], "the result", error))
      return FALSE;
    check->state[node->outputs[i]] |= MN_STATE_USED;
  }
  return TRUE;
}

/* Everybody's indices; marks what is used. */
static gboolean
check_indices (MnCheck *check, GError **error)
{
  MnGraph *graph = check->graph;
  guint i;

  for (i = 0; i < graph->inputs->len + graph->outputs->len; i++) {
    gboolean is_input = i < graph->inputs->len;
    gint index = is_input
        ? g_array_index (graph->inputs, gint, i)
        : g_array_index (graph->outputs, gint, i - graph->inputs->len);

    if (!check_index (check, index, is_input ? "an input" : "an output", error))
      return FALSE;
    check->state[index] |= MN_STATE_USED;
  }
  for (i = 0; i < graph->nodes->len; i++) {
    check->node = mn_graph_node (graph, i);
    if (!check_operands (check, error))
      return FALSE;
  }
  check->node = NULL;
  return TRUE;
}

static gboolean
check_constant (const MnCheck *check, MnTensor *tensor, GError **error)
{
  gsize element = mn_dtype_size (tensor->dtype);

  if (!mn_check_size (check, tensor, error))
    return FALSE;
  if (tensor->size != tensor->n_elements * element) {
    g_autofree gchar *shape = mn_tensor_shape (tensor);

    return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
        "%" G_GSIZE_FORMAT " bytes of data do not hold %s elements of %s",
        tensor->size, shape, mn_dtype_name (tensor->dtype));
  }
  return TRUE;
}

/* Tensors that nobody names need not make sense: they lose their shape, so
 * that whoever walks over all of them meets nothing odd. */
static gboolean
check_tensors (MnCheck *check, GError **error)
{
  guint i;

  for (i = 0; i < check->graph->tensors->len; i++) {
    MnTensor *tensor = mn_graph_tensor (check->graph, i);

    if (!(check->state[i] & MN_STATE_USED)) {
      tensor->rank = 0;
      tensor->n_elements = 1;
      tensor->data = NULL;
      tensor->size = 0;
      tensor->quant.n = 0;
      continue;
    }
    if (tensor->data) {
      if (!check_constant (check, tensor, error))
        return FALSE;
      check->state[i] |= MN_STATE_READY | MN_STATE_FIXED;
    }
  }
  return TRUE;
}

static gboolean
check_input (MnCheck *check, gint index, GError **error)
{
  MnTensor *tensor = mn_graph_tensor (check->graph, index);
  guint i;

  if (check->state[index] & MN_STATE_READY)
    return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
        tensor->data ? "an input that is constant" : "the same input twice");
  for (i = 0; i < tensor->rank; i++) {
    if (tensor->dims[i] != -1)
      continue;
    if (i > 0)
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
          "an input whose dimension %u is open is not supported: convert the "
          "model with a fixed size",
          i);
    tensor->dims[0] = 1;
    tensor->is_variable_batch = TRUE;
  }
  if (tensor->rank == 4 && tensor->dims[0] > 1)
    return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
        "an input with a fixed batch of %d is not supported: convert the "
        "model with a batch of 1",
        tensor->dims[0]);
  if (!mn_check_size (check, tensor, error)
      || !mn_check_quant (check, tensor, error))
    return FALSE;
  check->state[index] |= MN_STATE_READY;
  return TRUE;
}

/* TRUE when what the node gives is known before any frame. */
static gboolean
is_fixed (const MnCheck *check)
{
  const MnNode *node = check->node;
  MnOpFold fold = mn_operator (node->op)->fold;
  guint i;

  if (fold != MN_FOLD_CONSTANTS)
    return fold == MN_FOLD_ALWAYS;
  for (i = 0; i < node->n_inputs; i++) {
    if (node->inputs[i] >= 0 && !mn_check_is_fixed (check, i))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_order (const MnCheck *check, GError **error)
{
  const MnNode *node = check->node;
  guint8 made = MN_STATE_READY;
  guint i;

  for (i = 0; i < node->n_inputs; i++) {
    if (node->inputs[i] >= 0
        && !(check->state[node->inputs[i]] & MN_STATE_READY))
      return mn_check_fail (check, MN_ERROR_INVALID, mn_check_input (check, i),
          error, "read before anything wrote it");
  }
  if (is_fixed (check))
    made |= MN_STATE_FIXED;
  /* One after the other: two outputs of one node are not the same either. */
  for (i = 0; i < node->n_outputs; i++) {
    if (check->state[node->outputs[i]] & MN_STATE_READY)
      return mn_check_fail (check, MN_ERROR_INVALID,
          mn_graph_output_of (check->graph, node, i), error,
          "written although it is a constant, an input, or another "
          "layer's result");
    check->state[node->outputs[i]] |= made;
  }
  return TRUE;
}

static gboolean
check_nodes (MnCheck *check, GError **error)
{
  MnGraph *graph = check->graph;
  guint i;

  for (i = 0; i < graph->nodes->len; i++) {
    MnNode *node = mn_graph_node (graph, i);

    check->node = node;
    if (!check_order (check, error) || !mn_check_types (check, error)
        || !mn_check_shapes (check, node, error)
        || !mn_check_work (check, error))
      return FALSE;
  }
  check->node = NULL;
  return TRUE;
}

static gboolean
check_outputs (const MnCheck *check, GError **error)
{
  guint i;

  for (i = 0; i < check->graph->outputs->len; i++) {
    gint index = g_array_index (check->graph->outputs, gint, i);
    const MnTensor *tensor = mn_graph_tensor (check->graph, index);

    if (!(check->state[index] & MN_STATE_READY))
      return mn_check_fail (check, MN_ERROR_INVALID, tensor, error,
          "an output that no layer computes");
    if (check->state[index] & MN_STATE_FIXED)
      return mn_check_fail (check, MN_ERROR_UNSUPPORTED, tensor, error,
          "an output that does not depend on the input is not supported");
  }
  return TRUE;
}

gboolean
mn_graph_validate (MnGraph *graph, GError **error)
{
  MnCheck check = {
    graph,
  };
  g_autofree guint8 *state = g_try_new0 (guint8, graph->tensors->len + 1);
  guint i;

  if (!state)
    return mn_no_memory (graph->name, "its tensors", error);
  check.state = state;
  if (graph->inputs->len == 0 || graph->outputs->len == 0
      || graph->nodes->len == 0) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: the model has %u inputs, %u outputs and %u layers", graph->name,
        graph->inputs->len, graph->outputs->len, graph->nodes->len);
    return FALSE;
  }
  if (!check_indices (&check, error) || !check_tensors (&check, error))
    return FALSE;
  for (i = 0; i < graph->inputs->len; i++) {
    if (!check_input (&check, g_array_index (graph->inputs, gint, i), error))
      return FALSE;
  }
  return check_nodes (&check, error) && check_outputs (&check, error)
      && mn_check_memory (&check, error);
}
