/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/trackutil.h"

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gboolean
have (const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  return factory != NULL;
}

const gchar *
mp4_encoder (void)
{
  if (have ("x264enc"))
    return "x264enc speed-preset=ultrafast tune=zerolatency";
  if (have ("openh264enc") && have ("h264parse"))
    return "openh264enc ! h264parse";
  if (have ("vp9enc") && have ("vp9parse"))
    return "vp9enc deadline=1 cpu-used=8 ! vp9parse";
  return NULL;
}

GstElement *
parse (const gchar *line)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);

  g_assert_no_error (error);
  return pipeline;
}

void
run_to_end (GstElement *pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  const gchar *factor = g_getenv ("CK_TIMEOUT_MULTIPLIER");
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus,
      120 * GST_SECOND * (factor ? atoi (factor) : 1),
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "it stalls");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    ck_abort_msg ("%s", error->message);
  }
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

/* ---- labels ---------------------------------------------------------- */

typedef struct
{
  const Scene *scenes;
  GArray *frames;
  GstClockTime first;
} Labelling;

const gchar *
label_at (const Scene *scene, guint n)
{
  for (; scene->label; scene++) {
    if (n >= scene->from && n < scene->to)
      return scene->label;
  }
  return NULL;
}

static GstPadProbeReturn
label_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Labelling *labelling = user_data;
  GArray *frames = labelling->frames;
  GstBuffer
      *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GstClockTime pts = GST_BUFFER_PTS (buffer), time;
  /* The last entry is the end of the frame before. */
  guint n = frames->len > 0 ? frames->len - 1 : 0;
  const gchar *label = label_at (labelling->scenes, n);
  GstMobilenetScore score = {0, 0.9, label};
  GstMobilenetResult result = {.element = "e",
    .model = "m",
    .task = "classification",
    .backend = "cpu",
    .pts = pts,
    .fresh = TRUE,
    .n_classes = label ? 1 : 0,
    .classes = &score};

  gst_mobilenet_meta_attach (buffer, &result);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  if (frames->len == 0)
    labelling->first = pts;
  time = pts - labelling->first;
  g_array_set_size (frames, n);
  g_array_append_val (frames, time);
  time += GST_BUFFER_DURATION (buffer);
  g_array_append_val (frames, time);
  return GST_PAD_PROBE_OK;
}

GArray *
label_frames (GstElement *pipeline, const gchar *name, const Scene *scenes)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstPad *pad = gst_element_get_static_pad (element, "src");
  Labelling *labelling = g_new (Labelling, 1);

  labelling->scenes = scenes;
  labelling->frames = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, label_frame, labelling,
      g_free);
  gst_object_unref (pad);
  gst_object_unref (element);
  return labelling->frames;
}

/* ---- reading back ---------------------------------------------------- */

static void
free_heard (gpointer data)
{
  Heard *heard = data;

  g_free (heard->label);
  g_free (heard);
}

typedef struct
{
  GPtrArray *all;
  GstClockTime join;
  GstClockTime first; /* frame of video */
  guint n_frames;
} Hearing;

/* Joins what follows on the same text. */
static void
hear (const Hearing *hearing, const gchar *text, GstClockTime start,
    GstClockTime end)
{
  GPtrArray *all = hearing->all;
  Heard *last = all->len > 0 ? all->pdata[all->len - 1] : NULL;

  if (last && start > last->end + hearing->join)
    last = NULL;
  if (last && strcmp (last->label, text) == 0) {
    last->end = end;
    last->n_cues++;
    return;
  }
  last = g_new0 (Heard, 1);
  last->label = g_strdup (text);
  last->start = start;
  last->end = end;
  last->n_cues = 1;
  g_ptr_array_add (all, last);
}

/* Edit lists move the streams of a file against each other. */
static GstClockTime
stream_time (GstPad *pad, GstClockTime time)
{
  g_autoptr (GstEvent)
      event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  guint64 stream;
  gint sign;

  fail_unless (event != NULL);
  gst_event_parse_segment (event, &segment);
  sign = gst_segment_to_stream_time_full (segment, GST_FORMAT_TIME, time,
      &stream);
  return sign > 0 ? stream : 0;
}

static void
on_text (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  if (map.size > 0 && map.data[0]) {
    g_autofree gchar *raw = g_strndup ((gchar *) map.data, map.size);
    g_auto (GStrv) parts = g_strsplit (raw, "&amp;", -1);
    /* matroskademux makes markup of plain text. */
    g_autofree gchar *text = g_strjoinv ("&", parts);

    fail_unless (GST_BUFFER_DURATION_IS_VALID (buffer));
    hear (data, text, stream_time (pad, GST_BUFFER_PTS (buffer)),
        stream_time (pad,
            GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer)));
  }
  gst_buffer_unmap (buffer, &map);
}

static void
on_video (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  Hearing *hearing = data;

  hearing->n_frames++;
  if (!GST_CLOCK_TIME_IS_VALID (hearing->first))
    hearing->first = stream_time (pad, GST_BUFFER_PTS (buffer));
}

