/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/writer.h"

#include "gst/meta/reader.h"
#include "gst/text/labeltext.h"
#include "gst/text/moment.h"
#include "gst/text/ndjson.h"
#include "gst/text/newness.h"
#include "gst/text/track.h"

struct _GstMobilenetTextWriter
{
  GstElement *element;
  GstPad *sinkpad;
  GstMobilenetTextQueue *queue;

  GstSegment segment;
  GstMobilenetTextFormat format;
  GstClockTime frame_duration; /* NONE: not known */
  gboolean live, live_known;
  GstMobilenetReader *reader;
  GstMobilenetTextTrack *track;
  GString *text;
  GstMobilenetNewness *newness;
};

GstMobilenetTextWriter *
gst_mobilenet_textwriter_new (GstElement *element, GstPad *sinkpad,
    GstMobilenetTextQueue *queue)
{
  GstMobilenetTextWriter *self = g_new0 (GstMobilenetTextWriter, 1);

  self->element = element;
  self->sinkpad = sinkpad;
  self->queue = queue;
  self->frame_duration = GST_CLOCK_TIME_NONE;
  self->reader = gst_mobilenet_reader_new (element);
  self->track = gst_mobilenet_texttrack_new (queue);
  self->text = g_string_new (NULL);
  self->newness = gst_mobilenet_newness_new ();
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  return self;
}

void
gst_mobilenet_textwriter_free (GstMobilenetTextWriter *self)
{
  if (!self)
    return;
  gst_mobilenet_reader_free (self->reader);
  gst_mobilenet_texttrack_free (self->track);
  g_string_free (self->text, TRUE);
  gst_mobilenet_newness_free (self->newness);
  g_free (self);
}

/* ---- the stream ------------------------------------------------------ */

void
gst_mobilenet_textwriter_set_format (GstMobilenetTextWriter *self,
    GstMobilenetTextFormat format)
{
  if (format != self->format)
    gst_mobilenet_texttrack_finish (self->track, FALSE);
  self->format = format;
}

void
gst_mobilenet_textwriter_set_way (GstMobilenetTextWriter *self,
    GstMobilenetTextWay way)
{
  gst_mobilenet_texttrack_set_way (self->track, way);
}

void
gst_mobilenet_textwriter_set_video_caps (GstMobilenetTextWriter *self,
    const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint n, d;

  self->frame_duration = GST_CLOCK_TIME_NONE;
  if (gst_structure_get_fraction (s, "framerate", &n, &d) && n > 0 && d > 0)
    self->frame_duration = gst_util_uint64_scale_int (GST_SECOND, d, n);
}

void
gst_mobilenet_textwriter_set_segment (GstMobilenetTextWriter *self,
    GstEvent *event)
{
  gst_mobilenet_texttrack_finish (self->track, FALSE);
  gst_mobilenet_newness_restart (self->newness);
  self->live_known = FALSE;
  gst_event_copy_segment (event, &self->segment);
}

gboolean
gst_mobilenet_textwriter_skip (GstMobilenetTextWriter *self, GstEvent *event)
{
  if (self->format != GST_MOBILENET_TEXT_FORMAT_TEXT)
    return FALSE;
  gst_mobilenet_texttrack_skip (self->track, event);
  return TRUE;
}

void
gst_mobilenet_textwriter_finish (GstMobilenetTextWriter *self, gboolean at_end)
{
  gst_mobilenet_texttrack_finish (self->track, at_end);
}

void
gst_mobilenet_textwriter_flush (GstMobilenetTextWriter *self)
{
  gst_mobilenet_texttrack_discard (self->track);
  gst_mobilenet_newness_restart (self->newness);
  self->live_known = FALSE;
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
}

void
gst_mobilenet_textwriter_reset (GstMobilenetTextWriter *self)
{
  gst_mobilenet_textwriter_flush (self);
  gst_mobilenet_newness_forget (self->newness);
  self->format = GST_MOBILENET_TEXT_FORMAT_NONE;
  self->frame_duration = GST_CLOCK_TIME_NONE;
}

/* ---- frames ---------------------------------------------------------- */

/* Without times where a frame has none. */
static GstFlowReturn
add_text (GstMobilenetTextWriter *self, GstClockTime start, GstClockTime end)
{
  GstBuffer *buffer = self->text->len > 0
      ? gst_buffer_new_memdup (self->text->str, self->text->len)
      : gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = start;
  if (GST_CLOCK_TIME_IS_VALID (start) && GST_CLOCK_TIME_IS_VALID (end))
    GST_BUFFER_DURATION (buffer) = end - start;
  return gst_mobilenet_textqueue_add (self->queue, buffer);
}

