/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whatever tuning may choose computes the same: each form of each kernel, in
 * groups that no rule has. */

#include "opencl/lower/tuning.h"
#include "tests/opencl/graphs.h"

#define N_FORMS 6 /* of a site, at most */

static MnGraph *
make_graph (void)
{
  Build b = build_new (19, 17, 3);
  gint x;

  build_conv (&b, 16, 3, 3, 2, MN_PADDING_SAME, MN_ACT_HARD_SWISH);
  build_conv (&b, 128, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU6);
  build_dwconv (&b, 1, 3, 3, 1, MN_PADDING_SAME, MN_ACT_RELU);
  build_dwconv (&b, 1, 5, 5, 2, MN_PADDING_SAME, MN_ACT_HARD_SWISH);
  build_excite (&b, 8, MN_ACT_HARD_SIGMOID);
  build_conv (&b, 24, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  x = b.x;
  build_dwconv (&b, 1, 3, 3, 1, MN_PADDING_SAME, MN_ACT_NONE);
  build_conv (&b, 24, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  build_residual (&b, x);
  build_conv (&b, 7, 3, 3, 1, MN_PADDING_SAME, MN_ACT_SIGMOID);
  return build_finish (&b);
}

static MnBackendPlan *
compile (const MnGraph *graph)
{
  MnContext *context = mn_context_new ();
  MnPlanOptions options = {
    .tuning = MN_TUNING_FAST, .precision = test_precision ()};
  GError *error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);

  g_assert_no_error (error);
  mn_context_unref (context);
  return plan;
}

static MnClSite *
site_at (const MnBackendPlan *plan, guint i)
{
  return g_ptr_array_index (plan->tuning->sites, i);
}

/* Has the next plan take form n of each site, where it has so many, in groups
 * of 3 by 2 items. */
static void
choose (MnBackendPlan *plan, guint n)
{
  guint i;

  for (i = 0; i < plan->tuning->sites->len; i++) {
    MnClSite *site = site_at (plan, i);
    const MnClVariant *v = site->forms[n % site->n].variant;

    site->choice = (MnClChoice) {
      v->width, v->pixels, v->step, v->split, {3, 2, v->split}};
  }
  plan->tuning->is_new = TRUE;
  mn_cl_tuning_store (plan);
}

static void
check_taken (const MnBackendPlan *plan, guint n)
{
  guint n_launches = 0, i;

  g_assert_false (plan->tuning->is_new);
  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (plan->launches, i);
    const MnClSite *site;

    if (launch->site == 0)
      continue;
    n_launches++;
    site = site_at (plan, launch->site - 1);
    g_assert_cmpstr (launch->program->wanted, ==,
        site->forms[n % site->n].options.text);
    g_assert_cmpuint (launch->local[0], ==, 3);
    g_assert_cmpuint (launch->local[1], ==, 2);
  }
  /* A CPU's sums are of groups of one item. */
  g_assert_cmpuint (n_launches, ==, plan->device->gpu_shape ? 8 : 7);
}

static void
test_forms (void)
{
  g_autoptr (MnGraph) graph = NULL;
  guint most = 0, n, i;
  MnBackendPlan *plan;

  if (!have_device ())
    return;
  graph = make_graph ();
  plan = compile (graph);
  /* The groups of this test are larger than some devices' are. */
  if (plan->device->max_group < 6 * 8) {
    g_test_skip ("the device has small groups only");
    mn_backend_opencl.plan_free (plan);
    return;
  }
  for (i = 0; i < plan->tuning->sites->len; i++)
    most = MAX (most, site_at (plan, i)->n);
  g_assert_cmpuint (most, >, 1);
  g_assert_cmpuint (most, <=, N_FORMS);
  tuning_of_plans = MN_TUNING_FAST;
  for (n = 0; n < most; n++) {
    choose (plan, n);
    mn_backend_opencl.plan_free (plan);
    plan = compile (graph);
    check_taken (plan, n);
    compare_backends (graph, 1, "chosen forms");
  }
  tuning_of_plans = MN_TUNING_OFF;
  mn_backend_opencl.plan_free (plan);
}

void
add_form_tests (void)
{
  g_test_add_func ("/opencl/forms", test_forms);
}
