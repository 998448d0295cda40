/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-mobilenet
 * @title: mobilenet
 * @see_also: mobilenetoverlay
 *
 * Classifies video frames with a network of the MobileNet family, on the CPU
 * or on a device, and attaches what it saw to the buffers. The frames
 * themselves pass unchanged and are not copied.
 *
 * A result goes out as a #GstCustomMeta `mobilenet-result`, as classification
 * metadata of GstAnalytics where GStreamer has it (1.24 and newer), and as an
 * element message of the same name and structure, see the property
 * #GstMobilenet:post-messages. Fields: element, model, pts, task, backend,
 * latency, age, fresh, index, label, confidence, and classes, an array of
 * structures with index, label and confidence, best first. When no class
 * reaches the threshold, index is -1 and classes is empty.
 *
 * With an interval above 1 the frames in between carry the newest result,
 * with its age and fresh=false.
 *
 * A frame that cannot be read, such as a buffer that is too short for its
 * caps, passes without a result of its own; a warning says so once. When a
 * device fails, the CPU finishes the frame, and a warning message says what
 * failed.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -m videotestsrc pattern=snow num-buffers=30 ! mobilenet ! \
 *     fakesink
 * gst-launch-1.0 v4l2src ! mobilenet ! mobilenetoverlay ! videoconvert ! \
 *     autovideosink
 * gst-launch-1.0 -m multifilesrc location=%03d.jpg \
 *     caps=image/jpeg,framerate=1/1 ! jpegdec ! \
 *     mobilenet model-file=mobilenet_v3.tflite post-messages=all ! fakesink
 * ]|
 */

#include "gst/gstmobilenet.h"

#include <gst/video/video.h>

#include "gst/gstmobilenetframe.h"
#include "gst/gstmobilenetmeta.h"
#include "gst/gstmobilenetprops.h"
#include "gst/gstmobilenetstream.h"

GST_DEBUG_CATEGORY (gst_mobilenet_debug);
#define GST_CAT_DEFAULT gst_mobilenet_debug

struct _GstMobilenet
{
  GstBaseTransform parent;

  GstMobilenetProps props;      /* object lock, and the next as well */
  GstMobilenetStatus status;
  gint64 start_timeout, frame_timeout, retry_delay;

  /* Streaming thread; from start to stop. */
  GstMobilenetModel *model;
  GstMobilenetStream *stream;
  GstMobilenetLive live;        /* as of the newest frame */
  GstClockTime frame_duration;  /* NONE: not known */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_MOBILENET_READ_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_MOBILENET_READ_CAPS));

static void gst_mobilenet_finalize (GObject * object);
static void gst_mobilenet_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec);
static void gst_mobilenet_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec);
static gboolean gst_mobilenet_start (GstBaseTransform * trans);
static gboolean gst_mobilenet_stop (GstBaseTransform * trans);
static gboolean gst_mobilenet_set_caps (GstBaseTransform * trans,
    GstCaps * incaps, GstCaps * outcaps);
static gboolean gst_mobilenet_sink_event (GstBaseTransform * trans,
    GstEvent * event);
static gboolean gst_mobilenet_query (GstBaseTransform * trans,
    GstPadDirection direction, GstQuery * query);
static GstFlowReturn gst_mobilenet_submit_input_buffer (GstBaseTransform *
    trans, gboolean is_discont, GstBuffer * buffer);
static GstFlowReturn gst_mobilenet_generate_output (GstBaseTransform * trans,
    GstBuffer ** outbuf);

#define gst_mobilenet_parent_class parent_class
G_DEFINE_TYPE (GstMobilenet, gst_mobilenet, GST_TYPE_BASE_TRANSFORM);
GST_ELEMENT_REGISTER_DEFINE (mobilenet, "mobilenet", GST_RANK_NONE,
    GST_TYPE_MOBILENET);

static void
gst_mobilenet_class_init (GstMobilenetClass * class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (class);

  GST_DEBUG_CATEGORY_INIT (gst_mobilenet_debug, "mobilenet", 0,
      "MobileNet on video frames");

  object_class->finalize = gst_mobilenet_finalize;
  object_class->set_property = gst_mobilenet_set_property;
  object_class->get_property = gst_mobilenet_get_property;
  gst_mobilenet_props_install (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "MobileNet classifier", "Filter/Analyzer/Video",
      "Classifies frames with a MobileNet and attaches the classes",
      "The gst-mobilenet authors");

  /* Neither transform nor transform_ip: for the base class this is a
   * pass-through, so allocation queries and buffers go straight on. */
  trans_class->start = GST_DEBUG_FUNCPTR (gst_mobilenet_start);
  trans_class->stop = GST_DEBUG_FUNCPTR (gst_mobilenet_stop);
  trans_class->set_caps = GST_DEBUG_FUNCPTR (gst_mobilenet_set_caps);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (gst_mobilenet_sink_event);
  trans_class->query = GST_DEBUG_FUNCPTR (gst_mobilenet_query);
  trans_class->submit_input_buffer =
      GST_DEBUG_FUNCPTR (gst_mobilenet_submit_input_buffer);
  trans_class->generate_output =
      GST_DEBUG_FUNCPTR (gst_mobilenet_generate_output);

  gst_mobilenet_meta_get_info ();
}

