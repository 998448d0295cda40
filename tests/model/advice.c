/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What people are told whose file cannot be used: the file is made, and the
 * message has to say what stands in the way and what to do. */

#include "engine/base/advice.h"
#include "engine/mn.h"
#include "tests/support/tflite_writer.h"

#include <string.h>

static const gint32 last[] = {1, 8, 8, 3};

/* The whole message. g_free. */
static gchar *
refuse (MnTestWriter *w)
{
  g_autoptr (GBytes) bytes = mn_test_writer_finish (w);
  g_autoptr (GError) error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "m.tflite", &error);

  g_assert_null (model);
  g_assert_error (error, MN_ERROR, MN_ERROR_UNSUPPORTED);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "m.tflite: "));
  g_assert_null (strchr (error->message, '\n'));
  return g_strdup (error->message);
}

static void
assert_says (const gchar *message, const gchar *words)
{
  if (!strstr (message, words))
    g_error ("no \"%s\" in \"%s\"", words, message);
}

/* An operator of one input of these dims. */
static gchar *
refuse_op (gint code, const gchar *custom, MnDType dtype, const gint32 *dims)
{
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", dtype, 4, dims);
  gint y = mn_test_writer_tensor (w, "y", dtype, 4, dims);

  mn_test_writer_op (w, &(const MnTestOp) {.code = code, .custom = custom}, y,
      1, x);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  return refuse (w);
}

/* ---- operators --------------------------------------------------------- */

static const struct
{
  gint code;
  const gchar *name, *says;
} operators[] = {
  {2, "CONCATENATION", "joins branches"},
  {23, "RESIZE_BILINEAR", "segmentation"},
  {97, "RESIZE_NEAREST_NEIGHBOR", "segmentation"},
  {69, "TILE", "detection"},
  {53, "CAST", "inference_input_type"},
  {57, "MINIMUM", "clip"},
  {55, "MAXIMUM", "clip"},
  {56, "ARG_MAX", "values of all classes"},
  {152, "RELU_0_TO_1", "onnx2tf"},
  {54, "PRELU", "activation"},
  {28, "TANH", "activation"},
  {47, "EXP", "activation"},
  {150, "GELU", "activation"},
  {111, "ELU", "activation"},
  {98, "LEAKY_RELU", "activation"},
  {82, "REDUCE_MAX", "maximum"},
  {42, "DIV", "reciprocal"},
  {124, "DENSIFY", "sparse"},
  {38, "SPACE_TO_BATCH_ND", "dilated"},
  {37, "BATCH_TO_SPACE_ND", "dilated"},
  {67, "TRANSPOSE_CONV", "segmentation"},
  {142, "VAR_HANDLE", "not in the file"},
  {143, "READ_VARIABLE", "not in the file"},
  {144, "ASSIGN_VARIABLE", "not in the file"},
  {129, "CALL_ONCE", "not in the file"},
  {105, "REVERSE_V2", "BGR"},
  {36, "GATHER", "BGR"},
  {65, "SLICE", "crop"},
  {49, "SPLIT", "another order"},
  {48, "TOPK_V2", "values of all"},
  {120, "NON_MAX_SUPPRESSION_V4", "object"},
  {121, "NON_MAX_SUPPRESSION_V5", "object"},
  {126, "BATCH_MATMUL", "transformer"},
};

static void
test_operators (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (operators); i++) {
    g_autofree gchar *text = refuse_op (operators[i].code, NULL, MN_DTYPE_F32,
        last);
    g_autofree gchar *start = g_strdup_printf ("m.tflite: operator %s (layer "
                                               "0) is not supported: ",
        operators[i].name);

    g_assert_true (g_str_has_prefix (text, start));
    assert_says (text, operators[i].says);
  }
}

static const struct
{
  const gchar *name, *says;
} customs[] = {
  {"edgetpu-custom-op", "compiled for another chip, Coral's Edge TPU"},
  {"ethos-u", "compiled for another chip, Arm's Ethos-U"},
  {"NeutronGraph", "compiled for another chip"},
  {"DISPATCH_OP", "compiled for another chip"},
  {"TFLite_Detection_PostProcess", "object detector"},
  {"FlexErf", "SELECT_TF_OPS"},
};

