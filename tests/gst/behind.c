/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lies behind `mobilenetoverlay` in pipelines, also what comes there
 * later: drawings are attached or blended as those of textoverlay are. */

#include "tests/gst/overlayutil.h"

#include <string.h>

/* ---- pipelines ------------------------------------------------------- */

/* What most of these pipelines are made of, and one more. */
static gboolean
have_elements (const gchar *name)
{
  return test_have_element ("videotestsrc") && test_have_element ("videoscale")
      && test_have_element ("videoconvert") && test_have_element ("videorate")
      && test_have_element ("appsink") && test_have_element (name);
}

static const gchar *const textoverlay =
    "textoverlay text=hello valignment=top halignment=left shaded-background=0";

/* A pipeline of red frames with an overlay, and what is behind it; the frames
 * are seen on their way into the element named s. */
static GstElement *
pipeline_new (const gchar *overlay, const gchar *tail, guint n_frames)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc pattern=red "
      "num-buffers=%u ! video/x-raw,format=I420,width=320,height=240,"
      "framerate=25/1 ! mobilenet name=m threshold=0 backend=cpu "
      "schedule=every-frame post-messages=none model-file=\"%s\" ! %s ! %s",
      n_frames, model, overlay, tail);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);

  fail_unless (pipeline != NULL && error == NULL, "%s: %s", line,
      error ? error->message : "");
  return pipeline;
}

/* What is to be seen on the last frame. */
typedef struct
{
  gint width;
  guint n_drawn;                 /* pixels of luma that are not as most are */
  gint left, top, right, bottom; /* where they are */
  gint n_rectangles;
  GstVideoRectangle first; /* of the composition, if there is one */
} Sight;

static void
look_at_luma (const GstVideoFrame *frame, Sight *sight)
{
  const guint8 *luma = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  gint width = GST_VIDEO_FRAME_WIDTH (frame);
  gint height = GST_VIDEO_FRAME_HEIGHT (frame);
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0), x, y;
  gint ground = luma[(height - 1) * stride + width - 1];

  sight->left = width;
  sight->top = height;
  for (y = 0; y < height; y++) {
    for (x = 0; x < width; x++) {
      if (ABS (luma[y * stride + x] - ground) < 8)
        continue;
      sight->n_drawn++;
      sight->left = MIN (sight->left, x);
      sight->right = MAX (sight->right, x);
      sight->top = MIN (sight->top, y);
      sight->bottom = MAX (sight->bottom, y);
    }
  }
}

static GstPadProbeReturn
look (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Sight *sight = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  GstVideoOverlayComposition
      *composition = test_overlay_get_composition (buffer);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstVideoFrame frame;
  GstVideoInfo info;

  memset (sight, 0, sizeof (*sight));
  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ));
  sight->width = info.width;
  look_at_luma (&frame, sight);
  gst_video_frame_unmap (&frame);
  if (composition) {
    sight->n_rectangles =
        gst_video_overlay_composition_n_rectangles (composition);
    test_overlay_get_rectangle (buffer, 0, &sight->first);
  }
  return GST_PAD_PROBE_OK;
}

static void
watch (GstElement *pipeline, const gchar *name, Sight *sight)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstPad *pad = gst_element_get_static_pad (element, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look, sight, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);
}

static void
play_to_end (GstElement *pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "it does not end");
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_object_unref (bus);
}