static void
gst_mobilenet_init (GstMobilenet * self)
{
  gst_mobilenet_props_init (&self->props);
  self->frame_duration = GST_CLOCK_TIME_NONE;
}

static void
gst_mobilenet_finalize (GObject * object)
{
  GstMobilenet *self = GST_MOBILENET (object);

  gst_mobilenet_props_clear (&self->props);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
gst_mobilenet_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstMobilenet *self = GST_MOBILENET (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_mobilenet_props_set (&self->props, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_mobilenet_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstMobilenet *self = GST_MOBILENET (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_mobilenet_props_get (&self->props, id, value)
      || gst_mobilenet_props_get_status (&self->status, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

void
gst_mobilenet_set_tuning (GstMobilenet * self, guint depth,
    gint64 start_timeout, gint64 frame_timeout, gint64 retry_delay)
{
  GST_OBJECT_LOCK (self);
  self->props.live.depth = CLAMP (depth, 1, MN_MAX_IN_FLIGHT);
  self->start_timeout = start_timeout;
  self->frame_timeout = frame_timeout;
  self->retry_delay = retry_delay;
  GST_OBJECT_UNLOCK (self);
}

/* ---- start and stop -------------------------------------------------- */

/* Copies what holds for the frames to come. FALSE: a property has a value
 * that cannot be used; then the old one stays. */
static gboolean
read_props (GstMobilenet * self, GError ** error)
{
  g_autofree gchar *mean = NULL;
  g_autofree gchar *std = NULL;
  gboolean input_changed;
  MnFit fit;

  GST_OBJECT_LOCK (self);
  self->live = self->props.live;
  if (!GST_CLOCK_TIME_IS_VALID (self->frame_duration))
    self->live.depth = 1;       /* stills: a frame may be the last for long */
  input_changed = self->props.input_changed;
  if (input_changed) {
    self->props.input_changed = FALSE;
    mean = g_strdup (self->props.mean);
    std = g_strdup (self->props.std);
  }
  fit = self->props.fit;
  GST_OBJECT_UNLOCK (self);
  if (!input_changed)
    return TRUE;
  gst_mobilenet_stream_set_fit (self->stream, fit);
  return gst_mobilenet_stream_set_norm (self->stream, mean, std, error);
}

static GstMobilenetModel *
load_model (GstMobilenet * self, gchar ** warning, GError ** error)
{
  g_autofree gchar *model_file = NULL;
  g_autofree gchar *labels_file = NULL;
  g_autofree gchar *device = NULL;
  GstMobilenetModelOptions options = { 0, };

  GST_OBJECT_LOCK (self);
  options.model_file = model_file = g_strdup (self->props.model_file);
  options.labels_file = labels_file = g_strdup (self->props.labels_file);
  options.device = device = g_strdup (self->props.device);
  options.backend = self->props.backend;
  options.precision = self->props.precision;
  options.threads = self->props.threads;
  options.start_timeout = self->start_timeout;
  options.frame_timeout = self->frame_timeout;
  options.retry_delay = self->retry_delay;
  self->props.input_changed = TRUE;
  gst_mobilenet_stats_start (&self->status.stats);
  GST_OBJECT_UNLOCK (self);
  return gst_mobilenet_model_new (&options, warning, error);
}

static gboolean
gst_mobilenet_start (GstBaseTransform * trans)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  g_autofree gchar *warning = NULL;
  g_autoptr (GError) error = NULL;

  self->frame_duration = GST_CLOCK_TIME_NONE;
  self->model = load_model (self, &warning, &error);
  if (self->model) {
    self->stream = gst_mobilenet_stream_new (GST_ELEMENT (self), self->model,
        &self->status);
    read_props (self, &error);
  }
  if (error) {
    gst_mobilenet_post_error (GST_ELEMENT (self), error);
    gst_mobilenet_stop (trans);
    return FALSE;
  }
  if (warning)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS, ("%s", warning), (NULL));
  gst_mobilenet_stream_report (self->stream);
  return TRUE;
}

static gboolean
gst_mobilenet_stop (GstBaseTransform * trans)
{
  GstMobilenet *self = GST_MOBILENET (trans);

  g_clear_pointer (&self->stream, gst_mobilenet_stream_free);
  g_clear_pointer (&self->model, gst_mobilenet_model_free);
  return TRUE;
}

/* ---- caps, events, queries ------------------------------------------- */

static void
set_frame_duration (GstMobilenet * self, const GstVideoInfo * info)
{
  GstClockTime duration = GST_CLOCK_TIME_NONE;

  if (GST_VIDEO_INFO_FPS_N (info) > 0 && GST_VIDEO_INFO_FPS_D (info) > 0)
    duration = gst_util_uint64_scale_int (GST_SECOND,
        GST_VIDEO_INFO_FPS_D (info), GST_VIDEO_INFO_FPS_N (info));
  GST_OBJECT_LOCK (self);
  self->frame_duration = duration;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_mobilenet_set_caps (GstBaseTransform * trans, GstCaps * incaps,
    GstCaps * outcaps)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  g_autoptr (GError) error = NULL;
  GstVideoInfo info;

  if (!gst_mobilenet_video_info_from_caps (&info, incaps))
    return FALSE;
  set_frame_duration (self, &info);
  gst_mobilenet_stream_set_info (self->stream, &info);
  if (self->live.enabled
      && !gst_mobilenet_stream_prepare (self->stream, &error)) {
    gst_mobilenet_post_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  return TRUE;
}

static void
drain (GstMobilenet * self)
{
  GstPad *srcpad = GST_BASE_TRANSFORM_SRC_PAD (self);
  GstBuffer *buffer;

  while ((buffer = gst_mobilenet_stream_pull (self->stream, TRUE)))
    gst_pad_push (srcpad, buffer);
}

static void
read_orientation (GstMobilenet * self, GstEvent * event)
{
  GstVideoOrientationMethod method;
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  if (gst_video_orientation_from_tag (tags, &method))
    gst_mobilenet_stream_set_orientation (self->stream,
        gst_mobilenet_orientation (method));
}

static gboolean
gst_mobilenet_sink_event (GstBaseTransform * trans, GstEvent * event)
{
  GstMobilenet *self = GST_MOBILENET (trans);

  if (self->stream && GST_EVENT_IS_SERIALIZED (event)) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
      gst_mobilenet_stream_discard (self->stream);
    else
      drain (self);
    switch (GST_EVENT_TYPE (event)) {
      case GST_EVENT_STREAM_START:
        gst_mobilenet_stream_set_orientation (self->stream, MN_ORIENT_0);
        gst_mobilenet_stream_forget (self->stream);
        break;
      case GST_EVENT_FLUSH_STOP:
      case GST_EVENT_SEGMENT:
        gst_mobilenet_stream_forget (self->stream);
        break;
      case GST_EVENT_TAG:
        read_orientation (self, event);
        break;
      default:
        break;
    }
  }
  return GST_BASE_TRANSFORM_CLASS (parent_class)->sink_event (trans, event);
}

/* Frames that wait inside for the newest one; none without a rate. */
static void
add_latency (GstMobilenet * self, GstQuery * query)
{
  GstClockTime min, max, own = 0;
  gboolean live;

  GST_OBJECT_LOCK (self);
  if (GST_CLOCK_TIME_IS_VALID (self->frame_duration))
    own = (self->props.live.depth - 1) * self->frame_duration;
  GST_OBJECT_UNLOCK (self);
  if (own == 0)
    return;
  gst_query_parse_latency (query, &live, &min, &max);
  min += own;
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += own;
  gst_query_set_latency (query, live, min, max);
}

static gboolean
gst_mobilenet_query (GstBaseTransform * trans, GstPadDirection direction,
    GstQuery * query)
{
  if (!GST_BASE_TRANSFORM_CLASS (parent_class)->query (trans, direction, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY && direction == GST_PAD_SRC)
    add_latency (GST_MOBILENET (trans), query);
  return TRUE;
}

/* ---- frames ---------------------------------------------------------- */

static void
sync_controllers (GstBaseTransform * trans, GstBuffer * buffer)
{
  GstClockTime time = GST_BUFFER_PTS (buffer);

  if (trans->segment.format == GST_FORMAT_TIME)
    time = gst_segment_to_stream_time (&trans->segment, GST_FORMAT_TIME, time);
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (GST_OBJECT (trans), time);
}

static GstFlowReturn
gst_mobilenet_submit_input_buffer (GstBaseTransform * trans,
    gboolean is_discont, GstBuffer * buffer)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  g_autoptr (GError) error = NULL;

  sync_controllers (trans, buffer);
  if (!read_props (self, &error))
    GST_ELEMENT_WARNING (self, LIBRARY, SETTINGS,
        ("%s; the old value stays", error->message), (NULL));
  return GST_BASE_TRANSFORM_CLASS (parent_class)->submit_input_buffer (trans,
      is_discont, buffer);
}

static GstFlowReturn
gst_mobilenet_generate_output (GstBaseTransform * trans, GstBuffer ** outbuf)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  GstBuffer *buffer = g_steal_pointer (&trans->queued_buf);

  if (buffer)
    gst_mobilenet_stream_push (self->stream, buffer, &self->live);
  *outbuf = gst_mobilenet_stream_pull (self->stream, FALSE);
  return GST_FLOW_OK;
}
