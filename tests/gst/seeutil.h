/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the engine makes of a buffer's picture, to be held to what it makes of
 * another's. */

#ifndef TEST_SEE_UTIL_H
#define TEST_SEE_UTIL_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "engine/mn.h"

G_BEGIN_DECLS

/* A picture of so many values. */
#define TEST_SIDE 13
#define TEST_N_SEEN (TEST_SIDE * TEST_SIDE * 3)
/* The values of a frame as a picture of side x side; the frame may be NULL.
 * Free with g_free; NULL: it is not what input says. */
gfloat *test_see_frame (const MnFrame *frame, const MnInput *input, guint side);
/* The values of a buffer under caps, turned by a tag. Free with g_free; NULL:
 * it holds no such frame. */
gfloat *
test_see (GstBuffer *buffer, const GstVideoInfo *info, MnOrientation tagged);
/* Fails the test where they differ. */
void
test_check_seen (const gfloat *seen, const gfloat *want, const gchar *what);

G_END_DECLS

#endif /* TEST_SEE_UTIL_H */
