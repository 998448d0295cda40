/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite reader: tensors with their types, shapes, quantisation and
 * constants. */

#include "engine/model/tflite/internal.h"
#include "engine/model/tflite/schema.h"

#include <string.h>

#define MAX_NAME 160

/* Names go into messages and graphs: valid UTF-8, one line, not endless. */
static gchar *
clean_name (const gchar *name, gsize index)
{
  g_autofree gchar *cut = NULL;
  gchar *clean, *c;

  if (!name || !*name)
    return g_strdup_printf ("tensor%" G_GSIZE_FORMAT, index);
  cut = g_strndup (name, MAX_NAME);
  clean = g_utf8_make_valid (cut, -1);
  for (c = clean; *c; c++) {
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  }
  return clean;
}

static gboolean
map_type (guint type, MnDType *dtype)
{
  switch (type) {
    case TFL_TYPE_FLOAT32:
      *dtype = MN_DTYPE_F32;
      return TRUE;
    case TFL_TYPE_FLOAT16:
      *dtype = MN_DTYPE_F16;
      return TRUE;
    case TFL_TYPE_INT32:
      *dtype = MN_DTYPE_I32;
      return TRUE;
    case TFL_TYPE_UINT8:
      *dtype = MN_DTYPE_U8;
      return TRUE;
    case TFL_TYPE_INT64:
      *dtype = MN_DTYPE_I64;
      return TRUE;
    case TFL_TYPE_BOOL:
      *dtype = MN_DTYPE_BOOL;
      return TRUE;
    case TFL_TYPE_INT16:
      *dtype = MN_DTYPE_I16;
      return TRUE;
    case TFL_TYPE_INT8:
      *dtype = MN_DTYPE_I8;
      return TRUE;
    default:
      *dtype = MN_DTYPE_U8;
      return FALSE;
  }
}

static const gchar *
type_name (guint type)
{
  static const gchar *const names[] = {"float32", "float16", "int32", "uint8",
    "int64", "string", "bool", "int16", "complex64", "int8", "float64",
    "complex128", "uint64", "resource", "variant", "uint32", "uint16", "int4",
    "bfloat16", "int2", "uint4", "float8_e4m3fn", "float8_e5m2"};

  return type < G_N_ELEMENTS (names) ? names[type] : "unknown";
}

/* A word for what the graph cannot express; NULL: nothing. */
static gchar *
find_strange (const MnFbTable *table, guint type, guint32 rank)
{
  MnFbTable quant = mn_fb_table (table, TFL_TENSOR_QUANTIZATION);
  MnFbTable sparsity = mn_fb_table (table, TFL_TENSOR_SPARSITY);
  MnDType dtype;

  if (!map_type (type, &dtype))
    return g_strdup_printf ("elements of type %s", type_name (type));
  if (rank > MN_MAX_RANK)
    return g_strdup_printf ("%u dimensions (at most %d are supported)", rank,
        MN_MAX_RANK);
  if (sparsity.at)
    return g_strdup ("sparse data");
  if (mn_fb_u8 (table, TFL_TENSOR_IS_VARIABLE, 0))
    return g_strdup ("a state that is kept between runs");
  if (mn_fb_u32 (table, TFL_TENSOR_EXTERNAL_BUFFER, 0))
    return g_strdup ("its data in another file");
  if (mn_fb_u8 (&quant, TFL_QUANTIZATION_DETAILS_TYPE, 0))
    return g_strdup ("a custom or blockwise quantisation");
  return NULL;
}

static gboolean
no_memory (const MnTfliteReader *reader, const MnTensor *tensor, gsize n,
    GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
      "%s: no memory for tensor '%s' (%" G_GSIZE_FORMAT " values)",
      reader->name, tensor->name, n);
  return FALSE;
}

