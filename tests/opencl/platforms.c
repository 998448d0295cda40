/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Several platforms in one process: which device is taken, what is known of
 * each, and all of them computing at once. With FAKE_DEVICE of those that are
 * not there (gpus/fake_device.h), else of the machine's own, where it has more
 * than one. */

#include "opencl/device/device.h"
#include "tests/opencl/graphs.h"

#include <math.h>

#define N_OUT 7
#define N_IN (9 * 8 * 3)
#define MAX_DEVICES 16

/* In the order of choice. */
static GPtrArray *
list_devices (void)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify)
          mn_cl_device_free);
  guint i;

  for (i = 0; i < MAX_DEVICES; i++) {
    g_autofree gchar *choice = g_strdup_printf ("%u", i);
    MnClDevice *device = mn_cl_device_find (choice, NULL);

    if (!device)
      break;
    g_assert_cmpuint (device->index, ==, i);
    g_ptr_array_add (devices, device);
  }
  return devices;
}

static gboolean
have_platforms (const GPtrArray *devices)
{
  guint i;

  for (i = 1; i < devices->len; i++) {
    const MnClDevice *a = devices->pdata[i - 1], *b = devices->pdata[i];

    if (a->platform != b->platform)
      return TRUE;
  }
  g_test_skip ("one OpenCL platform at most (mesa-opencl-icd, with "
               "RUSTICL_ENABLE=llvmpipe, beside pocl-opencl-icd)");
  return FALSE;
}

/* A name picks the first device that has it; each platform's driver is told
 * what is odd about it, not what is odd about the one before it. */
static void
test_choice (void)
{
  g_autoptr (GPtrArray) devices = list_devices ();
  guint i;

  if (!have_platforms (devices))
    return;
  for (i = 0; i < devices->len; i++) {
    const MnClDevice *device = devices->pdata[i];
    g_autoptr (MnClDevice) named = mn_cl_device_find (device->name, NULL);

    g_test_message ("%u: %s, %s", i, device->name, device->platform_name);
    g_assert_nonnull (named);
    g_assert_cmpuint (named->index, <=, i);
    g_assert_nonnull (strstr (named->name, device->name));
    g_assert_true (device->quirks
        == mn_cl_quirks_find (device->platform_name, device->vendor,
            device->name));
  }
}

/* ---- at once ------------------------------------------------------------ */

typedef struct
{
  MnContext *context;
  MnBackendPlan *plan;
  MnBackendSession *session;
  gfloat out[N_OUT];
} Run;

static MnGraph *
make_graph (void)
{
  Build b = build_new (9, 8, 3);

  build_conv (&b, 8, 3, 3, 2, MN_PADDING_SAME, MN_ACT_HARD_SWISH);
  build_dwconv (&b, 1, 3, 3, 1, MN_PADDING_SAME, MN_ACT_RELU);
  build_excite (&b, 4, MN_ACT_HARD_SIGMOID);
  build_conv (&b, 20, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU);
  build_mean (&b, FALSE);
  build_fully_connected (&b, N_OUT, MN_ACT_NONE);
  return build_finish (&b);
}

static void
run_init (Run *run, const MnBackend *backend, const MnGraph *graph,
    const gchar *device)
{
  MnPlanOptions options = {.device = device, .precision = MN_PRECISION_F32};
  GError *error = NULL;

  run->context = mn_context_new ();
  run->plan = backend->compile (run->context, graph, &options, &error);
  g_assert_no_error (error);
  run->session = backend->session_new (run->plan, 1, &error);
  g_assert_no_error (error);
}

static void
run_submit (Run *run, const MnBackend *backend, MnFrame *frame)
{
  MnTensorView view = {.data = run->out, .size = sizeof run->out};
  MnTensorView *views = &view;
  GError *error = NULL;

  backend->submit (run->session, 0, &frame, NULL, 1, &views, &error);
  g_assert_no_error (error);
}

static void
run_wait (Run *run, const MnBackend *backend)
{
  GError *error = NULL;

  backend->wait (run->session, 0, MN_FOREVER, &error);
  g_assert_no_error (error);
}

