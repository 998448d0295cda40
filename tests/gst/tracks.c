/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Labels as a subtitle track, recorded with a preview beside it and bounded
 * queues, and read back: nothing waits for ever, and each label lasts as
 * long as it did. */

#include "tests/gst/testutil.h"

#include <string.h>

#define RATE 10
#define FRAME (GST_SECOND / RATE)

/* ---- what was seen --------------------------------------------------- */

typedef struct
{
  const gchar *label;           /* NULL: nothing */
  guint from, to;               /* frames */
} Scene;

static const struct
{
  const gchar *name;
  guint frames;
  Scene scenes[6];
} scripts[] = {
  {"one label in a minute", 60 * RATE, {{"cat", 200, 300}}},
  {"one for all of it", 60 * RATE, {{"dog", 0, 600}}},
  {"a late one", 40 * RATE, {{"Käse & 東京", 399, 400}}},
  {"none", 40 * RATE, {{NULL, 0, 0}}},
  {"many", 10 * RATE, {{"a", 0, 3}, {"b", 3, 4}, {"a", 6, 30}, {"c", 31, 32},
          {"d", 90, 100}}}
};

static const gchar *
label_at (guint script, guint n)
{
  const Scene *scene = scripts[script].scenes;

  for (; scene->label; scene++) {
    if (n >= scene->from && n < scene->to)
      return scene->label;
  }
  return NULL;
}

static GstPadProbeReturn
label_frame (GstPad * pad, GstPadProbeInfo * info, gpointer user_data)
{
  GstBuffer *buffer = gst_buffer_make_writable
      (GST_PAD_PROBE_INFO_BUFFER (info));
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  const gchar *label = label_at (GPOINTER_TO_UINT (user_data),
      (pts + FRAME / 2) / FRAME);
  GstMobilenetScore score = { 0, 0.9, label };
  GstMobilenetResult result = { "e", "m", "classification", "cpu", pts, 0,
    label ? 1 : 0, &score
  };

  gst_mobilenet_meta_attach (buffer, &result, 0, TRUE);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  return GST_PAD_PROBE_OK;
}

/* ---- recording ------------------------------------------------------- */

static gboolean
have (const gchar * name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  return factory != NULL;
}

static const gchar *
mp4_encoder (void)
{
  if (have ("x264enc"))
    return "x264enc speed-preset=ultrafast tune=zerolatency";
  if (have ("openh264enc") && have ("h264parse"))
    return "openh264enc ! h264parse";
  if (have ("vp9enc") && have ("vp9parse"))
    return "vp9enc deadline=1 cpu-used=8 ! vp9parse";
  return NULL;
}

static void
run_to_end (GstElement * pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 120 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "it stalls");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    ck_abort_msg ("%s", error->message);
  }
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

static GstElement *
parse (const gchar * line)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);

  g_assert_no_error (error);
  return pipeline;
}

static void
record (guint script, const gchar * encoder, const gchar * mux,
    const gchar * path)
{
  g_autofree gchar *line = g_strdup_printf ("videotestsrc num-buffers=%u ! "
      "video/x-raw, format=I420, width=64, height=48, framerate=%d/1 ! "
      "identity name=i ! tee name=t "
      "t. ! queue max-size-buffers=3 ! fakesink sync=false "
      "t. ! queue max-size-buffers=3 ! %s ! queue ! %s name=mux ! "
      "filesink location=\"%s\" "
      "t. ! queue max-size-buffers=3 ! mobilenettext ! queue ! "
      "mux.subtitle_0", scripts[script].frames, RATE, encoder, mux, path);
  GstElement *pipeline = parse (line);
  GstElement *identity = gst_bin_get_by_name (GST_BIN (pipeline), "i");
  GstPad *pad = gst_element_get_static_pad (identity, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, label_frame,
      GUINT_TO_POINTER (script), NULL);
  gst_object_unref (pad);
  gst_object_unref (identity);
  run_to_end (pipeline);
}

/* ---- reading back ---------------------------------------------------- */

typedef struct
{
  gchar *label;
  GstClockTime start, end;
} Heard;

static void
free_heard (gpointer data)
{
  Heard *heard = data;

  g_free (heard->label);
  g_free (heard);
}

/* Joins what follows on the same text. */
static void
hear (GPtrArray * all, const gchar * text, GstClockTime start, GstClockTime end)
{
  Heard *last = all->len > 0 ? all->pdata[all->len - 1] : NULL;

  if (last && start > last->end + FRAME / 4)
    last = NULL;
  if (last && strcmp (last->label, text) == 0) {
    last->end = end;
    return;
  }
  last = g_new0 (Heard, 1);
  last->label = g_strdup (text);
  last->start = start;
  last->end = end;
  g_ptr_array_add (all, last);
}

