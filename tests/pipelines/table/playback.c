/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A recorded file, taken apart again. */

#include "tests/pipelines/table/run.h"

#include <string.h>

typedef struct
{
  GMutex lock;
  GstElement *pipeline;
  guint frames;
  GstClockTime first; /* of video */
  GArray *pieces;
} File;

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_autoptr (GstEvent)
      event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  const GstSegment *segment;
  File *file = user_data;

  gst_event_parse_segment (event, &segment);
  g_mutex_lock (&file->lock);
  if (gst_structure_has_name (gst_caps_get_structure (caps, 0), "text/x-raw")) {
    run_add_piece (file->pieces, buffer, segment);
  } else {
    GstClockTime time = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
        GST_BUFFER_PTS (buffer));

    file->first = MIN (file->first, time);
    file->frames++;
  }
  g_mutex_unlock (&file->lock);
  return GST_PAD_PROBE_OK;
}

static void
on_pad (GstElement *demux, GstPad *pad, gpointer user_data)
{
  File *file = user_data;
  GstElement *queue = gst_element_factory_make ("queue", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sinkpad = gst_element_get_static_pad (queue, "sink");

  g_object_set (sink, "async", FALSE, "sync", FALSE, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, file, NULL);
  gst_bin_add_many (GST_BIN (file->pipeline), queue, sink, NULL);
  gst_element_link (queue, sink);
  gst_element_sync_state_with_parent (sink);
  gst_element_sync_state_with_parent (queue);
  gst_pad_link (pad, sinkpad);
}

static void
play_file (Run *run, File *file, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (run->dir, name, NULL);
  GstElement *source = gst_element_factory_make ("filesrc", NULL);
  GstElement *demux = gst_element_factory_make (g_str_has_suffix (name, ".mkv")
          ? "matroskademux"
          : "qtdemux",
      NULL);
  Run play = {run->row, NULL, run->dir};

  file->pipeline = play.pipeline = gst_pipeline_new (NULL);
  g_object_set (source, "location", path, NULL);
  g_signal_connect (demux, "pad-added", G_CALLBACK (on_pad), file);
  gst_bin_add_many (GST_BIN (file->pipeline), source, demux, NULL);
  gst_element_link (source, demux);
  run_play (&play);
  run_to_end (&play);
  gst_element_set_state (file->pipeline, GST_STATE_NULL);
  gst_object_unref (file->pipeline);
}

/* Times from the first frame on. */
static void
shift (GArray *pieces, GstClockTime first)
{
  guint i;

  for (i = 0; i < pieces->len; i++) {
    Piece *piece = &g_array_index (pieces, Piece, i);

    piece->start -= MIN (piece->start, first);
    if (GST_CLOCK_TIME_IS_VALID (piece->end))
      piece->end -= MIN (piece->end, first);
  }
}

void
run_check_file (Run *run, const gchar *name, guint frames)
{
  File file = {.first = GST_CLOCK_TIME_NONE, .pieces = run_pieces_new ()};

  g_mutex_init (&file.lock);
  play_file (run, &file, name);
  if (file.frames == 0 || (frames > 0 && file.frames != frames))
    run_fail (run, "%s has %u frames instead of %u", name, file.frames, frames);
  shift (file.pieces, file.first);
  /* A file with an index has its text in scenes. */
  if (!g_str_has_suffix (name, ".mkv") && file.pieces->len > file.frames / 2)
    run_fail (run, "%s has %u pieces of text for %u frames", name,
        file.pieces->len, file.frames);
  run_check_pieces (run, file.pieces, GST_SECOND / 30);
  g_array_unref (file.pieces);
  g_mutex_clear (&file.lock);
}
