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
 * beside the video. A buffer holds the text of a stretch of time, and goes
 * out when that is over: when the text changes, and at least every
 * #GstMobilenetText:max-interval, since muxers write text where it comes, and
 * since whoever seeks into the middle of a scene wants to read its label
 * soon. Where there is no text, empty buffers keep muxers going. Queues of
 * video that goes to the same muxer have to hold as much as that interval.
 * No latency is reported for it: a preview beside the recording should not
 * wait for its subtitles.
 *
 * `application/x-ndjson`: a JSON object a line for each result, the moment it
 * comes. `ndjson.schema.json` in the sources says what is in it.
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
 *     filesink location=x.mkv  t. ! queue ! mobilenettext ! mux.subtitle_0
 * ]|
 */

#include "gst/gstmobilenettext.h"

#include <gst/video/video.h>

#include <string.h>

#include "gst/gstmobilenetformats.h"
#include "gst/labeltext.h"
#include "gst/moment.h"
#include "gst/ndjson.h"
#include "gst/subtitle.h"
#include "gst/textprops.h"

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

  /* The streaming thread's. */
  GstSegment segment;
  Format format;
  GstClockTime frame_duration;  /* NONE: not known */
  gboolean live, live_known;
  gboolean gaps;                /* instead of empty text */
  GstMobilenetReader *reader;
  GstMobilenetSubtitle *subtitle;
  GString *text;
  GHashTable *newest;           /* element -> pts of the last line */
  GstFlowReturn flow;           /* of the newest push */
};

#define TEXT_CAPS "text/x-raw, format=utf8"
#define NDJSON_CAPS "application/x-ndjson"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (TEXT_CAPS ";" NDJSON_CAPS));

static void gst_mobilenet_text_finalize (GObject * object);
static void gst_mobilenet_text_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec);
static void gst_mobilenet_text_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec);
static GstStateChangeReturn gst_mobilenet_text_change_state (GstElement *
    element, GstStateChange transition);
static GstFlowReturn gst_mobilenet_text_chain (GstPad * pad,
    GstObject * parent, GstBuffer * buffer);
static gboolean gst_mobilenet_text_sink_event (GstPad * pad,
    GstObject * parent, GstEvent * event);
static gboolean gst_mobilenet_text_sink_query (GstPad * pad,
    GstObject * parent, GstQuery * query);
static gboolean gst_mobilenet_text_src_event (GstPad * pad,
    GstObject * parent, GstEvent * event);
static void push_piece (const gchar * text, GstClockTime start,
    GstClockTime end, gpointer user_data);

#define gst_mobilenet_text_parent_class parent_class
G_DEFINE_TYPE (GstMobilenetText, gst_mobilenet_text, GST_TYPE_ELEMENT);
GST_ELEMENT_REGISTER_DEFINE (mobilenettext, "mobilenettext", GST_RANK_NONE,
    GST_TYPE_MOBILENET_TEXT);

static void
gst_mobilenet_text_class_init (GstMobilenetTextClass * class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  GST_DEBUG_CATEGORY_INIT (gst_mobilenet_text_debug, "mobilenettext", 0,
      "MobileNet results as text");

  object_class->finalize = gst_mobilenet_text_finalize;
  object_class->set_property = gst_mobilenet_text_set_property;
  object_class->get_property = gst_mobilenet_text_get_property;
  gst_mobilenet_text_props_install (object_class);

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "MobileNet text", "Converter/Video/Subtitle",
      "Turns what mobilenet attached into subtitles or into JSON lines",
      "The gst-mobilenet authors");

  gst_mobilenet_meta_get_info ();
}

static void
gst_mobilenet_text_init (GstMobilenetText * self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_chain));
  gst_pad_set_event_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_sink_event));
  gst_pad_set_query_function (self->sinkpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_sink_query));
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  gst_mobilenet_formats_explain (self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad,
      GST_DEBUG_FUNCPTR (gst_mobilenet_text_src_event));
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);

  gst_mobilenet_text_props_init (&self->props);
  self->reader = gst_mobilenet_reader_new ();
  self->subtitle = gst_mobilenet_subtitle_new (push_piece, self);
  self->text = g_string_new (NULL);
  self->newest = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
}

static void
gst_mobilenet_text_finalize (GObject * object)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (object);

  gst_mobilenet_reader_free (self->reader);
  gst_mobilenet_subtitle_free (self->subtitle);
  g_string_free (self->text, TRUE);
  g_hash_table_unref (self->newest);
  gst_mobilenet_text_props_clear (&self->props);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
