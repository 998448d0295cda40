/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/planes.h"

#include <string.h>

/* Bytes of a palette of 256 colours. */
#define PALETTE_SIZE (256 * 4)

/* The picture, and what is usual for one of its size. */
typedef struct
{
  const GstVideoFormatInfo *finfo;
  guint width, height;
  gint stride[GST_VIDEO_MAX_PLANES]; /* of formats that have odd rows */
} Picture;

/* ---- shapes ---------------------------------------------------------- */

gsize
gst_mobilenet_planes_grouped_row (const GstVideoFormatInfo *finfo, guint plane,
    gsize width)
{
  /* Both colours of two pixels. */
  if (plane > 0)
    width = (width + 1) / 2 * 2;
  switch (GST_VIDEO_FORMAT_INFO_FORMAT (finfo)) {
    case GST_VIDEO_FORMAT_v210:
      return (width + 5) / 6 * 16;
    case GST_VIDEO_FORMAT_UYVP:
      return (width + 1) / 2 * 5;
    case GST_VIDEO_FORMAT_IYU1:
      return (width + 3) / 4 * 6;
    case GST_VIDEO_FORMAT_GRAY10_LE32:
    case GST_VIDEO_FORMAT_NV12_10LE32:
    case GST_VIDEO_FORMAT_NV16_10LE32:
      return (width + 2) / 3 * 4;
    case GST_VIDEO_FORMAT_NV12_10LE40:
      return (width + 3) / 4 * 5;
    default:
      return 0;
  }
}

/* The component that fills the plane; of several any. */
static guint
component_of (const GstVideoFormatInfo *finfo, guint plane)
{
  guint c;

  for (c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) == plane)
      return c;
  }
  return 0;
}

/* As GST_VIDEO_SUB_SCALE, of numbers that may be as large as there are. */
static gint64
scale_down (gint64 n, guint shift)
{
  return (n + (1 << shift) - 1) >> shift;
}

guint
gst_mobilenet_planes_count_rows (const GstVideoFormatInfo *finfo, guint plane,
    guint height)
{
  if (plane == 1 && GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    return 1;
  return scale_down (height,
      GST_VIDEO_FORMAT_INFO_H_SUB (finfo, component_of (finfo, plane)));
}

/* Bytes that a row must have. The usual ones of some formats are not always
 * as many as are read: see unpack.c. */
static gint64
row_bytes (const Picture *picture, guint plane)
{
  const GstVideoFormatInfo *finfo = picture->finfo;
  gint64 grouped = gst_mobilenet_planes_grouped_row (finfo, plane,
      picture->width);
  guint c = component_of (finfo, plane);

  if (plane == 1 && GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    return PALETTE_SIZE;
  if (grouped > 0)
    return MIN (grouped, picture->stride[plane]);
  if (GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c) == 0)
    return picture->stride[plane];
  /* Both pixels of the last pair have their brightness. */
  if (finfo->n_planes == 1 && GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1))
    c = 1;
  return scale_down (picture->width, GST_VIDEO_FORMAT_INFO_W_SUB (finfo, c))
      * GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c);
}

/* Whether it takes what is usual to know what rows are like. */
static gboolean
has_odd_rows (const GstVideoFormatInfo *finfo)
{
  guint c;

  for (c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    if (GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c) == 0)
      return TRUE;
  }
  return GST_VIDEO_FORMAT_INFO_IS_TILED (finfo)
      || gst_mobilenet_planes_grouped_row (finfo, 0, 1) > 0;
}

static gboolean
find_usual (Picture *picture)
{
  GstVideoInfo usual;

  if (!has_odd_rows (picture->finfo))
    return TRUE;
  if (!gst_video_info_set_format (&usual,
          GST_VIDEO_FORMAT_INFO_FORMAT (picture->finfo), picture->width,
          picture->height))
    return FALSE;
  memcpy (picture->stride, usual.stride, sizeof (picture->stride));
  return TRUE;
}

gsize
gst_mobilenet_planes_row_bytes (const GstVideoFormatInfo *finfo, guint plane,
    guint width, guint height)
{
  Picture picture = {finfo, width, height};

  return find_usual (&picture) ? row_bytes (&picture, plane) : 0;
}

/* ---- the check ------------------------------------------------------- */

