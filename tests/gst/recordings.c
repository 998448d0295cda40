/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Recordings at the sizes of cameras, with queues as they are by default and
 * nothing behind the encoder, from live and other sources: nothing waits for
 * ever, and each label lasts as long as it did. Where ffmpeg is, it has to
 * agree. By hand for longer, or with another encoder:
 * MOBILENET_RECORD_SECONDS=60 CK_TIMEOUT_MULTIPLIER=10
 * MOBILENET_RECORD_ENCODER="x264enc speed-preset=ultrafast"
 * MOBILENET_RECORD_CASE="mp4, live" */

#include "tests/gst/trackutil.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

/* Changes within a GOP and a fragment, silence, one frame alone. */
static const Scene scenes[] = {{"one", 0, 20}, {"two", 20, 21}, {"one", 30, 47},
  {"three", 47, 1 << 30}, {NULL, 0, 0}};

static const struct
{
  const gchar *name;
  gboolean live;
  gint width, height, rate;
  const gchar *encoder; /* NULL: that for MP4 */
  const gchar *mux, *demux;
  gboolean text_first; /* at the muxer */
  gdouble cues;        /* a second, of what does not change */
} cases[] = {
  {"mkv, live", TRUE, 1920, 1080, 30, "jpegenc", "matroskamux", "matroskademux",
    FALSE, 30},
  {"mkv, not live", FALSE, 1920, 1080, 30, "jpegenc", "matroskamux",
    "matroskademux", TRUE, 30},
  {"mkv, 4K", TRUE, 3840, 2160, 15, "jpegenc", "matroskamux", "matroskademux",
    FALSE, 30},
  {"mp4, live", TRUE, 1920, 1080, 30, NULL, "mp4mux", "qtdemux", FALSE, 0},
  {"mp4, not live", FALSE, 1280, 720, 30, NULL, "mp4mux", "qtdemux", TRUE, 0},
  /* Where it is not live, a preview would wait for the encoder. */
  {"mp4, lookahead", FALSE, 1920, 1080, 30,
    "x264enc speed-preset=superfast rc-lookahead=40", "mp4mux", "qtdemux",
    FALSE, 0},
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
record (guint i, const gchar *encoder, const gchar *mux, const gchar *video)
{
  g_autofree gchar *ndjson = test_path ("lines.ndjson");
  g_autofree gchar *picture = g_strdup_printf ("t. ! queue ! %s ! mux.%s",
      encoder, video);
  const gchar *text = "t. ! queue ! mobilenettext ! mux.subtitle_0";
  gboolean text_first = cases[i].text_first;
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc pattern=black "
      "is-live=%s num-buffers=%u ! video/x-raw, format=I420, width=%d, "
      "height=%d, framerate=%d/1 ! identity name=i ! tee name=t  "
      "%s  %s  %s  "
      "t. ! queue ! mobilenettext ! application/x-ndjson ! "
      "filesink location=\"%s\"  %s",
      cases[i].live ? "true" : "false", get_frames (cases[i].rate),
      cases[i].width, cases[i].height, cases[i].rate,
      strstr (encoder, "lookahead") ? "" : "t. ! queue ! fakesink",
      text_first ? text : picture, text_first ? picture : text, ndjson, mux);
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
check_cues (GPtrArray *heard, gdouble per_second, const gchar *name)
{
  guint i;

  for (i = 0; i < heard->len; i++) {
    const Heard *one = heard->pdata[i];
    guint most = 1 + per_second * (one->end - one->start) / GST_SECOND;

    fail_unless (one->n_cues <= most, "%s: %u pieces for \"%s\"", name,
        one->n_cues, one->label);
  }
}

static const gchar *
get_encoder (guint i)
{
  const gchar *given = g_getenv ("MOBILENET_RECORD_ENCODER");
  const gchar *only = g_getenv ("MOBILENET_RECORD_CASE");
  const gchar *encoder = given ? given
      : cases[i].encoder       ? cases[i].encoder
                               : mp4_encoder ();

  if (only && strcmp (only, cases[i].name) != 0)
    return NULL;
  if (!encoder || !have (cases[i].mux)
      || (strstr (encoder, "x264enc") && !have ("x264enc"))) {
    g_print ("# skipped: %s: no encoder\n", cases[i].name);
    return NULL;
  }
  return encoder;
}

/* A file has frames from a on; returns after which. */
static guint
check_file (guint i, const gchar *path, const GArray *frames, guint a,
    gdouble cues)
{
  GstClockTime frame = GST_SECOND / cases[i].rate;
  GPtrArray *heard;
  guint n;

  heard = read_back (cases[i].demux, path, frame / 4, &n);
  check_scenes (heard, scenes, frames, a, a + n, frame / 2, cases[i].name);
  check_cues (heard, cues, cases[i].name);
  g_ptr_array_unref (heard);
  heard = read_by_ffmpeg (path, frame / 4);
  if (heard) {
    check_scenes (heard, scenes, frames, a, a + n, frame, "ffmpeg");
    g_ptr_array_unref (heard);
  }
  return a + n;
}

GST_START_TEST (test_recording)
{
  const gchar *encoder = get_encoder (__i__);
  g_autofree gchar *path = test_path ("recorded"), *mux = NULL;
  GArray *frames;

  if (!encoder)
    return;
  mux = g_strdup_printf ("%s name=mux ! filesink location=\"%s\"",
      cases[__i__].mux, path);
  frames = record (__i__, encoder, mux, "video_0");
  check_lines (frames->len - 1);
  fail_unless_equals_int (check_file (__i__, path, frames, 0,
                              cases[__i__].cues),
      frames->len - 1);
  g_array_unref (frames);
}

GST_END_TEST;

/* Files of about a second each. Their labels go on in the next one. */
GST_START_TEST (test_split)
{
  const gchar *encoder = get_encoder (__i__);
  g_autofree gchar *pattern = test_path ("part%02d"), *mux = NULL;
  guint n = 0, i;
  GArray *frames;

  if (!encoder)
    return;
  mux = g_strdup_printf ("splitmuxsink name=mux max-size-time=1000000000 "
                         "send-keyframe-requests=true muxer-factory=%s "
                         "location=\"%s\"",
      cases[__i__].mux, pattern);
  frames = record (__i__, encoder, mux, "video");
  for (i = 0; n < frames->len - 1; i++) {
    g_autofree gchar *name = g_strdup_printf ("part%02u", i);
    g_autofree gchar *path = test_path (name);

    n = check_file (__i__, path, frames, n, cases[__i__].rate);
  }
  fail_unless_equals_int (n, frames->len - 1);
  fail_unless (i > 1, "it was not split");
  g_array_unref (frames);
}

GST_END_TEST;

/* ---- on the picture -------------------------------------------------- */

typedef struct
{
  guint n;
  guint slack; /* frames: files have whole milliseconds */
} Picture;

/* Black frames with something white on them have a label; fakesink may take
 * it as metadata. */
static void
check_picture (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  Picture *picture = data;
  gboolean bright = gst_buffer_get_video_overlay_composition_meta (buffer)
      != NULL;
  GstMapInfo map;
  gsize i;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  for (i = 0; i < 1280 * 720 && !bright; i++)
    bright = map.data[i] > 128;
  gst_buffer_unmap (buffer, &map);
  i = picture->n++;
  fail_unless (bright == (label_at (scenes, i) != NULL)
          || bright == (label_at (scenes, i + picture->slack) != NULL),
      "frame %u", (guint) i);
}

#define PICTURE \
  "video/x-raw, format=I420, width=1280, height=720, " \
  "framerate=30/1"

static void
check_pictures (const gchar *line, gboolean label, guint n_frames)
{
  GstElement *pipeline = parse (line);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  g_autoptr (GArray) frames = label ? label_frames (pipeline, "i", scenes)
                                    : NULL;
  Picture picture = {0, label ? 0 : 1};

  g_object_set (sink, "signal-handoffs", TRUE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (check_picture), &picture);
  gst_object_unref (sink);
  run_to_end (pipeline);
  fail_unless_equals_int (picture.n, n_frames);
}

static gboolean
can_show (void)
{
  if (have ("textoverlay") && have ("jpegdec"))
    return TRUE;
  g_print ("# skipped: no textoverlay or no jpegdec\n");
  return FALSE;
}

/* textoverlay shows them from the first frame to the last, while they are
 * made... */
GST_START_TEST (test_shown)
{
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc pattern=black "
      "is-live=%s num-buffers=60 ! " PICTURE " ! identity name=i ! "
      "tee name=t  t. ! queue ! o.video_sink  t. ! queue ! mobilenettext ! "
      "o.text_sink  textoverlay name=o ! fakesink name=s",
      __i__ ? "true" : "false");

  if (can_show ())
    check_pictures (line, TRUE, 60);
}

