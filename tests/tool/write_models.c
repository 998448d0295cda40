/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small models for cli.py, one a kind of input: of 8x8 pixels RGB, whose mean
 * a channel is the answer. usage: write-models FOLDER */

#include "tests/support/tflite_writer.h"

/* mean a channel; scale 0: floats. */
static GBytes *
make_model (const gchar *name, MnDType dtype, gfloat scale, gint64 zero)
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

int
main (int argc, char **argv)
{
  /* The last one's tensors have a name that would change a terminal. */
  static const struct
  {
    const gchar *file, *name;
    MnDType dtype;
    gfloat scale;
    gint64 zero;
  } models[] = {
    {"float.tflite", "x", MN_DTYPE_F32, 0, 0},
    {"uint8.tflite", "x", MN_DTYPE_U8, 1 / 255.0f, 0},
    {"uint8-signed.tflite", "x", MN_DTYPE_U8, 1 / 127.5f, 127},
    {"int8.tflite", "x", MN_DTYPE_I8, 1 / 127.5f, -1},
    {"int8-wide.tflite",
      "a\n\033[31m\"b\xc2\x9b"
      "c\xe2\x80\xae",
      MN_DTYPE_I8, 0.02f, -100},
  };
  guint i;

  g_return_val_if_fail (argc == 2, 2);
  for (i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autoptr (GBytes) bytes = make_model (models[i].name, models[i].dtype,
        models[i].scale, models[i].zero);
    g_autofree gchar *path = g_build_filename (argv[1], models[i].file, NULL);
    gsize size;
    const gchar *data = g_bytes_get_data (bytes, &size);

    if (!g_file_set_contents (path, data, size, NULL))
      return 1;
  }
  return 0;
}
