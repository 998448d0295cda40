/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/opencl/graphs.h"

#include "tests/opencl/any_device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 11 bits of what is read and stored, and, where a device has them, of
 * sums. */
#define HALF_TOLERANCE 1e-2f

static GRand *generator;

void
random_init (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");
  guint32 seed = text ? (guint32) strtoul (text, NULL, 0) : g_random_int ();

  g_print ("# MOBILENET_TEST_SEED=%u\n", seed);
  generator = g_rand_new_with_seed (seed);
}

gint
random_int (gint first, gint last)
{
  return g_rand_int_range (generator, first, last + 1);
}

gfloat
random_float (void)
{
  return g_rand_double_range (generator, -1, 1);
}

gboolean
few_shapes (void)
{
  return g_getenv ("MOBILENET_TEST_FEW") != NULL;
}

/* ---- building ---------------------------------------------------------- */

Build
build_new (gint h, gint w, gint c)
{
  const gint32 dims[] = {1, h, w, c};
  Build b = {mn_graph_new ("test"), 0};
  guint i;

  for (i = 0; i < 4; i++) {
    b.graph->input_scale[i] = 1;
    b.graph->input_offset[i] = 0;
  }
  b.x = mn_graph_add_tensor (b.graph, "in", MN_DTYPE_F32, 4, dims);
  mn_graph_tensor (b.graph, b.x)->n_elements = (gsize) h * w * c;
  g_array_append_val (b.graph->inputs, b.x);
  return b;
}

MnGraph *
build_finish (Build *b)
{
  GError *error = NULL;

  g_array_append_val (b->graph->outputs, b->x);
  mn_graph_validate (b->graph, &error);
  g_assert_no_error (error);
  return b->graph;
}

static gsize
n_elements (guint rank, const gint32 *dims)
{
  gsize n = 1;
  guint i;

  for (i = 0; i < rank; i++)
    n *= dims[i];
  return n;
}

static gint
add_constant (Build *b, MnDType dtype, guint rank, const gint32 *dims,
    gpointer data)
{
  gint t = mn_graph_add_tensor (b->graph, "constant", dtype, rank, dims);
  MnTensor *tensor = mn_graph_tensor (b->graph, t);

  tensor->n_elements = n_elements (rank, dims);
  tensor->size = tensor->n_elements * mn_dtype_size (dtype);
  tensor->data = tensor->owned = data;
  return t;
}

static gint
random_constant (Build *b, guint rank, const gint32 *dims, gfloat range)
{
  gsize n = n_elements (rank, dims), i;
  gfloat *data = g_new (gfloat, n);

  for (i = 0; i < n; i++)
    data[i] = random_float () * range;
  return add_constant (b, MN_DTYPE_F32, rank, dims, data);
}

gint
build_constant (Build *b, guint rank, const gint32 *dims)
{
  return random_constant (b, rank, dims, 1);
}

gint
build_indices (Build *b, guint rank, const gint32 *dims, const gint32 *values)
{
  return add_constant (b, MN_DTYPE_I32, rank, dims,
      g_memdup2 (values, n_elements (rank, dims) * sizeof (gint32)));
}

/* Shapes so far: validation of what there is. */
static const MnTensor *
current (Build *b)
{
  GError *error = NULL;
  MnTensor *t = mn_graph_tensor (b->graph, b->x);

  if (t->n_elements == 0) {
    g_array_append_val (b->graph->outputs, b->x);
    mn_graph_validate (b->graph, &error);
    g_assert_no_error (error);
    g_array_set_size (b->graph->outputs, b->graph->outputs->len - 1);
  }
  return t;
}

MnNode *
build_node (Build *b, MnOp op, guint n_more, const gint *more)
{
  MnNode *node = mn_graph_add_node (b->graph, op, b->graph->nodes->len);
  guint i;

  mn_node_set_input (node, 0, b->x);
  for (i = 0; i < n_more; i++)
    mn_node_set_input (node, 1 + i, more[i]);
  node->outputs[0] = b->x = mn_graph_add_tensor (b->graph, "t", MN_DTYPE_F32, 0,
      NULL);
  return node;
}

