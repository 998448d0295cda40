/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tuning on a device whose clock says what it is told to: the fastest form is
 * found, kept and used again; whatever fails meanwhile, there is a plan. */

#include "engine/base/cache.h"
#include "opencl/lower/tuning.h"
#include "tests/opencl/graphs.h"
#include "tests/opencl/scenario.h"

#include <dlfcn.h>
#include <glib/gstdio.h>

#define DEVICE "adreno-660"
#define SIZE 14
#define CHANNELS 128
#define N_INPUT (SIZE * SIZE * CHANNELS)

static struct
{
  __typeof__ (fake_cl_hang) *hang;
  __typeof__ (fake_cl_release) *release;
} driver;

static MnContext *context;
static MnGraph *graph;
static MnPrecision precision = MN_PRECISION_F32;

/* What the device's clock and compiler say of one form. */
typedef struct
{
  const gchar *form, *says;
} Line;

static void
set_table (const Line *lines, guint n)
{
  g_autofree gchar *path = g_build_filename (g_get_user_cache_dir (), "table",
      NULL);
  g_autoptr (GString) table = g_string_new (NULL);
  GError *error = NULL;
  guint i;

  for (i = 0; i < n; i++)
    g_string_append_printf (table, "%s | " DEVICE " | %s\n", lines[i].form,
        lines[i].says);
  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  g_file_set_contents (path, table->str, -1, &error);
  g_assert_no_error (error);
  g_setenv ("FAKE_DEVICE_TABLE", path, TRUE);
}

static MnBackendPlan *
compile (MnTuning tuning, const gint *cancelled)
{
  MnPlanOptions options = {
    .precision = precision, .tuning = tuning, .cancelled = cancelled};
  GError *error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);

  g_assert_no_error (error);
  return plan;
}

/* A start of which all is right. */
static MnBackendPlan *
start (MnTuning tuning)
{
  MnBackendPlan *plan = compile (tuning, NULL);

  mn_backend_opencl.plan_passed (plan);
  return plan;
}

static const MnClLaunch *
product (const MnBackendPlan *plan)
{
  return g_ptr_array_index (plan->launches, 0);
}

static gboolean
is_form (const MnBackendPlan *plan, guint pixels, guint split)
{
  g_autofree gchar *pattern = g_strdup_printf ("*-DPX=%u *-DSPLIT=%u *", pixels,
      split);

  return g_pattern_match_simple (pattern, product (plan)->program->wanted);
}

static gboolean
is_measured (const MnBackendPlan *plan)
{
  return plan->tuning && plan->tuning->is_new;
}

/* As for a device that is seen the first time. */
static void
forget_all (void)
{
  g_autofree gchar *folder = g_build_filename (g_get_user_cache_dir (),
      "gst-mobilenet", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
}

#define FORM(px, step, split) \
  "pointwise V=4 PX=" #px " STEP=" #step " SPLIT=" #split \
  " SCALE=0 RESIDUAL=0 MEAN=0 ACT=1"

/* What the table has for this layer, and others. */
#define TABLE FORM (2, 2, 8)
#define ONE_PIXEL FORM (1, 4, 1)
#define FOUR_PIXELS FORM (4, 4, 1)

typedef struct
{
  Line lines[3];
  guint pixels, split; /* that are expected */
} Case;

static void
test_choice (gconstpointer data)
{
  static const Case cases[] = {
    {{{"", ""}}, 2, 8},
    {{{ONE_PIXEL, "time 500000 "}}, 1, 1},
    {{{ONE_PIXEL, "time 900000 "}, {FOUR_PIXELS, "time 800000 "}}, 4, 1},
    /* Not clearly. */
    {{{ONE_PIXEL, "time 980000 "}}, 2, 8},
    /* It spills; or takes no group with all who share. */
    {{{ONE_PIXEL, "private 64 time 500000 "}, {FOUR_PIXELS, "time 800000 "}}, 4,
      1},
    {{{FORM (2, 2, 4), "group 2 time 100000 "}}, 2, 8},
    {{{TABLE, "time 400000 "}}, 2, 8},
  };
  MnTuning level = GPOINTER_TO_INT (data);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    MnBackendPlan *plan;

    forget_all ();
    set_table (cases[i].lines, G_N_ELEMENTS (cases[i].lines));
    plan = start (MN_TUNING_OFF);
    g_assert_true (is_form (plan, 2, 8));
    mn_backend_opencl.plan_free (plan);
    plan = compile (level, NULL);
    if (!is_form (plan, cases[i].pixels, cases[i].split))
      g_error ("case %u: %s", i, product (plan)->program->wanted);
    g_assert_true (is_measured (plan));
    /* What was only tried is gone. */
    g_assert_cmpuint (plan->programs->len, <=, 1 + 2 * plan->launches->len);
    mn_backend_opencl.plan_free (plan);
    g_assert_cmpint (fake.live (), ==, 0);
  }
}

