/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every single OpenCL call of a start and ten frames fails once: an error
 * with words or the right answer, and nothing left behind. */

#include "opencl/device/loader.h"
#include "tests/opencl/fake_cl.h"
#include "engine/base/keep.h"
#include "engine/core/selftest.h"
#include "tests/opencl/graphs.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define N_FRAMES 10

#define SIZE 9
#define N_INPUT (SIZE * SIZE * 3)
#define N_OUTPUT 5

static struct
{
  __typeof__ (fake_cl_fail) *fail;
  __typeof__ (fake_cl_calls) *calls;
  __typeof__ (fake_cl_live) *live;
  __typeof__ (fake_cl_failed) *failed;
} fake;

/* What comes of the tensor, and of the picture. */
static gfloat input[N_INPUT], truth[N_OUTPUT], picture_truth[N_OUTPUT];
static guint8 picture[14 * 12 * 3];

/* One of each kind of launch that a MobileNetV3 has. */
static MnGraph *
make_graph (void)
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

static gboolean
run_frame (MnBackendSession *session, MnFrame *frame, const MnPreprocess *own,
    gfloat *out, GError **error)
{
  MnTensorView view = {.data = out, .size = N_OUTPUT * sizeof (gfloat)};
  MnTensorView *views = &view;

  return mn_backend_opencl.submit (session, 0, &frame, &own, 1, &views, error)
      && mn_backend_opencl.wait (session, 0, MN_FOREVER, error);
}

static gboolean
is_right (const gfloat *out, const gfloat *want)
{
  guint i;

  for (i = 0; i < N_OUTPUT; i++) {
    if (!(fabsf (out[i] - want[i]) <= 1e-5f))
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

    if (i == N_FRAMES / 2)
      mn_backend_opencl.set_input (session, &p, &error);
    if (error) {
      check_error (&error, n);
      ok = FALSE;
      /* The next try may work, as in a stream that goes on. */
      mn_backend_opencl.set_input (session, &p, &error);
      g_assert_no_error (error);
    }
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

static gboolean
run_all (MnContext *context, const MnGraph *graph, guint n)
{
  MnPlanOptions options = {.profile = n % 2};
  GError *error = NULL;
  MnBackendSession *session = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);
  gboolean ok = FALSE;

  if (plan
      && mn_self_test (context, &mn_backend_opencl, plan, graph, &options,
          &error))
    session = mn_backend_opencl.session_new (plan, 2, &error);
  if (session)
    ok = run_session (session, graph, n);
  else
    check_error (&error, n);
  if (session)
    mn_backend_opencl.session_free (session);
  if (plan)
    mn_backend_opencl.plan_free (plan);
  return ok;
}

static void
run_reference (MnContext *context, const MnGraph *graph)
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

static void
test_every_call (gconstpointer data)
{
  gint code = GPOINTER_TO_INT (data);
  g_autoptr (MnGraph) graph = NULL;
  /* Every call once; with another error, some of them. */
  guint step = code == CL_OUT_OF_RESOURCES ? 1 : random_int (5, 9);
  guint n_calls, n, n_failed = 0, i;
  MnContext *context;

  fake.fail (0, code);
  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = make_graph ();
  for (i = 0; i < N_INPUT; i++)
    input[i] = random_float ();
  for (i = 0; i < sizeof picture; i++)
    picture[i] = random_int (0, 255);
  run_reference (context, graph);
  /* The first run fills the cache; it makes other calls than the rest. */
  fake.fail (0, code);
  g_assert_true (run_all (context, graph, 0));
  g_assert_cmpint (fake.live (), ==, 0);
  /* Profiling makes the most calls; with it every other run. */
  fake.fail (0, code);
  g_assert_true (run_all (context, graph, 1));
  n_calls = fake.calls ();
  g_test_message ("%u calls", n_calls);
  g_assert_cmpuint (n_calls, >, 100);
  for (n = 1; n <= n_calls; n += step) {
    fake.fail (n, code);
    if (!run_all (context, graph, n))
      n_failed++;
    if (fake.live () != 0)
      g_error ("call %u (%s) fails: %d objects are left", n,
          fake.failed () ? fake.failed () : "none", fake.live ());
  }
  /* Most of them matter. */
  g_assert_cmpuint (n_failed, >, n_calls / step / 3);
  mn_context_unref (context);
}

/* The same without a cache: the calls of a first start. */
static void
test_first_start (void)
{
  g_autofree gchar *folder = g_build_filename (g_get_user_cache_dir (),
      "gst-mobilenet", NULL);
  g_autoptr (MnGraph) graph = NULL;
  MnContext *context;
  guint n;

  fake.fail (0, 0);
  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = make_graph ();
  run_reference (context, graph);
  /* The first 60 calls: the device, and a few programs from their source. */
  for (n = 1; n <= 60; n++) {
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const gchar *name;

    while (dir && (name = g_dir_read_name (dir))) {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
    fake.fail (n, CL_OUT_OF_HOST_MEMORY);
    run_all (context, graph, n);
    g_assert_cmpint (fake.live (), ==, 0);
  }
  fake.fail (0, 0);
  mn_context_unref (context);
}

int
main (int argc, char **argv)
{
  const gchar *library = g_getenv ("MOBILENET_OPENCL_LIBRARY");
  void *handle;

  g_test_init (&argc, &argv, NULL);
  random_init ();
  handle = dlopen (library, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    g_error ("%s: %s", library, dlerror ());
  fake.fail = dlsym (handle, "fake_cl_fail");
  fake.calls = dlsym (handle, "fake_cl_calls");
  fake.live = dlsym (handle, "fake_cl_live");
  fake.failed = dlsym (handle, "fake_cl_failed");
  g_test_add_data_func ("/opencl/failures/passing",
      GINT_TO_POINTER (CL_OUT_OF_RESOURCES), test_every_call);
  g_test_add_data_func ("/opencl/failures/lost",
      GINT_TO_POINTER (CL_DEVICE_NOT_AVAILABLE), test_every_call);
  g_test_add_func ("/opencl/failures/first-start", test_first_start);
  return g_test_run ();
}
