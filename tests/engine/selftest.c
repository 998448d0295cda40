/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device that computes wrongly is not used. */

#include "engine/core/internal.h"
#include "tests/support/fake_backend.h"
#include "tests/support/own_cache.h"
#include "tests/support/tflite_writer.h"

#define SIDE 16

/* The fake one, if it is not taken on trust. */
static MnBackend doubted;
static guint n_passed;
static gboolean is_known;

static void
plan_passed (MnBackendPlan *plan)
{
  n_passed++;
}

static gboolean
plan_is_known (MnBackendPlan *plan)
{
  return is_known;
}

static MnContext *
make_context (void)
{
  MnContext *context = mn_context_new ();

  doubted = fake_backend;
  doubted.self_test = TRUE;
  doubted.plan_passed = plan_passed;
  doubted.plan_is_known = plan_is_known;
  mn_context_add_backend (context, &doubted);
  fake_backend_reset ();
  n_passed = 0;
  is_known = FALSE;
  return context;
}

static MnModel *
load (GBytes *bytes)
{
  GError *error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "small.tflite", &error);

  g_assert_no_error (error);
  return model;
}

/* Whether a device is taken whose first value is off by so much. */
static void
check (MnContext *context, MnModel *model, MnPrecision precision, gfloat off,
    gboolean passes)
{
  MnPlanOptions options = {
    .backend = "opencl", .threads = 1, .precision = precision};
  g_autoptr (GError) error = NULL;
  g_autoptr (MnPlan) plan = NULL;
  guint before = n_passed;

  fake_backend_set_off (off);
  plan = mn_plan_new (context, model, &options, &error);
  g_assert_cmpuint (n_passed, ==, passes ? before + 1 : before);
  if (passes) {
    g_assert_no_error (error);
    g_assert_nonnull (plan);
    return;
  }
  g_assert_null (plan);
  g_assert_error (error, MN_ERROR, MN_ERROR_COMPILE);
  if (!g_pattern_match_simple ("small.tflite: " FAKE_DEVICE_NAME
                               " computes it wrongly: value 0 of output 0 is "
                               "*, on the CPU *; the device is not used",
          error->message))
    g_error ("\"%s\"", error->message);
}

/* The largest of two probabilities is 0.5 to 1. */
static void
test_floats (void)
{
  static const struct
  {
    MnPrecision precision;
    gfloat right, wrong;
  } cases[] = {
    {MN_PRECISION_AUTO, 5e-4f, 3e-3f},
    {MN_PRECISION_F32, 5e-4f, 3e-3f},
    {MN_PRECISION_F16, 8e-2f, 0.25f},
    {MN_PRECISION_BF16, 0.2f, 0.6f},
  };
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 2, 1);
  g_autoptr (MnModel) model = load (bytes);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    check (context, model, cases[i].precision, 0, TRUE);
    check (context, model, cases[i].precision, cases[i].right, TRUE);
    check (context, model, cases[i].precision, -cases[i].wrong, FALSE);
    check (context, model, cases[i].precision, G_MAXFLOAT, FALSE);
  }
}

static void
test_integers (void)
{
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_averages ("x", MN_DTYPE_U8, 1 / 255.0f, 0);
  g_autoptr (MnModel) model = load (bytes);

  check (context, model, MN_PRECISION_AUTO, 0, TRUE);
  check (context, model, MN_PRECISION_AUTO, 1, FALSE);
  check (context, model, MN_PRECISION_BF16, 1, FALSE);
}

/* A device that fails in the test says what failed. */
static void
test_failures (void)
{
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 2, 1);
  g_autoptr (MnModel) model = load (bytes);
  MnPlanOptions options = {.backend = "opencl", .threads = 1};
  FakeCall call;

  for (call = FAKE_SESSION_NEW; call < FAKE_N_CALLS; call++) {
    FakeMode mode = call % 2 ? FAKE_LOST : FAKE_ONCE;
    g_autoptr (GError) error = NULL;

    fake_backend_reset ();
    fake_backend_fail (call, 0, mode);
    g_assert_null (mn_plan_new (context, model, &options, &error));
    g_assert_true (g_error_matches (error, MN_ERROR,
        mode == FAKE_LOST ? MN_ERROR_LOST : MN_ERROR_DEVICE));
    g_assert_true (g_str_has_prefix (error->message, "fake: "));
  }
  g_assert_cmpuint (n_passed, ==, 0);
}

/* Whether the device is tested at a start. */
static gboolean
is_tested (MnContext *context, MnModel *model, MnPrecision precision)
{
  MnPlanOptions options = {
    .backend = "opencl", .threads = 1, .precision = precision};
  guint before = fake_backend_get_calls (FAKE_SUBMIT), passed = n_passed;
  GError *error = NULL;
  MnPlan *plan = mn_plan_new (context, model, &options, &error);

  g_assert_no_error (error);
  /* It is told so each time. */
  g_assert_cmpuint (n_passed, ==, passed + 1);
  mn_plan_unref (plan);
  return fake_backend_get_calls (FAKE_SUBMIT) > before;
}

/* What passed once need not again: the same network in the same precision on
 * the same device, where nothing was made anew. */
