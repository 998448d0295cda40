/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Takes frames and all their classes out of the pipeline, on a thread of the
 * application's own. cc appsink.c $(pkg-config --cflags --libs
 * gstreamer-app-1.0 gstreamer-video-1.0) */

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

/* Best first; several elements, and so several results, may have been there. */
static void
print_results (GstBuffer *buffer)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta (buffer, &state))) {
    GstStructure *result;
    const GValue *classes;
    guint i;

    if (!gst_custom_meta_has_name ((GstCustomMeta *) meta, "mobilenet-result"))
      continue;
    result = gst_custom_meta_get_structure ((GstCustomMeta *) meta);
    classes = gst_structure_get_value (result, "classes");
    g_print ("  %s:", gst_structure_get_string (result, "element"));
    for (i = 0; i < gst_value_array_get_size (classes); i++) {
      const GstStructure
          *c = gst_value_get_structure (gst_value_array_get_value (classes, i));
      gdouble confidence = 0;

      gst_structure_get_double (c, "confidence", &confidence);
      g_print (" %s (%.2f)", gst_structure_get_string (c, "label"), confidence);
    }
    g_print ("\n");
  }
}

int
main (int argc, char **argv)
{
  GstElement *pipeline;
  GError *error = NULL;
  GstSample *sample;
  GstAppSink *sink;

  gst_init (&argc, &argv);
  /* max-buffers and drop: where the application is slow, frames go. */
  pipeline = gst_parse_launch ("videotestsrc pattern=smpte num-buffers=30 ! "
                               "video/x-raw,format=RGB,width=320,height=240 ! "
                               "mobilenet name=scene schedule=every-frame ! "
                               "appsink name=sink max-buffers=4 sync=false",
      &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  sink = GST_APP_SINK (gst_bin_get_by_name (GST_BIN (pipeline), "sink"));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (sink))) {
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    GstVideoFrame frame;
    GstVideoInfo info;

    if (gst_video_info_from_caps (&info, gst_sample_get_caps (sample))
        && gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ)) {
      const guint8 *pixel = GST_VIDEO_FRAME_PLANE_DATA (&frame, 0);

      g_print ("%dx%d, first pixel %d %d %d\n", GST_VIDEO_INFO_WIDTH (&info),
          GST_VIDEO_INFO_HEIGHT (&info), pixel[0], pixel[1], pixel[2]);
      gst_video_frame_unmap (&frame);
    }
    print_results (buffer);
    gst_sample_unref (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
  return 0;
}
