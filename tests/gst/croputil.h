/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames that hold a part of a picture, each of whose pixels has a colour of
 * its own, smooth enough for half as much chroma. */

#ifndef TEST_CROP_UTIL_H
#define TEST_CROP_UTIL_H

#include "tests/gst/pictureutil.h"

G_BEGIN_DECLS

/* From x, y of the picture on, in a format, with a GstVideoMeta; its rows
 * further apart than they need be by pad pixels. */
GstBuffer *test_crop_frame_new (const gchar *format, gint x, gint y, gint width,
    gint height, gint pad, GstVideoInfo *info);

G_END_DECLS

#endif /* TEST_CROP_UTIL_H */