static void
run_clear (Run *run, const MnBackend *backend)
{
  backend->session_free (run->session);
  backend->plan_free (run->plan);
  mn_context_unref (run->context);
}

static void
check_same (const Run *run, const Run *reference)
{
  guint i;

  for (i = 0; i < N_OUT; i++)
    g_assert_cmpfloat_with_epsilon (run->out[i], reference->out[i], 1e-4);
}

static void
test_at_once (gconstpointer computes)
{
  g_autoptr (GPtrArray) devices = list_devices ();
  g_autoptr (MnGraph) graph = make_graph ();
  Run runs[MAX_DEVICES], reference;
  gfloat input[N_IN];
  MnFrame frame;
  guint i, round;

  if (!have_platforms (devices))
    return;
  for (i = 0; i < N_IN; i++)
    input[i] = random_float ();
  init_tensor_frame (&frame, input, N_IN);
  run_init (&reference, &mn_backend_reference, graph, NULL);
  run_submit (&reference, &mn_backend_reference, &frame);
  run_wait (&reference, &mn_backend_reference);
  for (i = 0; i < devices->len; i++) {
    g_autofree gchar *choice = g_strdup_printf ("%u", i);

    run_init (&runs[i], &mn_backend_opencl, graph, choice);
  }
  for (round = 0; round < 3; round++) {
    for (i = 0; i < devices->len; i++)
      run_submit (&runs[i], &mn_backend_opencl, &frame);
    for (i = 0; i < devices->len; i++) {
      run_wait (&runs[i], &mn_backend_opencl);
      if (computes)
        check_same (&runs[i], &reference);
    }
  }
  for (i = 0; i < devices->len; i++)
    run_clear (&runs[i], &mn_backend_opencl);
  run_clear (&reference, &mn_backend_reference);
}

/* ---- devices that are not there ------------------------------------------ */

/* The same GPU by two drivers, and the same processor by two. GPUs are first,
 * whichever platform comes first. */
static void
test_order (void)
{
  static const struct
  {
    const gchar *platform, *name;
    gboolean gpu, no_cache;
    guint flush_every;
  } expected[] = {
    {"ARM Platform", "Mali-G610 r0p0", TRUE, FALSE, 24},
    {"rusticl", "Mali-G610 MC4 (Panfrost)", TRUE, FALSE, 0},
    {"Portable Computing Language", "cpu-cortex-a76", FALSE, FALSE, 0},
    {"rusticl", "llvmpipe (LLVM 19.1.7, 128 bits)", FALSE, TRUE, 0},
  };
  g_autoptr (GPtrArray) devices = list_devices ();
  g_autoptr (MnClDevice) named = NULL;
  guint i;

  g_assert_cmpuint (devices->len, ==, G_N_ELEMENTS (expected));
  for (i = 0; i < devices->len; i++) {
    const MnClDevice *device = devices->pdata[i];

    g_assert_cmpstr (device->platform_name, ==, expected[i].platform);
    g_assert_cmpstr (device->name, ==, expected[i].name);
    g_assert_cmpint (device->gpu_shape, ==, expected[i].gpu);
    g_assert_cmpint (device->quirks->no_cache, ==, expected[i].no_cache);
    g_assert_cmpuint (device->quirks->flush_every, ==, expected[i].flush_every);
  }
  named = mn_cl_device_find ("panfrost", NULL);
  g_assert_nonnull (named);
  g_assert_cmpuint (named->index, ==, 1);
}

int
main (int argc, char **argv)
{
  gboolean fake = g_getenv ("FAKE_DEVICE") != NULL;

  g_test_init (&argc, &argv, NULL);
  random_init ();
  if (fake)
    g_test_add_func ("/opencl/platforms/order", test_order);
  g_test_add_func ("/opencl/platforms/choice", test_choice);
  g_test_add_data_func ("/opencl/platforms/at-once", GINT_TO_POINTER (!fake),
      test_at_once);
  return g_test_run ();
}
