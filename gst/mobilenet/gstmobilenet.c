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
 * #GstMobilenet:post-messages. Fields: element, model, instance, number, pts,
 * task, backend, latency, age, fresh, index, label, confidence, and classes,
 * an array of structures with index, label and confidence, best first. When no
 * class reaches the threshold, index is -1 and classes is empty. Of two
 * results of one instance that of the larger number is the newer one.
 *
 * What happens in time is the property #GstMobilenet:schedule. With
 * `every-frame` each buffer carries its own result; where upstream is not
 * live several frames are computed at once while they come faster than that;
 * each leaves when it is done. With `latest`,
 * which `auto` takes where upstream is live, a thread of low priority takes
 * the newest frame whenever it is free, and buffers never wait: each carries
 * the newest result that there is, with its age and fresh=false. A result is
 * never attached to a frame older than its own. The first frame of a source
 * that is not live waits for its result all the same, so that a still picture
 * has one. While the memory of a frame is held, an element downstream that
 * writes to it in place writes to a copy; frames of pools that have only so
 * many buffers are copied, as far as the network sees them.
 *
 * With #GstMobilenet:interval or #GstMobilenet:max-rate, or when downstream
 * says that frames are late (QoS), frames go without an inference, and carry
 * the newest result. It ends when frames that were to be classified could not
 * be for #GstMobilenet:max-age. For those that are late QOS messages are
 * posted, at most one a second.
 *
 * Raw video of every format that GStreamer can unpack is taken. What is left,
 * such as frames in a GPU's memory, is refused with an error that says what to
 * put in front.
 *
 * All properties may change while playing. A new model is loaded in the
 * background and takes over between two frames; when it cannot be used, a
 * warning message says why, and the old one goes on.
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

#include "gst/mobilenet/gstmobilenet.h"

#include <gst/video/video.h>

#include "gst/base/bus.h"
#include "gst/base/post.h"
#include "gst/meta/custom.h"
#include "gst/mobilenet/element.h"
#include "gst/video/alloc.h"
#include "gst/video/formats.h"
#include "gst/video/nocaps.h"

GST_DEBUG_CATEGORY (gst_mobilenet_debug);
#define GST_CAT_DEFAULT gst_mobilenet_debug

static void gst_mobilenet_finalize (GObject *object);
static void gst_mobilenet_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec);
static void gst_mobilenet_get_property (GObject *object, guint id,
    GValue *value, GParamSpec *pspec);
static GstStateChangeReturn
gst_mobilenet_change_state (GstElement *element, GstStateChange transition);
static gboolean gst_mobilenet_send_event (GstElement *element, GstEvent *event);
static gboolean gst_mobilenet_start (GstBaseTransform *trans);
static gboolean gst_mobilenet_stop (GstBaseTransform *trans);
static gboolean
gst_mobilenet_sink_event (GstBaseTransform *trans, GstEvent *event);
static gboolean
gst_mobilenet_src_event (GstBaseTransform *trans, GstEvent *event);
static gboolean gst_mobilenet_query (GstBaseTransform *trans,
    GstPadDirection direction, GstQuery *query);
static GstFlowReturn gst_mobilenet_submit_input_buffer (GstBaseTransform *trans,
    gboolean is_discont, GstBuffer *buffer);
static GstFlowReturn
gst_mobilenet_generate_output (GstBaseTransform *trans, GstBuffer **outbuf);

#define gst_mobilenet_parent_class parent_class
G_DEFINE_TYPE (GstMobilenet, gst_mobilenet, GST_TYPE_BASE_TRANSFORM);
GST_ELEMENT_REGISTER_DEFINE (mobilenet, "mobilenet", GST_RANK_NONE,
    GST_TYPE_MOBILENET);

