/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plans as a whole: networks, what is refused, where values lie. */

#include "tests/kernels/network.h"
#include "opencl/lower/plan.h"
#include "tests/opencl/graphs.h"

#include <string.h>

static void
test_network (gconstpointer data)
{
  NetworkForm form = GPOINTER_TO_INT (data);
  g_autoptr (MnGraph) graph = network_new (64, form, 5);
  guint launches;

  if (!have_device ())
    return;
  compare_backends (graph, 2, "MobileNetV3-Small");
  if (form != NETWORK_FUSED)
    return;
  launches = count_launches (graph);
  g_test_message ("%u launches a frame", launches);
  g_assert_cmpuint (launches, <=, 49);
}

static void
refuse (const MnGraph *graph, const MnPlanOptions *options, const gchar *words)
{
  g_autoptr (GError) error = NULL;
  MnContext *context = mn_context_new ();

  g_assert_null (mn_backend_opencl.compile (context, graph, options, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, words));
  mn_context_unref (context);
}

static void
test_refusals (void)
{
  MnPlanOptions options = {
    NULL,
  };
  Build b = build_new (3, 3, 3);
  g_autoptr (MnGraph) graph = NULL;

  if (!have_device ()) {
    mn_graph_free (b.graph);
    return;
  }
  build_conv (&b, 4, 3, 3, 2, MN_PADDING_SAME, MN_ACT_RELU);
  graph = build_finish (&b);
  options.precision = MN_PRECISION_BF16;
  refuse (graph, &options, "bfloat16");
  options.precision = MN_PRECISION_AUTO;
  mn_graph_tensor (graph, 0)->dtype = MN_DTYPE_U8;
  refuse (graph, &options, "uint8");
  mn_graph_tensor (graph, 0)->dtype = MN_DTYPE_F32;
  mn_graph_node (graph, 0)->op = MN_OP_QUANTIZE;
  refuse (graph, &options, "layer 0");
}

/* No two values that are there at once share a byte. */
static void
check_regions (const MnBackendPlan *plan)
{
  const GArray *values = plan->values;
  guint i, j;

  for (i = 0; i < values->len; i++) {
    const MnValue *v = mn_value (values, i);
    const MnClRegion *a = &g_array_index (plan->regions, MnClRegion,
        plan->region_of[i]);

    if (!v->used || v->constant)
      continue;
    g_assert_cmpuint (a->offset, ==, v->offset);
    g_assert_cmpuint (a->size, >=, v->size);
    g_assert_cmpuint (a->offset + a->size, <=,
        v->elsewhere ? plan->results_size : plan->arena_size);
    for (j = 0; j < i; j++) {
      const MnValue *w = mn_value (values, j);
      const MnClRegion *b = &g_array_index (plan->regions, MnClRegion,
          plan->region_of[j]);

      if (w->used && !w->constant && v->first <= w->last && w->first <= v->last
          && a->of_results == b->of_results)
        g_assert_true (a->offset + a->size <= b->offset
            || b->offset + b->size <= a->offset);
    }
  }
}

/* Values of about the same size take turns in the same regions, for a tenth
 * more of memory at most. */
static void
test_regions (void)
{
  MnPlanOptions options = {.precision = test_precision ()};
  Build b = build_new (16, 16, 3);
  g_autoptr (MnGraph) graph = NULL;
  MnContext *context = mn_context_new ();
  MnBackendPlan *plan;
  guint n_places = 0, i;

  if (!have_device ()) {
    mn_context_unref (context);
    mn_graph_free (b.graph);
    return;
  }
  for (i = 0; i < 12; i++) {
    build_conv (&b, 32 + i, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU);
    build_excite (&b, 4, MN_ACT_HARD_SIGMOID);
  }
  graph = build_finish (&b);
  plan = mn_backend_opencl.compile (context, graph, &options, NULL);
  g_assert_nonnull (plan);
  check_regions (plan);
  for (i = 0; i < plan->values->len; i++)
    n_places += mn_value (plan->values, i)->used
        && !mn_value (plan->values, i)->constant;
  g_assert_cmpuint (plan->regions->len, <, n_places * 2 / 3);
  g_assert_cmpuint (plan->arena_size, <=,
      1.1 * mn_values_plan (plan->values, plan->device->align, mn_memory_plan));
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
}

void
add_plan_tests (void)
{
  g_test_add_func ("/opencl/layers/refusals", test_refusals);
  g_test_add_func ("/opencl/layers/regions", test_regions);
  g_test_add_data_func ("/opencl/network/fused",
      GINT_TO_POINTER (NETWORK_FUSED), test_network);
  g_test_add_data_func ("/opencl/network/plain",
      GINT_TO_POINTER (NETWORK_PLAIN), test_network);
}
