/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetplanes.h"

/* Bytes from the beginning of a row to the end of its last pixel. */
static gint64
get_row_size (const GstVideoFrame * frame, guint plane)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  gint64 size = 0;
  guint c;

  /* Pixels that are no whole bytes: all of the row. */
  if (GST_VIDEO_FORMAT_INFO_IS_COMPLEX (finfo))
    return ABS (GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane));
  for (c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS (frame); c++) {
    gint64 last = GST_VIDEO_FRAME_COMP_WIDTH (frame, c) - 1;
    guint bits = GST_VIDEO_FORMAT_INFO_DEPTH (finfo, c)
        + GST_VIDEO_FORMAT_INFO_SHIFT (finfo, c);

    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) == plane)
      size = MAX (size, last * GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c)
          + GST_VIDEO_FORMAT_INFO_POFFSET (finfo, c) + (bits + 7) / 8);
  }
  return size;
}

static gint
get_n_rows (const GstVideoFrame * frame, guint plane)
{
  gint comp[GST_VIDEO_MAX_COMPONENTS];

  gst_video_format_info_component (frame->info.finfo, plane, comp);
  return GST_VIDEO_FRAME_COMP_HEIGHT (frame, comp[0]);
}

static gboolean
plane_holds (const GstVideoFrame * frame, guint plane)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  const GstMapInfo *map = &frame->map[frame->meta ? plane : 0];
  const guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
  gint64 stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
  gint64 before = data - map->data, first, end;

  /* The stride of a plane of tiles is how many there are, both ways. */
  if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
    return before >= 0 && before + (gint64) GST_VIDEO_TILE_X_TILES (stride)
        * GST_VIDEO_TILE_Y_TILES (stride) * finfo->tile_info[plane].size
        <= (gint64) map->size;
  first = end = stride * (get_n_rows (frame, plane) - 1);
  first = before + MIN (first, 0);
  end = before + MAX (end, 0) + get_row_size (frame, plane);
  return first >= 0 && end <= (gint64) map->size;
}

gboolean
gst_mobilenet_planes_hold (const GstVideoFrame * frame)
{
  guint i;

  for (i = 0; i < GST_VIDEO_FRAME_N_PLANES (frame); i++) {
    if (!GST_VIDEO_FORMAT_INFO_HAS_PALETTE (frame->info.finfo)
        && !plane_holds (frame, i))
      return FALSE;
  }
  return TRUE;
}