static void
test_customs (void)
{
  g_autofree gchar *other = NULL;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (customs); i++) {
    g_autofree gchar *text = refuse_op (TFL_OP_CUSTOM, customs[i].name,
        MN_DTYPE_F32, last);

    assert_says (text, customs[i].name);
    assert_says (text, customs[i].says);
  }
  other = refuse_op (TFL_OP_CUSTOM, "MyOwn", MN_DTYPE_F32, last);
  g_assert_cmpstr (other, ==,
      "m.tflite: custom operator MyOwn (layer 0) is "
      "not supported");
}

/* ---- forms ------------------------------------------------------------- */

static void
test_channels_first (void)
{
  static const gint32 first[] = {1, 3, 8, 8};
  g_autofree gchar *plain = refuse_op (TFL_OP_RELU, NULL, MN_DTYPE_F32, first);

  assert_says (plain, "takes pictures with channels first");
}

static void
test_int16 (void)
{
  static const gfloat scale = 1 / 32768.f;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, last);
  gint q = mn_test_writer_tensor (w, "q", MN_DTYPE_I16, 4, last);
  g_autofree gchar *inside = NULL, *outside = NULL;

  mn_test_writer_quant (w, q, 1, &scale, NULL, 0);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_QUANTIZE}, q, 1, x);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, q);
  inside = refuse (w);
  assert_says (inside, "16-bit activations");
  outside = refuse_op (TFL_OP_RELU, NULL, MN_DTYPE_I16, last);
  assert_says (outside, "16-bit activations");
}

static void
test_slices (void)
{
  static const gint32 begin[] = {0, 1, 1, 0}, end[] = {1, 7, 7, 3};
  static const gint32 strides[][4] = {{1, 1, 1, 1}, {1, 1, 1, -1}};
  static const gchar *const says[] = {
    "cuts a part out of the picture", "RGB to BGR"};
  guint i;

  for (i = 0; i < 2; i++) {
    MnTestWriter *w = mn_test_writer_new ();
    gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, last);
    gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, last);
    g_autofree gchar *text = NULL;

    mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_STRIDED_SLICE}, y,
        4, x, mn_test_writer_const_i32 (w, "b", 4, begin),
        mn_test_writer_const_i32 (w, "e", 4, end),
        mn_test_writer_const_i32 (w, "s", 4, strides[i]));
    mn_test_writer_input (w, x);
    mn_test_writer_output (w, y);
    text = refuse (w);
    assert_says (text, says[i]);
  }
}

static void
test_groups (void)
{
  static const gint32 six[] = {1, 8, 8, 6}, dims[] = {6, 1, 1, 1};
  static const gfloat values[6] = {1};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, six);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, six);
  g_autofree gchar *text = NULL;

  mn_test_writer_op (w,
      &(const MnTestOp) {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1},
      y, 3, x, mn_test_writer_const_f32 (w, "w", 4, dims, values), -1);
  mn_test_writer_input (w, x);
  mn_test_writer_output (w, y);
  text = refuse (w);
  assert_says (text, "groups");
  assert_says (text, "onnx2tf");
}

