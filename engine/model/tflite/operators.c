/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite reader: operators with their inputs and outputs. */

#include "engine/base/advice.h"
#include "engine/model/tflite/internal.h"
#include "engine/model/tflite/schema.h"

typedef struct
{
  TflOp code;
  MnOp op;
  guint options;          /* member of the options union; NONE: any */
  gboolean needs_options; /* has no usable defaults */
  guint min_inputs, max_inputs;
} OpRule;

static const OpRule rules[] = {
  {TFL_OP_CONV_2D, MN_OP_CONV_2D, TFL_OPTIONS_CONV, TRUE, 2, 3},
  {TFL_OP_DEPTHWISE_CONV_2D, MN_OP_DEPTHWISE_CONV_2D, TFL_OPTIONS_DEPTHWISE,
    TRUE, 2, 3},
  {TFL_OP_FULLY_CONNECTED, MN_OP_FULLY_CONNECTED, TFL_OPTIONS_FULLY_CONNECTED,
    FALSE, 2, 3},
  {TFL_OP_AVERAGE_POOL_2D, MN_OP_AVERAGE_POOL_2D, TFL_OPTIONS_POOL, TRUE, 1, 1},
  {TFL_OP_MAX_POOL_2D, MN_OP_MAX_POOL_2D, TFL_OPTIONS_POOL, TRUE, 1, 1},
  {TFL_OP_MEAN, MN_OP_MEAN, TFL_OPTIONS_REDUCER, FALSE, 2, 2},
  {TFL_OP_ADD, MN_OP_ADD, TFL_OPTIONS_ADD, FALSE, 2, 2},
  {TFL_OP_SUB, MN_OP_SUB, TFL_OPTIONS_SUB, FALSE, 2, 2},
  {TFL_OP_MUL, MN_OP_MUL, TFL_OPTIONS_MUL, FALSE, 2, 2},
  {TFL_OP_PAD, MN_OP_PAD, TFL_OPTIONS_NONE, FALSE, 2, 2},
  {TFL_OP_PADV2, MN_OP_PAD, TFL_OPTIONS_NONE, FALSE, 3, 3},
  {TFL_OP_RELU, MN_OP_RELU, TFL_OPTIONS_NONE, FALSE, 1, 1},
  {TFL_OP_RELU6, MN_OP_RELU6, TFL_OPTIONS_NONE, FALSE, 1, 1},
  {TFL_OP_HARD_SWISH, MN_OP_HARD_SWISH, TFL_OPTIONS_NONE, FALSE, 1, 1},
  {TFL_OP_LOGISTIC, MN_OP_LOGISTIC, TFL_OPTIONS_NONE, FALSE, 1, 1},
  {TFL_OP_SOFTMAX, MN_OP_SOFTMAX, TFL_OPTIONS_SOFTMAX, FALSE, 1, 1},
  {TFL_OP_TRANSPOSE, MN_OP_TRANSPOSE, TFL_OPTIONS_NONE, FALSE, 2, 2},
  {TFL_OP_RESHAPE, MN_OP_RESHAPE, TFL_OPTIONS_RESHAPE, FALSE, 1, 2},
  {TFL_OP_SQUEEZE, MN_OP_RESHAPE, TFL_OPTIONS_SQUEEZE, FALSE, 1, 1},
  {TFL_OP_QUANTIZE, MN_OP_QUANTIZE, TFL_OPTIONS_NONE, FALSE, 1, 1},
  {TFL_OP_DEQUANTIZE, MN_OP_DEQUANTIZE, TFL_OPTIONS_NONE, FALSE, 1, 1},
  {TFL_OP_SHAPE, MN_OP_SHAPE, TFL_OPTIONS_NONE, FALSE, 1, 1},
  {TFL_OP_STRIDED_SLICE, MN_OP_STRIDED_SLICE, TFL_OPTIONS_STRIDED_SLICE, TRUE,
    4, 4},
  {TFL_OP_PACK, MN_OP_PACK, TFL_OPTIONS_PACK, TRUE, 1, MN_MAX_OPERANDS}};

static const OpRule *
find_rule (gint32 code)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rules); i++) {
    if ((gint32) rules[i].code == code)
      return &rules[i];
  }
  return NULL;
}

/* A custom operator's name, fit for a message. g_free. */
static gchar *
get_custom_name (const MnFbTable *code_table)
{
  const gchar *custom = mn_fb_string (code_table, TFL_OPERATOR_CODE_CUSTOM);
  g_autofree gchar *cut = g_strndup (custom ? custom : "", 80);
  gchar *clean = g_utf8_make_valid (cut, -1);

  return g_strdelimit (clean, "\n\r\t", ' ');
}

static void
set_unsupported (MnTfliteReader *reader, const MnFbTable *code_table,
    gint32 code, guint layer, GError **error)
{
  const gchar *name = mn_tflite_op_name (code), *advice = NULL;
  g_autofree gchar *custom = NULL;
  g_autofree gchar *what = NULL;

  if (code == TFL_OP_CUSTOM) {
    custom = get_custom_name (code_table);
    advice = mn_advice (MN_ADVICE_CUSTOM, custom);
    what = g_strdup_printf ("custom operator %s",
        *custom ? custom : "without a name");
  } else if (name) {
    advice = mn_advice (MN_ADVICE_OPERATOR, name);
    what = g_strdup_printf ("operator %s", name);
  } else {
    what = g_strdup_printf ("operator with the unknown code %d", code);
  }
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s: %s (layer %u) is not supported%s%s", reader->name, what, layer,
      advice ? ": " : "", advice ? advice : "");
}

