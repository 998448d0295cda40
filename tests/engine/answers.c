/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is made of a network's outputs: which one tells the classes, and what
 * its values are. */

#include "tests/engine/seeing.h"

#include <math.h>
#include <string.h>

/* ---- outputs ----------------------------------------------------------- */

/* An output of n values, each the mean of what is seen of red times its
 * factor, and what it ends in. */
typedef struct
{
  guint n;
  gint end;   /* TFL_OP_SOFTMAX, _LOGISTIC; -1: nothing */
  guint rank; /* 0: 2 */
} Head;

static gint
add_head (MnTestWriter *w, gint mean, const Head *head)
{
  const gint32 dims[] = {head->n, 3};
  const gint32 flat[] = {1, head->n}, deep[] = {1, 1, 1, head->n};
  g_autofree gfloat *values = g_new0 (gfloat, head->n * 3);
  gint y = test_tensor (w, "head", MN_DTYPE_F32, 2, flat), z;
  guint i;

  for (i = 0; i < head->n; i++)
    values[3 * i] = i == 1 ? 3 : 1;
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED}, y,
      3, mean, mn_test_writer_const_f32 (w, "w", 2, dims, values), -1);
  if (head->end >= 0) {
    z = test_tensor (w, "end", MN_DTYPE_F32, 2, flat);
    test_add_op (w, head->end, z, y, -1);
    y = z;
  }
  if (head->rank == 4) {
    z = test_tensor (w, "deep", MN_DTYPE_F32, 4, deep);
    mn_test_writer_op (w,
        &(const MnTestOp) {
          .code = TFL_OP_RESHAPE, .new_shape = deep, .n_new_shape = 4},
        z, 1, y);
    y = z;
  }
  return y;
}

static MnTestWriter *
heads_new (const Head *heads, guint n, const gchar *labels)
{
  static const gfloat mean = 0, std = 255;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = test_tensor (w, "x", MN_DTYPE_F32, 4, test_picture), seen;
  guint i;

  mn_test_writer_input (w, x);
  seen = test_add_mean (w, x);
  for (i = 0; i < n; i++)
    mn_test_writer_output (w, add_head (w, seen, &heads[i]));
  mn_test_writer_metadata (w, 1, &mean, &std, labels);
  return w;
}

static MnModel *
heads_load (const Head *heads, guint n, const gchar *labels)
{
  g_autoptr (GBytes) plain = mn_test_writer_finish (heads_new (heads, n,
      labels ? "l.txt" : NULL));
  g_autoptr (GBytes) bytes = labels
      ? mn_test_zip_append (plain, "l.txt", labels, FALSE)
      : g_bytes_ref (plain);
  GError *error = NULL;
  MnModel *model = mn_model_load_bytes (bytes, "m.tflite", &error);

  g_assert_no_error (error);
  return model;
}

#define SOFT TFL_OP_SOFTMAX
#define LOGI TFL_OP_LOGISTIC

