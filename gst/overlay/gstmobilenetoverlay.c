/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-mobilenetoverlay
 * @title: mobilenetoverlay
 * @see_also: mobilenet
 *
 * Draws what it finds in a buffer's metadata: the classes of the whole frame,
 * with their confidences as bars, those of every mobilenet before it and of
 * classification metadata of GstAnalytics that others attached; boxes around
 * the objects of GstAnalytics and around regions of interest, the 100 largest
 * of them; and, from 1.26 on, the regions of segmentation masks.
 *
 * Where downstream takes #GstVideoOverlayCompositionMeta, the drawing is
 * attached to the buffer, in coordinates of its visible part, and the caps
 * have that feature; else it is blended into the frame. That is found out
 * anew whenever something changes downstream. A frame without a result passes
 * untouched, and so does one that is not in its buffer as its metadata says; a
 * warning says so once.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 videotestsrc pattern=smpte ! mobilenet ! mobilenetoverlay ! \
 *     videoconvert ! autovideosink
 * ]|
 */

#include "gst/overlay/gstmobilenetoverlay.h"

#include <gst/video/video.h>

#include "gst/base/post.h"
#include "gst/video/formats.h"
#include "gst/video/frame.h"
#include "gst/meta/custom.h"
#include "gst/video/nocaps.h"
#include "gst/video/planes.h"
#include "gst/overlay/blend.h"
#include "gst/overlay/draw.h"

#define COMPOSITION GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION

GST_DEBUG_CATEGORY_STATIC (gst_mobilenet_overlay_debug);
#define GST_CAT_DEFAULT gst_mobilenet_overlay_debug

struct _GstMobilenetOverlay
{
  GstBaseTransform parent;

  GstMobilenetOverlayStyle style; /* object lock, and the next */
  gboolean style_changed;
  gint changed; /* atomic: something is, downstream */

  /* The streaming thread's. */
  GstVideoInfo info;
  gboolean has_info;
  gboolean attach; /* downstream takes compositions */
  gboolean warned; /* of a frame of these caps */
  MnRect visible;  /* of the frame at hand */
  GstMobilenetOverlayDraw *draw;
  GstMobilenetOverlayBlend *blend;
  GstMobilenetOverlayScene scene; /* of the frame at hand */
};

static void gst_mobilenet_overlay_finalize (GObject *object);
static void gst_mobilenet_overlay_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec);
static void gst_mobilenet_overlay_get_property (GObject *object, guint id,
    GValue *value, GParamSpec *pspec);
static GstCaps *gst_mobilenet_overlay_transform_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter);
static gboolean gst_mobilenet_overlay_accept_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps);
static gboolean
gst_mobilenet_overlay_sink_event (GstBaseTransform *trans, GstEvent *event);
static gboolean
gst_mobilenet_overlay_src_event (GstBaseTransform *trans, GstEvent *event);
static gboolean gst_mobilenet_overlay_stop (GstBaseTransform *trans);
static GstFlowReturn
gst_mobilenet_overlay_submit_input_buffer (GstBaseTransform *trans,
    gboolean is_discont, GstBuffer *buffer);
static gboolean gst_mobilenet_overlay_query (GstBaseTransform *trans,
    GstPadDirection direction, GstQuery *query);
static GstFlowReturn
gst_mobilenet_overlay_generate_output (GstBaseTransform *trans,
    GstBuffer **outbuf);

#define gst_mobilenet_overlay_parent_class parent_class
G_DEFINE_TYPE (GstMobilenetOverlay, gst_mobilenet_overlay,
    GST_TYPE_BASE_TRANSFORM);
GST_ELEMENT_REGISTER_DEFINE (mobilenetoverlay, "mobilenetoverlay",
    GST_RANK_NONE, GST_TYPE_MOBILENET_OVERLAY);

