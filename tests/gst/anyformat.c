/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The elements in every raw format of the GStreamer that runs: results are as
 * in others, sources that can give anything give what costs least, and what
 * cannot be taken is refused in words. */

#include "tests/gst/testutil.h"

#include <math.h>
#include <string.h>

#include "tests/gst/allformats.h"
/* ---- the elements ------------------------------------------------------ */

static GstCaps *
caps_new (GstVideoFormat format, gint width, gint height)
{
  return gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
      gst_video_format_to_string (format), "width", G_TYPE_INT, width, "height",
      G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 25, 1, NULL);
}

static gboolean
accepts (const gchar *name, GstCaps *caps)
{
  GstElement *element = gst_element_factory_make (name, NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  gboolean answer = gst_pad_query_accept_caps (pad, caps);

  gst_object_unref (pad);
  gst_object_unref (element);
  return answer;
}

GST_START_TEST (test_accepted)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;

  while (test_next_format (&format)) {
    GstCaps *caps = caps_new (format, 64, 48);

    fail_unless (accepts ("mobilenet", caps), "%s",
        gst_video_format_to_string (format));
#ifdef HAVE_OVERLAY
    fail_unless (accepts ("mobilenetoverlay", caps), "%s",
        gst_video_format_to_string (format));
#endif
    fail_unless (accepts ("mobilenettext", caps), "%s",
        gst_video_format_to_string (format));
    gst_caps_unref (caps);
  }
}

GST_END_TEST;

/* As test_frame_new; with the palette that it was packed for. */
static GstBuffer *
frame_new (const gchar *text, guint rgb)
{
  GstBuffer *buffer = test_frame_new_for_caps (text, rgb, 0);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  gconstpointer palette;
  GstVideoInfo info;
  gsize size;

  gst_video_info_from_caps (&info, caps);
  palette = gst_video_format_get_palette (GST_VIDEO_INFO_FORMAT (&info), &size);
  if (palette)
    gst_buffer_fill (buffer, info.offset[1], palette, size);
  return buffer;
}

/* A grey format has as much of all three, and a palette six steps of each. */
static void
check_answer (const GstStructure *s, const GstVideoFormatInfo *finfo, guint rgb)
{
  const GValue *classes = gst_structure_get_value (s, "classes");
  gdouble want[3], confidence;
  gint index;
  guint i;

  test_expected (GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo) ? 0x808080 : rgb, want);
  fail_unless_equals_int (gst_value_array_get_size (classes), 3);
  for (i = 0; i < 3; i++) {
    const GstStructure *class =
        gst_value_get_structure (gst_value_array_get_value (classes, i));

    gst_structure_get (class, "index", G_TYPE_INT, &index, "confidence",
        G_TYPE_DOUBLE, &confidence, NULL);
    fail_unless (fabs (confidence - want[index])
            < (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo) ? 0.1 : 0.03),
        "%s: class %d has %g, not %g", GST_VIDEO_FORMAT_INFO_NAME (finfo),
        index, confidence, want[index]);
  }
}

/* Each by itself. */
GST_START_TEST (test_classified)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));

  g_object_set (h->element, "threshold", 0.0, NULL);
  while ((finfo = test_next_format (&format))) {
    g_autofree gchar *caps = test_caps (finfo->name, 17, 13);
    GstBuffer *buffer;

    gst_harness_set_src_caps_str (h, caps);
    buffer = test_pass (h, frame_new (caps, 0xc06030));
    check_answer (test_get_result (buffer), finfo, 0xc06030);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* In the background, and from pools in which buffers are missed. */
static GstBuffer *
take_from_pool (GstBufferPool *pool, GstBuffer *frame)
{
  GstBuffer *buffer;
  GstMapInfo map;

  fail_unless_equals_int (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL),
      GST_FLOW_OK);
  gst_buffer_map (frame, &map, GST_MAP_READ);
  gst_buffer_fill (buffer, 0, map.data, map.size);
  gst_buffer_unmap (frame, &map);
  GST_BUFFER_PTS (buffer) = 0;
  gst_buffer_unref (frame);
  return buffer;
}

