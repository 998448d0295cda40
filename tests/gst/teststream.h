/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A pipeline, appsrc ! mobilenet ! fakesink, through which frames of three
 * colours go, half of them of other caps. Each one that comes out is checked:
 * its place, its one result, the class. An error message, or a warning other
 * than that the CPU takes over, fails the test. */

#ifndef TEST_STREAM_H
#define TEST_STREAM_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  const gchar *backend;
  guint depth;
  gint64 start_timeout, frame_timeout; /* us */
} TestStreamOptions;

typedef struct
{
  TestStreamOptions options;
  GstElement *pipeline, *source, *mobilenet;
  GstBus *bus;
  GAsyncQueue *out; /* GstBuffer */
  guint pushed, pulled;
  guint on_cpu, on_device; /* of those pulled */
  guint warnings;          /* so far */
  gboolean ended;
} TestStream;

/* Plays. FALSE: it does not start, and why is on the bus. */
gboolean test_stream_open (TestStream *s, const TestStreamOptions *options);
void test_stream_close (TestStream *s);
/* One more frame goes in; the one that is due, if any, comes out. */
void test_stream_step (TestStream *s);
/* Steps until the device computes. FALSE: it will not. */
gboolean test_stream_until_device (TestStream *s);
/* The device's status in the element's stats contains text. */
gboolean test_stream_status_has (TestStream *s, const gchar *text);
/* EOS; all the rest comes out. */
void test_stream_end (TestStream *s);

G_END_DECLS

#endif /* TEST_STREAM_H */
