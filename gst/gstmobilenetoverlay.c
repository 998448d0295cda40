/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-mobilenetoverlay
 * @title: mobilenetoverlay
 * @see_also: mobilenet
 *
 * Draws the classes of the whole frame that it finds in a buffer's metadata,
 * with their confidences as bars: those of every mobilenet before it, and
 * classification metadata of GstAnalytics that others attached.
 *
 * Where downstream takes #GstVideoOverlayCompositionMeta, the drawing is
 * attached to the buffer; else it is blended into the frame. A frame without
 * a result passes untouched.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 videotestsrc pattern=smpte ! mobilenet ! mobilenetoverlay ! \
 *     videoconvert ! autovideosink
 * ]|
 */

#include "gst/gstmobilenetoverlay.h"

#include <gst/video/video.h>

#include "gst/gstmobilenetanalytics.h"
#include "gst/gstmobilenetframe.h"
#include "gst/gstmobilenetmeta.h"
#include "gst/overlaydraw.h"

GST_DEBUG_CATEGORY_STATIC (gst_mobilenet_overlay_debug);
#define GST_CAT_DEFAULT gst_mobilenet_overlay_debug

/* The streaming thread's, all of it. */
struct _GstMobilenetOverlay
{
  GstBaseTransform parent;

  GstVideoInfo info;
  gboolean has_info;
  gboolean attach_known;        /* downstream was asked, under these caps */
  gboolean attach;              /* it takes compositions */
  GstMobilenetOverlayDraw *draw;
  GPtrArray *panels;            /* of the frame at hand */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_MOBILENET_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_MOBILENET_CAPS));

static void gst_mobilenet_overlay_finalize (GObject * object);
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

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "MobileNet overlay", "Filter/Editor/Video",
      "Draws the classes that mobilenet attached", "The gst-mobilenet authors");

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
  self->panels = g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_mobilenet_overlay_panel_free);
}

static void
gst_mobilenet_overlay_finalize (GObject * object)
{
  GstMobilenetOverlay *self = GST_MOBILENET_OVERLAY (object);

  gst_mobilenet_overlay_draw_free (self->draw);
  g_ptr_array_unref (self->panels);
  G_OBJECT_CLASS (parent_class)->finalize (object);
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

/* ---- what to draw ---------------------------------------------------- */

static void
read_result (GstMobilenetOverlay * self, const GstStructure * result)
{
  const GValue *classes = gst_structure_get_value (result, "classes");
  GstMobilenetOverlayPanel *panel;
  guint i, n;

  if (g_strcmp0 (gst_structure_get_string (result, "task"),
          "classification") != 0 || !classes
      || !GST_VALUE_HOLDS_ARRAY (classes))
    return;
  n = gst_value_array_get_size (classes);
  if (n == 0)
    return;
  panel = gst_mobilenet_overlay_panel_new (gst_structure_get_string (result,
          "element"));
  for (i = 0; i < n; i++) {
    const GValue *value = gst_value_array_get_value (classes, i);
    const GstStructure *class = GST_VALUE_HOLDS_STRUCTURE (value) ?
        gst_value_get_structure (value) : NULL;
    const gchar *label = class ?
        gst_structure_get_string (class, "label") : NULL;
    gdouble confidence = 0.0;

    if (label && gst_structure_get_double (class, "confidence", &confidence))
      gst_mobilenet_overlay_panel_add (panel, label, confidence);
  }
  g_ptr_array_add (self->panels, panel);
}

/* mobilenet attaches its classes twice; the second time is not news. */
static gboolean
is_known (GstBuffer * buffer, const GstMobilenetScore * best)
{
  const GstStructure *result;
  gpointer state = NULL;

  while ((result = gst_mobilenet_meta_iterate (buffer, &state))) {
    gdouble confidence;

    if (gst_structure_get_double (result, "confidence", &confidence)
        && (gfloat) confidence == (gfloat) best->confidence
        && g_strcmp0 (gst_structure_get_string (result, "label"),
            best->label) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
read_analytics (GstMobilenetOverlay * self, GstBuffer * buffer)
{
  GstMobilenetScore classes[GST_MOBILENET_OVERLAY_MAX_LINES];
  gpointer state = NULL;
  guint n, i;

  while (gst_mobilenet_analytics_iterate (buffer, &state, classes,
          G_N_ELEMENTS (classes), &n)) {
    GstMobilenetOverlayPanel *panel;

    if (n == 0 || is_known (buffer, &classes[0]))
      continue;
    panel = gst_mobilenet_overlay_panel_new (NULL);
    for (i = 0; i < n; i++)
      gst_mobilenet_overlay_panel_add (panel, classes[i].label,
          classes[i].confidence);
    g_ptr_array_add (self->panels, panel);
  }
}

static void
read_panels (GstMobilenetOverlay * self, GstBuffer * buffer)
{
  const GstStructure *result;
  gpointer state = NULL;

  g_ptr_array_set_size (self->panels, 0);
  while ((result = gst_mobilenet_meta_iterate (buffer, &state)))
    read_result (self, result);
  read_analytics (self, buffer);
  if (self->panels->len == 1) {
    GstMobilenetOverlayPanel *panel = self->panels->pdata[0];

    /* Nothing to be told apart. */
    g_clear_pointer (&panel->title, g_free);
  }
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
  gst_video_overlay_composition_blend (composition, &frame);
  gst_video_frame_unmap (&frame);
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
  read_panels (self, buffer);
  if (self->panels->len > 0)
    composition = gst_mobilenet_overlay_draw_update (self->draw, self->panels);
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
