/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Libraries that lack a function: one that is needed costs the device, in
 * words; any other one costs nothing but what it is for. Arguments: libraries,
 * the function's name less "cl" behind the last "-" of each. */

#include "opencl/device/loader.h"
#include "tests/opencl/graphs.h"
#include "tests/opencl/scenario.h"

#include <dlfcn.h>
#include <string.h>

#define NEEDED "Finish"

/* Free with g_free. */
static gchar *
function_of (const gchar *library)
{
  const gchar *name = strrchr (library, '-') + 1;

  return g_strdup_printf ("cl%.*s", (gint) strcspn (name, "."), name);
}

static void
test_optional (gconstpointer data)
{
  const gchar *library = data;
  g_autofree gchar *function = function_of (library);
  gpointer handle = fake_cl_open (library);
  g_autoptr (MnGraph) graph = NULL;
  MnContext *context;
  guint n;

  g_assert_null (dlsym (handle, function));
  g_setenv ("MOBILENET_OPENCL_LIBRARY", library, TRUE);
  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = scenario_graph ();
  scenario_init (context, graph);
  /* With and without profiling; the second and third have a cache. */
  for (n = 0; n < 3; n++)
    g_assert_true (scenario_run (context, graph, n));
  g_assert_cmpint (fake.live (), ==, 0);
  mn_context_unref (context);
}

static void
test_needed (gconstpointer data)
{
  const gchar *library = data;
  g_autoptr (GError) error = NULL;

  g_setenv ("MOBILENET_OPENCL_LIBRARY", library, TRUE);
  g_assert_null (mn_cl_load (&error));
  g_assert_error (error, MN_ERROR, MN_ERROR_NO_BACKEND);
  g_assert_nonnull (strstr (error->message, "has no cl" NEEDED));
}

int
main (int argc, char **argv)
{
  gint i;

  g_test_init (&argc, &argv, NULL);
  random_init ();
  for (i = 1; i < argc; i++) {
    g_autofree gchar *function = function_of (argv[i]);
    g_autofree gchar *path = g_strconcat ("/opencl/missing/", function, NULL);

    g_test_add_data_func (path, argv[i],
        g_str_equal (function, "cl" NEEDED) ? test_needed : test_optional);
  }
  return g_test_run ();
}
