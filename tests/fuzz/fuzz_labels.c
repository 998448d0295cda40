/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as a list of labels. With libFuzzer: fuzz_labels FOLDER, first
 * inputs are in labels/. Without it: runs the files that are named, and else
 * those, whole, cut and changed. */

#include "engine/model/labels/labels.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  /* Of the exact size: a sanitizer sees the first byte behind. */
  gchar *copy = malloc (size ? size : 1);
  g_autoptr (GError) error = NULL;
  g_auto (MnLabelsNote) note = {
    0,
  };
  g_auto (GStrv) names = NULL;
  guint i;

  if (!copy)
    return 0;
  memcpy (copy, data, size);
  names = mn_labels_parse_form (copy, size, "fuzz.txt", &note, &error);
  free (copy);
  g_assert_true ((names != NULL) == (error == NULL));
  g_assert_true (!names || (*names && note.form && note.first <= 1));
  for (i = 0; names && names[i]; i++)
    g_assert_true (g_utf8_validate (names[i], -1, NULL));
  return 0;
}

#ifndef MN_LIBFUZZER

#define ROUNDS 4000

static gboolean
run_file (const gchar *path, guint rounds, GRand *random)
{
  /* What the forms are told by. */
  static const gchar bytes[] = "{}[]():;,#'\"\\0u\n\r\t =-.n\xff";
  g_autofree gchar *data = NULL;
  g_autofree gchar *copy = NULL;
  gsize size;
  guint i;

  if (!g_file_get_contents (path, &data, &size, NULL)) {
    g_printerr ("%s: cannot be read\n", path);
    return FALSE;
  }
  LLVMFuzzerTestOneInput ((const guint8 *) data, size);
  copy = g_memdup2 (data, size);
  for (i = 0; i < rounds && size > 0; i++) {
    guint n = 1 + i % 4;

    while (n--)
      copy[g_rand_int (random) % size] =
          bytes[g_rand_int (random) % sizeof (bytes)];
    LLVMFuzzerTestOneInput ((const guint8 *) copy,
        i % 3 == 0 ? g_rand_int (random) % size : size);
    if (i % 8 == 7)
      memcpy (copy, data, size);
  }
  return TRUE;
}

static gboolean
run_folder (const gchar *folder, GRand *random)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    if (!run_file (path, ROUNDS, random))
      return FALSE;
    n++;
  }
  return n > 0;
}

int
main (int argc, char **argv)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 number = text ? (guint32) g_ascii_strtoull (text, NULL, 0)
                        : g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (number);
  gint i;

  for (i = 1; i < argc; i++) {
    if (!run_file (argv[i], 0, random))
      return 2;
  }
  if (argc > 1)
    return 0;
  g_print ("MOBILENET_TEST_SEED=%u\n", number);
  return run_folder (SEEDS, random) ? 0 : 2;
}

#endif
