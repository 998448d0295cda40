/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/opencl/scenario.h"

#include "engine/base/bell.h"
#include "engine/base/keep.h"
#include "engine/core/selftest.h"
#include "tests/opencl/graphs.h"

#include <dlfcn.h>
#include <math.h>
#include <string.h>

#define N_FRAMES 10

/* What comes first is phase 0. */
enum
{
  SELF_TEST = 1,
  START,
  TENSORS,
  SET_INPUT,
  PICTURES,
  OWN_PICTURES,
  END
};

#define SIZE 9
#define N_INPUT (SIZE * SIZE * 3)
#define N_OUTPUT 5

FakeCl fake;

/* What comes of the tensor, and of the picture. */
static gfloat input[N_INPUT], truth[N_OUTPUT], picture_truth[N_OUTPUT];
static guint8 picture[14 * 12 * 3];

gpointer
fake_cl_open (const gchar *library)
{
  gpointer handle = dlopen (library, RTLD_NOW | RTLD_LOCAL);

  if (!handle)
    g_error ("%s: %s", library, dlerror ());
  fake.fail = dlsym (handle, "fake_cl_fail");
  fake.calls = dlsym (handle, "fake_cl_calls");
  fake.live = dlsym (handle, "fake_cl_live");
  fake.failed = dlsym (handle, "fake_cl_failed");
  fake.phase = dlsym (handle, "fake_cl_phase");
  return handle;
}

/* One of each kind of launch that a MobileNetV3 has. */
MnGraph *
scenario_graph (void)
{
  Build b = build_new (SIZE, SIZE, 3);
  gint x;

  build_conv (&b, 8, 3, 3, 2, MN_PADDING_SAME, MN_ACT_HARD_SWISH);
  x = b.x;
  build_dwconv (&b, 1, 3, 3, 1, MN_PADDING_SAME, MN_ACT_RELU);
  build_excite (&b, 4, MN_ACT_HARD_SIGMOID);
  build_conv (&b, 8, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  build_residual (&b, x);
  build_mean (&b, FALSE);
  build_fully_connected (&b, N_OUTPUT, MN_ACT_NONE);
  build_node (&b, MN_OP_SOFTMAX, 0, NULL)->params.softmax.beta = 1;
  return build_finish (&b);
}

/* Until the driver says so, where it does. */
static void
wait_for_bell (MnBackendSession *session)
{
  MnBell *bell = mn_bell_new ();

  mn_bell_arm (bell);
  if (mn_backend_opencl.tell (session, 0, bell))
    mn_bell_wait (bell, MN_FOREVER);
  else
    mn_bell_ring (bell);
  mn_bell_unref (bell);
}

static gboolean
run_frame (MnBackendSession *session, MnFrame *frame, const MnPreprocess *own,
    gfloat *out, GError **error)
{
  MnTensorView view = {.data = out, .size = N_OUTPUT * sizeof (gfloat)};
  MnTensorView *views = &view;

  if (!mn_backend_opencl.submit (session, 0, &frame, &own, 1, &views, error))
    return FALSE;
  wait_for_bell (session);
  return mn_backend_opencl.wait (session, 0, MN_FOREVER, error);
}

static gboolean
is_right (const gfloat *out, const gfloat *want)
{
  gfloat tolerance = test_precision () == MN_PRECISION_F16 ? 1e-2f : 1e-5f;
  guint i;

  for (i = 0; i < N_OUTPUT; i++) {
    if (!(fabsf (out[i] - want[i]) <= tolerance))
      return FALSE;
  }
  return TRUE;
}

static void
check_error (GError **error, guint n)
{
  g_assert_nonnull (*error);
  g_assert_true ((*error)->domain == MN_ERROR);
  /* What failed is named. */
  if (!strstr ((*error)->message, "cl")
      && !g_error_matches (*error, MN_ERROR, MN_ERROR_NO_BACKEND))
    g_error ("call %u: \"%s\" does not say what failed", n, (*error)->message);
  g_clear_error (error);
}

static void
keep_frame (MnFrame *frame)
{
}

static MnPreprocess
make_preprocess (const MnGraph *graph, MnFrame *frame)
{
  static const gfloat mean[4] = {127, 127, 127}, std[4] = {128, 128, 128};
  MnInput in = {.fit = MN_FIT_STRETCH};
  GError *error = NULL;
  MnPreprocess p;

  in.source.format = MN_FORMAT_RGB;
  in.source.width = 13;
  in.source.height = 12;
  mn_preprocess_init (&p, &in, SIZE, SIZE, 3, mean, std, graph->input_scale,
      graph->input_offset, &error);
  g_assert_no_error (error);
  mn_frame_init (frame, &in.source, keep_frame, NULL);
  frame->planes[0] = (MnPlane) {picture, 14 * 3, sizeof picture, 0};
  return p;
}

/* Frames as tensors, then pictures, some of them with a stage of their own.
 * FALSE: a call failed. */
static gboolean
run_session (MnBackendSession *session, const MnGraph *graph, guint n)
{
  gboolean ok = TRUE;
  MnFrame tensor, frame;
  MnPreprocess p = make_preprocess (graph, &frame);
  GError *error = NULL;
  gfloat *out = g_new (gfloat, N_OUTPUT);
  guint i;

  init_tensor_frame (&tensor, input, N_INPUT);
  for (i = 0; i < N_FRAMES; i++) {
    gboolean is_picture = i >= N_FRAMES / 2;

    if (i == N_FRAMES / 2) {
      fake.phase (SET_INPUT);
      mn_backend_opencl.set_input (session, &p, &error);
    }
    if (error) {
      check_error (&error, n);
      ok = FALSE;
      /* The next try may work, as in a stream that goes on. */
      mn_backend_opencl.set_input (session, &p, &error);
      g_assert_no_error (error);
    }
    fake.phase (!is_picture ? TENSORS : i % 2 ? OWN_PICTURES : PICTURES);
    memset (out, 0, N_OUTPUT * sizeof (gfloat));
    if (!run_frame (session, is_picture ? &frame : &tensor,
            is_picture && i % 2 ? &p : NULL, out, &error)) {
      /* The device may write there. */
      if (g_error_matches (error, MN_ERROR, MN_ERROR_LOST)) {
        mn_keep_for_good (out);
        out = g_new (gfloat, N_OUTPUT);
      }
      check_error (&error, n);
      ok = FALSE;
      continue;
    }
    if (!is_right (out, is_picture ? picture_truth : truth))
      g_error ("call %u (%s) fails: frame %u is wrong and nobody says so", n,
          fake.failed () ? fake.failed () : "none", i);
  }
  g_free (out);
  return ok;
}

gboolean
scenario_run (MnContext *context, const MnGraph *graph, guint n)
{
  MnPlanOptions options = {.profile = n % 2, .precision = test_precision ()};
  GError *error = NULL;
  MnBackendSession *session = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);
  gboolean ok = FALSE, mended;

  fake.phase (SELF_TEST);
  if (plan
      && mn_self_test (context, &mn_backend_opencl, plan, graph, &options,
          &mended, &error)) {
    fake.phase (START);
    session = mn_backend_opencl.session_new (plan, 2, &error);
  }
  if (session)
    ok = run_session (session, graph, n);
  else
    check_error (&error, n);
  fake.phase (END);
  if (session)
    mn_backend_opencl.session_free (session);
  if (plan)
    mn_backend_opencl.plan_free (plan);
  return ok;
}

