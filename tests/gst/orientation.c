/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which way is up: what tags and buffers say, which of them counts, and what
 * an element before has done about it already. */

#include "tests/gst/testutil.h"

#include <string.h>

#include "tests/gst/tinymodel.h"

/* Each quarter of the picture has a colour of its own; the network tells what
 * the upper left one is, once the picture is turned. */
#define SIDE 32
#define CAPS \
  "video/x-raw, format=RGB, width=32, height=32, framerate=25/1, " \
  "colorimetry=1:1:5:1"
#define CORNER_MODEL "corner.tflite"
/* Quarters of the buffer, and what the network says of them. */
#define UPPER_LEFT "red"
#define UPPER_RIGHT "green"
#define LOWER_LEFT "blue"

static void
setup (void)
{
  g_autoptr (GBytes) model = NULL;
  g_autofree gchar *path = NULL;

  test_setup ();
  model = tiny_model_new_corner (RGB_SIZE);
  path = test_write (CORNER_MODEL, g_bytes_get_data (model, NULL),
      g_bytes_get_size (model));
}

static void
paint (GstBuffer *buffer, gint pixel)
{
  static const guint8 quarters[4][3] = {
    {255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {0, 0, 0}};
  GstMapInfo map;
  gint x, y;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (y = 0; y < SIDE; y++) {
    for (x = 0; x < SIDE; x++)
      memcpy (map.data + pixel * (SIDE * y + x),
          quarters[2 * (y >= SIDE / 2) + (x >= SIDE / 2)], 3);
  }
  gst_buffer_unmap (buffer, &map);
}

static GstBuffer *
frame_new (GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 3 * SIDE * SIDE, NULL);

  paint (buffer, 3);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = DURATION;
  return buffer;
}

static GstEvent *
tag_new (const gchar *orientation, GstTagScope scope)
{
  GstTagList *tags = gst_tag_list_new_empty ();

  gst_tag_list_set_scope (tags, scope);
  if (orientation)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_IMAGE_ORIENTATION,
        orientation, NULL);
  else
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, "x", NULL);
  return gst_event_new_tag (tags);
}

/* The buffer says that it is to be seen upside down. */
static void
say_upside_down (GstBuffer *buffer)
{
  GstVideoAffineTransformationMeta
      *meta = gst_buffer_add_video_affine_transformation_meta (buffer);

  meta->matrix[0] = meta->matrix[5] = -1;
}

/* ---- what counts ----------------------------------------------------- */

static GstHarness *
open_corner (GstElement **element, const gchar *orientation)
{
  g_autofree gchar *model = test_path (CORNER_MODEL);
  GstHarness *h;

  *element = gst_element_factory_make ("mobilenet", NULL);
  g_object_set (*element, "model-file", model, "threads", 1, "threshold", 0.0,
      NULL);
  gst_util_set_object_arg (G_OBJECT (*element), "backend", "cpu");
  gst_util_set_object_arg (G_OBJECT (*element), "schedule", "every-frame");
  if (orientation)
    gst_util_set_object_arg (G_OBJECT (*element), "orientation", orientation);
  h = test_harness_new (*element);
  gst_harness_set_src_caps_str (h, CAPS);
  return h;
}

/* Black has no colour: all three are alike. */
static void
check_corner (GstBuffer *buffer, const gchar *want)
{
  gdouble confidence = 0;

  fail_unless (gst_structure_get_double (test_get_result (buffer), "confidence",
      &confidence));
  if (!want) {
    fail_unless (confidence < 0.4, "%s", test_get_label (buffer));
    return;
  }
  fail_unless (confidence > 0.5);
  fail_unless_equals_string (test_get_label (buffer), want);
}

static void
check_next (GstHarness *h, gboolean upside_down, const gchar *want)
{
  GstBuffer *buffer = frame_new (0);

  if (upside_down)
    say_upside_down (buffer);
  buffer = test_pass (h, buffer);
  check_corner (buffer, want);
  gst_buffer_unref (buffer);
}