static void
gst_mobilenet_overlay_class_init (GstMobilenetOverlayClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (class);
  g_autoptr (GstCaps) caps = gst_mobilenet_formats_draw_caps ();

  GST_DEBUG_CATEGORY_INIT (gst_mobilenet_overlay_debug, "mobilenetoverlay", 0,
      "MobileNet results drawn");

  object_class->finalize = gst_mobilenet_overlay_finalize;
  object_class->set_property = gst_mobilenet_overlay_set_property;
  object_class->get_property = gst_mobilenet_overlay_get_property;
  gst_mobilenet_overlay_style_install (object_class);

  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element_class,
      gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (element_class, "MobileNet overlay",
      "Filter/Editor/Video", "Draws labels, boxes and masks from metadata",
      "The gst-mobilenet authors");

  /* A pass-through for the base class; a frame is written to only when there
   * is something to blend. Caps are negotiated here: the base class knows
   * nothing between the same caps and others. */
  trans_class->transform_caps =
      GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_transform_caps);
  trans_class
      ->accept_caps = GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_accept_caps);
  trans_class
      ->sink_event = GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_sink_event);
  trans_class->src_event = GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_src_event);
  trans_class->submit_input_buffer =
      GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_submit_input_buffer);
  trans_class->stop = GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_stop);
  trans_class->query = GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_query);
  trans_class->generate_output =
      GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_generate_output);

  gst_mobilenet_meta_get_info ();
}

static void
gst_mobilenet_overlay_init (GstMobilenetOverlay *self)
{
  self->draw = gst_mobilenet_overlay_draw_new ();
  self->blend = gst_mobilenet_overlay_blend_new ();
  gst_mobilenet_overlay_scene_init (&self->scene, GST_ELEMENT (self));
  gst_mobilenet_overlay_style_init (&self->style);
  gst_mobilenet_formats_explain (GST_BASE_TRANSFORM_SINK_PAD (self));
}

static void
gst_mobilenet_overlay_finalize (GObject *object)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (object);

  gst_mobilenet_overlay_draw_free (self->draw);
  gst_mobilenet_overlay_blend_free (self->blend);
  gst_mobilenet_overlay_scene_clear (&self->scene);
  gst_mobilenet_overlay_style_clear (&self->style);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
gst_mobilenet_overlay_set_property (GObject *object, guint id,
    const GValue *value, GParamSpec *pspec)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_mobilenet_overlay_style_set (&self->style, id, value);
  self->style_changed |= known;
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_mobilenet_overlay_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_mobilenet_overlay_style_get (&self->style, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static gboolean
gst_mobilenet_overlay_stop (GstBaseTransform *trans)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (trans);

  self->has_info = FALSE;
  return TRUE;
}

static gboolean
gst_mobilenet_overlay_query (GstBaseTransform *trans, GstPadDirection direction,
    GstQuery *query)
{
  if (!GST_BASE_TRANSFORM_CLASS (parent_class)->query (trans, direction, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS && direction == GST_PAD_SINK)
    gst_mobilenet_formats_sort_answer (query);
  return TRUE;
}

/* ---- negotiation ----------------------------------------------------- */

/* The caps of buffers with compositions. */
static GstCaps *
add_feature (GstCaps *caps)
{
  GstCaps *result = gst_caps_copy (caps);
  guint i;

  for (i = 0; i < gst_caps_get_size (result); i++) {
    GstCapsFeatures *features = gst_caps_get_features (result, i);

    if (!gst_caps_features_is_any (features)
        && !gst_caps_features_contains (features, COMPOSITION))
      gst_caps_features_add (features, COMPOSITION);
  }
  return result;
}

static GstCaps *
remove_feature (GstCaps *caps)
{
  GstCaps *result = gst_caps_copy (caps);
  guint i;

  for (i = 0; i < gst_caps_get_size (result); i++)
    gst_caps_features_remove (gst_caps_get_features (result, i), COMPOSITION);
  return result;
}

/* To caps without the feature it can be added; what has it already cannot be
 * rid of it, for others' drawings are on the buffers. */
static GstCaps *
gst_mobilenet_overlay_transform_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter)
{
  g_autoptr (GstCaps) result = NULL;

  if (direction == GST_PAD_SINK)
    result = gst_caps_merge (add_feature (caps), gst_caps_ref (caps));
  else
    result = gst_caps_merge (gst_caps_ref (caps), remove_feature (caps));
  return filter
      ? gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST)
      : g_steal_pointer (&result);
}

/* The base class would look at the template only. */
static gboolean
gst_mobilenet_overlay_accept_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps)
{
  GstPad *pad = direction == GST_PAD_SINK ? GST_BASE_TRANSFORM_SINK_PAD (trans)
                                          : GST_BASE_TRANSFORM_SRC_PAD (trans);
  g_autoptr (GstCaps) taken = gst_pad_query_caps (pad, caps);

  return !gst_caps_is_empty (taken);
}

static gboolean
peer_takes (GstPad *pad, GstCaps *caps)
{
  g_autoptr (GstCaps) taken = gst_pad_peer_query_caps (pad, caps);

  return !gst_caps_is_empty (taken);
}

