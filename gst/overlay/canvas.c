/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/canvas.h"

#include <gst/video/video.h>

gboolean
gst_mobilenet_canvas_open (GstMobilenetCanvas *canvas, gint width, gint height)
{
  canvas->stride = cairo_format_stride_for_width (CAIRO_FORMAT_ARGB32, width);
  canvas->width = width;
  canvas->height = height;
  canvas->pixels = width > 0 && height > 0 && canvas->stride > 0
      ? g_try_malloc0 ((gsize) canvas->stride * height)
      : NULL;
  if (!canvas->pixels)
    return FALSE;
  canvas->surface = cairo_image_surface_create_for_data (canvas->pixels,
      CAIRO_FORMAT_ARGB32, width, height, canvas->stride);
  canvas->cr = cairo_create (canvas->surface);
  return TRUE;
}

GstBuffer *
gst_mobilenet_canvas_close (GstMobilenetCanvas *canvas)
{
  gsize offset[GST_VIDEO_MAX_PLANES] = {
    0,
  };
  gint strides[GST_VIDEO_MAX_PLANES] = {
    canvas->stride,
  };
  GstBuffer *buffer;

  cairo_destroy (canvas->cr);
  cairo_surface_flush (canvas->surface);
  cairo_surface_destroy (canvas->surface);
  buffer = gst_buffer_new_wrapped (canvas->pixels,
      (gsize) canvas->stride * canvas->height);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, canvas->width, canvas->height,
      1, offset, strides);
  return buffer;
}

void
gst_mobilenet_canvas_put (GstMobilenetCanvas *canvas, GstBuffer *pixels, gint x,
    gint y)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (pixels);
  cairo_surface_t *surface;
  GstMapInfo map;

  if (!gst_buffer_map (pixels, &map, GST_MAP_READ))
    return;
  surface = cairo_image_surface_create_for_data (map.data, CAIRO_FORMAT_ARGB32,
      meta->width, meta->height, meta->stride[0]);
  cairo_set_source_surface (canvas->cr, surface, x, y);
  cairo_paint (canvas->cr);
  cairo_set_source_rgb (canvas->cr, 0, 0, 0);
  cairo_surface_destroy (surface);
  gst_buffer_unmap (pixels, &map);
}
