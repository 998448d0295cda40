/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which frames are classified: every n-th, at most so many a second of
 * running time, and none that will be too late anyway. The same frames give
 * the same answers, whatever the clock on the wall says. */

#ifndef GST_MOBILENET_PACE_H
#define GST_MOBILENET_PACE_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  GST_MOBILENET_PACE_CLASSIFY,
  GST_MOBILENET_PACE_PASS, /* not this one's turn */
  GST_MOBILENET_PACE_LATE  /* its turn, but downstream is late */
} GstMobilenetVerdict;

typedef struct
{
  guint until_next; /* frames */
  gdouble due;      /* ns of running time; negative: now */
} GstMobilenetPace;

typedef struct
{
  guint interval;            /* 1.. */
  gdouble max_rate;          /* a second; 0: any */
  GstClockTime running_time; /* of the frame; NONE: not known */
  GstClockTime earliest;     /* what comes in time, by the newest QoS event;
                              * NONE: everything */
  gboolean needed;           /* there is no other result to show */
} GstMobilenetPaceFrame;

/* As at the beginning: the next frame is classified. */
void gst_mobilenet_pace_reset (GstMobilenetPace *pace);
GstMobilenetVerdict gst_mobilenet_pace_next (GstMobilenetPace *pace,
    const GstMobilenetPaceFrame *frame);

G_END_DECLS

#endif /* GST_MOBILENET_PACE_H */
