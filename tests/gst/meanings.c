/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element makes of networks that say little of themselves: whether
 * it warns, which output it shows, and how classes are called. */

#include "tests/gst/testutil.h"

#include "tests/support/tflite_writer.h"

#include <glib/gstdio.h>
#include <string.h>

#define CAPS "video/x-raw, format=RGB, width=8, height=8, framerate=25/1"

typedef struct
{
  guint n;       /* values; 0: there is no such output */
  gint end;      /* TFL_OP_SOFTMAX, _LOGISTIC; -1: nothing */
  gboolean deep; /* 1 x 1 x 1 x n */
} Head;

typedef struct
{
  const gchar *name;
  gboolean tells_range; /* in its metadata */
  Head heads[3];
  const gchar *labels;     /* labels-file; NULL: none */
  const gchar *properties; /* in gst-launch's words */
  const gchar *warning;    /* words in the one; NULL: none */
  const gchar *label;      /* of a white picture; NULL: any */
} Case;

#define SOFT TFL_OP_SOFTMAX
#define LOGI TFL_OP_LOGISTIC

static const Case cases[] = {
  {"told", TRUE, {{3, SOFT}}, NULL, "", NULL, "1"},
  {"untold", FALSE, {{3, SOFT}}, NULL, "", "mean=0 std=255 (0..1)", "1"},
  {"said by the user", FALSE, {{3, SOFT}}, NULL, "mean=127.5 std=127.5", NULL,
    "1"},
  {"half said", FALSE, {{3, SOFT}}, NULL, "mean=127.5", "set mean and std",
    NULL},
  {"embedding first", TRUE, {{7, -1}, {3, SOFT}}, "a\nb\nc\n", "", NULL, "b"},
  {"file chooses", TRUE, {{3, SOFT}, {4, SOFT}}, "a\nb\nc\nd\n", "", NULL, "b"},
  {"nothing chooses", TRUE, {{3, SOFT}, {4, SOFT}}, NULL, "", "output 0", "1"},
  {"two of a length", TRUE, {{3, SOFT}, {3, SOFT}}, "a\nb\nc\n", "", "output 0",
    "b"},
  {"three heads", TRUE, {{2, SOFT}, {3, SOFT}, {4, SOFT}}, "a\nb\nc\n", "",
    NULL, "b"},
  {"one value", TRUE, {{1, LOGI}}, NULL, "", NULL, "1"},
  {"one value, a label", TRUE, {{1, LOGI}}, "cat\n", "", NULL, "cat"},
  {"one value, two labels", TRUE, {{1, -1}}, "dog\ncat\n", "", NULL, "cat"},
  {"one value, three labels", TRUE, {{1, -1}}, "dog\ncat\nowl\n", "",
    "3 labels", "cat"},
  {"one value, black", TRUE, {{1, -1}}, "cat\n", "mean=255 std=-255", NULL,
    "not cat"},
  {"teachable machine", TRUE, {{3, SOFT}}, "0 Cat\n1 Dog\n2 Owl\n", "", NULL,
    "Dog"},
  {"numbers behind", TRUE, {{3, SOFT}}, "Cat 0\nDog 1\nOwl 2\n", "", NULL,
    "Dog"},
};

static gint
add_head (MnTestWriter *w, gint seen, const Head *head)
{
  const gint32 dims[] = {head->n, 3}, flat[] = {1, head->n};
  const gint32 deep[] = {1, 1, 1, head->n};
  g_autofree gfloat *values = g_new0 (gfloat, head->n * 3);
  gint y = mn_test_writer_tensor (w, "y", MN_DTYPE_F32, 2, flat), z;

  /* The second class, or the only value, likes what is bright. */
  values[head->n > 1 ? 3 : 0] = 5;
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_FULLY_CONNECTED}, y,
      3, seen, mn_test_writer_const_f32 (w, "w", 2, dims, values), -1);
  if (head->deep) {
    z = mn_test_writer_tensor (w, "z", MN_DTYPE_F32, 4, deep);
    mn_test_writer_op (w,
        &(const MnTestOp) {
          .code = TFL_OP_RESHAPE, .new_shape = deep, .n_new_shape = 4},
        z, 1, y);
    return z;
  }
  if (head->end < 0)
    return y;
  z = mn_test_writer_tensor (w, "z", MN_DTYPE_F32, 2, flat);
  mn_test_writer_op (w, &(const MnTestOp) {.code = head->end}, z, 1, y);
  return z;
}

static gchar *
write_model (const Case *t)
{
  static const gint32 picture[] = {1, 8, 8, 3}, three[] = {1, 3};
  static const gint32 axes[] = {1, 2};
  static const gfloat mean = 127.5f, std = 127.5f;
  MnTestWriter *w = mn_test_writer_new ();
  gint x = mn_test_writer_tensor (w, "x", MN_DTYPE_F32, 4, picture);
  gint seen = mn_test_writer_tensor (w, "seen", MN_DTYPE_F32, 2, three);
  g_autoptr (GBytes) bytes = NULL;
  guint i;

  mn_test_writer_input (w, x);
  mn_test_writer_op (w, &(const MnTestOp) {.code = TFL_OP_MEAN}, seen, 2, x,
      mn_test_writer_const_i32 (w, "axes", 2, axes));
  for (i = 0; i < G_N_ELEMENTS (t->heads) && t->heads[i].n > 0; i++)
    mn_test_writer_output (w, add_head (w, seen, &t->heads[i]));
  if (t->tells_range)
    mn_test_writer_metadata (w, 1, &mean, &std, NULL);
  bytes = mn_test_writer_finish (w);
  return test_write ("meaning.tflite", g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes));
}

