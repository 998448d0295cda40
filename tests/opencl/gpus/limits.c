/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices that are not here, by what they answer: whole networks are planned
 * for them, and each launch is one that they take. */

#include "opencl/lower/plan.h"
#include "opencl/opencl.h"
#include "tests/kernels/network.h"
#include "tests/opencl/gpus/fake_device.h"
#include "tests/opencl/graphs.h"

#include <dlfcn.h>
#include <string.h>

#define SIZE 224
#define WIDTH 1920
#define HEIGHT 1080

/* What is expected of them. */
static const struct
{
  const gchar *name;
  gsize deep; /* items a group in dimension 2 */
  gsize most; /* and in all */
  guint units, group;
} devices[] = {
  {"adreno-618", 64, 2048, 1, 128},
  {"adreno-660", 64, 2048, 3, 128},
  {"adreno-750", 64, 2048, 6, 128},
  {"mali-g57", 256, 256, 4, 64},
  {"mali-g610", 256, 256, 4, 64},
  {"v3d-7.1", 256, 256, 1, 64},
};

static struct
{
  __typeof__ (fake_device_live) *live;
  __typeof__ (fake_device_launches) *launches;
} fake;

static MnClDevice *
find_device (guint i)
{
  GError *error = NULL;
  MnClDevice *device;

  g_setenv ("FAKE_DEVICE", devices[i].name, TRUE);
  device = mn_cl_device_find (NULL, &error);
  g_assert_no_error (error);
  return device;
}

/* Mesa's, whatever the vendor is: nothing that is said of the vendors' own
 * drivers is taken for true of it. */
static void
test_answers (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (devices); i++) {
    g_autoptr (MnClDevice) device = find_device (i);

    g_assert_cmpstr (device->platform_name, ==, "rusticl");
    g_assert_true (device->gpu_shape);
    g_assert_cmpuint (device->units, ==, devices[i].units);
    g_assert_cmpuint (device->max_group, ==, devices[i].most);
    g_assert_cmpuint (device->max_items[2], ==, devices[i].deep);
    g_assert_cmpuint (device->quirks->flush_every, ==, 0);
    g_assert_cmpuint (device->quirks->group, ==, devices[i].group);
    g_assert_null (device->quirks->options);
  }
}

/* Left the choice, what can compute in half does. */
static void
test_precision_of_devices (void)
{
  MnContext *context = mn_context_new ();
  g_autoptr (MnGraph) graph = network_new (32, NETWORK_FUSED, 1);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (devices); i++) {
    MnPlanOptions options = {.precision = MN_PRECISION_AUTO};
    g_autoptr (MnClDevice) device = find_device (i);
    gboolean has = mn_cl_device_has (device, "cl_khr_fp16");
    GError *error = NULL;
    MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
        &error);

    g_assert_no_error (error);
    g_assert_cmpint (has, ==, strcmp (devices[i].name, "v3d-7.1") != 0);
    g_assert_cmpint (mn_backend_opencl.plan_precision (plan), ==,
        has ? MN_PRECISION_F16 : MN_PRECISION_F32);
    g_assert_cmpint (plan->half_maths, ==, has);
    mn_backend_opencl.plan_free (plan);
    options.precision = MN_PRECISION_F16;
    plan = mn_backend_opencl.compile (context, graph, &options, &error);
    g_assert_no_error (error);
    g_assert_true (plan->half);
    g_assert_cmpint (plan->half_maths, ==, has);
    mn_backend_opencl.plan_free (plan);
  }
  mn_context_unref (context);
}

/* ---- a group's size ----------------------------------------------------- */

static void
check_size (const MnClDevice *device, const MnClLaunch *launch,
    const gsize items[3])
{
  guint i;

  g_assert_cmpuint (mn_cl_group_items (launch), >=, 1);
  g_assert_cmpuint (mn_cl_group_items (launch), <=, launch->program->max_group);
  for (i = 0; i < 3; i++) {
    g_assert_cmpuint (launch->local[i], <=, device->max_items[i]);
    g_assert_cmpuint (launch->global[i] % launch->local[i], ==, 0);
    g_assert_cmpuint (launch->global[i], >=, items[i]);
    g_assert_cmpuint (launch->global[i], <, items[i] + launch->local[i]);
  }
}