/* Groups of that size halve the time of the table's tile, or of another one. */
static void
test_groups (gconstpointer data)
{
  static const Line lines[] = {
    {TABLE, "fast-group 256 "}, {ONE_PIXEL, "time 2000000 fast-group 64 "}};
  MnTuning level = GPOINTER_TO_INT (data);
  MnBackendPlan *plan;
  gsize items;

  forget_all ();
  set_table (NULL, 0);
  plan = start (MN_TUNING_OFF);
  items = mn_cl_group_items (product (plan));
  mn_backend_opencl.plan_free (plan);
  set_table (lines, G_N_ELEMENTS (lines));
  plan = start (level);
  g_assert_true (is_form (plan, 2, 8));
  g_assert_cmpuint (items, ==, 128);
  g_assert_cmpuint (mn_cl_group_items (product (plan)), ==, 256);
  g_assert_cmpuint (product (plan)->local[2], ==, 8);
  mn_backend_opencl.plan_free (plan);
}

/* Found once, it is what all starts have that ask no closer. */
static void
test_kept (void)
{
  static const Line lines[] = {{FOUR_PIXELS, "time 500000 "}};
  static const struct
  {
    MnTuning level;
    gboolean four, measured;
  } starts[] = {
    {MN_TUNING_OFF, FALSE, FALSE},
    {MN_TUNING_FAST, TRUE, TRUE},
    {MN_TUNING_FAST, TRUE, FALSE},
    {MN_TUNING_OFF, FALSE, FALSE},
    {MN_TUNING_FULL, TRUE, TRUE},
    {MN_TUNING_FULL, TRUE, FALSE},
    {MN_TUNING_FAST, TRUE, FALSE},
  };
  guint i;

  forget_all ();
  set_table (lines, G_N_ELEMENTS (lines));
  for (i = 0; i < G_N_ELEMENTS (starts); i++) {
    MnBackendPlan *plan = compile (starts[i].level, NULL);

    g_assert_true (is_form (plan, 4, 1) == starts[i].four);
    g_assert_true (is_measured (plan) == starts[i].measured);
    if (starts[i].measured)
      g_assert_false (mn_backend_opencl.plan_is_known (plan));
    mn_backend_opencl.plan_passed (plan);
    mn_backend_opencl.plan_free (plan);
  }
}

/* Values of 16 bits are compared as such; and what was found in one precision
 * says nothing of the other. */
static void
test_half (void)
{
  static const Line lines[] = {{ONE_PIXEL " HALF=63", "time 500000 "}};
  guint i;

  forget_all ();
  set_table (lines, G_N_ELEMENTS (lines));
  for (i = 0; i < 4; i++) {
    gboolean half = i % 2 == 0;
    MnBackendPlan *plan;

    precision = half ? MN_PRECISION_F16 : MN_PRECISION_F32;
    plan = compile (MN_TUNING_FAST, NULL);
    g_assert_true (is_measured (plan) == (i < 2));
    g_assert_true (half ? is_form (plan, 1, 1) : is_form (plan, 2, 8));
    mn_backend_opencl.plan_passed (plan);
    mn_backend_opencl.plan_free (plan);
  }
}

/* What comes in a later walk is no part of it. */
static void
test_late_site (void)
{
  static const Line lines[] = {{FOUR_PIXELS, "time 500000 "}};
  MnBackendPlan *plan;
  const MnClSite *site;

  forget_all ();
  set_table (lines, G_N_ELEMENTS (lines));
  plan = compile (MN_TUNING_FAST, NULL);
  site = g_ptr_array_index (plan->tuning->sites, 0);
  mn_cl_tuning_add (plan->tuning, "late", site->kernel, site->forms, site->n);
  mn_backend_opencl.plan_passed (plan);
  mn_backend_opencl.plan_free (plan);
  plan = compile (MN_TUNING_FAST, NULL);
  g_assert_false (is_measured (plan));
  g_assert_true (is_form (plan, 4, 1));
  mn_backend_opencl.plan_free (plan);
}

