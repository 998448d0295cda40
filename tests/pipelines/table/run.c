/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/pipelines/table/run.h"

#include <glib/gstdio.h>
#include <gst/video/video.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- an end ---------------------------------------------------------- */

static void
remove_folder (const gchar *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (path, name, NULL);

    g_unlink (file);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

/* Streaming threads may go on meanwhile. */
static void G_GNUC_NORETURN
leave (Run *run, gint status)
{
  fflush (stdout);
  remove_folder (run->dir);
  _Exit (status);
}

void
run_fail (Run *run, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("\n");
  leave (run, 1);
}

void
run_skip (Run *run, const gchar *reason)
{
  printf ("%s\n", reason);
  leave (run, 77);
}

/* ---- scenes ----------------------------------------------------------- */

static const struct
{
  const gchar *pattern, *label;
} scenes[] = {
  {"smpte", "test-card"}, {"black", "dark"}, {"white", "overexposed"}};

static guint
scene_of (const Row *row, guint n)
{
  return row->scene > 0 ? n / row->scene % G_N_ELEMENTS (scenes) : 0;
}

const gchar *
run_scene_label (const Row *row, guint n)
{
  return scenes[scene_of (row, n)].label;
}

/* Between two pictures, in the source's own thread. */
static GstPadProbeReturn
next_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Run *run = user_data;
  guint n;

  g_mutex_lock (&run->lock);
  n = ++run->drawn;
  g_mutex_unlock (&run->lock);
  if (scene_of (run->row, n) != scene_of (run->row, n - 1))
    gst_util_set_object_arg (G_OBJECT (GST_PAD_PARENT (pad)), "pattern",
        scenes[scene_of (run->row, n)].pattern);
  return GST_PAD_PROBE_OK;
}

/* ---- what passes ------------------------------------------------------ */

static GstClockTime
running_time (GstPad *pad, GstClockTime time)
{
  g_autoptr (GstEvent)
      event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  if (!event)
    return GST_CLOCK_TIME_NONE;
  gst_event_parse_segment (event, &segment);
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, time);
}

static GstPadProbeReturn
see_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Run *run = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, "mobilenet-result");
  Seen seen = {GST_BUFFER_PTS (buffer), GST_CLOCK_TIME_NONE, NULL, FALSE};

  seen.running_time = running_time (pad, seen.pts);
  if (meta) {
    const GstStructure *s = gst_custom_meta_get_structure (meta);

    seen.label = g_strdup (gst_structure_get_string (s, "label"));
    gst_structure_get_boolean (s, "fresh", &seen.fresh);
  }
  g_mutex_lock (&run->lock);
  g_array_append_val (run->seen, seen);
  g_cond_broadcast (&run->changed);
  g_mutex_unlock (&run->lock);
  return GST_PAD_PROBE_OK;
}

/* What came before a flush has nothing to do with what comes. */
static GstPadProbeReturn
see_flush (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Run *run = user_data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))
      == GST_EVENT_FLUSH_STOP) {
    g_mutex_lock (&run->lock);
    g_array_set_size (run->seen, 0);
    g_mutex_unlock (&run->lock);
  }
  return GST_PAD_PROBE_OK;
}

static void
clear_seen (gpointer data)
{
  g_free (((Seen *) data)->label);
}

static void
clear_piece (gpointer data)
{
  g_free (((Piece *) data)->text);
}

GArray *
run_pieces_new (void)
{
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (Piece));

  g_array_set_clear_func (pieces, clear_piece);
  return pieces;
}

void
run_add_piece (GArray *pieces, GstBuffer *buffer, const GstSegment *segment)
{
  Piece piece = {GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, NULL};
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  if (map.size > 0 && map.data[0]) {
    piece.start = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
        GST_BUFFER_PTS (buffer));
    if (GST_BUFFER_DURATION_IS_VALID (buffer))
      piece.end = piece.start + GST_BUFFER_DURATION (buffer);
    piece.text = g_strndup ((const gchar *) map.data, map.size);
    g_array_append_val (pieces, piece);
  }
  gst_buffer_unmap (buffer, &map);
}