/* The stride of a plane of tiles is how many there are, both ways. */
static gboolean
tiles_fit (const Picture *picture, guint plane, gint stride, guint64 room)
{
  guint x = GST_VIDEO_TILE_X_TILES (stride);
  guint y = GST_VIDEO_TILE_Y_TILES (stride);
  guint usual = picture->stride[plane];

  return stride > 0 && x >= GST_VIDEO_TILE_X_TILES (usual)
      && y >= GST_VIDEO_TILE_Y_TILES (usual)
      && (guint64) x * y * picture->finfo->tile_info[plane].size <= room;
}

/* Whether the plane, whose first row is at offset in a memory of size bytes,
 * lies in that. */
static gboolean
plane_fits (const Picture *picture, guint plane, gint stride, gint64 offset,
    gsize size)
{
  const GstVideoFormatInfo *finfo = picture->finfo;
  gint64 row = row_bytes (picture, plane), span, first, end;
  gint64 last = (gint64) gst_mobilenet_planes_count_rows (finfo, plane,
                    picture->height)
      - 1;

  if (offset < 0 || offset > G_MAXSSIZE || (gsize) offset > size)
    return FALSE;
  if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo))
    return tiles_fit (picture, plane, stride, size - offset);
  /* Rows may not overlap: that would be a mistake in the stride. */
  if (last > 0 && ABS ((gint64) stride) < row)
    return FALSE;
  /* 31 bits each, and sums of a few such products' size: nothing is lost. */
  span = stride * last;
  first = offset + MIN (span, 0);
  end = MAX (span, 0) + row;
  return first >= 0 && end <= (gint64) (MIN (size, G_MAXSSIZE) - offset);
}

/* FALSE: there can be no such frame. */
static gboolean
picture_init (Picture *picture, GstBuffer *buffer, const GstVideoInfo *info,
    GstMobilenetField field, GError **error)
{
  MnRect visible;

  memset (picture, 0, sizeof (*picture));
  picture->finfo = info->finfo;
  if (!gst_mobilenet_buffer_get_visible (buffer, info, &picture->width,
          &picture->height, &visible)) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "the visible part of a buffer (GstVideoCropMeta) lies outside of its "
        "frame of %ux%u",
        picture->width, picture->height);
    return FALSE;
  }
  if (field == GST_MOBILENET_FIELD_FIRST || field == GST_MOBILENET_FIELD_ALONE)
    picture->height = scale_down (picture->height, 1);
  if (find_usual (picture))
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
      "there is no %s frame of %ux%u", GST_VIDEO_INFO_NAME (info),
      picture->width, picture->height);
  return FALSE;
}

/* GStreamer names known ones only, and complains of others. */
static const gchar *
name_format (GstVideoFormat format)
{
  const GstVideoFormat *formats;
  guint n, i;

  formats = gst_video_formats_raw (&n);
  for (i = 0; i < n; i++) {
    if (formats[i] == format)
      return gst_video_format_to_string (format);
  }
  return "no known format";
}

/* plane: the one to blame; -1: all, or none. */
static gboolean
refuse (const Picture *picture, GstBuffer *buffer, const GstVideoInfo *info,
    gint plane, GError **error)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  g_autofree gchar *says = NULL;

  if (meta && plane < 0)
    says = g_strdup_printf (": its GstVideoMeta is of %s, %ux%u",
        name_format (meta->format), meta->width, meta->height);
  else if (meta)
    says =
        g_strdup_printf (": by its GstVideoMeta plane %d is at %" G_GSIZE_FORMAT
                         " and has a stride of %d",
            plane, meta->offset[plane], meta->stride[plane]);
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
      "a buffer of %" G_GSIZE_FORMAT
      " bytes does not hold a %s frame of %ux%u%s",
      gst_buffer_get_size (buffer), GST_VIDEO_INFO_NAME (info), picture->width,
      picture->height, says ? says : "");
  return FALSE;
}

/* What gst_video_frame_map asserts, and what it calls. */
static gboolean
meta_fits (const GstVideoMeta *meta, const GstVideoInfo *info,
    GstMobilenetField field)
{
  guint height = GST_VIDEO_INFO_HEIGHT (info);

  if (field == GST_MOBILENET_FIELD_FIRST)
    height = scale_down (height, 1);
  return meta->format == GST_VIDEO_INFO_FORMAT (info)
      && meta->n_planes == GST_VIDEO_INFO_N_PLANES (info)
      && meta->width >= (guint) GST_VIDEO_INFO_WIDTH (info)
      && meta->height >= height && meta->width <= G_MAXINT
      && meta->height <= G_MAXINT && meta->map && meta->unmap;
}