static void
gst_mobilenet_class_init (GstMobilenetClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (class);
  g_autoptr (GstCaps) caps = gst_mobilenet_formats_read_caps ();

  GST_DEBUG_CATEGORY_INIT (gst_mobilenet_debug, "mobilenet", 0,
      "MobileNet on video frames");

  object_class->finalize = gst_mobilenet_finalize;
  object_class->set_property = gst_mobilenet_set_property;
  object_class->get_property = gst_mobilenet_get_property;
  gst_mobilenet_props_install (object_class);

  element_class->change_state = GST_DEBUG_FUNCPTR (gst_mobilenet_change_state);
  element_class->send_event = GST_DEBUG_FUNCPTR (gst_mobilenet_send_event);
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (element_class, "MobileNet classifier",
      "Filter/Analyzer/Video",
      "Classifies frames with a MobileNet and attaches the classes",
      "The gst-mobilenet authors");

  /* Neither transform nor transform_ip: for the base class this is a
   * pass-through, so buffers go straight on. */
  trans_class->propose_allocation = gst_mobilenet_propose_allocation;
  trans_class->start = GST_DEBUG_FUNCPTR (gst_mobilenet_start);
  trans_class->stop = GST_DEBUG_FUNCPTR (gst_mobilenet_stop);
  trans_class
      ->transform_caps = GST_DEBUG_FUNCPTR (gst_mobilenet_transform_caps);
  trans_class->set_caps = GST_DEBUG_FUNCPTR (gst_mobilenet_set_caps);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (gst_mobilenet_sink_event);
  trans_class->src_event = GST_DEBUG_FUNCPTR (gst_mobilenet_src_event);
  trans_class->query = GST_DEBUG_FUNCPTR (gst_mobilenet_query);
  trans_class->submit_input_buffer =
      GST_DEBUG_FUNCPTR (gst_mobilenet_submit_input_buffer);
  trans_class
      ->generate_output = GST_DEBUG_FUNCPTR (gst_mobilenet_generate_output);

  gst_mobilenet_meta_get_info ();
}

static void
gst_mobilenet_init (GstMobilenet *self)
{
  gst_mobilenet_props_init (&self->props);
  gst_mobilenet_qos_reset (&self->qos);
  self->frame_duration = GST_CLOCK_TIME_NONE;
  self->depth = 1;
  while (self->status.instance == 0)
    self->status.instance = (guint64) g_random_int () << 32 | g_random_int ();
  gst_mobilenet_formats_explain (GST_BASE_TRANSFORM_SINK_PAD (self));
}

static void
gst_mobilenet_finalize (GObject *object)
{
  GstMobilenet *self = GST_MOBILENET (object);

  gst_mobilenet_props_clear (&self->props);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
gst_mobilenet_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  GstMobilenet *self = GST_MOBILENET (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_mobilenet_props_set (&self->props, id, value);
  if (self->props.model_changed && self->loader)
    gst_mobilenet_request_model (self);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_mobilenet_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
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
gst_mobilenet_set_tuning (GstMobilenet *self, guint depth, gint64 start_timeout,
    gint64 frame_timeout, gint64 retry_delay)
{
  GST_OBJECT_LOCK (self);
  self->props.live.depth = MIN (depth, GST_MOBILENET_MAX_DEPTH);
  self->props.model.start_timeout = start_timeout;
  self->props.model.frame_timeout = frame_timeout;
  self->props.model.retry_delay = retry_delay;
  GST_OBJECT_UNLOCK (self);
}

/* ---- start and stop -------------------------------------------------- */

static GstMobilenetModel *
load_model (GstMobilenet *self, gchar **warning, GError **error)
{
  GstMobilenetModelOptions options;
  GstMobilenetModel *model;

  GST_OBJECT_LOCK (self);
  /* What is set from here on is loaded in the background. */
  self->loader = gst_mobilenet_loader_new (GST_ELEMENT (self));
  g_clear_pointer (&self->props.model.stop, g_atomic_rc_box_release);
  self->props.model.stop = g_atomic_rc_box_new0 (gint);
  gst_mobilenet_model_options_copy (&options, &self->props.model);
  self->props.model_changed = FALSE;
  self->props.input_changed = TRUE;
  self->frame_duration = GST_CLOCK_TIME_NONE;
  self->depth = 1;
  gst_mobilenet_qos_reset (&self->qos);
  gst_mobilenet_stats_start (&self->status.stats);
  GST_OBJECT_UNLOCK (self);
  model = gst_mobilenet_model_new (&options, warning, error);
  gst_mobilenet_model_options_clear (&options);
  return model;
}

static gboolean
gst_mobilenet_start (GstBaseTransform *trans)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  g_autoptr (GstMobilenetModel) model = NULL;
  g_autofree gchar *warning = NULL;
  g_autoptr (GError) error = NULL;
  GstMobilenetStream *stream;
  gboolean tensors;

  self->asked_upstream = FALSE;
  model = load_model (self, &warning, &error);
  if (!model) {
    gst_mobilenet_post_error (GST_ELEMENT (self), error);
    gst_mobilenet_stop (trans);
    return FALSE;
  }
  stream = gst_mobilenet_stream_new (GST_ELEMENT (self), model, &self->status);
  GST_OBJECT_LOCK (self);
  self->stream = stream;
  self->exit = gst_mobilenet_exit_new (trans, stream);
  self->n_classes = g_strv_length (model->labels);
  tensors = self->props.live.show.tensors;
  GST_OBJECT_UNLOCK (self);
  self->told_of_tensors = FALSE;
  gst_mobilenet_tell_of_tensors (self, tensors);
  if (warning)
    gst_mobilenet_post_warning (GST_ELEMENT (self), GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_SETTINGS, warning);
  gst_mobilenet_stream_report (stream);
  return TRUE;
}

static gboolean
gst_mobilenet_stop (GstBaseTransform *trans)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  GstMobilenetLoader *loader;
  GstMobilenetStream *stream;
  GstMobilenetExit *exit;

  GST_OBJECT_LOCK (self);
  stream = g_steal_pointer (&self->stream);
  exit = g_steal_pointer (&self->exit);
  loader = g_steal_pointer (&self->loader);
  GST_OBJECT_UNLOCK (self);
  gst_mobilenet_exit_stop (exit);
  gst_mobilenet_stream_free (stream);
  gst_mobilenet_exit_free (exit);
  gst_mobilenet_loader_free (loader);
  return TRUE;
}

