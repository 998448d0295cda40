/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real files: what is left of them, and how much memory it takes. */

#include "engine/model/tflite/reader.h"
#include "tests/passes/build.h"

static MnGraph *
load (const gchar *name)
{
  const gchar *shared = g_getenv ("MOBILENET_SHARED");
  g_autofree gchar *path = NULL, *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;
  MnGraph *graph;
  gsize size;

  if (!shared)
    shared = SOURCE_ROOT "/../shared";
  path = g_build_filename (shared, "models", name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no models in MOBILENET_SHARED");
    return NULL;
  }
  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  bytes = g_bytes_new_take (g_steal_pointer (&data), size);
  graph = mn_reader_tflite.read (bytes, name, &error);
  g_assert_no_error (error);
  mn_graph_validate (graph, &error);
  g_assert_no_error (error);
  mn_passes_run (graph, &error);
  g_assert_no_error (error);
  return graph;
}

/* Operators with activations and shapes, a line each. */
static gchar *
structure (const MnGraph *graph)
{
  GString *text = g_string_new (NULL);

  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);
    const MnTensor *out = mn_graph_tensor (graph, node->outputs[0]);

    g_string_append_printf (text, "%s %s", mn_op_name (node->op),
        mn_activation_name (node->activation));
    for (guint i = 0; i < out->rank; i++)
      g_string_append_printf (text, " %d", out->dims[i]);
    if (node->op == MN_OP_CONV_2D && node->n_inputs > MN_CONV_RESIDUAL)
      g_string_append (text, " + residual");
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

static guint
count_residuals (const MnGraph *graph)
{
  guint n = 0;

  for (guint k = 0; k < graph->nodes->len; k++) {
    const MnNode *node = mn_graph_node (graph, k);

    n += node->op == MN_OP_CONV_2D && node->n_inputs > MN_CONV_RESIDUAL;
  }
  return n;
}

static void
test_v3_small (void)
{
  static const gchar *const forms[] = {"float", "float16", "dynamic_range"};
  g_autofree gchar *first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_autofree gchar *name =
        g_strdup_printf ("mobilenet_v3_small_1.0_224_%s.tflite", forms[i]);
    g_autofree gchar *text = NULL;
    g_autoptr (MnGraph) graph = load (name);

    if (!graph)
      return;
    g_assert_cmpuint (count_op (graph, MN_OP_CONV_2D), ==, 25);
    g_assert_cmpuint (count_op (graph, MN_OP_DEPTHWISE_CONV_2D), ==, 11);
    g_assert_cmpuint (count_op (graph, MN_OP_SQUEEZE_EXCITE), ==, 9);
    g_assert_cmpuint (count_op (graph, MN_OP_MEAN), ==, 1);
    g_assert_cmpuint (count_op (graph, MN_OP_RESHAPE), ==, 1);
    g_assert_cmpuint (count_op (graph, MN_OP_SOFTMAX), ==, 1);
    g_assert_cmpuint (graph->nodes->len, ==, 48);
    g_assert_cmpuint (count_residuals (graph), ==, 6);
    g_assert_cmpfloat_with_epsilon (graph->input_scale[0], 1 / 127.5, 1e-6);
    g_assert_cmpfloat (graph->input_offset[2], ==, -1);
    text = structure (graph);
    if (!first)
      first = g_steal_pointer (&text);
    else
      g_assert_cmpstr (text, ==, first);
  }
}

/* The arena is as large as the two tensors that have to be there at once. */
static void
test_arena (void)
{
  g_autoptr (MnGraph) graph = load ("mobilenet_v3_small_1.0_224_float.tflite");
  g_autoptr (GArray) values = NULL;
  gsize sum = 0, total;

  if (!graph)
    return;
  values = build_values (graph);
  for (guint t = 0; t < graph->tensors->len; t++)
    sum += mn_value (values, t)->used ? mn_value (values, t)->size : 0;
  total = mn_values_plan (values, 64, mn_memory_plan);
  g_test_message ("arena %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT, total, sum);
  /* The input, and the first convolution's 112 x 112 x 16. */
  g_assert_cmpuint (total, ==, (224 * 224 * 3 + 112 * 112 * 16) * 4);
}

/* Integers are left alone, but for what is constant. */
static void
test_int8 (void)
{
  g_autoptr (MnGraph) graph = load ("mobilenet_v3_small_1.0_224_int8.tflite");

  if (!graph)
    return;
  g_assert_cmpuint (count_op (graph, MN_OP_CONV_2D), ==, 43);
  g_assert_cmpuint (count_op (graph, MN_OP_HARD_SWISH), ==, 19);
  g_assert_cmpuint (count_op (graph, MN_OP_QUANTIZE), ==, 2);
  g_assert_cmpuint (count_op (graph, MN_OP_ADD), ==, 7);
  g_assert_cmpuint (count_op (graph, MN_OP_MUL), ==, 19);
  g_assert_cmpuint (count_op (graph, MN_OP_SHAPE), ==, 0);
  g_assert_cmpuint (count_op (graph, MN_OP_STRIDED_SLICE), ==, 0);
  g_assert_cmpuint (count_op (graph, MN_OP_PACK), ==, 0);
  g_assert_cmpuint (graph->nodes->len, ==, 113);
  g_assert_cmpfloat (graph->input_scale[0], ==, 1);
}

void
test_models_add (void)
{
  g_test_add_func ("/passes/models/v3-small", test_v3_small);
  g_test_add_func ("/passes/models/arena", test_arena);
  g_test_add_func ("/passes/models/int8", test_int8);
}