gst_mobilenet_text_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
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
gst_mobilenet_text_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
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
forget (GstMobilenetText * self)
{
  gst_mobilenet_subtitle_discard (self->subtitle);
  g_hash_table_remove_all (self->newest);
  self->live_known = FALSE;
}

static GstStateChangeReturn
gst_mobilenet_text_change_state (GstElement * element,
    GstStateChange transition)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (element);
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    forget (self);
    self->format = FORMAT_NONE;
    self->frame_duration = GST_CLOCK_TIME_NONE;
    gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  }
  return ret;
}

/* ---- caps ------------------------------------------------------------ */

/* Agrees with downstream on what to give. */
static gboolean
negotiate (GstMobilenetText * self)
{
  g_autoptr (GstCaps) templ = gst_pad_get_pad_template_caps (self->srcpad);
  g_autoptr (GstCaps) caps = gst_pad_peer_query_caps (self->srcpad, templ);
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (self->srcpad);
  Format format;

  if (gst_caps_is_empty (caps)) {
    GST_DEBUG_OBJECT (self, "downstream takes neither text nor NDJSON");
    return FALSE;
  }
  caps = gst_caps_fixate (g_steal_pointer (&caps));
  if (current && gst_caps_is_equal (caps, current))
    return TRUE;
  format = gst_structure_has_name (gst_caps_get_structure (caps, 0),
      NDJSON_CAPS) ? FORMAT_NDJSON : FORMAT_TEXT;
  if (format != self->format)
    gst_mobilenet_subtitle_finish (self->subtitle);
  self->format = format;
  return gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
}

static void
set_video_caps (GstMobilenetText * self, const GstCaps * caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint n, d;

  self->frame_duration = GST_CLOCK_TIME_NONE;
  if (gst_structure_get_fraction (s, "framerate", &n, &d) && n > 0 && d > 0)
    self->frame_duration = gst_util_uint64_scale_int (GST_SECOND, d, n);
}

/* ---- frames ---------------------------------------------------------- */

static void
push_text (GstMobilenetText * self, const gchar * text, gsize length,
    GstClockTime start, GstClockTime end)
{
  GstBuffer *buffer = length > 0 ? gst_buffer_new_memdup (text, length)
      : gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = start;
  if (GST_CLOCK_TIME_IS_VALID (start) && GST_CLOCK_TIME_IS_VALID (end))
    GST_BUFFER_DURATION (buffer) = end - start;
  self->flow = gst_pad_push (self->srcpad, buffer);
}

/* A GstMobilenetSubtitleFunc. */
static void
push_piece (const gchar * text, GstClockTime start, GstClockTime end,
    gpointer user_data)
{
  GstMobilenetText *self = user_data;

  if (*text)
    push_text (self, text, strlen (text), start, end);
  else if (self->gaps)
    gst_pad_push_event (self->srcpad, gst_event_new_gap (start, end - start));
  else
    push_text (self, "", 0, start, end);
}

static GstClockTime
get_end (GstMobilenetText * self, GstBuffer * buffer)
{
  GstClockTime duration = GST_BUFFER_DURATION_IS_VALID (buffer) ?
      GST_BUFFER_DURATION (buffer) : self->frame_duration;

  return GST_CLOCK_TIME_IS_VALID (duration) ?
      GST_BUFFER_PTS (buffer) + duration : GST_CLOCK_TIME_NONE;
}

static void
write_text (GstMobilenetText * self, GstBuffer * buffer, guint n,
    const GstMobilenetTextProps * props)
{
  guint i, c;

  if (!GST_BUFFER_PTS_IS_VALID (buffer))
    return;
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
  self->gaps = props->use_gaps || props->max_interval == 0;
  gst_mobilenet_subtitle_add (self->subtitle, self->text->str,
      GST_BUFFER_PTS (buffer), get_end (self, buffer), props->max_interval,
      self->segment.rate < 0.0);
}

/* Whether it was not told before. */
static gboolean
is_new (GstMobilenetText * self, const GstMobilenetSeen * seen)
{
  GstClockTime *newest;

  if (!seen->element || !GST_CLOCK_TIME_IS_VALID (seen->pts))
    return seen->fresh;
  newest = g_hash_table_lookup (self->newest, seen->element);
  if (newest && *newest == seen->pts)
    return FALSE;
  if (!newest) {
    newest = g_new (GstClockTime, 1);
    g_hash_table_insert (self->newest, g_strdup (seen->element), newest);
  }
  *newest = seen->pts;
  return TRUE;
}

/* The time of day is that of the clock only where frames come from now. */
static gboolean
is_live (GstMobilenetText * self)
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

