/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `mobilenet` before and after a stream: properties, what it refuses to
 * start with, and starting and stopping again and again. */

#include "tests/gst/testutil.h"

#include <string.h>

/* ---- properties ------------------------------------------------------ */

GST_START_TEST (test_defaults)
{
  GstElement *element = gst_element_factory_make ("mobilenet", NULL);
  g_autofree gchar *model = NULL;
  g_autofree gchar *active = NULL;
  GstStructure *stats;
  gboolean enabled;
  gfloat threshold;
  guint top_k, interval, threads;

  g_object_get (element, "model-file", &model, "active-backend", &active,
      "enabled", &enabled, "threshold", &threshold, "top-k", &top_k, "interval",
      &interval, "threads", &threads, "stats", &stats, NULL);
  fail_unless (model == NULL && active == NULL && enabled);
  fail_unless (threshold == 0.1f && top_k == 5 && interval == 1);
  fail_unless (threads == 0);
  fail_unless_equals_uint64 (test_get_uint64 (stats, "frames"), 0);
  fail_unless_equals_uint64 (test_get_uint64 (stats, "latency-p50"), 0);
  gst_structure_free (stats);
  gst_object_unref (element);
}

GST_END_TEST;

static const struct
{
  const gchar *name, *value;
} settings[] = {{"model-file", "a/b.tflite"}, {"labels-file", "c.txt"},
  {"backend", "opencl"}, {"backend", "cpu"}, {"backend", "auto"},
  {"device", "1"}, {"precision", "float16"}, {"threads", "3"},
  {"enabled", "false"}, {"top-k", "7"}, {"threshold", "0.5"},
  {"schedule", "every-frame"}, {"interval", "9"}, {"fit", "letterbox"},
  {"fit", "stretch"}, {"mean", "123.7,116.3,103.5"}, {"std", "58.4"},
  {"qos", "false"}, {"post-messages", "none"}, {"post-messages", "all"}};

GST_START_TEST (test_set_and_get)
{
  GstElement *element = gst_element_factory_make ("mobilenet", NULL);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (settings); i++) {
    GParamSpec
        *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (element),
            settings[i].name);
    GValue want = G_VALUE_INIT, got = G_VALUE_INIT;

    fail_unless (pspec != NULL, "%s", settings[i].name);
    gst_util_set_object_arg (G_OBJECT (element), settings[i].name,
        settings[i].value);
    g_value_init (&want, pspec->value_type);
    g_value_init (&got, pspec->value_type);
    fail_unless (gst_value_deserialize (&want, settings[i].value));
    g_object_get_property (G_OBJECT (element), settings[i].name, &got);
    fail_unless (gst_value_compare (&want, &got) == GST_VALUE_EQUAL, "%s",
        settings[i].name);
    g_value_unset (&want);
    g_value_unset (&got);
  }
  gst_object_unref (element);
}

GST_END_TEST;

/* ---- refusals -------------------------------------------------------- */

/* Starts; returns the error's text (g_free), which must be the only one, or
 * NULL when it started. */
static gchar *
start_error (GstElement *element, GstBus *bus)
{
  GstStateChangeReturn ret = gst_element_set_state (element, GST_STATE_PAUSED);
  g_autoptr (GError) error = NULL;
  GstMessage *message;
  guint n = test_pop_messages (bus, GST_MESSAGE_ERROR, &message);

  gst_element_set_state (element, GST_STATE_NULL);
  fail_unless_equals_int (n, ret == GST_STATE_CHANGE_FAILURE ? 1 : 0);
  if (!message)
    return NULL;
  gst_message_parse_error (message, &error, NULL);
  gst_message_unref (message);
  return g_strdup (error->message);
}

static const struct
{
  const gchar *name, *content, *says;
} bad_files[] = {{"missing.tflite", NULL, "missing.tflite"},
  {"empty.tflite", "", "empty"},
  {"page.tflite", "<!DOCTYPE html><html><body>404</body></html>", "HTML"},
  {"pointer.tflite",
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:00\nsize 12\n",
    "LFS"},
  {"text.tflite", "this is not a model, nor anything like it", "text.tflite"}};

GST_START_TEST (test_bad_model)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *path = test_path (bad_files[__i__].name);
  g_autofree gchar *text = NULL;

  if (bad_files[__i__].content)
    g_free (test_write (bad_files[__i__].name, bad_files[__i__].content, -1));
  g_object_set (element, "model-file", path, NULL);
  text = start_error (element, bus);
  fail_unless (text != NULL);
  fail_unless (strstr (text, bad_files[__i__].name) != NULL, "%s", text);
  fail_unless (strstr (text, bad_files[__i__].says) != NULL, "%s", text);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

GST_START_TEST (test_truncated_model)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *path = test_path (RGB_MODEL);
  g_autofree gchar *cut = test_path ("cut.tflite");
  g_autofree gchar *content = NULL;
  gsize length, n;

  fail_unless (g_file_get_contents (path, &content, &length, NULL));
  g_object_set (element, "model-file", cut, NULL);
  for (n = 1; n < length - 8; n += 16) {
    g_autofree gchar *text = NULL;

    g_free (test_write ("cut.tflite", content, n));
    text = start_error (element, bus);
    fail_unless (text && strstr (text, "cut.tflite"), "%s at %u", text,
        (guint) n);
  }
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static const struct
{
  const gchar *name, *value;
} bad_values[] = {{"mean", "1,2"}, {"mean", "x"}, {"mean", "1;2;3"},
  {"mean", "1,,2"}, {"mean", "1e99"}, {"std", "0"}, {"std", "1,2,3,4"}};

