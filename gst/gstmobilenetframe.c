/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/gstmobilenetframe.h"

#include <string.h>

static const struct
{
  GstVideoFormat gst;
  MnFormat mn;
} formats[] = {
  {GST_VIDEO_FORMAT_NV12, MN_FORMAT_NV12},
  {GST_VIDEO_FORMAT_NV21, MN_FORMAT_NV21},
  {GST_VIDEO_FORMAT_I420, MN_FORMAT_I420},
  {GST_VIDEO_FORMAT_YV12, MN_FORMAT_I420},
  {GST_VIDEO_FORMAT_YUY2, MN_FORMAT_YUY2},
  {GST_VIDEO_FORMAT_UYVY, MN_FORMAT_UYVY},
  {GST_VIDEO_FORMAT_RGB, MN_FORMAT_RGB},
  {GST_VIDEO_FORMAT_BGR, MN_FORMAT_BGR},
  {GST_VIDEO_FORMAT_RGBA, MN_FORMAT_RGBX},
  {GST_VIDEO_FORMAT_RGBx, MN_FORMAT_RGBX},
  {GST_VIDEO_FORMAT_BGRA, MN_FORMAT_BGRX},
  {GST_VIDEO_FORMAT_BGRx, MN_FORMAT_BGRX},
  {GST_VIDEO_FORMAT_GRAY8, MN_FORMAT_GRAY8},
  {GST_VIDEO_FORMAT_xRGB, MN_FORMAT_XRGB},
  {GST_VIDEO_FORMAT_ARGB, MN_FORMAT_XRGB},
  {GST_VIDEO_FORMAT_xBGR, MN_FORMAT_XBGR},
  {GST_VIDEO_FORMAT_ABGR, MN_FORMAT_XBGR},
  {GST_VIDEO_FORMAT_YVYU, MN_FORMAT_YVYU},
  {GST_VIDEO_FORMAT_NV16, MN_FORMAT_NV16},
  {GST_VIDEO_FORMAT_NV24, MN_FORMAT_NV24},
  {GST_VIDEO_FORMAT_Y42B, MN_FORMAT_Y42B},
  {GST_VIDEO_FORMAT_Y444, MN_FORMAT_Y444},
  {GST_VIDEO_FORMAT_P010_10LE, MN_FORMAT_P010_LE},
  {GST_VIDEO_FORMAT_P010_10BE, MN_FORMAT_P010_BE},
  {GST_VIDEO_FORMAT_I420_10LE, MN_FORMAT_I420_10LE},
  {GST_VIDEO_FORMAT_I420_10BE, MN_FORMAT_I420_10BE},
  {GST_VIDEO_FORMAT_I422_10LE, MN_FORMAT_I422_10LE},
  {GST_VIDEO_FORMAT_Y444_10LE, MN_FORMAT_Y444_10LE},
  {GST_VIDEO_FORMAT_GRAY16_LE, MN_FORMAT_GRAY16_LE},
  {GST_VIDEO_FORMAT_NV12_4L4, MN_FORMAT_NV12_4L4},
  {GST_VIDEO_FORMAT_NV12_32L32, MN_FORMAT_NV12_32L32},
  {GST_VIDEO_FORMAT_NV12_64Z32, MN_FORMAT_NV12_64Z32},
};

static MnMatrix
get_matrix (const GstVideoInfo * info)
{
  switch (info->colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT709:
      return MN_MATRIX_BT709;
    case GST_VIDEO_COLOR_MATRIX_BT601:
      return MN_MATRIX_BT601;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return MN_MATRIX_BT2020;
    case GST_VIDEO_COLOR_MATRIX_FCC:
      return MN_MATRIX_FCC;
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
      return MN_MATRIX_SMPTE240M;
    default:
      return info->height > 576 ? MN_MATRIX_BT709 : MN_MATRIX_BT601;
  }
}

static gboolean
is_full_range (const GstVideoInfo * info)
{
  switch (info->colorimetry.range) {
    case GST_VIDEO_COLOR_RANGE_0_255:
      return TRUE;
    case GST_VIDEO_COLOR_RANGE_16_235:
      return FALSE;
    default:
      return !GST_VIDEO_INFO_IS_YUV (info);
  }
}