static void
check_latest (const GstVideoFormatInfo *finfo, gboolean scarce)
{
  g_autofree gchar *text = test_caps (finfo->name, 34, 26);
  GstBuffer *frame = frame_new (text, 0x2040e0);
  gsize size = gst_buffer_get_size (frame);
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstCaps *caps = gst_caps_from_string (text);
  GstMessage *message;
  GstHarness *h;
  GstBus *bus;

  gst_buffer_pool_config_set_params (config, caps, size, 1, scarce ? 1 : 0);
  fail_unless (gst_buffer_pool_set_config (pool, config));
  fail_unless (gst_buffer_pool_set_active (pool, TRUE));
  h = test_harness_new (test_element_new (&bus));
  gst_util_set_object_arg (G_OBJECT (h->element), "schedule", "latest");
  g_object_set (h->element, "threshold", 0.0, NULL);
  gst_harness_set_src_caps (h, caps);
  gst_buffer_unref (test_pass (h, take_from_pool (pool, frame)));
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
      GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
  check_answer (gst_message_get_structure (message), finfo, 0x2040e0);
  gst_message_unref (message);
  test_close (h, bus);
  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}

GST_START_TEST (test_latest)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format)))
    check_latest (finfo, format % 2);
}

GST_END_TEST;

/* Objects may be anywhere: all is unpacked. */
GST_START_TEST (test_objects)
{
  static const gchar *const names[] = {"Y41B", "v210", "ARGB64", "RGB16"};
  g_autofree gchar *caps = test_caps (names[__i__], 200, 20);
  GstBuffer *buffer = test_frame_new_for_caps (caps, 0x3080d0, 0);
  GstVideoRegionOfInterestMeta
      *meta = gst_buffer_add_video_region_of_interest_meta (buffer, "dog", 180,
          1, 19, 18);
  GstStructure *s;
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));

  gst_util_set_object_arg (G_OBJECT (h->element), "region", "objects");
  g_object_set (h->element, "threshold", 0.0, NULL);
  gst_harness_set_src_caps_str (h, caps);
  buffer = test_pass (h, buffer);
  meta = gst_buffer_get_video_region_of_interest_meta_id (buffer, meta->id);
  s = gst_video_region_of_interest_meta_get_param (meta, "mobilenet");
  fail_unless (s != NULL, "%s", names[__i__]);
  fail_unless_equals_string (gst_structure_get_string (s, "label"), "blue");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- negotiation ------------------------------------------------------- */

