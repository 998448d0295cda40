/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every kernel of every level that this CPU has against its plain twin. */

#include "tests/kernels/support.h"

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  random_init ();
  add_gemm_tests ();
  add_conv_tests ();
  add_dwconv_tests ();
  add_other_tests ();
  return g_test_run ();
}