static void
discard (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static Sight
play (const gchar *overlay, const gchar *tail)
{
  GstElement *pipeline = pipeline_new (overlay, tail, 3);
  Sight sight = {0};

  watch (pipeline, "s", &sight);
  play_to_end (pipeline);
  discard (pipeline);
  return sight;
}

/* Whether textoverlay is there, and can draw: without a font it does not. */
static gboolean
have_textoverlay (void)
{
  if (!test_have_element ("textoverlay"))
    return FALSE;
  if (play (textoverlay, "fakesink name=s").n_drawn > 100)
    return TRUE;
  g_print ("# skipped: textoverlay draws nothing, there is no font\n");
  return FALSE;
}

/* What lies behind, and whether drawings are attached there. */
static const struct
{
  const gchar *needed, *tail;
  gboolean attached;
} tails[] = {
  {"fakesink", "fakesink name=s", FALSE},
  {"fakevideosink", "fakevideosink name=s sync=false", TRUE},
  {"fakevideosink", "queue ! videoconvert ! fakevideosink name=s sync=false",
    TRUE},
  {"fakevideosink", "tee ! queue ! fakevideosink name=s sync=false", TRUE},
  {"fakevideosink", "videoscale ! fakevideosink name=s sync=false", TRUE},
  {"fakevideosink",
    "videorate ! video/x-raw,framerate=10/1 ! "
    "fakevideosink name=s sync=false",
    FALSE},
  {"fakevideosink", "video/x-raw ! fakevideosink name=s sync=false", FALSE},
  {"videobox", "videobox right=8 ! fakevideosink name=s sync=false", FALSE},
};

GST_START_TEST (test_behind)
{
  Sight ours, theirs;

  if (!have_elements ("fakevideosink")
      || !test_have_element (tails[__i__].needed))
    return;
  ours = play ("mobilenetoverlay", tails[__i__].tail);
  fail_unless_equals_int (ours.n_rectangles > 0, tails[__i__].attached);
  fail_unless_equals_int (ours.n_drawn > 500, !tails[__i__].attached);
  if (!have_textoverlay ())
    return;
  theirs = play (textoverlay, tails[__i__].tail);
  fail_unless_equals_int (theirs.n_rectangles > 0, ours.n_rectangles > 0);
  fail_unless_equals_int (theirs.n_drawn > 100, ours.n_drawn > 500);
  /* Both: neither takes away the other's. */
  ours = play ("textoverlay text=hello ! mobilenetoverlay", tails[__i__].tail);
  fail_unless_equals_int (ours.n_rectangles, tails[__i__].attached ? 2 : 0);
}

GST_END_TEST;

/* A scaler scales the drawing too, whether it is in the pixels or, with newer
 * versions, attached. */
GST_START_TEST (test_scaled)
{
  static const gchar *const format =
      "videoscale ! "
      "video/x-raw%s,width=%d,height=%d ! fakevideosink name=s sync=false";
  static const gchar *const features[] = {"", "(ANY)"};
  guint i;

  if (!have_elements ("fakevideosink"))
    return;
  for (i = 0; i < G_N_ELEMENTS (features); i++) {
    g_autofree gchar *half = g_strdup_printf (format, features[i], 160, 120);
    g_autofree gchar *twice = g_strdup_printf (format, features[i], 640, 480);
    Sight plain = play ("mobilenetoverlay", "fakesink name=s");
    Sight small = play ("mobilenetoverlay", half);
    Sight large = play ("mobilenetoverlay", twice);

    fail_unless_equals_int (small.width, 160);
    fail_unless_equals_int (large.width, 640);
    if (small.n_rectangles > 0) {
      fail_unless (ABS (2 * small.first.w - (plain.right - plain.left)) <= 6);
      fail_unless (ABS (large.first.w - 2 * (plain.right - plain.left)) <= 6);
      continue;
    }
    fail_unless (ABS (2 * small.left - plain.left) <= 4);
    fail_unless (ABS (2 * small.right - plain.right) <= 4);
    fail_unless (ABS (2 * small.bottom - plain.bottom) <= 4);
    fail_unless (ABS (large.right - 2 * plain.right) <= 6);
    fail_unless (ABS (large.bottom - 2 * plain.bottom) <= 6);
  }
}

GST_END_TEST;

/* ---- a branch that comes later --------------------------------------- */

static GstBuffer *
pull (GstElement *sink)
{
  GstSample *sample = NULL;
  GstBuffer *buffer;

  g_signal_emit_by_name (sink, "try-pull-sample", 60 * GST_SECOND, &sample);
  fail_unless (sample != NULL);
  buffer = gst_buffer_ref (gst_sample_get_buffer (sample));
  gst_sample_unref (sample);
  return buffer;
}

/* As an element that draws compositions itself. */
static GstPadProbeReturn
name_meta (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_meta (query,
      GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
  return GST_PAD_PROBE_HANDLED;
}

static GstPadProbeReturn
note_blocked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_atomic_int_set ((gint *) user_data, TRUE);
  return GST_PAD_PROBE_OK;
}

/* No frame is on its way behind the overlay, as applications do it. Returns
 * the probe's id. */
static gulong
block (GstPad *pad, GstElement *sink)
{
  gint blocked = FALSE;
  gulong id = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, note_blocked,
      &blocked, NULL);

  while (!g_atomic_int_get (&blocked)) {
    GstSample *sample = NULL;

    /* It may wait for room. */
    g_signal_emit_by_name (sink, "try-pull-sample", GST_MSECOND, &sample);
    if (sample)
      gst_sample_unref (sample);
  }
  return id;
}