static void
test_kept (void)
{
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 2, 1);
  g_autoptr (GBytes) others = mn_test_classifier (SIDE, 2, 2);
  g_autoptr (MnModel) model = load (bytes);
  g_autoptr (MnModel) other = load (others);

  /* It does not say what it is. */
  is_known = TRUE;
  g_assert_true (is_tested (context, model, MN_PRECISION_AUTO));
  g_assert_true (is_tested (context, model, MN_PRECISION_AUTO));
  fake_backend_set_identity ("fake, driver 1");
  g_assert_true (is_tested (context, model, MN_PRECISION_AUTO));
  g_assert_false (is_tested (context, model, MN_PRECISION_AUTO));
  is_known = FALSE;
  g_assert_true (is_tested (context, model, MN_PRECISION_AUTO));
  is_known = TRUE;
  g_assert_true (is_tested (context, other, MN_PRECISION_AUTO));
  g_assert_true (is_tested (context, model, MN_PRECISION_F16));
  fake_backend_set_identity ("fake, driver 2");
  g_assert_true (is_tested (context, model, MN_PRECISION_AUTO));
  g_assert_false (is_tested (context, model, MN_PRECISION_AUTO));
  fake_backend_set_identity ("fake, driver 1");
  g_assert_false (is_tested (context, model, MN_PRECISION_AUTO));
}

/* What failed is tested each time. */
static void
test_failed_again (void)
{
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 2, 3);
  g_autoptr (MnModel) model = load (bytes);

  is_known = TRUE;
  fake_backend_set_identity ("fake, driver 1");
  check (context, model, MN_PRECISION_AUTO, 1, FALSE);
  check (context, model, MN_PRECISION_AUTO, 1, FALSE);
  check (context, model, MN_PRECISION_AUTO, 0, TRUE);
}

static MnBackendPlan *
compile_tuned_wrongly (MnContext *context, const MnGraph *graph,
    const MnPlanOptions *options, GError **error)
{
  fake_backend_set_off (options->tuning == MN_TUNING_OFF ? 0 : 1);
  return fake_backend.compile (context, graph, options, error);
}

/* A plan that is wrong for what tuning has chosen is made once more without. */
static void
test_tuned_wrongly (void)
{
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 2, 4);
  g_autoptr (MnModel) model = load (bytes);
  MnPlanOptions options = {
    .backend = "opencl", .threads = 1, .tuning = MN_TUNING_FAST};
  GError *error = NULL;
  MnPlan *plan;

  doubted.compile = compile_tuned_wrongly;
  plan = mn_plan_new (context, model, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fake_backend_get_calls (FAKE_COMPILE), ==, 2);
  g_assert_cmpuint (n_passed, ==, 1);
  mn_plan_unref (plan);
}

/* ---- the backend chooses, and mends ------------------------------------- */

static MnPrecision compiled; /* the last one that was asked for */
static gboolean mends;
static guint n_mended;

/* What it chooses, half, is wrong; float32 is right. */
static MnBackendPlan *
compile_off (MnContext *context, const MnGraph *graph,
    const MnPlanOptions *options, GError **error)
{
  compiled = options->precision;
  fake_backend_set_off (compiled == MN_PRECISION_AUTO ? 0.25f : 0);
  return fake_backend.compile (context, graph, options, error);
}

static MnPrecision
plan_precision (MnBackendPlan *plan)
{
  return compiled == MN_PRECISION_AUTO ? MN_PRECISION_F16 : compiled;
}

static gboolean
plan_mend (MnBackendPlan *plan, const MnPreprocess *preprocess, MnFrame *frame,
    GError **error)
{
  n_mended++;
  if (mends)
    fake_backend_set_off (0);
  return mends;
}

static void
test_chosen (void)
{
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 2, 4);
  g_autoptr (MnModel) model = load (bytes);
  MnPlanOptions options = {.backend = "opencl", .threads = 1};
  GError *error = NULL;
  MnPlan *plan;

  doubted.compile = compile_off;
  doubted.plan_precision = plan_precision;
  plan = mn_plan_new (context, model, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (compiled, ==, MN_PRECISION_F32);
  g_assert_true (g_str_has_suffix (plan->remark, "; it computes in float32"));
  mn_plan_unref (plan);
  /* Who asks for it is told. */
  doubted.compile = fake_backend.compile;
  compiled = MN_PRECISION_F16;
  check (context, model, MN_PRECISION_F16, 0.25f, FALSE);
  /* It is tested each time: what passed is not what was chosen first. */
  is_known = TRUE;
  doubted.compile = compile_off;
  fake_backend_set_identity ("fake, driver 1");
  plan = mn_plan_new (context, model, &options, &error);
  mn_plan_unref (plan);
  compiled = MN_PRECISION_AUTO;
  plan = mn_plan_new (context, model, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (compiled, ==, MN_PRECISION_F32);
  mn_plan_unref (plan);
}

/* And so is what had to be mended. */
static void
test_mended (void)
{
  g_autoptr (MnContext) context = make_context ();
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 2, 5);
  g_autoptr (MnModel) model = load (bytes);
  guint i;

  doubted.plan_mend = plan_mend;
  n_mended = 0;
  is_known = mends = TRUE;
  fake_backend_set_identity ("fake, driver 1");
  for (i = 1; i < 3; i++) {
    check (context, model, MN_PRECISION_F16, 0.25f, TRUE);
    g_assert_cmpuint (n_mended, ==, i);
  }
  mends = FALSE;
  check (context, model, MN_PRECISION_F16, 0.25f, FALSE);
  g_assert_cmpuint (n_mended, ==, 3);
}

int
main (int argc, char **argv)
{
  int result;

  own_cache_make ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/self-test/floats", test_floats);
  g_test_add_func ("/self-test/integers", test_integers);
  g_test_add_func ("/self-test/failures", test_failures);
  g_test_add_func ("/self-test/kept", test_kept);
  g_test_add_func ("/self-test/failed-again", test_failed_again);
  g_test_add_func ("/self-test/tuned-wrongly", test_tuned_wrongly);
  g_test_add_func ("/self-test/chosen", test_chosen);
  g_test_add_func ("/self-test/mended", test_mended);
  result = g_test_run ();
  own_cache_remove ();
  return result;
}
