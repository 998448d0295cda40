/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes small .tflite files: what is collected, and the file's tables. */

#include "tests/support/tflite_writer.h"
#include "tests/support/tflite_writer_private.h"

#include <stdarg.h>
#include <string.h>

static void
tensor_free (gpointer data)
{
  WriterTensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor->data);
  g_free (tensor->scales);
  g_free (tensor->zero_points);
  g_free (tensor);
}

static void
op_free (gpointer data)
{
  WriterOp *op = data;

  g_free (op->custom);
  g_free (op->new_shape);
  g_free (op);
}

MnTestWriter *
mn_test_writer_new (void)
{
  MnTestWriter *writer = g_new0 (MnTestWriter, 1);

  writer->tensors = g_ptr_array_new_with_free_func (tensor_free);
  writer->ops = g_ptr_array_new_with_free_func (op_free);
  writer->inputs = g_array_new (FALSE, FALSE, sizeof (gint32));
  writer->outputs = g_array_new (FALSE, FALSE, sizeof (gint32));
  return writer;
}

void
mn_test_writer_free (MnTestWriter *writer)
{
  if (!writer)
    return;
  g_ptr_array_unref (writer->tensors);
  g_ptr_array_unref (writer->ops);
  g_array_unref (writer->inputs);
  g_array_unref (writer->outputs);
  g_clear_pointer (&writer->metadata, g_byte_array_unref);
  g_free (writer);
}

static WriterTensor *
get_tensor (MnTestWriter *writer, gint index)
{
  g_assert_cmpint (index, >=, 0);
  g_assert_cmpint (index, <, writer->tensors->len);
  return g_ptr_array_index (writer->tensors, index);
}

gint
mn_test_writer_tensor (MnTestWriter *writer, const gchar *name, MnDType dtype,
    guint rank, const gint32 *dims)
{
  static const guint8 types[] = {TFL_TYPE_FLOAT32, TFL_TYPE_FLOAT16,
    TFL_TYPE_UINT8, TFL_TYPE_INT8, TFL_TYPE_INT16, TFL_TYPE_INT32,
    TFL_TYPE_INT64, TFL_TYPE_BOOL};
  WriterTensor *tensor = g_new0 (WriterTensor, 1);

  g_assert_cmpuint (rank, <=, G_N_ELEMENTS (tensor->dims));
  tensor->name = g_strdup (name);
  tensor->type = types[dtype];
  tensor->rank = rank;
  /* A scalar has none. */
  if (rank > 0) {
    memcpy (tensor->dims, dims, rank * sizeof (gint32));
    memcpy (tensor->signature, dims, rank * sizeof (gint32));
  }
  g_ptr_array_add (writer->tensors, tensor);
  return writer->tensors->len - 1;
}

gint
mn_test_writer_const (MnTestWriter *writer, const gchar *name, MnDType dtype,
    guint rank, const gint32 *dims, gconstpointer data)
{
  static const guint8 sizes[] = {4, 2, 1, 1, 2, 4, 8, 1};
  gint index = mn_test_writer_tensor (writer, name, dtype, rank, dims);
  WriterTensor *tensor = get_tensor (writer, index);
  guint i;

  tensor->size = sizes[dtype];
  for (i = 0; i < rank; i++)
    tensor->size *= dims[i];
  tensor->data = g_memdup2 (data, tensor->size);
  return index;
}

gint
mn_test_writer_const_f32 (MnTestWriter *writer, const gchar *name, guint rank,
    const gint32 *dims, const gfloat *values)
{
  return mn_test_writer_const (writer, name, MN_DTYPE_F32, rank, dims, values);
}

/* Round to nearest; out of range and below the smallest normal number are
 * infinity and zero, which no test's weights come near. */
static guint16
to_half (gfloat value)
{
  guint32 bits, mantissa;
  gint exponent;

  memcpy (&bits, &value, sizeof (bits));
  exponent = (gint) (bits >> 23 & 0xff) - 127 + 15;
  mantissa = (bits & 0x7fffff) + 0x1000;
  if (mantissa & 0x800000) {
    mantissa = 0;
    exponent++;
  }
  if (exponent >= 31)
    return (bits >> 16 & 0x8000) | 0x7c00;
  if (exponent <= 0)
    return bits >> 16 & 0x8000;
  return (bits >> 16 & 0x8000) | exponent << 10 | mantissa >> 13;
}

