/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Labels as a subtitle track, recorded with a preview beside it and bounded
 * queues, and read back: nothing waits for ever, and each label lasts as
 * long as it did. */

#include "tests/gst/trackutil.h"

#define RATE 10
#define FRAME (GST_SECOND / RATE)

static const struct
{
  const gchar *name;
  guint frames;
  Scene scenes[6];
} scripts[] = {{"one label in a minute", 60 * RATE, {{"cat", 200, 300}}},
  {"one for all of it", 60 * RATE, {{"dog", 0, 600}}},
  {"a late one", 40 * RATE, {{"Käse & 東京", 399, 400}}},
  {"none", 40 * RATE, {{NULL, 0, 0}}},
  {"many", 10 * RATE,
    {{"a", 0, 3}, {"b", 3, 4}, {"a", 6, 30}, {"c", 31, 32}, {"d", 90, 100}}}};

static GArray *
record (guint script, const gchar *encoder, const gchar *mux, const gchar *path)
{
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc num-buffers=%u ! "
      "video/x-raw, format=I420, width=64, height=48, framerate=%d/1 ! "
      "identity name=i ! tee name=t "
      "t. ! queue max-size-buffers=3 ! fakesink sync=false "
      "t. ! queue max-size-buffers=3 ! %s ! queue ! %s name=mux ! "
      "filesink location=\"%s\" "
      "t. ! queue max-size-buffers=3 ! mobilenettext ! queue ! "
      "mux.subtitle_0",
      scripts[script].frames, RATE, encoder, mux, path);
  GstElement *pipeline = parse (line);
  GArray *frames = label_frames (pipeline, "i", scripts[script].scenes);

  run_to_end (pipeline);
  return frames;
}

static void
check_script (guint script, const gchar *encoder, const gchar *mux,
    const gchar *demux)
{
  g_autofree gchar *path = test_path ("recorded");
  GPtrArray *all;
  GArray *frames;
  guint n;

  GST_INFO ("%s: %s", mux, scripts[script].name);
  frames = record (script, encoder, mux, path);
  all = read_back (demux, path, FRAME / 4, &n);
  fail_unless_equals_int (n, scripts[script].frames);
  check_scenes (all, scripts[script].scenes, frames, 0, n, FRAME / 4,
      scripts[script].name);
  g_ptr_array_unref (all);
  g_array_unref (frames);
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
             "x264enc, openh264enc with h264parse, or vp9enc with vp9parse for "
             "MP4 "
             "(gstreamer1.0-plugins-bad)\n",
        mux);
    return 77;
  }
  return gst_check_run_suite (label_tracks_suite (), "label_tracks", __FILE__);
}
