/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Networks of integers, which the device computes in floats: within a step or
 * so of what integers give. */

#include "tests/opencl/graphs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCALE 0.04f

static void
set_quant (MnTensor *t, MnDType dtype, guint n, guint axis)
{
  t->dtype = dtype;
  t->quant.n = n;
  t->quant.axis = axis;
  t->quant.scale = g_new (gfloat, n);
  t->quant.zero_point = g_new0 (gint64, n);
}

static void
set_data (MnTensor *t, gpointer data, gsize size)
{
  g_free (t->owned);
  t->data = t->owned = data;
  t->size = size;
}

static gint
least_of (MnDType dtype)
{
  return dtype == MN_DTYPE_U8 ? 0 : G_MININT8;
}

/* int8: a scale an output; uint8: one, around 120. */
static void
quantise_weights (MnTensor *w, MnDType dtype, guint axis)
{
  guint n = dtype == MN_DTYPE_I8 ? w->dims[axis] : 1;
  gsize inner = axis == 0 ? w->n_elements / w->dims[0] : 1, i;
  gint zero = dtype == MN_DTYPE_I8 ? 0 : 120;
  guint8 *out = g_new (guint8, w->n_elements);
  const gfloat *x = w->data;
  gfloat most = 0;

  for (i = 0; i < w->n_elements; i++)
    most = MAX (most, fabsf (x[i]));
  set_quant (w, dtype, n, axis);
  for (i = 0; i < n; i++) {
    w->quant.scale[i] = most / 120 * (n > 1 ? 1 + i / 16.0f : 1.1f);
    w->quant.zero_point[i] = zero;
  }
  for (i = 0; i < w->n_elements; i++)
    out[i] = (gint) roundf (x[i] / w->quant.scale[n > 1 ? i / inner % n : 0])
        + zero;
  set_data (w, out, w->n_elements);
}

static void
quantise_bias (MnTensor *b, const MnQuant *w)
{
  gint32 *out = g_new (gint32, b->n_elements);
  const gfloat *x = b->data;
  gsize i;

  set_quant (b, MN_DTYPE_I32, w->n, 0);
  for (i = 0; i < w->n; i++)
    b->quant.scale[i] = SCALE * w->scale[i];
  for (i = 0; i < b->n_elements; i++)
    out[i] = roundf (x[i] / b->quant.scale[w->n > 1 ? i : 0]);
  set_data (b, out, b->n_elements * sizeof *out);
}

static void
quantise_value (const MnGraph *graph, gint t, MnDType dtype, gint zero)
{
  MnTensor *tensor = mn_graph_tensor (graph, t);

  if (tensor->dtype != MN_DTYPE_F32)
    return;
  set_quant (tensor, dtype, 1, 0);
  tensor->quant.scale[0] = SCALE;
  tensor->quant.zero_point[0] = zero;
}

static void
quantise_node (const MnGraph *graph, const MnNode *node, MnDType dtype,
    gint zero)
{
  gboolean depthwise = node->op == MN_OP_DEPTHWISE_CONV_2D;
  MnTensor *y;

  quantise_value (graph, node->inputs[0], dtype, zero);
  quantise_value (graph, node->outputs[0], dtype, zero);
  y = mn_graph_output_of (graph, node, 0);
  if (node->op == MN_OP_SOFTMAX || node->op == MN_OP_LOGISTIC) {
    y->quant.scale[0] = 1 / 256.0f;
    y->quant.zero_point[0] = least_of (dtype);
  } else if (depthwise || node->op == MN_OP_CONV_2D
      || node->op == MN_OP_FULLY_CONNECTED) {
    MnTensor *w = mn_graph_input_of (graph, node, 1);

    quantise_weights (w, dtype, depthwise ? 3 : 0);
    quantise_bias (mn_graph_input_of (graph, node, 2), &w->quant);
  } else if (node->op == MN_OP_ADD || node->op == MN_OP_MUL) {
    quantise_value (graph, node->inputs[1], dtype, zero);
  }
}

/* All values have the same scale. */
static MnGraph *
finish (Build *b, MnDType dtype, gint zero)
{
  MnGraph *graph = build_finish (b);
  GError *error = NULL;
  guint i;

  for (i = 0; i < graph->nodes->len; i++)
    quantise_node (graph, mn_graph_node (graph, i), dtype, zero);
  mn_graph_validate (graph, &error);
  g_assert_no_error (error);
  return graph;
}

static guint8 *
compute (const MnBackend *backend, const MnGraph *graph, const guint8 *input)
{
  MnContext *context = mn_context_new ();
  MnPlanOptions options = {
    NULL,
  };
  const MnTensor *in = mn_graph_input (graph, 0);
  const MnTensor *y = mn_graph_output (graph, 0);
  guint8 *out = g_malloc (y->n_elements);
  MnTensorView view = {.data = out}, *views = &view;
  MnFrameDesc desc = {
    MN_FORMAT_TENSOR,
  };
  MnFrame frame, *frames = &frame;
  GError *error = NULL;
  MnBackendPlan *plan = backend->compile (context, graph, &options, &error);
  MnBackendSession *session;

  g_assert_no_error (error);
  session = backend->session_new (plan, 1, &error);
  g_assert_no_error (error);
  g_assert_true (backend->set_input (session, NULL, &error));
  mn_frame_init (&frame, &desc, NULL, NULL);
  frame.n_planes = 1;
  frame.planes[0].data = input;
  frame.planes[0].size = in->n_elements;
  g_assert_true (backend->submit (session, 0, &frames, NULL, 1, &views,
      &error));
  g_assert_true (backend->wait (session, 0, MN_FOREVER, &error));
  backend->session_free (session);
  backend->plan_free (plan);
  mn_context_unref (context);
  return out;
}

