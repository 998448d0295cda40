/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pooling, means, elementwise operators and softmax against the plain
 * ones. */

#include "tests/kernels/support.h"

#include <math.h>
#include <string.h>

static void
pool_once (const Subject *s, gboolean average)
{
  MnPoolArgs args = {
    0,
  };
  gsize filter = random_int (1, 4), stride = random_int (1, 3);
  gsize h = random_int (1, 9), w = random_int (1, 9), c = random_int (1, 40);
  gboolean same = random_int (0, 1);
  gsize out_h = same ? (h + stride - 1) / stride
      : h < filter   ? 0
                     : (h - filter) / stride + 1;
  gsize out_w = same ? (w + stride - 1) / stride
      : w < filter   ? 0
                     : (w - filter) / stride + 1;
  g_autofree gfloat *in = random_values (s, h * w * c);
  g_autofree gpointer in_stored = elements (s, in, h * w * c);
  Output got = output_new (out_h * out_w * c);
  Output want = output_new (out_h * out_w * c);

  args.in_h = h;
  args.in_w = w;
  args.channels = c;
  args.out_w = out_w;
  args.filter_h = args.filter_w = filter;
  args.stride_h = args.stride_w = stride;
  if (same && (out_h - 1) * stride + filter > h)
    args.pad_top = ((out_h - 1) * stride + filter - h) / 2;
  if (same && (out_w - 1) * stride + filter > w)
    args.pad_left = ((out_w - 1) * stride + filter - w) / 2;
  args.act = random_act ();
  (average ? s->kernels.average_pool : s->kernels.max_pool) (0, out_h,
      in_stored, output_begin (s, &got), &args);
  output_end (s, &got);
  (average ? s->plain.average_pool : s->plain.max_pool) (0, out_h, in,
      want.data, &args);
  output_compare (&got, &want, 1e-5f + s->rounding, 1,
      average ? "average" : "max");
  output_free (&got);
  output_free (&want);
}

static void
test_pool (const Subject *s)
{
  guint i;

  for (i = 0; i < 200; i++)
    pool_once (s, i & 1);
}

static void
test_mean (const Subject *s)
{
  guint i;

  for (i = 0; i < 100; i++) {
    gsize n = random_int (1, 50), c = random_int (1, 70);
    gsize stride = c + random_int (0, 3);
    gsize n_x = (n - 1) * stride + c;
    g_autofree gfloat *x = random_values (s, n_x);
    g_autofree gpointer x_stored = elements (s, x, n_x);
    Output got = output_new (c), want = output_new (c);

    s->kernels.mean (n, c, stride, 1.0f / n, x_stored, got.data);
    s->plain.mean (n, c, stride, 1.0f / n, x, want.data);
    output_compare (&got, &want, 2e-5f, 1, "mean");
    output_free (&got);
    output_free (&want);
  }
}

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
add_other_tests (void)
{
  g_test_add_func ("/kernels/round-weights", test_round_weights);
  g_test_add_func ("/kernels/half", test_half);
  g_test_add_func ("/kernels/known", test_known);
  g_test_add_func ("/kernels/flags", test_flags);
  add_subject_test ("pool", test_pool);
  add_subject_test ("mean", test_mean);
  add_subject_test ("binary", test_binary);
  add_subject_test ("unary", test_unary);
  add_subject_test ("softmax", test_softmax);
  add_subject_test ("narrow", test_narrow);
}
