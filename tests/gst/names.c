/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names of any bytes, of files and of elements: what goes into metadata and
 * messages of them is valid UTF-8, and nothing is missing. A warning of
 * GStreamer's fails the test. */

#include <string.h>

#include "tests/gst/testutil.h"

#define NAME "m\xff\xe9 x.tflite"
#define VALID_NAME "m\xef\xbf\xbd\xef\xbf\xbd x.tflite"

static void
copy_model (const gchar *name)
{
  g_autofree gchar *path = test_path (RGB_MODEL);
  g_autofree gchar *content = NULL;
  gsize size;

  fail_unless (g_file_get_contents (path, &content, &size, NULL));
  g_free (test_write (name, content, size));
}

/* With the model and the labels file of these names. */
static GstElement *
make_element (const gchar *model, const gchar *labels, GstBus **bus)
{
  GstElement *element = test_element_new (bus);
  g_autofree gchar *model_path = test_path (model);
  g_autofree gchar *labels_path = labels ? test_path (labels) : NULL;

  g_object_set (element, "model-file", model_path, "labels-file", labels_path,
      "post-messages", 2, NULL);
  return element;
}

static void
check_string (const GstStructure *s, const gchar *field, const gchar *wanted)
{
  fail_unless_equals_string (gst_structure_get_string (s, field), wanted);
}

GST_START_TEST (test_result)
{
  GstMessage *message;
  GstStructure *stats;
  GstElement *element;
  GstHarness *h;
  GstBuffer *buffer;
  GstBus *bus;

  copy_model (NAME);
  g_free (test_write ("l.txt", "r\xf4ti\ngreen\nblue\n", -1));
  element = make_element (NAME, "l.txt", &bus);
  h = test_open_rgb (element);
  buffer = test_run (h, RGB_CAPS, 0xff0000, 0);
  check_string (test_get_result (buffer), "model", VALID_NAME);
  check_string (test_get_result (buffer), "label", "r\xc3\xb4ti");
  gst_buffer_unref (buffer);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  check_string (gst_message_get_structure (message), "model", VALID_NAME);
  check_string (gst_message_get_structure (message), "label", "r\xc3\xb4ti");
  gst_message_unref (message);
  g_object_get (element, "stats", &stats, NULL);
  check_string (stats, "model", VALID_NAME);
  gst_structure_free (stats);
  test_close (h, bus);
}

GST_END_TEST;

/* An element may be called anything; a harness makes more of its name than a
 * pipeline does. */
GST_START_TEST (test_element)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *source = gst_element_factory_make ("videotestsrc", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  GstElement *element;
  GstSample *sample;
  GstBus *bus;

  element = make_element (RGB_MODEL, NULL, &bus);
  gst_object_unref (bus);
  gst_object_set_name (GST_OBJECT (element), "el\xe9ment");
  gst_bin_add_many (GST_BIN (pipeline), source, element, sink, NULL);
  fail_unless (gst_element_link_many (source, element, sink, NULL));
  g_object_set (source, "num-buffers", 1, NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_message_unref (gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  g_object_get (sink, "last-sample", &sample, NULL);
  check_string (test_get_result (gst_sample_get_buffer (sample)), "element",
      "el\xef\xbf\xbdment");
  gst_sample_unref (sample);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* The only message of a kind, which has to be valid. */
static void
check_message (GstBus *bus, GstMessageType type, const gchar *word)
{
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  fail_unless_equals_int (test_pop_messages (bus, type, &message), 1);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  fail_unless (g_utf8_validate (error->message, -1, NULL));
  fail_unless (strstr (error->message, word) != NULL, "%s", error->message);
  gst_message_unref (message);
}

GST_START_TEST (test_messages)
{
  GstBus *bus;
  GstElement *element = make_element ("none\xff.tflite", NULL, &bus);

  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  check_message (bus, GST_MESSAGE_ERROR, "none\xef\xbf\xbd.tflite");
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);

  g_free (test_write ("few\xff.txt", "red\n", -1));
  element = make_element (RGB_MODEL, "few\xff.txt", &bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  check_message (bus, GST_MESSAGE_WARNING, "few\xef\xbf\xbd.txt");
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
}

GST_END_TEST;

static Suite *
mobilenet_names_suite (void)
{
  Suite *suite = suite_create ("mobilenet-names");
  TCase *tc = tcase_create ("names");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_result);
  tcase_add_test (tc, test_element);
  tcase_add_test (tc, test_messages);
  return suite;
}

GST_CHECK_MAIN (mobilenet_names);
