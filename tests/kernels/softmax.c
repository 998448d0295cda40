/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Softmax against the plain one. */

#include "tests/kernels/support.h"

static void
test_softmax (const Subject *s)
{
  guint i;

  for (i = 0; i < 100; i++) {
    gsize m = random_int (1, 3), n = i < 50 ? i + 1 : random_int (1, 1100);
    gfloat beta = random_int (0, 1) ? 1 : 20;
    g_autofree gfloat *x = random_floats (m * n);
    Output got = output_new (m * n), want = output_new (m * n);

    s->kernels.softmax (m, n, beta, x, got.data);
    s->plain.softmax (m, n, beta, x, want.data);
    output_compare (&got, &want, 1e-5f, 0, "softmax");
    output_free (&got);
    output_free (&want);
  }
}

void
add_softmax_tests (void)
{
  add_subject_test ("softmax", test_softmax);
}