static void
on_pad (GstElement *demux, GstPad *pad, gpointer data)
{
  g_autoptr (GstObject) pipeline = gst_object_get_parent (GST_OBJECT (demux));
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  gboolean text = gst_structure_has_name (gst_caps_get_structure (caps, 0),
      "text/x-raw");
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description ("queue ! fakesink name=s "
                                                    "sync=false async=false "
                                                    "signal-handoffs=true",
      TRUE, &error);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (bin), "s");
  GstPad *sinkpad = gst_element_get_static_pad (bin, "sink");

  g_assert_no_error (error);
  g_signal_connect (sink, "handoff",
      text ? G_CALLBACK (on_text) : G_CALLBACK (on_video), data);
  gst_object_unref (sink);
  gst_bin_add (GST_BIN (pipeline), bin);
  gst_element_sync_state_with_parent (bin);
  fail_unless_equals_int (gst_pad_link (pad, sinkpad), GST_PAD_LINK_OK);
  gst_object_unref (sinkpad);
}

GPtrArray *
read_back (const gchar *demux, const gchar *path, GstClockTime join,
    guint *n_frames)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (free_heard);
  g_autofree gchar *line = g_strdup_printf ("filesrc location=\"%s\" ! "
                                            "%s name=d",
      path, demux);
  GstElement *pipeline = parse (line);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "d");
  Hearing hearing = {all, join, GST_CLOCK_TIME_NONE, 0};
  guint i;

  g_signal_connect (element, "pad-added", G_CALLBACK (on_pad), &hearing);
  gst_object_unref (element);
  run_to_end (pipeline);
  fail_unless (GST_CLOCK_TIME_IS_VALID (hearing.first), "no video");
  for (i = 0; i < all->len; i++) {
    Heard *heard = all->pdata[i];

    heard->start -= hearing.first;
    heard->end -= hearing.first;
  }
  *n_frames = hearing.n_frames;
  return all;
}

/* "00:00:01,333 --> 00:00:01,366" */
static gboolean
parse_times (const gchar *line, GstClockTime *start, GstClockTime *end)
{
  guint t[8];

  if (sscanf (line, "%u:%u:%u,%u --> %u:%u:%u,%u", &t[0], &t[1], &t[2], &t[3],
          &t[4], &t[5], &t[6], &t[7])
      != 8)
    return FALSE;
  *start = ((t[0] * 60 + t[1]) * 60 + t[2]) * GST_SECOND + t[3] * GST_MSECOND;
  *end = ((t[4] * 60 + t[5]) * 60 + t[6]) * GST_SECOND + t[7] * GST_MSECOND;
  return TRUE;
}

/* qtdemux's and ffmpeg's ideas of fonts. */
static gchar *
strip_markup (const gchar *text)
{
  GString *out = g_string_new (NULL);
  gboolean inside = FALSE;

  for (; *text; text++) {
    if (*text == '<')
      inside = TRUE;
    else if (*text == '>')
      inside = FALSE;
    else if (!inside)
      g_string_append_c (out, *text);
  }
  return g_string_free (out, FALSE);
}

GPtrArray *
read_by_ffmpeg (const gchar *path, GstClockTime join)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (free_heard);
  Hearing hearing = {all, join, 0, 0};
  g_autofree gchar *program = g_find_program_in_path ("ffmpeg"), *out = NULL;
  g_auto (GStrv) lines = NULL;
  GstClockTime start, end;
  GSubprocess *process;
  guint i;

  if (!program) {
    g_ptr_array_unref (all);
    return NULL;
  }
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, program,
      "-v", "error", "-nostdin", "-i", path, "-map", "0:s", "-f", "srt", "-",
      NULL);
  fail_unless (process
      && g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, NULL)
      && g_subprocess_get_successful (process));
  g_object_unref (process);
  lines = g_strsplit (out, "\n", -1);
  for (i = 0; lines[i] && lines[i + 1]; i++) {
    g_autofree gchar *text = NULL;

    if (!parse_times (lines[i], &start, &end))
      continue;
    text = strip_markup (lines[i + 1]);
    if (*text)
      hear (&hearing, text, start, end);
  }
  return all;
}

static void
check_time (GstClockTime got, GstClockTime expected, GstClockTime tolerance,
    const gchar *what, const gchar *label)
{
  GstClockTimeDiff off = GST_CLOCK_DIFF (expected, got);

  fail_unless (ABS (off) <= tolerance, "%s: %s: %" GST_STIME_FORMAT " off",
      what, label, GST_STIME_ARGS (off));
}

static GstClockTime
time_of (const GArray *frames, guint n)
{
  return g_array_index (frames, GstClockTime, n);
}

void
check_scenes (GPtrArray *heard, const Scene *scenes, const GArray *frames,
    guint a, guint b, GstClockTime tolerance, const gchar *what)
{
  GstClockTime zero = time_of (frames, a);
  const Scene *scene;
  guint n = 0;

  for (scene = scenes; scene->label; scene++) {
    guint from = MAX (scene->from, a), to = MIN (scene->to, b);
    Heard *one;

    if (from >= to)
      continue;
    fail_unless (n < heard->len, "%s: no \"%s\"", what, scene->label);
    one = heard->pdata[n++];
    fail_unless_equals_string (one->label, scene->label);
    check_time (one->start, time_of (frames, from) - zero, tolerance, what,
        one->label);
    check_time (one->end, time_of (frames, to) - zero, tolerance, what,
        one->label);
  }
  fail_unless (heard->len == n, "%s: %u labels for %u", what, heard->len, n);
}
