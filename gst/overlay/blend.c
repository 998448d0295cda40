/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/blend.h"

#include <string.h>

#include "gst/overlay/spare.h"
#include "gst/overlay/wide.h"

/* A rectangle of bytes of a plane: new = addend + old * weight / 255. */
typedef struct
{
  guint plane;
  gint x, y; /* bytes, rows */
  gint width, height;
  guint8 *weight; /* width * height; and as many addends */
} Patch;

struct _GstMobilenetOverlayBlend
{
  GstVideoOverlayComposition *composition;
  gint x, y;
  GstVideoOverlayComposition *moved; /* composition by x, y */
  GstVideoInfo info;
  gboolean ready; /* patches are those of composition */
  gboolean possible;
  GArray *patches;
};

static void
clear_patch (gpointer data)
{
  g_free (((Patch *) data)->weight);
}

GstMobilenetOverlayBlend *
gst_mobilenet_overlay_blend_new (void)
{
  GstMobilenetOverlayBlend *self = g_new0 (GstMobilenetOverlayBlend, 1);

  self->patches = g_array_new (FALSE, TRUE, sizeof (Patch));
  g_array_set_clear_func (self->patches, clear_patch);
  return self;
}

void
gst_mobilenet_overlay_blend_free (GstMobilenetOverlayBlend *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->composition, gst_video_overlay_composition_unref);
  g_clear_pointer (&self->moved, gst_video_overlay_composition_unref);
  g_array_unref (self->patches);
  g_free (self);
}

/* Where formats of four bytes a pixel have their alpha, or a byte without
 * meaning, which GStreamer's blending takes for alpha; -1: nowhere. */
static gint
find_fourth (const GstVideoInfo *info)
{
  const GstVideoFormatInfo *finfo = info->finfo;

  if (!GST_VIDEO_FORMAT_INFO_IS_RGB (finfo)
      || GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, 0) != 4)
    return -1;
  return 0 + 1 + 2 + 3 - GST_VIDEO_FORMAT_INFO_POFFSET (finfo, 0)
      - GST_VIDEO_FORMAT_INFO_POFFSET (finfo, 1)
      - GST_VIDEO_FORMAT_INFO_POFFSET (finfo, 2);
}

/* Bytes that are components, in lines, and opaque: there blending is linear
 * in each byte. */
static gboolean
is_linear (const GstVideoInfo *info)
{
  const GstVideoFormatInfo *finfo = info->finfo;
  guint i;

  /* One format has alpha and does not say so. */
  if (((GST_VIDEO_FORMAT_INFO_HAS_ALPHA (finfo)
           || GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo) > 3)
          && find_fourth (info) < 0)
      || GST_VIDEO_FORMAT_INFO_IS_TILED (finfo)
      || GST_VIDEO_FORMAT_INFO_IS_COMPLEX (finfo)
      || GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    return FALSE;
  for (i = 0; i < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); i++) {
    if (GST_VIDEO_FORMAT_INFO_DEPTH (finfo, i) != 8
        || GST_VIDEO_FORMAT_INFO_SHIFT (finfo, i) != 0
        || GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, i) == 0)
      return FALSE;
  }
  return TRUE;
}

/* Formats that GStreamer's blending does wrong; of NV61 and VYUY it exchanges
 * the colours of the last pixel of an odd row. */
static gboolean
needs_patches (const GstVideoInfo *info)
{
  GstVideoFormat format = GST_VIDEO_INFO_FORMAT (info);

  return find_fourth (info) >= 0
      || ((format == GST_VIDEO_FORMAT_NV61 || format == GST_VIDEO_FORMAT_VYUY)
          && GST_VIDEO_INFO_WIDTH (info) % 2 == 1);
}

/* Where pixel x, y begins in a plane: bytes and rows. */
static void
locate (const GstVideoFormatInfo *finfo, guint plane, gint x, gint y, gint *at,
    gint *row)
{
  gint comp[GST_VIDEO_MAX_COMPONENTS];

  gst_video_format_info_component (finfo, plane, comp);
  *at = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (finfo, comp[0], x)
      * GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, comp[0]);
  *row = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, comp[0], y);
}

