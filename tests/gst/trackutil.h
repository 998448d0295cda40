/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames with labels that are known, recorded, and read back. */

#ifndef TEST_TRACK_UTIL_H
#define TEST_TRACK_UTIL_H

#include "tests/gst/testutil.h"

/* A label, and for which frames; of a list the last has label NULL. */
typedef struct
{
  const gchar *label;
  guint from, to;
} Scene;

/* What a file says. */
typedef struct
{
  gchar *label;
  GstClockTime start, end; /* from the first frame of video on */
  guint n_cues;            /* it took so many */
} Heard;

gboolean have (const gchar *name);

/* What makes video for mp4mux as fast as it can, and delays none; NULL:
 * nothing here. */
const gchar *mp4_encoder (void);

GstElement *parse (const gchar *line);

/* Plays it to its end and frees it; fails if that takes for ever. */
void run_to_end (GstElement *pipeline);

/* Attaches labels to the frames that leave the element of that name; scenes
 * have to stay. Returns when they were, from the first one on, and last when
 * the last one ended: GstClockTime. */
GArray *
label_frames (GstElement *pipeline, const gchar *name, const Scene *scenes);

/* The Heard of a file, where what follows on the same text is one; holes up
 * to join ns are none. n_frames of video are in it. */
GPtrArray *read_back (const gchar *demux, const gchar *path, GstClockTime join,
    guint *n_frames);

/* The same by ffmpeg, which calls the start of the file 0; NULL: there is no
 * ffmpeg. */
GPtrArray *read_by_ffmpeg (const gchar *path, GstClockTime join);

/* heard are the scenes of frames a to b, within tolerance ns. */
void check_scenes (GPtrArray *heard, const Scene *scenes, const GArray *frames,
    guint a, guint b, GstClockTime tolerance, const gchar *what);

/* The label of the n-th frame; NULL: none. */
const gchar *label_at (const Scene *scenes, guint n);

#endif /* TEST_TRACK_UTIL_H */
