/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/overlay/spare.h"

#include <string.h>

#include "gst/video/planes.h"

/* Bytes behind rows, and their alignment; a tile of ten bits, at least. */
#define SLACK 2048
#define ALIGNMENT 64

/* What a plane's rows and their strides must be multiples of. */
static gsize
get_unit (const GstVideoFormatInfo *finfo)
{
  gint size = GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, 0);

  /* Two pixels at once are packed where chroma is that of two. */
  if (finfo->n_planes == 1 && GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1))
    size = GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, 1);
  return size % 8 == 0 && size > 0 ? 8 : 4;
}

gboolean
gst_mobilenet_overlay_spare_needed (const GstVideoFrame *frame)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  gboolean tiled = GST_VIDEO_FORMAT_INFO_IS_TILED (finfo);
  gsize mask = get_unit (finfo) - 1;
  guint i;

  if (gst_mobilenet_planes_grouped_row (finfo, 0, 1) > 0
      || (tiled && GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 0) % 8 != 0))
    return TRUE;
  for (i = 0; i < GST_VIDEO_FRAME_N_PLANES (frame); i++) {
    if (((gsize) GST_VIDEO_FRAME_PLANE_DATA (frame, i) & mask) != 0
        || (!tiled && (GST_VIDEO_FRAME_PLANE_STRIDE (frame, i) & mask) != 0))
      return TRUE;
  }
  return FALSE;
}

static gsize
align (gsize size)
{
  return (size + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
}

/* Bytes of each of the plane's rows; tiles are one row. */
static gsize
get_shape (const GstVideoFrame *frame, guint plane, guint *n_rows)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);

  *n_rows = 1;
  if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
    return (gsize) GST_VIDEO_TILE_X_TILES (stride)
        * GST_VIDEO_TILE_Y_TILES (stride) * finfo->tile_info[plane].size;
  *n_rows = gst_mobilenet_planes_count_rows (finfo, plane,
      GST_VIDEO_FRAME_HEIGHT (frame));
  return gst_mobilenet_planes_row_bytes (finfo, plane,
      GST_VIDEO_FRAME_WIDTH (frame), GST_VIDEO_FRAME_HEIGHT (frame));
}

static void
copy_rows (const GstVideoFrame *from, GstVideoFrame *to)
{
  guint i, y, n_rows;

  for (i = 0; i < GST_VIDEO_FRAME_N_PLANES (from); i++) {
    gsize bytes = get_shape (from, i, &n_rows);
    const guint8 *in = GST_VIDEO_FRAME_PLANE_DATA (from, i);
    guint8 *out = GST_VIDEO_FRAME_PLANE_DATA (to, i);

    for (y = 0; y < n_rows; y++)
      memcpy (out + (gssize) y * GST_VIDEO_FRAME_PLANE_STRIDE (to, i),
          in + (gssize) y * GST_VIDEO_FRAME_PLANE_STRIDE (from, i), bytes);
  }
}

gpointer
gst_mobilenet_overlay_spare_new (const GstVideoFrame *frame,
    GstVideoFrame *copy)
{
  gsize offset[GST_VIDEO_MAX_PLANES], size = ALIGNMENT;
  gboolean tiled = GST_VIDEO_FORMAT_INFO_IS_TILED (frame->info.finfo);
  guint i, n_rows;
  gpointer memory;
  guint8 *first;

  *copy = *frame;
  for (i = 0; i < GST_VIDEO_FRAME_N_PLANES (frame); i++) {
    gsize bytes = align (get_shape (frame, i, &n_rows) + SLACK);

    if (!tiled)
      copy->info.stride[i] = (gint) bytes;
    offset[i] = size;
    if (bytes > G_MAXINT || !g_size_checked_mul (&bytes, bytes, (gsize) n_rows)
        || !g_size_checked_add (&size, size, bytes))
      return NULL;
  }
  memory = g_try_malloc0 (size);
  if (!memory)
    return NULL;
  first = (guint8 *) align ((gsize) memory) - ALIGNMENT;
  for (i = 0; i < GST_VIDEO_FRAME_N_PLANES (frame); i++)
    copy->data[i] = first + offset[i];
  copy_rows (frame, copy);
  return memory;
}

void
gst_mobilenet_overlay_spare_bring (const GstVideoFrame *copy,
    GstVideoFrame *frame)
{
  copy_rows (copy, frame);
}
