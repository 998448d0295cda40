/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operators on two tensors, and activations. */

#include "tests/kernels/support.h"

#include <math.h>
#include <string.h>

static void
test_binary (const Subject *s)
{
  guint kind, step, n;

  for (n = 1; n < 70; n++) {
    for (kind = 0; kind < MN_N_BINARY; kind++) {
      for (step = 0; step < 4; step++) {
        gsize a_step = step & 1, b_step = step >> 1;
        g_autofree gfloat *a = random_values (s, a_step ? n : 1);
        g_autofree gfloat *b = random_values (s, b_step ? n : 1);
        g_autofree gpointer a_stored = elements (s, a, a_step ? n : 1);
        g_autofree gpointer b_stored = elements (s, b, b_step ? n : 1);
        MnAct act = random_act ();
        Output got = output_new (n), want = output_new (n);

        s->kernels.binary[kind](n, a_stored, a_step, b_stored, b_step,
            output_begin (s, &got), &act);
        output_end (s, &got);
        s->plain.binary[kind](n, a, a_step, b, b_step, want.data, &act);
        output_compare (&got, &want, 1e-6f + s->rounding, 1, "binary");
        output_free (&got);
        output_free (&want);
      }
    }
  }
}

/* Every activation over all of its range, in place, and with a NaN. */
static void
test_unary (const Subject *s)
{
  guint kind, n, i;

  for (kind = MN_ACT_NONE; kind <= MN_ACT_SIGMOID; kind++) {
    MnAct act = mn_act (kind);

    for (n = 1; n < 70; n++) {
      g_autofree gfloat *x = random_values (s, n);
      g_autofree gpointer stored = NULL;
      Output got = output_new (n), want = output_new (n);
      gpointer to;

      /* Exact in all elements. */
      for (i = 0; i < n; i++)
        x[i] *= n & 1 ? 128 : 16;
      stored = elements (s, x, n);
      s->plain.unary (n, x, want.data, &act);
      to = output_begin (s, &got);
      memcpy (to, stored, n * mn_element_size (s->kernels.element));
      s->kernels.unary (n, to, to, &act);
      output_end (s, &got);
      output_compare (&got, &want, 1e-6f + s->rounding, 1, "activation");
      output_free (&got);
      output_free (&want);
    }
    for (n = 0; n < 20; n++) {
      gfloat x[20] = {
        0,
      };
      g_autofree gpointer stored = NULL;
      Output y = output_new (20);

      x[n] = NAN;
      stored = elements (s, x, 20);
      s->kernels.unary (20, stored, output_begin (s, &y), &act);
      output_end (s, &y);
      for (i = 0; i < 20; i++)
        g_assert_cmpint (!!isnan (y.data[i]), ==, i == n);
      output_free (&y);
    }
  }
}

/* The plain activations themselves, at known values. */
static void
test_known (void)
{
  const struct
  {
    MnActivation kind;
    gfloat x, y;
  } cases[] = {
    {MN_ACT_NONE, -7, -7},
    {MN_ACT_RELU, -7, 0},
    {MN_ACT_RELU, 7, 7},
    {MN_ACT_RELU6, 7, 6},
    {MN_ACT_RELU_N1_TO_1, -7, -1},
    {MN_ACT_RELU_N1_TO_1, 7, 1},
    {MN_ACT_HARD_SWISH, -3, 0},
    {MN_ACT_HARD_SWISH, 1, 4 / 6.0f},
    {MN_ACT_HARD_SWISH, 4, 4},
    {MN_ACT_HARD_SIGMOID, -4, 0},
    {MN_ACT_HARD_SIGMOID, 0, 0.5f},
    {MN_ACT_HARD_SIGMOID, 4, 1},
    {MN_ACT_SIGMOID, 0, 0.5f},
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    MnAct act = mn_act (cases[i].kind);

    g_assert_cmpfloat_with_epsilon (mn_act_f32_ref (&act, cases[i].x),
        cases[i].y, 1e-6f);
  }
}

void
add_elementwise_tests (void)
{
  g_test_add_func ("/kernels/known", test_known);
  add_subject_test ("binary", test_binary);
  add_subject_test ("unary", test_unary);
}
