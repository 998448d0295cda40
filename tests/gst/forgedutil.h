/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames with metadata that others might attach, and who reads it. */

#ifndef TEST_FORGED_UTIL_H
#define TEST_FORGED_UTIL_H

#include "tests/gst/testutil.h"

G_BEGIN_DECLS

#define TEST_FORGED_CAPS \
  "video/x-raw, format=RGB, width=160, height=120, " \
  "framerate=25/1, colorimetry=1:1:5:1"

/* name: an element that reads metadata; caps: what is downstream, or NULL. */
GstHarness *
test_forged_open (const gchar *name, const gchar *caps, GstBus **bus);

GstBuffer *test_forged_frame_new (void);

/* A result with n classes of that label. */
void test_forged_add_result (GstBuffer *buffer, const gchar *element,
    const gchar *label, guint n);

G_END_DECLS

#endif /* TEST_FORGED_UTIL_H */