/* What did not pass is not kept, nor what was given up. */
static void
test_not_kept (void)
{
  static const Line lines[] = {{FOUR_PIXELS, "time 500000 "}};
  MnBackendPlan *plan;

  forget_all ();
  set_table (lines, G_N_ELEMENTS (lines));
  plan = compile (MN_TUNING_FAST, NULL);
  g_assert_true (is_measured (plan));
  mn_backend_opencl.plan_free (plan);
  plan = compile (MN_TUNING_FAST, NULL);
  g_assert_true (is_measured (plan));
  mn_backend_opencl.plan_free (plan);
}

/* A file as a plan of FAST wrote it, but for one number. */
static void
change_file (const gchar *name, guint at, guint32 number)
{
  g_autoptr (GBytes) bytes = mn_cache_load (name), changed = NULL;
  g_autofree guint32 *numbers = NULL;
  gsize size;

  g_assert_nonnull (bytes);
  numbers = g_memdup2 (g_bytes_get_data (bytes, &size),
      g_bytes_get_size (bytes));
  g_assert_cmpuint (at * sizeof number, <, size);
  numbers[at] = GUINT32_TO_LE (number);
  changed = g_bytes_new (numbers, size);
  mn_cache_store (name, changed);
}

/* Entries that are ours by their names and checksums, and cannot be true. */
static void
test_doubtful (void)
{
  static const Line lines[] = {{FOUR_PIXELS, "time 500000 "}};
  /* Level and number of sites; width, pixels, step, split and group of the
   * first one. */
  static const struct
  {
    guint at;
    guint32 number;
  } changes[] = {{0, 0}, {0, 3}, {0, G_MAXUINT32}, {1, 0}, {1, G_MAXUINT32},
    {2, 0}, {2, 16}, {3, 3}, {4, 8}, {5, 2}, {6, 1}, {6, G_MAXUINT32}, {8, 7}};
  g_autoptr (GBytes) cut = g_bytes_new ("cut", 3);
  g_autofree gchar *name = NULL;
  MnBackendPlan *plan;
  guint i;

  forget_all ();
  set_table (lines, G_N_ELEMENTS (lines));
  plan = start (MN_TUNING_FAST);
  name = g_strdup (plan->tuning->file);
  mn_backend_opencl.plan_free (plan);
  for (i = 0; i <= G_N_ELEMENTS (changes); i++) {
    if (i < G_N_ELEMENTS (changes))
      change_file (name, changes[i].at, changes[i].number);
    else
      mn_cache_store (name, cut);
    plan = compile (MN_TUNING_FAST, NULL);
    if (!is_measured (plan))
      g_error ("change %u is believed", i);
    g_assert_true (is_form (plan, 4, 1));
    mn_backend_opencl.plan_passed (plan);
    mn_backend_opencl.plan_free (plan);
  }
  /* A group that the device has, but the kernel does not any more. */
  change_file (name, 6, 64);
  change_file (name, 7, 16);
  change_file (name, 8, 1);
  plan = compile (MN_TUNING_FAST, NULL);
  g_assert_false (is_measured (plan));
  g_assert_cmpuint (mn_cl_group_items (product (plan)), <=,
      product (plan)->program->max_group);
  mn_backend_opencl.plan_free (plan);
}

static gpointer
compile_full (gpointer cancelled)
{
  return compile (MN_TUNING_FULL, cancelled);
}

/* Whoever gives up while it measures gets the table's, which is not kept. */
static void
test_cancelled (void)
{
  static const Line lines[] = {{FOUR_PIXELS, "time 500000 "}};
  gint cancelled = 0;
  MnBackendPlan *plan;
  GThread *thread;

  forget_all ();
  set_table (lines, G_N_ELEMENTS (lines));
  fake.fail (0, 0);
  mn_backend_opencl.plan_free (compile (MN_TUNING_FULL, NULL));
  /* Nearly at the end. */
  driver.hang (fake.calls () - 50);
  thread = g_thread_new ("compile", compile_full, &cancelled);
  while (!fake.failed ())
    g_usleep (1000);
  g_atomic_int_set (&cancelled, 1);
  driver.release ();
  plan = g_thread_join (thread);
  g_assert_false (is_measured (plan));
  g_assert_true (is_form (plan, 2, 8));
  mn_backend_opencl.plan_free (plan);
  g_assert_cmpint (fake.live (), ==, 0);
}

