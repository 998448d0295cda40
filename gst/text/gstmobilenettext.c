/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-mobilenettext
 * @title: mobilenettext
 * @see_also: mobilenet, mobilenetoverlay
 *
 * Takes video with the results of #GstMobilenet on it and gives text, of the
 * kind that downstream asks for.
 *
 * `text/x-raw, format=utf8`: the labels as a subtitle track, to be recorded
 * beside the video. A buffer holds the text of a stretch of time, and always
 * has a duration. How long that is, and when it goes out, depends on who takes
 * it: muxers wait for text before they take video of the same time, each in
 * its own way (docs/label-tracks.md). Frames never wait here: text goes out in
 * a thread of its own, as behind a queue. No latency is reported for it: a
 * preview beside the recording should not wait for its subtitles.
 *
 * `application/x-ndjson`: a JSON object a line for each result, the moment it
 * comes, and gap events where there is none. `ndjson.schema.json` in the
 * sources says what is in it.
 *
 * Results of every mobilenet on the way here are told, and classification
 * metadata of GstAnalytics that others attached.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -q videotestsrc num-buffers=90 ! mobilenet ! \
 *     mobilenettext ! application/x-ndjson ! fdsink
 * gst-launch-1.0 -e videotestsrc num-buffers=90 ! mobilenet ! tee name=t ! \
 *     queue ! videoconvert ! vp8enc deadline=1 ! matroskamux name=mux ! \
 *     filesink location=x.mkv  t. ! mobilenettext ! mux.subtitle_0
 * ]|
 */

#include "gst/text/gstmobilenettext.h"

#include <gst/video/video.h>

#include <string.h>

#include "gst/video/formats.h"
#include "gst/video/nocaps.h"
#include "gst/text/labeltext.h"
#include "gst/text/moment.h"
#include "gst/text/ndjson.h"
#include "gst/text/newness.h"
#include "gst/text/props.h"
#include "gst/text/queue.h"
#include "gst/text/track.h"

GST_DEBUG_CATEGORY_STATIC (gst_mobilenet_text_debug);
#define GST_CAT_DEFAULT gst_mobilenet_text_debug

typedef enum
{
  FORMAT_NONE,
  FORMAT_TEXT,
  FORMAT_NDJSON
} Format;

struct _GstMobilenetText
{
  GstElement parent;

  GstPad *sinkpad, *srcpad;
  GstMobilenetTextProps props;  /* object lock */
  GstMobilenetTextQueue *queue; /* to the thread that pushes */

  /* The streaming thread's of the sink pad. */
  GstSegment segment;
  GstCaps *caps; /* what was agreed on; NULL: nothing yet */
  Format format;
  GstClockTime frame_duration; /* NONE: not known */
  gboolean live, live_known;
  GstMobilenetReader *reader;
  GstMobilenetTextTrack *track;
  GString *text;
  GstMobilenetNewness *newness;
};

#define TEXT_CAPS "text/x-raw, format=utf8"
#define NDJSON_CAPS "application/x-ndjson"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (TEXT_CAPS ";" NDJSON_CAPS));

static void gst_mobilenet_text_finalize (GObject *object);
static void gst_mobilenet_text_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec);
static void gst_mobilenet_text_get_property (GObject *object, guint id,
    GValue *value, GParamSpec *pspec);
static GstStateChangeReturn
gst_mobilenet_text_change_state (GstElement *element,
    GstStateChange transition);
static GstFlowReturn
gst_mobilenet_text_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer);
static gboolean
gst_mobilenet_text_sink_event (GstPad *pad, GstObject *parent, GstEvent *event);
static gboolean
gst_mobilenet_text_sink_query (GstPad *pad, GstObject *parent, GstQuery *query);
static gboolean
gst_mobilenet_text_src_event (GstPad *pad, GstObject *parent, GstEvent *event);
static gboolean gst_mobilenet_text_activate_sink (GstPad *pad,
    GstObject *parent, GstPadMode mode, gboolean active);
static gboolean gst_mobilenet_text_activate_src (GstPad *pad, GstObject *parent,
    GstPadMode mode, gboolean active);

#define gst_mobilenet_text_parent_class parent_class
G_DEFINE_TYPE (GstMobilenetText, gst_mobilenet_text, GST_TYPE_ELEMENT);
GST_ELEMENT_REGISTER_DEFINE (mobilenettext, "mobilenettext", GST_RANK_NONE,
    GST_TYPE_MOBILENET_TEXT);

