/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/wide.h"

#include <string.h>

/* Unpacking goes on to the end of a group of pixels. */
#define SLACK 16
#define N_COLOURS 256

/* A frame on its way. */
typedef struct
{
  GstVideoFrame *frame;
  const GstVideoFormatInfo *finfo;
  gboolean wide;   /* values of an unpacked pixel have 16 bits */
  guint max_alpha; /* what opaque is unpacked to, at least; 0:
                    * all is opaque */
  guint8 *line;    /* unpacked */
  guint8 colours[(N_COLOURS + SLACK) * 4]; /* of the palette */
  guint8 known[4], nearest;                /* the last one looked for */
  gboolean has_known;
} Canvas;

/* Bits of no use that are unpacked as if they were alpha. */
static gboolean
pretends_alpha (const GstVideoFormatInfo *finfo)
{
  guint8 zeros[64] = {
    0,
  };
  guint16 pixels[4 * (1 + SLACK)] = {
    0,
  };
  gpointer data[GST_VIDEO_MAX_PLANES] = {
    zeros,
  };
  gint stride[GST_VIDEO_MAX_PLANES] = {
    sizeof (zeros),
  };

  if (finfo->unpack_format != GST_VIDEO_FORMAT_ARGB64 || finfo->n_planes > 1
      || GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo) > 3)
    return FALSE;
  finfo->unpack_func (finfo, GST_VIDEO_PACK_FLAG_NONE, pixels, data, stride, 0,
      0, 1);
  return pixels[0] != 0xffff;
}

gboolean
gst_mobilenet_overlay_wide_takes (const GstVideoFormatInfo *finfo)
{
  gboolean alpha = GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo) > 3;

  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    return finfo->unpack_format == GST_VIDEO_FORMAT_ARGB;
  return (alpha
             && (finfo->unpack_format == GST_VIDEO_FORMAT_ARGB64
                 || (finfo->unpack_format == GST_VIDEO_FORMAT_AYUV64
                     && GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 3) < 8)))
      || pretends_alpha (finfo);
}

/* ---- pixels ---------------------------------------------------------- */

/* Values are 0..1, the first is alpha; over's are multiplied by it. */
static void
blend_pixel (gfloat pixel[4], const gfloat over[4])
{
  gfloat below = pixel[0] * (1 - over[0]), alpha = over[0] + below;
  guint c;

  for (c = 1; c < 4 && alpha > 0; c++)
    pixel[c] = MIN ((over[c] + pixel[c] * below) / alpha, 1);
  pixel[0] = alpha;
}

static void
read_pixel (const Canvas *self, guint x, gfloat pixel[4])
{
  guint c;

  for (c = 0; c < 4; c++)
    pixel[c] = self->wide ? ((guint16 *) self->line)[4 * x + c] / 65535.f
                          : self->line[4 * x + c] / 255.f;
  pixel[0] = self->max_alpha > 0 ? MIN (pixel[0] * 65535 / self->max_alpha, 1)
                                 : 1;
}

static void
write_pixel (const Canvas *self, guint x, const gfloat pixel[4])
{
  guint c;

  for (c = 0; c < 4; c++) {
    if (self->wide)
      ((guint16 *) self->line)[4 * x + c] = pixel[c] * 65535 + 0.5f;
    else
      self->line[4 * x + c] = pixel[c] * 255 + 0.5f;
  }
}

/* ---- palettes -------------------------------------------------------- */

static void
read_palette (Canvas *self)
{
  guint8 indices[N_COLOURS + SLACK] = {
    0,
  };
  gpointer data[GST_VIDEO_MAX_PLANES] = {indices, self->frame->data[1]};
  gint stride[GST_VIDEO_MAX_PLANES] = {
    sizeof (indices), self->frame->info.stride[1]};
  guint i;

  for (i = 0; i < N_COLOURS; i++)
    indices[i] = i;
  self->finfo->unpack_func (self->finfo, GST_VIDEO_PACK_FLAG_NONE,
      self->colours, data, stride, 0, 0, N_COLOURS);
}

static guint8
find_colour (Canvas *self, const guint8 wanted[4])
{
  guint best = G_MAXUINT, i, c;

  if (self->has_known && memcmp (self->known, wanted, 4) == 0)
    return self->nearest;
  for (i = 0; i < N_COLOURS; i++) {
    guint distance = 0;

    for (c = 0; c < 4; c++) {
      gint d = wanted[c] - self->colours[4 * i + c];

      distance += d * d;
    }
    if (distance < best) {
      best = distance;
      self->nearest = i;
    }
  }
  memcpy (self->known, wanted, 4);
  self->has_known = TRUE;
  return self->nearest;
}

/* ---- rectangles ------------------------------------------------------ */