/* The end does not wait for what nobody will see. */
static void
give_up (GstMobilenet *self)
{
  GST_OBJECT_LOCK (self);
  if (self->props.model.stop)
    g_atomic_int_set (self->props.model.stop, TRUE);
  GST_OBJECT_UNLOCK (self);
}

static GstStateChangeReturn
gst_mobilenet_change_state (GstElement *element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    give_up (GST_MOBILENET (element));
    gst_mobilenet_interrupt (GST_MOBILENET (element), TRUE);
  }
  return GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
}

/* ---- events and queries ---------------------------------------------- */

static gboolean
gst_mobilenet_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstMobilenet *self = GST_MOBILENET (trans);

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START)
    gst_mobilenet_interrupt (self, TRUE);
  else if (self->stream && GST_EVENT_IS_SERIALIZED (event))
    gst_mobilenet_take_event (self, event);
  return GST_BASE_TRANSFORM_CLASS (parent_class)->sink_event (trans, event);
}

/* From the application, past the sink pad: behind what is inside all the
 * same. */
static gboolean
gst_mobilenet_send_event (GstElement *element, GstEvent *event)
{
  GstMobilenet *self = GST_MOBILENET (element);
  GstPad *pad = GST_BASE_TRANSFORM_SINK_PAD (self);
  gboolean in_line = GST_EVENT_IS_DOWNSTREAM (event)
      && GST_EVENT_IS_SERIALIZED (event)
      && GST_EVENT_TYPE (event) != GST_EVENT_FLUSH_STOP,
           sent;

  if (in_line)
    GST_PAD_STREAM_LOCK (pad);
  if (in_line && self->exit)
    gst_mobilenet_exit_drain (self->exit);
  sent = GST_ELEMENT_CLASS (parent_class)->send_event (element, event);
  if (in_line)
    GST_PAD_STREAM_UNLOCK (pad);
  return sent;
}

static gboolean
gst_mobilenet_src_event (GstBaseTransform *trans, GstEvent *event)
{
  GstMobilenet *self = GST_MOBILENET (trans);

  if (GST_EVENT_TYPE (event) == GST_EVENT_QOS) {
    GST_OBJECT_LOCK (self);
    gst_mobilenet_qos_read (&self->qos, event);
    GST_OBJECT_UNLOCK (self);
  }
  return GST_BASE_TRANSFORM_CLASS (parent_class)->src_event (trans, event);
}

