/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan's programs are built side by side; what goes wrong there is said as
 * if they were not. */

#include "opencl/device/loader.h"
#include "tests/opencl/graphs.h"
#include "tests/opencl/scenario.h"

#include <dlfcn.h>
#include <string.h>

static struct
{
  __typeof__ (fake_cl_pair_builds) *pair;
  __typeof__ (fake_cl_fail_calls) *fail_calls;
  __typeof__ (fake_cl_count) *count;
} driver;

static MnBackendPlan *
compile (const MnGraph *graph, const gint *cancelled, GError **error)
{
  MnPlanOptions options = {
    .cancelled = cancelled, .precision = MN_PRECISION_F32};
  MnContext *context = mn_context_new ();
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      error);

  mn_context_unref (context);
  return plan;
}

/* The first program is built alone; the next two wait for each other in the
 * driver, which ends only if both are there. */
static void
test_side_by_side (void)
{
  g_autoptr (MnGraph) graph = NULL;
  GError *error = NULL;
  MnBackendPlan *plan;

  if (!have_device ())
    return;
  if (mn_cpus_count () < 2) {
    g_test_skip ("one CPU builds one program at once");
    return;
  }
  graph = scenario_graph ();
  driver.pair (1);
  plan = compile (graph, NULL, &error);
  g_assert_no_error (error);
  mn_backend_opencl.plan_free (plan);
  g_assert_cmpint (fake.live (), ==, 0);
}

static void
test_failing (void)
{
  g_autoptr (MnGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  if (!have_device ())
    return;
  graph = scenario_graph ();
  driver.fail_calls ("clCreateKernel", CL_OUT_OF_HOST_MEMORY);
  g_assert_null (compile (graph, NULL, &error));
  driver.fail_calls (NULL, CL_SUCCESS);
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_MEMORY);
  g_assert_nonnull (strstr (error->message, "clCreateKernel"));
  g_assert_cmpint (fake.live (), ==, 0);
}

/* Whoever gives up waits for no more than what is being built. */
static void
test_cancelled (void)
{
  const gint cancelled = 1;
  g_autoptr (MnGraph) graph = NULL;
  g_autoptr (GError) error = NULL;
  guint builds;

  if (!have_device ())
    return;
  graph = scenario_graph ();
  builds = driver.count ("clBuildProgram");
  g_assert_null (compile (graph, &cancelled, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_CANCELLED);
  g_assert_cmpuint (driver.count ("clBuildProgram"), ==, builds);
  g_assert_cmpint (fake.live (), ==, 0);
}

int
main (int argc, char **argv)
{
  gpointer handle;

  g_test_init (&argc, &argv, NULL);
  random_init ();
  handle = fake_cl_open (g_getenv ("MOBILENET_OPENCL_LIBRARY"));
  driver.pair = dlsym (handle, "fake_cl_pair_builds");
  driver.fail_calls = dlsym (handle, "fake_cl_fail_calls");
  driver.count = dlsym (handle, "fake_cl_count");
  g_test_add_func ("/opencl/builds/side-by-side", test_side_by_side);
  g_test_add_func ("/opencl/builds/failing", test_failing);
  g_test_add_func ("/opencl/builds/cancelled", test_cancelled);
  return g_test_run ();
}