static void
check (MnGraph *graph, gint steps, const gchar *what)
{
  const MnTensor *in = mn_graph_input (graph, 0);
  const MnTensor *y = mn_graph_output (graph, 0);
  g_autofree guint8 *input = g_malloc (in->n_elements);
  g_autofree guint8 *got = NULL, *want = NULL;
  gboolean is_signed = y->dtype == MN_DTYPE_I8;
  gsize i;

  /* Values that stay away from the ends of the range, which cut integers off
   * and not floats. */
  for (i = 0; i < in->n_elements; i++)
    input[i] = in->quant.zero_point[0] + random_int (-30, 30);
  got = compute (&mn_backend_opencl, graph, input);
  want = compute (&mn_backend_reference, graph, input);
  for (i = 0; i < y->n_elements; i++) {
    gint a = is_signed ? (gint8) got[i] : got[i];
    gint b = is_signed ? (gint8) want[i] : want[i];

    if (abs (a - b) > steps)
      g_error ("%s, %s: value %" G_GSIZE_FORMAT " is %d, should be %d", what,
          mn_dtype_name (y->dtype), i, a, b);
  }
  mn_graph_free (graph);
}

static const MnDType types[] = {MN_DTYPE_U8, MN_DTYPE_I8};

static void
build_layer (Build *b, guint kind)
{
  switch (kind) {
    case 0:
      build_conv (b, 9, 3, 3, 2, MN_PADDING_SAME, MN_ACT_NONE);
      break;
    case 1:
      build_conv (b, 17, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU6);
      break;
    case 2:
      build_dwconv (b, 1, 3, 3, 1, MN_PADDING_SAME, MN_ACT_RELU);
      break;
    case 3:
      build_fully_connected (b, 11, MN_ACT_NONE);
      break;
    case 4:
      build_mean (b, TRUE);
      break;
    case 5:
      build_node (b, MN_OP_HARD_SWISH, 0, NULL);
      break;
    case 6:
      build_node (b, MN_OP_LOGISTIC, 0, NULL);
      break;
    default:
      build_node (b, MN_OP_SOFTMAX, 0, NULL)->params.softmax.beta = 1;
  }
}

static void
test_layers (void)
{
  guint kind, i;

  if (!have_device ())
    return;
  for (kind = 0; kind < 8; kind++) {
    for (i = 0; i < G_N_ELEMENTS (types); i++) {
      Build b = build_new (5, 6, 7);
      g_autofree gchar *what = g_strdup_printf ("layer of kind %u", kind);

      build_layer (&b, kind);
      check (finish (&b, types[i], least_of (types[i]) + 122), 1, what);
    }
  }
}

/* Ranges from zero on: no activation is named, and there is one. */
static void
test_implied (void)
{
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    Build b = build_new (4, 4, 8);
    MnGraph *graph;
    MnTensor *y;

    build_conv (&b, 12, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
    graph = finish (&b, types[i], least_of (types[i]) + 100);
    y = mn_graph_output (graph, 0);
    y->quant.zero_point[0] = least_of (types[i]);
    check (graph, 1, "from zero");

    b = build_new (4, 4, 8);
    build_conv (&b, 12, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
    build_conv (&b, 5, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
    graph = finish (&b, types[i], least_of (types[i]) + 100);
    y = mn_graph_output_of (graph, mn_graph_node (graph, 0), 0);
    y->quant.zero_point[0] = least_of (types[i]);
    y->quant.scale[0] = SCALE; /* of the next layer's bias */
    check (graph, 2, "negative numbers that go on");
  }
}

/* A block with what makes others of it: an expansion, a gate, a residual. */
static void
test_block (void)
{
  guint i;

  if (!have_device ())
    return;
  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    Build b = build_new (6, 6, 8);
    gint x;

    build_conv (&b, 8, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
    x = b.x;
    build_conv (&b, 16, 1, 1, 1, MN_PADDING_SAME, MN_ACT_RELU6);
    build_dwconv (&b, 1, 5, 5, 1, MN_PADDING_SAME, MN_ACT_RELU6);
    build_conv (&b, 8, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
    build_node (&b, MN_OP_ADD, 1, &x);
    build_mean (&b, TRUE);
    build_conv (&b, 30, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
    check (finish (&b, types[i], least_of (types[i]) + 110), 4, "block");
  }
}

/* Nobody gets floats for integers who has not asked for them. */
static void
test_automatic (void)
{
  MnContext *context = mn_context_new ();
  MnPlanOptions options = {.automatic = TRUE};
  g_autoptr (GError) error = NULL;
  Build b = build_new (4, 4, 8);
  g_autoptr (MnGraph) graph = NULL;

  build_conv (&b, 12, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  graph = finish (&b, MN_DTYPE_I8, 0);
  g_assert_null (mn_backend_opencl.compile (context, graph, &options, &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "backend=opencl"));
  mn_context_unref (context);
}

void
add_integer_tests (void)
{
  g_test_add_func ("/opencl/integers/layers", test_layers);
  g_test_add_func ("/opencl/integers/implied", test_implied);
  g_test_add_func ("/opencl/integers/block", test_block);
  g_test_add_func ("/opencl/integers/automatic", test_automatic);
}