static gboolean
set_src_caps (GstPad *pad, GstCaps *caps)
{
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (pad);

  return (current && gst_caps_is_equal (current, caps))
      || gst_pad_push_event (pad, gst_event_new_caps (caps));
}

static gboolean
peer_takes_compositions (GstPad *pad, GstCaps *caps)
{
  GstQuery *query = gst_query_new_allocation (caps, FALSE);
  gboolean takes = gst_pad_peer_query (pad, query)
      && gst_query_find_allocation_meta (query,
          GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);

  gst_query_unref (query);
  return takes;
}

/* As textoverlay does: drawings are attached where downstream takes caps that
 * say so, and names their meta when it is asked for an allocation, which many
 * elements answer only under the caps they have; else they are blended. Where
 * upstream attaches already, and where caps with the feature are the only
 * ones that downstream takes, there is no choice. FALSE: asked again with the
 * next buffer. */
static gboolean
negotiate (GstMobilenetOverlay *self, GstCaps *caps)
{
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (self);
  g_autoptr (GstCaps) with = add_feature (caps);
  gboolean ok;

  g_atomic_int_set (&self->changed, FALSE);
  self->attach = gst_caps_is_equal (caps, with)
      || (peer_takes (pad, with) && set_src_caps (pad, with)
          && (peer_takes_compositions (pad, with) || !peer_takes (pad, caps)));
  ok = set_src_caps (pad, self->attach ? with : caps);
  if (!ok)
    g_atomic_int_set (&self->changed, TRUE);
  GST_DEBUG_OBJECT (self, "drawings are %s",
      self->attach ? "attached" : "blended");
  return ok;
}

static gboolean
set_caps (GstMobilenetOverlay *self, GstCaps *caps)
{
  self->has_info = gst_video_info_from_caps (&self->info, caps);
  if (!self->has_info) {
    gst_mobilenet_formats_refuse (GST_ELEMENT (self), caps);
    return FALSE;
  }
  self->visible = (MnRect) {0, 0, GST_VIDEO_INFO_WIDTH (&self->info),
    GST_VIDEO_INFO_HEIGHT (&self->info)};
  self->warned = FALSE;
  gst_mobilenet_overlay_draw_set_size (self->draw, &self->info);
  return negotiate (self, caps);
}

static gboolean
gst_mobilenet_overlay_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (trans);
  GstCaps *caps;
  gboolean ok;

  /* What was said while flushing was lost. */
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    g_atomic_int_set (&self->changed, TRUE);
  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return GST_BASE_TRANSFORM_CLASS (parent_class)->sink_event (trans, event);
  gst_event_parse_caps (event, &caps);
  ok = set_caps (self, caps);
  gst_event_unref (event);
  return ok;
}

/* Another branch, or a sink that changed its mind. */
static gboolean
gst_mobilenet_overlay_src_event (GstBaseTransform *trans, GstEvent *event)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (trans);

  if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
    g_atomic_int_set (&self->changed, TRUE);
  return GST_BASE_TRANSFORM_CLASS (parent_class)->src_event (trans, event);
}

static GstFlowReturn
negotiate_again (GstMobilenetOverlay *self)
{
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (self);
  g_autoptr (GstCaps) caps = NULL;

  if (!g_atomic_int_get (&self->changed))
    return GST_FLOW_OK;
  caps = gst_pad_get_current_caps (GST_BASE_TRANSFORM_SINK_PAD (self));
  if (!caps || negotiate (self, caps))
    return GST_FLOW_OK;
  return GST_PAD_IS_FLUSHING (pad) ? GST_FLOW_FLUSHING
                                   : GST_FLOW_NOT_NEGOTIATED;
}

