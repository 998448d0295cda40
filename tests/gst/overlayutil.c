/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/overlayutil.h"

const gchar *const test_overlay_formats[TEST_N_OVERLAY_FORMATS] = {"NV12",
  "NV21", "I420", "YV12", "YUY2", "UYVY", "RGB", "BGR", "RGBA", "BGRA", "RGBx",
  "BGRx", "GRAY8"};

static const GstMobilenetScore scores[] = {
  {7, 0.91, "Egyptian cat, of a name that is quite long"}, {3, 0.25, "broken"},
  {1, 0.0, "no-signal"}};

void
test_overlay_attach (GstBuffer *buffer, const gchar *element, guint n)
{
  GstMobilenetResult result = {.element = element,
    .model = "m",
    .task = "classification",
    .backend = "cpu",
    .fresh = TRUE,
    .n_classes = n,
    .classes = scores};

  gst_mobilenet_meta_attach (buffer, &result);
}

GstHarness *
test_overlay_open (const gchar *caps, gboolean takes_meta)
{
  GstHarness *h = gst_harness_new ("mobilenetoverlay");

  if (takes_meta)
    gst_harness_add_propose_allocation_meta (h,
        GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
  gst_harness_set_src_caps_str (h, caps);
  return h;
}

GstVideoOverlayComposition *
test_overlay_get_composition (GstBuffer *buffer)
{
  GstVideoOverlayCompositionMeta
      *meta = gst_buffer_get_video_overlay_composition_meta (buffer);

  return meta ? meta->overlay : NULL;
}

void
test_overlay_get_rectangle (GstBuffer *buffer, guint n, GstVideoRectangle *r)
{
  guint width, height;

  gst_video_overlay_rectangle_get_render_rectangle (
      gst_video_overlay_composition_get_rectangle (
          test_overlay_get_composition (buffer), n),
      &r->x, &r->y, &width, &height);
  r->w = width;
  r->h = height;
}