/* Sets what stands there as name=value, with blanks between. */
static void
set_properties (GstElement *element, const gchar *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint i;

  for (i = 0; words[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (words[i], "=", 2);

    if (parts[0] && parts[1])
      gst_util_set_object_arg (G_OBJECT (element), parts[0], parts[1]);
  }
}

GST_START_TEST (test_meaning)
{
  const Case *t = &cases[__i__];
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *model = write_model (t);
  g_autofree gchar *labels = t->labels
      ? test_write ("meaning.txt", t->labels, -1)
      : NULL;
  g_autofree gchar *beside = test_path ("labels.txt");
  g_autoptr (GError) warning = NULL;
  GstMessage *message;
  GstHarness *h;
  GstBuffer *buffer;
  guint n;

  /* Those of the other network. */
  fail_unless_equals_int (g_remove (beside), 0);
  g_object_set (element, "model-file", model, "labels-file", labels, NULL);
  set_properties (element, t->properties);
  h = test_harness_new (element);
  n = test_pop_messages (bus, GST_MESSAGE_WARNING, &message);
  if (message) {
    gst_message_parse_warning (message, &warning, NULL);
    gst_message_unref (message);
  }
  fail_unless_equals_int (n, t->warning ? 1 : 0);
  fail_unless (!t->warning || strstr (warning->message, t->warning), "%s: %s",
      t->name, t->warning ? warning->message : "");
  gst_harness_set_src_caps_str (h, CAPS);
  gst_harness_push (h, test_frame_new_for_caps (CAPS, 0xffffff, 0));
  buffer = gst_harness_pull (h);
  if (t->label)
    fail_unless_equals_string (test_get_label (buffer), t->label);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  gst_harness_teardown (h);
  gst_object_unref (bus);
}

GST_END_TEST;

/* One value: both classes are there, and add up to 1. */
GST_START_TEST (test_both_classes)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *model = write_model (&(const Case) {
    .tells_range = TRUE, .heads = {{1, LOGI}}});
  GstHarness *h;
  GstBuffer *buffer;
  const GValue *classes;
  gdouble sum = 0;
  guint i;

  g_object_set (element, "model-file", model, "threshold", 0.0f, NULL);
  h = test_harness_new (element);
  gst_harness_set_src_caps_str (h, CAPS);
  gst_harness_push (h, test_frame_new_for_caps (CAPS, 0x888888, 0));
  buffer = gst_harness_pull (h);
  classes = gst_structure_get_value (test_get_result (buffer), "classes");
  fail_unless_equals_int (gst_value_array_get_size (classes), 2);
  for (i = 0; i < 2; i++) {
    gdouble confidence;

    gst_structure_get_double (
        gst_value_get_structure (gst_value_array_get_value (classes, i)),
        "confidence", &confidence);
    fail_unless (confidence > 0.3 && confidence < 0.7);
    sum += confidence;
  }
  fail_unless (sum > 0.9999 && sum < 1.0001);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
  gst_object_unref (bus);
}

GST_END_TEST;

/* Integers have no precision to choose, on whatever CPU; which is said. */
GST_START_TEST (test_precision)
{
  static const gchar *const names[] = {"float16", "bfloat16"};
  g_autoptr (GBytes) bytes = mn_test_averages ("x", MN_DTYPE_U8, 1 / 255.0f, 0);
  g_autofree gchar *model = test_write ("integers.tflite",
      g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autoptr (GError) warning = NULL;
  GstMessage *message;
  GstHarness *h;
  GstBuffer *buffer;

  g_object_set (element, "model-file", model, NULL);
  gst_util_set_object_arg (G_OBJECT (element), "precision", names[__i__]);
  g_setenv ("MOBILENET_CPU", "scalar", TRUE);
  h = test_harness_new (element);
  g_unsetenv ("MOBILENET_CPU");
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING,
                              &message),
      1);
  gst_message_parse_warning (message, &warning, NULL);
  gst_message_unref (message);
  fail_unless (strstr (warning->message, names[__i__])
          && strstr (warning->message, "is ignored"),
      "%s", warning->message);
  gst_harness_set_src_caps_str (h, CAPS);
  gst_harness_push (h, test_frame_new_for_caps (CAPS, 0x00ff00, 0));
  buffer = gst_harness_pull (h);
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
  gst_object_unref (bus);
}

GST_END_TEST;

/* A feature vector, which becomes classes by a list of as many labels. */
GST_START_TEST (test_embedding)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *model = write_model (&(const Case) {
    .tells_range = TRUE, .heads = {{3, -1, TRUE}}});
  g_autofree gchar *beside = test_path ("labels.txt");
  g_autofree gchar *labels = test_write ("three.txt", "a\nb\nc\n", -1);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fail_unless_equals_int (g_remove (beside), 0);
  g_object_set (element, "model-file", model, NULL);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ERROR, &message),
      1);
  gst_message_parse_error (message, &error, NULL);
  gst_message_unref (message);
  fail_unless (strstr (error->message, "is an embedding model") != NULL, "%s",
      error->message);
  gst_element_set_state (element, GST_STATE_NULL);
  g_object_set (element, "labels-file", labels, NULL);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static Suite *
mobilenet_meanings_suite (void)
{
  Suite *suite = suite_create ("mobilenet-meanings");
  TCase *tc = tcase_create ("meanings");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_meaning, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_both_classes);
  tcase_add_loop_test (tc, test_precision, 0, 2);
  tcase_add_test (tc, test_embedding);
  return suite;
}

GST_CHECK_MAIN (mobilenet_meanings);
