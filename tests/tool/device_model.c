/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The model of GPUs that are not here: its launches are those of the backend's
 * plans, its times what its parts say, and it needs no OpenCL library. */

#include "tests/kernels/network.h"
#include "tools/bench.h"
#include "tools/gpu_table.h"

#include <string.h>

#define SIZE 224

static GPtrArray *
model (const MnGraph *graph, const MnDeviceProfile *profile)
{
  GError *error = NULL;
  GPtrArray *launches = mn_device_model_frame (graph, profile, MN_PRECISION_F32,
      &error);

  g_assert_no_error (error);
  return launches;
}

static void
check_launches (const GPtrArray *launches, const MnDeviceProfile *profile)
{
  gdouble sum = 0;
  guint i;

  for (i = 0; i < launches->len; i++) {
    const MnModelled *m = g_ptr_array_index (launches, i);
    const MnModelTime *t = &m->time;

    /* These networks' kernels are in the table, most in this very form. */
    g_assert_true (m->known);
    g_assert_cmpfloat (t->issue, >, 0);
    g_assert_cmpfloat (t->bytes, >, 0);
    g_assert_cmpfloat (t->waiting, >, 0);
    g_assert_cmpfloat_with_epsilon (t->seconds,
        MAX (t->issue, MAX (t->bytes, t->waiting)) + profile->launch_us * 1e-6,
        1e-12);
    sum += t->seconds;
  }
  g_assert_cmpfloat_with_epsilon (mn_device_model_sum (launches), sum, 1e-9);
}

static void
test_network (gconstpointer data)
{
  const gchar *name = data;
  g_autoptr (MnGraph) graph = network_new_named (name, SIZE, NETWORK_FUSED, 1);
  const MnDeviceProfile *profile;
  guint i;

  for (i = 0; (profile = mn_device_profile (i)); i++) {
    g_autoptr (GPtrArray) launches = model (graph, profile);

    g_assert_cmpuint (launches->len, ==, network_launches (name, graph));
    check_launches (launches, profile);
    g_print ("# %s on %s: modelled %.2f ms\n", name, profile->what,
        mn_device_model_sum (launches) * 1e3);
  }
}

/* More work is never done sooner, and a faster GPU never takes longer. */
static void
test_monotonic (void)
{
  guint i, k;
  const MnDeviceProfile *profile;

  for (i = 0; (profile = mn_device_profile (i)); i++) {
    const MnModelLaunch least = {10, 64, 200, 5, 3, 0, 4, 1e4};
    MnDeviceProfile faster = *profile;
    MnModelTime before, after;

    mn_device_model_time (profile, &least, &before);
    for (k = 0; k < 6; k++) {
      MnModelLaunch more = least;
      gdouble *parts[] = {&more.groups, &more.group_items, &more.slots,
        &more.cycles, &more.waits, &more.bytes};

      *parts[k] *= 1000;
      mn_device_model_time (profile, &more, &after);
      g_assert_cmpfloat (after.seconds, >, before.seconds);
    }
    faster.mhz *= 2;
    faster.gbps *= 2;
    mn_device_model_time (&faster, &least, &after);
    g_assert_cmpfloat (after.seconds, <, before.seconds);
  }
}

/* Of each product that is modelled it is known how long its loop is. */
static void
test_loops (void)
{
  const MnGpuProgram *p;
  guint n = 0;

  for (p = mn_gpu_programs; p->gpu; p++) {
    if (!g_str_has_prefix (p->form, "pointwise ")
        || g_str_has_prefix (p->gpu, "v3d"))
      continue;
    n++;
    g_assert_cmpuint (p->body, >, 0);
    g_assert_cmpuint (p->body, >=, p->inner);
    g_assert_cmpuint (p->body, <, p->instr);
  }
  g_assert_cmpuint (n, >, 0);
}

static void
test_table (void)
{
  const MnGpuProgram *p = mn_gpu_programs, *found;
  g_autofree gchar *other = g_strconcat (p->form, " ODD=1", NULL);
  gboolean exact;

  g_assert_true (mn_gpu_table_find (p->gpu, p->form, &exact) == p);
  g_assert_true (exact);
  found = mn_gpu_table_find (p->gpu, other, &exact);
  g_assert_true (found == p);
  g_assert_false (exact);
  g_assert_null (mn_gpu_table_find (p->gpu, "none V=4", &exact));
  g_assert_null (mn_gpu_table_find ("none", p->form, &exact));
}

static void
test_names (void)
{
  g_autoptr (GError) error = NULL;
  const MnDeviceProfile *profile;
  guint i;

  g_assert_null (mn_device_profile_find ("geforce", &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_ARGUMENT);
  for (i = 0; (profile = mn_device_profile (i)); i++) {
    g_assert_nonnull (strstr (error->message, profile->name));
    g_assert_true (mn_device_profile_find (profile->name, NULL) == profile);
  }
  g_assert_cmpuint (i, ==, 7);
}

/* Whatever is shown says that it is modelled. */
static void
test_labels (void)
{
  g_autoptr (MnGraph) graph = network_new_named ("v1", SIZE, NETWORK_FUSED, 1);
  const MnDeviceProfile *profile = mn_device_profile (0);
  g_autoptr (GPtrArray) launches = model (graph, profile);
  MnBenchModelled bench = {
    "v1", profile->what, launches, profile->launch_us, FALSE};
  guint i;

  for (i = 0; i < 2; i++) {
    g_autofree gchar *text = NULL, *json = NULL;

    bench.per_layer = i;
    text = mn_bench_modelled_to_text (&bench);
    json = mn_bench_modelled_to_json (&bench);
    g_assert_nonnull (strstr (text, ": modelled, not measured\n"));
    g_assert_nonnull (strstr (text, "modelled ms: "));
    g_assert_nonnull (strstr (json, "\"modelled\": true"));
    g_assert_nonnull (strstr (json, "\"modelled_ms\": "));
    g_assert_true (!!strstr (text, "layer (modelled)") == i);
    g_assert_true (!!strstr (json, "\"layers\": [") == i);
    g_assert_null (strstr (json, "\"ms\""));
  }
}

int
main (int argc, char **argv)
{
  guint i;

  g_setenv ("MOBILENET_OPENCL_LIBRARY", "/nowhere/libOpenCL.so", TRUE);
  g_test_init (&argc, &argv, NULL);
  for (i = 0; network_name (i); i++) {
    g_autofree gchar *path = g_strconcat ("/tool/model/", network_name (i),
        NULL);

    g_test_add_data_func (path, network_name (i), test_network);
  }
  g_test_add_func ("/tool/model/monotonic", test_monotonic);
  g_test_add_func ("/tool/model/loops", test_loops);
  g_test_add_func ("/tool/model/table", test_table);
  g_test_add_func ("/tool/model/names", test_names);
  g_test_add_func ("/tool/model/labels", test_labels);
  return g_test_run ();
}