GST_START_TEST (test_bad_norm)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *text = NULL;

  g_object_set (element, bad_values[__i__].name, bad_values[__i__].value, NULL);
  text = start_error (element, bus);
  fail_unless (text && strstr (text, bad_values[__i__].name)
          && strstr (text, bad_values[__i__].value),
      "%s", text);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

GST_START_TEST (test_missing_labels)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *text = NULL;

  g_object_set (element, "labels-file", "/nowhere/labels.txt", NULL);
  text = start_error (element, bus);
  fail_unless (text && strstr (text, "/nowhere/labels.txt"), "%s", text);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static const struct
{
  const gchar *content;
  guint warnings;
  const gchar *blue; /* how the third class is then called */
} label_files[] = {{"rouge\nvert\nbleu\n", 0, "bleu"},
  {"rouge\r\nvert\r\nbleu\r\n\r\n", 0, "bleu"}, {"rouge\nvert\n", 1, "2"},
  {"a\nb\nc\nd\ne\n", 1, "c"}, {"0 rouge\n1 vert\n2 bleu\n", 0, "bleu"},
  {"{\"0\": \"rouge\", \"1\": \"vert\", \"2\": \"bleu\"}", 0, "bleu"},
  {"item { id: 1 name: 'rouge' } item { id: 2 name: 'vert' } "
   "item { id: 3 name: 'bleu' }",
    0, "bleu"},
  /* Of classes 1 and 2, where class 0 is another one. */
  {"1: vert\n2: bleu\n", 0, "bleu"},
  /* Doubtful, and too few besides: one warning all the same. */
  {"1 rouge\n2 vert\n3 bleu\n", 1, "bleu"}, {"1 rouge\n", 1, "2"},
  {"[\"rouge\", \"vert\",\n\"bleu]\n", 1, "2"}};

GST_START_TEST (test_labels)
{
  static const gchar caps[] = "video/x-raw, format=RGB, width=8, height=8, "
                              "framerate=25/1";
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *path = test_write ("l.txt", label_files[__i__].content, -1);
  GstHarness *h;
  GstBuffer *buffer;

  g_object_set (element, "labels-file", path, NULL);
  h = test_harness_new (element);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      label_files[__i__].warnings);
  gst_harness_set_src_caps_str (h, caps);
  gst_harness_push (h, test_frame_new_for_caps (caps, 0x0000ff, 0));
  buffer = gst_harness_pull (h);
  fail_unless_equals_string (test_get_label (buffer), label_files[__i__].blue);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  gst_harness_teardown (h);
  gst_object_unref (bus);
}

GST_END_TEST;

/* An error is no end: with a right file the element starts. */
GST_START_TEST (test_start_after_refusal)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *path = test_path (RGB_MODEL);
  g_autofree gchar *text = NULL;
  g_autofree gchar *none = NULL;

  g_object_set (element, "model-file", "/nowhere/m.tflite", NULL);
  text = start_error (element, bus);
  fail_unless (text != NULL);
  g_object_set (element, "model-file", path, NULL);
  none = start_error (element, bus);
  fail_unless (none == NULL, "%s", none);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

GST_START_TEST (test_bundled_model_path)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autofree gchar *dir = test_path ("");
  g_autofree gchar *text = NULL;

  g_object_set (element, "model-file", NULL, NULL);
  g_setenv ("MOBILENET_MODELS_DIR", dir, TRUE);
  text = start_error (element, bus);
  fail_unless (text && strstr (text, dir)
          && strstr (text, "camera_health.tflite"),
      "%s", text);
  g_unsetenv ("MOBILENET_MODELS_DIR");
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

/* ---- states ---------------------------------------------------------- */

GST_START_TEST (test_state_cycles)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  guint i;

  for (i = 0; i < 50; i++) {
    GstState state = i % 3 == 0 ? GST_STATE_READY
        : i % 3 == 1            ? GST_STATE_PAUSED
                                : GST_STATE_PLAYING;

    fail_unless_equals_int (gst_element_set_state (element, state),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
  }
  gst_bus_set_flushing (bus, TRUE); /* its messages hold the element */
  ASSERT_OBJECT_REFCOUNT (element, "element", 1);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static Suite *
mobilenet_refusals_suite (void)
{
  Suite *suite = suite_create ("mobilenet-refusals");
  TCase *tc = tcase_create ("refusals");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_defaults);
  tcase_add_test (tc, test_set_and_get);
  tcase_add_loop_test (tc, test_bad_model, 0, G_N_ELEMENTS (bad_files));
  tcase_add_test (tc, test_truncated_model);
  tcase_add_loop_test (tc, test_bad_norm, 0, G_N_ELEMENTS (bad_values));
  tcase_add_test (tc, test_missing_labels);
  tcase_add_loop_test (tc, test_labels, 0, G_N_ELEMENTS (label_files));
  tcase_add_test (tc, test_start_after_refusal);
  tcase_add_test (tc, test_bundled_model_path);
  tcase_add_test (tc, test_state_cycles);
  return suite;
}

GST_CHECK_MAIN (mobilenet_refusals);
