/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/frame.h"

#include "gst/video/dmabuf.h"
#include "gst/video/formats.h"
#include "gst/video/planes.h"

/* ---- pool ------------------------------------------------------------ */

typedef struct _PooledFrame PooledFrame;
struct _PooledFrame
{
  MnFrame frame; /* first: a frame is its PooledFrame */
  GstVideoFrame video;
  gboolean mapped;                  /* video is */
  GstBuffer *buffer;                /* to be mapped later; NULL: none */
  GstVideoInfo info;                /* its */
  const GstMobilenetLayout *layout; /* NULL: it is read where it lies */
  GstMobilenetPacked packed;        /* where it lies, if it has a layout */
  MnRect rect;                      /* of the copy, if it is made later */
  gpointer memory;                  /* for the copy */
  gsize size;
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
gst_mobilenet_frame_pool_unref (GstMobilenetFramePool *pool)
{
  if (!pool || !g_atomic_int_dec_and_test (&pool->refcount))
    return;
  while (pool->unused) {
    PooledFrame *frame = pool->unused;

    pool->unused = frame->next;
    g_free (frame->memory);
    g_free (frame);
  }
  g_mutex_clear (&pool->lock);
  g_free (pool);
}

static PooledFrame *
take_frame (GstMobilenetFramePool *pool)
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
give_frame (PooledFrame *frame)
{
  GstMobilenetFramePool *pool = frame->pool;

  g_mutex_lock (&pool->lock);
  frame->next = pool->unused;
  pool->unused = frame;
  g_mutex_unlock (&pool->lock);
  gst_mobilenet_frame_pool_unref (pool);
}

static void
unmap (PooledFrame *pooled)
{
  if (pooled->mapped)
    gst_video_frame_unmap (&pooled->video);
  pooled->mapped = FALSE;
}

static void
release_frame (MnFrame *frame)
{
  PooledFrame *pooled = (PooledFrame *) frame;

  unmap (pooled);
  gst_clear_buffer (&pooled->buffer);
  g_clear_pointer (&frame->key, mn_memory_key_unref);
  give_frame (pooled);
}

/* The stride of a tiled plane is its tiles in both directions. */
static void
set_tiled_plane (MnPlane *plane, gint tiles, gint tile_size)
{
  plane->stride = (gssize) GST_VIDEO_TILE_X_TILES (tiles) * tile_size;
  plane->tile_rows = GST_VIDEO_TILE_Y_TILES (tiles);
}

/* Rows of both fields lie in turns: a stride takes in two of them. */
static void
take_field (MnPlane *plane, GstMobilenetField field)
{
  if (field == GST_MOBILENET_FIELD_BOTTOM)
    plane->data += plane->stride;
  if (field == GST_MOBILENET_FIELD_BOTTOM || field == GST_MOBILENET_FIELD_TOP)
    plane->stride *= 2;
}

/* The engine's planar order is Y, U, V, whatever the format's. */
static guint
plane_of (const MnFrame *frame, const GstVideoFormatInfo *finfo, guint i)
{
  return frame->n_planes == 3 ? GST_VIDEO_FORMAT_INFO_PLANE (finfo, i) : i;
}

static void
set_planes (PooledFrame *pooled, GstMobilenetField field)
{
  const GstVideoFrame *video = &pooled->video;
  const GstVideoFormatInfo *finfo = video->info.finfo;
  guint i;

  for (i = 0; i < pooled->frame.n_planes; i++) {
    MnPlane *plane = &pooled->frame.planes[i];
    guint p = plane_of (&pooled->frame, finfo, i);
    guint n_rows = gst_mobilenet_planes_count_rows (finfo, p,
        pooled->frame.desc.height);
    gboolean tiled = GST_VIDEO_FORMAT_INFO_IS_TILED (finfo);

    plane->data = GST_VIDEO_FRAME_PLANE_DATA (video, p);
    plane->stride = GST_VIDEO_FRAME_PLANE_STRIDE (video, p);
    if (tiled)
      set_tiled_plane (plane, plane->stride, finfo->tile_info[p].size);
    else
      take_field (plane, field);
    plane->size = gst_mobilenet_planes_get_size (video, p, plane->data,
        plane->stride, n_rows);
  }
}

/* The planes that are to be unpacked. */
static void
set_packed (PooledFrame *pooled, GstMobilenetField field)
{
  const GstVideoFrame *video = &pooled->video;
  const GstVideoFormatInfo *finfo = video->info.finfo;
  guint i;

  pooled->packed.finfo = finfo;
  pooled->packed.n_planes = GST_VIDEO_FRAME_N_PLANES (video);
  for (i = 0; i < pooled->packed.n_planes; i++) {
    MnPlane *plane = &pooled->packed.planes[i];
    gboolean tiled = GST_VIDEO_FORMAT_INFO_IS_TILED (finfo);

    plane->data = GST_VIDEO_FRAME_PLANE_DATA (video, i);
    plane->stride = GST_VIDEO_FRAME_PLANE_STRIDE (video, i);
    if (!tiled && !(i == 1 && GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo)))
      take_field (plane, field);
    plane->size = gst_mobilenet_planes_get_size (video, i, plane->data,
        tiled ? 0 : plane->stride,
        gst_mobilenet_planes_count_rows (finfo, i, pooled->frame.desc.height));
  }
}

