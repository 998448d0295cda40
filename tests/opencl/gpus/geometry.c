/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the launches of whole networks fill devices that are not here: how many
 * launches a frame takes, how many parts of a sum one lane adds, how many
 * lanes of small layers have work. By what the plan says alone. */

#include "opencl/lower/plan.h"
#include "opencl/opencl.h"
#include "tests/kernels/network.h"

#include <string.h>

#define SIZE 224
#define MOST_PARTS 16
/* As in lanes.h. */
#define LANE_PARTS 8
/* Of the lanes of layers of 14x14 and 7x7, those with work. */
#define LEAST_USE 0.75
/* What a plan in half moves, of float32's bytes. */
#define MOST_HALF_BYTES 0.55

/* wave: lanes that a device runs side by side. */
static const struct
{
  const gchar *name;
  guint wave;
} devices[] = {
  {"adreno-618", 128},
  {"adreno-660", 128},
  {"adreno-750", 128},
  {"mali-g57", 16},
  {"mali-g610", 16},
  {"v3d-7.1", 16},
};

/* ---- parts of sums ------------------------------------------------------ */

/* The numbers of the kernel's argument shape. */
static const gint32 *
shape_of (const MnClLaunch *launch)
{
  guint i;

  for (i = 0; i < launch->n_args; i++) {
    if (launch->args[i].kind == MN_CL_ARG_DATA)
      return (const gint32 *) launch->args[i].data;
  }
  g_error ("%s has no shape", launch->program->name);
}

static gsize
share (gsize n, gsize lanes)
{
  return (n + lanes - 1) / lanes;
}

/* What one lane of so many adds of n parts, and then of what all found. */
static gsize
parts_of_lane (gsize n, gsize lanes)
{
  return MAX (share (n, lanes), MIN (lanes, LANE_PARTS));
}

static gsize
most_parts (const MnClLaunch *launch)
{
  const gchar *name = launch->program->name;
  const gint32 *shape = shape_of (launch);
  const gsize *local = launch->local;

  if (g_str_equal (name, "squeeze_excite"))
    return MAX (parts_of_lane (shape[0],
                    CLAMP ((gint) local[0] / (shape[1] / 4), 1, shape[0])),
        parts_of_lane (1,
            CLAMP ((gint) local[0] / (shape[2] / 4), 1, shape[1])));
  if (g_str_equal (name, "fully_connected"))
    return MAX (shape[3], (gint32) parts_of_lane (1, local[1]));
  if (g_str_equal (name, "mean"))
    return parts_of_lane (shape[0], local[1]);
  if (strstr (launch->program->wanted, "MEAN=1"))
    return parts_of_lane (shape[0], local[1]);
  if (strstr (launch->program->wanted, "SUMS=1"))
    return parts_of_lane (1, local[1] * local[2]);
  return 1;
}

static void
check_parts (const MnBackendPlan *plan)
{
  guint i;

  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (plan->launches, i);

    if (most_parts (launch) > MOST_PARTS)
      g_error ("%s on %s: %s (%s): a lane adds %" G_GSIZE_FORMAT " parts",
          plan->graph->name, plan->device->name, launch->layer,
          launch->program->name, most_parts (launch));
  }
}

/* ---- lanes -------------------------------------------------------------- */

static gdouble
use_of (const MnClLaunch *launch)
{
  gsize wave = launch->program->multiple, groups = 1, items = 1;
  guint i;

  g_assert_cmpuint (wave, >=, 16);
  for (i = 0; i < 3; i++) {
    groups *= launch->global[i] / launch->local[i];
    items *= launch->items[i];
  }
  return (gdouble) items
      / (groups * share (mn_cl_group_items (launch), wave) * wave);
}

static gboolean
is_small (const MnGraph *graph, const MnNode *node)
{
  const MnTensor *y = mn_graph_output_of (graph, node, 0);

  return (node->op == MN_OP_CONV_2D || node->op == MN_OP_DEPTHWISE_CONV_2D)
      && (y->dims[1] == 14 || y->dims[1] == 7);
}

