/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/teststream.h"

#include "tests/gst/testutil.h"

/* Frames before the caps change. */
#define N_FIRST 5
/* A device that failed so often does not come back. */
#define MAX_WARNINGS 3

static void
take_buffer (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  TestStream *s = data;

  g_async_queue_push (s->out, gst_buffer_ref (buffer));
}

/* The element as users have it, but for its times. */
static void
set_up_element (TestStream *s)
{
  g_autofree gchar *model = test_path (RGB_MODEL);

  gst_util_set_object_arg (G_OBJECT (s->mobilenet), "backend",
      s->options.backend);
  g_object_set (s->mobilenet, "model-file", model, "threads", 1, NULL);
  gst_mobilenet_set_tuning (GST_MOBILENET (s->mobilenet), s->options.depth,
      s->options.start_timeout, s->options.frame_timeout, 1);
}

gboolean
test_stream_open (TestStream *s, const TestStreamOptions *options)
{
  GError *error = NULL;
  GstElement *sink;

  memset (s, 0, sizeof (*s));
  s->options = *options;
  s->out = g_async_queue_new_full ((GDestroyNotify) gst_buffer_unref);
  s->pipeline =
      gst_parse_launch ("appsrc name=source format=time ! "
                        "mobilenet name=mobilenet0 ! "
                        "fakesink name=sink sync=false signal-handoffs=true",
          &error);
  g_assert_no_error (error);
  s->bus = gst_pipeline_get_bus (GST_PIPELINE (s->pipeline));
  s->source = gst_bin_get_by_name (GST_BIN (s->pipeline), "source");
  s->mobilenet = gst_bin_get_by_name (GST_BIN (s->pipeline), "mobilenet0");
  sink = gst_bin_get_by_name (GST_BIN (s->pipeline), "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (take_buffer), s);
  gst_object_unref (sink);
  set_up_element (s);
  return gst_element_set_state (s->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE;
}

void
test_stream_close (TestStream *s)
{
  gst_element_set_state (s->pipeline, GST_STATE_NULL);
  gst_object_unref (s->source);
  gst_object_unref (s->mobilenet);
  gst_object_unref (s->pipeline);
  gst_object_unref (s->bus);
  g_async_queue_unref (s->out);
}

static void
take_message (TestStream *s, GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    fail ("an error: %s", error->message);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
    gst_message_parse_warning (message, &error, NULL);
    fail_unless (strstr (error->message, "the CPU goes on") != NULL,
        "a warning: %s", error->message);
    s->warnings++;
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    s->ended = TRUE;
  }
  gst_message_unref (message);
}

static void
take_messages (TestStream *s)
{
  GstMessage *message;

  while ((message = gst_bus_pop (s->bus)))
    take_message (s, message);
}

static void
stream_push (TestStream *s)
{
  gboolean first = s->pushed < N_FIRST;
  g_autofree gchar *text = test_caps (first ? "RGB" : "NV12", first ? 16 : 18,
      first ? 16 : 14);
  GstCaps *caps = gst_caps_from_string (text);
  GstBuffer *buffer = test_frame_new_for_caps (text,
      test_rgb_colours[s->pushed % 3], s->pushed * DURATION);
  GstSample *sample = gst_sample_new (buffer, caps, NULL, NULL);
  GstFlowReturn flow;

  g_signal_emit_by_name (s->source, "push-sample", sample, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  gst_sample_unref (sample);
  gst_buffer_unref (buffer);
  gst_caps_unref (caps);
  s->pushed++;
}

static void
stream_check (TestStream *s, GstBuffer *buffer)
{
  const GstStructure *result = test_get_result (buffer);
  gboolean fresh = FALSE;

  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), s->pulled * DURATION);
  fail_unless_equals_uint64 (test_get_uint64 (result, "pts"),
      GST_BUFFER_PTS (buffer));
  fail_unless (gst_structure_get_boolean (result, "fresh", &fresh) && fresh);
  fail_unless_equals_string (gst_structure_get_string (result, "label"),
      test_rgb_labels[s->pulled % 3]);
  if (g_str_equal (gst_structure_get_string (result, "backend"), "cpu"))
    s->on_cpu++;
  else
    s->on_device++;
  s->pulled++;
}

static void
stream_pull (TestStream *s)
{
  GstBuffer *buffer = NULL;

  while (!buffer) {
    take_messages (s);
    buffer = g_async_queue_timeout_pop (s->out, G_USEC_PER_SEC / 5);
  }
  stream_check (s, buffer);
  gst_buffer_unref (buffer);
}

void
test_stream_step (TestStream *s)
{
  stream_push (s);
  if (s->pushed - s->pulled >= s->options.depth)
    stream_pull (s);
  take_messages (s);
}

static gboolean
device_is_active (TestStream *s)
{
  g_autofree gchar *backend = NULL;

  g_object_get (s->mobilenet, "active-backend", &backend, NULL);
  return g_strcmp0 (backend, "opencl") == 0;
}

gboolean
test_stream_status_has (TestStream *s, const gchar *text)
{
  GstStructure *stats;
  const gchar *status;
  gboolean found;

  g_object_get (s->mobilenet, "stats", &stats, NULL);
  status = gst_structure_get_string (stats, "device-status");
  found = status && strstr (status, text);
  gst_structure_free (stats);
  return found;
}

/* It never will be. */
static gboolean
device_is_out (TestStream *s)
{
  return s->warnings >= MAX_WARNINGS
      || test_stream_status_has (s, "no device is used")
      || test_stream_status_has (s, "the device is not used");
}

gboolean
test_stream_until_device (TestStream *s)
{
  while (!device_is_active (s)) {
    if (device_is_out (s))
      return FALSE;
    test_stream_step (s);
    g_usleep (500);
  }
  return TRUE;
}

void
test_stream_end (TestStream *s)
{
  GstFlowReturn flow;

  g_signal_emit_by_name (s->source, "end-of-stream", &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
  while (s->pulled < s->pushed)
    stream_pull (s);
  while (!s->ended)
    take_message (s, gst_bus_timed_pop (s->bus, GST_CLOCK_TIME_NONE));
  fail_unless_equals_int (g_async_queue_length (s->out), 0);
}