MnFrame *
gst_mobilenet_frame_pool_map (GstMobilenetFramePool *pool, GstBuffer *buffer,
    const GstVideoInfo *info, const MnFrameDesc *desc, GError **error)
{
  GstMobilenetField field = gst_mobilenet_buffer_get_field (buffer, info);
  PooledFrame *pooled = take_frame (pool);
  MnFormat format;

  mn_frame_init (&pooled->frame, desc, release_frame, pooled);
  gst_mobilenet_format_find (info->finfo, &format, &pooled->layout);
  pooled->mapped = gst_mobilenet_planes_map (&pooled->video, buffer, info,
      field, GST_MAP_READ, error);
  if (!pooled->mapped) {
    mn_frame_unref (&pooled->frame);
    return NULL;
  }
  pooled->frame.memory = MN_MEMORY_HOST;
  if (pooled->layout)
    set_packed (pooled, field);
  else
    set_planes (pooled, field);
  return &pooled->frame;
}

/* ---- where it lies, not mapped ----------------------------------------- */

/* The CPU's turn, after all. */
static gboolean
map_later (MnFrame *frame, GError **error)
{
  PooledFrame *pooled = (PooledFrame *) frame;

  pooled->mapped = gst_mobilenet_planes_map (&pooled->video, pooled->buffer,
      &pooled->info, GST_MOBILENET_FIELD_NONE, GST_MAP_READ, error);
  if (!pooled->mapped)
    return FALSE;
  frame->memory = MN_MEMORY_HOST;
  frame->prepare = NULL;
  set_planes (pooled, GST_MOBILENET_FIELD_NONE);
  return TRUE;
}

static void
set_dmabuf (MnFrame *frame, const GstVideoFormatInfo *finfo,
    const GstMobilenetDmabuf *dmabuf)
{
  guint i;

  frame->memory = MN_MEMORY_DMABUF;
  frame->dmabuf_fd = dmabuf->fd;
  frame->dmabuf_size = dmabuf->size;
  frame->key = gst_mobilenet_dmabuf_get_key (dmabuf->memory);
  for (i = 0; i < frame->n_planes; i++) {
    guint p = plane_of (frame, finfo, i);

    frame->planes[i].offset = MIN (dmabuf->offset[p], dmabuf->size);
    frame->planes[i].stride = dmabuf->stride[p];
    frame->planes[i].size = dmabuf->size - frame->planes[i].offset;
  }
}

MnFrame *
gst_mobilenet_frame_pool_import (GstMobilenetFramePool *pool, GstBuffer *buffer,
    const GstVideoInfo *info, const MnFrameDesc *desc)
{
  const GstMobilenetLayout *layout;
  GstMobilenetDmabuf dmabuf;
  PooledFrame *pooled;
  MnFormat format;

  if (!gst_mobilenet_format_find (info->finfo, &format, &layout) || layout
      || GST_VIDEO_FORMAT_INFO_IS_TILED (info->finfo)
      || gst_mobilenet_buffer_get_field (buffer, info)
          != GST_MOBILENET_FIELD_NONE
      || !gst_mobilenet_dmabuf_find (buffer, info, &dmabuf))
    return NULL;
  pooled = take_frame (pool);
  mn_frame_init (&pooled->frame, desc, release_frame, pooled);
  pooled->layout = NULL;
  pooled->buffer = gst_buffer_ref (buffer);
  pooled->info = *info;
  pooled->frame.prepare = map_later;
  set_dmabuf (&pooled->frame, info->finfo, &dmabuf);
  return &pooled->frame;
}

/* ---- the copy --------------------------------------------------------- */

gboolean
gst_mobilenet_frame_is_packed (const MnFrame *frame)
{
  return frame->release == release_frame && ((PooledFrame *) frame)->layout;
}

static gboolean
reserve (PooledFrame *pooled, GError **error)
{
  const MnFrameDesc *desc = &pooled->frame.desc;
  gsize size = gst_mobilenet_unpack_size (&pooled->packed, pooled->layout,
      desc->width, desc->height);

  if (size > 0 && size <= pooled->size)
    return TRUE;
  g_free (pooled->memory);
  pooled->memory = size > 0 ? g_try_malloc0 (size) : NULL;
  pooled->size = pooled->memory ? size : 0;
  if (!pooled->memory)
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "no memory to unpack a %s frame of %ux%u",
        GST_VIDEO_FORMAT_INFO_NAME (pooled->packed.finfo), desc->width,
        desc->height);
  return pooled->memory != NULL;
}

static gboolean
unpack (PooledFrame *pooled, const MnRect *rect, GError **error)
{
  MnFrame *frame = &pooled->frame;

  if (!reserve (pooled, error))
    return FALSE;
  gst_mobilenet_unpack (&pooled->packed, pooled->layout, &frame->desc, rect,
      pooled->memory, frame->planes);
  pooled->layout = NULL;
  frame->prepare = NULL;
  unmap (pooled);
  return TRUE;
}

gboolean
gst_mobilenet_frame_unpack (MnFrame *frame, const MnInput *input, guint width,
    guint height, GError **error)
{
  MnRect rect = {0, 0, frame->desc.width, frame->desc.height};

  if (!gst_mobilenet_frame_is_packed (frame))
    return TRUE;
  if (input)
    rect = mn_frame_read_rect (input, width, height);
  return unpack ((PooledFrame *) frame, &rect, error);
}

static gboolean
prepare (MnFrame *frame, GError **error)
{
  PooledFrame *pooled = (PooledFrame *) frame;

  return unpack (pooled, &pooled->rect, error);
}

void
gst_mobilenet_frame_unpack_later (MnFrame *frame, const MnInput *input,
    guint width, guint height)
{
  if (!gst_mobilenet_frame_is_packed (frame))
    return;
  ((PooledFrame *) frame)->rect = mn_frame_read_rect (input, width, height);
  frame->prepare = prepare;
}