static void
on_text (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  if (map.size > 0 && map.data[0]) {
    g_autofree gchar *raw = g_strndup ((gchar *) map.data, map.size);
    g_auto (GStrv) parts = g_strsplit (raw, "&amp;", -1);
    /* matroskademux makes markup of plain text. */
    g_autofree gchar *text = g_strjoinv ("&", parts);

    fail_unless (GST_BUFFER_DURATION_IS_VALID (buffer));
    hear (data, text, GST_BUFFER_PTS (buffer),
        GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer));
  }
  gst_buffer_unmap (buffer, &map);
}

static void
on_pad (GstElement * demux, GstPad * pad, gpointer data)
{
  g_autoptr (GstObject) pipeline = gst_object_get_parent (GST_OBJECT (demux));
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  gboolean text = gst_structure_has_name (gst_caps_get_structure (caps, 0),
      "text/x-raw");
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (text ?
      "queue ! fakesink name=s sync=false async=false signal-handoffs=true"
      : "queue ! fakesink sync=false async=false", TRUE, &error);
  GstPad *sinkpad = gst_element_get_static_pad (bin, "sink");

  g_assert_no_error (error);
  if (text) {
    GstElement *sink = gst_bin_get_by_name (GST_BIN (bin), "s");

    g_signal_connect (sink, "handoff", G_CALLBACK (on_text), data);
    gst_object_unref (sink);
  }
  gst_bin_add (GST_BIN (pipeline), bin);
  gst_element_sync_state_with_parent (bin);
  fail_unless_equals_int (gst_pad_link (pad, sinkpad), GST_PAD_LINK_OK);
  gst_object_unref (sinkpad);
}

static GPtrArray *
read_back (const gchar * demux, const gchar * path)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (free_heard);
  g_autofree gchar *line = g_strdup_printf ("filesrc location=\"%s\" ! "
      "%s name=d", path, demux);
  GstElement *pipeline = parse (line);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "d");

  g_signal_connect (element, "pad-added", G_CALLBACK (on_pad), all);
  gst_object_unref (element);
  run_to_end (pipeline);
  return all;
}

static void
check_time (GstClockTime got, guint frame)
{
  GstClockTimeDiff off = GST_CLOCK_DIFF (frame * FRAME, got);

  fail_unless (ABS (off) <= FRAME / 4, "%" GST_STIME_FORMAT " off",
      GST_STIME_ARGS (off));
}

static void
check_script (guint script, const gchar * encoder, const gchar * mux,
    const gchar * demux)
{
  g_autofree gchar *path = test_path ("recorded");
  const Scene *scene = scripts[script].scenes;
  GPtrArray *all;
  guint n = 0;

  GST_INFO ("%s: %s", mux, scripts[script].name);
  record (script, encoder, mux, path);
  all = read_back (demux, path);
  for (; scene->label; scene++, n++) {
    Heard *heard;

    fail_unless (n < all->len, "%s: no \"%s\"", scripts[script].name,
        scene->label);
    heard = all->pdata[n];
    fail_unless_equals_string (heard->label, scene->label);
    check_time (heard->start, scene->from);
    check_time (heard->end, scene->to);
  }
  fail_unless_equals_int (all->len, n);
  g_ptr_array_unref (all);
}

/* What this run records. */
static const gchar *encoder, *mux, *demux;

GST_START_TEST (test_track)
{
  check_script (__i__, encoder, mux, demux);
}

GST_END_TEST;

static Suite *
label_tracks_suite (void)
{
  Suite *suite = suite_create ("label-tracks");
  TCase *tc = tcase_create ("tracks");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_track, 0, G_N_ELEMENTS (scripts));
  return suite;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  if (argc == 2 && strcmp (argv[1], "mp4") == 0) {
    mux = "mp4mux";
    demux = "qtdemux";
    encoder = mp4_encoder ();
  } else {
    mux = "matroskamux";
    demux = "matroskademux";
    encoder = have ("vp8enc") ? "vp8enc deadline=1 cpu-used=8" : NULL;
  }
  if (!encoder || !have (mux) || !have (demux)) {
    g_print ("skipped: no %s, or no encoder for it: vp8enc for Matroska; "
        "x264enc, openh264enc with h264parse, or vp9enc with vp9parse for MP4 "
        "(gstreamer1.0-plugins-bad)\n", mux);
    return 77;
  }
  return gst_check_run_suite (label_tracks_suite (), "label_tracks", __FILE__);
}
