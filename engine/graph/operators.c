/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A row an operator. */

#include "engine/graph/operators.h"
#include "engine/graph/validate_internal.h"

static const MnOperator rows[MN_N_OPS] =
    {
      [MN_OP_CONV_2D] =
          {
            .name = "CONV_2D",
            .kind = MN_KIND_CONV,
            .inputs = {2, 4, 2, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_FIRST,
            .window = MN_WINDOW_WEIGHTS,
            .check = mn_check_weighted,
            .infer = mn_infer_conv,
            .macs = mn_macs_conv,
          },
      [MN_OP_DEPTHWISE_CONV_2D] =
          {
            .name = "DEPTHWISE_CONV_2D",
            .kind = MN_KIND_DEPTHWISE,
            .inputs = {2, 3, 2, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_LAST,
            .window = MN_WINDOW_WEIGHTS,
            .check = mn_check_weighted,
            .infer = mn_infer_conv,
            .macs = mn_macs_depthwise,
          },
      [MN_OP_FULLY_CONNECTED] =
          {
            .name = "FULLY_CONNECTED",
            .kind = MN_KIND_CONV,
            .inputs = {2, 3, 2, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_FIRST,
            .window = MN_WINDOW_NONE,
            .check = mn_check_weighted,
            .infer = mn_infer_fully_connected,
            .macs = mn_macs_fully_connected,
          },
      [MN_OP_AVERAGE_POOL_2D] =
          {
            .name = "AVERAGE_POOL_2D",
            .kind = MN_KIND_POOL,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_SAME,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_POOL,
            .check = mn_check_operands,
            .infer = mn_infer_pool,
            .macs = mn_macs_pool,
          },
      [MN_OP_MAX_POOL_2D] =
          {
            .name = "MAX_POOL_2D",
            .kind = MN_KIND_POOL,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_SAME,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_POOL,
            .check = mn_check_operands,
            .infer = mn_infer_pool,
            .macs = mn_macs_pool,
          },
      [MN_OP_MEAN] =
          {
            .name = "MEAN",
            .kind = MN_KIND_POOL,
            .inputs = {2, 2, 2, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_operands,
            .infer = mn_infer_mean,
            .macs = mn_macs_input,
          },
      [MN_OP_ADD] =
          {
            .name = "ADD",
            .kind = MN_KIND_ARITHMETIC,
            .inputs = {2, 2, 2, 2},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_operands,
            .infer = mn_infer_broadcast,
            .macs = mn_macs_output,
          },
      [MN_OP_SUB] =
          {
            .name = "SUB",
            .kind = MN_KIND_ARITHMETIC,
            .inputs = {2, 2, 2, 2},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_operands,
            .infer = mn_infer_broadcast,
            .macs = mn_macs_output,
          },
      [MN_OP_MUL] =
          {
            .name = "MUL",
            .kind = MN_KIND_ARITHMETIC,
            .inputs = {2, 2, 2, 2},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_operands,
            .infer = mn_infer_broadcast,
            .macs = mn_macs_output,
          },
      [MN_OP_PAD] =
          {
            .name = "PAD",
            .kind = MN_KIND_OTHER,
            .inputs = {2, 2, 2, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_SAME,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_operands,
            .infer = mn_infer_pad,
            .macs = mn_macs_none,
          },
      [MN_OP_RELU] =
          {
            .name = "RELU",
            .kind = MN_KIND_FUNCTION,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .activation = MN_ACT_RELU,
            .check = mn_check_operands,
            .infer = mn_infer_same,
            .macs = mn_macs_none,
          },
      [MN_OP_RELU6] =
          {
            .name = "RELU6",
            .kind = MN_KIND_FUNCTION,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .activation = MN_ACT_RELU6,
            .check = mn_check_operands,
            .infer = mn_infer_same,
            .macs = mn_macs_none,
          },
      [MN_OP_HARD_SWISH] =
          {
            .name = "HARD_SWISH",
            .kind = MN_KIND_FUNCTION,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .activation = MN_ACT_HARD_SWISH,
            .check = mn_check_operands,
            .infer = mn_infer_same,
            .macs = mn_macs_output,
          },
      [MN_OP_LOGISTIC] =
          {
            .name = "LOGISTIC",
            .kind = MN_KIND_FUNCTION,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_UNIT,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .activation = MN_ACT_SIGMOID,
            .check = mn_check_operands,
            .infer = mn_infer_same,
            .macs = mn_macs_none,
          },
      [MN_OP_SOFTMAX] =
          {
            .name = "SOFTMAX",
            .kind = MN_KIND_FUNCTION,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_UNIT,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_operands,
            .infer = mn_infer_softmax,
            .macs = mn_macs_none,
          },
      [MN_OP_RESHAPE] =
          {
            .name = "RESHAPE",
            .kind = MN_KIND_OTHER,
            .inputs = {1, 2, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_RENAMES,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_CONSTANTS,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_moved,
            .infer = mn_infer_reshape,
            .macs = mn_macs_none,
            .evaluate = mn_evaluate_reshape,
          },
      [MN_OP_TRANSPOSE] =
          {
            .name = "TRANSPOSE",
            .kind = MN_KIND_OTHER,
            .inputs = {2, 2, 2, 1},
            .outputs = {1, 1},
            .work = MN_WORK_MOVES,
            .quantised = MN_QUANTISED_SAME,
            .fold = MN_FOLD_CONSTANTS,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_moved,
            .infer = mn_infer_transpose,
            .macs = mn_macs_none,
            .evaluate = mn_evaluate_transpose,
          },
      [MN_OP_QUANTIZE] =
          {
            .name = "QUANTIZE",
            .kind = MN_KIND_OTHER,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_CONVERTS,
            .quantised = MN_QUANTISED_OWN,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_quantize,
            .infer = mn_infer_same,
            .macs = mn_macs_none,
          },
      [MN_OP_DEQUANTIZE] =
          {
            .name = "DEQUANTIZE",
            .kind = MN_KIND_OTHER,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_CONVERTS,
            .quantised = MN_QUANTISED_NEVER,
            .fold = MN_FOLD_CONSTANTS,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_dequantize,
            .infer = mn_infer_same,
            .macs = mn_macs_none,
            .evaluate = mn_evaluate_dequantize,
          },
      [MN_OP_SHAPE] =
          {
            .name = "SHAPE",
            .kind = MN_KIND_OTHER,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_INDEXES,
            .quantised = MN_QUANTISED_NEVER,
            .fold = MN_FOLD_ALWAYS,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_shape_op,
            .infer = mn_infer_shape_op,
            .macs = mn_macs_none,
            .evaluate = mn_evaluate_shape,
          },
      [MN_OP_STRIDED_SLICE] =
          {
            .name = "STRIDED_SLICE",
            .kind = MN_KIND_OTHER,
            .inputs = {4, 4, 4, 1},
            .outputs = {1, 1},
            .work = MN_WORK_INDEXES,
            .quantised = MN_QUANTISED_NEVER,
            .fold = MN_FOLD_CONSTANTS,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_strided_slice,
            .infer = mn_infer_slice,
            .macs = mn_macs_none,
            .evaluate = mn_evaluate_slice,
          },
      [MN_OP_PACK] =
          {
            .name = "PACK",
            .kind = MN_KIND_OTHER,
            .inputs = {1, MN_MAX_OPERANDS, MN_MAX_OPERANDS, MN_MAX_OPERANDS},
            .outputs = {1, 1},
            .work = MN_WORK_INDEXES,
            .quantised = MN_QUANTISED_NEVER,
            .fold = MN_FOLD_CONSTANTS,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_indices_only,
            .infer = mn_infer_pack,
            .macs = mn_macs_none,
            .evaluate = mn_evaluate_pack,
          },
      [MN_OP_SQUEEZE_EXCITE] =
          {
            .name = "SQUEEZE_EXCITE",
            .kind = MN_KIND_BLOCK,
            .inputs = {5, 5, 5, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_NEVER,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .check = mn_check_squeeze_excite,
            .infer = mn_infer_squeeze_excite,
            .macs = mn_macs_squeeze_excite,
          },
      [MN_OP_HARD_SIGMOID] =
          {
            .name = "HARD_SIGMOID",
            .kind = MN_KIND_FUNCTION,
            .inputs = {1, 1, 1, 1},
            .outputs = {1, 1},
            .work = MN_WORK_COMPUTES,
            .quantised = MN_QUANTISED_NEVER,
            .fold = MN_FOLD_NEVER,
            .weights = MN_WEIGHTS_NONE,
            .window = MN_WINDOW_NONE,
            .activation = MN_ACT_HARD_SIGMOID,
            .check = mn_check_floats,
            .infer = mn_infer_same,
            .macs = mn_macs_output,
          },
};

const MnOperator *
mn_operator (MnOp op)
{
  g_assert ((guint) op < MN_N_OPS);
  return &rows[op];
}

const gchar *
mn_op_name (MnOp op)
{
  return (guint) op < MN_N_OPS ? rows[op].name : "unknown";
}

gboolean
mn_graph_is_quantised (const MnGraph *graph)
{
  guint i;

  /* DEQUANTIZE at the end or QUANTIZE in front leave the middle in integers,
   * so the nodes that compute are what counts. */
  for (i = 0; i < graph->nodes->len; i++) {
    const MnNode *node = mn_graph_node (graph, i);

    if (rows[node->op].work == MN_WORK_COMPUTES
        && mn_tensor_is_bytes (mn_graph_output_of (graph, node, 0)))
      return TRUE;
  }
  return FALSE;
}

gboolean
mn_node_window (const MnGraph *graph, const MnNode *node, gint *height,
    gint *width, gint *stride)
{
  const MnTensor *weights = mn_graph_input_of (graph, node, 1);

  switch (rows[node->op].window) {
    case MN_WINDOW_WEIGHTS:
      *height = weights->dims[1];
      *width = weights->dims[2];
      *stride = node->params.conv.stride_h;
      return TRUE;
    case MN_WINDOW_POOL:
      *height = node->params.pool.filter_h;
      *width = node->params.pool.filter_w;
      *stride = node->params.pool.stride_h;
      return TRUE;
    default:
      return FALSE;
  }
}

gint32
mn_node_channels (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *weights = mn_graph_input_of (graph, node, 1);
  gboolean last = rows[node->op].weights == MN_WEIGHTS_LAST;

  return weights->dims[last ? weights->rank - 1 : 0];
}
