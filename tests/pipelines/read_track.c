/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plays a file, decoded, and says what is in it. usage: read-track FILE
 * For each frame of video "video PTS", for each text "text START END LABEL",
 * in ns; 1: it cannot be played to its end. */

#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

static GMutex lock; /* of stdout */

static void
on_frame (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  g_mutex_lock (&lock);
  printf ("video %" G_GUINT64_FORMAT "\n", GST_BUFFER_PTS (buffer));
  g_mutex_unlock (&lock);
}

static void
on_text (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  g_mutex_lock (&lock);
  if (map.size > 0 && map.data[0])
    printf ("text %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %.*s\n",
        GST_BUFFER_PTS (buffer),
        GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer), (gint) map.size,
        (const gchar *) map.data);
  g_mutex_unlock (&lock);
  gst_buffer_unmap (buffer, &map);
}

static void
on_pad (GstElement *decode, GstPad *pad, gpointer pipeline)
{
  GstCaps *caps = gst_pad_query_caps (pad, NULL);
  gboolean text = gst_structure_has_name (gst_caps_get_structure (caps, 0),
      "text/x-raw");
  GstElement *queue = gst_element_factory_make ("queue", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  GstPad *sinkpad = gst_element_get_static_pad (queue, "sink");

  g_object_set (sink, "async", FALSE, "signal-handoffs", TRUE, NULL);
  g_signal_connect (sink, "handoff",
      text ? G_CALLBACK (on_text) : G_CALLBACK (on_frame), NULL);
  gst_bin_add_many (GST_BIN (pipeline), queue, sink, NULL);
  gst_element_link (queue, sink);
  gst_element_sync_state_with_parent (sink);
  gst_element_sync_state_with_parent (queue);
  gst_pad_link (pad, sinkpad);
  gst_object_unref (sinkpad);
  gst_caps_unref (caps);
}

int
main (int argc, char **argv)
{
  GstElement *pipeline, *source, *decode;
  GstMessage *message;
  gboolean ended;
  GstBus *bus;

  gst_init (&argc, &argv);
  if (argc != 2) {
    fprintf (stderr, "usage: read-track FILE\n");
    return 2;
  }
  pipeline = gst_pipeline_new (NULL);
  source = gst_element_factory_make ("filesrc", NULL);
  decode = gst_element_factory_make ("decodebin", NULL);
  g_object_set (source, "location", argv[1], NULL);
  gst_bin_add_many (GST_BIN (pipeline), source, decode, NULL);
  gst_element_link (source, decode);
  g_signal_connect (decode, "pad-added", G_CALLBACK (on_pad), pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, 120 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ended = message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
  if (!ended)
    fprintf (stderr, "%s cannot be played to its end\n", argv[1]);
  gst_clear_message (&message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  return ended ? 0 : 1;
}
