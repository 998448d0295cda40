/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A precision that a network has no use for is ignored wherever it runs. */

#include "tests/support/fake_backend.h"
#include "tests/support/tflite_writer.h"

#define SIDE 8

static MnModel *
load (GBytes *bytes)
{
  GError *error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "small.tflite", &error);

  g_assert_no_error (error);
  return model;
}

static MnModel *
load_integers (void)
{
  g_autoptr (GBytes) bytes = mn_test_averages ("x", MN_DTYPE_U8, 1 / 255.0f, 0);

  return load (bytes);
}

static void
run (MnContext *context, MnModel *model, const MnPlanOptions *options)
{
  MnFrameDesc desc = {
    .format = MN_FORMAT_TENSOR, .width = SIDE, .height = SIDE};
  GError *error = NULL;
  g_autoptr (MnPlan) plan = mn_plan_new (context, model, options, &error);
  g_autoptr (MnSession) session = NULL;
  g_autoptr (MnResult) result = NULL;
  guint8 pixels[SIDE * SIDE * 3];
  MnFrame frame = {0}, *frames = &frame;
  MnTicket ticket;
  guint i;

  g_assert_no_error (error);
  for (i = 0; i < sizeof pixels; i++)
    pixels[i] = 10 + i % 3;
  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.n_planes = 1;
  frame.planes[0].data = pixels;
  frame.planes[0].size = sizeof pixels;
  session = mn_session_new (plan, &error);
  g_assert_no_error (error);
  g_assert_true (mn_session_submit (session, &frames, 1, &ticket, &error));
  g_assert_true (mn_session_wait (session, ticket, MN_FOREVER, &result,
      &error));
  for (i = 0; i < 3; i++)
    g_assert_cmpuint (((guint8 *) mn_result_get_output (result, 0)->data)[i],
        ==, 10 + i);
}

static void
test_integers (void)
{
  static const gchar *const backends[] = {"cpu", "reference", "opencl"};
  static const gchar *const levels[] = {"scalar", NULL};
  g_autoptr (MnContext) context = mn_context_new ();
  g_autoptr (MnModel) model = load_integers ();
  guint i, j;

  mn_context_add_backend (context, &fake_backend);
  fake_backend_reset ();
  for (i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (levels[i])
      g_setenv ("MOBILENET_CPU", levels[i], TRUE);
    for (j = 0; j < G_N_ELEMENTS (backends); j++) {
      MnPlanOptions options = {.backend = backends[j], .threads = 1};

      options.precision = MN_PRECISION_F16;
      run (context, model, &options);
      options.precision = MN_PRECISION_BF16;
      run (context, model, &options);
    }
    g_unsetenv ("MOBILENET_CPU");
  }
}

static void
test_words (void)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 3, 1);
  g_autoptr (MnModel) floats = load (bytes);
  g_autoptr (MnModel) integers = load_integers ();
  g_autofree gchar *text = mn_model_explain_precision (integers,
      MN_PRECISION_BF16);

  g_assert_cmpstr (text, ==,
      "small.tflite: precision bfloat16 is ignored: it is for networks of "
      "floats, and this one computes in integers");
  g_assert_null (mn_model_explain_precision (integers, MN_PRECISION_AUTO));
  g_assert_null (mn_model_explain_precision (integers, MN_PRECISION_F32));
  g_assert_null (mn_model_explain_precision (floats, MN_PRECISION_BF16));
}

/* There it counts, and a CPU that lacks it says so. */
static void
test_floats (void)
{
  g_autoptr (GBytes) bytes = mn_test_classifier (SIDE, 3, 1);
  g_autoptr (MnContext) context = mn_context_new ();
  g_autoptr (MnModel) model = load (bytes);
  MnPlanOptions options = {.precision = MN_PRECISION_BF16};
  g_autoptr (GError) error = NULL;

  g_setenv ("MOBILENET_CPU", "scalar", TRUE);
  g_assert_null (mn_plan_new (context, model, &options, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  g_unsetenv ("MOBILENET_CPU");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/precision/integers", test_integers);
  g_test_add_func ("/precision/words", test_words);
  g_test_add_func ("/precision/floats", test_floats);
  return g_test_run ();
}