/* Black or white, opaque. */
static void
fill (GstBuffer *buffer, const GstVideoInfo *info, guint8 value)
{
  gint fourth = find_fourth (info);
  GstMapInfo map;
  gsize i;

  if (!gst_buffer_map (buffer, &map, GST_MAP_WRITE))
    return;
  memset (map.data, value, map.size);
  for (i = fourth; fourth >= 0 && i < map.size; i += 4)
    map.data[i] = 255;
  gst_buffer_unmap (buffer, &map);
}

/* Draws the rectangle alone onto a small frame of one value. */
static GstBuffer *
draw_on (const GstVideoInfo *info, GstVideoOverlayComposition *composition,
    guint8 value)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info),
      NULL);
  GstVideoFrame frame;
  gboolean ok;

  if (!buffer)
    return NULL;
  fill (buffer, info, value);
  ok = gst_video_frame_map (&frame, info, buffer, GST_MAP_READWRITE);
  if (ok) {
    ok = gst_video_overlay_composition_blend (composition, &frame);
    gst_video_frame_unmap (&frame);
  }
  if (!ok)
    gst_clear_buffer (&buffer);
  return buffer;
}

/* From what black became, and what white did. */
static void
add_patch (GstMobilenetOverlayBlend *self, const GstVideoFrame *black,
    const GstVideoFrame *white, guint plane, gint x, gint y)
{
  const GstVideoInfo *info = &black->info;
  gsize stride = GST_VIDEO_FRAME_PLANE_STRIDE (black, plane), i;
  gint fourth = find_fourth (info);
  Patch patch = {
    plane,
    0,
  };
  gint row;

  /* Whole chroma samples may go beyond the frame's edges. */
  locate (info->finfo, plane, x, y, &patch.x, &patch.y);
  locate (info->finfo, plane,
      MIN (x + GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_WIDTH (&self->info)),
      MIN (y + GST_VIDEO_INFO_HEIGHT (info),
          GST_VIDEO_INFO_HEIGHT (&self->info)),
      &patch.width, &patch.height);
  patch.width -= patch.x;
  patch.height -= patch.y;
  patch.weight = g_try_malloc (2 * (gsize) patch.width * patch.height);
  /* No memory for it: it is not drawn. */
  if (!patch.weight)
    return;
  for (row = 0; row < patch.height; row++) {
    const guint8 *b = black->data[plane], *w = white->data[plane];
    guint8 *weight = patch.weight + 2 * (gsize) row * patch.width;
    guint8 *addend = weight + patch.width;

    b += row * stride;
    w += row * stride;
    for (i = 0; i < patch.width; i++) {
      gboolean keep = fourth >= 0 && (i & 3) == fourth;

      addend[i] = keep ? 0 : b[i];
      weight[i] = keep ? 255 : w[i] > b[i] ? w[i] - b[i] : 0;
    }
  }
  g_array_append_val (self->patches, patch);
}

/* The frame's part that the rectangle touches, in whole chroma samples. */
static gboolean
find_part (GstVideoOverlayRectangle *rectangle, const GstVideoInfo *info,
    GstVideoRectangle *part)
{
  gint width = GST_ROUND_UP_8 (GST_VIDEO_INFO_WIDTH (info));
  gint height = GST_ROUND_UP_8 (GST_VIDEO_INFO_HEIGHT (info));
  gint x, y, right, bottom;
  guint w, h;

  gst_video_overlay_rectangle_get_render_rectangle (rectangle, &x, &y, &w, &h);
  right = MIN (GST_ROUND_UP_8 (x + (gint) w), width);
  bottom = MIN (GST_ROUND_UP_8 (y + (gint) h), height);
  part->x = MAX (x, 0) & ~7;
  part->y = MAX (y, 0) & ~7;
  part->w = right - part->x;
  part->h = bottom - part->y;
  return part->w > 0 && part->h > 0;
}