/* The operator's code. Codes up to 126 stand in the older, one-byte field as
 * well; newer ones hold 127 there. */
static gboolean
read_code (MnTfliteReader *reader, const MnFbTable *table, guint layer,
    MnFbTable *code_table, gint32 *code, GError **error)
{
  guint32 index = mn_fb_u32 (table, TFL_OPERATOR_CODE_INDEX, 0);
  gint32 old_code;

  if (!mn_tflite_check (reader, "an operator", error))
    return FALSE;
  if (index >= reader->codes.n) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: the operator of layer %u has code %u of %u", reader->name, layer,
        index, reader->codes.n);
    return FALSE;
  }
  *code_table = mn_fb_vector_table (&reader->codes, index);
  old_code = (gint8) mn_fb_u8 (code_table, TFL_OPERATOR_CODE_DEPRECATED_BUILTIN,
      0);
  *code = mn_fb_i32 (code_table, TFL_OPERATOR_CODE_BUILTIN, 0);
  *code = MAX (*code, old_code);
  return mn_tflite_check (reader, "an operator's code", error);
}

static gboolean
check_strange (MnTfliteReader *reader, const MnNode *node, gint index,
    GError **error)
{
  const gchar *what = NULL;

  if (index >= 0 && (guint) index < reader->strange->len)
    what = g_ptr_array_index (reader->strange, index);
  if (!what)
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s: operator %s (layer %u) is not supported: tensor '%s' has %s",
      reader->name, mn_op_name (node->op), node->layer,
      mn_graph_tensor (reader->graph, index)->name, what);
  return FALSE;
}

static gboolean
read_edges (MnTfliteReader *reader, const MnFbTable *table, const OpRule *rule,
    MnNode *node, GError **error)
{
  MnFbVector inputs = mn_fb_vector (table, TFL_OPERATOR_INPUTS, 4);
  MnFbVector outputs = mn_fb_vector (table, TFL_OPERATOR_OUTPUTS, 4);
  const MnOperator *row = mn_operator (rule->op);
  guint i;

  if (!mn_tflite_check (reader, "an operator's tensors", error))
    return FALSE;
  if (inputs.n < rule->min_inputs || inputs.n > rule->max_inputs
      || outputs.n < row->outputs.least || outputs.n > row->outputs.most) {
    /* More than we hold is a sound model; the rest is none. */
    gboolean sound = (inputs.n <= rule->max_inputs
                         || rule->max_inputs == MN_MAX_OPERANDS)
        && (outputs.n <= row->outputs.most
            || row->outputs.most == MN_MAX_OPERANDS)
        && inputs.n >= rule->min_inputs && outputs.n >= row->outputs.least;

    g_set_error (error, MN_ERROR,
        sound ? MN_ERROR_UNSUPPORTED : MN_ERROR_INVALID,
        "%s: operator %s (layer %u) has %u inputs and %u outputs", reader->name,
        mn_op_name (node->op), node->layer, inputs.n, outputs.n);
    return FALSE;
  }
  for (i = 0; i < inputs.n; i++) {
    mn_node_set_input (node, i, mn_fb_vector_i32 (&inputs, i));
    if (!check_strange (reader, node, node->inputs[i], error))
      return FALSE;
  }
  mn_node_set_outputs (node, 0, NULL);
  for (i = 0; i < outputs.n; i++) {
    mn_node_set_output (node, i, mn_fb_vector_i32 (&outputs, i));
    if (!check_strange (reader, node, node->outputs[i], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_operator (MnTfliteReader *reader, const MnFbTable *table, guint layer,
    GError **error)
{
  MnFbTable code_table, options;
  const OpRule *rule;
  MnNode *node;
  gint32 code;
  guint type;

  if (!read_code (reader, table, layer, &code_table, &code, error))
    return FALSE;
  rule = find_rule (code);
  if (!rule) {
    set_unsupported (reader, &code_table, code, layer, error);
    return FALSE;
  }
  node = mn_graph_add_node (reader->graph, rule->op, layer);
  if (!read_edges (reader, table, rule, node, error))
    return FALSE;
  type = mn_fb_u8 (table, TFL_OPERATOR_OPTIONS_TYPE, TFL_OPTIONS_NONE);
  options = mn_fb_table (table, TFL_OPERATOR_OPTIONS);
  if (!mn_tflite_check (reader, "an operator's options", error))
    return FALSE;
  if (rule->options != TFL_OPTIONS_NONE
      && (options.at ? type != rule->options : rule->needs_options)) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: operator %s (layer %u) has options of kind %u instead of %u",
        reader->name, mn_op_name (node->op), layer, options.at ? type : 0,
        rule->options);
    return FALSE;
  }
  return mn_tflite_read_options (reader, code, &options, node, error)
      && mn_tflite_check (reader, "an operator's options", error);
}

gboolean
mn_tflite_read_operators (MnTfliteReader *reader, const MnFbTable *subgraph,
    GError **error)
{
  MnFbVector operators = mn_fb_vector (subgraph, TFL_SUBGRAPH_OPERATORS, 4);
  guint32 i;

  if (!mn_tflite_check (reader, "the list of operators", error)
      || !mn_tflite_count (reader, "operators", operators.n, MN_MAX_OPERATORS,
          error))
    return FALSE;
  for (i = 0; i < operators.n; i++) {
    MnFbTable table = mn_fb_vector_table (&operators, i);

    if (!read_operator (reader, &table, i, error))
      return FALSE;
  }
  return TRUE;
}
