/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plans in half precision: which values are halves, and what becomes of
 * layers whose numbers are too large. */

#include "engine/core/selftest.h"
#include "opencl/lower/plan.h"
#include "tests/opencl/graphs.h"

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

static gboolean
is_half (const MnBackendPlan *plan, gint value)
{
  const GArray *values = plan->values;

  return mn_value (values, mn_value_place (values, value))->element
      == MN_ELEMENT_F16;
}

static void
test_elements (void)
{
  g_autoptr (MnGraph) graph = NULL;
  MnContext *context;
  MnBackendPlan *plan;
  guint i;

  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = build_sized (1);
  plan = make_plan (context, graph, MN_PRECISION_F16);
  g_assert_true (is_half (plan, plan->input));
  for (i = 0; i < graph->nodes->len; i++)
    g_assert_cmpint (is_half (plan, mn_graph_node (graph, i)->outputs[0]), ==,
        i + 1 < graph->nodes->len);
  mn_backend_opencl.plan_free (plan);
  plan = make_plan (context, graph, MN_PRECISION_F32);
  for (i = 0; i < plan->values->len; i++)
    g_assert_false (is_half (plan, i));
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
}

/* Left the choice, what can compute in half does; and says so. */
static void
test_choice (void)
{
  g_autoptr (MnGraph) graph = NULL;
  MnContext *context;
  MnBackendPlan *plan;
  gboolean has;

  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = build_sized (1);
  plan = make_plan (context, graph, MN_PRECISION_AUTO);
  has = mn_cl_device_has (plan->device, "cl_khr_fp16");
  g_test_message ("%s computes in %s", plan->device->name,
      has ? "half" : "float");
  g_assert_cmpint (mn_backend_opencl.plan_precision (plan), ==,
      has ? MN_PRECISION_F16 : MN_PRECISION_F32);
  g_assert_cmpint (is_half (plan, plan->input), ==, has);
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
}

static gboolean
self_test (MnContext *context, const MnGraph *graph, MnBackendPlan *plan,
    gboolean *mended, GError **error)
{
  MnPlanOptions options = {
    .precision = mn_backend_opencl.plan_precision (plan)};

  return mn_self_test (context, &mn_backend_opencl, plan, graph, &options,
      mended, error);
}

/* That layer alone is then in floats. */
static void
test_overflow (void)
{
  g_autoptr (MnGraph) graph = NULL;
  GError *error = NULL;
  MnContext *context;
  MnBackendPlan *plan;
  gboolean mended;
  guint i;

  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = build_sized (3e5f);
  plan = make_plan (context, graph, MN_PRECISION_F16);
  self_test (context, graph, plan, &mended, &error);
  g_assert_no_error (error);
  g_assert_true (mended);
  g_assert_nonnull (plan->wide);
  for (i = 0; i < graph->nodes->len; i++) {
    g_assert_cmpint (plan->wide[i], ==, i == 1);
    g_assert_cmpint (is_half (plan, mn_graph_node (graph, i)->outputs[0]), ==,
        i != 1 && i + 1 < graph->nodes->len);
  }
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
}

/* Nothing is mended where nothing overflows. */
static void
test_no_overflow (void)
{
  g_autoptr (MnGraph) graph = NULL;
  GError *error = NULL;
  MnContext *context;
  MnBackendPlan *plan;
  gboolean mended;

  if (!have_device ())
    return;
  context = mn_context_new ();
  graph = build_sized (1);
  plan = make_plan (context, graph, MN_PRECISION_F16);
  self_test (context, graph, plan, &mended, &error);
  g_assert_no_error (error);
  g_assert_false (mended);
  g_assert_null (plan->wide);
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
}

void
add_half_tests (void)
{
  g_test_add_func ("/opencl/half/elements", test_elements);
  g_test_add_func ("/opencl/half/choice", test_choice);
  g_test_add_func ("/opencl/half/overflow", test_overflow);
  g_test_add_func ("/opencl/half/no-overflow", test_no_overflow);
}