static GstPadProbeReturn
see_piece (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_autoptr (GstEvent)
      event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  Run *run = user_data;

  gst_event_parse_segment (event, &segment);
  g_mutex_lock (&run->lock);
  run_add_piece (run->pieces, GST_PAD_PROBE_INFO_BUFFER (info), segment);
  g_mutex_unlock (&run->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
see_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  Run *run = user_data;
  GstVideoFrame frame;
  GstVideoInfo video;
  guint8 white = 0;
  gint x, y;

  if (!caps || !gst_video_info_from_caps (&video, caps)
      || !gst_video_frame_map (&frame, &video, GST_PAD_PROBE_INFO_BUFFER (info),
          GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  for (y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y++) {
    const guint8 *line = GST_VIDEO_FRAME_PLANE_DATA (&frame, 0);

    line += y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0);
    for (x = 0; x < GST_VIDEO_FRAME_WIDTH (&frame); x++)
      white = MAX (white, line[x]);
  }
  gst_video_frame_unmap (&frame);
  g_mutex_lock (&run->lock);
  g_array_append_val (run->whites, white);
  g_cond_broadcast (&run->changed);
  g_mutex_unlock (&run->lock);
  return GST_PAD_PROBE_OK;
}

void
run_watch (Run *run, GstElement *element, const gchar *place)
{
  static const struct
  {
    const gchar *place, *pad;
    GstPadProbeCallback see;
  } places[] = {{"scenes", "src", next_picture}, {"out", "sink", see_frame},
    {"text", "sink", see_piece}, {"pic", "sink", see_picture}};
  g_autoptr (GstPad) pad = NULL;
  guint i;

  for (i = 0; strcmp (places[i].place, place) != 0; i++)
    ;
  pad = gst_element_get_static_pad (element, places[i].pad);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, places[i].see, run, NULL);
  if (places[i].see == see_frame)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, see_flush, run,
        NULL);
}

/* ---- playing ----------------------------------------------------------- */

void
run_play (Run *run)
{
  if (gst_element_set_state (run->pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE)
    run_to_end (run);
}

void
run_to_end (Run *run)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus,
      GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autofree gchar *debug = NULL;
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, &debug);
    run_fail (run, "%s (%s)", error->message, debug);
  }
}

void
run_wait_seen (Run *run, guint n)
{
  g_mutex_lock (&run->lock);
  while (run->seen->len < n)
    g_cond_wait (&run->changed, &run->lock);
  g_mutex_unlock (&run->lock);
}

static void
make_pipeline (Run *run)
{
  static const gchar *places[] = {"scenes", "out", "text", "pic"};
  g_auto (GStrv) parts = g_strsplit (run->row->line, "DIR", -1);
  g_autofree gchar *line = g_strjoinv (run->dir, parts);
  g_auto (GStrv)
      needs = g_strsplit (run->row->needs ? run->row->needs : "", " ", -1);
  g_autoptr (GError) error = NULL;
  guint i;

  for (i = 0; needs[i]; i++) {
    g_autoptr (GstElementFactory)
        factory = *needs[i] ? gst_element_factory_find (needs[i]) : NULL;

    if (*needs[i] && !factory) {
      g_autofree gchar *reason = g_strdup_printf ("no %s", needs[i]);

      run_skip (run, reason);
    }
  }
  run->pipeline = gst_parse_launch (line, &error);
  if (error)
    run_fail (run, "%s", error->message);
  for (i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autoptr (GstElement)
        element = gst_bin_get_by_name (GST_BIN (run->pipeline), places[i]);

    if (element)
      run_watch (run, element, places[i]);
  }
}

static void
check_count_and_order (Run *run)
{
  guint i;

  if (run->row->frames > 0 && run->seen->len != run->row->frames)
    run_fail (run, "%u frames instead of %u", run->seen->len, run->row->frames);
  for (i = 1; i < run->seen->len; i++) {
    const Seen *seen = &g_array_index (run->seen, Seen, i);

    if (GST_CLOCK_TIME_IS_VALID (seen->running_time)
        && seen->running_time < seen[-1].running_time)
      run_fail (run, "frame %u comes before frame %u", i, i - 1);
  }
}

void
run_row (const Row *row)
{
  Run run = {row, NULL, g_dir_make_tmp ("table-XXXXXX", NULL)};

  g_mutex_init (&run.lock);
  g_cond_init (&run.changed);
  run.seen = g_array_new (FALSE, FALSE, sizeof (Seen));
  g_array_set_clear_func (run.seen, clear_seen);
  run.pieces = run_pieces_new ();
  run.whites = g_array_new (FALSE, FALSE, 1);
  make_pipeline (&run);
  if (row->act) {
    row->act (&run);
  } else {
    run_play (&run);
    run_to_end (&run);
  }
  gst_element_set_state (run.pipeline, GST_STATE_NULL);
  check_count_and_order (&run);
  if (row->check)
    row->check (&run);
  leave (&run, 0);
}
