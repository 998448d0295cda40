/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What properties and errors say of themselves holds. */

#include <string.h>

#include <glib/gstdio.h>

#include "gst/meta/tensors.h"
#include "tests/gst/testutil.h"

static GParamSpec *
find_property (GstElement *element, const gchar *name)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (element), name);

  fail_unless (pspec != NULL);
  return pspec;
}

GST_START_TEST (test_stats_are_described)
{
  GstElement *element = gst_element_factory_make ("mobilenet", NULL);
  const gchar *blurb = g_param_spec_get_blurb (find_property (element,
      "stats"));
  GstStructure *stats;
  gint i;

  g_object_get (element, "stats", &stats, NULL);
  for (i = 0; i < gst_structure_n_fields (stats); i++)
    fail_unless (strstr (blurb, gst_structure_nth_field_name (stats, i)),
        "%s is not described", gst_structure_nth_field_name (stats, i));
  gst_structure_free (stats);
  gst_object_unref (element);
}

GST_END_TEST;

/* Says that frames are late by far; whether the next one goes without. */
static gboolean
skips_late_frames (GstHarness *h, guint number)
{
  GstStructure *stats;
  guint64 before, after;

  g_object_get (h->element, "stats", &stats, NULL);
  before = test_get_uint64 (stats, "skipped");
  gst_structure_free (stats);
  gst_harness_push_upstream_event (h,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2.0, 10 * GST_SECOND,
          number * DURATION));
  /* It comes out all the same. */
  gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, number * DURATION));
  g_object_get (h->element, "stats", &stats, NULL);
  after = test_get_uint64 (stats, "skipped");
  gst_structure_free (stats);
  return after > before;
}

GST_START_TEST (test_qos)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  GParamSpec *pspec = find_property (element, "qos");
  GstHarness *h = test_open_rgb (element);
  gboolean qos;

  g_object_get (element, "qos", &qos, NULL);
  fail_unless (qos);
  fail_unless (g_value_get_boolean (g_param_spec_get_default_value (pspec)));
  fail_unless (
      !gst_base_transform_is_qos_enabled (GST_BASE_TRANSFORM (element)));
  gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, 0));
  fail_unless (skips_late_frames (h, 1));
  g_object_set (element, "qos", FALSE, NULL);
  fail_unless (!skips_late_frames (h, 2));
  g_object_set (element, "qos", TRUE, NULL);
  fail_unless (skips_late_frames (h, 3));
  fail_unless (
      !gst_base_transform_is_qos_enabled (GST_BASE_TRANSFORM (element)));
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_tensors)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  guint wanted = gst_mobilenet_tensors_are_known () ? 0 : 1;
  GstHarness *h;

  g_object_set (element, "attach-tensors", TRUE, NULL);
  h = test_open_rgb (element);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      wanted);
  gst_buffer_unref (test_run (h, RGB_CAPS, 0xff0000, 0));
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      0);
  test_close (h, bus);
}

GST_END_TEST;

/* Starts with the bundled model; the error's text (g_free), NULL: none. */
static gchar *
start_bundled (void)
{
  GstBus *bus;
  GstElement *element = test_element_new (&bus);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  g_object_set (element, "model-file", NULL, NULL);
  gst_element_set_state (element, GST_STATE_PAUSED);
  test_pop_messages (bus, GST_MESSAGE_ERROR, &message);
  if (message) {
    gst_message_parse_error (message, &error, NULL);
    gst_message_unref (message);
  }
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
  return error ? g_strdup (error->message) : NULL;
}

/* This program lies in the build folder, as the plugin does. */
GST_START_TEST (test_bundled_model)
{
  g_autofree gchar *dir = test_path ("");
  g_autofree gchar *found = NULL;
  g_autofree gchar *text = NULL;

  g_unsetenv ("MOBILENET_MODELS_DIR");
  found = start_bundled ();
  fail_unless (found == NULL, "%s", found);
  g_setenv ("MOBILENET_MODELS_DIR", dir, TRUE);
  text = start_bundled ();
  fail_unless (text != NULL);
  fail_unless (strstr (text, dir) && strstr (text, "MOBILENET_MODELS_DIR")
          && strstr (text, "model-file"),
      "%s", text);
}

GST_END_TEST;

static Suite *
mobilenet_promises_suite (void)
{
  Suite *suite = suite_create ("mobilenet-promises");
  TCase *tc = tcase_create ("promises");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_stats_are_described);
  tcase_add_test (tc, test_qos);
  tcase_add_test (tc, test_tensors);
  tcase_add_test (tc, test_bundled_model);
  return suite;
}

GST_CHECK_MAIN (mobilenet_promises);