/* Long in one dimension, on kernels that take groups of any size. */
static void
test_sizes (void)
{
  static const gsize shapes[][3] = {
    {1, 1, 1000}, {1, 1000, 1}, {1000, 1, 1}, {3, 5, 700}, {1, 1, 1}};
  static const gsize limits[] = {1, 2, 12, 32, 100, 256, 682, 2048};
  guint i, j, k;

  for (i = 0; i < G_N_ELEMENTS (devices); i++) {
    g_autoptr (MnClDevice) device = find_device (i);

    for (j = 0; j < G_N_ELEMENTS (shapes); j++) {
      const gsize *s = shapes[j];

      for (k = 0; k < G_N_ELEMENTS (limits); k++) {
        MnClProgram program = {.max_group = MIN (limits[k], device->max_group)};
        MnClLaunch launch = {.program = &program};

        mn_cl_set_gpu_size (device, &launch, s[0], s[1], s[2], 16);
        check_size (device, &launch, s);
        mn_cl_set_size (device, &launch, s[0], s[1], s[2], 1, 2, 128);
        check_size (device, &launch, s);
        mn_cl_set_linear_size (device, &launch, s[0]);
        check_size (device, &launch, (gsize[]) {s[0], 1, 1});
      }
    }
  }
}

/* ---- whole networks ----------------------------------------------------- */

static void
keep_frame (MnFrame *frame)
{
}

static void
init_picture (MnFrame *frame, MnPreprocess *p, const MnGraph *graph,
    const guint8 *data)
{
  static const gfloat mean[4] = {127, 127, 127}, std[4] = {128, 128, 128};
  MnInput in = {.source = {MN_FORMAT_NV12, WIDTH, HEIGHT}};
  GError *error = NULL;

  mn_preprocess_init (p, &in, SIZE, SIZE, 3, mean, std, graph->input_scale,
      graph->input_offset, &error);
  g_assert_no_error (error);
  mn_frame_init (frame, &in.source, keep_frame, NULL);
  frame->planes[0] = (MnPlane) {data, WIDTH, WIDTH * HEIGHT};
  frame->planes[1] = (MnPlane) {data, WIDTH, WIDTH * HEIGHT / 2};
}

static void
run (MnBackendSession *session, MnFrame *frame)
{
  gfloat out[1000];
  MnTensorView view = {.data = out, .size = sizeof out}, *views = &view;
  GError *error = NULL;

  /* The fake device refuses what the real one would. */
  mn_backend_opencl.submit (session, 0, &frame, NULL, 1, &views, &error);
  g_assert_no_error (error);
  mn_backend_opencl.wait (session, 0, MN_FOREVER, &error);
  g_assert_no_error (error);
}

static void
run_network (MnContext *context, const MnGraph *graph)
{
  g_autofree gfloat *input = g_new0 (gfloat, SIZE * SIZE * 3);
  g_autofree guint8 *picture = g_malloc0 (WIDTH * HEIGHT);
  MnPlanOptions options = {.precision = MN_PRECISION_F32};
  GError *error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);
  MnBackendSession *session;
  MnFrame frame;
  MnPreprocess p;
  guint before, n;

  g_assert_no_error (error);
  session = mn_backend_opencl.session_new (plan, 1, &error);
  g_assert_no_error (error);
  init_tensor_frame (&frame, input, SIZE * SIZE * 3);
  before = fake.launches ();
  run (session, &frame);
  n = fake.launches () - before;
  g_test_message ("%s on %s: %u launches", graph->name, plan->device->name, n);
  g_assert_cmpuint (n, ==, plan->launches->len + 1);
  init_picture (&frame, &p, graph, picture);
  g_assert_true (mn_backend_opencl.set_input (session, &p, &error));
  run (session, &frame);
  g_assert_cmpuint (fake.launches () - before, ==, 2 * n);
  mn_backend_opencl.session_free (session);
  mn_backend_opencl.plan_free (plan);
  g_assert_cmpint (fake.live (), ==, 0);
}

static void
test_network (gconstpointer name)
{
  g_autoptr (MnGraph) graph = network_new_named (name, SIZE, NETWORK_FUSED, 1);
  MnContext *context = mn_context_new ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (devices); i++) {
    g_setenv ("FAKE_DEVICE", devices[i].name, TRUE);
    run_network (context, graph);
  }
  mn_context_unref (context);
}

/* ---- forms that spill --------------------------------------------------- */

/* A line of the table for the first device. */
static void
add_line (GString *table, const gchar *form, guint own)
{
  g_string_append_printf (table, "%s | %s | private %u local 0 group 64\n",
      form, devices[0].name, own);
}

static MnBackendPlan *
plan_with_table (MnContext *context, const MnGraph *graph, const gchar *table)
{
  g_autofree gchar *path = g_build_filename (g_get_user_cache_dir (), "table",
      NULL);
  MnPlanOptions options = {.precision = MN_PRECISION_F32};
  GError *error = NULL;
  MnBackendPlan *plan;

  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  g_file_set_contents (path, table, -1, &error);
  g_assert_no_error (error);
  g_setenv ("FAKE_DEVICE", devices[0].name, TRUE);
  g_setenv ("FAKE_DEVICE_TABLE", path, TRUE);
  plan = mn_backend_opencl.compile (context, graph, &options, &error);
  g_assert_no_error (error);
  return plan;
}

