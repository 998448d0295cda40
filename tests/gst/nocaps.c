/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bytes of a file that nobody decodes, in front of each element: an error in
 * words that names what is missing. */

#include <string.h>

#include "tests/gst/testutil.h"

/* The first bytes of a JPEG file, and nothing that is known. */
static const guint8 jpeg[512] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I',
  'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xdb, 0, 67};

static const guint8 nothing[512] = {0x80, 0x81, 0x80};

static const struct
{
  const gchar *element;
  const guint8 *bytes;
  const gchar *word;
} cases[] = {
  {"mobilenet", jpeg, "decodebin"},
  {"mobilenet", nothing, "rawvideoparse"},
  {"mobilenet enabled=false", jpeg, "decodebin"},
  {"mobilenettext", jpeg, "decodebin"},
  {"mobilenettext", nothing, "rawvideoparse"},
#ifdef HAVE_OVERLAY
  {"mobilenetoverlay", jpeg, "decodebin"},
  {"mobilenetoverlay", nothing, "rawvideoparse"},
#endif
};

static GstElement *
make_pipeline (guint i)
{
  g_autofree gchar *path = test_write ("x.jpg", (const gchar *) cases[i].bytes,
      sizeof (jpeg));
  g_autofree gchar *text = g_strdup_printf ("filesrc location=\"%s\" ! %s "
                                            "name=e ! fakesink",
      path, cases[i].element);
  g_autofree gchar *model = test_path (RGB_MODEL);
  GstElement *pipeline = gst_parse_launch (text, NULL);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "e");

  if (g_str_has_prefix (cases[i].element, "mobilenet ")
      || g_str_equal (cases[i].element, "mobilenet"))
    g_object_set (element, "model-file", model, NULL);
  gst_object_unref (element);
  return pipeline;
}

GST_START_TEST (test_no_caps)
{
  GstElement *pipeline = make_pipeline (__i__);
  GstBus *bus = gst_element_get_bus (pipeline);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_EOS);
  fail_unless_equals_string (GST_MESSAGE_TYPE_NAME (message), "error");
  fail_unless_equals_string (GST_OBJECT_NAME (GST_MESSAGE_SRC (message)), "e");
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE));
  fail_unless (strstr (error->message, cases[__i__].word) != NULL, "%s",
      error->message);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
mobilenet_no_caps_suite (void)
{
  Suite *suite = suite_create ("mobilenet-no-caps");
  TCase *tc = tcase_create ("no-caps");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_no_caps, 0, G_N_ELEMENTS (cases));
  return suite;
}

GST_CHECK_MAIN (mobilenet_no_caps);