/* As the frame's colours are meant; over's are multiplied by its alpha. */
static void
convert_over (const Canvas *self, gfloat over[4])
{
  GstVideoInfo *info = &self->frame->info;
  gint offset[4], scale[4], c;
  gdouble red, blue, y, last;

  if (GST_VIDEO_INFO_IS_RGB (info))
    return;
  if (!gst_video_color_matrix_get_Kr_Kb (info->colorimetry.matrix, &red, &blue))
    gst_video_color_matrix_get_Kr_Kb (GST_VIDEO_COLOR_MATRIX_BT601, &red,
        &blue);
  gst_video_color_range_offsets (info->colorimetry.range, info->finfo, offset,
      scale);
  last = (1 << GST_VIDEO_INFO_COMP_DEPTH (info, 0)) - 1;
  y = red * over[1] + (1 - red - blue) * over[2] + blue * over[3];
  over[2] = (over[3] - y) / (1 - blue) / 2;
  over[3] = (over[1] - y) / (1 - red) / 2;
  over[1] = y;
  for (c = 0; c < 3; c++)
    over[1 + c] = (over[1 + c] * scale[c] + over[0] * offset[c]) / last;
}

/* Pixels of a rectangle as they lie: ARGB words in this machine's order. */
static void
read_over (const Canvas *self, const guint8 *at, gfloat over[4])
{
  guint32 word;
  guint c;

  memcpy (&word, at, 4);
  for (c = 0; c < 4; c++)
    over[c] = (word >> (24 - 8 * c) & 255) / 255.f;
  convert_over (self, over);
}

/* Row y of the frame; over: what comes onto pixels x .. end - 1. */
static void
blend_row (Canvas *self, const guint8 *over, gint x, gint end, gint y)
{
  GstVideoFrame *frame = self->frame;
  gboolean palette = GST_VIDEO_FORMAT_INFO_HAS_PALETTE (self->finfo);
  guint8 *indices = (guint8 *) frame->data[0]
      + (gssize) y * GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);

  self->finfo->unpack_func (self->finfo, GST_VIDEO_PACK_FLAG_NONE, self->line,
      frame->data, frame->info.stride, 0, y, end);
  for (; x < end; x++, over += 4) {
    gfloat pixel[4], above[4];

    read_over (self, over, above);
    if (above[0] == 0)
      continue;
    read_pixel (self, x, pixel);
    blend_pixel (pixel, above);
    write_pixel (self, x, pixel);
    if (palette)
      indices[x] = find_colour (self, self->line + 4 * x);
  }
  if (!palette)
    self->finfo->pack_func (self->finfo, GST_VIDEO_PACK_FLAG_NONE, self->line,
        0, frame->data, frame->info.stride, GST_VIDEO_CHROMA_SITE_UNKNOWN, y,
        end);
}

static void
blend_rectangle (Canvas *self, GstVideoOverlayRectangle *rectangle)
{
  GstVideoFrame *frame = self->frame;
  GstBuffer *pixels = gst_video_overlay_rectangle_get_pixels_argb (rectangle,
      GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA);
  GstVideoMeta *meta = gst_buffer_get_video_meta (pixels);
  gint left, top, x, end, y, bottom, stride;
  GstMapInfo map;
  guint8 *data;

  gst_video_overlay_rectangle_get_render_rectangle (rectangle, &left, &top,
      NULL, NULL);
  x = MAX (left, 0);
  end = MIN (left + (gint) meta->width, GST_VIDEO_FRAME_WIDTH (frame));
  bottom = MIN (top + (gint) meta->height, GST_VIDEO_FRAME_HEIGHT (frame));
  if (x >= end
      || !gst_video_meta_map (meta, 0, &map, (gpointer *) &data, &stride,
          GST_MAP_READ))
    return;
  for (y = MAX (top, 0); y < bottom; y++)
    blend_row (self, data + (gssize) (y - top) * stride + 4 * (x - left), x,
        end, y);
  gst_video_meta_unmap (meta, 0, &map);
}

void
gst_mobilenet_overlay_wide_blend (GstVideoOverlayComposition *composition,
    GstVideoFrame *frame)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  guint n = gst_video_overlay_composition_n_rectangles (composition), i;
  guint bits = GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo) > 3
      ? GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 3)
      : 0;
  Canvas self = {frame, finfo};

  self.wide = !GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo);
  self.max_alpha = self.wide && bits < 16 ? (0xffffu << (16 - bits)) & 0xffff
                                          : 0xffff;
  self.line = g_try_malloc (((gsize) GST_VIDEO_FRAME_WIDTH (frame) + SLACK) * 4
      * sizeof (guint16));
  /* No memory for it: nothing is drawn. */
  if (!self.line)
    return;
  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    read_palette (&self);
  for (i = 0; i < n; i++)
    blend_rectangle (&self,
        gst_video_overlay_composition_get_rectangle (composition, i));
  g_free (self.line);
}
