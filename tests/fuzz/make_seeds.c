/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes the first inputs of the fuzzers. usage: make_seeds FOLDER */

#include "tests/support/tflite_writer.h"

static gboolean
write_seed (const gchar *folder, const gchar *name, GBytes *bytes)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  if (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
          g_bytes_get_size (bytes), &error))
    return TRUE;
  g_printerr ("%s\n", error->message);
  return FALSE;
}

int
main (int argc, char **argv)
{
  static const gfloat mean = 127.5f, std = 127.5f;
  static const gint32 dims[] = {1, 2, 2, 3};
  g_autoptr (GBytes) classifier = mn_test_classifier (8, 5, 1);
  g_autoptr (GBytes) described = NULL, zipped = NULL;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, dims);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, dims);

  if (argc != 2) {
    g_printerr ("usage: make_seeds FOLDER\n");
    return 2;
  }
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_HARD_SWISH}, y, 1, x);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  mn_test_writer_metadata (w, 1, &mean, &std, "labels.txt");
  mn_test_writer_external (w);
  described = mn_test_writer_finish (w);
  zipped = mn_test_zip_append (described, "labels.txt", "cat\ndog\n", TRUE);
  return write_seed (argv[1], "classifier.tflite", classifier)
          && write_seed (argv[1], "described.tflite", zipped)
      ? 0
      : 1;
}
