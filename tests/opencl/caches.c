/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cache: what it holds is used, what is doubtful is not. */

#include "engine/base/cache.h"
#include "opencl/device/cache.h"
#include "opencl/device/program.h"
#include "opencl/lower/plan.h"
#include "tests/opencl/graphs.h"

#include <glib/gstdio.h>
#include <string.h>

#define NAME "0123456789abcdef.clbin"

static void
flip_byte (const gchar *path, gsize at)
{
  g_autofree gchar *contents = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpuint (at, <, size);
  contents[at] ^= 0x20;
  g_assert_true (g_file_set_contents (path, contents, size, NULL));
}

static void
cut (const gchar *path, gsize size)
{
  g_autofree gchar *contents = NULL;
  gsize old;

  g_assert_true (g_file_get_contents (path, &contents, &old, NULL));
  g_assert_cmpuint (size, <, old);
  g_assert_true (g_file_set_contents (path, contents, size, NULL));
}

static void
test_files (void)
{
  g_autofree gchar *path = mn_cache_path (NAME);
  g_autofree gchar *other = mn_cache_path ("other");
  g_autofree gchar *contents = NULL;
  g_autoptr (GBytes) data = g_bytes_new ("some binary", 11);
  g_autoptr (GBytes) got = NULL;
  gsize size, i;

  g_assert_null (mn_cache_load (NAME));
  mn_cache_store (NAME, data);
  got = mn_cache_load (NAME);
  g_assert_nonnull (got);
  g_assert_true (g_bytes_equal (got, data));
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  for (i = 0; i < size; i++) {
    flip_byte (path, i);
    g_assert_null (mn_cache_load (NAME));
    flip_byte (path, i);
  }
  for (i = 0; i < size; i++) {
    cut (path, i);
    g_assert_null (mn_cache_load (NAME));
    g_assert_true (g_file_set_contents (path, contents, size, NULL));
  }
  /* The right bytes under another name. */
  g_assert_true (g_file_set_contents (other, contents, size, NULL));
  g_assert_null (mn_cache_load ("other"));
  g_unlink (other);
  g_unlink (path);
  g_assert_null (mn_cache_load (NAME));
}

/* Everything that a name is made of makes another name. */
static void
check_names (gchar *const *names, guint n)
{
  guint i, j;

  for (i = 0; i < n; i++) {
    for (j = 0; j < i; j++)
      g_assert_cmpstr (names[i], !=, names[j]);
    g_free (names[i]);
  }
}

#define N_DEVICES 7

/* A device, and others that differ from it in one thing each. */
static void
make_devices (MnClDevice *devices)
{
  guint i;

  devices[0] = (MnClDevice) {.name = (gchar *) "name", .driver = (gchar *) "1"};
  for (i = 1; i < N_DEVICES; i++)
    devices[i] = devices[0];
  devices[1].name = (gchar *) "name2";
  devices[2].vendor = (gchar *) "vendor";
  devices[3].driver = (gchar *) "2";
  devices[4].version = (gchar *) "3";
  devices[5].platform_name = (gchar *) "4";
  devices[6].platform_version = (gchar *) "5";
}

static void
test_names (void)
{
  MnClDevice devices[N_DEVICES];
  gchar *names[N_DEVICES + 2];
  g_autofree gchar *same = NULL;
  guint i;

  make_devices (devices);
  for (i = 0; i < N_DEVICES; i++)
    names[i] = mn_cl_cache_name (&devices[i], "source", "-DA");
  names[i++] = mn_cl_cache_name (&devices[0], "source2", "-DA");
  names[i++] = mn_cl_cache_name (&devices[0], "source", "-DB");
  same = mn_cl_cache_name (&devices[0], "source", "-DA");
  g_assert_cmpstr (names[0], ==, same);
  check_names (names, i);
}

static void
test_devices (void)
{
  MnClDevice devices[N_DEVICES + 1];
  gchar *names[N_DEVICES + 1];
  g_autofree gchar *same = NULL;
  guint i;

  make_devices (devices);
  devices[N_DEVICES] = devices[0];
  devices[N_DEVICES].gpu_shape = TRUE;
  for (i = 0; i <= N_DEVICES; i++)
    names[i] = mn_cl_cache_device (&devices[i]);
  same = mn_cl_cache_device (&devices[0]);
  g_assert_cmpstr (names[0], ==, same);
  check_names (names, i);
}

