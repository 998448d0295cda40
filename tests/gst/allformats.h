/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The raw formats of the GStreamer that runs, not only of the one that was
 * built against. */

#ifndef TEST_ALL_FORMATS_H
#define TEST_ALL_FORMATS_H

#include <gst/video/video.h>

/* The next one after *format, from GST_VIDEO_FORMAT_UNKNOWN on; NULL: there
 * is none. Those without pixels, which cannot be unpacked, are left out. */
static inline const GstVideoFormatInfo *
test_next_format (GstVideoFormat *format)
{
  GEnumClass *all = g_type_class_ref (GST_TYPE_VIDEO_FORMAT);
  const GstVideoFormatInfo *finfo = NULL;

  while (!finfo && (gint)++ * format <= all->maximum) {
    if (*format > GST_VIDEO_FORMAT_ENCODED && g_enum_get_value (all, *format))
      finfo = gst_video_format_get_info (*format);
    if (finfo && !finfo->unpack_func)
      finfo = NULL;
  }
  g_type_class_unref (all);
  return finfo;
}

#endif /* TEST_ALL_FORMATS_H */
