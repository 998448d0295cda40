/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a camera application embeds `mobilenet`: a preview that always runs,
 * recordings that start and stop at any time, each with its labels as a
 * subtitle track, labels from the bus, another model while it plays.
 *
 * usage: recorder [--source "ELEMENT ! ..."] [--demo FOLDER]
 * Commands on stdin: start FILE (.mkv or .mp4), stop, model FILE, quit. */

#include <glib-unix.h>
#include <gst/gst.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/printable.h"

typedef struct
{
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *net;
  GstElement *tee;
  GstElement *recording; /* NULL: none, or its end is awaited */
  GstElement *ending;    /* was told to stop, its file not closed yet */
  GstPad *tee_pad;       /* what feeds recording */
  gchar *path;           /* of recording or ending */
  gboolean quitting;
  gint status; /* of the program */
  guint demo_step;
  gchar *demo_folder;
} Recorder;

static void say (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* A line; what is in it of names and labels cannot change the terminal. */
static void
say (const gchar *format, ...)
{
  g_autofree gchar *text = NULL, *line = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  line = mn_printable (text);
  puts (line);
  fflush (stdout);
}

static gboolean
have (const gchar *name)
{
  return gst_registry_check_feature_version (gst_registry_get (), name, 1, 0,
      0);
}

static const gchar *
choose_encoder (gboolean mp4)
{
  if (have ("x264enc") && have ("h264parse"))
    return "x264enc tune=zerolatency speed-preset=veryfast ! "
           "video/x-h264,profile=main ! h264parse";
  if (have ("openh264enc") && have ("h264parse"))
    return "openh264enc complexity=low gop-size=60 ! h264parse";
  if (!mp4 && have ("vp8enc"))
    return "vp8enc deadline=1 cpu-used=8";
  if (have ("vp9enc") && have ("vp9parse"))
    return "vp9enc deadline=1 cpu-used=8 ! vp9parse";
  return NULL;
}

/* ---- recordings ------------------------------------------------------ */

/* The recording's first frame: its running time becomes 0 in the file. */
static GstPadProbeReturn
start_at_zero (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_autoptr (GstEvent)
      event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  GstClockTime pts = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  const GstSegment *segment;
  guint64 time = GST_CLOCK_TIME_NONE;

  if (event) {
    gst_event_parse_segment (event, &segment);
    time = gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts);
  }
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_pad_set_offset (pad, -(gint64) time);
  return GST_PAD_PROBE_REMOVE;
}

/* The end has come to the file. */
static GstPadProbeReturn
tell_end (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Recorder *self = user_data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    gst_element_post_message (self->pipeline,
        gst_message_new_application (GST_OBJECT (self->pipeline),
            gst_structure_new_empty ("recording-ended")));
  return GST_PAD_PROBE_OK;
}

static GstElement *
make_recording (Recorder *self, const gchar *path)
{
  gboolean mp4 = g_str_has_suffix (path, ".mp4");
  const gchar *encoder = choose_encoder (mp4);
  g_autofree gchar *line = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) file = NULL;
  g_autoptr (GstPad) pad = NULL;
  GstElement *bin;

  if (!encoder) {
    say ("no encoder for %s", path);
    return NULL;
  }
  line = g_strdup_printf ("queue ! tee name=both "
                          "both. ! queue ! videoconvert ! %s ! mux.video_0 "
                          "both. ! queue ! mobilenettext ! mux.subtitle_0 "
                          "%s name=mux ! filesink name=file async=false",
      encoder, mp4 ? "mp4mux" : "matroskamux");
  bin = gst_parse_bin_from_description (line, TRUE, &error);
  if (!bin) {
    say ("cannot record: %s", error->message);
    return NULL;
  }
  file = gst_bin_get_by_name (GST_BIN (bin), "file");
  g_object_set (file, "location", path, NULL);
  pad = gst_element_get_static_pad (file, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, tell_end, self,
      NULL);
  return bin;
}

static void
remove_recording (Recorder *self)
{
  GstElement *bin = self->ending ? self->ending : self->recording;

  self->ending = self->recording = NULL;
  gst_element_set_state (bin, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self->pipeline), bin);
}