/* The real one is the same each time, and has no need to be opened. */
static void
test_identify (void)
{
  g_autofree gchar *first = NULL, *again = NULL;

  if (!have_device ())
    return;
  first = mn_backend_opencl.identify (NULL);
  again = mn_backend_opencl.identify ("0");
  g_assert_nonnull (first);
  g_assert_cmpstr (first, ==, again);
  g_assert_null (mn_backend_opencl.identify ("no such device"));
}

static MnClProgram *
build (const MnClDevice *device)
{
  GError *error = NULL;
  MnClProgram *program = mn_cl_program_new (device, "reshape", "", &error);

  g_assert_no_error (error);
  mn_cl_program_store (program);
  return program;
}

static gboolean
gives_binary (const MnClProgram *program)
{
  size_t size = 0;

  return !program->device->quirks->no_cache
      && program->device->cl->GetProgramInfo (program->program,
             CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL)
      == CL_SUCCESS
      && size > 0;
}

/* A file that passes every check of ours and is no program: built anew and
 * written again. */
static void
test_rebuild (void)
{
  g_autoptr (MnClDevice) device = NULL;
  g_autoptr (GBytes) nonsense = g_bytes_new ("no program", 10);
  g_autoptr (GBytes) got = NULL;
  g_autofree gchar *path = NULL, *name = NULL;
  MnClProgram *program;
  gboolean has_binary;

  if (!have_device ())
    return;
  device = mn_cl_device_open (NULL, NULL);
  g_assert_nonnull (device);
  program = build (device);
  name = g_strdup (program->file);
  path = mn_cache_path (name);
  has_binary = gives_binary (program);
  mn_cl_program_free (program);
  if (!has_binary) {
    g_test_skip ("the driver gives no binaries");
    return;
  }
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  mn_cl_program_free (build (device));
  mn_cache_store (name, nonsense);
  mn_cl_program_free (build (device));
  got = mn_cache_load (name);
  g_assert_nonnull (got);
  g_assert_false (g_bytes_equal (got, nonsense));
  g_unlink (path);
}

/* A plan whose programs all come from the cache, and then but for one. */
static void
test_known_plans (void)
{
  MnPlanOptions options = {.precision = MN_PRECISION_F32};
  Build b = build_new (4, 4, 3);
  g_autoptr (MnGraph) graph = NULL;
  MnContext *context;
  gint n;

  if (!have_device ())
    return;
  context = mn_context_new ();
  build_conv (&b, 4, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  graph = build_finish (&b);
  for (n = 0; n < 3; n++) {
    GError *error = NULL;
    MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
        &error);
    const MnClProgram *last;
    g_autofree gchar *path = NULL;

    g_assert_no_error (error);
    last = g_ptr_array_index (plan->programs, plan->programs->len - 1);
    path = mn_cache_path (last->file);
    if (!gives_binary (last))
      g_test_skip ("the driver gives no binaries");
    else if (n > 0)
      g_assert_true (mn_backend_opencl.plan_is_known (plan) == (n == 1));
    mn_backend_opencl.plan_passed (plan);
    mn_backend_opencl.plan_free (plan);
    if (n > 0)
      g_unlink (path);
  }
  mn_context_unref (context);
}

static void
test_build_error (void)
{
  g_autoptr (MnClDevice) device = NULL;
  g_autoptr (GError) error = NULL;

  if (!have_device ())
    return;
  device = mn_cl_device_open (NULL, NULL);
  g_assert_nonnull (device);
  g_assert_null (mn_cl_program_new (device, "pointwise", "-DV=nonsense",
      &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_COMPILE);
  g_assert_nonnull (strstr (error->message, "pointwise"));
}

void
add_cache_tests (void)
{
  g_test_add_func ("/opencl/cache/files", test_files);
  g_test_add_func ("/opencl/cache/names", test_names);
  g_test_add_func ("/opencl/cache/devices", test_devices);
  g_test_add_func ("/opencl/cache/identify", test_identify);
  g_test_add_func ("/opencl/cache/rebuild", test_rebuild);
  g_test_add_func ("/opencl/cache/known-plans", test_known_plans);
  g_test_add_func ("/opencl/cache/build-error", test_build_error);
}
