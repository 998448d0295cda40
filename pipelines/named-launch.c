/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What gst-launch-1.0 is, for the scripts here, with one difference: names of
 * files, cameras and models are no part of the pipeline's text, where they
 * could be more elements. They are properties, whatever bytes they have.
 *
 * usage: named-launch [-e] [-r] [ELEMENT.PROPERTY=NAME...] -- PIPELINE...
 * -e  Ctrl-C ends the stream first, so that files are whole
 * -r  prints a line for each result of mobilenet
 * ELEMENT is the name that PIPELINE gives one of its elements. */

#include <glib-unix.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/printable.h"

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline;
  gboolean ends_whole;    /* -e */
  gboolean shows_results; /* -r */
  gboolean interrupted;
  gboolean live;
  gint status; /* of the program */
} Launch;

/* ---- results --------------------------------------------------------- */

/* Elements that nobody gave a name of their own. */
static gboolean
is_numbered (const gchar *name)
{
  return g_str_has_prefix (name, "mobilenet")
      && strspn (name + strlen ("mobilenet"), "0123456789")
      == strlen (name + strlen ("mobilenet"));
}

static gchar *
get_text (const GstStructure *s, const gchar *field)
{
  return mn_printable (gst_structure_get_string (s, field));
}

static void
show_result (const GstStructure *s)
{
  static const gchar full[] = "####################";
  g_autofree gchar *name = get_text (s, "element");
  g_autofree gchar *label = get_text (s, "label");
  g_autofree gchar *backend = get_text (s, "backend");
  gdouble confidence = 0;
  guint64 pts = 0, latency = 0;
  gint width, bar;

  if (!label[0])
    return;
  gst_structure_get_double (s, "confidence", &confidence);
  gst_structure_get_uint64 (s, "pts", &pts);
  gst_structure_get_uint64 (s, "latency", &latency);
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    pts = 0;
  confidence = CLAMP (confidence, 0, 1);
  bar = (gint) (confidence * (sizeof (full) - 1) + 0.5);
  width = MAX (0, 24 - (gint) g_utf8_strlen (label, -1));
  if (!is_numbered (name))
    printf ("%s  ", name);
  printf ("%3u:%04.1f  %s%*s %3d%%  %-20.*s  %.1f ms on %s\n",
      (guint) (pts / (60 * GST_SECOND)), pts % (60 * GST_SECOND) / 1e9, label,
      width, "", (gint) (confidence * 100 + 0.5), bar, full, latency / 1e6,
      backend);
  fflush (stdout);
}

/* ---- messages -------------------------------------------------------- */

/* As gst-launch-1.0 words it, a line each, whatever names are in it. */
static void
show_problem (GstMessage *message, const gchar *kind, const GError *error,
    const gchar *debug)
{
  g_autofree gchar *path = GST_MESSAGE_SRC (message)
      ? gst_object_get_path_string (GST_MESSAGE_SRC (message))
      : NULL;
  g_autofree gchar *from = mn_printable (path);
  g_autofree gchar *text = mn_printable (error->message);
  g_autofree gchar *more = mn_printable (debug);

  fprintf (stderr, "%s: from element %s: %s\n", kind, from, text);
  if (more[0])
    fprintf (stderr, "Additional debug info: %s\n", more);
}

static void
on_buffering (Launch *self, GstMessage *message)
{
  gint percent;

  gst_message_parse_buffering (message, &percent);
  if (!self->live)
    gst_element_set_state (self->pipeline,
        percent < 100 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  const GstStructure *s = gst_message_get_structure (message);
  Launch *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  GstState state;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (self->shows_results && gst_structure_has_name (s, "mobilenet-result"))
        show_result (s);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, &debug);
      show_problem (message, "WARNING", error, debug);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &debug);
      /* What follows is only that the others stop. */
      if (self->status == 0)
        show_problem (message, "ERROR", error, debug);
      self->status = 1;
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (self->pipeline));
      break;
    case GST_MESSAGE_CLOCK_LOST:
      gst_element_set_state (self->pipeline, GST_STATE_PAUSED);
      gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
      break;
    case GST_MESSAGE_BUFFERING:
      on_buffering (self, message);
      break;
    case GST_MESSAGE_REQUEST_STATE:
      gst_message_parse_request_state (message, &state);
      gst_element_set_state (self->pipeline, state);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* The second time it is meant. */