static const struct
{
  const gchar *name;
  Head heads[3];
  guint n;
  const gchar *labels; /* in the file; NULL: none */
  guint output;
  MnValues values;
  MnTask task;
  gboolean doubtful;
  const gchar *why;
} outputs[] = {
  {"one", {{5, SOFT}}, 1, NULL, 0, MN_VALUES_PROBABILITIES, 0, FALSE, "only"},
  {"one without an end", {{5, -1}}, 1, NULL, 0, MN_VALUES_LOGITS, 0, FALSE,
    "only"},
  {"one of sigmoids", {{5, LOGI}}, 1, NULL, 0, MN_VALUES_PROBABILITIES, 0,
    FALSE, "only"},
  {"embedding first", {{9, -1}, {5, SOFT}}, 2, NULL, 1, MN_VALUES_PROBABILITIES,
    0, FALSE, "SOFTMAX"},
  {"embedding last", {{5, SOFT}, {9, -1}}, 2, NULL, 0, MN_VALUES_PROBABILITIES,
    0, FALSE, "SOFTMAX"},
  {"embedding first, sigmoids", {{9, -1}, {5, LOGI}}, 2, NULL, 1,
    MN_VALUES_PROBABILITIES, 0, FALSE, "LOGISTIC"},
  {"embedding first, deep", {{9, -1, 4}, {5, SOFT, 4}}, 2, NULL, 1,
    MN_VALUES_PROBABILITIES, 0, FALSE, "SOFTMAX"},
  {"no end, labels", {{9, -1}, {5, -1}}, 2, "a\nb\nc\nd\ne\n", 1,
    MN_VALUES_LOGITS, 0, FALSE, "labels"},
  {"no end, labels of the first", {{5, -1}, {9, -1}}, 2, "a\nb\nc\nd\ne\n", 0,
    MN_VALUES_LOGITS, 0, FALSE, "labels"},
  {"labels before ends", {{9, SOFT}, {5, -1}}, 2, "a\nb\nc\nd\ne\n", 1,
    MN_VALUES_LOGITS, 0, FALSE, "labels"},
  {"logits and probabilities", {{5, -1}, {5, SOFT}}, 2, "a\nb\nc\nd\ne\n", 1,
    MN_VALUES_PROBABILITIES, 0, FALSE, "SOFTMAX"},
  {"nothing tells", {{9, -1}, {5, -1}}, 2, NULL, 1, MN_VALUES_LOGITS, 0, TRUE,
    "guess"},
  {"three heads", {{3, SOFT}, {4, SOFT}, {2, SOFT}}, 3, NULL, 0,
    MN_VALUES_PROBABILITIES, 0, TRUE, "SOFTMAX"},
  {"three heads, labels", {{3, SOFT}, {4, SOFT}, {2, SOFT}}, 3, "a\nb\nc\nd\n",
    1, MN_VALUES_PROBABILITIES, 0, FALSE, "labels"},
  {"feature vector", {{9, -1, 4}}, 1, NULL, 0, MN_VALUES_LOGITS,
    MN_TASK_EMBEDDING, FALSE, "only"},
  {"one value", {{1, LOGI}}, 1, NULL, 0, MN_VALUES_ONE_PROBABILITY, 0, FALSE,
    "only"},
  {"one value, deep", {{1, -1, 4}}, 1, NULL, 0, MN_VALUES_ONE_LOGIT, 0, FALSE,
    "only"},
  {"one value, softmax", {{1, SOFT}}, 1, NULL, 0, MN_VALUES_ONE_PROBABILITY, 0,
    TRUE, "only"},
  {"one value behind an embedding", {{9, -1}, {1, LOGI}}, 2, NULL, 1,
    MN_VALUES_ONE_PROBABILITY, 0, FALSE, "LOGISTIC"},
  {"one value, two labels", {{9, -1}, {1, -1}}, 2, "no\nyes\n", 1,
    MN_VALUES_ONE_LOGIT, 0, FALSE, "labels"},
};

static void
test_outputs (void)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (outputs); i++) {
    g_autoptr (MnModel)
        model = heads_load (outputs[i].heads, outputs[i].n, outputs[i].labels);
    const MnModelInfo *info = mn_model_get_info (model);
    guint n = outputs[i].heads[outputs[i].output].n, n_scores;
    g_autoptr (MnResult) result = test_infer (model, 255);
    MnClass best;

    g_test_message ("%s: output %u, %s; %s", outputs[i].name, info->output,
        info->output_why, info->output_doubt ? info->output_doubt : "");
    g_assert_cmpuint (info->output, ==, outputs[i].output);
    g_assert_cmpuint (info->n_outputs, ==, outputs[i].n);
    g_assert_cmpint (info->values, ==, outputs[i].values);
    g_assert_cmpint (info->task, ==, outputs[i].task);
    g_assert_cmpint (info->output_doubt != NULL, ==, outputs[i].doubtful);
    g_assert_nonnull (strstr (info->output_why, outputs[i].why));
    g_assert_cmpuint (info->n_classes, ==, n == 1 ? 2 : n);
    mn_result_get_scores (result, &n_scores);
    g_assert_cmpuint (n_scores, ==, info->n_classes);
    if (outputs[i].task != MN_TASK_CLASSIFICATION)
      continue;
    /* The second value is the largest; of one, the second class is it. */
    g_assert_cmpuint (mn_result_top_k (result, 1, 0, &best), ==, 1);
    g_assert_cmpint (best.index, ==, 1);
  }
}

/* A list of labels from elsewhere chooses, too. */
static void
test_other_labels (void)
{
  static const Head heads[] = {{3, SOFT}, {4, SOFT}, {9, -1}};
  const MnLabelsNote note = {0, NULL, NULL};
  g_autoptr (MnModel) model = heads_load (heads, 3, NULL);
  g_autoptr (MnModel) four = mn_model_with_labels (model, 4, &note);
  g_autoptr (MnModel) nine = mn_model_with_labels (four, 9, &note);
  g_autoptr (MnModel) three = mn_model_with_labels (model, 3, &note);
  g_autoptr (MnModel) same = NULL;
  g_autoptr (MnResult) result = NULL;
  guint n;

  /* Only the doubt is gone. */
  g_assert_cmpuint (mn_model_get_info (three)->output, ==, 0);
  g_assert_null (mn_model_get_info (three)->output_doubt);
  g_assert_nonnull (mn_model_get_info (model)->output_doubt);
  g_assert_cmpuint (mn_model_get_info (four)->output, ==, 1);
  g_assert_cmpuint (mn_model_get_info (nine)->output, ==, 2);
  g_assert_cmpint (mn_model_get_info (nine)->values, ==, MN_VALUES_LOGITS);
  same = mn_model_with_labels (three, 8, &note);
  g_assert_true (same == model);
  g_clear_pointer (&model, mn_model_unref);
  g_clear_pointer (&same, mn_model_unref);
  g_clear_pointer (&three, mn_model_unref);
  result = test_infer (nine, 255);
  mn_result_get_scores (result, &n);
  g_assert_cmpuint (n, ==, 9);
}

