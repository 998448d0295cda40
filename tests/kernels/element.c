/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What values of two bytes hold, and how floats become them. */

#include "tests/kernels/support.h"

#include <math.h>

/* The nearest value that the element can hold: off by half of its last bit at
 * most; and what it can hold comes back as it was. */
static void
test_narrow (const Subject *s)
{
  guint n, i;

  if (!s->kernels.narrow)
    return;
  for (n = 1; n < 70; n++) {
    g_autofree gfloat *x = random_floats (n);
    g_autofree gfloat *again = g_new (gfloat, n);
    Output y = output_new (n);
    gpointer stored = output_begin (s, &y);

    s->kernels.narrow (n, x, stored);
    s->kernels.widen (n, stored, again);
    output_end (s, &y);
    for (i = 0; i < n; i++) {
      g_assert_cmpfloat (y.data[i], ==, again[i]);
      g_assert_cmpfloat_with_epsilon (x[i], y.data[i],
          s->rounding * MAX (fabsf (x[i]), 1e-3f));
      if (s->kernels.element == MN_ELEMENT_F16)
        g_assert_cmpuint (((guint16 *) stored)[i], ==, mn_f16_round (x[i]));
      if (s->kernels.element == MN_ELEMENT_BF16)
        g_assert_cmpfloat (y.data[i], ==, mn_bf16_value (mn_bf16_round (x[i])));
    }
    output_free (&y);
  }
}

static gfloat
half_value (guint half)
{
  guint exponent = half >> 10 & 31, mantissa = half & 1023;
  gfloat value = exponent == 0 ? ldexpf (mantissa, -24)
                               : ldexpf (1024 + mantissa, (gint) exponent - 25);

  return half & 0x8000 ? -value : value;
}

/* Each value, and what lies between it and the next. */
static void
test_half (void)
{
  guint sign, half;

  for (sign = 0; sign <= 0x8000; sign += 0x8000) {
    for (half = 0; half < 0x7c00; half++) {
      gfloat low = half_value (half | sign);
      gfloat high = half_value ((half | sign) + 1);
      gfloat middle = low / 2 + high / 2;

      g_assert_cmphex (mn_f16_round (low), ==, half | sign);
      g_assert_cmphex (mn_f16_round (middle), ==, (half + half % 2) | sign);
      g_assert_cmphex (mn_f16_round (nextafterf (middle, low)), ==,
          half | sign);
      g_assert_cmphex (mn_f16_round (nextafterf (middle, high)), ==,
          (half | sign) + 1);
    }
    g_assert_cmphex (mn_f16_round (sign ? -1e30f : 1e30f), ==, 0x7c00 | sign);
  }
  g_assert_cmphex (mn_f16_round (INFINITY), ==, 0x7c00);
  g_assert_cmphex (mn_f16_round (NAN) & 0x7e00, ==, 0x7e00);
}

/* k weights of three outputs: each is about as near as it may be, and their
 * sum is nearer than that of the nearest. */
static void
check_rounded (GRand *rand, gsize k)
{
  g_autofree gfloat *w = g_new (gfloat, 3 * k);
  g_autofree guint16 *got = g_new (guint16, k);
  gdouble error = 0, nearest = 0, most = 0;
  gsize i, n_off = 0;

  for (i = 0; i < 3 * k; i++)
    w[i] = g_rand_double_range (rand, -1, 1);
  mn_bf16_round_weights (k, w + 1, 3, got);
  for (i = 0; i < k; i++) {
    gfloat x = w[3 * i + 1], near = mn_bf16_value (mn_bf16_round (x));

    error += x - mn_bf16_value (got[i]);
    nearest += x - near;
    most = MAX (most, fabs (x - near));
    if (fabs (x - mn_bf16_value (got[i])) > fabs (x) / 128)
      n_off++;
  }
  g_assert_cmpuint (n_off, <=, 1);
  g_assert_cmpfloat (fabs (error), <=, fabs (nearest) + 1e-7);
  /* Of many there is always a small one to make up for the rest. */
  if (k >= 9)
    g_assert_cmpfloat (fabs (error), <=, k < 100 ? most / 2 : most / 8);
}

static void
test_round_weights (void)
{
  static const gfloat exact[] = {0.5f, -3, 0, 96, 1 / 1024.f};
  g_autoptr (GRand) rand = g_rand_new_with_seed (23);
  guint16 got[G_N_ELEMENTS (exact)];
  gfloat single = 1.00390625f, huge[2] = {INFINITY, 1};
  gsize k, i;

  for (k = 1; k < 200; k++)
    check_rounded (rand, k);
  mn_bf16_round_weights (G_N_ELEMENTS (exact), exact, 1, got);
  for (i = 0; i < G_N_ELEMENTS (exact); i++)
    g_assert_cmpfloat (mn_bf16_value (got[i]), ==, exact[i]);
  mn_bf16_round_weights (1, &single, 1, got);
  g_assert_cmpfloat (fabsf (mn_bf16_value (got[0]) - single), <=, 1 / 256.f);
  mn_bf16_round_weights (2, huge, 1, got);
  g_assert_cmpfloat (mn_bf16_value (got[0]), ==, INFINITY);
}

void
add_element_tests (void)
{
  g_test_add_func ("/kernels/round-weights", test_round_weights);
  g_test_add_func ("/kernels/half", test_half);
  add_subject_test ("narrow", test_narrow);
}