static void
gst_mobilenet_text_class_init (GstMobilenetTextClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  GST_DEBUG_CATEGORY_INIT (gst_mobilenet_text_debug, "mobilenettext", 0,
      "MobileNet results as text");

  object_class->finalize = gst_mobilenet_text_finalize;
  object_class->set_property = gst_mobilenet_text_set_property;
  object_class->get_property = gst_mobilenet_text_get_property;
  gst_mobilenet_text_props_install (object_class);

  element_class
      ->change_state = GST_DEBUG_FUNCPTR (gst_mobilenet_text_change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "MobileNet text",
      "Converter/Video/Subtitle",
      "Turns what mobilenet attached into subtitles or into JSON lines",
      "The gst-mobilenet authors");

  gst_mobilenet_meta_get_info ();
}

static void
gst_mobilenet_text_init (GstMobilenetText *self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_chain));
  gst_pad_set_event_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_sink_event));
  gst_pad_set_query_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_sink_query));
  gst_pad_set_activatemode_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_activate_sink));
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  gst_mobilenet_formats_explain (self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_src_event));
  gst_pad_set_activatemode_function (self->srcpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_activate_src));
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);

  gst_mobilenet_text_props_init (&self->props);
  self->reader = gst_mobilenet_reader_new (GST_ELEMENT (self));
  self->queue = gst_mobilenet_textqueue_new (self->srcpad);
  self->track = gst_mobilenet_texttrack_new (self->queue);
  self->text = g_string_new (NULL);
  self->newness = gst_mobilenet_newness_new ();
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
}

static void
gst_mobilenet_text_finalize (GObject *object)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (object);

  gst_mobilenet_reader_free (self->reader);
  gst_mobilenet_texttrack_free (self->track);
  gst_mobilenet_textqueue_free (self->queue);
  g_string_free (self->text, TRUE);
  gst_mobilenet_newness_free (self->newness);
  gst_clear_caps (&self->caps);
  gst_mobilenet_text_props_clear (&self->props);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
gst_mobilenet_text_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_mobilenet_text_props_set (&self->props, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_mobilenet_text_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_mobilenet_text_props_get (&self->props, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
forget (GstMobilenetText *self)
{
  gst_mobilenet_texttrack_discard (self->track);
  gst_mobilenet_newness_restart (self->newness);
  self->live_known = FALSE;
}

static GstStateChangeReturn
gst_mobilenet_text_change_state (GstElement *element, GstStateChange transition)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (element);
  GstStateChangeReturn ret = GST_ELEMENT_CLASS (parent_class)
                                 ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    forget (self);
    gst_mobilenet_newness_forget (self->newness);
    gst_clear_caps (&self->caps);
    self->format = FORMAT_NONE;
    self->frame_duration = GST_CLOCK_TIME_NONE;
    gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  }
  return ret;
}

/* ---- caps ------------------------------------------------------------ */

/* Agrees with downstream on what to give. */
static gboolean
negotiate (GstMobilenetText *self)
{
  g_autoptr (GstCaps) templ = gst_pad_get_pad_template_caps (self->srcpad);
  g_autoptr (GstCaps) caps = gst_pad_peer_query_caps (self->srcpad, templ);
  Format format;

  if (gst_caps_is_empty (caps)) {
    GST_DEBUG_OBJECT (self, "downstream takes neither text nor NDJSON");
    return FALSE;
  }
  caps = gst_caps_fixate (g_steal_pointer (&caps));
  gst_mobilenet_texttrack_set_way (self->track,
      gst_mobilenet_textconsumer_find (self->srcpad));
  if (self->caps && gst_caps_is_equal (caps, self->caps))
    return TRUE;
  format = gst_structure_has_name (gst_caps_get_structure (caps, 0),
               NDJSON_CAPS)
      ? FORMAT_NDJSON
      : FORMAT_TEXT;
  if (format != self->format)
    gst_mobilenet_texttrack_finish (self->track, FALSE);
  self->format = format;
  gst_caps_replace (&self->caps, caps);
  return gst_mobilenet_textqueue_add_event (self->queue,
      gst_event_new_caps (caps));
}

static void
set_video_caps (GstMobilenetText *self, const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint n, d;

  self->frame_duration = GST_CLOCK_TIME_NONE;
  if (gst_structure_get_fraction (s, "framerate", &n, &d) && n > 0 && d > 0)
    self->frame_duration = gst_util_uint64_scale_int (GST_SECOND, d, n);
}

/* ---- frames ---------------------------------------------------------- */