static void
check_use (const MnBackendPlan *plan)
{
  guint n = 0, i;

  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (plan->launches, i);
    const gsize *l = launch->local;

    if (!is_small (plan->graph, mn_graph_node (plan->graph, launch->node)))
      continue;
    n++;
    if (use_of (launch) < LEAST_USE)
      g_error ("%s on %s: %s (%s) uses %.2f of its lanes: groups of "
               "%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT,
          plan->graph->name, plan->device->name, launch->layer,
          launch->program->name, use_of (launch), l[0], l[1], l[2]);
  }
  /* They are more than a third of each network. */
  g_assert_cmpuint (3 * n, >, plan->launches->len);
}

/* ---- plans -------------------------------------------------------------- */

static MnBackendPlan *
make_plan (MnContext *context, const MnGraph *graph, MnPrecision precision)
{
  MnPlanOptions options = {.precision = precision};
  GError *error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);

  g_assert_no_error (error);
  return plan;
}

/* As the fake device wants to know it: of all that a plan has built. */
static gchar *
make_table (const MnBackendPlan *plan, const gchar *device, guint wave)
{
  GString *table = g_string_new (NULL);
  guint i, j;

  for (i = 0; i < plan->programs->len; i++) {
    const MnClProgram *p = g_ptr_array_index (plan->programs, i);
    g_auto (GStrv) words = g_strsplit (p->options, " ", -1);

    g_string_append (table, p->name);
    for (j = 0; words[j]; j++) {
      if (g_str_has_prefix (words[j], "-D"))
        g_string_append_printf (table, " %s", words[j] + 2);
    }
    g_string_append_printf (table, " | %s | multiple %u\n", device, wave);
  }
  return g_string_free (table, FALSE);
}

/* For a device whose kernels all run in waves of its size. */
static MnBackendPlan *
plan_in_waves (MnContext *context, const MnGraph *graph, guint device,
    MnPrecision precision)
{
  g_autofree gchar *path = g_build_filename (g_get_user_cache_dir (), "waves",
      NULL);
  g_autofree gchar *table = NULL;
  GError *error = NULL;
  MnBackendPlan *plan;

  g_setenv ("FAKE_DEVICE", devices[device].name, TRUE);
  g_unsetenv ("FAKE_DEVICE_TABLE");
  plan = make_plan (context, graph, precision);
  table = make_table (plan, devices[device].name, devices[device].wave);
  mn_backend_opencl.plan_free (plan);
  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  g_file_set_contents (path, table, -1, &error);
  g_assert_no_error (error);
  g_setenv ("FAKE_DEVICE_TABLE", path, TRUE);
  return make_plan (context, graph, precision);
}

static gdouble
count_bytes (const MnBackendPlan *plan)
{
  gdouble bytes = 0;
  guint i;

  for (i = 0; i < plan->launches->len; i++)
    bytes += ((const MnClLaunch *) g_ptr_array_index (plan->launches, i))
                 ->bytes;
  return bytes;
}

static void
test_network (gconstpointer data)
{
  const gchar *name = data;
  g_autoptr (MnGraph) graph = network_new_named (name, SIZE, NETWORK_FUSED, 1);
  MnContext *context = mn_context_new ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (devices); i++) {
    gdouble bytes[2];
    guint half;

    for (half = 0; half < 2; half++) {
      MnBackendPlan *plan = plan_in_waves (context, graph, i,
          half ? MN_PRECISION_F16 : MN_PRECISION_F32);

      g_assert_cmpuint (plan->launches->len + 1, ==,
          network_launches (name, graph));
      check_parts (plan);
      check_use (plan);
      bytes[half] = count_bytes (plan);
      mn_backend_opencl.plan_free (plan);
    }
    /* Sums, and what is read back, are floats. */
    g_assert_cmpfloat (bytes[1], <=, MOST_HALF_BYTES * bytes[0]);
  }
  mn_context_unref (context);
}

int
main (int argc, char **argv)
{
  guint i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; network_name (i); i++) {
    g_autofree gchar *path = g_strconcat ("/opencl/geometry/", network_name (i),
        NULL);

    g_test_add_data_func (path, network_name (i), test_network);
  }
  return g_test_run ();
}
