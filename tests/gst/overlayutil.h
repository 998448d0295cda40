/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What tests of `mobilenetoverlay` share. */

#ifndef TEST_OVERLAY_UTIL_H
#define TEST_OVERLAY_UTIL_H

#include "tests/gst/testutil.h"

#define TEST_N_OVERLAY_FORMATS 13

G_BEGIN_DECLS

/* All that are blended into. */
extern const gchar *const test_overlay_formats[TEST_N_OVERLAY_FORMATS];

/* A result of the element so named, with n of three classes. */
void test_overlay_attach (GstBuffer *buffer, const gchar *element, guint n);
/* takes_meta: what is downstream draws compositions itself. */
GstHarness *test_overlay_open (const gchar *caps, gboolean takes_meta);
/* The buffer's; NULL: none. */
GstVideoOverlayComposition *test_overlay_get_composition (GstBuffer *buffer);
/* Where the nth rectangle of it is. */
void
test_overlay_get_rectangle (GstBuffer *buffer, guint n, GstVideoRectangle *r);

G_END_DECLS

#endif /* TEST_OVERLAY_UTIL_H */
