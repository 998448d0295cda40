/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/pictureutil.h"

#include <sys/mman.h>
#include <unistd.h>

#include <gst/check/check.h>

#include "tests/gst/randomutil.h"

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