static void
run_frame (MnBackendPlan *plan)
{
  g_autofree gfloat *input = g_new0 (gfloat, N_INPUT);
  g_autofree gfloat *output = g_new0 (gfloat, N_INPUT);
  MnTensorView view = {.data = output, .size = N_INPUT * sizeof (gfloat)};
  MnTensorView *views = &view;
  GError *error = NULL;
  MnBackendSession *session = mn_backend_opencl.session_new (plan, 1, &error);
  MnFrame frame, *frames = &frame;

  g_assert_no_error (error);
  init_tensor_frame (&frame, input, N_INPUT);
  /* It refuses launches that no such device takes. */
  mn_backend_opencl.submit (session, 0, &frames, NULL, 1, &views, &error);
  g_assert_no_error (error);
  mn_backend_opencl.wait (session, 0, MN_FOREVER, &error);
  g_assert_no_error (error);
  mn_backend_opencl.session_free (session);
}

/* Each call fails once: there is a plan, with the table's form or a better one,
 * or an error with words. */
static void
test_failures (void)
{
  static const Line lines[] = {{FOUR_PIXELS, "time 500000 "}};
  static const gint codes[] = {CL_OUT_OF_RESOURCES, CL_DEVICE_NOT_AVAILABLE};
  MnPlanOptions options = {
    .precision = MN_PRECISION_F32, .tuning = MN_TUNING_FAST};
  guint n_calls, n, n_plans = 0, i;

  set_table (lines, G_N_ELEMENTS (lines));
  forget_all ();
  fake.fail (0, 0);
  mn_backend_opencl.plan_free (compile (MN_TUNING_FAST, NULL));
  n_calls = fake.calls ();
  g_test_message ("%u calls", n_calls);
  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    /* With another error, some of them. */
    for (n = 1; n <= n_calls; n += i == 0 ? 1 : random_int (5, 9)) {
      g_autoptr (GError) error = NULL;
      MnBackendPlan *plan;

      fake.fail (n, codes[i]);
      plan = mn_backend_opencl.compile (context, graph, &options, &error);
      g_assert_true (!plan == !!error);
      fake.fail (0, 0);
      if (plan) {
        n_plans++;
        g_assert_true (is_form (plan, 2, 8) || is_form (plan, 4, 1));
        run_frame (plan);
        mn_backend_opencl.plan_free (plan);
      }
      if (fake.live () != 0)
        g_error ("call %u: %d objects are left", n, fake.live ());
    }
  }
  /* All those that only tuning makes. */
  g_assert_cmpuint (n_plans, >, n_calls * 3 / 4);
}

int
main (int argc, char **argv)
{
  Build b = build_new (SIZE, SIZE, CHANNELS);
  gpointer handle;
  gint result;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("FAKE_DEVICE", DEVICE, TRUE);
  random_init ();
  handle = fake_cl_open (g_getenv ("MOBILENET_OPENCL_LIBRARY"));
  driver.hang = dlsym (handle, "fake_cl_hang");
  driver.release = dlsym (handle, "fake_cl_release");
  build_conv (&b, 16, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU6);
  build_dwconv (&b, 1, 3, 3, 1, MN_PADDING_SAME, MN_ACT_NONE);
  graph = build_finish (&b);
  context = mn_context_new ();
  mn_cl_tune_time[MN_TUNING_FAST] = mn_cl_tune_time[MN_TUNING_FULL] =
      G_TIME_SPAN_DAY;
  g_test_add_data_func ("/opencl/tuning/fast", GINT_TO_POINTER (MN_TUNING_FAST),
      test_choice);
  g_test_add_data_func ("/opencl/tuning/full", GINT_TO_POINTER (MN_TUNING_FULL),
      test_choice);
  g_test_add_data_func ("/opencl/tuning/fast-groups",
      GINT_TO_POINTER (MN_TUNING_FAST), test_groups);
  g_test_add_data_func ("/opencl/tuning/full-groups",
      GINT_TO_POINTER (MN_TUNING_FULL), test_groups);
  g_test_add_func ("/opencl/tuning/kept", test_kept);
  g_test_add_func ("/opencl/tuning/half", test_half);
  g_test_add_func ("/opencl/tuning/late-site", test_late_site);
  g_test_add_func ("/opencl/tuning/not-kept", test_not_kept);
  g_test_add_func ("/opencl/tuning/doubtful", test_doubtful);
  g_test_add_func ("/opencl/tuning/cancelled", test_cancelled);
  g_test_add_func ("/opencl/tuning/failures", test_failures);
  result = g_test_run ();
  mn_context_unref (context);
  mn_graph_free (graph);
  return result;
}
