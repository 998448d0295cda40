/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/opencl/graphs.h"

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  random_init ();
  add_device_tests ();
  add_cache_tests ();
  add_form_tests ();
  add_byte_tests ();
  add_integer_tests ();
  add_layer_tests ();
  add_plan_tests ();
  add_half_tests ();
  add_picture_tests ();
  return g_test_run ();
}