gint
mn_test_writer_const_f16 (MnTestWriter *writer, const gchar *name, guint rank,
    const gint32 *dims, const gfloat *values)
{
  g_autofree guint16 *halves = NULL;
  guint n = 1, i;

  for (i = 0; i < rank; i++)
    n *= dims[i];
  halves = g_new (guint16, n);
  for (i = 0; i < n; i++)
    halves[i] = GUINT16_TO_LE (to_half (values[i]));
  return mn_test_writer_const (writer, name, MN_DTYPE_F16, rank, dims, halves);
}

gint
mn_test_writer_const_i32 (MnTestWriter *writer, const gchar *name, guint n,
    const gint32 *values)
{
  const gint32 dims[] = {n};

  return mn_test_writer_const (writer, name, MN_DTYPE_I32, 1, dims, values);
}

void
mn_test_writer_quant (MnTestWriter *writer, gint index, guint n,
    const gfloat *scales, const gint64 *zero_points, gint axis)
{
  WriterTensor *tensor = get_tensor (writer, index);

  g_free (tensor->scales);
  g_free (tensor->zero_points);
  tensor->n_scales = n;
  tensor->axis = axis;
  tensor->scales = g_memdup2 (scales, n * sizeof (gfloat));
  tensor->zero_points = zero_points
      ? g_memdup2 (zero_points, n * sizeof (gint64))
      : g_new0 (gint64, n);
}

void
mn_test_writer_open_dim (MnTestWriter *writer, gint index, guint i)
{
  WriterTensor *tensor = get_tensor (writer, index);

  tensor->has_signature = TRUE;
  tensor->signature[i] = -1;
}

void
mn_test_writer_raw_type (MnTestWriter *writer, gint index, guint type)
{
  get_tensor (writer, index)->type = type;
}

void
mn_test_writer_op (MnTestWriter *writer, const MnTestOp *params, gint output,
    guint n_inputs, ...)
{
  WriterOp *op = g_new0 (WriterOp, 1);
  va_list args;
  guint i;

  g_assert_cmpuint (n_inputs, <=, G_N_ELEMENTS (op->inputs));
  op->params = *params;
  op->custom = g_strdup (params->custom);
  op->new_shape = params->n_new_shape
      ? g_memdup2 (params->new_shape, params->n_new_shape * sizeof (gint32))
      : NULL;
  op->output = output;
  op->n_inputs = n_inputs;
  va_start (args, n_inputs);
  for (i = 0; i < n_inputs; i++)
    op->inputs[i] = va_arg (args, gint);
  va_end (args);
  g_ptr_array_add (writer->ops, op);
}

void
mn_test_writer_input (MnTestWriter *writer, gint tensor)
{
  g_array_append_val (writer->inputs, tensor);
}

void
mn_test_writer_output (MnTestWriter *writer, gint tensor)
{
  g_array_append_val (writer->outputs, tensor);
}

void
mn_test_writer_external (MnTestWriter *writer)
{
  writer->external = TRUE;
}

void
mn_test_writer_misalign (MnTestWriter *writer, guint n)
{
  writer->misalign = n;
}

/* ---- the file ---------------------------------------------------------- */

static void
write_tensor (FbWriter *fb, gsize ref, const WriterTensor *tensor,
    guint32 buffer)
{
  static const guint8 sizes[] = {4, 1, 4, 4, 4, 0, 0, 4};
  static const guint8 quant_sizes[] = {0, 0, 4, 4, 0, 0, 4};
  guint n = tensor->has_signature ? 8 : 5;
  FbTable table = fb_table (fb, ref, sizes, n), quant;

  fb_set_u8 (fb, table.at[TFL_TENSOR_TYPE], tensor->type);
  fb_set_u32 (fb, table.at[TFL_TENSOR_BUFFER], buffer);
  fb_vector_i32 (fb, table.at[TFL_TENSOR_SHAPE], tensor->dims, tensor->rank);
  fb_string (fb, table.at[TFL_TENSOR_NAME], tensor->name);
  if (tensor->has_signature)
    fb_vector_i32 (fb, table.at[TFL_TENSOR_SHAPE_SIGNATURE], tensor->signature,
        tensor->rank);
  quant = fb_table (fb, table.at[TFL_TENSOR_QUANTIZATION], quant_sizes, 7);
  fb_set_u32 (fb, quant.at[TFL_QUANTIZATION_DIMENSION], tensor->axis);
  fb_vector_f32 (fb, quant.at[TFL_QUANTIZATION_SCALE], tensor->scales,
      tensor->n_scales);
  fb_vector_i64 (fb, quant.at[TFL_QUANTIZATION_ZERO_POINT], tensor->zero_points,
      tensor->n_scales);
}