static GstFlowReturn
gst_mobilenet_overlay_submit_input_buffer (GstBaseTransform *trans,
    gboolean is_discont, GstBuffer *buffer)
{
  GstFlowReturn result;

  if (gst_mobilenet_lacks_caps (GST_ELEMENT (trans),
          GST_BASE_TRANSFORM_SINK_PAD (trans), buffer)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  /* The base class would go back to caps without the feature first. */
  gst_pad_check_reconfigure (GST_BASE_TRANSFORM_SRC_PAD (trans));
  result = negotiate_again (GST_MOBILENET_OVERLAY (trans));
  if (result != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return result;
  }
  return GST_BASE_TRANSFORM_CLASS (parent_class)
      ->submit_input_buffer (trans, is_discont, buffer);
}

/* ---- onto the buffer ------------------------------------------------- */

/* Puts the rectangles on top of what others attached. */
static void
attach_composition (GstBuffer *buffer, GstVideoOverlayComposition *composition)
{
  GstVideoOverlayCompositionMeta
      *meta = gst_buffer_get_video_overlay_composition_meta (buffer);
  GstVideoOverlayComposition *both;
  guint i;

  if (!meta || !meta->overlay) {
    gst_buffer_add_video_overlay_composition_meta (buffer, composition);
    return;
  }
  both = gst_video_overlay_composition_copy (meta->overlay);
  for (i = 0; i < gst_video_overlay_composition_n_rectangles (composition); i++)
    gst_video_overlay_composition_add_rectangle (both,
        gst_video_overlay_composition_get_rectangle (composition, i));
  gst_video_overlay_composition_unref (meta->overlay);
  meta->overlay = both;
}

/* A frame that is not what it says goes on as it is. */
static void
warn (GstMobilenetOverlay *self, const GError *error)
{
  g_autofree gchar *text = NULL;

  GST_DEBUG_OBJECT (self, "not drawn on: %s", error->message);
  if (self->warned)
    return;
  self->warned = TRUE;
  text = g_strdup_printf ("A frame passes without a drawing: %s. This is said "
                          "once.",
      error->message);
  gst_mobilenet_post_warning (GST_ELEMENT (self), GST_STREAM_ERROR,
      GST_STREAM_ERROR_FAILED, text);
}

static void
blend_composition (GstMobilenetOverlay *self, GstBuffer *buffer,
    GstVideoOverlayComposition *composition)
{
  g_autoptr (GError) error = NULL;
  GstVideoFrame frame;

  if (!gst_mobilenet_planes_map (&frame, buffer, &self->info,
          GST_MOBILENET_FIELD_NONE, GST_MAP_READWRITE, &error)) {
    warn (self, error);
    return;
  }
  gst_mobilenet_overlay_blend_apply (self->blend, composition, self->visible.x,
      self->visible.y, &frame);
  gst_video_frame_unmap (&frame);
}

static void
read_style (GstMobilenetOverlay *self)
{
  GstMobilenetOverlayStyle style = {
    NULL,
  };
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = self->style_changed;
  self->style_changed = FALSE;
  if (changed)
    gst_mobilenet_overlay_style_copy (&self->style, &style);
  GST_OBJECT_UNLOCK (self);
  if (changed)
    gst_mobilenet_overlay_draw_set_style (self->draw, &style);
  gst_mobilenet_overlay_style_clear (&style);
}

/* Drawings are placed in the visible part, as caps tell its size. FALSE: the
 * buffer does not hold its frame. */
static gboolean
look_at (GstMobilenetOverlay *self, GstBuffer *buffer)
{
  g_autoptr (GError) error = NULL;
  GstVideoInfo info = self->info;
  MnRect visible;
  guint width, height;

  if (!gst_mobilenet_planes_check (buffer, &info, GST_MOBILENET_FIELD_NONE,
          &error)) {
    warn (self, error);
    return FALSE;
  }
  gst_mobilenet_buffer_get_visible (buffer, &info, &width, &height, &visible);
  if (visible.width != self->visible.width
      || visible.height != self->visible.height) {
    info.width = visible.width;
    info.height = visible.height;
    gst_mobilenet_overlay_draw_set_size (self->draw, &info);
  }
  self->visible = visible;
  return TRUE;
}

static GstFlowReturn
gst_mobilenet_overlay_generate_output (GstBaseTransform *trans,
    GstBuffer **outbuf)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (trans);
  GstBuffer *buffer = g_steal_pointer (&trans->queued_buf);
  GstVideoOverlayComposition *composition = NULL;

  GstFlowReturn result;

  *outbuf = buffer;
  if (!buffer || !self->has_info)
    return GST_FLOW_OK;
  /* The base class may have come first after all. */
  result = negotiate_again (self);
  if (result != GST_FLOW_OK) {
    gst_clear_buffer (outbuf);
    return result;
  }
  read_style (self);
  if (look_at (self, buffer)
      && gst_mobilenet_overlay_scene_read (&self->scene, buffer,
          self->visible.x, self->visible.y))
    composition = gst_mobilenet_overlay_draw_update (self->draw, &self->scene);
  if (!composition)
    return GST_FLOW_OK;
  *outbuf = buffer = gst_buffer_make_writable (buffer);
  if (self->attach)
    attach_composition (buffer, composition);
  else
    blend_composition (self, buffer, composition);
  return GST_FLOW_OK;
}