static gboolean
read_quant (MnTfliteReader *reader, const MnFbTable *table, MnTensor *tensor,
    GError **error)
{
  MnFbTable quant = mn_fb_table (table, TFL_TENSOR_QUANTIZATION);
  MnFbVector scale = mn_fb_vector (&quant, TFL_QUANTIZATION_SCALE, 4);
  MnFbVector zero = mn_fb_vector (&quant, TFL_QUANTIZATION_ZERO_POINT, 8);
  gint32 axis = mn_fb_i32 (&quant, TFL_QUANTIZATION_DIMENSION, 0);
  guint32 i;

  if (!mn_tflite_check (reader, "a tensor's quantisation", error))
    return FALSE;
  /* Floats may carry the ranges of their training: they mean nothing. */
  if (scale.n == 0 || tensor->dtype == MN_DTYPE_F32
      || tensor->dtype == MN_DTYPE_F16)
    return TRUE;
  if ((zero.n != 0 && zero.n != scale.n) || axis < 0) {
    g_set_error (error, MN_ERROR, MN_ERROR_INVALID,
        "%s: tensor '%s': its quantisation has %u scales, %u zero points and "
        "axis %d",
        reader->name, tensor->name, scale.n, zero.n, axis);
    return FALSE;
  }
  if (!mn_tflite_take (reader,
          scale.n * (gsize) (sizeof (gfloat) + sizeof (gint64)), error))
    return FALSE;
  tensor->quant.scale = g_try_new (gfloat, scale.n);
  tensor->quant.zero_point = g_try_new0 (gint64, scale.n);
  if (!tensor->quant.scale || !tensor->quant.zero_point)
    return no_memory (reader, tensor, scale.n, error);
  tensor->quant.n = scale.n;
  tensor->quant.axis = axis;
  for (i = 0; i < scale.n; i++)
    tensor->quant.scale[i] = mn_fb_vector_f32 (&scale, i);
  for (i = 0; i < zero.n; i++)
    tensor->quant.zero_point[i] = mn_fb_vector_i64 (&zero, i);
  return TRUE;
}

static gboolean
read_data (MnTfliteReader *reader, const MnFbTable *table, MnTensor *tensor,
    GError **error)
{
  guint32 index = mn_fb_u32 (table, TFL_TENSOR_BUFFER, 0);
  const guint8 *data;
  gsize size;

  if (!mn_tflite_check (reader, "a tensor", error)
      || !mn_tflite_buffer (reader, index, &data, &size, error))
    return FALSE;
  if (size == 0)
    return TRUE;
  if (GPOINTER_TO_SIZE (data) % mn_dtype_size (tensor->dtype) != 0) {
    if (!mn_tflite_take (reader, size, error))
      return FALSE;
    tensor->owned = g_try_malloc (size);
    if (!tensor->owned)
      return no_memory (reader, tensor, size, error);
    memcpy (tensor->owned, data, size);
    data = tensor->owned;
  }
  tensor->data = data;
  tensor->size = size;
  return TRUE;
}

/* The shape, with -1 where the signature leaves a size of an activation
 * open. */
static void
read_shape (const MnFbTable *table, const MnFbVector *shape, MnTensor *tensor)
{
  MnFbVector signature = mn_fb_vector (table, TFL_TENSOR_SHAPE_SIGNATURE, 4);
  guint i;

  for (i = 0; i < tensor->rank; i++) {
    tensor->dims[i] = mn_fb_vector_i32 (shape, i);
    if (!tensor->data && signature.n == shape->n
        && mn_fb_vector_i32 (&signature, i) == -1)
      tensor->dims[i] = -1;
  }
  tensor->is_variable_batch = tensor->rank > 0 && tensor->dims[0] == -1;
}

static gboolean
read_tensor (MnTfliteReader *reader, const MnFbTable *table, guint32 index,
    GError **error)
{
  MnFbVector shape = mn_fb_vector (table, TFL_TENSOR_SHAPE, 4);
  guint type = mn_fb_u8 (table, TFL_TENSOR_TYPE, 0);
  g_autofree gchar *name = clean_name (mn_fb_string (table, TFL_TENSOR_NAME),
      index);
  gchar *strange = find_strange (table, type, shape.n);
  static const gint32 no_dims[MN_MAX_RANK] = {0};
  MnTensor *tensor;
  MnDType dtype;

  g_ptr_array_add (reader->strange, strange);
  if (!mn_tflite_check (reader, "a tensor", error))
    return FALSE;
  map_type (type, &dtype);
  mn_graph_add_tensor (reader->graph, name, dtype, MIN (shape.n, MN_MAX_RANK),
      no_dims);
  tensor = mn_graph_tensor (reader->graph, index);
  if (strange)
    return TRUE;
  if (!read_data (reader, table, tensor, error)
      || !read_quant (reader, table, tensor, error))
    return FALSE;
  read_shape (table, &shape, tensor);
  return mn_tflite_check (reader, "a tensor", error);
}

gboolean
mn_tflite_read_tensors (MnTfliteReader *reader, const MnFbTable *subgraph,
    GError **error)
{
  MnFbVector tensors = mn_fb_vector (subgraph, TFL_SUBGRAPH_TENSORS, 4);
  guint32 i;

  if (!mn_tflite_check (reader, "the list of tensors", error)
      || !mn_tflite_count (reader, "tensors", tensors.n, MN_MAX_TENSORS, error))
    return FALSE;
  for (i = 0; i < tensors.n; i++) {
    MnFbTable table = mn_fb_vector_table (&tensors, i);

    if (!read_tensor (reader, &table, i, error))
      return FALSE;
  }
  return TRUE;
}
