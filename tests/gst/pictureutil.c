/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/pictureutil.h"

#include <sys/mman.h>
#include <unistd.h>

#include <gst/check/check.h>

#include "tests/gst/randomutil.h"

const GstVideoFormat test_plane_formats[TEST_N_PLANE_FORMATS] = {
  GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_NV21, GST_VIDEO_FORMAT_I420,
  GST_VIDEO_FORMAT_YV12, GST_VIDEO_FORMAT_YUY2, GST_VIDEO_FORMAT_RGB,
  GST_VIDEO_FORMAT_BGRx, GST_VIDEO_FORMAT_GRAY8, GST_VIDEO_FORMAT_NV16,
  GST_VIDEO_FORMAT_NV24, GST_VIDEO_FORMAT_Y42B, GST_VIDEO_FORMAT_Y444,
  GST_VIDEO_FORMAT_P010_10LE, GST_VIDEO_FORMAT_I420_10LE,
  GST_VIDEO_FORMAT_I422_10LE, GST_VIDEO_FORMAT_GRAY16_LE};

gsize
test_plane_shape (const GstVideoInfo *info, guint p, guint *rows)
{
  const GstVideoFormatInfo *finfo = info->finfo;
  gsize bytes = 0;
  guint c;

  for (c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) != p)
      continue;
    *rows = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, c,
        GST_VIDEO_INFO_HEIGHT (info));
    bytes = MAX (bytes,
        (gsize) GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (finfo, c,
            GST_VIDEO_INFO_WIDTH (info))
            * GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c));
  }
  /* Both pixels of the last pair share their colours. */
  if (GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1) && info->finfo->n_planes == 1)
    bytes = (bytes + 3) / 4 * 4;
  return bytes;
}

GstBuffer *
test_noise_new (const GstVideoInfo *info)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info),
      NULL);
  GstMapInfo map;
  gsize i;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (i = 0; i < map.size; i++)
    map.data[i] = g_rand_int (test_rand) >> 24;
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

void
test_convert (GstBuffer *from, const GstVideoInfo *from_info, GstBuffer *to,
    const GstVideoInfo *to_info, GstStructure *options)
{
  GstVideoConverter *converter = gst_video_converter_new (from_info, to_info,
      options);
  GstVideoFrame in, out;

  fail_unless (converter != NULL, "%s", GST_VIDEO_INFO_NAME (to_info));
  fail_unless (gst_video_frame_map (&in, from_info, from, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&out, to_info, to, GST_MAP_READWRITE));
  gst_video_converter_frame (converter, &in, &out);
  gst_video_frame_unmap (&out);
  gst_video_frame_unmap (&in);
  gst_video_converter_free (converter);
}

void
test_crop_to (GstBuffer *buffer, guint x, guint y, guint width, guint height)
{
  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta (buffer);

  crop->x = x;
  crop->y = y;
  crop->width = width;
  crop->height = height;
}

typedef struct
{
  gpointer start;
  gsize size;
} Pages;

static void
free_pages (gpointer data)
{
  Pages *pages = data;

  munmap (pages->start, pages->size);
  g_free (pages);
}

GstMemory *
test_guarded_new (gsize size)
{
  Pages *pages = g_new (Pages, 1);
  gsize page = sysconf (_SC_PAGESIZE), used = (size + page - 1) / page * page;

  pages->size = used + page;
  pages->start = mmap (NULL, pages->size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fail_unless (pages->start != MAP_FAILED);
  fail_unless (mprotect ((guint8 *) pages->start + used, page, PROT_NONE) == 0);
  return gst_memory_new_wrapped (0, (guint8 *) pages->start + used - size, size,
      0, size, pages, free_pages);
}