/* ---- one value --------------------------------------------------------- */

/* The probabilities of both classes where the network gives value, through
 * end, quantised by scale unless that is 0. */
static void
check_one (gint end, MnDType dtype, gfloat scale, gint64 zero, guint8 pixel,
    gfloat want)
{
  static const gfloat mean = 127.5f, std = 127.5f;
  static const gint32 one[] = {1, 1};
  MnTestWriter *w = mn_test_writer_new ();
  gint x = test_tensor (w, "x", MN_DTYPE_F32, 4, test_picture);
  gint y = test_tensor (w, "y", MN_DTYPE_F32, 2, one);
  g_autoptr (MnModel) model = NULL;
  g_autoptr (MnResult) result = NULL;
  const gint32 dims[] = {1, 3};
  const gfloat values[] = {2, 0, 0};
  const gfloat *scores;
  guint n;

  mn_test_writer_input (w, x);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED}, y,
      3, test_add_mean (w, x),
      mn_test_writer_const_f32 (w, "w", 2, dims, values), -1);
  if (end >= 0) {
    gint z = test_tensor (w, "z", MN_DTYPE_F32, 2, one);

    test_add_op (w, end, z, y, -1);
    y = z;
  }
  if (scale > 0) {
    gint q = test_tensor (w, "q", dtype, 2, one);

    mn_test_writer_quant (w, q, 1, &scale, &zero, 0);
    test_add_op (w, TFL_OP_QUANTIZE, q, y, -1);
    y = q;
  }
  mn_test_writer_output (w, y);
  mn_test_writer_metadata (w, 1, &mean, &std, NULL);
  model = test_load (w);
  result = test_infer (model, pixel);
  scores = mn_result_get_scores (result, &n);
  g_assert_cmpuint (n, ==, 2);
  test_assert_close (scores[1], want, 0.005f);
  test_assert_close (scores[0], 1 - want, 0.005f);
}

static void
test_one_value (void)
{
  const gfloat high = 1 / (1 + expf (-2)), low = 1 - high;

  check_one (-1, 0, 0, 0, 255, high);
  check_one (-1, 0, 0, 0, 0, low);
  check_one (LOGI, 0, 0, 0, 255, high);
  check_one (LOGI, 0, 0, 0, 0, low);
  check_one (LOGI, MN_DTYPE_U8, 1 / 256.f, 0, 255, high);
  check_one (LOGI, MN_DTYPE_I8, 1 / 256.f, -128, 0, low);
  check_one (-1, MN_DTYPE_I8, 4 / 255.f, 0, 255, high);
  check_one (-1, MN_DTYPE_U8, 4 / 255.f, 128, 0, low);
}

/* How many labels fit it. */
static void
test_one_value_labels (void)
{
  static const Head one[] = {{1, LOGI}}, two[] = {{2, SOFT}};
  const MnLabelsNote note = {0, NULL, NULL};
  g_autoptr (MnModel) model = heads_load (one, 1, NULL);
  g_autoptr (MnModel) other = heads_load (two, 1, NULL);
  const MnModelInfo *info = mn_model_get_info (model);
  gint offset = 7;

  g_assert_true (mn_labels_fit_model (&note, 2, info, &offset));
  g_assert_cmpint (offset, ==, 0);
  g_assert_true (mn_labels_fit_model (&note, 1, info, &offset));
  g_assert_cmpint (offset, ==, -1);
  g_assert_false (mn_labels_fit_model (&note, 3, info, &offset));
  g_assert_false (mn_labels_fit_model (&note, 1, mn_model_get_info (other),
      &offset));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answers/outputs", test_outputs);
  g_test_add_func ("/answers/other-labels", test_other_labels);
  g_test_add_func ("/answers/one-value", test_one_value);
  g_test_add_func ("/answers/one-value-labels", test_one_value_labels);
  return g_test_run ();
}