static GstClockTime
get_end (GstMobilenetTextWriter *self, GstBuffer *buffer)
{
  GstClockTime duration = GST_BUFFER_DURATION_IS_VALID (buffer)
      ? GST_BUFFER_DURATION (buffer)
      : self->frame_duration;

  return GST_CLOCK_TIME_IS_VALID (duration) && GST_BUFFER_PTS_IS_VALID (buffer)
      ? GST_BUFFER_PTS (buffer) + duration
      : GST_CLOCK_TIME_NONE;
}

static GstFlowReturn
write_text (GstMobilenetTextWriter *self, GstBuffer *buffer, guint n,
    const GstMobilenetTextProps *props)
{
  GstMobilenetTextFrame frame = {NULL, GST_BUFFER_PTS (buffer),
    get_end (self, buffer), props->max_interval, props->use_gaps,
    self->segment.rate < 0.0};
  guint i, c;

  g_string_truncate (self->text, 0);
  for (i = 0; i < n; i++) {
    const GstMobilenetResult *result = gst_mobilenet_reader_get (self->reader,
        i);

    for (c = 0; c < result->n_classes; c++) {
      if (self->text->len > 0)
        g_string_append_c (self->text, '\n');
      gst_mobilenet_labeltext_append (self->text, props->line_format, result,
          &result->classes[c]);
    }
  }
  if (!GST_CLOCK_TIME_IS_VALID (frame.start)) {
    gst_mobilenet_texttrack_finish (self->track, FALSE);
    return add_text (self, frame.start, frame.end);
  }
  frame.text = self->text->str;
  return gst_mobilenet_texttrack_add (self->track, &frame);
}

/* The time of day is that of the clock only where frames come from now. */
static gboolean
is_live (GstMobilenetTextWriter *self)
{
  if (!self->live_known) {
    GstQuery *query = gst_query_new_latency ();

    self->live = FALSE;
    if (gst_pad_peer_query (self->sinkpad, query))
      gst_query_parse_latency (query, &self->live, NULL, NULL);
    gst_query_unref (query);
    self->live_known = TRUE;
  }
  return self->live;
}

/* Nothing to say of a frame: whoever waits for the first line goes on. */
static GstFlowReturn
skip_line (GstMobilenetTextWriter *self, GstBuffer *buffer, GstClockTime end)
{
  GstClockTime start = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = self->segment.format == GST_FORMAT_TIME ? self->segment.start : 0;
  return gst_mobilenet_textqueue_add_gap (self->queue, start, end);
}

static GstFlowReturn
write_lines (GstMobilenetTextWriter *self, GstBuffer *buffer, guint n,
    const GstMobilenetTextProps *props)
{
  gboolean live = is_live (self), said = FALSE;
  GstClockTime end = get_end (self, buffer);
  GstFlowReturn flow = GST_FLOW_OK;
  guint i;

  for (i = 0; i < n && flow == GST_FLOW_OK; i++) {
    const GstMobilenetResult *result = gst_mobilenet_reader_get (self->reader,
        i);
    GstMobilenetMoment moment;

    if (result->n_classes == 0 && !props->empty_results)
      continue;
    if (!gst_mobilenet_newness_take (self->newness, result, buffer)
        && !props->repeat_results)
      continue;
    gst_mobilenet_moment_get (&moment, self->element, &self->segment, buffer,
        result->pts, live);
    g_string_truncate (self->text, 0);
    gst_mobilenet_ndjson_line (self->text, result, &moment);
    flow = add_text (self, GST_BUFFER_PTS (buffer), end);
    said = TRUE;
  }
  return said ? flow : skip_line (self, buffer, end);
}

GstFlowReturn
gst_mobilenet_textwriter_write (GstMobilenetTextWriter *self, GstBuffer *buffer,
    const GstMobilenetTextProps *props)
{
  gboolean text = self->format == GST_MOBILENET_TEXT_FORMAT_TEXT;
  guint top_k = props->top_k > 0 ? props->top_k : text ? 1 : G_MAXUINT;
  guint n = gst_mobilenet_reader_read (self->reader, buffer, top_k,
      props->threshold);

  return text ? write_text (self, buffer, n, props)
              : write_lines (self, buffer, n, props);
}
