/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-mobilenetoverlay
 * @title: mobilenetoverlay
 * @see_also: mobilenet
 *
 * Draws what it finds in a buffer's metadata: the classes of the whole frame,
 * with their confidences as bars, those of every mobilenet before it and of
 * classification metadata of GstAnalytics that others attached; boxes around
 * the objects of GstAnalytics and around regions of interest; and, from 1.26
 * on, the regions of segmentation masks.
 *
 * Where downstream takes #GstVideoOverlayCompositionMeta, the drawing is
 * attached to the buffer, in coordinates of its visible part; else it is
 * blended into the frame. A frame without a result passes untouched.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 videotestsrc pattern=smpte ! mobilenet ! mobilenetoverlay ! \
 *     videoconvert ! autovideosink
 * ]|
 */

#include "gst/gstmobilenetoverlay.h"

#include <gst/video/video.h>

#include "gst/gstmobilenetframe.h"
#include "gst/gstmobilenetmeta.h"
#include "gst/overlayblend.h"
#include "gst/overlaydraw.h"

GST_DEBUG_CATEGORY_STATIC (gst_mobilenet_overlay_debug);
#define GST_CAT_DEFAULT gst_mobilenet_overlay_debug

struct _GstMobilenetOverlay
{
  GstBaseTransform parent;

  GstMobilenetOverlayStyle style;       /* object lock, and the next */
  gboolean style_changed;

  /* The streaming thread's. */
  GstVideoInfo info;
  gboolean has_info;
  gboolean attach_known;        /* downstream was asked, under these caps */
  gboolean attach;              /* it takes compositions */
  MnRect visible;               /* of the frame at hand */
  GstMobilenetOverlayDraw *draw;
  GstMobilenetOverlayBlend *blend;
  GstMobilenetOverlayScene scene;       /* of the frame at hand */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_MOBILENET_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_MOBILENET_CAPS));

static void gst_mobilenet_overlay_finalize (GObject * object);
static void gst_mobilenet_overlay_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec);
static void gst_mobilenet_overlay_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec);
static gboolean gst_mobilenet_overlay_set_caps (GstBaseTransform * trans,
    GstCaps * incaps, GstCaps * outcaps);
static gboolean gst_mobilenet_overlay_stop (GstBaseTransform * trans);
static GstFlowReturn gst_mobilenet_overlay_generate_output (GstBaseTransform *
    trans, GstBuffer ** outbuf);

#define gst_mobilenet_overlay_parent_class parent_class
G_DEFINE_TYPE (GstMobilenetOverlay, gst_mobilenet_overlay,
    GST_TYPE_BASE_TRANSFORM);
GST_ELEMENT_REGISTER_DEFINE (mobilenetoverlay, "mobilenetoverlay",
    GST_RANK_NONE, GST_TYPE_MOBILENET_OVERLAY);

static void
gst_mobilenet_overlay_class_init (GstMobilenetOverlayClass * class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (class);

  GST_DEBUG_CATEGORY_INIT (gst_mobilenet_overlay_debug, "mobilenetoverlay",
      0, "MobileNet results drawn");

  object_class->finalize = gst_mobilenet_overlay_finalize;
  object_class->set_property = gst_mobilenet_overlay_set_property;
  object_class->get_property = gst_mobilenet_overlay_get_property;
  gst_mobilenet_overlay_style_install (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "MobileNet overlay", "Filter/Editor/Video",
      "Draws labels, boxes and masks from metadata",
      "The gst-mobilenet authors");

  /* A pass-through for the base class; a frame is written to only when there
   * is something to blend. */
  trans_class->set_caps = GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_set_caps);
  trans_class->stop = GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_stop);
  trans_class->generate_output =
      GST_DEBUG_FUNCPTR (gst_mobilenet_overlay_generate_output);

  gst_mobilenet_meta_get_info ();
}

static void
gst_mobilenet_overlay_init (GstMobilenetOverlay * self)
{
  self->draw = gst_mobilenet_overlay_draw_new ();
  self->blend = gst_mobilenet_overlay_blend_new ();
  gst_mobilenet_overlay_scene_init (&self->scene);
  gst_mobilenet_overlay_style_init (&self->style);
}

