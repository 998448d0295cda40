/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hears of each change of the best class on the bus, in the main loop, where
 * an application's other code is; and changes the model while it plays.
 * usage: bus [MODEL]. cc bus.c $(pkg-config --cflags --libs gstreamer-1.0) */

#include <gst/gst.h>

typedef struct
{
  GMainLoop *loop;
  GstElement *element;
  const gchar *model; /* to change to; NULL: none */
  int status;
} App;

static void
take_result (App *app, const GstStructure *result)
{
  const gchar *label = gst_structure_get_string (result, "label");
  gdouble confidence = 0;

  gst_structure_get_double (result, "confidence", &confidence);
  /* No label: what was seen before ended, and nothing new was seen. */
  if (label && *label)
    g_print ("%s %.0f %% (%s)\n", label, 100 * confidence,
        gst_structure_get_string (result, "model"));
  if (app->model)
    g_object_set (app->element, "model-file", app->model, NULL);
  app->model = NULL;
}

static gboolean
hear (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;
  GError *error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, "mobilenet-result"))
        take_result (app, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_WARNING:
      /* Such as a new model that cannot be used: the old one goes on. */
      gst_message_parse_warning (message, &error, NULL);
      g_printerr ("warning: %s\n", error->message);
      g_error_free (error);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      g_printerr ("error: %s\n", error->message);
      g_error_free (error);
      app->status = 1;
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  App app = {
    NULL,
  };
  GstElement *pipeline;
  GError *error = NULL;
  GstBus *bus;

  gst_init (&argc, &argv);
  app.model = argc > 1 ? argv[1] : NULL;
  pipeline = gst_parse_launch ("videotestsrc is-live=true pattern=smpte "
                               "num-buffers=60 ! mobilenet name=m ! fakesink",
      &error);
  if (error) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  app.element = gst_bin_get_by_name (GST_BIN (pipeline), "m");
  app.loop = g_main_loop_new (NULL, FALSE);
  bus = gst_element_get_bus (pipeline);
  gst_bus_add_watch (bus, hear, &app);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_main_loop_run (app.loop);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  gst_object_unref (app.element);
  gst_object_unref (pipeline);
  g_main_loop_unref (app.loop);
  return app.status;
}
