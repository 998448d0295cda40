/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same through GstAnalytics, GStreamer 1.24 and newer: what works with
 * any element that classifies. cc analytics.c $(pkg-config --cflags --libs
 * gstreamer-analytics-1.0) */

#include <gst/analytics/analytics.h>
#include <gst/gst.h>

static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (GST_PAD_PROBE_INFO_BUFFER (info));
  gpointer state = NULL;
  GstAnalyticsMtd mtd;

  while (meta
      && gst_analytics_relation_meta_iterate (meta, &state,
          gst_analytics_cls_mtd_get_mtd_type (), &mtd)) {
    gsize i, n = gst_analytics_cls_mtd_get_length (&mtd);

    for (i = 0; i < n; i++)
      g_print ("%s %.2f\n",
          g_quark_to_string (gst_analytics_cls_mtd_get_quark (&mtd, i)),
          gst_analytics_cls_mtd_get_level (&mtd, i));
  }
  return GST_PAD_PROBE_OK;
}

int
main (int argc, char **argv)
{
  GstElement *pipeline, *sink;
  GstMessage *message;
  GError *error = NULL;
  GstBus *bus;
  GstPad *pad;

  gst_init (&argc, &argv);
  pipeline =
      gst_parse_launch ("videotestsrc pattern=smpte num-buffers=30 ! "
                        "mobilenet schedule=every-frame ! fakesink name=sink",
          &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look, NULL, NULL);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_message_unref (message);
  gst_object_unref (bus);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return 0;
}
