/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Recordings at the sizes of cameras, with queues as they are by default and
 * nothing behind the encoder, from live and other sources: nothing waits for
 * ever, and each label lasts as long as it did. By hand for longer:
 * MOBILENET_RECORD_SECONDS=60. Where ffmpeg is, it has to agree. */

#include "tests/gst/trackutil.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

/* Changes within a GOP and a fragment, silence, one frame alone. */
static const Scene scenes[] = {
  {"one", 0, 20}, {"two", 20, 21}, {"one", 30, 47}, {"three", 47, 1 << 30},
  {NULL, 0, 0}
};

static const struct
{
  const gchar *name;
  gboolean live;
  gint width, height, rate;
  const gchar *encoder;         /* NULL: that for MP4 */
  const gchar *mux, *demux;
  gboolean text_first;          /* at the muxer */
  gdouble cues;                 /* a second, of what does not change */
} cases[] = {
  {"mkv, live", TRUE, 1920, 1080, 30, "jpegenc", "matroskamux",
      "matroskademux", FALSE, 3},
  {"mkv, not live", FALSE, 1920, 1080, 30, "jpegenc", "matroskamux",
      "matroskademux", TRUE, 3},
  {"mkv, 4K", TRUE, 3840, 2160, 15, "jpegenc", "matroskamux",
      "matroskademux", FALSE, 3},
  {"mp4, live", TRUE, 1920, 1080, 30, NULL, "mp4mux", "qtdemux", FALSE, 0},
  {"mp4, not live", FALSE, 1280, 720, 30, NULL, "mp4mux", "qtdemux", TRUE, 0},
  {"mp4, 4K", TRUE, 3840, 2160, 15, NULL, "mp4mux", "qtdemux", TRUE, 0},
};

static guint
get_frames (guint rate)
{
  const gchar *seconds = g_getenv ("MOBILENET_RECORD_SECONDS");

  return seconds ? atoi (seconds) * rate : 2 * rate;
}

/* Video in front of a muxer named mux, a preview, and lines of JSON. */
static GArray *
record (guint i, const gchar * encoder, const gchar * mux,
    const gchar * video)
{
  g_autofree gchar *ndjson = test_path ("lines.ndjson");
  g_autofree gchar *picture = g_strdup_printf ("t. ! queue ! %s ! mux.%s",
      encoder, video);
  const gchar *text = "t. ! queue ! mobilenettext ! mux.subtitle_0";
  gboolean text_first = cases[i].text_first;
  g_autofree gchar *line = g_strdup_printf ("videotestsrc pattern=black "
      "is-live=%s num-buffers=%u ! video/x-raw, format=I420, width=%d, "
      "height=%d, framerate=%d/1 ! identity name=i ! tee name=t  "
      "t. ! queue ! fakesink  %s  %s  "
      "t. ! queue ! mobilenettext ! application/x-ndjson ! "
      "filesink location=\"%s\"  %s", cases[i].live ? "true" : "false",
      get_frames (cases[i].rate), cases[i].width, cases[i].height,
      cases[i].rate, text_first ? text : picture,
      text_first ? picture : text, ndjson, mux);
  GstElement *pipeline = parse (line);
  GArray *frames = label_frames (pipeline, "i", scenes);

  run_to_end (pipeline);
  return frames;
}

/* A line for each frame with a label. */
static void
check_lines (guint n_frames)
{
  g_autofree gchar *path = test_path ("lines.ndjson"), *text = NULL;
  guint n = 0, expected = 0, i;
  const Scene *scene;
  gchar *p;

  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  for (p = text; (p = strchr (p, '\n')); p++)
    n++;
  for (scene = scenes; scene->label; scene++) {
    for (i = scene->from; i < MIN (scene->to, n_frames); i++)
      expected++;
  }
  fail_unless_equals_int (n, expected);
}

static void
check_cues (GPtrArray * heard, gdouble per_second, const gchar * name)
{
  guint i;

  for (i = 0; i < heard->len; i++) {
    const Heard *one = heard->pdata[i];
    guint most = 1 + per_second * (one->end - one->start) / GST_SECOND;

    fail_unless (one->n_cues <= most, "%s: %u pieces for \"%s\"", name,
        one->n_cues, one->label);
  }
}

GST_START_TEST (test_recording)
{
  const gchar *encoder = cases[__i__].encoder ? cases[__i__].encoder
      : mp4_encoder ();
  guint rate = cases[__i__].rate;
  g_autofree gchar *path = test_path ("recorded"), *mux = NULL;
  GPtrArray *heard;
  GArray *frames;

  if (!encoder || !have (cases[__i__].mux)) {
    g_print ("# skipped: %s: no encoder\n", cases[__i__].name);
    return;
  }
  mux = g_strdup_printf ("%s name=mux ! filesink location=\"%s\"",
      cases[__i__].mux, path);
  frames = record (__i__, encoder, mux, "video_0");
  check_lines (frames->len - 1);
  heard = read_back (cases[__i__].demux, path, GST_SECOND / rate / 4);
  check_scenes (heard, scenes, frames, GST_SECOND / rate / 2,
      cases[__i__].name);
  check_cues (heard, cases[__i__].cues, cases[__i__].name);
  g_ptr_array_unref (heard);
  g_array_unref (frames);
}

GST_END_TEST;

static Suite *
recordings_suite (void)
{
  Suite *suite = suite_create ("recordings");
  TCase *tc = tcase_create ("recordings");

  tcase_set_timeout (tc, 300);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_recording, 0, G_N_ELEMENTS (cases));
  return suite;
}

GST_CHECK_MAIN (recordings);
