/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/croputil.h"

#include <math.h>

#include "tests/gst/testutil.h"

/* From x, y of the picture on. */
static GstBuffer *
scene_new (gint x, gint y, gint width, gint height, GstVideoInfo *info)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 4 * width * height, NULL);
  GstMapInfo map;
  gint i, j;

  gst_video_info_set_format (info, GST_VIDEO_FORMAT_RGBx, width, height);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (j = 0; j < height; j++) {
    for (i = 0; i < width; i++) {
      guint8 *pixel = map.data + 4 * ((gsize) j * width + i);

      pixel[0] = 128 + 100 * sin ((x + i) * 0.21);
      pixel[1] = 128 + 100 * sin ((y + j) * 0.17 + (x + i) * 0.05);
      pixel[2] = 128 + 100 * cos ((y + j) * 0.23);
      pixel[3] = 255;
    }
  }
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

GstBuffer *
test_crop_frame_new (const gchar *format, gint x, gint y, gint width,
    gint height, gint pad, GstVideoInfo *info)
{
  g_autofree gchar *text = test_caps (format, width, height);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstVideoAlignment align;
  GstVideoInfo scene_info;
  GstBuffer *scene = scene_new (x, y, width, height, &scene_info), *buffer;

  fail_unless (gst_video_info_from_caps (info, caps));
  gst_video_alignment_reset (&align);
  align.padding_left = align.padding_top = align.padding_right = pad;
  if (pad > 0)
    fail_unless (gst_video_info_align (info, &align));
  buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  gst_buffer_memset (buffer, 0, 0x5a, -1);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (info), width, height,
      GST_VIDEO_INFO_N_PLANES (info), info->offset, info->stride);
  scene_info.fps_n = info->fps_n;
  scene_info.fps_d = info->fps_d;
  test_convert (scene, &scene_info, buffer, info, NULL);
  gst_buffer_unref (scene);
  return buffer;
}
