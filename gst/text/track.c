/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/track.h"

#include <string.h>

#include "gst/text/subtitle.h"

/* Text that waits for the end of the stream: scenes of half a day with one
 * each second. */
#define MAX_HELD 65536

struct _GstMobilenetTextTrack
{
  GstMobilenetTextQueue *queue;
  GstMobilenetSubtitle *subtitle;
  GstMobilenetTextWay wanted; /* by the consumer */
  GQueue held;                /* GstBuffer, for the end */
  gboolean released;          /* some of it went before the end */
  GstMobilenetTextWay way;    /* of the pieces that end now */
  gboolean gaps;              /* for silence */
  gboolean started;           /* something went out */
  GstFlowReturn flow;
};

static GstBuffer *
make_piece (const gchar *text, GstClockTime start, GstClockTime end)
{
  gsize length = strlen (text);
  GstBuffer *buffer = length > 0 ? gst_buffer_new_memdup (text, length)
                                 : gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = start;
  GST_BUFFER_DURATION (buffer) = end - start;
  return buffer;
}

static void
release (GstMobilenetTextTrack *self)
{
  GstBuffer *buffer;

  while ((buffer = g_queue_pop_head (&self->held))) {
    if (self->flow == GST_FLOW_OK)
      self->flow = gst_mobilenet_textqueue_add (self->queue, buffer);
    else
      gst_buffer_unref (buffer);
  }
}

static void
hold (GstMobilenetTextTrack *self, GstBuffer *buffer)
{
  g_queue_push_tail (&self->held, buffer);
  if (self->held.length < MAX_HELD)
    return;
  /* Such a muxer waits for text once it has some. */
  self->released = TRUE;
  release (self);
}

/* A GstMobilenetSubtitleFunc. */
static void
take_piece (const gchar *text, GstClockTime start, GstClockTime end,
    gpointer user_data)
{
  GstMobilenetTextTrack *self = user_data;

  if (self->flow != GST_FLOW_OK)
    return;
  if (self->way == GST_MOBILENET_TEXT_AT_END)
    /* Silence too: qtdemux loses what a track begins with late. */
    hold (self, make_piece (text, start, end));
  else if (*text || (self->way == GST_MOBILENET_TEXT_FRAMES && !self->gaps))
    self->flow = gst_mobilenet_textqueue_add (self->queue,
        make_piece (text, start, end));
  else if (self->way == GST_MOBILENET_TEXT_FRAMES)
    self->flow = gst_mobilenet_textqueue_add_gap (self->queue, start, end);
  /* Else the gap of each frame has said it. */
}

GstMobilenetTextTrack *
gst_mobilenet_texttrack_new (GstMobilenetTextQueue *queue)
{
  GstMobilenetTextTrack *self = g_new0 (GstMobilenetTextTrack, 1);

  self->queue = queue;
  self->subtitle = gst_mobilenet_subtitle_new (take_piece, self);
  g_queue_init (&self->held);
  return self;
}

void
gst_mobilenet_texttrack_free (GstMobilenetTextTrack *self)
{
  if (!self)
    return;
  gst_mobilenet_texttrack_discard (self);
  gst_mobilenet_subtitle_free (self->subtitle);
  g_free (self);
}

void
gst_mobilenet_texttrack_set_way (GstMobilenetTextTrack *self,
    GstMobilenetTextWay way)
{
  self->wanted = way;
}

/* How the frame at hand is to go out. */
static GstMobilenetTextWay
choose_way (GstMobilenetTextTrack *self, const GstMobilenetTextFrame *frame)
{
  if (frame->backwards)
    return GST_MOBILENET_TEXT_FRAMES;
  if (frame->max_interval == 0)
    return GST_MOBILENET_TEXT_PIECES;
  if (self->wanted == GST_MOBILENET_TEXT_AT_END && self->released)
    return GST_MOBILENET_TEXT_FRAMES;
  return self->wanted;
}

/* Of a piece, at most; 1: of each frame. */
static GstClockTime
choose_length (GstMobilenetTextTrack *self, const GstMobilenetTextFrame *frame)
{
  if (self->way == GST_MOBILENET_TEXT_PIECES || frame->backwards)
    return frame->max_interval;
  return self->way == GST_MOBILENET_TEXT_AT_END ? 0 : 1;
}

GstFlowReturn
gst_mobilenet_texttrack_add (GstMobilenetTextTrack *self,
    const GstMobilenetTextFrame *frame)
{
  GstMobilenetTextWay way = choose_way (self, frame);

  self->flow = gst_mobilenet_textqueue_get_flow (self->queue);
  if (self->flow == GST_FLOW_OK && way != self->way)
    gst_mobilenet_texttrack_finish (self, FALSE);
  self->way = way;
  self->gaps = frame->use_gaps;
  gst_mobilenet_subtitle_add (self->subtitle, frame->text, frame->start,
      frame->end, choose_length (self, frame), frame->backwards);
  /* Whoever prerolls does not wait for a second frame. */
  if (self->flow == GST_FLOW_OK
      && (way != GST_MOBILENET_TEXT_FRAMES
          || !(self->started || GST_CLOCK_TIME_IS_VALID (frame->end))))
    self->flow = gst_mobilenet_textqueue_add_gap (self->queue, frame->start,
        frame->end);
  self->started = TRUE;
  return self->flow;
}

/* Silence, told in the way of the consumer. */
GstFlowReturn
gst_mobilenet_texttrack_skip (GstMobilenetTextTrack *self, GstEvent *event)
{
  GstClockTime start, duration;

  gst_event_parse_gap (event, &start, &duration);
  gst_event_unref (event);
  self->flow = gst_mobilenet_textqueue_get_flow (self->queue);
  gst_mobilenet_subtitle_finish (self->subtitle);
  if (self->flow != GST_FLOW_OK)
    return self->flow;
  if (self->way == GST_MOBILENET_TEXT_FRAMES && !self->gaps
      && GST_CLOCK_TIME_IS_VALID (duration) && duration > 0)
    self->flow = gst_mobilenet_textqueue_add (self->queue,
        make_piece ("", start, start + duration));
  else
    self->flow = gst_mobilenet_textqueue_add_gap (self->queue, start,
        GST_CLOCK_TIME_IS_VALID (duration) ? start + duration : duration);
  return self->flow;
}

GstFlowReturn
gst_mobilenet_texttrack_finish (GstMobilenetTextTrack *self, gboolean at_end)
{
  self->flow = gst_mobilenet_textqueue_get_flow (self->queue);
  gst_mobilenet_subtitle_finish (self->subtitle);
  if (self->held.length > 0 && !at_end)
    self->released = TRUE;
  release (self);
  if (at_end)
    self->released = FALSE;
  return self->flow;
}

void
gst_mobilenet_texttrack_discard (GstMobilenetTextTrack *self)
{
  gst_mobilenet_subtitle_discard (self->subtitle);
  g_queue_clear_full (&self->held, (GDestroyNotify) gst_buffer_unref);
  self->released = self->started = FALSE;
}
