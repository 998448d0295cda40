/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Launches that are recorded and replayed: results are those of launches one
 * by one, and where recording or replaying fails, it is these. */

#include "opencl/device/loader.h"
#include "tests/opencl/fake_import.h"
#include "tests/opencl/fake_record.h"
#include "tests/opencl/graphs.h"
#include "tests/opencl/scenario.h"

#include <dlfcn.h>

/* Of the scenario, the self-test's included. */
#define N_FRAMES 11
#define N_SESSIONS 2

/* CL_COMMAND_BUFFER_CAPABILITY_SIMULTANEOUS_USE_KHR */
#define TWICE (1 << 2)

static struct
{
  __typeof__ (fake_import_offer) *offer;
  __typeof__ (fake_record_be) *be;
  __typeof__ (fake_record_enqueued) *enqueued;
  __typeof__ (fake_cl_fail_calls) *fail_calls;
  __typeof__ (fake_cl_count) *count;
} driver;

static MnContext *context;
static MnGraph *graph;

/* How often it replays; n: as the scenario's. */
static guint
run (guint n)
{
  guint before = driver.enqueued ();

  g_assert_true (scenario_run (context, graph, n));
  g_assert_cmpint (fake.live (), ==, 0);
  return driver.enqueued () - before;
}

static void
test_replays (void)
{
  if (!have_device ())
    return;
  g_assert_cmpuint (run (0), ==, N_FRAMES);
  /* Whoever asks for times of launches gets them. */
  g_assert_cmpuint (run (1), ==, 0);
}

static void
test_offers (void)
{
  static const struct
  {
    guint minor, patch;
    guint64 capabilities;
    gboolean taken;
  } cases[] = {
    {9, 7, TWICE | 1, TRUE},
    {9, 8, TWICE, FALSE},
    {8, 0, TWICE, FALSE},
    {10, 0, TWICE, FALSE},
    {1024, 0, TWICE, FALSE},
    {9, 0, 1, FALSE},
  };
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    driver.be (cases[i].minor, cases[i].patch, cases[i].capabilities);
    g_assert_true ((run (0) > 0) == cases[i].taken);
  }
  driver.be (9, 0, TWICE);
  driver.offer (NULL);
  g_assert_cmpuint (run (0), ==, 0);
  driver.offer ("cl_khr_command_buffer");
}

/* What fails once is not tried again in that session. */
static void
test_fallback (void)
{
  static const gchar *const names[] = {"clCreateCommandBufferKHR",
    "clCommandNDRangeKernelKHR", "clFinalizeCommandBufferKHR",
    "clEnqueueCommandBufferKHR"};
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    guint before = driver.count (names[i]);

    driver.fail_calls (names[i], CL_OUT_OF_RESOURCES);
    g_assert_cmpuint (run (0), ==, 0);
    driver.fail_calls (NULL, CL_SUCCESS);
    g_assert_cmpuint (driver.count (names[i]) - before, ==, N_SESSIONS);
  }
}

/* Some of all calls, among them those that record. */
static void
test_failures (void)
{
  guint n_calls, n;

  if (!have_device ())
    return;
  fake.fail (0, 0);
  run (0);
  n_calls = fake.calls ();
  for (n = random_int (1, 10); n <= n_calls; n += random_int (6, 12)) {
    fake.fail (n, CL_OUT_OF_HOST_MEMORY);
    scenario_run (context, graph, 0);
    if (fake.live () != 0)
      g_error ("call %u (%s) fails: %d objects are left", n, fake.failed (),
          fake.live ());
  }
  fake.fail (0, 0);
}

int
main (int argc, char **argv)
{
  gpointer handle;
  gint result;

  g_test_init (&argc, &argv, NULL);
  random_init ();
  handle = fake_cl_open (g_getenv ("MOBILENET_OPENCL_LIBRARY"));
  driver.offer = dlsym (handle, "fake_import_offer");
  driver.be = dlsym (handle, "fake_record_be");
  driver.enqueued = dlsym (handle, "fake_record_enqueued");
  driver.fail_calls = dlsym (handle, "fake_cl_fail_calls");
  driver.count = dlsym (handle, "fake_cl_count");
  context = mn_context_new ();
  graph = scenario_graph ();
  scenario_init (context, graph);
  driver.offer ("cl_khr_command_buffer");
  g_test_add_func ("/opencl/replay/replays", test_replays);
  g_test_add_func ("/opencl/replay/offers", test_offers);
  g_test_add_func ("/opencl/replay/fallback", test_fallback);
  g_test_add_func ("/opencl/replay/failures", test_failures);
  result = g_test_run ();
  mn_graph_free (graph);
  mn_context_unref (context);
  return result;
}