static void
start (Recorder *self, const gchar *path)
{
  g_autoptr (GstPad) sink = NULL;

  if (self->recording || self->ending) {
    say ("still recording %s", self->path);
    return;
  }
  self->recording = make_recording (self, path);
  if (!self->recording)
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  /* On its way to PLAYING, it would fail with what fails in it. */
  gst_element_get_state (self->pipeline, NULL, NULL, 5 * GST_SECOND);
  gst_bin_add (GST_BIN (self->pipeline), self->recording);
  if (!gst_element_sync_state_with_parent (self->recording)) {
    remove_recording (self); /* why: an error message says it */
    return;
  }
  self->tee_pad = gst_element_request_pad_simple (self->tee, "src_%u");
  gst_pad_add_probe (self->tee_pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, start_at_zero, NULL,
      NULL);
  sink = gst_element_get_static_pad (self->recording, "sink");
  gst_pad_link (self->tee_pad, sink);
  say ("recording %s", path);
}

/* Between two frames: takes the recording off, and ends it. */
static GstPadProbeReturn
unlink_recording (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstPad *sink = user_data;

  /* Twice is possible: once idle, once with a frame. */
  if (gst_pad_unlink (pad, sink))
    gst_pad_send_event (sink, gst_event_new_eos ());
  return GST_PAD_PROBE_REMOVE;
}

static void
stop (Recorder *self)
{
  if (!self->recording)
    return;
  self->ending = g_steal_pointer (&self->recording);
  gst_pad_add_probe (self->tee_pad, GST_PAD_PROBE_TYPE_IDLE, unlink_recording,
      gst_element_get_static_pad (self->ending, "sink"), gst_object_unref);
}

static void
finish_recording (Recorder *self)
{
  if (!self->recording && !self->ending)
    return;
  remove_recording (self);
  gst_element_release_request_pad (self->tee, self->tee_pad);
  gst_clear_object (&self->tee_pad);
  say ("saved %s", self->path);
  if (self->quitting)
    g_main_loop_quit (self->loop);
}

static void
quit (Recorder *self)
{
  self->quitting = TRUE;
  stop (self);
  if (!self->ending)
    g_main_loop_quit (self->loop);
}

/* ---- commands -------------------------------------------------------- */

static void
command (Recorder *self, const gchar *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);
  const gchar *argument = words[0] ? words[1] : NULL;

  if (!words[0] || !words[0][0])
    return;
  if (strcmp (words[0], "start") == 0 && argument)
    start (self, argument);
  else if (strcmp (words[0], "stop") == 0)
    stop (self);
  else if (strcmp (words[0], "model") == 0)
    g_object_set (self->net, "model-file", argument, NULL);
  else if (strcmp (words[0], "quit") == 0)
    quit (self);
  else
    say ("commands: start FILE, stop, model FILE, quit");
}

static gboolean
on_input (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  Recorder *self = user_data;
  g_autofree gchar *line = NULL;
  gsize end;

  if (g_io_channel_read_line (channel, &line, NULL, &end, NULL)
      != G_IO_STATUS_NORMAL) {
    quit (self);
    return G_SOURCE_REMOVE;
  }
  line[end] = '\0';
  command (self, line);
  return G_SOURCE_CONTINUE;
}

/* Two recordings, the second of which goes on until the end. */
static gboolean
demo (gpointer user_data)
{
  static const gchar *steps[] = {"start %s/first.mkv", "", "stop", "",
    "start %s/second.mkv", "model %s/other.tflite", "", "quit"};
  Recorder *self = user_data;
  g_auto (GStrv) parts = NULL;
  g_autofree gchar *line = NULL;

  if (self->ending) /* the next one has to wait */
    return G_SOURCE_CONTINUE;
  parts = g_strsplit (steps[self->demo_step++], "%s", 2);
  line = g_strjoinv (self->demo_folder, parts);
  command (self, line);
  return self->demo_step < G_N_ELEMENTS (steps);
}

