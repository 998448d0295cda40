/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each kind of OpenCL call in each phase of a start and ten frames fails
 * once, with MOBILENET_FULL every single call: an error with words or the
 * right answer, and nothing left behind. */

#include "engine/core/selftest.h"
#include "opencl/device/loader.h"
#include "tests/opencl/graphs.h"
#include "tests/opencl/picks.h"
#include "tests/opencl/scenario.h"

#include <glib/gstdio.h>

static gpointer library;

static void
test_every_call (gconstpointer data)
{
  gint code = GPOINTER_TO_INT (data);
  g_autoptr (MnGraph) graph = NULL;
  g_autoptr (GArray) picks = NULL;
  g_autoptr (GRand) generator = g_rand_new_with_seed (random_int (0, 1 << 30));
  guint n_failed = 0, i;
  MnContext *context;

  fake.fail (0, code);
  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = scenario_graph ();
  scenario_init (context, graph);
  /* The first run fills the cache; it makes other calls than the rest. */
  fake.fail (0, code);
  g_assert_true (scenario_run (context, graph, 0));
  g_assert_cmpint (fake.live (), ==, 0);
  /* Profiling makes the most calls; with it every other run. */
  fake.fail (0, code);
  g_assert_true (scenario_run (context, graph, 1));
  /* With another error less often. */
  picks = pick_calls (library, fake.calls (),
      code == CL_OUT_OF_RESOURCES ? 3 : 1, generator);
  g_test_message ("%u of %u calls", picks->len, fake.calls ());
  g_assert_cmpuint (fake.calls (), >, 100);
  for (i = 0; i < picks->len; i++) {
    guint n = g_array_index (picks, guint, i);

    fake.fail (n, code);
    if (!scenario_run (context, graph, n))
      n_failed++;
    if (fake.live () != 0)
      g_error ("call %u (%s) fails: %d objects are left", n,
          fake.failed () ? fake.failed () : "none", fake.live ());
  }
  /* Most of them matter. */
  g_assert_cmpuint (n_failed, >, picks->len / 3);
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
  graph = scenario_graph ();
  scenario_init (context, graph);
  /* The first 60 calls: the device, and a few programs from their source. */
  for (n = 1; n <= 60; n++) {
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const gchar *name;

    while (dir && (name = g_dir_read_name (dir))) {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
    fake.fail (n, CL_OUT_OF_HOST_MEMORY);
    scenario_run (context, graph, n);
    g_assert_cmpint (fake.live (), ==, 0);
  }
  fake.fail (0, 0);
  mn_context_unref (context);
}

/* A network in half that has to be mended, and a call of it that fails. */
static void
mend_once (MnContext *context, const MnGraph *graph, gboolean fails)
{
  MnPlanOptions options = {.precision = MN_PRECISION_F16};
  g_autoptr (GError) error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);
  gboolean mended = FALSE, ok;

  ok = plan
      && mn_self_test (context, &mn_backend_opencl, plan, graph, &options,
          &mended, &error);
  if (ok)
    g_assert_true (mended);
  else
    g_assert_true (fails && error && *error->message);
  if (plan)
    mn_backend_opencl.plan_free (plan);
  g_assert_cmpint (fake.live (), ==, 0);
}

static void
test_mending (void)
{
  g_autoptr (MnGraph) graph = NULL;
  MnContext *context;
  guint calls, n;

  fake.fail (0, 0);
  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = build_sized (3e5f);
  mend_once (context, graph, FALSE);
  fake.fail (0, 0);
  mend_once (context, graph, FALSE);
  calls = fake.calls ();
  for (n = 1 + random_int (0, 2); n <= calls; n += 3) {
    fake.fail (n, CL_OUT_OF_RESOURCES);
    mend_once (context, graph, TRUE);
  }
  fake.fail (0, 0);
  mn_context_unref (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  random_init ();
  library = fake_cl_open (g_getenv ("MOBILENET_OPENCL_LIBRARY"));
  g_test_add_data_func ("/opencl/failures/passing",
      GINT_TO_POINTER (CL_OUT_OF_RESOURCES), test_every_call);
  g_test_add_data_func ("/opencl/failures/lost",
      GINT_TO_POINTER (CL_DEVICE_NOT_AVAILABLE), test_every_call);
  g_test_add_func ("/opencl/failures/first-start", test_first_start);
  g_test_add_func ("/opencl/failures/mending", test_mending);
  return g_test_run ();
}