static void
write_op (FbWriter *fb, gsize ref, const WriterOp *op, guint32 code)
{
  guint kind = mn_test_options_kind (op->params.code);
  guint8 sizes[] = {4, 4, 4, kind ? 1 : 0, kind ? 4 : 0};
  FbTable table = fb_table (fb, ref, sizes, G_N_ELEMENTS (sizes));

  fb_set_u32 (fb, table.at[TFL_OPERATOR_CODE_INDEX], code);
  fb_vector_i32 (fb, table.at[TFL_OPERATOR_INPUTS], op->inputs, op->n_inputs);
  fb_vector_i32 (fb, table.at[TFL_OPERATOR_OUTPUTS], &op->output, 1);
  if (kind) {
    fb_set_u8 (fb, table.at[TFL_OPERATOR_OPTIONS_TYPE], kind);
    mn_test_write_options (fb, table.at[TFL_OPERATOR_OPTIONS], op);
  }
}

/* One code an operator: simple, and as allowed as sharing them. */
static void
write_codes (FbWriter *fb, gsize ref, const MnTestWriter *writer)
{
  gsize codes = fb_vector (fb, ref, writer->ops->len, 4, 4);
  guint i;

  for (i = 0; i < writer->ops->len; i++) {
    const WriterOp *op = g_ptr_array_index (writer->ops, i);
    guint8 sizes[] = {1, op->custom ? 4 : 0, 4, 4};
    FbTable table = fb_table (fb, codes + 4 * i, sizes, 4);

    fb_set_u8 (fb, table.at[TFL_OPERATOR_CODE_DEPRECATED_BUILTIN],
        MIN (op->params.code, 127));
    fb_set_u32 (fb, table.at[TFL_OPERATOR_CODE_VERSION], 1);
    fb_set_u32 (fb, table.at[TFL_OPERATOR_CODE_BUILTIN], op->params.code);
    if (op->custom)
      fb_string (fb, table.at[TFL_OPERATOR_CODE_CUSTOM], op->custom);
  }
}

static void
write_subgraph (FbWriter *fb, gsize ref, const MnTestWriter *writer)
{
  static const guint8 sizes[] = {4, 4, 4, 4, 4};
  FbTable table = fb_table (fb, ref, sizes, 5);
  gsize list;
  guint i, buffer = 0;

  list = fb_vector (fb, table.at[TFL_SUBGRAPH_TENSORS], writer->tensors->len, 4,
      4);
  for (i = 0; i < writer->tensors->len; i++) {
    const WriterTensor *tensor = g_ptr_array_index (writer->tensors, i);

    write_tensor (fb, list + 4 * i, tensor, tensor->data ? ++buffer : 0);
  }
  fb_vector_i32 (fb, table.at[TFL_SUBGRAPH_INPUTS],
      (const gint32 *) (gpointer) writer->inputs->data, writer->inputs->len);
  fb_vector_i32 (fb, table.at[TFL_SUBGRAPH_OUTPUTS],
      (const gint32 *) (gpointer) writer->outputs->data, writer->outputs->len);
  list = fb_vector (fb, table.at[TFL_SUBGRAPH_OPERATORS], writer->ops->len, 4,
      4);
  for (i = 0; i < writer->ops->len; i++)
    write_op (fb, list + 4 * i, g_ptr_array_index (writer->ops, i), i);
  fb_string (fb, table.at[TFL_SUBGRAPH_NAME], "main");
}

/* The bytes of one buffer: a reference for data inside, else the fields for
 * data behind the FlatBuffer, which is appended at the end. */
