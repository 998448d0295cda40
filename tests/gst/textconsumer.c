/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who takes text, behind queues, tees and bins, and the way in which it has to
 * come for them. */

#include "tests/gst/testutil.h"

#include "gst/text/consumer.h"

static const struct
{
  const gchar *line; /* behind mobilenettext name=t */
  GstMobilenetTextWay way;
} consumers[] = {
  {"! fakesink", GST_MOBILENET_TEXT_PIECES},
  {"! queue ! tee ! queue ! fakesink", GST_MOBILENET_TEXT_PIECES},
  {"! matroskamux", GST_MOBILENET_TEXT_FRAMES},
  {"! queue ! m.subtitle_3 matroskamux name=m", GST_MOBILENET_TEXT_FRAMES},
  {"! mp4mux", GST_MOBILENET_TEXT_AT_END},
  {"! queue ! identity ! qtmux", GST_MOBILENET_TEXT_AT_END},
  {"! mp4mux fragment-duration=1000", GST_MOBILENET_TEXT_FRAMES},
  {"! mp4mux reserved-max-duration=1000000000", GST_MOBILENET_TEXT_FRAMES},
  {"! m.subtitle_0 splitmuxsink name=m", GST_MOBILENET_TEXT_FRAMES},
  {"! queue ! m.subtitle_0 splitmuxsink name=m muxer-factory=matroskamux",
    GST_MOBILENET_TEXT_FRAMES},
  {"! tee name=s s. ! m.subtitle_0 s. ! n.subtitle_0 matroskamux name=m "
   "mp4mux name=n",
    GST_MOBILENET_TEXT_FRAMES},
  {"! tee name=s s. ! m.subtitle_0 s. ! queue ! fakesink "
   "mp4mux name=m",
    GST_MOBILENET_TEXT_FRAMES},
  {"! o.text_sink textoverlay name=o", GST_MOBILENET_TEXT_FRAMES},
  {"! multiqueue ! filesink", GST_MOBILENET_TEXT_PIECES},
  {"! funnel ! fakesink", GST_MOBILENET_TEXT_PIECES},
  {"! queue", GST_MOBILENET_TEXT_FRAMES},
  {"", GST_MOBILENET_TEXT_FRAMES},
};

static GstMobilenetTextWay
find_way (GstElement *pipeline)
{
  g_autoptr (GstElement) text = gst_bin_get_by_name (GST_BIN (pipeline), "t");
  g_autoptr (GstPad) src = gst_element_get_static_pad (text, "src");

  return gst_mobilenet_textconsumer_find (src);
}

GST_START_TEST (test_consumer)
{
  g_autofree gchar *line = g_strdup_printf ("identity ! mobilenettext name=t "
                                            "%s",
      consumers[__i__].line);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch_full (line, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  GstMobilenetTextWay way;

  if (!pipeline) {
    fail_unless_equals_int (error->code, GST_PARSE_ERROR_NO_SUCH_ELEMENT);
    g_print ("# skipped: %s: %s\n", line, error->message);
    return;
  }
  way = find_way (pipeline);
  fail_unless (way == consumers[__i__].way, "%s: %d", line, way);
}

GST_END_TEST;

/* Text that goes into a bin, and out of it again. */
GST_START_TEST (test_consumer_in_bin)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch ("identity ! "
                                                      "mobilenettext name=t",
      NULL);
  GstElement *bin = gst_parse_bin_from_description ("queue", TRUE, NULL);
  GstElement *outer = gst_parse_bin_from_description ("queue ! identity", TRUE,
      NULL);
  GstElement *mux = gst_element_factory_make ("mp4mux", NULL);
  GstElement *text = gst_bin_get_by_name (GST_BIN (pipeline), "t");

  gst_bin_add_many (GST_BIN (pipeline), bin, outer, mux, NULL);
  fail_unless (gst_element_link_many (text, bin, outer, mux, NULL));
  gst_object_unref (text);
  fail_unless_equals_int (find_way (pipeline), GST_MOBILENET_TEXT_AT_END);
}

GST_END_TEST;

static Suite *
textconsumer_suite (void)
{
  Suite *suite = suite_create ("textconsumer");
  TCase *tc = tcase_create ("textconsumer");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_consumer, 0, G_N_ELEMENTS (consumers));
  tcase_add_test (tc, test_consumer_in_bin);
  return suite;
}

GST_CHECK_MAIN (textconsumer);
