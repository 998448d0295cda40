/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A time for each frame of a stream that goes on, whatever the timestamps do:
 * what ages, rates and smoothing are counted in. It goes as running time does,
 * with frames that are a little out of order; where that is missing or goes
 * back, frames last as long as they say. */

#ifndef GST_MOBILENET_TIMELINE_H
#define GST_MOBILENET_TIMELINE_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean started, aligned; /* a frame came, and one with a time */
  GstClockTime now;          /* the latest so far */
  GstClockTimeDiff offset;   /* from a frame's time to ours */
} GstMobilenetTimeline;

/* What a buffer says of its time. */
typedef struct
{
  GstClockTime running_time; /* NONE: not known, or not in segment */
  GstClockTime earliest;     /* of running time: what comes in time; NONE:
                              * everything */
  GstClockTimeDiff time;     /* running time, also outside of segment; its
                              * timestamp where segment has no time;
                              * GST_CLOCK_STIME_NONE: not known */
  GstClockTime duration;     /* in the same measure; NONE: not known */
  gboolean discont;
} GstMobilenetTime;

/* frame_duration: by the caps; NONE: not known. */
void gst_mobilenet_time_read (GstMobilenetTime *time, const GstSegment *segment,
    GstBuffer *buffer, GstClockTime frame_duration);

/* Zeroed memory is a beginning, and so is this. */
void gst_mobilenet_timeline_reset (GstMobilenetTimeline *timeline);
/* The next frame: its time and duration as above. Returns its place; NONE:
 * nobody knows. */
GstClockTime gst_mobilenet_timeline_next (GstMobilenetTimeline *timeline,
    GstClockTimeDiff time, GstClockTime duration);

G_END_DECLS

#endif /* GST_MOBILENET_TIMELINE_H */