static GstPad *
get_pad (GstElement *bin, const gchar *element, const gchar *name)
{
  GstElement *child = gst_bin_get_by_name (GST_BIN (bin), element);
  GstPad *pad = gst_element_get_static_pad (child, name);

  gst_object_unref (child);
  return pad;
}

static guint
count_drawn (GstBuffer *buffer)
{
  GstMapInfo map;
  guint n = 0, i;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (i = 0; i < map.size; i++)
    n += ABS (map.data[i] - map.data[map.size - 1]) >= 8;
  gst_buffer_unmap (buffer, &map);
  return n;
}

/* How many pixels are drawn upon in each of the frames that a branch gets
 * which is added while playing: the least of them. */
static guint
record_late (const gchar *overlay)
{
  g_autofree gchar *named = g_strdup_printf ("%s name=overlay", overlay);
  GstElement *pipeline = pipeline_new (named,
      "tee name=t ! queue "
      "max-size-buffers=2 ! appsink name=first max-buffers=2 sync=false",
      200);
  GstElement *first = gst_bin_get_by_name (GST_BIN (pipeline), "first");
  GstElement *tee = gst_bin_get_by_name (GST_BIN (pipeline), "t");
  GstElement *branch = gst_parse_bin_from_description (
      "queue ! videoconvert "
      "! video/x-raw,format=GRAY8 ! appsink name=late sync=false",
      TRUE, NULL);
  GstElement *late = gst_bin_get_by_name (GST_BIN (branch), "late");
  GstPad *preview = get_pad (pipeline, "first", "sink"), *src;
  GstPad *gate = get_pad (pipeline, "m", "sink");
  GstPad *sink = gst_element_get_static_pad (branch, "sink");
  guint i, least = G_MAXUINT;
  GstBuffer *buffer;
  gulong id;

  /* A preview that draws compositions itself. */
  gst_pad_add_probe (preview, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, name_meta,
      NULL, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  buffer = pull (first);
  fail_unless (test_overlay_get_composition (buffer) != NULL);
  gst_buffer_unref (buffer);
  id = block (gate, first);
  gst_bin_add (GST_BIN (pipeline), branch);
  gst_element_sync_state_with_parent (branch);
  src = gst_element_request_pad_simple (tee, "src_%u");
  fail_unless_equals_int (gst_pad_link (src, sink), GST_PAD_LINK_OK);
  gst_pad_remove_probe (gate, id);
  for (i = 0; i < 8; i++)
    gst_buffer_unref (pull (first));
  for (i = 0; i < 4; i++) {
    buffer = pull (late);
    least = MIN (least, count_drawn (buffer));
    gst_buffer_unref (buffer);
  }
  gst_object_unref (preview);
  gst_object_unref (gate);
  gst_object_unref (src);
  gst_object_unref (sink);
  gst_object_unref (late);
  gst_object_unref (first);
  gst_object_unref (tee);
  discard (pipeline);
  return least;
}

GST_START_TEST (test_late_branch)
{
  if (!have_elements ("tee"))
    return;
  fail_unless (record_late ("mobilenetoverlay") > 500);
  if (have_textoverlay ())
    fail_unless (record_late (textoverlay) > 100);
}

GST_END_TEST;

static Suite *
behind_suite (void)
{
  Suite *suite = suite_create ("behind");
  TCase *tc = tcase_create ("behind");

  tcase_set_timeout (tc, 120);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_behind, 0, G_N_ELEMENTS (tails));
  tcase_add_test (tc, test_scaled);
  tcase_add_test (tc, test_late_branch);
  return suite;
}

GST_CHECK_MAIN (behind);
