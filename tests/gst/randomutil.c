/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/randomutil.h"

#include <stdlib.h>

#include "tests/gst/testutil.h"

GRand *test_rand;

void
test_setup_random (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? strtoul (text, NULL, 0) : g_random_int ();

  test_setup ();
  g_printerr ("MOBILENET_TEST_SEED=%u\n", seed);
  test_rand = g_rand_new_with_seed (seed);
}

void
test_teardown_random (void)
{
  g_rand_free (test_rand);
  test_teardown ();
}

gint
test_pick (gint first, gint last)
{
  return g_rand_int_range (test_rand, first, last + 1);
}