static gboolean
gst_mobilenet_query (GstBaseTransform *trans, GstPadDirection direction,
    GstQuery *query)
{
  GstMobilenet *self = GST_MOBILENET (trans);

  /* Upstream wants its memory back. */
  if (GST_QUERY_TYPE (query) == GST_QUERY_DRAIN && self->stream) {
    gst_mobilenet_exit_drain (self->exit);
    gst_mobilenet_stream_settle (self->stream);
  }
  if (!GST_BASE_TRANSFORM_CLASS (parent_class)->query (trans, direction, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS && direction == GST_PAD_SINK)
    gst_mobilenet_formats_sort_answer (query);
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY && direction == GST_PAD_SRC)
    gst_mobilenet_add_latency (self, query);
  return TRUE;
}

/* ---- frames ---------------------------------------------------------- */

static GstFlowReturn
gst_mobilenet_submit_input_buffer (GstBaseTransform *trans, gboolean is_discont,
    GstBuffer *buffer)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  GstFlowReturn flow;

  if (gst_mobilenet_lacks_caps (GST_ELEMENT (self),
          GST_BASE_TRANSFORM_SINK_PAD (trans), buffer)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  /* New caps are for what comes, not for what is inside. */
  if (gst_pad_needs_reconfigure (GST_BASE_TRANSFORM_SRC_PAD (trans)))
    gst_mobilenet_exit_drain (self->exit);
  gst_mobilenet_ask_upstream (self);
  gst_mobilenet_props_sync (GST_OBJECT (self), &trans->segment,
      GST_BUFFER_PTS (buffer));
  gst_mobilenet_read_settings (self);
  if (gst_mobilenet_stream_changes (self->stream, &self->live))
    gst_mobilenet_exit_drain (self->exit);
  flow = gst_mobilenet_exit_take_flow (self->exit);
  if (flow != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return flow;
  }
  return GST_BASE_TRANSFORM_CLASS (parent_class)
      ->submit_input_buffer (trans, is_discont, buffer);
}

/* Tells those who want to know what became of the newest frame. */
static void
follow_up (GstMobilenet *self, GstMessage *qos)
{
  guint depth = gst_mobilenet_stream_get_depth (self->stream);
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = self->depth != depth;
  self->depth = depth;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_latency (GST_OBJECT (self)));
  if (qos)
    gst_mobilenet_bus_post (GST_ELEMENT (self), qos);
}

static void
take_buffer (GstMobilenet *self, GstBuffer *buffer)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstMobilenetTime time;
  GstMessage *message = NULL;

  GST_OBJECT_LOCK (self);
  gst_mobilenet_time_read (&time, segment, buffer, self->frame_duration);
  if (self->props.qos)
    time.earliest = self->qos.earliest;
  GST_OBJECT_UNLOCK (self);
  gst_buffer_ref (buffer);
  if (gst_mobilenet_stream_push (self->stream, buffer, &self->live, &time)
      == GST_MOBILENET_PACE_LATE) {
    GST_OBJECT_LOCK (self);
    message = gst_mobilenet_qos_skip (&self->qos, GST_OBJECT (self),
        self->live.live, segment, buffer);
    GST_OBJECT_UNLOCK (self);
  }
  gst_buffer_unref (buffer);
  follow_up (self, message);
}

static GstFlowReturn
gst_mobilenet_generate_output (GstBaseTransform *trans, GstBuffer **outbuf)
{
  GstMobilenet *self = GST_MOBILENET (trans);

  *outbuf = NULL;
  if (trans->queued_buf)
    take_buffer (self, g_steal_pointer (&trans->queued_buf));
  /* Who pulls wants this one. */
  if (GST_PAD_MODE (trans->srcpad) == GST_PAD_MODE_PULL) {
    *outbuf = gst_mobilenet_stream_pull (self->stream, GST_MOBILENET_PULL_ALL);
    return GST_FLOW_OK;
  }
  /* Not by the base class, which knows nothing of those that leave later. */
  return gst_mobilenet_exit_push (self->exit);
}
