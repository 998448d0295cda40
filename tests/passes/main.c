/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All tests of the passes. */

#include "tests/passes/build.h"

guint32
test_seed (void)
{
  static guint32 seed;
  static gsize once;

  if (g_once_init_enter (&once)) {
    const gchar *text = g_getenv ("MOBILENET_TEST_SEED");

    seed = text ? g_ascii_strtoull (text, NULL, 10) : g_random_int ();
    g_test_message ("MOBILENET_TEST_SEED=%u", seed);
    g_once_init_leave (&once, 1);
  }
  return seed;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_memory_add ();
  test_bounds_add ();
  test_fold_add ();
  test_fuse_add ();
  test_random_add ();
  test_models_add ();
  test_operators_add ();
  test_several_add ();
  test_transpose_add ();
  test_twin_add ();
  return g_test_run ();
}