/* Without times where a frame has none. */
static GstFlowReturn
add_text (GstMobilenetText *self, GstClockTime start, GstClockTime end)
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
get_end (GstMobilenetText *self, GstBuffer *buffer)
{
  GstClockTime duration = GST_BUFFER_DURATION_IS_VALID (buffer)
      ? GST_BUFFER_DURATION (buffer)
      : self->frame_duration;

  return GST_CLOCK_TIME_IS_VALID (duration) && GST_BUFFER_PTS_IS_VALID (buffer)
      ? GST_BUFFER_PTS (buffer) + duration
      : GST_CLOCK_TIME_NONE;
}

static GstFlowReturn
write_text (GstMobilenetText *self, GstBuffer *buffer, guint n,
    const GstMobilenetTextProps *props)
{
  GstMobilenetTextFrame frame = {NULL, GST_BUFFER_PTS (buffer),
    get_end (self, buffer), props->max_interval, props->use_gaps,
    self->segment.rate < 0.0};
  guint i, c;

  g_string_truncate (self->text, 0);
  for (i = 0; i < n; i++) {
    const GstMobilenetSeen *seen = gst_mobilenet_reader_get (self->reader, i);

    for (c = 0; c < seen->n_classes; c++) {
      if (self->text->len > 0)
        g_string_append_c (self->text, '\n');
      gst_mobilenet_labeltext_append (self->text, props->line_format, seen,
          &seen->classes[c]);
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
is_live (GstMobilenetText *self)
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
skip_line (GstMobilenetText *self, GstBuffer *buffer, GstClockTime end)
{
  GstClockTime start = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = self->segment.format == GST_FORMAT_TIME ? self->segment.start : 0;
  return gst_mobilenet_textqueue_add_gap (self->queue, start, end);
}

static GstFlowReturn
write_lines (GstMobilenetText *self, GstBuffer *buffer, guint n,
    const GstMobilenetTextProps *props)
{
  gboolean live = is_live (self), said = FALSE;
  GstClockTime end = get_end (self, buffer);
  GstFlowReturn flow = GST_FLOW_OK;
  guint i;

  for (i = 0; i < n && flow == GST_FLOW_OK; i++) {
    const GstMobilenetSeen *seen = gst_mobilenet_reader_get (self->reader, i);
    GstMobilenetMoment moment;

    if (seen->n_classes == 0 && !props->empty_results)
      continue;
    if (!gst_mobilenet_newness_take (self->newness, seen, buffer)
        && !props->repeat_results)
      continue;
    gst_mobilenet_moment_get (&moment, GST_ELEMENT (self), &self->segment,
        buffer, seen->pts, live);
    g_string_truncate (self->text, 0);
    gst_mobilenet_ndjson_line (self->text, seen, &moment);
    flow = add_text (self, GST_BUFFER_PTS (buffer), end);
    said = TRUE;
  }
  return said ? flow : skip_line (self, buffer, end);
}

static void
copy_props (GstMobilenetText *self, GstMobilenetTextProps *props)
{
  GST_OBJECT_LOCK (self);
  *props = self->props;
  props->line_format = g_strdup (self->props.line_format);
  GST_OBJECT_UNLOCK (self);
  if (props->top_k == 0)
    props->top_k = self->format == FORMAT_TEXT ? 1 : G_MAXUINT;
}

static GstFlowReturn
gst_mobilenet_text_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);
  GstMobilenetTextProps props;
  GstFlowReturn flow;
  guint n;

  if (gst_mobilenet_lacks_caps (GST_ELEMENT (self), pad, buffer)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (gst_pad_check_reconfigure (self->srcpad) && !negotiate (self)) {
    gst_pad_mark_reconfigure (self->srcpad);
    gst_buffer_unref (buffer);
    return GST_PAD_IS_FLUSHING (self->srcpad) ? GST_FLOW_FLUSHING
                                              : GST_FLOW_NOT_NEGOTIATED;
  }
  copy_props (self, &props);
  n = gst_mobilenet_reader_read (self->reader, buffer, props.top_k,
      props.threshold);
  flow = self->format == FORMAT_TEXT ? write_text (self, buffer, n, &props)
                                     : write_lines (self, buffer, n, &props);
  gst_mobilenet_text_props_clear (&props);
  gst_buffer_unref (buffer);
  return flow;
}

/* ---- events and queries ---------------------------------------------- */

/* Another stream, although it comes from the same source. */
static GstEvent *
make_stream_start (GstMobilenetText *self, GstEvent *event)
{
  g_autofree gchar *id = gst_pad_create_stream_id (self->srcpad,
      GST_ELEMENT (self), "labels");
  GstEvent *ours = gst_event_new_stream_start (id);
  guint group;

  if (gst_event_parse_group_id (event, &group))
    gst_event_set_group_id (ours, group);
  gst_event_set_stream_flags (ours, GST_STREAM_FLAG_SPARSE);
  gst_event_set_seqnum (ours, gst_event_get_seqnum (event));
  gst_event_unref (event);
  return ours;
}

static gboolean
is_of_stream (GstEvent *event)
{
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  return gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_STREAM;
}

static gboolean
take_caps (GstMobilenetText *self, GstEvent *event)
{
  GstCaps *caps;
  gboolean ok;

  gst_event_parse_caps (event, &caps);
  set_video_caps (self, caps);
  gst_event_unref (event);
  gst_pad_check_reconfigure (self->srcpad);
  ok = negotiate (self);
  if (!ok)
    gst_pad_mark_reconfigure (self->srcpad);
  return ok;
}

/* Serialized ones go where they belong between texts. */
static gboolean
queue_event (GstMobilenetText *self, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      gst_mobilenet_texttrack_finish (self->track, FALSE);
      event = make_stream_start (self, event);
      break;
    case GST_EVENT_CAPS:
      return take_caps (self, event);
    case GST_EVENT_SEGMENT:
      gst_mobilenet_texttrack_finish (self->track, FALSE);
      gst_mobilenet_newness_restart (self->newness);
      self->live_known = FALSE;
      gst_event_copy_segment (event, &self->segment);
      break;
    case GST_EVENT_GAP:
      if (self->format != FORMAT_TEXT)
        break;
      gst_mobilenet_texttrack_skip (self->track, event);
      return TRUE;
    case GST_EVENT_EOS:
      gst_mobilenet_texttrack_finish (self->track, TRUE);
      break;
    case GST_EVENT_SEGMENT_DONE:
      gst_mobilenet_texttrack_finish (self->track, FALSE);
      break;
    case GST_EVENT_TAG:
      /* What it says of the pictures does not hold for the text. */
      if (is_of_stream (event)) {
        gst_event_unref (event);
        return TRUE;
      }
      break;
    default:
      break;
  }
  return gst_mobilenet_textqueue_add_event (self->queue, event);
}

static gboolean
gst_mobilenet_text_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);
  gboolean ok;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
      ok = gst_pad_push_event (self->srcpad, event);
      gst_mobilenet_textqueue_start_flush (self->queue);
      return ok;
    case GST_EVENT_FLUSH_STOP:
      ok = gst_pad_push_event (self->srcpad, event);
      forget (self);
      gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
      gst_mobilenet_textqueue_stop_flush (self->queue);
      return ok;
    default:
      if (GST_EVENT_IS_SERIALIZED (event))
        return queue_event (self, event);
      return gst_pad_push_event (self->srcpad, event);
  }
}