static gboolean
add_rectangle (GstMobilenetOverlayBlend *self,
    GstVideoOverlayRectangle *rectangle)
{
  GstVideoOverlayRectangle *moved;
  GstVideoOverlayComposition *alone;
  g_autoptr (GstBuffer) black = NULL;
  g_autoptr (GstBuffer) white = NULL;
  GstVideoFrame b, w;
  GstVideoRectangle part;
  GstVideoInfo info;
  guint width, height, plane;
  gint x, y;

  if (!find_part (rectangle, &self->info, &part))
    return TRUE;
  if (!gst_video_info_set_format (&info, GST_VIDEO_INFO_FORMAT (&self->info),
          part.w, part.h))
    return FALSE;
  info.colorimetry = self->info.colorimetry;
  info.chroma_site = self->info.chroma_site;
  gst_video_overlay_rectangle_get_render_rectangle (rectangle, &x, &y, &width,
      &height);
  moved = gst_video_overlay_rectangle_copy (rectangle);
  gst_video_overlay_rectangle_set_render_rectangle (moved, x - part.x,
      y - part.y, width, height);
  alone = gst_video_overlay_composition_new (moved);
  gst_video_overlay_rectangle_unref (moved);
  black = draw_on (&info, alone, 0);
  white = draw_on (&info, alone, 255);
  gst_video_overlay_composition_unref (alone);
  if (!black || !white || !gst_video_frame_map (&b, &info, black, GST_MAP_READ))
    return FALSE;
  if (!gst_video_frame_map (&w, &info, white, GST_MAP_READ)) {
    gst_video_frame_unmap (&b);
    return FALSE;
  }
  for (plane = 0; plane < GST_VIDEO_INFO_N_PLANES (&info); plane++)
    add_patch (self, &b, &w, plane, part.x, part.y);
  gst_video_frame_unmap (&w);
  gst_video_frame_unmap (&b);
  return TRUE;
}

static void
prepare (GstMobilenetOverlayBlend *self)
{
  guint i, n = gst_video_overlay_composition_n_rectangles (self->moved);

  g_array_set_size (self->patches, 0);
  self->ready = TRUE;
  self->possible = is_linear (&self->info);
  for (i = 0; i < n && self->possible; i++)
    self->possible = add_rectangle (self,
        gst_video_overlay_composition_get_rectangle (self->moved, i));
}

static inline guint8
blend_byte (guint8 old, guint8 weight, guint8 addend)
{
  guint16 product = (guint16) (old * weight + 128);

  return (guint8) (addend + ((product + (product >> 8)) >> 8));
}

static void
blend_row (guint8 *restrict row, const guint8 *restrict weight,
    const guint8 *restrict addend, gint width)
{
  gint i = 0, j;

  /* Of a fixed length, so that compilers use vectors. */
  for (; i + 32 <= width; i += 32) {
    for (j = 0; j < 32; j++)
      row[i + j] = blend_byte (row[i + j], weight[i + j], addend[i + j]);
  }
  for (; i < width; i++)
    row[i] = blend_byte (row[i], weight[i], addend[i]);
}

/* Whether there is no transparency where the patch goes. */
static gboolean
is_opaque (const Patch *patch, const GstVideoFrame *frame, gint fourth)
{
  const guint8 *at = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  guint32 all = G_MAXUINT32;
  guint8 bytes[4];
  gint row, x;

  at += (gssize) patch->y * GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0) + patch->x;
  for (row = 0; row < patch->height; row++) {
    for (x = 0; x < patch->width; x += 4) {
      guint32 pixel;

      memcpy (&pixel, at + x, 4);
      all &= pixel;
    }
    at += GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  }
  memcpy (bytes, &all, 4);
  return bytes[fourth] == 255;
}

static gboolean
are_opaque (const GstMobilenetOverlayBlend *self, const GstVideoFrame *frame)
{
  guint i;

  if (!GST_VIDEO_FORMAT_INFO_HAS_ALPHA (frame->info.finfo))
    return TRUE;
  for (i = 0; i < self->patches->len; i++) {
    if (!is_opaque (&g_array_index (self->patches, Patch, i), frame,
            find_fourth (&frame->info)))
      return FALSE;
  }
  return TRUE;
}

static void
apply_patch (const Patch *patch, GstVideoFrame *frame)
{
  gssize stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, patch->plane);
  guint8 *at = GST_VIDEO_FRAME_PLANE_DATA (frame, patch->plane);
  const guint8 *weight = patch->weight;
  gint row;

  at += patch->y * stride + patch->x;
  for (row = 0; row < patch->height; row++) {
    blend_row (at, weight, weight + patch->width, patch->width);
    at += stride;
    weight += 2 * (gsize) patch->width;
  }
}