void
scenario_init (MnContext *context, const MnGraph *graph)
{
  MnPlanOptions options = {
    NULL,
  };
  MnTensorView view = {.data = truth, .size = sizeof truth};
  MnTensorView *views = &view;
  MnFrame frame, *frames = &frame;
  MnPreprocess p;
  GError *error = NULL;
  MnBackendPlan *plan = mn_backend_reference.compile (context, graph, &options,
      &error);
  MnBackendSession *session;
  guint i;

  for (i = 0; i < N_INPUT; i++)
    input[i] = random_float ();
  for (i = 0; i < sizeof picture; i++)
    picture[i] = random_int (0, 255);
  g_assert_no_error (error);
  session = mn_backend_reference.session_new (plan, 1, &error);
  g_assert_no_error (error);
  init_tensor_frame (&frame, input, N_INPUT);
  g_assert_true (mn_backend_reference.submit (session, 0, &frames, NULL, 1,
      &views, &error));
  g_assert_true (mn_backend_reference.wait (session, 0, MN_FOREVER, &error));
  p = make_preprocess (graph, &frame);
  view.data = picture_truth;
  g_assert_true (mn_backend_reference.set_input (session, &p, &error));
  g_assert_true (mn_backend_reference.submit (session, 0, &frames, NULL, 1,
      &views, &error));
  g_assert_true (mn_backend_reference.wait (session, 0, MN_FOREVER, &error));
  mn_backend_reference.session_free (session);
  mn_backend_reference.plan_free (plan);
}
