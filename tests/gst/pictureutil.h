/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pictures in buffers, and memory for them. */

#ifndef TEST_PICTURE_UTIL_H
#define TEST_PICTURE_UTIL_H

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Bytes of test_rand (randomutil.h). */
GstBuffer *test_noise_new (const GstVideoInfo *info);

/* Writes the picture of one buffer into another one, as videoconvert does.
 * Takes options (GstVideoConverter's), NULL: the usual ones. */
void test_convert (GstBuffer *from, const GstVideoInfo *from_info,
    GstBuffer *to, const GstVideoInfo *to_info, GstStructure *options);

/* Says that only so much of it is visible. */
void
test_crop_to (GstBuffer *buffer, guint x, guint y, guint width, guint height);

/* Zeros. Whoever touches a byte behind them ends the test. */
GstMemory *test_guarded_new (gsize size);

G_END_DECLS

#endif /* TEST_PICTURE_UTIL_H */