static gboolean
on_interrupt (gpointer user_data)
{
  Launch *self = user_data;

  if (self->ends_whole && !self->interrupted)
    gst_element_send_event (self->pipeline, gst_event_new_eos ());
  else
    g_main_loop_quit (self->loop);
  self->interrupted = TRUE;
  return G_SOURCE_CONTINUE;
}

/* ---- start ----------------------------------------------------------- */

static gboolean
refuse (const gchar *text, const gchar *about)
{
  g_autofree gchar *said = mn_printable (about);

  fprintf (stderr, "named-launch: %s: %s\n", said, text);
  return FALSE;
}

/* text: "ELEMENT.PROPERTY=NAME"; there may be dots in all but PROPERTY. */
static gboolean
set_name (GstElement *pipeline, const gchar *text)
{
  const gchar *equals = strchr (text, '=');
  const gchar *dot = equals ? g_strrstr_len (text, equals - text, ".") : NULL;
  g_autofree gchar *name = NULL, *property = NULL;
  g_autoptr (GstElement) element = NULL;
  GParamSpec *spec;

  if (!dot)
    return refuse ("ELEMENT.PROPERTY=NAME expected", text);
  name = g_strndup (text, dot - text);
  property = g_strndup (dot + 1, equals - dot - 1);
  element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  if (!element)
    return refuse ("no such element in the pipeline", name);
  spec = g_object_class_find_property (G_OBJECT_GET_CLASS (element), property);
  if (!spec || spec->value_type != G_TYPE_STRING)
    return refuse ("no such property, or none that is text", property);
  g_object_set (element, property, equals + 1, NULL);
  return TRUE;
}

/* What is in front of "--"; returns where the pipeline starts, 0: nowhere. */
static gint
find_pipeline (Launch *self, gint argc, gchar **argv)
{
  gint i;

  for (i = 1; i < argc && !g_str_equal (argv[i], "--"); i++) {
    if (g_str_equal (argv[i], "-e"))
      self->ends_whole = TRUE;
    else if (g_str_equal (argv[i], "-r"))
      self->shows_results = TRUE;
  }
  return i + 1 < argc ? i + 1 : 0;
}

static gboolean
open_pipeline (Launch *self, gchar **argv, gint first)
{
  g_autoptr (GError) error = NULL;
  GstElement *made = gst_parse_launchv ((const gchar **) argv + first, &error);
  gint i;

  if (error)
    refuse (error->message, "the pipeline");
  if (!made || error) {
    g_clear_object (&made);
    return FALSE;
  }
  if (GST_IS_PIPELINE (made)) {
    self->pipeline = made;
  } else {
    self->pipeline = gst_pipeline_new (NULL);
    gst_bin_add (GST_BIN (self->pipeline), made);
  }
  for (i = 1; i < first - 1; i++) {
    if (argv[i][0] != '-' && !set_name (self->pipeline, argv[i]))
      return FALSE;
  }
  return TRUE;
}

static void
play (Launch *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstStateChangeReturn result;

  gst_bus_add_watch (bus, on_message, self);
  g_unix_signal_add (SIGINT, on_interrupt, self);
  result = gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  self->live = result == GST_STATE_CHANGE_NO_PREROLL;
  if (result == GST_STATE_CHANGE_FAILURE) {
    /* Why, is on the bus. */
    while (g_main_context_iteration (NULL, FALSE))
      ;
    if (self->status == 0)
      refuse ("it does not start", "the pipeline");
    self->status = 1;
  } else {
    g_main_loop_run (self->loop);
  }
  gst_bus_remove_watch (bus);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
}

int
main (int argc, char **argv)
{
  Launch self = {
    NULL,
  };
  gint first;

  gst_init (NULL, NULL);
  first = find_pipeline (&self, argc, argv);
  if (!first) {
    fprintf (stderr,
        "usage: named-launch [-e] [-r] "
        "[ELEMENT.PROPERTY=NAME...] -- PIPELINE...\n");
    return 2;
  }
  self.loop = g_main_loop_new (NULL, FALSE);
  if (open_pipeline (&self, argv, first))
    play (&self);
  else
    self.status = 2;
  g_clear_object (&self.pipeline);
  g_main_loop_unref (self.loop);
  return self.status;
}