/* The tag turns by 90 degrees, the buffer by 180, both together by 270. */
static const struct
{
  const gchar *orientation;
  const gchar *neither, *tag, *meta, *both;
} words[] = {
  {NULL, UPPER_LEFT, LOWER_LEFT, NULL, UPPER_RIGHT},
  {"auto", UPPER_LEFT, LOWER_LEFT, NULL, UPPER_RIGHT},
  {"tag", UPPER_LEFT, LOWER_LEFT, UPPER_LEFT, LOWER_LEFT},
  {"meta", UPPER_LEFT, UPPER_LEFT, NULL, NULL},
  {"none", UPPER_LEFT, UPPER_LEFT, UPPER_LEFT, UPPER_LEFT},
};

GST_START_TEST (test_words)
{
  GstElement *element;
  GstHarness *h = open_corner (&element, words[__i__].orientation);

  check_next (h, FALSE, words[__i__].neither);
  check_next (h, TRUE, words[__i__].meta);
  gst_harness_push_event (h, tag_new ("rotate-90", GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, words[__i__].tag);
  check_next (h, TRUE, words[__i__].both);
  check_next (h, FALSE, words[__i__].tag);
  gst_harness_push_event (h, tag_new ("rotate-0", GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, words[__i__].neither);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* While playing: from the next frame on. */
GST_START_TEST (test_changed)
{
  GstElement *element;
  GstHarness *h = open_corner (&element, NULL);
  guint i;

  gst_harness_push_event (h, tag_new ("rotate-90", GST_TAG_SCOPE_STREAM));
  for (i = 0; i < 2 * G_N_ELEMENTS (words); i++) {
    guint k = i % G_N_ELEMENTS (words);

    gst_util_set_object_arg (G_OBJECT (element), "orientation",
        words[k].orientation ? words[k].orientation : "auto");
    check_next (h, FALSE, words[k].tag);
    check_next (h, TRUE, words[k].both);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The stream's own word before the container's; one that says nothing takes
 * nothing back; a new stream starts upright. */
GST_START_TEST (test_scopes)
{
  GstElement *element;
  GstHarness *h = open_corner (&element, NULL);

  gst_harness_push_event (h, tag_new ("rotate-180", GST_TAG_SCOPE_GLOBAL));
  check_next (h, FALSE, NULL);
  gst_harness_push_event (h, tag_new ("rotate-90", GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, LOWER_LEFT);
  gst_harness_push_event (h, tag_new ("rotate-180", GST_TAG_SCOPE_GLOBAL));
  check_next (h, FALSE, LOWER_LEFT);
  gst_harness_push_event (h, tag_new (NULL, GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, LOWER_LEFT);
  gst_harness_push_event (h, gst_event_new_stream_start ("another"));
  check_next (h, FALSE, UPPER_LEFT);
  gst_harness_push_event (h, tag_new ("flip-rotate-0", GST_TAG_SCOPE_GLOBAL));
  check_next (h, FALSE, UPPER_RIGHT);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* ---- behind others --------------------------------------------------- */

static gboolean
have_elements (const gchar *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " (){}", -1);
  guint i;

  for (i = 0; words[i]; i++) {
    if (!words[i][0] || !g_ascii_isalpha (words[i][0])
        || strpbrk (words[i], "=/"))
      continue;
    if (!test_have_element (words[i]))
      return FALSE;
  }
  return TRUE;
}

/* Where there is OpenGL and no screen, autovideoflip plugs what cannot start,
 * whatever is behind it. */
static gboolean
runs_alone (const gchar *middle)
{
  g_autofree gchar
      *text = g_strdup_printf ("videotestsrc num-buffers=1 ! %s ! %s fakesink",
          CAPS, middle);
  g_autoptr (GstElement) pipeline = gst_parse_launch (text, NULL);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  gst_object_ref_sink (pipeline);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  g_print ("# skipped: without the network \"%s\" fails as well\n", middle);
  return FALSE;
}

typedef struct
{
  GstElement *pipeline, *source, *sink;
} Line;

static void
line_open (Line *line, const gchar *middle)
{
  g_autofree gchar *model = test_path (CORNER_MODEL);
  g_autofree gchar *text = g_strdup_printf (
      "appsrc name=in format=time "
      "caps=\"%s\" ! %s mobilenet name=m model-file=\"%s\" backend=cpu "
      "threads=1 threshold=0 schedule=every-frame ! appsink name=out "
      "sync=false",
      CAPS, middle, model);
  g_autoptr (GError) error = NULL;

  line->pipeline = gst_parse_launch (text, &error);
  fail_unless (line->pipeline != NULL && error == NULL, "%s: %s", middle,
      error ? error->message : "");
  line->source = gst_bin_get_by_name (GST_BIN (line->pipeline), "in");
  line->sink = gst_bin_get_by_name (GST_BIN (line->pipeline), "out");
  gst_element_set_state (line->pipeline, GST_STATE_PLAYING);
}

static void
line_close (Line *line)
{
  gst_element_set_state (line->pipeline, GST_STATE_NULL);
  gst_object_unref (line->source);
  gst_object_unref (line->sink);
  gst_object_unref (line->pipeline);
}

/* Frames up to the one before the last may still be in flight. */
static void
line_push (Line *line, guint n)
{
  GstFlowReturn result;

  while (n-- > 0) {
    GstBuffer *buffer = frame_new (0);

    g_signal_emit_by_name (line->source, "push-buffer", buffer, &result);
    fail_unless_equals_int (result, GST_FLOW_OK);
    gst_buffer_unref (buffer);
  }
}

static void
line_end (Line *line)
{
  GstFlowReturn result;

  g_signal_emit_by_name (line->source, "end-of-stream", &result);
}

/* Of the last frame; to the end of the stream. */
static void
line_check_last (Line *line, const gchar *what, const gchar *want)
{
  GstSample *sample = NULL, *last = NULL;

  line_end (line);
  for (;;) {
    g_signal_emit_by_name (line->sink, "try-pull-sample", 60 * GST_SECOND,
        &sample);
    if (!sample)
      break;
    if (last)
      gst_sample_unref (last);
    last = sample;
  }
  fail_unless (last != NULL, "%s: no frame", what);
  GST_INFO ("%s: %s", what, test_get_label (gst_sample_get_buffer (last)));
  check_corner (gst_sample_get_buffer (last), want);
  gst_sample_unref (last);
}

#define TAG "taginject tags=image-orientation=rotate-90 ! "
#define TAG_180 "taginject tags=image-orientation=rotate-180 ! "

/* What is in front of the network, and which corner of what the source made
 * is the upper left one of what it is to see. On all versions of GStreamer:
 * some leave the tag as it is, some say that the picture is upright now. */
static const struct
{
  const gchar *middle, *corner;
} fronts[] = {
  {"", UPPER_LEFT},
  {TAG, LOWER_LEFT},
  {TAG "queue ! ", LOWER_LEFT},
  {TAG "videoflip video-direction=auto ! ", LOWER_LEFT},
  {TAG "videoflip method=automatic ! ", LOWER_LEFT},
  {TAG "videoflip video-direction=auto ! queue ! videoconvert ! ", LOWER_LEFT},
  {TAG "videoflip video-direction=auto ! videoscale ! "
       "video/x-raw,width=64,height=64 ! ",
    LOWER_LEFT},
  {TAG "videoflip video-direction=auto ! tee ! queue ! identity ! ",
    LOWER_LEFT},
  {TAG "videoflip video-direction=auto ! capsfilter ! valve ! videorate ! ",
    LOWER_LEFT},
  {TAG "( videoflip video-direction=auto ! queue ) ! ", LOWER_LEFT},
  {TAG "( ( videoflip video-direction=auto ) ) ! videoconvert ! ", LOWER_LEFT},
  {TAG "autovideoflip video-direction=auto ! ", LOWER_LEFT},
  {TAG_180 "videoflip video-direction=auto ! ", NULL},
  {TAG_180 "videoflip video-direction=auto ! "
           "videoflip video-direction=identity ! ",
    NULL},
  /* Not by the tag: that one counts still. */
  {TAG "videoflip video-direction=identity ! ", LOWER_LEFT},
  {TAG "videoflip video-direction=180 ! ", UPPER_RIGHT},
  /* Of somebody behind it. */
  {"videoflip video-direction=auto ! " TAG, LOWER_LEFT},
};

GST_START_TEST (test_behind)
{
  const gchar *middle = fronts[__i__].middle;
  g_autofree gchar *needed = g_strconcat ("appsrc appsink ", middle, NULL);
  Line line;

  if (!have_elements (needed) || !runs_alone (middle))
    return;
  line_open (&line, middle);
  line_push (&line, 3);
  line_check_last (&line, middle, fronts[__i__].corner);
  line_close (&line);
}

GST_END_TEST;

/* The network in a bin of its own, or two. */
GST_START_TEST (test_in_bin)
{
  g_autofree gchar *model = test_path (CORNER_MODEL);
  g_autofree gchar *text =
      g_strdup_printf ("queue ! mobilenet "
                       "model-file=\"%s\" backend=cpu threads=1 threshold=0 "
                       "schedule=every-frame",
          model);
  GstElement *inner, *outer;
  GstElement *flip = gst_element_factory_make ("videoflip", NULL);
  GstPad *pad;
  GstHarness *h;
  GstBuffer *buffer;

  if (!flip) {
    g_print ("# skipped: no videoflip\n");
    return;
  }
  gst_util_set_object_arg (G_OBJECT (flip), "video-direction", "auto");
  inner = gst_parse_bin_from_description (text, TRUE, NULL);
  outer = gst_bin_new (NULL);
  gst_bin_add_many (GST_BIN (outer), flip, inner, NULL);
  fail_unless (gst_element_link (flip, inner));
  pad = gst_element_get_static_pad (flip, "sink");
  gst_element_add_pad (outer, gst_ghost_pad_new ("sink", pad));
  gst_object_unref (pad);
  pad = gst_element_get_static_pad (inner, "src");
  gst_element_add_pad (outer, gst_ghost_pad_new ("src", pad));
  gst_object_unref (pad);
  h = test_harness_new (outer);
  gst_harness_set_src_caps_str (h, CAPS);
  gst_harness_push_event (h, tag_new ("rotate-90", GST_TAG_SCOPE_GLOBAL));
  buffer = test_pass (h, frame_new (0));
  check_corner (buffer, LOWER_LEFT);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The element in front is set otherwise, and the tag is another one, while
 * playing; a picture turned by 180 degrees has the caps that it had. */
GST_START_TEST (test_while_playing)
{
  GstElement *flip = gst_element_factory_make ("videoflip", NULL);
  GstElement *bin = gst_bin_new (NULL), *mobilenet;
  GstHarness *h;
  GstPad *pad;

  if (!flip) {
    g_print ("# skipped: no videoflip\n");
    gst_object_unref (bin);
    return;
  }
  h = open_corner (&mobilenet, NULL);
  gst_object_ref (mobilenet);
  gst_harness_teardown (h);
  gst_bin_add_many (GST_BIN (bin), flip, mobilenet, NULL);
  gst_object_unref (mobilenet);
  fail_unless (gst_element_link (flip, mobilenet));
  pad = gst_element_get_static_pad (flip, "sink");
  gst_element_add_pad (bin, gst_ghost_pad_new ("sink", pad));
  gst_object_unref (pad);
  pad = gst_element_get_static_pad (mobilenet, "src");
  gst_element_add_pad (bin, gst_ghost_pad_new ("src", pad));
  gst_object_unref (pad);
  h = test_harness_new (bin);
  gst_harness_set_src_caps_str (h, CAPS);

  check_next (h, FALSE, UPPER_LEFT);
  gst_harness_push_event (h, tag_new ("rotate-180", GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (flip), "video-direction", "auto");
  gst_harness_push_event (h, tag_new ("rotate-180", GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (mobilenet), "orientation", "none");
  check_next (h, FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (mobilenet), "orientation", "auto");
  gst_harness_push_event (h, tag_new ("rotate-90", GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, LOWER_LEFT);
  gst_harness_push_event (h, tag_new ("rotate-0", GST_TAG_SCOPE_STREAM));
  check_next (h, FALSE, UPPER_LEFT);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
orientation_suite (void)
{
  Suite *suite = suite_create ("orientation");
  TCase *tc = tcase_create ("orientation");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_words, 0, G_N_ELEMENTS (words));
  tcase_add_test (tc, test_changed);
  tcase_add_test (tc, test_scopes);
  tcase_add_loop_test (tc, test_behind, 0, G_N_ELEMENTS (fronts));
  tcase_add_test (tc, test_in_bin);
  tcase_add_test (tc, test_while_playing);
  return suite;
}

GST_CHECK_MAIN (orientation);
