/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element tests share: a network so small that its answers can be
 * written down, a folder for files, harness and messages. */

#ifndef TEST_UTIL_H
#define TEST_UTIL_H

#include <gst/check/check.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "gst/mobilenet/gstmobilenet.h"
#include "gst/meta/custom.h"

G_BEGIN_DECLS

/* The network: 8x8x3 floats, average over the picture, softmax: its three
 * classes are the colours red, green and blue. */
#define RGB_MODEL "rgb.tflite"
#define RGB_SIZE 8
#define RED 0xff0000
#define GREEN 0x00ff00
#define BLUE 0x0000ff
extern const guint test_rgb_colours[3];
extern const gchar *const test_rgb_labels[3];

/* A time limit that no test comes to, in us. */
#define PATIENT (600 * G_TIME_SPAN_SECOND)

/* Registers the elements and the fake device; makes the folder with
 * RGB_MODEL and labels.txt. For a checked fixture. */
void test_setup (void);
void test_teardown (void);
/* FALSE: there is no such element, and that is said. */
gboolean test_have_element (const gchar *name);
/* A path in the folder. Free with g_free. */
gchar *test_path (const gchar *name);
/* Writes a file of the folder; returns its path. Free with g_free. */
gchar *test_write (const gchar *name, const gchar *text, gssize length);

/* An element named "mobilenet0" with RGB_MODEL on the CPU, each frame by
 * itself, and a bus. */
GstElement *test_element_new (GstBus **bus);
/* Plays it between two pads. Takes element. */
GstHarness *test_harness_new (GstElement *element);

gchar *test_caps (const gchar *format, gint width, gint height);
/* A frame of one colour (0xrrggbb, full range BT.601 where it is YUV), with
 * every byte of padding set to something else. */
GstBuffer *
test_frame_new (const GstVideoInfo *info, guint rgb, GstClockTime pts);
/* The same for caps as text. */
GstBuffer *
test_frame_new_for_caps (const gchar *caps, guint rgb, GstClockTime pts);
/* Whether both hold the same bytes; they have to be of the same size. */
gboolean test_same_bytes (GstBuffer *a, GstBuffer *b);
/* What the network answers for a picture of one colour: probabilities of
 * red, green and blue. */
void test_expected (guint rgb, gdouble probabilities[3]);

/* The only result on the buffer; fails the test when there is none, or more
 * than one. */
const GstStructure *test_get_result (GstBuffer *buffer);
guint test_count_results (GstBuffer *buffer);
guint64 test_get_uint64 (const GstStructure *s, const gchar *field);
/* A count of the element's property stats; waits until there were so many
 * inferences in all. */
guint64 test_get_stat (GstHarness *h, const gchar *name);
void test_wait_for_inferences (GstHarness *h, guint64 n);
const gchar *test_get_label (GstBuffer *buffer);
/* Pops all messages of a type and counts them; last (transfer full, may be
 * NULL): the last one. */
guint test_pop_messages (GstBus *bus, GstMessageType type, GstMessage **last);

#define RGB_CAPS \
  "video/x-raw, format=RGB, width=16, height=16, " \
  "framerate=25/1, colorimetry=1:1:5:1"
#define DURATION (40 * GST_MSECOND)

/* Plays element with RGB_CAPS. Takes element. */
GstHarness *test_open_rgb (GstElement *element);
/* Pushes a buffer, or a frame of one colour; returns what comes out. */
GstBuffer *test_pass (GstHarness *h, GstBuffer *buffer);
GstBuffer *
test_run (GstHarness *h, const gchar *caps, guint rgb, GstClockTime pts);
void test_close (GstHarness *h, GstBus *bus);

G_END_DECLS

#endif /* TEST_UTIL_H */
