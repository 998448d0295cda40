/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Weights that a file has as integers of 8 bits stay such on the device where
 * they meet one vector, and give what their floats give. */

#include "opencl/lower/plan.h"
#include "tests/opencl/graphs.h"

#include <string.h>

static MnTensor *
weights_of (const Build *b, guint input)
{
  return mn_graph_input_of (b->graph,
      mn_graph_node (b->graph, b->graph->nodes->len - 1), input);
}

/* Makes the weights of the last node multiples of n scales. */
static void
quantise (const Build *b, guint input, guint n)
{
  MnTensor *w = weights_of (b, input);
  gsize row = w->n_elements / n, i;
  gfloat *x = w->owned;

  w->quant.n = n;
  w->quant.axis = 0;
  w->quant.scale = g_new (gfloat, n);
  w->quant.zero_point = g_new0 (gint64, n);
  for (i = 0; i < n; i++)
    w->quant.scale[i] = (2 + random_float ()) / 300;
  for (i = 0; i < w->n_elements; i++)
    x[i] = (gdouble) w->quant.scale[i / row] * random_int (-128, 127);
}

/* Launches whose weights are bytes. */
static guint
count_bytes (const MnGraph *graph)
{
  MnContext *context = mn_context_new ();
  MnPlanOptions options = {.precision = MN_PRECISION_F32};
  GError *error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);
  guint n = 0, i;

  g_assert_no_error (error);
  for (i = 0; i < plan->launches->len; i++) {
    const MnClLaunch *launch = g_ptr_array_index (plan->launches, i);

    n += strstr (launch->program->wanted, "BYTES=1") != NULL;
  }
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
  return n;
}

static Build
vector_new (gint inputs, gint outputs, gboolean convolution)
{
  Build b = build_new (1, 1, inputs);

  if (convolution)
    build_conv (&b, outputs, 1, 1, 1, MN_PADDING_SAME, MN_ACT_HARD_SWISH);
  else
    build_fully_connected (&b, outputs, MN_ACT_RELU6);
  return b;
}

static void
check (Build *b, guint n, const gchar *what)
{
  g_autoptr (MnGraph) graph = build_finish (b);

  compare_backends (graph, 2, what);
  g_assert_cmpuint (count_bytes (graph), ==, n);
}

static void
test_sizes (void)
{
  static const gint sizes[][2] = {{1, 1}, {3, 5}, {16, 16}, {17, 33}, {9, 20},
    {64, 1001}, {253, 12}, {1030, 31}};
  guint i, n;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    for (n = 0; n < 2; n++) {
      Build b = vector_new (sizes[i][0], sizes[i][1], i & 1);

      quantise (&b, 1, n ? sizes[i][1] : 1);
      check (&b, 1, n ? "a scale an output" : "one scale");
    }
  }
}

/* No bias, a residual, and both ends of a gate. */
static void
test_around (void)
{
  Build b;
  gint x;

  if (!have_device ())
    return;
  b = build_new (1, 1, 24);
  build_conv (&b, 24, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU);
  x = b.x;
  build_conv (&b, 24, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  quantise (&b, 1, 24);
  mn_node_set_input (mn_graph_node (b.graph, b.graph->nodes->len - 1), 2, -1);
  build_residual (&b, x);
  check (&b, 1, "residual");
}

/* Gates of many channels are two products on a GPU; on others their one
 * launch has floats. */
static void
test_gate (void)
{
  Build b;
  const gchar *shape = g_getenv ("MOBILENET_OPENCL_DEVICE_TYPE");
  gboolean gpu = !g_strcmp0 (shape, "gpu");

  if (!have_device ())
    return;
  b = build_new (3, 3, 600);
  build_excite (&b, 20, MN_ACT_HARD_SIGMOID);
  quantise (&b, 1, 20);
  quantise (&b, 3, 600);
  check (&b, gpu ? 2 : 0, "gate");
}

/* One value that no integer gives, or scales that are no such: floats. */
static void
test_others (void)
{
  gint form;

  if (!have_device ())
    return;
  for (form = 0; form < 6; form++) {
    Build b = vector_new (20, 20, FALSE);
    MnTensor *w;
    gfloat *x;

    quantise (&b, 1, 20);
    w = weights_of (&b, 1);
    x = w->owned;
    if (form == 0)
      x[399] *= 1.001f;
    else if (form == 1)
      w->quant.zero_point[19] = 1;
    else if (form == 2)
      w->quant.axis = 1;
    else if (form == 3)
      x[7] = 128 * w->quant.scale[0];
    else if (form == 4)
      w->quant.scale[3] = 0;
    else
      w->quant.n = 10;
    check (&b, 0, "floats");
  }
}

void
add_byte_tests (void)
{
  g_test_add_func ("/opencl/bytes/sizes", test_sizes);
  g_test_add_func ("/opencl/bytes/around", test_around);
  g_test_add_func ("/opencl/bytes/gate", test_gate);
  g_test_add_func ("/opencl/bytes/others", test_others);
}
