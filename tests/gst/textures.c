/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames in textures of OpenGL: they pass as they are, and what is on them is
 * seen. Caps are looked at wherever this runs, frames where there is
 * OpenGL. */

#include <string.h>

#include "gst/video/desc.h"
#include "tests/gst/testutil.h"

#define N_FRAMES 6

#define TEXTURES "video/x-raw(memory:GLMemory)"
#define SIZE "width=34, height=22, framerate=25/1"

static const struct
{
  const gchar *caps;
  gboolean taken;
} asked[] = {
  {TEXTURES ", format=RGBA, " SIZE, TRUE},
  {TEXTURES ", format=RGBA, texture-target=2D, " SIZE, TRUE},
  {TEXTURES ", format=NV12, texture-target=rectangle, " SIZE, TRUE},
  {"video/x-raw(memory:GLMemory, meta:GstVideoOverlayComposition), "
   "format=RGBA, texture-target=2D, " SIZE,
    TRUE},
  {TEXTURES ", format=RGBA, texture-target=external-oes, " SIZE, FALSE},
  {"video/x-raw, format=RGBA, texture-target=external-oes, " SIZE, TRUE},
};

GST_START_TEST (test_asked)
{
  GstElement *element = gst_element_factory_make ("mobilenet", NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string (asked[__i__].caps);
  GstVideoInfo info;

  fail_unless (gst_pad_query_accept_caps (pad, caps));
  fail_unless_equals_int (gst_mobilenet_video_info_from_caps (&info, caps),
      asked[__i__].taken);
  gst_object_unref (pad);
  gst_object_unref (element);
}

GST_END_TEST;

/* Of system memory, as elements in front may give all the same. */
GST_START_TEST (test_no_texture)
{
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));
  const gchar *caps = TEXTURES ", format=RGBA, " SIZE;
  GstBuffer *buffer;

  gst_harness_set_src_caps_str (h, caps);
  buffer = test_pass (h,
      test_frame_new_for_caps ("video/x-raw, format=RGBA, " SIZE, GREEN, 0));
  fail_unless_equals_string (test_get_label (buffer), "green");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- with OpenGL ------------------------------------------------------ */

typedef struct
{
  const gchar *label;
  guint n_seen, n_textures;
} Watch;

static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *probe, gpointer data)
{
  Watch *watch = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  if (test_count_results (buffer) == 1)
    watch->n_seen += !g_strcmp0 (test_get_label (buffer), watch->label);
  watch->n_textures += gst_caps_features_contains (gst_caps_get_features (caps,
                                                       0),
                           "memory:GLMemory")
      && strstr (gst_buffer_peek_memory (buffer, 0)->allocator->mem_type,
          "GLMemory");
  return GST_PAD_PROBE_OK;
}

/* Draws with what there is, which needs no screen. FALSE: nothing does. */
static gboolean
have_gl (void)
{
  g_autoptr (GstElement) pipeline = NULL;
  GstStateChangeReturn result;

  if (!test_have_element ("gltestsrc") || !test_have_element ("gldownload"))
    return FALSE;
  g_setenv ("GST_GL_PLATFORM", "egl", FALSE);
  g_setenv ("GST_GL_WINDOW", "egl-device", FALSE);
  pipeline = gst_parse_launch ("gltestsrc num-buffers=1 ! gldownload ! "
                               "fakesink",
      NULL);
  gst_object_ref_sink (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  result = gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (result == GST_STATE_CHANGE_FAILURE)
    g_print ("skipped: no OpenGL without a screen\n");
  return result != GST_STATE_CHANGE_FAILURE;
}

static void
run (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GError) error = NULL;
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  fail_if (error, "%s", error ? error->message : "");
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static const gchar *const tails[] = {"fakesink",
  "gldownload ! video/x-raw ! fakesink", "glcolorconvert ! fakesink"};

static void
check_textures (const gchar *colour, const gchar *schedule, const gchar *tail)
{
  Watch watch = {colour};
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf ("gltestsrc num-buffers=%d "
                                            "pattern=%s ! " TEXTURES ", " SIZE
                                            " ! mobilenet name=m backend=cpu "
                                            "model-file=\"%s\" schedule=%s "
                                            "! %s",
      N_FRAMES, colour, model, schedule, tail);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error), *element;
  GstPad *pad;

  fail_if (error, "%s", error ? error->message : "");
  element = gst_bin_get_by_name (GST_BIN (pipeline), "m");
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look, &watch, NULL);
  run (pipeline);
  fail_unless_equals_int (watch.n_textures, N_FRAMES);
  fail_unless_equals_int (watch.n_seen, N_FRAMES);
  gst_object_unref (pad);
  gst_object_unref (element);
  gst_object_unref (pipeline);
}

GST_START_TEST (test_textures)
{
  guint i;

  if (!have_gl ())
    return;
  for (i = 0; i < 3; i++) {
    check_textures (test_rgb_labels[i], "every-frame", tails[__i__]);
    check_textures (test_rgb_labels[i], "latest", tails[__i__]);
  }
}

GST_END_TEST;

static Suite *
mobilenet_textures_suite (void)
{
  Suite *suite = suite_create ("mobilenet-textures");
  TCase *tc = tcase_create ("textures");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_asked, 0, G_N_ELEMENTS (asked));
  tcase_add_test (tc, test_no_texture);
  tcase_add_loop_test (tc, test_textures, 0, G_N_ELEMENTS (tails));
  return suite;
}

GST_CHECK_MAIN (mobilenet_textures);