static void
write_lines (GstMobilenetText * self, GstBuffer * buffer, guint n,
    const GstMobilenetTextProps * props)
{
  gboolean live = is_live (self);
  GstClockTime end = GST_CLOCK_TIME_NONE;
  guint i;

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    end = get_end (self, buffer);
  for (i = 0; i < n && self->flow == GST_FLOW_OK; i++) {
    const GstMobilenetSeen *seen = gst_mobilenet_reader_get (self->reader, i);
    GstMobilenetMoment moment;

    if (seen->n_classes == 0 && !props->empty_results)
      continue;
    if (!is_new (self, seen) && !props->repeat_results)
      continue;
    gst_mobilenet_moment_get (&moment, GST_ELEMENT (self), &self->segment,
        buffer, seen->pts, live);
    g_string_truncate (self->text, 0);
    gst_mobilenet_ndjson_line (self->text, seen, &moment);
    push_text (self, self->text->str, self->text->len,
        GST_BUFFER_PTS (buffer), end);
  }
}

static void
copy_props (GstMobilenetText * self, GstMobilenetTextProps * props)
{
  GST_OBJECT_LOCK (self);
  *props = self->props;
  props->line_format = g_strdup (self->props.line_format);
  GST_OBJECT_UNLOCK (self);
  if (props->top_k == 0)
    props->top_k = self->format == FORMAT_TEXT ? 1 : G_MAXUINT;
}

static GstFlowReturn
gst_mobilenet_text_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);
  GstMobilenetTextProps props;
  guint n;

  if (gst_pad_check_reconfigure (self->srcpad) && !negotiate (self)) {
    gst_pad_mark_reconfigure (self->srcpad);
    gst_buffer_unref (buffer);
    return GST_PAD_IS_FLUSHING (self->srcpad) ? GST_FLOW_FLUSHING :
        GST_FLOW_NOT_NEGOTIATED;
  }
  copy_props (self, &props);
  self->flow = GST_FLOW_OK;
  n = gst_mobilenet_reader_read (self->reader, buffer, props.top_k,
      props.threshold);
  if (self->format == FORMAT_TEXT)
    write_text (self, buffer, n, &props);
  else
    write_lines (self, buffer, n, &props);
  gst_mobilenet_text_props_clear (&props);
  gst_buffer_unref (buffer);
  return self->flow;
}

/* ---- events and queries ---------------------------------------------- */

/* Another stream, although it comes from the same source. */
static GstEvent *
make_stream_start (GstMobilenetText * self, GstEvent * event)
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
is_of_stream (GstEvent * event)
{
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  return gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_STREAM;
}

static gboolean
gst_mobilenet_text_sink_event (GstPad * pad, GstObject * parent,
    GstEvent * event)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);
  GstCaps *caps;
  gboolean ok;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      gst_mobilenet_subtitle_finish (self->subtitle);
      event = make_stream_start (self, event);
      break;
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      set_video_caps (self, caps);
      gst_event_unref (event);
      gst_pad_check_reconfigure (self->srcpad);
      ok = negotiate (self);
      if (!ok)
        gst_pad_mark_reconfigure (self->srcpad);
      return ok;
    case GST_EVENT_SEGMENT:
      gst_mobilenet_subtitle_finish (self->subtitle);
      forget (self);
      gst_event_copy_segment (event, &self->segment);
      break;
    case GST_EVENT_GAP:
    case GST_EVENT_EOS:
    case GST_EVENT_SEGMENT_DONE:
      gst_mobilenet_subtitle_finish (self->subtitle);
      break;
    case GST_EVENT_FLUSH_STOP:
      forget (self);
      gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
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
  return gst_pad_event_default (pad, parent, event);
}

/* Whatever is on the frames is welcome: nothing here looks at pixels. */
static void
answer_allocation (GstQuery * query)
{
  const GType apis[] = { GST_VIDEO_META_API_TYPE,
    GST_VIDEO_CROP_META_API_TYPE,
    GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE,
    GST_VIDEO_AFFINE_TRANSFORMATION_META_API_TYPE
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (apis); i++)
    gst_query_add_allocation_meta (query, apis[i], NULL);
}

static gboolean
gst_mobilenet_text_sink_query (GstPad * pad, GstObject * parent,
    GstQuery * query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION) {
    answer_allocation (query);
    return TRUE;
  }
  return gst_pad_query_default (pad, parent, query);
}

static gboolean
gst_mobilenet_text_src_event (GstPad * pad, GstObject * parent,
    GstEvent * event)
{
  /* Text that is late says nothing about the speed of the video. */
  if (GST_EVENT_TYPE (event) == GST_EVENT_QOS) {
    gst_event_unref (event);
    return TRUE;
  }
  return gst_pad_event_default (pad, parent, event);
}
