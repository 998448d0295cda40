/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/mask.h"

#include "gst/video/planes.h"
#include "gst/overlay/canvas.h"

guint
gst_mobilenet_overlay_colour (guint n)
{
  static const guint palette[] = {0xffe69f00, 0xff56b4e9, 0xff009e73,
    0xfff0e442, 0xff0072b2, 0xffd55e00, 0xffcc79a7, 0xffffffff};

  return palette[n % G_N_ELEMENTS (palette)];
}

/* Premultiplied; region 0 is the background. */
static guint32
mask_pixel (guint region)
{
  guint colour = gst_mobilenet_overlay_colour (region - 1);
  guint32 pixel = 0x66000000, i;

  if (region == 0)
    return 0;
  for (i = 0; i < 24; i += 8)
    pixel |= (((colour >> i) & 255) * 0x66 / 255) << i;
  return pixel;
}

static void
colour_mask (const GstVideoFrame *mask, GstMobilenetCanvas *canvas)
{
  gboolean wide = GST_VIDEO_FRAME_FORMAT (mask) == GST_VIDEO_FORMAT_GRAY16_LE;
  gint x, y;

  for (y = 0; y < canvas->height; y++) {
    guint32 *out = (guint32 *) (canvas->pixels + (gsize) y * canvas->stride);
    const guint8 *in = GST_VIDEO_FRAME_PLANE_DATA (mask, 0);

    in += (gssize) y * GST_VIDEO_FRAME_PLANE_STRIDE (mask, 0);
    for (x = 0; x < canvas->width; x++)
      out[x] = mask_pixel (wide ? GST_READ_UINT16_LE (in + 2 * x) : in[x]);
  }
}

GstBuffer *
gst_mobilenet_overlay_mask_draw (const GstMobilenetMask *mask)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (mask->buffer);
  GstBuffer *pixels = NULL;
  GstMobilenetCanvas canvas;
  GstVideoFrame frame;
  GstVideoInfo info;

  if (!meta
      || (meta->format != GST_VIDEO_FORMAT_GRAY8
          && meta->format != GST_VIDEO_FORMAT_GRAY16_LE)
      || !gst_video_info_set_format (&info, meta->format, meta->width,
          meta->height)
      || !gst_mobilenet_planes_map (&frame, mask->buffer, &info,
          GST_MOBILENET_FIELD_NONE, GST_MAP_READ, NULL))
    return NULL;
  if (gst_mobilenet_canvas_open (&canvas, info.width, info.height)) {
    cairo_surface_flush (canvas.surface);
    colour_mask (&frame, &canvas);
    cairo_surface_mark_dirty (canvas.surface);
    pixels = gst_mobilenet_canvas_close (&canvas);
  }
  gst_video_frame_unmap (&frame);
  return pixels;
}
