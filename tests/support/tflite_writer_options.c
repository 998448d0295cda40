/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite writer: options of operators. */

#include "tests/support/tflite_writer_private.h"

/* Writes a table of n fields; sizes 1 and 4. */
static FbTable
write_fields (FbWriter *fb, gsize ref, const guint8 *sizes,
    const gint32 *values, guint n)
{
  FbTable table = fb_table (fb, ref, sizes, n);
  guint i;

  for (i = 0; i < n; i++) {
    if (sizes[i] == 1)
      fb_set_u8 (fb, table.at[i], values[i]);
    else if (sizes[i] == 4)
      fb_set_u32 (fb, table.at[i], values[i]);
  }
  return table;
}

guint
mn_test_options_kind (gint code)
{
  switch (code) {
    case TFL_OP_CONV_2D:
      return TFL_OPTIONS_CONV;
    case TFL_OP_DEPTHWISE_CONV_2D:
      return TFL_OPTIONS_DEPTHWISE;
    case TFL_OP_AVERAGE_POOL_2D:
    case TFL_OP_MAX_POOL_2D:
      return TFL_OPTIONS_POOL;
    case TFL_OP_FULLY_CONNECTED:
      return TFL_OPTIONS_FULLY_CONNECTED;
    case TFL_OP_SOFTMAX:
      return TFL_OPTIONS_SOFTMAX;
    case TFL_OP_ADD:
      return TFL_OPTIONS_ADD;
    case TFL_OP_SUB:
      return TFL_OPTIONS_SUB;
    case TFL_OP_MUL:
      return TFL_OPTIONS_MUL;
    case TFL_OP_MEAN:
      return TFL_OPTIONS_REDUCER;
    case TFL_OP_RESHAPE:
      return TFL_OPTIONS_RESHAPE;
    case TFL_OP_SQUEEZE:
      return TFL_OPTIONS_SQUEEZE;
    case TFL_OP_STRIDED_SLICE:
      return TFL_OPTIONS_STRIDED_SLICE;
    case TFL_OP_PACK:
      return TFL_OPTIONS_PACK;
    default:
      return TFL_OPTIONS_NONE;
  }
}

static void
write_windows (FbWriter *fb, gsize ref, const MnTestOp *op)
{
  static const guint8 conv_sizes[] = {1, 4, 4, 1, 4, 4};
  static const guint8 depthwise_sizes[] = {1, 4, 4, 4, 1, 4, 4};
  static const guint8 pool_sizes[] = {1, 4, 4, 4, 4, 1};
  gint dilation_w = op->dilation_w ? op->dilation_w : 1;
  gint dilation_h = op->dilation_h ? op->dilation_h : 1;
  const gint32 conv[] = {op->padding, op->stride_w, op->stride_h,
    op->activation, dilation_w, dilation_h};
  const gint32 depthwise[] = {op->padding, op->stride_w, op->stride_h,
    op->multiplier, op->activation, dilation_w, dilation_h};
  const gint32 pool[] = {op->padding, op->stride_w, op->stride_h, op->filter_w,
    op->filter_h, op->activation};

  if (op->code == TFL_OP_CONV_2D)
    write_fields (fb, ref, conv_sizes, conv, G_N_ELEMENTS (conv));
  else if (op->code == TFL_OP_DEPTHWISE_CONV_2D)
    write_fields (fb, ref, depthwise_sizes, depthwise,
        G_N_ELEMENTS (depthwise));
  else
    write_fields (fb, ref, pool_sizes, pool, G_N_ELEMENTS (pool));
}

void
mn_test_write_options (FbWriter *fb, gsize ref, const WriterOp *writer_op)
{
  static const guint8 word[] = {4}, byte[] = {1}, two_words[] = {4, 4};
  static const guint8 slice_sizes[] = {4, 4, 0, 0, 4};
  const MnTestOp *op = &writer_op->params;
  const gint32 slice[] = {
    op->begin_mask, op->end_mask, 0, 0, op->shrink_axis_mask};
  const gint32 pack[] = {writer_op->n_inputs, op->axis};
  FbTable table;

  switch (op->code) {
    case TFL_OP_CONV_2D:
    case TFL_OP_DEPTHWISE_CONV_2D:
    case TFL_OP_AVERAGE_POOL_2D:
    case TFL_OP_MAX_POOL_2D:
      write_windows (fb, ref, op);
      break;
    case TFL_OP_SOFTMAX:
      table = fb_table (fb, ref, word, 1);
      fb_set_f32 (fb, table.at[0], op->beta != 0 ? op->beta : 1);
      break;
    case TFL_OP_MEAN:
      write_fields (fb, ref, byte, &op->keep_dims, 1);
      break;
    case TFL_OP_RESHAPE:
      table = fb_table (fb, ref, word, 1);
      fb_vector_i32 (fb, table.at[0], writer_op->new_shape, op->n_new_shape);
      break;
    case TFL_OP_SQUEEZE:
      fb_table (fb, ref, NULL, 0);
      break;
    case TFL_OP_STRIDED_SLICE:
      write_fields (fb, ref, slice_sizes, slice, G_N_ELEMENTS (slice));
      break;
    case TFL_OP_PACK:
      write_fields (fb, ref, two_words, pack, G_N_ELEMENTS (pack));
      break;
    default:
      write_fields (fb, ref, byte, &op->activation, 1);
  }
}
