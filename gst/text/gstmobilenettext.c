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

#include "gst/meta/custom.h"
#include "gst/text/props.h"
#include "gst/text/queue.h"
#include "gst/text/writer.h"
#include "gst/video/formats.h"
#include "gst/video/nocaps.h"

GST_DEBUG_CATEGORY_STATIC (gst_mobilenet_text_debug);
#define GST_CAT_DEFAULT gst_mobilenet_text_debug

struct _GstMobilenetText
{
  GstElement parent;

  GstPad *sinkpad, *srcpad;
  GstMobilenetTextProps props;  /* object lock */
  GstMobilenetTextQueue *queue; /* to the thread that pushes */

  /* The streaming thread's of the sink pad. */
  GstCaps *caps; /* what was agreed on; NULL: nothing yet */
  GstMobilenetTextWriter *writer;
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
  self->queue = gst_mobilenet_textqueue_new (self->srcpad);
  self->writer = gst_mobilenet_textwriter_new (GST_ELEMENT (self),
      self->sinkpad, self->queue);
}

static void
gst_mobilenet_text_finalize (GObject *object)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (object);

  gst_mobilenet_textwriter_free (self->writer);
  gst_mobilenet_textqueue_free (self->queue);
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

static GstStateChangeReturn
gst_mobilenet_text_change_state (GstElement *element, GstStateChange transition)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (element);
  GstStateChangeReturn ret = GST_ELEMENT_CLASS (parent_class)
                                 ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    gst_mobilenet_textwriter_reset (self->writer);
    gst_clear_caps (&self->caps);
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
  gboolean lines;

  if (gst_caps_is_empty (caps)) {
    GST_DEBUG_OBJECT (self, "downstream takes neither text nor NDJSON");
    return FALSE;
  }
  caps = gst_caps_fixate (g_steal_pointer (&caps));
  gst_mobilenet_textwriter_set_way (self->writer,
      gst_mobilenet_textconsumer_find (self->srcpad));
  if (self->caps && gst_caps_is_equal (caps, self->caps))
    return TRUE;
  lines = gst_structure_has_name (gst_caps_get_structure (caps, 0),
      NDJSON_CAPS);
  gst_mobilenet_textwriter_set_format (self->writer,
      lines ? GST_MOBILENET_TEXT_FORMAT_NDJSON
            : GST_MOBILENET_TEXT_FORMAT_TEXT);
  gst_caps_replace (&self->caps, caps);
  return gst_mobilenet_textqueue_add_event (self->queue,
      gst_event_new_caps (caps));
}

/* ---- frames ---------------------------------------------------------- */

static void
copy_props (GstMobilenetText *self, GstMobilenetTextProps *props)
{
  GST_OBJECT_LOCK (self);
  *props = self->props;
  props->line_format = g_strdup (self->props.line_format);
  GST_OBJECT_UNLOCK (self);
}

static GstFlowReturn
gst_mobilenet_text_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstMobilenetText *self = GST_MOBILENET_TEXT (parent);
  GstMobilenetTextProps props;
  GstFlowReturn flow;

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
  flow = gst_mobilenet_textwriter_write (self->writer, buffer, &props);
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
  gst_mobilenet_textwriter_set_video_caps (self->writer, caps);
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
      gst_mobilenet_textwriter_finish (self->writer, FALSE);
      event = make_stream_start (self, event);
      break;
    case GST_EVENT_CAPS:
      return take_caps (self, event);
    case GST_EVENT_SEGMENT:
      gst_mobilenet_textwriter_set_segment (self->writer, event);
      break;
    case GST_EVENT_GAP:
      if (gst_mobilenet_textwriter_skip (self->writer, event))
        return TRUE;
      break;
    case GST_EVENT_EOS:
      gst_mobilenet_textwriter_finish (self->writer, TRUE);
      break;
    case GST_EVENT_SEGMENT_DONE:
      gst_mobilenet_textwriter_finish (self->writer, FALSE);
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
      gst_mobilenet_textwriter_flush (self->writer);
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
