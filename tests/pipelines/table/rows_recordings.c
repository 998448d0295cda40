/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Recordings with their labels, at a camera's sizes, with default queues, and
 * text on pictures. */

#include "tests/pipelines/table/acts.h"
#include "tests/pipelines/table/rows.h"

#include <string.h>

#define FRAMES 60

static const struct
{
  const gchar *name, *line, *needs;
} encoders[] = {{"jpeg", "jpegenc quality=50", "jpegenc"},
  {"vp8", "vp8enc deadline=1 cpu-used=16", "vp8enc"},
  {"h264", "x264enc speed-preset=ultrafast", "x264enc"},
  {"h264, no lookahead", "x264enc speed-preset=ultrafast tune=zerolatency",
    "x264enc"},
  {"h264 of Cisco", "openh264enc complexity=low ! h264parse",
    "openh264enc h264parse"}};

static const gchar *
get_end (const Row *row)
{
  return strstr (row->line, "x.mkv") ? "x.mkv"
      : strstr (row->line, "x.mp4")  ? "x.mp4"
                                     : "x.mov";
}

static void
check_recording (Run *run)
{
  run_check_lines (run, "x.ndjson", run->seen->len);
  run_check_file (run, get_end (run->row), run->row->frames);
}

static void
check_live_recording (Run *run)
{
  run_check_held (run, FRAMES * 3 / 4);
  run_check_file (run, get_end (run->row), run->row->frames);
}

static void
check_ended_recording (Run *run)
{
  run_check_held (run, run->seen->len * 3 / 4);
  run_check_file (run, get_end (run->row), 0);
}

/* Parts begin with a frame of their own. */
static void
check_parts (Run *run)
{
  g_autoptr (GDir) dir = g_dir_open (run->dir, 0, NULL);
  const gchar *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir))) {
    if (g_str_has_prefix (name, "part"))
      n++;
  }
  if (n < 2)
    run_fail (run, "%u parts", n);
}

static void
check_shown (Run *run)
{
  run_check_drawn (run, run->whites->len * 3 / 4);
  if (run->whites->len != run->row->frames)
    run_fail (run, "%u pictures instead of %u", run->whites->len,
        run->row->frames);
}

static void
check_all_shown (Run *run)
{
  run_check_drawn (run, 2);
  if (run->whites->len != run->row->frames)
    run_fail (run, "%u pictures instead of %u", run->whites->len,
        run->row->frames);
}

static void
replace (Row *row, const gchar *what, const gchar *with)
{
  g_auto (GStrv) parts = g_strsplit (row->line, what, -1);

  g_free (row->line);
  row->line = g_strjoinv (with, parts);
}

/* sink: "matroskamux name=mux ! filesink ...", and its pads. */
static Row *
add_recording (GPtrArray *rows, const gchar *name, guint width, guint height,
    guint rate, gboolean live, guint encoder, const gchar *sink,
    const gchar *video)
{
  Row *row = rows_add (rows,
      g_strdup_printf ("%s, %s, %ux%u%s", name, encoders[encoder].name, width,
          height, live ? ", live" : ""),
      g_strdup_printf (
          "videotestsrc name=scenes is-live=%d num-buffers=%u "
          "! video/x-raw,format=I420,width=%u,height=%u,framerate=%u/1 ! "
          "mobilenet ! identity name=out ! tee name=t "
          "t. ! queue max-size-buffers=2 leaky=downstream ! "
          "mobilenetoverlay ! fakesink sync=true "
          "t. ! queue ! %s ! %s "
          "t. ! queue ! mobilenettext ! text/x-raw ! mux.subtitle_0 "
          "t. ! queue ! mobilenettext ! application/x-ndjson ! "
          "filesink location=DIR/x.ndjson %s",
          live, FRAMES, width, height, rate, encoders[encoder].line, video,
          sink));

  row->needs = g_strdup (encoders[encoder].needs);
  row->scene = 13;
  row->frames = FRAMES;
  row->check = live ? check_live_recording : check_recording;
  return row;
}

#define MKV "matroskamux name=mux ! filesink location=DIR/x.mkv"
#define MP4 "mp4mux name=mux ! filesink location=DIR/x.mp4"
#define MOV "qtmux name=mux ! filesink location=DIR/x.mov"

static void
add_files (GPtrArray *rows)
{
  guint live;
  Row *row;

  for (live = 0; live < 2; live++) {
    add_recording (rows, "Matroska", 1280, 720, 30, live, 1, MKV,
        "mux.video_0");
    add_recording (rows, "Matroska", 1920, 1080, 30, live, 0, MKV,
        "mux.video_0");
    add_recording (rows, "QuickTime", 1280, 720, 30, live, 0, MOV,
        "mux.video_0");
    add_recording (rows, "MP4", 1280, 720, 30, live, 2, MP4, "mux.video_0");
    add_recording (rows, "MP4", 1920, 1080, 30, live, 3, MP4, "mux.video_0");
    add_recording (rows, "MP4", 640, 480, 30, live, 4, MP4, "mux.video_0");
  }
  row = add_recording (rows, "Matroska, ended", 1280, 720, 30, TRUE, 0, MKV,
      "mux.video_0");
  row->frames = 0;
  row->act = act_end;
  row->check = check_ended_recording;
  row = add_recording (rows, "4K", 3840, 2160, 15, TRUE, 0, MKV, "mux.video_0");
  replace (row, "num-buffers=60", "num-buffers=15");
  row->frames = 15;
  row->scene = 4;
  row->check = check_ended_recording;
  row = add_recording (rows, "parts", 1280, 720, 30, TRUE, 1,
      "splitmuxsink name=mux muxer-factory=matroskamux max-size-time="
      "700000000 location=DIR/part%02d.mkv",
      "mux.video");
  replace (row, "vp8enc ", "vp8enc keyframe-max-dist=10 ");
  row->check = check_parts;
}

static void
add_pictures (GPtrArray *rows)
{
  static const struct
  {
    const gchar *name;
    guint width, height;
  } sizes[] = {{"small", 320, 240}, {"720p", 1280, 720}, {"1080p", 1920, 1080}};
  guint i, live;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    for (live = 0; live < 2; live++) {
      Row *row = rows_add (rows,
          g_strdup_printf ("textoverlay, %s%s", sizes[i].name,
              live ? ", live" : ""),
          g_strdup_printf (
              "videotestsrc pattern=black is-live=%u "
              "num-buffers=30 ! video/x-raw,format=I420,width=%u,height=%u,"
              "framerate=30/1 ! mobilenet ! identity name=out ! "
              "tee name=t t. ! queue ! textoverlay name=o ! videoconvert ! "
              "video/x-raw,format=GRAY8 ! fakesink name=pic sync=%u "
              "t. ! queue ! mobilenettext ! text/x-raw ! o.text_sink",
              live, sizes[i].width, sizes[i].height, live));

      row->needs = g_strdup ("textoverlay");
      row->frames = 30;
      row->check = live ? check_shown : check_all_shown;
    }
  }
}

void
rows_add_recordings (GPtrArray *rows)
{
  add_files (rows);
  add_pictures (rows);
}