static void
restore (const gchar *table)
{
  if (table)
    g_setenv ("FAKE_DEVICE_TABLE", table, TRUE);
  else
    g_unsetenv ("FAKE_DEVICE_TABLE");
}

/* The first of three forms that does not spill; that all others are built is
 * not needed. */
static void
test_choice (void)
{
  static const struct
  {
    guint own[3], usual; /* bytes */
    gint chosen;
    guint built;
  } cases[] = {
    {{512, 0, 0}, 0, 1, 2},
    {{512, 64, 0}, 0, 2, 3},
    {{0, 512, 0}, 0, 0, 1},
    {{512, 512, 16}, 0, 0, 3},
    /* The driver says so of everything. */
    {{1024, 1024, 1024}, 1024, 0, 1},
    {{2048, 1024, 1024}, 1024, 1, 2},
  };
  static const MnClOptions forms[] = {{"-DPX=4"}, {"-DPX=2"}, {"-DPX=1"}};
  g_autoptr (MnGraph) graph = network_new_named ("v1", 32, NETWORK_FUSED, 1);
  g_autofree gchar *old = g_strdup (g_getenv ("FAKE_DEVICE_TABLE"));
  MnContext *context = mn_context_new ();
  guint i, n;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) table = g_string_new (NULL);
    MnBackendPlan *plan;

    add_line (table, "pointwise PX=4", cases[i].own[0]);
    add_line (table, "pointwise PX=2", cases[i].own[1]);
    add_line (table, "pointwise PX=1", cases[i].own[2]);
    add_line (table, "tensor_input", cases[i].usual);
    plan = plan_with_table (context, graph, table->str);
    n = plan->programs->len;
    g_assert_cmpint (mn_cl_plan_choose (plan, "pointwise", forms, 3, NULL), ==,
        cases[i].chosen);
    g_assert_cmpuint (plan->programs->len - n, ==, cases[i].built);
    mn_backend_opencl.plan_free (plan);
  }
  mn_context_unref (context);
  restore (old);
}

/* As the table has it. */
static gchar *
form_of (const MnClProgram *program)
{
  g_auto (GStrv) words = g_strsplit (program->wanted, "-D", 0);
  g_autofree gchar *joined = g_strjoinv ("", words);

  return g_strconcat (program->name, " ", joined, NULL);
}

static guint
count_forms (const MnBackendPlan *plan, GHashTable *forms)
{
  guint n = 0, i;

  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (plan->launches, i);
    g_autofree gchar *form = form_of (launch->program);

    n += g_hash_table_contains (forms, form);
  }
  return n;
}

/* Forms of four pixels an item that were taken, and then spill, are taken no
 * more. */
static void
test_spills (gconstpointer name)
{
  g_autoptr (MnGraph) graph = network_new_named (name, SIZE, NETWORK_FUSED, 1);
  g_autoptr (GHashTable)
      forms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree gchar *old = g_strdup (g_getenv ("FAKE_DEVICE_TABLE"));
  g_autoptr (GString) table = g_string_new (NULL);
  MnContext *context = mn_context_new ();
  MnBackendPlan *plan = plan_with_table (context, graph, "");
  guint i, n = plan->launches->len;

  for (i = 0; i < n; i++) {
    const MnClLaunch *launch = g_ptr_array_index (plan->launches, i);
    g_autofree gchar *form = form_of (launch->program);

    if (!strstr (form, " PX=4"))
      continue;
    add_line (table, form, 512);
    g_hash_table_add (forms, g_steal_pointer (&form));
  }
  g_assert_cmpuint (count_forms (plan, forms), >, 0);
  mn_backend_opencl.plan_free (plan);
  plan = plan_with_table (context, graph, table->str);
  g_assert_cmpuint (plan->launches->len, ==, n);
  g_assert_cmpuint (count_forms (plan, forms), ==, 0);
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
  restore (old);
}

int
main (int argc, char **argv)
{
  void *handle;
  guint i;

  g_test_init (&argc, &argv, NULL);
  handle = dlopen (g_getenv ("MOBILENET_OPENCL_LIBRARY"), RTLD_NOW);
  if (!handle)
    g_error ("%s", dlerror ());
  fake.live = dlsym (handle, "fake_device_live");
  fake.launches = dlsym (handle, "fake_device_launches");
  g_test_add_func ("/opencl/gpus/answers", test_answers);
  g_test_add_func ("/opencl/gpus/precision", test_precision_of_devices);
  g_test_add_func ("/opencl/gpus/sizes", test_sizes);
  g_test_add_func ("/opencl/gpus/choice", test_choice);
  g_test_add_data_func ("/opencl/gpus/spills", "v2", test_spills);
  for (i = 0; network_name (i); i++) {
    g_autofree gchar *path = g_strconcat ("/opencl/gpus/", network_name (i),
        NULL);

    g_test_add_data_func (path, network_name (i), test_network);
  }
  return g_test_run ();
}
