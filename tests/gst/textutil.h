/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `mobilenettext` between two pads: frames with labels go in, and what comes
 * out of its other thread is there when the call returns. */

#ifndef TEST_TEXT_UTIL_H
#define TEST_TEXT_UTIL_H

#include "tests/gst/testutil.h"

#define CAPS "video/x-raw, format=GRAY8, width=16, height=16, framerate=25/1"
#define TEXT "text/x-raw, format=utf8"
#define NDJSON "application/x-ndjson"
#define FRAME (40 * GST_MSECOND)

/* A result of the element of that name; label NULL: without a class. */
void attach (GstBuffer *buffer, const gchar *element, const gchar *label,
    GstClockTime pts);

/* A frame with label from the element e; NULL: without a result. */
GstBuffer *frame (guint n, const gchar *label);

/* What comes out, and what goes in. */
GstHarness *open_text_for (const gchar *caps, const gchar *video);
GstHarness *open_text (const gchar *caps);
void close_text (GstHarness *h);

/* Takes it, and waits until all text of it is out. */
void push (GstHarness *h, GstBuffer *buffer);
void push_event (GstHarness *h, GstEvent *event);

/* The next event that came out; NULL: no more. */
GstEvent *pull_event (GstHarness *h);

gchar *get_text (GstBuffer *buffer);
gchar *pull_text (GstHarness *h);

/* The next buffer is text from frame a to frame b. */
void expect (GstHarness *h, const gchar *expected, guint a, guint b);
void expect_nothing (GstHarness *h);

/* Adds up the gap events that have come; they follow each other. */
void expect_gaps (GstHarness *h, guint a, guint b);

#endif /* TEST_TEXT_UTIL_H */
