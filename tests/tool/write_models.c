/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small models for cli.py, one a kind of input: of 8x8 pixels RGB, whose mean
 * a channel is the answer. usage: write-models FOLDER */

#include "tests/support/tflite_writer.h"

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
    g_autoptr (GBytes) bytes = mn_test_averages (models[i].name,
        models[i].dtype, models[i].scale, models[i].zero);
    g_autofree gchar *path = g_build_filename (argv[1], models[i].file, NULL);
    gsize size;
    const gchar *data = g_bytes_get_data (bytes, &size);

    if (!g_file_set_contents (path, data, size, NULL))
      return 1;
  }
  return 0;
}
