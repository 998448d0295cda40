/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite reader: the options of each kind of operator. */

#include "engine/model/tflite/internal.h"
#include "engine/model/tflite/schema.h"

#include <string.h>

typedef struct
{
  MnTfliteReader *reader;
  const MnFbTable *table;
  MnNode *node;
} Options;

static gboolean
refuse (const Options *options, const gchar *what, gint64 value, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED,
      "%s: operator %s (layer %u) with %s %" G_GINT64_FORMAT
      " is not supported",
      options->reader->name, mn_op_name (options->node->op),
      options->node->layer, what, value);
  return FALSE;
}

static gboolean
read_activation (const Options *options, guint field, GError **error)
{
  guint8 value = mn_fb_u8 (options->table, field, TFL_ACTIVATION_NONE);

  switch (value) {
    case TFL_ACTIVATION_NONE:
      options->node->activation = MN_ACT_NONE;
      return TRUE;
    case TFL_ACTIVATION_RELU:
      options->node->activation = MN_ACT_RELU;
      return TRUE;
    case TFL_ACTIVATION_RELU_N1_TO_1:
      options->node->activation = MN_ACT_RELU_N1_TO_1;
      return TRUE;
    case TFL_ACTIVATION_RELU6:
      options->node->activation = MN_ACT_RELU6;
      return TRUE;
    case TFL_ACTIVATION_TANH:
      return refuse (options, "the fused activation TANH, code", value, error);
    case TFL_ACTIVATION_SIGN_BIT:
      return refuse (options, "the fused activation SIGN_BIT, code", value,
          error);
    default:
      return refuse (options, "the unknown fused activation", value, error);
  }
}

static gboolean
read_padding (const Options *options, guint field, MnPadding *padding,
    GError **error)
{
  guint8 value = mn_fb_u8 (options->table, field, TFL_PADDING_SAME);

  if (value != TFL_PADDING_SAME && value != TFL_PADDING_VALID)
    return refuse (options, "the unknown padding", value, error);
  *padding = value == TFL_PADDING_SAME ? MN_PADDING_SAME : MN_PADDING_VALID;
  return TRUE;
}

static gboolean
read_conv (const Options *options, GError **error)
{
  MnConvParams *conv = &options->node->params.conv;
  const MnFbTable *table = options->table;

  conv->stride_w = mn_fb_i32 (table, TFL_CONV_STRIDE_W, 0);
  conv->stride_h = mn_fb_i32 (table, TFL_CONV_STRIDE_H, 0);
  conv->dilation_w = mn_fb_i32 (table, TFL_CONV_DILATION_W, 1);
  conv->dilation_h = mn_fb_i32 (table, TFL_CONV_DILATION_H, 1);
  return read_padding (options, TFL_CONV_PADDING, &conv->padding, error)
      && read_activation (options, TFL_CONV_ACTIVATION, error);
}

/* The multiplier stands in the shapes as well, where the validator reads
 * it. */
static gboolean
read_depthwise (const Options *options, GError **error)
{
  MnConvParams *conv = &options->node->params.conv;
  const MnFbTable *table = options->table;

  conv->stride_w = mn_fb_i32 (table, TFL_DEPTHWISE_STRIDE_W, 0);
  conv->stride_h = mn_fb_i32 (table, TFL_DEPTHWISE_STRIDE_H, 0);
  conv->dilation_w = mn_fb_i32 (table, TFL_DEPTHWISE_DILATION_W, 1);
  conv->dilation_h = mn_fb_i32 (table, TFL_DEPTHWISE_DILATION_H, 1);
  return read_padding (options, TFL_DEPTHWISE_PADDING, &conv->padding, error)
      && read_activation (options, TFL_DEPTHWISE_ACTIVATION, error);
}

static gboolean
read_pool (const Options *options, GError **error)
{
  MnPoolParams *pool = &options->node->params.pool;
  const MnFbTable *table = options->table;

  pool->stride_w = mn_fb_i32 (table, TFL_POOL_STRIDE_W, 0);
  pool->stride_h = mn_fb_i32 (table, TFL_POOL_STRIDE_H, 0);
  pool->filter_w = mn_fb_i32 (table, TFL_POOL_FILTER_W, 0);
  pool->filter_h = mn_fb_i32 (table, TFL_POOL_FILTER_H, 0);
  return read_padding (options, TFL_POOL_PADDING, &pool->padding, error)
      && read_activation (options, TFL_POOL_ACTIVATION, error);
}

static gboolean
read_fully_connected (const Options *options, GError **error)
{
  guint8 format = mn_fb_u8 (options->table, TFL_FULLY_CONNECTED_WEIGHTS_FORMAT,
      0);

  if (format != 0)
    return refuse (options, "weights of format", format, error);
  return read_activation (options, TFL_FULLY_CONNECTED_ACTIVATION, error);
}