static void
set_conv (MnNode *node, gint stride, MnPadding padding, MnActivation activation)
{
  node->params.conv.stride_h = node->params.conv.stride_w = stride;
  node->params.conv.dilation_h = node->params.conv.dilation_w = 1;
  node->params.conv.padding = padding;
  node->activation = activation;
}

MnNode *
build_conv (Build *b, gint out, gint kernel_h, gint kernel_w, gint stride,
    MnPadding padding, MnActivation activation)
{
  gint in = current (b)->dims[3];
  const gint32 dims[] = {out, kernel_h, kernel_w, in};
  gint more[2];
  MnNode *node;

  more[0] = random_constant (b, 4, dims,
      sqrt (3.0 / (kernel_h * kernel_w * in)));
  more[1] = build_constant (b, 1, &out);
  node = build_node (b, MN_OP_CONV_2D, 2, more);
  set_conv (node, stride, padding, activation);
  return node;
}

MnNode *
build_dwconv (Build *b, gint multiplier, gint kernel_h, gint kernel_w,
    gint stride, MnPadding padding, MnActivation activation)
{
  gint32 out = current (b)->dims[3] * multiplier;
  const gint32 dims[] = {1, kernel_h, kernel_w, out};
  gint more[2];
  MnNode *node;

  more[0] = random_constant (b, 4, dims, sqrt (3.0 / (kernel_h * kernel_w)));
  more[1] = build_constant (b, 1, &out);
  node = build_node (b, MN_OP_DEPTHWISE_CONV_2D, 2, more);
  set_conv (node, stride, padding, activation);
  return node;
}

void
build_fully_connected (Build *b, gint out, MnActivation activation)
{
  const MnTensor *t = current (b);
  const gint32 dims[] = {out, t->n_elements};
  gint more[2];

  more[0] = random_constant (b, 2, dims, sqrt (3.0 / dims[1]));
  more[1] = build_constant (b, 1, &out);
  build_node (b, MN_OP_FULLY_CONNECTED, 2, more)->activation = activation;
}

void
build_excite (Build *b, gint hidden, MnActivation gate)
{
  gint32 channels = current (b)->dims[3];
  const gint32 w1[] = {hidden, channels}, w2[] = {channels, hidden};
  gint more[4];
  MnNode *node;

  more[0] = random_constant (b, 2, w1, 2);
  more[1] = build_constant (b, 1, &hidden);
  more[2] = random_constant (b, 2, w2, 2);
  more[3] = build_constant (b, 1, &channels);
  node = build_node (b, MN_OP_SQUEEZE_EXCITE, 4, more);
  node->activation = MN_ACT_RELU;
  node->params.se.gate = gate;
}

void
build_mean (Build *b, gboolean keep_dims)
{
  static const gint32 two = 2, axes[] = {1, 2};
  gint more = build_indices (b, 1, &two, axes);

  build_node (b, MN_OP_MEAN, 1, &more)->params.mean.keep_dims = keep_dims;
}

void
build_reshape (Build *b, guint rank, const gint32 *dims)
{
  gint32 n = rank;
  gint more;

  current (b);
  more = build_indices (b, 1, &n, dims);
  build_node (b, MN_OP_RESHAPE, 1, &more);
}

void
build_residual (Build *b, gint value)
{
  MnNode *node = mn_graph_node (b->graph, b->graph->nodes->len - 1);

  g_assert_cmpint (node->op, ==, MN_OP_CONV_2D);
  mn_node_set_input (node, MN_CONV_RESIDUAL, value);
}

static void
scale_weights (const MnGraph *graph, const MnNode *node, gfloat factor)
{
  const MnTensor *w = mn_graph_input_of (graph, node, 1);
  gsize i;

  for (i = 0; i < w->n_elements; i++)
    ((gfloat *) w->owned)[i] *= factor;
}