/* GstVideoMeta's own way to map a plane: the memory that it begins in. */
static gpointer
get_usual_map (void)
{
  static gsize map = 0;

  if (g_once_init_enter (&map)) {
    g_autoptr (GstBuffer) buffer = gst_buffer_new ();
    GstVideoMeta *meta = gst_buffer_add_video_meta (buffer,
        GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 1, 1);

    g_once_init_leave (&map, (gsize) meta->map);
  }
  return (gpointer) map;
}

gboolean
gst_mobilenet_planes_are_plain (GstBuffer *buffer)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  return !meta || (gpointer) meta->map == get_usual_map ();
}

static gboolean
plane_is_there (const Picture *picture, const GstVideoMeta *meta,
    GstBuffer *buffer, guint plane)
{
  gsize skip, size;
  guint index, n;

  if (!gst_buffer_find_memory (buffer, meta->offset[plane], 1, &index, &n,
          &skip))
    return FALSE;
  size = gst_memory_get_sizes (gst_buffer_peek_memory (buffer, index), NULL,
      NULL);
  return plane_fits (picture, plane, meta->stride[plane], skip, size);
}

static gboolean
check (Picture *picture, GstBuffer *buffer, const GstVideoInfo *info,
    GstMobilenetField field, GError **error)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  guint i;

  if (!picture_init (picture, buffer, info, field, error))
    return FALSE;
  if (!meta)
    return gst_buffer_get_size (buffer) >= GST_VIDEO_INFO_SIZE (info)
        || refuse (picture, buffer, info, -1, error);
  if (!meta_fits (meta, info, field))
    return refuse (picture, buffer, info, -1, error);
  if (!gst_mobilenet_planes_are_plain (buffer))
    return TRUE;
  for (i = 0; i < meta->n_planes; i++) {
    if (!plane_is_there (picture, meta, buffer, i))
      return refuse (picture, buffer, info, i, error);
  }
  return TRUE;
}

gboolean
gst_mobilenet_planes_check (GstBuffer *buffer, const GstVideoInfo *info,
    GstMobilenetField field, GError **error)
{
  Picture picture;

  return check (&picture, buffer, info, field, error);
}

/* ---- mapped ---------------------------------------------------------- */

static const GstMapInfo *
map_of (const GstVideoFrame *frame, guint plane)
{
  return &frame->map[frame->meta ? plane : 0];
}

/* FALSE: *plane is the first that does not lie where it was mapped. */
static gboolean
frame_fits (const Picture *picture, const GstVideoFrame *frame, guint *plane)
{
  guint i;

  for (i = 0; i < GST_VIDEO_FRAME_N_PLANES (frame); i++) {
    const guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (frame, i);
    const GstMapInfo *map = map_of (frame, i);

    *plane = i;
    if (!data || !map->data || data < map->data
        || !plane_fits (picture, i, GST_VIDEO_FRAME_PLANE_STRIDE (frame, i),
            data - map->data, map->size))
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_mobilenet_planes_map (GstVideoFrame *frame, GstBuffer *buffer,
    const GstVideoInfo *info, GstMobilenetField field, GstMapFlags flags,
    GError **error)
{
  GstVideoInfo stored = *info;
  Picture picture;
  guint plane;

  if (!check (&picture, buffer, info, field, error))
    return FALSE;
  if (field == GST_MOBILENET_FIELD_FIRST)
    stored.height = scale_down (stored.height, 1);
  /* A map function may leave out what nobody asks for. */
  memset (frame, 0, sizeof (*frame));
  if (!gst_video_frame_map (frame, &stored, buffer, flags)) {
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "a buffer with a %s frame of %ux%u cannot be mapped",
        GST_VIDEO_INFO_NAME (info), picture.width, picture.height);
    return FALSE;
  }
  if (!frame_fits (&picture, frame, &plane)) {
    gst_video_frame_unmap (frame);
    return refuse (&picture, buffer, info, plane, error);
  }
  frame->info.width = picture.width;
  frame->info.height = picture.height;
  return TRUE;
}

gsize
gst_mobilenet_planes_get_size (const GstVideoFrame *frame, guint plane,
    const guint8 *data, gssize stride, guint n_rows)
{
  const GstMapInfo *map = map_of (frame, plane);
  gssize up = stride < 0 && n_rows > 0 ? -stride * (gssize) (n_rows - 1) : 0;

  return map->size - (data - map->data - up);
}
