/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames, DURATION each, through an element whose worker may be held by a
 * device that does not answer until it is told to. */

#ifndef TEST_LATEST_UTIL_H
#define TEST_LATEST_UTIL_H

#include "tests/gst/testutil.h"

G_BEGIN_DECLS

/* An element on that backend, whose device is never given up. */
GstElement *test_latest_element_new (GstBus **bus, const gchar *schedule,
    const gchar *backend);

/* The same, playing, with schedule=latest. */
GstHarness *test_latest_open (GstBus **bus, const gchar *backend);

/* What is held goes on. */
void test_latest_close (GstHarness *h, GstBus *bus);

/* The first inference on the device is held from here on. */
void test_latest_hold (void);

/* Waits for that. */
void test_latest_wait_until_held (void);

/* Waits for a result message, and gives its pts. */
GstClockTime test_latest_wait_for_message (GstBus *bus);

/* Whatever comes out of a push is there when it returns. */
GstBuffer *test_latest_push (GstHarness *h, guint rgb, guint n);

/* Frames that follow carry the result that there is, and have none of their
 * own, however fast the worker. */
void test_latest_skip (GstHarness *h);

/* The result of frame of, with label, on a later frame. */
void test_latest_check_held (GstBuffer *buffer, const gchar *label, guint of);

/* The next frame, n, has no result of its own: it shows label, of frame of. */
void test_latest_check_next (GstHarness *h, guint rgb, guint n,
    const gchar *label, guint of);

/* From the beginning again. */
void test_latest_flush (GstHarness *h);

G_END_DECLS

#endif /* TEST_LATEST_UTIL_H */