MnGraph *
build_sized (gfloat size)
{
  Build b = build_new (6, 5, 3);
  gfloat inputs = size > 1 ? 30 : 1;
  MnNode *first, *large, *small;

  first = build_conv (&b, 8, 3, 3, 1, MN_PADDING_SAME, MN_ACT_RELU);
  large = build_conv (&b, 12, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  small = build_conv (&b, 8, 1, 1, 1, MN_PADDING_SAME, MN_ACT_NONE);
  build_mean (&b, FALSE);
  build_fully_connected (&b, 5, MN_ACT_NONE);
  /* No weight is as large as that. */
  scale_weights (b.graph, first, inputs);
  scale_weights (b.graph, large, size / inputs);
  /* Halves have few bits left of what is smaller. */
  scale_weights (b.graph, small, MAX (1 / size, 1e-3f));
  return build_finish (&b);
}

/* ---- running ----------------------------------------------------------- */

gboolean
have_device (void)
{
  g_autoptr (GError) error = NULL;
  MnOpenclDevice device;

  if (!any_cl_device ()) {
    g_test_skip (NO_CL_DEVICE);
    return FALSE;
  }
  mn_opencl_find_device (NULL, &device, &error);
  g_assert_no_error (error);
  mn_opencl_device_clear (&device);
  return TRUE;
}

MnPrecision
test_precision (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_PRECISION");

  return text && g_str_equal (text, "float16") ? MN_PRECISION_F16
                                               : MN_PRECISION_F32;
}

static void
keep_frame (MnFrame *frame)
{
}

void
init_tensor_frame (MnFrame *frame, const gfloat *data, gsize n)
{
  MnFrameDesc desc = {
    MN_FORMAT_TENSOR,
  };

  mn_frame_init (frame, &desc, keep_frame, NULL);
  frame->n_planes = 1;
  frame->planes[0].data = (const guint8 *) data;
  frame->planes[0].size = n * sizeof (gfloat);
}

static gsize
total_outputs (const MnGraph *graph)
{
  gsize n = 0;
  guint i;

  for (i = 0; i < graph->outputs->len; i++)
    n += mn_graph_tensor (graph, g_array_index (graph->outputs, gint, i))
             ->n_elements;
  return n;
}

typedef struct
{
  MnTensorView views[MN_MAX_BATCH][4], *lists[MN_MAX_BATCH];
} Outputs;

/* Of n frames, one after the other at out. */
static void
init_outputs (Outputs *self, const MnGraph *graph, guint n, gfloat *out)
{
  guint f, o;

  memset (self, 0, sizeof (*self));
  for (f = 0; f < n; f++) {
    self->lists[f] = self->views[f];
    for (o = 0; o < graph->outputs->len; o++) {
      self->views[f][o].data = out;
      out += mn_graph_output (graph, o)->n_elements;
    }
  }
}

MnTuning tuning_of_plans = MN_TUNING_OFF;

/* Runs the batch in two slots at once; returns the second one's outputs, a
 * frame after another. */
static gfloat *
compute (const MnBackend *backend, const MnGraph *graph, gfloat *const *inputs,
    guint n)
{
  MnContext *context = mn_context_new ();
  MnPlanOptions options = {.tuning = tuning_of_plans,
    .precision = backend == &mn_backend_opencl ? test_precision ()
                                               : MN_PRECISION_F32};
  const MnTensor *in = mn_graph_tensor (graph,
      g_array_index (graph->inputs, gint, 0));
  gsize size = total_outputs (graph);
  gfloat *out = g_new0 (gfloat, n * size);
  MnFrame frames[MN_MAX_BATCH], *pointers[MN_MAX_BATCH];
  g_autofree gfloat *other = g_new0 (gfloat, n * size);
  Outputs first, second;
  GError *error = NULL;
  MnBackendPlan *plan = backend->compile (context, graph, &options, &error);
  MnBackendSession *session;
  guint f;

  g_assert_no_error (error);
  session = backend->session_new (plan, 2, &error);
  g_assert_no_error (error);
  g_assert_true (backend->set_input (session, NULL, &error));
  for (f = 0; f < n; f++) {
    init_tensor_frame (&frames[f], inputs[f], in->n_elements);
    pointers[f] = &frames[f];
  }
  init_outputs (&first, graph, n, other);
  init_outputs (&second, graph, n, out);
  g_assert_true (backend->submit (session, 0, pointers, NULL, n, first.lists,
      &error));
  g_assert_true (backend->submit (session, 1, pointers, NULL, n, second.lists,
      &error));
  g_assert_true (backend->wait (session, 0, MN_FOREVER, &error));
  g_assert_true (backend->wait (session, 1, MN_FOREVER, &error));
  backend->session_free (session);
  backend->plan_free (plan);
  mn_context_unref (context);
  return out;
}

void
compare_backends (const MnGraph *graph, guint n, const gchar *what)
{
  const MnTensor *in = mn_graph_tensor (graph,
      g_array_index (graph->inputs, gint, 0));
  gfloat *inputs[MN_MAX_BATCH] = {
    NULL,
  };
  g_autofree gfloat *got = NULL, *want = NULL;
  gsize total = total_outputs (graph) * n, i;
  /* What goes into a network is about one in size: where little is left of a
   * sum, what was summed decides how far it is off. */
  gfloat most = 0.1f;
  gfloat tolerance = test_precision () == MN_PRECISION_F16 ? HALF_TOLERANCE
                                                           : 2e-5f;
  guint f;

  for (f = 0; f < n; f++) {
    /* Blocks of exactly their size. */
    inputs[f] = g_new (gfloat, in->n_elements);
    for (i = 0; i < in->n_elements; i++)
      inputs[f][i] = random_float ();
  }
  got = compute (&mn_backend_opencl, graph, inputs, n);
  want = compute (&mn_backend_reference, graph, inputs, n);
  for (i = 0; i < total; i++)
    most = MAX (most, fabsf (want[i]));
  for (i = 0; i < total; i++) {
    if (!(fabsf (got[i] - want[i]) <= tolerance * most))
      g_error ("%s: value %" G_GSIZE_FORMAT " is %g, should be %g", what, i,
          got[i], want[i]);
  }
  for (f = 0; f < n; f++)
    g_free (inputs[f]);
}

guint
count_launches (const MnGraph *graph)
{
  MnContext *context = mn_context_new ();
  MnPlanOptions options = {.profile = TRUE, .precision = test_precision ()};
  const MnTensor *in = mn_graph_tensor (graph,
      g_array_index (graph->inputs, gint, 0));
  g_autofree gfloat *input = g_new0 (gfloat, in->n_elements);
  g_autofree gfloat *out = g_new (gfloat, total_outputs (graph));
  MnTensorView view = {.data = out}, *views = &view;
  MnFrame frame, *frames = &frame;
  MnLayerTime layers[256];
  GError *error = NULL;
  MnBackendPlan *plan = mn_backend_opencl.compile (context, graph, &options,
      &error);
  MnBackendSession *session;
  guint n, sum = 0, i;
  guint64 runs = 0;

  g_assert_no_error (error);
  session = mn_backend_opencl.session_new (plan, 1, &error);
  g_assert_no_error (error);
  init_tensor_frame (frames, input, in->n_elements);
  g_assert_true (mn_backend_opencl.submit (session, 0, &frames, NULL, 1, &views,
      &error));
  g_assert_true (mn_backend_opencl.wait (session, 0, MN_FOREVER, &error));
  n = mn_backend_opencl.profile (session, layers, G_N_ELEMENTS (layers), &runs);
  g_assert_cmpuint (n, <=, G_N_ELEMENTS (layers));
  g_assert_cmpuint (runs, ==, 1);
  for (i = 0; i < n; i++) {
    g_assert_cmpuint (layers[i].launches, >=, 1);
    g_assert_nonnull (layers[i].name);
    sum += layers[i].launches;
  }
  mn_backend_opencl.session_free (session);
  mn_backend_opencl.plan_free (plan);
  mn_context_unref (context);
  return sum;
}