/* Whatever is on the frames is welcome: nothing here looks at pixels. */
static void
answer_allocation (GstQuery *query)
{
  const GType apis[] = {GST_VIDEO_META_API_TYPE, GST_VIDEO_CROP_META_API_TYPE,
    GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE,
    GST_VIDEO_AFFINE_TRANSFORMATION_META_API_TYPE};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (apis); i++)
    gst_query_add_allocation_meta (query, apis[i], NULL);
}

static gboolean
gst_mobilenet_text_sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION) {
    answer_allocation (query);
    return TRUE;
  }
  /* No frame is kept here that somebody could wait for. */
  if (GST_QUERY_TYPE (query) == GST_QUERY_DRAIN)
    return TRUE;
  /* It would wait for text on its way, and that for the frames behind it. */
  if (GST_QUERY_IS_SERIALIZED (query))
    return FALSE;
  return gst_pad_query_default (pad, parent, query);
}

static gboolean
gst_mobilenet_text_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_QOS:
      /* Text that is late says nothing about the speed of the video. */
      break;
    case GST_EVENT_RECONFIGURE:
      /* Nor does its format about the frames. */
      gst_mobilenet_textqueue_reconfigure (self->queue);
      break;
    default:
      return gst_pad_event_default (pad, parent, event);
  }
  gst_event_unref (event);
  return TRUE;
}

static gboolean
gst_mobilenet_text_activate_sink (GstPad *pad, GstObject *parent,
    GstPadMode mode, gboolean active)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  gst_mobilenet_textqueue_activate_sink (self->queue, pad, active);
  return TRUE;
}

static gboolean
gst_mobilenet_text_activate_src (GstPad *pad, GstObject *parent,
    GstPadMode mode, gboolean active)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);

  return mode == GST_PAD_MODE_PUSH
      && gst_mobilenet_textqueue_activate_src (self->queue, active);
}
