/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads each frame's result where it passes: in a buffer probe, on the
 * streaming thread. cc pad_probe.c $(pkg-config --cflags --libs
 * gstreamer-1.0) */

#include <gst/gst.h>

static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, "mobilenet-result");
  GstStructure *result;
  const gchar *label;
  gdouble confidence;
  gint index;

  /* None yet, or the last one is too old. */
  if (!meta)
    return GST_PAD_PROBE_OK;
  result = gst_custom_meta_get_structure (meta);
  if (gst_structure_get (result, "index", G_TYPE_INT, &index, "confidence",
          G_TYPE_DOUBLE, &confidence, NULL)
      && index >= 0) {
    label = gst_structure_get_string (result, "label");
    g_print ("%" GST_TIME_FORMAT " %s %.0f %%\n",
        GST_TIME_ARGS (GST_BUFFER_PTS (buffer)), label, 100 * confidence);
  }
  return GST_PAD_PROBE_OK;
}

int
main (int argc, char **argv)
{
  GstElement *pipeline, *element;
  GstMessage *message;
  GError *error = NULL;
  gboolean ok;
  GstBus *bus;
  GstPad *pad;

  gst_init (&argc, &argv);
  pipeline =
      gst_parse_launch ("videotestsrc pattern=smpte num-buffers=30 ! "
                        "mobilenet name=m schedule=every-frame ! fakesink",
          &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  element = gst_bin_get_by_name (GST_BIN (pipeline), "m");
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look, NULL, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ok = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
  gst_message_unref (message);
  gst_object_unref (bus);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return ok ? 0 : 1;
}