GST_END_TEST;

/* ...and when they are played. */
GST_START_TEST (test_played)
{
  const gchar *mux = __i__ ? "qtmux" : "matroskamux";
  const gchar *demux = __i__ ? "qtdemux" : "matroskademux";
  g_autofree gchar *path = test_path ("recorded");
  g_autofree gchar
      *make = g_strdup_printf ("videotestsrc pattern=black "
                               "num-buffers=60 ! " PICTURE
                               " ! identity name=i ! tee name=t  "
                               "t. ! queue ! jpegenc ! m.video_0  "
                               "t. ! queue ! mobilenettext ! m.subtitle_0  "
                               "%s name=m ! filesink location=\"%s\"",
          mux, path);
  g_autofree gchar *play =
      g_strdup_printf ("filesrc location=\"%s\" ! "
                       "%s name=d  d.video_0 ! queue ! jpegdec ! o.video_sink  "
                       "d.subtitle_0 ! queue ! o.text_sink  "
                       "textoverlay name=o ! fakesink name=s",
          path, demux);
  GstElement *pipeline;
  GArray *frames;

  if (!can_show ())
    return;
  pipeline = parse (make);
  frames = label_frames (pipeline, "i", scenes);
  run_to_end (pipeline);
  g_array_unref (frames);
  check_pictures (play, FALSE, 60);
}

GST_END_TEST;

static Suite *
recordings_suite (void)
{
  static const gchar *names[] = {"whole", "split", "overlay"};
  Suite *suite = suite_create ("recordings");
  TCase *tc[G_N_ELEMENTS (names)];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    tc[i] = tcase_create (names[i]);
    tcase_set_timeout (tc[i], 300);
    tcase_add_checked_fixture (tc[i], test_setup, test_teardown);
    suite_add_tcase (suite, tc[i]);
  }
  tcase_add_loop_test (tc[0], test_recording, 0, G_N_ELEMENTS (cases));
  tcase_add_loop_test (tc[1], test_split, 0, G_N_ELEMENTS (cases));
  tcase_add_loop_test (tc[2], test_shown, 0, 2);
  tcase_add_loop_test (tc[2], test_played, 0, 2);
  return suite;
}

GST_CHECK_MAIN (recordings);
