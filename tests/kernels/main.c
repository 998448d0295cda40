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
  add_pool2d_tests ();
  add_elementwise_tests ();
  add_softmax_tests ();
  add_element_tests ();
  add_cpu_flags_tests ();
  return g_test_run ();
}
