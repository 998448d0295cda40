/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames and their labels: sizes, formats, sources, schedules, what happens
 * while they flow. */

#include "tests/pipelines/table/acts.h"
#include "tests/pipelines/table/rows.h"

#define SMALL "video/x-raw,width=320,height=240,framerate=30/1"
#define APPSRC \
  "appsrc name=in format=time caps=video/x-raw,format=RGB," \
  "width=64,height=64,framerate=30/1"

static void
check_held_late (Run *run)
{
  run_check_held (run, run->seen->len * 3 / 4);
}

static void
check_held_at_once (Run *run)
{
  run_check_held (run, 0);
}

/* Up to one frame before the flush may be in between. */
static void
check_some_seconds (Run *run)
{
  run_check_held (run, 0);
  if (run->seen->len < 55 || run->seen->len > 62)
    run_fail (run, "%u frames of two seconds", run->seen->len);
}

static void
check_drawn_late (Run *run)
{
  run_check_drawn (run, run->whites->len / 2);
}

static void
check_six_and_more (Run *run)
{
  run_check_held (run, 0);
  run_check_lines (run, "l.ndjson", 12);
}

static void
check_no_line (Run *run)
{
  run_check_lines (run, "l.ndjson", 0);
}

static void
add_sizes (GPtrArray *rows)
{
  static const struct
  {
    guint width, height, rate;
  } sizes[] = {{1, 1, 30}, {17, 3, 30}, {320, 240, 30}, {1280, 720, 30},
    {1920, 1080, 30}, {3840, 2160, 15}};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (sizes); i++) {
    guint w = sizes[i].width, h = sizes[i].height, r = sizes[i].rate;
    Row *row;

    row = rows_add (rows, g_strdup_printf ("%ux%u", w, h),
        g_strdup_printf (
            "videotestsrc name=scenes num-buffers=24 ! "
            "video/x-raw,format=NV12,width=%u,height=%u,framerate=%u/1 ! "
            "mobilenet ! fakesink name=out",
            w, h, r));
    row->scene = h > 16 ? 5 : 0;
    row->frames = 24;
    row->check = h > 16 ? run_check_scenes : check_held_at_once;
    row = rows_add (rows, g_strdup_printf ("%ux%u, live", w, h),
        g_strdup_printf ("videotestsrc name=scenes is-live=true "
                         "num-buffers=%u ! "
                         "video/x-raw,format=YUY2,width=%u,height=%u,"
                         "framerate=%u/1 ! mobilenet ! mobilenetoverlay ! "
                         "fakesink name=out sync=true",
            r, w, h, r));
    row->scene = 10;
    row->frames = r;
    row->check = check_held_late;
  }
}

static void
add_formats (GPtrArray *rows)
{
  static const gchar *formats[] = {"I420", "NV12", "YUY2", "RGB", "BGRx",
    "GRAY8", "Y41B", "ARGB64", "GBR", "A420", "v210", "NV61", "GRAY16_BE",
    "I422_12LE", "P012_LE", "Y444_16LE", "RGB16", "GBRA_12LE"};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (formats); i++) {
    Row *row = rows_add (rows, g_strdup_printf ("format %s", formats[i]),
        g_strdup_printf ("videotestsrc name=scenes num-buffers=9 ! "
                         "video/x-raw,format=%s,width=322,height=242 ! "
                         "mobilenet ! "
                         "mobilenetoverlay ! fakesink name=out",
            formats[i]));

    /* White without colour looks like something else to the network. */
    row->scene = g_str_has_prefix (formats[i], "GRAY") ? 0 : 3;
    row->frames = 9;
    row->check = run_check_scenes;
  }
}

static void
add_schedules (GPtrArray *rows)
{
  static const gchar *settings[] = {"schedule=latest", "interval=10",
    "max-rate=0.5", "max-age=1", "threads=4", "interval=7 max-age=1"};
  Row *row;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (settings); i++) {
    row = rows_add (rows, g_strdup (settings[i]),
        g_strdup_printf ("videotestsrc num-buffers=60 ! " SMALL
                         " ! mobilenet %s ! fakesink name=out",
            settings[i]));
    row->frames = 60;
    row->check = check_held_at_once;
    row = rows_add (rows, g_strdup_printf ("%s, backwards", settings[i]),
        g_strdup_printf ("videotestsrc ! " SMALL
                         " ! mobilenet %s ! fakesink name=out",
            settings[i]));
    row->act = act_seek_backwards;
    row->check = check_some_seconds;
  }
  row = rows_add (rows, g_strdup ("schedules in flight"),
      g_strdup ("videotestsrc name=scenes num-buffers=90 ! " SMALL
                " ! mobilenet name=m schedule=every-frame threads=3 ! "
                "fakesink name=out"));
  row->frames = 90;
  row->scene = 15;
  row->act = act_schedules;
  row->check = check_held_at_once;
  row = rows_add (rows, g_strdup ("one frame a second, live"),
      g_strdup ("videotestsrc is-live=true num-buffers=3 ! video/x-raw,"
                "width=64,height=48,framerate=1/1 ! mobilenet max-age=1 ! "
                "fakesink name=out sync=true"));
  row->frames = 3;
  row->check = check_held_late;
}