static FbTable
write_buffer (FbWriter *fb, gsize ref, const MnTestWriter *writer,
    gconstpointer data, gsize size)
{
  const guint8 sizes[] = {size && !writer->external ? 4 : 0,
    writer->external && size ? 8 : 0, writer->external && size ? 8 : 0};
  FbTable table = fb_table (fb, ref, sizes, 3);

  if (size && !writer->external) {
    gsize padding = writer->misalign;
    gsize at;

    /* A vector's count is aligned to 4 in a sound file, its bytes need not
     * be: shifted by whole words, or by less where a test wants it. */
    fb_align (fb, 16);
    fb_pad (fb, 12 + padding);
    at = fb_pad (fb, 4 + size);
    fb_set_u32 (fb, at, size);
    fb_set_u32 (fb, table.at[TFL_BUFFER_DATA], at - table.at[TFL_BUFFER_DATA]);
    memcpy (fb->bytes->data + at + 4, data, size);
  }
  return table;
}

static void
append_external (FbWriter *fb, const FbTable *table, const MnTestWriter *writer,
    gconstpointer data, gsize size)
{
  fb_align (fb, 16);
  fb_pad (fb, writer->misalign);
  fb_set_u64 (fb, table->at[TFL_BUFFER_OFFSET], fb->bytes->len);
  fb_set_u64 (fb, table->at[TFL_BUFFER_SIZE], size);
  g_byte_array_append (fb->bytes, data, size);
}

static void
write_buffers (FbWriter *fb, gsize ref, const MnTestWriter *writer)
{
  g_autofree FbTable *tables = g_new0 (FbTable, writer->tensors->len + 2);
  g_autoptr (GPtrArray) constants = g_ptr_array_new ();
  guint n_meta = writer->metadata ? 1 : 0, i;
  gsize list;

  for (i = 0; i < writer->tensors->len; i++) {
    WriterTensor *tensor = g_ptr_array_index (writer->tensors, i);

    if (tensor->data)
      g_ptr_array_add (constants, tensor);
  }
  list = fb_vector (fb, ref, 1 + constants->len + n_meta, 4, 4);
  write_buffer (fb, list, writer, NULL, 0);
  for (i = 0; i < constants->len; i++) {
    const WriterTensor *tensor = g_ptr_array_index (constants, i);

    tables[i] = write_buffer (fb, list + 4 * (i + 1), writer, tensor->data,
        tensor->size);
  }
  if (n_meta)
    tables[i] = write_buffer (fb, list + 4 * (i + 1), writer,
        writer->metadata->data, writer->metadata->len);
  for (i = 0; writer->external && i < constants->len; i++) {
    const WriterTensor *tensor = g_ptr_array_index (constants, i);

    append_external (fb, &tables[i], writer, tensor->data, tensor->size);
  }
  if (writer->external && n_meta)
    append_external (fb, &tables[i], writer, writer->metadata->data,
        writer->metadata->len);
}

static void
write_metadata_entry (FbWriter *fb, gsize ref, const MnTestWriter *writer)
{
  static const guint8 sizes[] = {4, 4};
  gsize list = fb_vector (fb, ref, 1, 4, 4);
  FbTable table = fb_table (fb, list, sizes, 2);
  guint n = 1, i;

  for (i = 0; i < writer->tensors->len; i++)
    n += ((WriterTensor *) g_ptr_array_index (writer->tensors, i))->data
        != NULL;
  fb_string (fb, table.at[TFL_METADATA_ENTRY_NAME], TFL_METADATA_NAME);
  fb_set_u32 (fb, table.at[TFL_METADATA_ENTRY_BUFFER], n);
}

GBytes *
mn_test_writer_finish (MnTestWriter *writer)
{
  const guint8 sizes[] = {4, 4, 4, 4, 4, 0, writer->metadata ? 4 : 0};
  FbWriter fb;
  FbTable table;
  gsize list;

  fb_begin (&fb, TFL_IDENTIFIER);
  table = fb_table (&fb, 0, sizes, G_N_ELEMENTS (sizes));
  fb_set_u32 (&fb, table.at[TFL_MODEL_VERSION], TFL_VERSION);
  write_codes (&fb, table.at[TFL_MODEL_OPERATOR_CODES], writer);
  list = fb_vector (&fb, table.at[TFL_MODEL_SUBGRAPHS], 1, 4, 4);
  write_subgraph (&fb, list, writer);
  fb_string (&fb, table.at[TFL_MODEL_DESCRIPTION], "made by a test");
  if (writer->metadata)
    write_metadata_entry (&fb, table.at[TFL_MODEL_METADATA], writer);
  write_buffers (&fb, table.at[TFL_MODEL_BUFFERS], writer);
  mn_test_writer_free (writer);
  return g_byte_array_free_to_bytes (fb.bytes);
}
