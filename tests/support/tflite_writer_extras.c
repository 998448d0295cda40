/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The .tflite writer: metadata, the archive behind a model, and a whole
 * small classifier. */

#include "tests/support/tflite_writer_private.h"

#include <gio/gio.h>
#include <string.h>

static void
write_norm (FbWriter *fb, gsize ref, guint n, const gfloat *mean,
    const gfloat *std)
{
  static const guint8 tensor_sizes[] = {0, 0, 0, 0, 4};
  static const guint8 unit_sizes[] = {1, 4};
  static const guint8 norm_sizes[] = {4, 4};
  FbTable tensor, unit, norm;
  gsize list;

  list = fb_vector (fb, ref, 1, 4, 4);
  tensor = fb_table (fb, list, tensor_sizes, 5);
  list = fb_vector (fb, tensor.at[TFL_MD_TENSOR_PROCESS_UNITS], 1, 4, 4);
  unit = fb_table (fb, list, unit_sizes, 2);
  fb_set_u8 (fb, unit.at[TFL_MD_UNIT_TYPE], TFL_MD_UNIT_NORMALIZATION);
  norm = fb_table (fb, unit.at[TFL_MD_UNIT_OPTIONS], norm_sizes, 2);
  fb_vector_f32 (fb, norm.at[TFL_MD_NORMALIZATION_MEAN], mean, n);
  fb_vector_f32 (fb, norm.at[TFL_MD_NORMALIZATION_STD], std, n);
}

static void
write_labels_file (FbWriter *fb, gsize ref, const gchar *name)
{
  static const guint8 tensor_sizes[] = {0, 0, 0, 0, 0, 0, 4};
  static const guint8 file_sizes[] = {4, 0, 1};
  FbTable tensor, file;
  gsize list;

  list = fb_vector (fb, ref, 1, 4, 4);
  tensor = fb_table (fb, list, tensor_sizes, 7);
  list = fb_vector (fb, tensor.at[TFL_MD_TENSOR_FILES], 1, 4, 4);
  file = fb_table (fb, list, file_sizes, 3);
  fb_set_u8 (fb, file.at[TFL_MD_FILE_TYPE], TFL_MD_FILE_AXIS_LABELS);
  fb_string (fb, file.at[TFL_MD_FILE_NAME], name);
}

void
mn_test_writer_metadata (MnTestWriter *writer, guint n, const gfloat *mean,
    const gfloat *std, const gchar *labels_file)
{
  static const guint8 model_sizes[] = {0, 0, 0, 4};
  const guint8 graph_sizes[] = {0, 0, n ? 4 : 0, labels_file ? 4 : 0};
  FbTable model, graph;
  FbWriter fb;
  gsize list;

  fb_begin (&fb, TFL_METADATA_IDENTIFIER);
  model = fb_table (&fb, 0, model_sizes, 4);
  list = fb_vector (&fb, model.at[TFL_MD_SUBGRAPHS], 1, 4, 4);
  graph = fb_table (&fb, list, graph_sizes, 4);
  if (n)
    write_norm (&fb, graph.at[TFL_MD_SUBGRAPH_INPUTS], n, mean, std);
  if (labels_file)
    write_labels_file (&fb, graph.at[TFL_MD_SUBGRAPH_OUTPUTS], labels_file);
  g_clear_pointer (&writer->metadata, g_byte_array_unref);
  writer->metadata = fb.bytes;
}

/* ---- zip --------------------------------------------------------------- */

static void
put16 (GByteArray *bytes, guint value)
{
  const guint8 data[] = {value & 0xff, value >> 8 & 0xff};

  g_byte_array_append (bytes, data, sizeof (data));
}

static void
put32 (GByteArray *bytes, guint32 value)
{
  put16 (bytes, value & 0xffff);
  put16 (bytes, value >> 16);
}

static guint32
crc_of (const gchar *text, gsize size)
{
  guint32 crc = 0xffffffff;
  gsize i;
  guint bit;

  for (i = 0; i < size; i++) {
    crc ^= (guint8) text[i];
    for (bit = 0; bit < 8; bit++)
      crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

static GBytes *
deflate_text (const gchar *text, gsize size)
{
  g_autoptr (GConverter) deflate =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW, 9));
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);
  g_autoptr (GInputStream) plain = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GInputStream)
      packed = g_converter_input_stream_new (plain, deflate);
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();

  g_assert_cmpint (g_output_stream_splice (out, packed,
                       G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL),
      >=, 0);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
}

/* The fields that a local header and a directory entry share. */
static void
put_entry (GByteArray *zip, guint method, guint32 crc, gsize packed, gsize size,
    const gchar *member)
{
  put16 (zip, 20);
  put16 (zip, 0);
  put16 (zip, method);
  put32 (zip, 0);
  put32 (zip, crc);
  put32 (zip, packed);
  put32 (zip, size);
  put16 (zip, strlen (member));
  put16 (zip, 0);
}