/* The first of the formats that the element would like to have. */
static void
check_first (const gchar *name)
{
  GstElement *element = gst_element_factory_make (name, NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  GstCaps *any = gst_caps_from_string ("video/x-raw, format={ AYUV64, RGB8P, "
                                       "v210, ARGB64, NV12, Y41B }, "
                                       "width=64, height=48, framerate=25/1");
  GstCaps *caps = gst_pad_query_caps (pad, any);
  GstStructure *s;

  fail_unless (gst_caps_is_subset (any, caps));
  s = gst_caps_get_structure (caps, 0);
  gst_structure_fixate_field (s, "format");
  fail_unless_equals_string (gst_structure_get_string (s, "format"), "NV12");
  gst_caps_unref (any);
  gst_caps_unref (caps);
  gst_object_unref (pad);
  gst_object_unref (element);
}

GST_START_TEST (test_first)
{
  check_first ("mobilenet");
#ifdef HAVE_OVERLAY
  check_first ("mobilenetoverlay");
#endif
}

GST_END_TEST;

static const struct
{
  const gchar *caps, *says;
  gboolean text_takes;
} refused[] = {
  {"video/x-raw(memory:GLMemory), format=RGBA, width=64, height=48, "
   "texture-target=external-oes, framerate=25/1",
    "memory:GLMemory", TRUE},
  {"video/x-raw(memory:CUDAMemory), format=NV12, width=64, height=48, "
   "framerate=25/1",
    "memory:CUDAMemory", TRUE},
  {"video/x-raw, format=ENCODED, width=64, height=48, framerate=25/1",
    "ENCODED", TRUE},
  {"video/x-raw, format=NEWEST, width=64, height=48, framerate=25/1", "NEWEST",
    TRUE},
  {"video/x-raw(memory:DMABuf), format=DMA_DRM, width=64, height=48, "
   "drm-format=NV12:0x0100000000000002, framerate=25/1",
    "memory:DMABuf", TRUE},
  {"video/x-raw, width=64, height=48, framerate=25/1", "(none)", TRUE},
  {"image/jpeg, width=64, height=48, framerate=25/1", "image/jpeg", FALSE},
};

/* Asking does no harm; an event that brings such caps does. */
static void
check_refused (const gchar *name, guint i)
{
  GstBus *bus = NULL;
  GstElement *element = g_str_equal (name, "mobilenet")
      ? test_element_new (&bus)
      : gst_element_factory_make (name, NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  GstCaps *caps = gst_caps_from_string (refused[i].caps);
  g_autoptr (GError) error = NULL;
  GstMessage *message;
  GstSegment segment;
  GstHarness *h;

  if (!bus) {
    bus = gst_bus_new ();
    gst_element_set_bus (element, bus);
  }
  h = test_harness_new (element);
  gst_pad_query_accept_caps (pad, caps);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ERROR, NULL), 0);
  gst_pad_push_event (h->srcpad, gst_event_new_stream_start ("s"));
  gst_pad_push_event (h->srcpad, gst_event_new_caps (caps));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (h->srcpad, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (h, gst_buffer_new ()),
      GST_FLOW_NOT_NEGOTIATED);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ERROR, &message),
      1);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "videoconvert")
          && strstr (error->message, refused[i].says)
          && g_str_has_prefix (error->message, name),
      "%s", error->message);
  gst_message_unref (message);
  gst_caps_unref (caps);
  gst_object_unref (pad);
  test_close (h, bus);
}

GST_START_TEST (test_refused)
{
  check_refused ("mobilenet", __i__);
#ifdef HAVE_OVERLAY
  check_refused ("mobilenetoverlay", __i__);
#endif
  if (!refused[__i__].text_takes)
    check_refused ("mobilenettext", __i__);
}

GST_END_TEST;

/* ---- decoders ---------------------------------------------------------- */

static const struct
{
  const gchar *needs, *source;
} decoded[] = {
  /* Digital video of 525 lines. */
  {"videotestsrc",
    "videotestsrc num-buffers=1 ! video/x-raw, format=Y41B, "
    "width=720, height=480, framerate=30000/1001, "
    "interlace-mode=interleaved"},
  {"pngenc",
    "videotestsrc num-buffers=1 ! video/x-raw, format=GRAY16_BE, "
    "width=64, height=48 ! pngenc ! pngdec"},
  {"pngenc",
    "videotestsrc num-buffers=1 ! video/x-raw, format=ARGB64 ! "
    "videoconvert ! video/x-raw, format=RGB16 ! identity"},
};

GST_START_TEST (test_decoded)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line =
      g_strdup_printf ("%s ! mobilenet model-file=%s "
                       "backend=cpu threshold=0 post-messages=all ! fakesink",
          decoded[__i__].source, model);
  GstElement *pipeline;
  GstMessage *message;
  GstBus *bus;

  if (!test_have_element (decoded[__i__].needs))
    return;
  pipeline = gst_parse_launch (line, NULL);
  fail_unless (pipeline != NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
mobilenet_any_format_suite (void)
{
  Suite *suite = suite_create ("mobilenet-any-format");
  TCase *tc = tcase_create ("any-format");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_accepted);
  tcase_add_test (tc, test_classified);
  tcase_add_test (tc, test_latest);
  tcase_add_loop_test (tc, test_objects, 0, 4);
  tcase_add_test (tc, test_first);
  tcase_add_loop_test (tc, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_loop_test (tc, test_decoded, 0, G_N_ELEMENTS (decoded));
  return suite;
}

GST_CHECK_MAIN (mobilenet_any_format);