/* A reference on it, where it need not be moved. */
static GstVideoOverlayComposition *
move (GstVideoOverlayComposition *composition, gint x, gint y)
{
  guint i, n = gst_video_overlay_composition_n_rectangles (composition);
  GstVideoOverlayComposition *moved = NULL;

  if (x == 0 && y == 0)
    return gst_video_overlay_composition_ref (composition);
  for (i = 0; i < n; i++) {
    GstVideoOverlayRectangle *rectangle = gst_video_overlay_rectangle_copy (
        gst_video_overlay_composition_get_rectangle (composition, i));
    gint left, top;
    guint width, height;

    gst_video_overlay_rectangle_get_render_rectangle (rectangle, &left, &top,
        &width, &height);
    gst_video_overlay_rectangle_set_render_rectangle (rectangle, left + x,
        top + y, width, height);
    if (moved)
      gst_video_overlay_composition_add_rectangle (moved, rectangle);
    else
      moved = gst_video_overlay_composition_new (rectangle);
    gst_video_overlay_rectangle_unref (rectangle);
  }
  return moved;
}

static void
take (GstMobilenetOverlayBlend *self, GstVideoOverlayComposition *composition,
    gint x, gint y, const GstVideoInfo *info)
{
  gst_video_overlay_composition_ref (composition);
  g_clear_pointer (&self->composition, gst_video_overlay_composition_unref);
  g_clear_pointer (&self->moved, gst_video_overlay_composition_unref);
  self->composition = composition;
  self->moved = move (composition, x, y);
  self->x = x;
  self->y = y;
  self->info = *info;
  self->ready = self->possible = FALSE;
}

/* GStreamer's way. It takes the last tile of a row as a whole where it does
 * not know better: there is memory for that. */
static void
blend_anew (GstVideoOverlayComposition *composition, GstVideoFrame *frame)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  GstVideoFrame whole = *frame;
  guint tile = GST_VIDEO_FORMAT_INFO_IS_TILED (finfo)
      ? finfo->tile_info[0].width
      : 1;

  if (tile > 1)
    whole.info.width = (whole.info.width + tile - 1) / tile * tile;
  if (gst_mobilenet_overlay_wide_takes (finfo))
    gst_mobilenet_overlay_wide_blend (composition, &whole);
  else
    gst_video_overlay_composition_blend (composition, &whole);
}

/* The same, where the frame is as it has to be for that; else in a copy. */
static void
blend_safely (GstVideoOverlayComposition *composition, GstVideoFrame *frame)
{
  g_autofree gpointer memory = NULL;
  GstVideoFrame copy;

  if (!gst_mobilenet_overlay_spare_needed (frame)) {
    blend_anew (composition, frame);
    return;
  }
  memory = gst_mobilenet_overlay_spare_new (frame, &copy);
  if (!memory)
    return;
  blend_anew (composition, &copy);
  gst_mobilenet_overlay_spare_bring (&copy, frame);
}

void
gst_mobilenet_overlay_blend_apply (GstMobilenetOverlayBlend *self,
    GstVideoOverlayComposition *composition, gint x, gint y,
    GstVideoFrame *frame)
{
  gboolean again = self->composition == composition && self->x == x
      && self->y == y
      && GST_VIDEO_INFO_FORMAT (&self->info) == GST_VIDEO_FRAME_FORMAT (frame)
      && GST_VIDEO_INFO_WIDTH (&self->info) == GST_VIDEO_FRAME_WIDTH (frame)
      && GST_VIDEO_INFO_HEIGHT (&self->info) == GST_VIDEO_FRAME_HEIGHT (frame);
  guint i;

  if (!again)
    take (self, composition, x, y, &frame->info);
  if (gst_mobilenet_overlay_wide_takes (frame->info.finfo)) {
    blend_safely (self->moved, frame);
    return;
  }
  if (!self->ready && (again || needs_patches (&frame->info)))
    prepare (self);
  if (!self->possible || !are_opaque (self, frame)) {
    blend_safely (self->moved, frame);
    return;
  }
  for (i = 0; i < self->patches->len; i++)
    apply_patch (&g_array_index (self->patches, Patch, i), frame);
}
