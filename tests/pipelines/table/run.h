/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One pipeline of the table while it runs: what passed its named places, and
 * what has to hold of that.
 *
 * Places in a row's line: `scenes`, a videotestsrc whose picture changes
 * every so many frames; `out`, frames with their labels; `pic`, GRAY8 frames
 * that show text where there is white on black; `text`, a consumer of
 * pieces of text; `in`, an appsrc. Any may be missing. */

#ifndef TABLE_RUN_H
#define TABLE_RUN_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _Run Run;

typedef struct
{
  gchar *name;
  gchar *line;              /* DIR: a folder to write into */
  gchar *needs;             /* elements, by blanks */
  guint scene;              /* frames of one picture; 0: it stays */
  guint frames;             /* through `out`; 0: not counted */
  guint cpus;               /* the process may use; 0: all */
  guint limit;              /* s */
  void (*act) (Run *run);   /* NULL: plays to its end */
  void (*check) (Run *run); /* NULL: count and order alone */
} Row;

/* A frame that passed `out`. */
typedef struct
{
  GstClockTime pts, running_time;
  gchar *label; /* "": a result without class; NULL: none */
  gboolean fresh;
} Seen;

/* A piece of text, by running time or by that of a file. */
typedef struct
{
  GstClockTime start, end;
  gchar *text;
} Piece;

struct _Run
{
  const Row *row;
  GstElement *pipeline;
  gchar *dir;

  GMutex lock; /* of what follows */
  GCond changed;
  GArray *seen;   /* Seen */
  GArray *pieces; /* Piece, those with text */
  GArray *whites; /* guint8 a frame at `pic`: its brightest */
  guint drawn;    /* pictures that `scenes` gave */
};

/* Exit this process: the row has failed, or cannot be tried here. */
void run_fail (Run *run, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3) G_GNUC_NORETURN;
void run_skip (Run *run, const gchar *reason) G_GNUC_NORETURN;

/* Makes the pipeline, watches it, plays row, checks, and takes all down. */
void run_row (const Row *row);

/* For act: */
void run_play (Run *run);
/* Waits for the end; an error fails. */
void run_to_end (Run *run);
/* Waits until so many frames passed `out` in all. */
void run_wait_seen (Run *run, guint n);
/* Watches an element that came later; see above for place. */
void run_watch (Run *run, GstElement *element, const gchar *place);
/* What `scenes` shows on picture number n, from 0: its label. */
const gchar *run_scene_label (const Row *row, guint n);

/* For check: */
/* From the first label on, each frame has one; it is there by frame first. */
void run_check_held (Run *run, guint first);
/* Each frame, in the order of the source, has its own scene's label. */
void run_check_scenes (Run *run);
/* The text of `pieces` at each frame is the frame's label, give or take
 * one frame at each change. */
void run_check_pieces (Run *run, GArray *pieces, GstClockTime frame);
/* A file of the row's folder plays; has frames of video (0: any number) and
 * the text of the frames. */
void run_check_file (Run *run, const gchar *name, guint frames);
/* So many lines in a file of the row's folder. */
void run_check_lines (Run *run, const gchar *name, guint n);
/* From picture first on, all of `pic` show something. */
void run_check_drawn (Run *run, guint first);

GArray *run_pieces_new (void);
void
run_add_piece (GArray *pieces, GstBuffer *buffer, const GstSegment *segment);

G_END_DECLS

#endif /* TABLE_RUN_H */
