/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/textutil.h"

#define MARK "test-mark"

void
attach (GstBuffer *buffer, const gchar *element, const gchar *label,
    GstClockTime pts)
{
  GstMobilenetScore scores[2] = {{3, 0.75, label}, {4, 0.125, "other"}};
  GstMobilenetResult result = {.element = element,
    .model = "m.tflite",
    .task = "classification",
    .backend = "cpu",
    .pts = pts,
    .latency = 1000,
    .age = GST_BUFFER_PTS (buffer) - pts,
    .fresh = GST_BUFFER_PTS (buffer) == pts,
    .n_classes = label ? 2 : 0,
    .classes = scores};

  gst_mobilenet_meta_attach (buffer, &result);
}

GstBuffer *
frame (guint n, const gchar *label)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 256, NULL);

  GST_BUFFER_PTS (buffer) = n * FRAME;
  GST_BUFFER_DURATION (buffer) = FRAME;
  if (label)
    attach (buffer, "e", label, n * FRAME);
  return buffer;
}

GstHarness *
open_text_for (const gchar *caps, const gchar *video)
{
  GstHarness *h = gst_harness_new ("mobilenettext");

  g_object_set_data (G_OBJECT (h->element), "events", g_queue_new ());
  gst_harness_set_live (h, FALSE);
  gst_harness_set_sink_caps_str (h, caps);
  gst_harness_set_src_caps_str (h, video);
  return h;
}

GstHarness *
open_text (const gchar *caps)
{
  return open_text_for (caps, CAPS);
}

static GQueue *
get_events (GstHarness *h)
{
  return g_object_get_data (G_OBJECT (h->element), "events");
}

void
close_text (GstHarness *h)
{
  g_queue_free_full (get_events (h), (GDestroyNotify) gst_event_unref);
  gst_harness_teardown (h);
}

/* Keeps what comes out up to an event of that type. */
static void
wait_for (GstHarness *h, GstEventType type)
{
  gboolean found = FALSE;

  while (!found) {
    GstEvent *event = gst_harness_pull_event (h);

    fail_unless (event != NULL, "%s does not come",
        gst_event_type_get_name (type));
    found = GST_EVENT_TYPE (event) == type
        && (type == GST_EVENT_EOS || gst_event_has_name (event, MARK));
    if (found)
      gst_event_unref (event);
    else
      g_queue_push_tail (get_events (h), event);
  }
}

static void
settle (GstHarness *h)
{
  fail_unless (gst_harness_push_event (h,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new_empty (MARK))));
  wait_for (h, GST_EVENT_CUSTOM_DOWNSTREAM);
}

void
push (GstHarness *h, GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  settle (h);
}

void
push_event (GstHarness *h, GstEvent *event)
{
  gboolean end = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  gboolean flush = GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START;

  fail_unless (gst_harness_push_event (h, event));
  if (end)
    wait_for (h, GST_EVENT_EOS);
  else if (!flush)
    settle (h);
}

GstEvent *
pull_event (GstHarness *h)
{
  return g_queue_pop_head (get_events (h));
}

gchar *
get_text (GstBuffer *buffer)
{
  GstMapInfo map;
  gchar *text;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  text = map.size > 0 ? g_strndup ((const gchar *) map.data, map.size)
                      : g_strdup ("");
  gst_buffer_unmap (buffer, &map);
  return text;
}

gchar *
pull_text (GstHarness *h)
{
  GstBuffer *buffer = gst_harness_try_pull (h);
  gchar *text;

  fail_unless (buffer != NULL);
  text = get_text (buffer);
  gst_buffer_unref (buffer);
  return text;
}

void
expect (GstHarness *h, const gchar *expected, guint a, guint b)
{
  GstBuffer *buffer = gst_harness_try_pull (h);
  g_autofree gchar *text = NULL;

  fail_unless (buffer != NULL, "no \"%s\"", expected);
  text = get_text (buffer);
  fail_unless_equals_string (text, expected);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), a * FRAME);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), (b - a) * FRAME);
  gst_buffer_unref (buffer);
}

void
expect_nothing (GstHarness *h)
{
  fail_unless (gst_harness_try_pull (h) == NULL);
}

void
expect_gaps (GstHarness *h, guint a, guint b)
{
  GstClockTime at = a * FRAME, start, duration;
  GstEvent *event;

  while ((event = pull_event (h))) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
      gst_event_parse_gap (event, &start, &duration);
      fail_unless_equals_uint64 (start, at);
      at += duration;
    }
    gst_event_unref (event);
  }
  fail_unless_equals_uint64 (at, b * FRAME);
}