static guint
get_chroma_site (const GstVideoInfo * info, gboolean full_range)
{
  GstVideoChromaSite site = GST_VIDEO_INFO_CHROMA_SITE (info);
  guint flags = MN_SITE_CENTRE;

  if (site == GST_VIDEO_CHROMA_SITE_UNKNOWN)
    return full_range ? MN_SITE_CENTRE : MN_SITE_H_COSITED;
  if (site & GST_VIDEO_CHROMA_SITE_H_COSITED)
    flags |= MN_SITE_H_COSITED;
  if (site & GST_VIDEO_CHROMA_SITE_V_COSITED)
    flags |= MN_SITE_V_COSITED;
  return flags;
}

gboolean
gst_mobilenet_frame_desc_init (MnFrameDesc * desc, const GstVideoInfo * info)
{
  guint i;

  memset (desc, 0, sizeof (*desc));
  for (i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (formats[i].gst == GST_VIDEO_INFO_FORMAT (info))
      break;
  }
  if (i == G_N_ELEMENTS (formats))
    return FALSE;
  desc->format = formats[i].mn;
  desc->width = GST_VIDEO_INFO_WIDTH (info);
  desc->height = GST_VIDEO_INFO_HEIGHT (info);
  desc->matrix = get_matrix (info);
  desc->full_range = is_full_range (info);
  desc->chroma_site = get_chroma_site (info, desc->full_range);
  desc->par_n = MAX (GST_VIDEO_INFO_PAR_N (info), 0);
  desc->par_d = MAX (GST_VIDEO_INFO_PAR_D (info), 0);
  desc->orientation = MN_ORIENT_0;
  return TRUE;
}

MnRect
gst_mobilenet_buffer_get_crop (GstBuffer * buffer, const GstVideoInfo * info)
{
  GstVideoCropMeta *meta = gst_buffer_get_video_crop_meta (buffer);
  guint width = GST_VIDEO_INFO_WIDTH (info);
  guint height = GST_VIDEO_INFO_HEIGHT (info);
  MnRect none = { 0, 0, 0, 0 };
  MnRect crop;

  if (!meta || meta->x >= width || meta->y >= height)
    return none;
  crop.x = meta->x;
  crop.y = meta->y;
  crop.width = MIN (meta->width, width - meta->x);
  crop.height = MIN (meta->height, height - meta->y);
  if (crop.width == 0 || crop.height == 0)
    return none;
  return crop;
}

MnOrientation
gst_mobilenet_orientation (GstVideoOrientationMethod method)
{
  switch (method) {
    case GST_VIDEO_ORIENTATION_90R:
      return MN_ORIENT_90;
    case GST_VIDEO_ORIENTATION_180:
      return MN_ORIENT_180;
    case GST_VIDEO_ORIENTATION_90L:
      return MN_ORIENT_270;
    case GST_VIDEO_ORIENTATION_HORIZ:
      return MN_ORIENT_MIRROR;
    case GST_VIDEO_ORIENTATION_VERT:
      return MN_ORIENT_FLIP;
    case GST_VIDEO_ORIENTATION_UL_LR:
      return MN_ORIENT_TRANSPOSE;
    case GST_VIDEO_ORIENTATION_UR_LL:
      return MN_ORIENT_ANTITRANSPOSE;
    default:
      return MN_ORIENT_0;
  }
}

gboolean
gst_mobilenet_buffer_fits (GstBuffer * buffer, const GstVideoInfo * info)
{
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  return !meta || (meta->format == GST_VIDEO_INFO_FORMAT (info)
      && meta->n_planes == GST_VIDEO_INFO_N_PLANES (info)
      && meta->width >= (guint) GST_VIDEO_INFO_WIDTH (info)
      && meta->height >= (guint) GST_VIDEO_INFO_HEIGHT (info));
}

/* ---- pool ------------------------------------------------------------ */

typedef struct _PooledFrame PooledFrame;
struct _PooledFrame
{
  MnFrame frame;                /* first: a frame is its PooledFrame */
  GstVideoFrame video;
  GstMobilenetFramePool *pool;
  PooledFrame *next;
};

struct _GstMobilenetFramePool
{
  gint refcount;
  GMutex lock;
  PooledFrame *unused;
};

GstMobilenetFramePool *
gst_mobilenet_frame_pool_new (void)
{
  GstMobilenetFramePool *pool = g_new0 (GstMobilenetFramePool, 1);

  pool->refcount = 1;
  g_mutex_init (&pool->lock);
  return pool;
}