static void
gst_mobilenet_overlay_finalize (GObject * object)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (object);

  gst_mobilenet_overlay_draw_free (self->draw);
  gst_mobilenet_overlay_blend_free (self->blend);
  gst_mobilenet_overlay_scene_clear (&self->scene);
  gst_mobilenet_overlay_style_clear (&self->style);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
gst_mobilenet_overlay_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
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
gst_mobilenet_overlay_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec)
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
gst_mobilenet_overlay_set_caps (GstBaseTransform * trans, GstCaps * incaps,
    GstCaps * outcaps)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (trans);

  if (!gst_video_info_from_caps (&self->info, incaps))
    return FALSE;
  self->has_info = TRUE;
  self->attach_known = FALSE;
  self->visible = (MnRect) {
  0, 0, GST_VIDEO_INFO_WIDTH (&self->info),
        GST_VIDEO_INFO_HEIGHT (&self->info)};
  gst_mobilenet_overlay_draw_set_size (self->draw, &self->info);
  return TRUE;
}

static gboolean
gst_mobilenet_overlay_stop (GstBaseTransform * trans)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (trans);

  self->has_info = FALSE;
  return TRUE;
}

/* ---- onto the buffer ------------------------------------------------- */

static void
ask_downstream (GstMobilenetOverlay * self)
{
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (self);
  g_autoptr (GstCaps) caps = NULL;
  GstQuery *query;

  if (self->attach_known)
    return;
  self->attach_known = TRUE;
  self->attach = FALSE;
  caps = gst_pad_get_current_caps (pad);
  query = gst_query_new_allocation (caps, FALSE);
  if (gst_pad_peer_query (pad, query))
    self->attach = gst_query_find_allocation_meta (query,
        GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
  gst_query_unref (query);
  GST_DEBUG_OBJECT (self, "drawings are %s",
      self->attach ? "attached" : "blended");
}

/* Puts the rectangles on top of what others attached. */
static void
attach_composition (GstBuffer * buffer,
    GstVideoOverlayComposition * composition)
{
  GstVideoOverlayCompositionMeta *meta =
      gst_buffer_get_video_overlay_composition_meta (buffer);
  GstVideoOverlayComposition *both;
  guint i;

  if (!meta) {
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

static void
blend_composition (GstMobilenetOverlay * self, GstBuffer * buffer,
    GstVideoOverlayComposition * composition)
{
  GstVideoInfo *info = &self->info;
  GstVideoFrame frame;

  if (!gst_mobilenet_buffer_fits (buffer, info)
      || !gst_video_frame_map (&frame, info, buffer, GST_MAP_READWRITE)) {
    GST_WARNING_OBJECT (self, "cannot draw on a buffer that does not hold "
        "its frame");
    return;
  }
  gst_mobilenet_overlay_blend_apply (self->blend, composition,
      self->visible.x, self->visible.y, &frame);
  gst_video_frame_unmap (&frame);
}

static void
read_style (GstMobilenetOverlay * self)
{
  GstMobilenetOverlayStyle style = { NULL, };
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

/* Drawings are placed in the visible part, as caps tell its size. FALSE:
 * there is none. */
static gboolean
look_at (GstMobilenetOverlay * self, GstBuffer * buffer)
{
  GstVideoInfo info = self->info;
  MnRect visible;
  guint width, height;

  if (!gst_mobilenet_buffer_get_visible (buffer, &info, &width, &height,
          &visible)) {
    GST_WARNING_OBJECT (self, "the visible part of a buffer lies outside of "
        "its frame of %ux%u", width, height);
    return FALSE;
  }
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
gst_mobilenet_overlay_generate_output (GstBaseTransform * trans,
    GstBuffer ** outbuf)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (trans);
  GstBuffer *buffer = g_steal_pointer (&trans->queued_buf);
  GstVideoOverlayComposition *composition = NULL;

  *outbuf = buffer;
  if (!buffer || !self->has_info)
    return GST_FLOW_OK;
  read_style (self);
  if (look_at (self, buffer)
      && gst_mobilenet_overlay_scene_read (&self->scene, buffer,
          self->visible.x, self->visible.y))
    composition = gst_mobilenet_overlay_draw_update (self->draw, &self->scene);
  if (!composition)
    return GST_FLOW_OK;
  ask_downstream (self);
  *outbuf = buffer = gst_buffer_make_writable (buffer);
  if (self->attach)
    attach_composition (buffer, composition);
  else
    blend_composition (self, buffer, composition);
  return GST_FLOW_OK;
}