static void
test_onnx (void)
{
  static const gchar onnx[] = "\x08\x08\x12\x07pytorch\x1a";
  g_autoptr (GBytes) bytes = g_bytes_new_static (onnx, sizeof (onnx) - 1);
  g_autoptr (GError) error = NULL;

  g_assert_null (mn_model_load_bytes (bytes, "m.onnx", &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_FORMAT);
  assert_says (error->message, "TFLiteConverter");
  assert_says (error->message, "RELU_0_TO_1");
}

/* ---- other tasks ------------------------------------------------------- */

/* d: dims of rank 4, or 3 where all rows are together. Returns a tensor of
 * them, computed from the picture x. */
static gint
write_branch (MnTestWriter *w, gint x, const gint32 *d, guint rank)
{
  const gint32 rows = rank == 4 ? d[1] : 12, stride = 96 / rows;
  const gint32 flat = rank == 3 ? d[1] * d[2] : d[1] * d[2] * d[3];
  const gint32 depth = flat / (rows * rows);
  const gint32 pooled[] = {1, rows, rows, 3}, mapped[] = {1, rows, rows, depth};
  const gint32 k_dims[] = {depth, 1, 1, 3};
  const MnTestOp pool = {.code = TFL_OP_AVERAGE_POOL_2D,
    .padding = TFL_PADDING_VALID,
    .stride_h = stride,
    .stride_w = stride,
    .filter_h = stride,
    .filter_w = stride};
  const MnTestOp conv = {.code = TFL_OP_CONV_2D, .stride_h = 1, .stride_w = 1};
  const MnTestOp reshape = {
    .code = TFL_OP_RESHAPE, .new_shape = d, .n_new_shape = 3};
  g_autofree gfloat *values = g_new0 (gfloat, depth * 3);
  gint p, k, y, z;

  p = mn_test_writer_tensor (w, "p", MN_DTYPE_F32, 4, pooled);
  mn_test_writer_op (w, &pool, p, 1, x);
  k = mn_test_writer_const_f32 (w, "k", 4, k_dims, values);
  y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 4, mapped);
  mn_test_writer_op (w, &conv, y, 3, p, k, -1);
  if (rank == 4)
    return y;
  z = mn_test_writer_tensor (w, "z", MN_DTYPE_F32, 3, d);
  mn_test_writer_op (w, &reshape, z, 1, y);
  return z;
}

/* A network of these outputs; what it is taken for. */
static MnTask
find_task (const gint32 (*dims)[4], const guint *ranks, guint n, gint end)
{
  static const gint32 picture[] = {1, 96, 96, 3};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, picture);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (MnModel) model = NULL;
  GError *error = NULL;
  guint i;

  mn_test_writer_input (w, x);
  for (i = 0; i < n; i++) {
    gint y = write_branch (w, x, dims[i], ranks[i]);

    if (end >= 0) {
      gint z = mn_test_writer_tensor (w, "end", MN_DTYPE_F32, ranks[i],
          dims[i]);

      mn_test_writer_op (w, &(const MnTestOp) {.code = end}, z, 1, y);
      y = z;
    }
    mn_test_writer_output (w, y);
  }
  bytes = mn_test_writer_finish (w);
  model = mn_model_load_bytes (bytes, "m.tflite", &error);
  g_assert_no_error (error);
  return mn_model_get_info (model)->task;
}

static void
test_tasks (void)
{
  static const gint32 grid[][4] = {{1, 12, 12, 2}};
  static const gint32 mask[][4] = {{1, 48, 48, 2}};
  static const gint32 boxes[][4] = {{1, 144, 4}, {1, 144, 2}};
  static const guint fours[] = {4, 4}, threes[] = {3, 3};

  g_assert_cmpint (find_task (grid, fours, 1, TFL_OP_SOFTMAX), ==,
      MN_TASK_GRID);
  g_assert_cmpint (find_task (mask, fours, 1, TFL_OP_SOFTMAX), ==,
      MN_TASK_SEGMENTATION);
  g_assert_cmpint (find_task (boxes, threes, 2, -1), ==, MN_TASK_DETECTION);
  g_assert_cmpint (find_task (boxes, threes, 1, TFL_OP_LOGISTIC), ==,
      MN_TASK_DETECTION);
  assert_says (mn_task_advice (MN_TASK_GRID), "FOMO");
  assert_says (mn_task_advice (MN_TASK_EMBEDDING), "an embedding model");
  assert_says (mn_task_advice (MN_TASK_DETECTION), "a detection model");
  assert_says (mn_task_advice (MN_TASK_SEGMENTATION), "a segmentation model");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/advice/operators", test_operators);
  g_test_add_func ("/advice/customs", test_customs);
  g_test_add_func ("/advice/channels-first", test_channels_first);
  g_test_add_func ("/advice/int16", test_int16);
  g_test_add_func ("/advice/slices", test_slices);
  g_test_add_func ("/advice/groups", test_groups);
  g_test_add_func ("/advice/onnx", test_onnx);
  g_test_add_func ("/advice/tasks", test_tasks);
  return g_test_run ();
}