static gboolean
read_slice (const Options *options, GError **error)
{
  MnSliceParams *slice = &options->node->params.slice;
  const MnFbTable *table = options->table;

  if (mn_fb_u8 (table, TFL_SLICE_OFFSET, 0))
    return refuse (options, "offset", 1, error);
  slice->begin_mask = mn_fb_i32 (table, TFL_SLICE_BEGIN_MASK, 0);
  slice->end_mask = mn_fb_i32 (table, TFL_SLICE_END_MASK, 0);
  slice->ellipsis_mask = mn_fb_i32 (table, TFL_SLICE_ELLIPSIS_MASK, 0);
  slice->new_axis_mask = mn_fb_i32 (table, TFL_SLICE_NEW_AXIS_MASK, 0);
  slice->shrink_axis_mask = mn_fb_i32 (table, TFL_SLICE_SHRINK_AXIS_MASK, 0);
  return TRUE;
}

static gboolean
read_pack (const Options *options, GError **error)
{
  gint32 count = mn_fb_i32 (options->table, TFL_PACK_COUNT, 0);

  if (count != (gint32) options->node->n_inputs) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: operator PACK (layer %u) packs %d values and has %u inputs",
        options->reader->name, options->node->layer, count,
        options->node->n_inputs);
    return FALSE;
  }
  options->node->params.pack.axis = mn_fb_i32 (options->table, TFL_PACK_AXIS,
      0);
  return TRUE;
}

/* An older RESHAPE has its shape in the options: it becomes the constant
 * that newer ones have as their second input. */
static gboolean
read_reshape (const Options *options, GError **error)
{
  MnFbVector shape = mn_fb_vector (options->table, TFL_RESHAPE_NEW_SHAPE, 4);
  MnGraph *graph = options->reader->graph;
  MnNode *node = options->node;
  MnTensor *tensor;
  gint32 n = (gint32) shape.n;
  gint32 *values;
  guint i;

  if (node->n_inputs == 2 || shape.n == 0)
    return TRUE;
  if (shape.n > MN_MAX_RANK)
    return refuse (options, "a shape of rank", shape.n, error);
  mn_node_set_input (node, 1,
      mn_graph_add_tensor (graph, "new_shape", MN_DTYPE_I32, 1, &n));
  tensor = mn_graph_tensor (graph, node->inputs[1]);
  values = g_new (gint32, shape.n);
  for (i = 0; i < shape.n; i++)
    values[i] = mn_fb_vector_i32 (&shape, i);
  tensor->owned = values;
  tensor->data = values;
  tensor->size = shape.n * sizeof (gint32);
  return TRUE;
}

/* PADV2 that pads with what stands for 0 is PAD. */
static gboolean
read_padv2 (const Options *options, GError **error)
{
  const MnGraph *graph = options->reader->graph;
  MnNode *node = options->node;
  gint n_tensors = graph->tensors->len;
  const MnTensor *value = NULL;
  gint64 zero = 0, found = 1;

  if (node->inputs[2] >= 0 && node->inputs[2] < n_tensors)
    value = mn_graph_tensor (graph, node->inputs[2]);
  if (!value || !value->data)
    return refuse (options, "a value that is not constant, input", 2, error);
  if (value->quant.n > 0)
    zero = value->quant.zero_point[0];
  if (value->dtype == MN_DTYPE_F32 && value->size == sizeof (gfloat))
    found = *(const gfloat *) value->data != 0;
  else if (value->dtype == MN_DTYPE_U8 && value->size == 1)
    found = *(const guint8 *) value->data;
  else if (value->dtype == MN_DTYPE_I8 && value->size == 1)
    found = *(const gint8 *) value->data;
  if (found != zero)
    return refuse (options, "a value other than 0, input", 2, error);
  mn_node_set_inputs (node, 2, node->inputs);
  return TRUE;
}

gboolean
mn_tflite_read_options (MnTfliteReader *reader, gint32 code,
    const MnFbTable *table, MnNode *node, GError **error)
{
  const Options options = {reader, table, node};

  switch (code) {
    case TFL_OP_CONV_2D:
      return read_conv (&options, error);
    case TFL_OP_DEPTHWISE_CONV_2D:
      return read_depthwise (&options, error);
    case TFL_OP_FULLY_CONNECTED:
      return read_fully_connected (&options, error);
    case TFL_OP_AVERAGE_POOL_2D:
    case TFL_OP_MAX_POOL_2D:
      return read_pool (&options, error);
    case TFL_OP_ADD:
    case TFL_OP_SUB:
    case TFL_OP_MUL:
      return read_activation (&options, TFL_ARITHMETIC_ACTIVATION, error);
    case TFL_OP_MEAN:
      node->params.mean.keep_dims = mn_fb_u8 (table, TFL_REDUCER_KEEP_DIMS, 0)
          != 0;
      return TRUE;
    case TFL_OP_SOFTMAX:
      /* Softmax without options is the plain one. */
      node->params.softmax.beta = mn_fb_f32 (table, TFL_SOFTMAX_BETA,
          table->at ? 0 : 1);
      return TRUE;
    case TFL_OP_RESHAPE:
      return read_reshape (&options, error);
    case TFL_OP_PADV2:
      return read_padv2 (&options, error);
    case TFL_OP_STRIDED_SLICE:
      return read_slice (&options, error);
    case TFL_OP_PACK:
      return read_pack (&options, error);
    default:
      return TRUE;
  }
}