void
gst_mobilenet_frame_pool_unref (GstMobilenetFramePool * pool)
{
  if (!pool || !g_atomic_int_dec_and_test (&pool->refcount))
    return;
  while (pool->unused) {
    PooledFrame *frame = pool->unused;

    pool->unused = frame->next;
    g_free (frame);
  }
  g_mutex_clear (&pool->lock);
  g_free (pool);
}

static PooledFrame *
take_frame (GstMobilenetFramePool * pool)
{
  PooledFrame *frame;

  g_mutex_lock (&pool->lock);
  frame = pool->unused;
  if (frame)
    pool->unused = frame->next;
  g_mutex_unlock (&pool->lock);
  if (!frame)
    frame = g_new0 (PooledFrame, 1);
  frame->pool = pool;
  frame->next = NULL;
  g_atomic_int_inc (&pool->refcount);
  return frame;
}

static void
give_frame (PooledFrame * frame)
{
  GstMobilenetFramePool *pool = frame->pool;

  g_mutex_lock (&pool->lock);
  frame->next = pool->unused;
  pool->unused = frame;
  g_mutex_unlock (&pool->lock);
  gst_mobilenet_frame_pool_unref (pool);
}

static void
release_frame (MnFrame * frame)
{
  PooledFrame *pooled = (PooledFrame *) frame;

  gst_video_frame_unmap (&pooled->video);
  give_frame (pooled);
}

/* How much of map may be read from the plane's lowest address on. */
static gsize
readable_size (const GstMapInfo * map, const guint8 * data, gint stride,
    gint rows)
{
  gsize before = data - map->data;
  gsize up = stride < 0 ? (gsize) - (gssize) stride * (rows - 1) : 0;

  /* Rows that go up may leave the memory at its beginning. */
  return up > before ? 0 : map->size - (before - up);
}

/* The stride of a tiled plane is its tiles in both directions. */
static void
set_tiled_plane (MnPlane * plane, gint tiles, gint tile_size)
{
  plane->stride = (gssize) GST_VIDEO_TILE_X_TILES (tiles) * tile_size;
  plane->tile_rows = GST_VIDEO_TILE_Y_TILES (tiles);
}

static void
set_planes (PooledFrame * pooled)
{
  const GstVideoFrame *video = &pooled->video;
  const GstVideoFormatInfo *finfo = video->info.finfo;
  gboolean has_meta = video->meta != NULL;
  guint i;

  pooled->frame.n_planes = GST_VIDEO_FRAME_N_PLANES (video);
  for (i = 0; i < pooled->frame.n_planes; i++) {
    MnPlane *plane = &pooled->frame.planes[i];
    /* The engine's planar order is Y, U, V, whatever the format's. */
    guint p = pooled->frame.n_planes == 3 ?
        GST_VIDEO_FORMAT_INFO_PLANE (finfo, i) : i;
    gint rows = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, i,
        pooled->frame.desc.height);
    gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (video, p);
    gboolean tiled = GST_VIDEO_FORMAT_INFO_IS_TILED (finfo);

    plane->data = GST_VIDEO_FRAME_PLANE_DATA (video, p);
    plane->stride = stride;
    plane->size = readable_size (&video->map[has_meta ? p : 0], plane->data,
        tiled ? 0 : stride, rows);
    plane->offset = 0;
    if (tiled)
      set_tiled_plane (plane, stride, finfo->tile_info[p].size);
  }
}

MnFrame *
gst_mobilenet_frame_pool_map (GstMobilenetFramePool * pool,
    GstBuffer * buffer, const GstVideoInfo * info, const MnFrameDesc * desc,
    GError ** error)
{
  PooledFrame *pooled = take_frame (pool);

  if (!gst_mobilenet_buffer_fits (buffer, info)
      || !gst_video_frame_map (&pooled->video, (GstVideoInfo *) info, buffer,
          GST_MAP_READ)) {
    give_frame (pooled);
    g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
        "a buffer of %" G_GSIZE_FORMAT " bytes does not hold a %s frame of "
        "%dx%d", gst_buffer_get_size (buffer),
        gst_video_format_to_string (GST_VIDEO_INFO_FORMAT (info)),
        GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info));
    return NULL;
  }
  mn_frame_init (&pooled->frame, desc, release_frame, pooled);
  pooled->frame.memory = MN_MEMORY_HOST;
  set_planes (pooled);
  return &pooled->frame;
}