static gboolean
on_interrupt (gpointer user_data)
{
  quit (user_data);
  return G_SOURCE_CONTINUE;
}

/* ---- messages -------------------------------------------------------- */

static void
show_result (const GstStructure *s)
{
  const gchar *label = gst_structure_get_string (s, "label");
  gdouble confidence;

  if (label && gst_structure_get_double (s, "confidence", &confidence))
    say ("label %s %.0f %%", label[0] ? label : "-", confidence * 100.0);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  const GstStructure *s = gst_message_get_structure (message);
  Recorder *self = user_data;
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      if (gst_structure_has_name (s, "mobilenet-result"))
        show_result (s);
      break;
    case GST_MESSAGE_APPLICATION:
      if (gst_structure_has_name (s, "recording-ended"))
        finish_recording (self);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, NULL);
      say ("warning: %s", error->message);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      say ("error: %s", error->message);
      /* A file that could not be opened: its recording is gone already. */
      if (!gst_object_has_as_ancestor (GST_MESSAGE_SRC (message),
              GST_OBJECT (self->pipeline)))
        break;
      self->status = 1;
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_EOS: /* the source's; it ended recordings, too */
      self->quitting = TRUE;
      finish_recording (self);
      g_main_loop_quit (self->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* ---- start ----------------------------------------------------------- */

static gboolean
open_pipeline (Recorder *self, const gchar *source)
{
  gboolean window = g_getenv ("DISPLAY") || g_getenv ("WAYLAND_DISPLAY");
  g_autofree gchar *line = g_strdup_printf (
      "%s ! videoconvert ! "
      "mobilenet name=net ! tee name=t allow-not-linked=true "
      "t. ! queue max-size-buffers=2 leaky=downstream ! mobilenetoverlay ! "
      "videoconvert ! %s",
      source, window ? "autovideosink" : "fakesink");
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBus) bus = NULL;

  self->pipeline = gst_parse_launch (line, &error);
  if (error) {
    say ("error: %s", error->message);
    return FALSE;
  }
  self->net = gst_bin_get_by_name (GST_BIN (self->pipeline), "net");
  self->tee = gst_bin_get_by_name (GST_BIN (self->pipeline), "t");
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_add_watch (bus, on_message, self);
  return TRUE;
}

static void
close_pipeline (Recorder *self)
{
  if (!self->pipeline)
    return;
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_clear_object (&self->tee_pad);
  gst_clear_object (&self->net);
  gst_clear_object (&self->tee);
  gst_clear_object (&self->pipeline);
  g_free (self->path);
}

int
main (int argc, char **argv)
{
  Recorder self = {
    NULL,
  };
  g_autofree gchar *source = NULL;
  GOptionEntry entries[] = {
    {"source", 's', 0, G_OPTION_ARG_STRING, &source,
      "where frames come from (default: a live test picture)", "PIPELINE"},
    {"demo", 'd', 0, G_OPTION_ARG_FILENAME, &self.demo_folder,
      "record twice into a folder, and end", "FOLDER"},
    {NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    say ("recorder: %s", error->message);
    return 2;
  }
  self.loop = g_main_loop_new (NULL, FALSE);
  self.status = 1;
  if (open_pipeline (&self,
          source ? source
                 : "videotestsrc is-live=true "
                   "! video/x-raw,width=1280,height=720,framerate=30/1")
      && gst_element_set_state (self.pipeline, GST_STATE_PLAYING)
          != GST_STATE_CHANGE_FAILURE) {
    g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);

    self.status = 0;
    /* Names of files are bytes; and a line feed is what ends a line. */
    g_io_channel_set_encoding (input, NULL, NULL);
    g_io_channel_set_line_term (input, "\n", 1);
    g_unix_signal_add (SIGINT, on_interrupt, &self);
    if (self.demo_folder)
      g_timeout_add (700, demo, &self);
    else
      g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, &self);
    g_main_loop_run (self.loop);
  }
  close_pipeline (&self);
  g_main_loop_unref (self.loop);
  g_free (self.demo_folder);
  return self.status;
}