static void
add_single_frames (GPtrArray *rows)
{
  static const struct
  {
    const gchar *name, *line;
    void (*act) (Run *run);
    guint frames;
  } singles[] = {{"appsrc, one by one",
                   APPSRC " ! mobilenet ! fakesink name=out", act_lockstep, 12},
    {"appsrc, one by one, 8 threads",
      APPSRC " ! mobilenet threads=8 ! fakesink name=out", act_lockstep, 12},
    {"fdsrc, one by one",
      "fdsrc name=fd blocksize=12288 ! rawvideoparse "
      "format=rgb width=64 height=64 framerate=30/1 ! "
      "mobilenet threads=8 ! fakesink name=out",
      act_pipe, 12},
    {"a still picture",
      "videotestsrc num-buffers=1 ! pngenc ! pngdec ! "
      "mobilenet ! fakesink name=out",
      NULL, 1},
    {"a picture that stays",
      "videotestsrc num-buffers=1 ! imagefreeze "
      "num-buffers=10 ! mobilenet ! fakesink name=out",
      NULL, 10}};
  Row *row;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (singles); i++) {
    row = rows_add (rows, g_strdup (singles[i].name),
        g_strdup (singles[i].line));
    row->act = singles[i].act;
    row->frames = singles[i].frames;
    row->check = check_held_at_once;
  }
  row = rows_add (rows, g_strdup ("all at the same time"),
      g_strdup (APPSRC
          " ! mobilenet ! tee name=t "
          "t. ! queue ! fakesink name=out t. ! queue ! mobilenettext ! "
          "application/x-ndjson ! filesink location=DIR/l.ndjson"));
  row->act = act_same_pts;
  row->frames = 12;
  row->check = check_six_and_more;
}

static void
add_branches (GPtrArray *rows)
{
  static const gchar *silent[] = {
    "threshold=1", "enabled=false", "region=objects"};
  guint i, live;
  Row *row;

  for (i = 0; i < G_N_ELEMENTS (silent); i++) {
    for (live = 0; live < 2; live++) {
      row = rows_add (rows,
          g_strdup_printf ("no result, %s%s", silent[i], live ? ", live" : ""),
          g_strdup_printf ("videotestsrc is-live=%u num-buffers=30 ! "
                           "video/x-raw,width=1280,height=720 ! mobilenet %s ! "
                           "tee name=t t. ! queue ! fakesink name=out "
                           "t. ! queue ! mobilenettext ! application/x-ndjson "
                           "! "
                           "filesink location=DIR/l.ndjson",
              live, silent[i]));
      row->frames = 30;
      row->check = check_no_line;
    }
  }
  row = rows_add (rows, g_strdup ("a late branch with an overlay"),
      g_strdup ("videotestsrc pattern=black is-live=true num-buffers=60 "
                "! " SMALL
                " ! mobilenet ! tee name=t t. ! queue ! fakesink name=out"));
  row->frames = 60;
  row->act = act_late_overlay;
  row->check = check_drawn_late;
  row = rows_add (rows, g_strdup ("a late branch behind the overlay"),
      g_strdup ("videotestsrc pattern=black is-live=true num-buffers=60 "
                "! " SMALL
                " ! mobilenet ! identity name=out ! mobilenetoverlay ! "
                "tee name=t t. ! queue ! fakevideosink"));
  row->needs = g_strdup ("fakevideosink");
  row->frames = 60;
  row->act = act_late_picture;
  row->check = check_drawn_late;
  row = rows_add (rows, g_strdup ("a scaler behind the overlay"),
      g_strdup (
          "videotestsrc pattern=black num-buffers=10 ! " SMALL
          " ! mobilenet ! identity name=out ! mobilenetoverlay ! videoscale "
          "! videoconvert ! video/x-raw,format=GRAY8,width=640,height=480 ! "
          "fakesink name=pic"));
  row->frames = 10;
  row->check = check_drawn_late;
}

static void
add_events (GPtrArray *rows)
{
  static const struct
  {
    const gchar *name, *source;
    void (*act) (Run *run);
    void (*check) (Run *run);
  } events[] = {{"a seek", "", act_seek, check_some_seconds},
    {"a seek, twice as fast", "", act_seek_fast, check_some_seconds},
    {"backwards", "", act_seek_backwards, check_some_seconds},
    {"a pause, live", "is-live=true num-buffers=30", act_pause,
      check_held_late},
    {"a restart", "num-buffers=30", act_restart, check_held_at_once},
    {"an end, live", "is-live=true", act_end, check_held_late}};
  Row *row;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (events); i++) {
    row = rows_add (rows, g_strdup (events[i].name),
        g_strdup_printf ("videotestsrc %s ! video/x-raw,width=1280,height=720"
                         ",framerate=30/1 ! mobilenet ! fakesink name=out "
                         "sync=false",
            events[i].source));
    row->act = events[i].act;
    row->check = events[i].check;
  }
  row = rows_add (rows, g_strdup ("one core"),
      g_strdup ("videotestsrc name=scenes num-buffers=24 ! video/x-raw,"
                "width=1280,height=720 ! mobilenet name=m ! fakesink "
                "name=out"));
  row->scene = 4;
  row->frames = 24;
  row->cpus = 1;
  row->act = act_one_thread;
  row->check = run_check_scenes;
}

void
rows_add_frames (GPtrArray *rows)
{
  add_sizes (rows);
  add_formats (rows);
  add_schedules (rows);
  add_single_frames (rows);
  add_branches (rows);
  add_events (rows);
}