GBytes *
mn_test_zip_append (GBytes *model, const gchar *member, const gchar *text,
    gboolean deflate)
{
  gsize size = strlen (text), packed_size, start, directory;
  g_autoptr (GBytes) packed = deflate ? deflate_text (text, size)
                                      : g_bytes_new (text, size);
  gconstpointer data = g_bytes_get_data (packed, &packed_size);
  GByteArray *zip = g_byte_array_new ();
  guint method = deflate ? 8 : 0;
  guint32 crc = crc_of (text, size);

  g_byte_array_append (zip, g_bytes_get_data (model, NULL),
      g_bytes_get_size (model));
  start = zip->len;
  g_byte_array_append (zip, (const guint8 *) "PK\3\4", 4);
  put_entry (zip, method, crc, packed_size, size, member);
  g_byte_array_append (zip, (const guint8 *) member, strlen (member));
  g_byte_array_append (zip, data, packed_size);

  directory = zip->len;
  g_byte_array_append (zip, (const guint8 *) "PK\1\2", 4);
  put16 (zip, 20);
  put_entry (zip, method, crc, packed_size, size, member);
  put16 (zip, 0);
  put16 (zip, 0);
  put16 (zip, 0);
  put32 (zip, 0);
  put32 (zip, start);
  g_byte_array_append (zip, (const guint8 *) member, strlen (member));

  packed_size = zip->len - directory;
  g_byte_array_append (zip, (const guint8 *) "PK\5\6", 4);
  put32 (zip, 0);
  put16 (zip, 1);
  put16 (zip, 1);
  put32 (zip, packed_size);
  put32 (zip, directory);
  put16 (zip, 0);
  return g_byte_array_free_to_bytes (zip);
}

/* ---- a classifier ------------------------------------------------------ */

static gint
add_random (MnTestWriter *writer, const gchar *name, guint rank,
    const gint32 *dims, gfloat range, GRand *random)
{
  g_autofree gfloat *values = NULL;
  guint n = 1, i;

  for (i = 0; i < rank; i++)
    n *= dims[i];
  values = g_new (gfloat, n);
  for (i = 0; i < n; i++)
    values[i] = g_rand_double_range (random, -range, range);
  return mn_test_writer_const_f32 (writer, name, rank, dims, values);
}

GBytes *
mn_test_classifier (guint size, guint n_classes, guint32 seed)
{
  const gint32 half = (size + 1) / 2, classes = n_classes;
  static const gint32 axes[] = {1, 2}, eight[] = {8};
  MnTestWriter *w = mn_test_writer_new ();
  GRand *random = g_rand_new_with_seed (seed);
  gint x, k, b, conv, mean, axis, fc_w, fc_b, fc, y;

  x = mn_test_writer_tensor (w, "image", MN_DTYPE_F32, 4,
      (const gint32[]) {1, size, size, 3});
  k = add_random (w, "conv/weights", 4, (const gint32[]) {8, 3, 3, 3}, 0.5,
      random);
  b = add_random (w, "conv/bias", 1, eight, 0.1, random);
  conv = mn_test_writer_tensor (w, "conv", MN_DTYPE_F32, 4,
      (const gint32[]) {1, half, half, 8});
  axis = mn_test_writer_const_i32 (w, "axes", 2, axes);
  mean = mn_test_writer_tensor (w, "mean", MN_DTYPE_F32, 2,
      (const gint32[]) {1, 8});
  fc_w = add_random (w, "dense/weights", 2, (const gint32[]) {classes, 8}, 2,
      random);
  fc_b = add_random (w, "dense/bias", 1, &classes, 0.5, random);
  fc = mn_test_writer_tensor (w, "logits", MN_DTYPE_F32, 2,
      (const gint32[]) {1, classes});
  y = mn_test_writer_tensor (w, "scores", MN_DTYPE_F32, 2,
      (const gint32[]) {1, classes});
  g_rand_free (random);

  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_CONV_2D,
        .stride_h = 2,
        .stride_w = 2,
        .padding = TFL_PADDING_SAME,
        .activation = TFL_ACTIVATION_RELU6},
      conv, 3, x, k, b);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, mean, 2, conv,
      axis);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED}, fc,
      3, mean, fc_w, fc_b);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_SOFTMAX}, y, 1, fc);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return mn_test_writer_finish (w);
}

GBytes *
mn_test_averages (const gchar *name, MnDType dtype, gfloat scale, gint64 zero)
{
  MnTestWriter *w = mn_test_writer_new ();
  const gint32 in[] = {1, 8, 8, 3}, one[] = {1, 1, 1, 3};
  const gint32 flat[] = {1, 3};
  gint x = mn_test_writer_tensor (w, name, dtype, 4, in);
  gint pooled = mn_test_writer_tensor (w, "pooled", dtype, 4, one);
  gint y = mn_test_writer_tensor (w, name, dtype, 2, flat);
  gint shape = mn_test_writer_const_i32 (w, "shape", 2, flat);

  if (scale > 0) {
    mn_test_writer_quant (w, x, 1, &scale, &zero, 0);
    mn_test_writer_quant (w, pooled, 1, &scale, &zero, 0);
    mn_test_writer_quant (w, y, 1, &scale, &zero, 0);
  }
  mn_test_writer_op (w,
      &(MnTestOp) {.code = TFL_OP_AVERAGE_POOL_2D,
        .padding = TFL_PADDING_VALID,
        .stride_h = 1,
        .stride_w = 1,
        .filter_h = 8,
        .filter_w = 8},
      pooled, 1, x);
  mn_test_writer_op (w, &(MnTestOp) {.code = TFL_OP_RESHAPE}, y, 2, pooled,
      shape);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return mn_test_writer_finish (w);
}
