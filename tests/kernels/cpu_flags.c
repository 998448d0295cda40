/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The levels of a CPU by name. */

#include "tests/kernels/support.h"

static void
test_flags (void)
{
  guint flags;

  g_assert_false (mn_cpu_flags_parse ("fast", &flags));
  g_assert_true (mn_cpu_flags_parse ("reference", &flags));
  g_assert_cmpuint (flags, ==, MN_CPU_REFERENCE);
  g_assert_true (mn_cpu_flags_parse ("avx2", &flags));
  g_assert_cmpuint (flags, ==, MN_CPU_SCALAR | MN_CPU_AVX2);
  g_setenv ("MOBILENET_CPU", "scalar", TRUE);
  g_assert_cmpuint (mn_cpu_flags_get (), ==, MN_CPU_SCALAR);
  g_setenv ("MOBILENET_CPU", "reference", TRUE);
  g_assert_cmpuint (mn_cpu_flags_get (), ==, MN_CPU_REFERENCE);
  g_setenv ("MOBILENET_CPU", "fast", TRUE);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*fast*");
  g_assert_cmpuint (mn_cpu_flags_get (), ==, mn_cpu_flags_detect ());
  g_test_assert_expected_messages ();
  g_unsetenv ("MOBILENET_CPU");
}

void
add_cpu_flags_tests (void)
{
  g_test_add_func ("/kernels/flags", test_flags);
}
