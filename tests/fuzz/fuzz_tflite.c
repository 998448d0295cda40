/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as a .tflite file: sniffing, reader, validator, metadata, passes,
 * texts.
 * With libFuzzer: fuzz_tflite FOLDER. Without it: runs the files that are
 * named, and else models made here, whole, cut and changed. */

#include "engine/mn.h"
#include "engine/graph/describe.h"
#include "engine/model/readers.h"
#include "engine/model/tflite/reader.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  /* Of the exact size: a sanitizer sees the first byte behind. */
  guint8 *copy = malloc (size ? size : 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (MnGraph) graph = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (MnMetadata) metadata = {0};
  g_autoptr (MnModel) model = NULL;

  if (!copy)
    return 0;
  memcpy (copy, data, size);
  bytes = g_bytes_new_with_free_func (copy, size, free, copy);
  mn_readers_find (bytes, "fuzz.tflite", NULL);
  mn_reader_tflite.read_metadata (bytes, "fuzz.tflite", &metadata, NULL);
  graph = mn_reader_tflite.read (bytes, "fuzz.tflite", &error);
  if (graph && mn_graph_validate (graph, &error)) {
    g_autofree gchar *text = mn_graph_describe (graph);
    g_autofree gchar *dot = mn_graph_to_dot (graph);

    g_assert_true (*text && *dot);
    g_assert_true (mn_graph_validate (graph, NULL));
    /* With the passes, and what is made of both ends. */
    model = mn_model_load_bytes (bytes, "fuzz.tflite", NULL);
    if (model) {
      g_autofree gchar *all = mn_model_describe (model);

      g_assert_true (*all);
    }
  } else {
    g_assert_nonnull (error);
  }
  return 0;
}

#ifndef MN_LIBFUZZER

#include "tests/support/tflite_writer.h"

static void
run_seed (GBytes *seed, guint rounds, GRand *random)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (seed, &size);
  g_autofree guint8 *copy = g_memdup2 (data, size);
  guint i;

  LLVMFuzzerTestOneInput (data, size);
  for (i = 0; i < rounds; i++) {
    gsize place = g_rand_int (random) % size;
    guint32 value = i % 3 == 0 ? G_MAXUINT32 : g_rand_int (random);

    memcpy (copy + place, &value, MIN (sizeof (value), size - place));
    LLVMFuzzerTestOneInput (copy, size - (i % 5 == 0 ? i % size : 0));
    memcpy (copy + place, data + place, MIN (sizeof (value), size - place));
  }
}

int
main (int argc, char **argv)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 number = text ? (guint32) g_ascii_strtoull (text, NULL, 0)
                        : g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (number);
  g_autoptr (GBytes) plain = mn_test_classifier (8, 5, 1);
  g_autoptr (GBytes)
      zipped = mn_test_zip_append (plain, "labels.txt", "a\nb", TRUE);
  gint i;

  for (i = 1; i < argc; i++) {
    g_autofree gchar *data = NULL;
    gsize size;

    if (!g_file_get_contents (argv[i], &data, &size, NULL)) {
      g_printerr ("%s: cannot be read\n", argv[i]);
      return 2;
    }
    LLVMFuzzerTestOneInput ((const guint8 *) data, size);
  }
  if (argc > 1)
    return 0;
  g_print ("MOBILENET_TEST_SEED=%u\n", number);
  run_seed (plain, 20000, random);
  run_seed (zipped, 20000, random);
  return 0;
}

#endif
