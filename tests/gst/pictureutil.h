/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pictures in buffers, and memory for them. */

#ifndef TEST_PICTURE_UTIL_H
#define TEST_PICTURE_UTIL_H

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#define TEST_N_PLANE_FORMATS 16
/* Those whose planes hold rows of pixels, of each kind one. */
extern const GstVideoFormat test_plane_formats[TEST_N_PLANE_FORMATS];
/* The bytes of a row of plane p of such a format, and how many rows it has. */
gsize test_plane_shape (const GstVideoInfo *info, guint p, guint *rows);

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
