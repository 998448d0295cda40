/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Probabilities smoothed over time, and a best class that does not flicker.
 *
 * Each new value counts for alpha = 1 - exp (-dt / tau), so what comes out
 * depends on time alone, not on the frame rate.
 *
 * The best class stays until another has been ahead for long enough by far
 * enough: by LEAD of the sum of the two at first, and the longer it is ahead
 * without a break the less, down to nothing after PATIENCE time constants. A
 * class that takes turns with the best never gets there; a change of scene
 * does at once, or at the latest that long after the two have crossed. */

#ifndef GST_MOBILENET_SMOOTH_H
#define GST_MOBILENET_SMOOTH_H

#include <gst/gst.h>

#include "engine/mn.h"

G_BEGIN_DECLS

#define GST_MOBILENET_SMOOTH_LEAD 0.2
#define GST_MOBILENET_SMOOTH_PATIENCE 4.0
typedef struct
{
  guint n;           /* values; 0: nothing yet */
  gfloat *values;    /* 0..1 */
  gint best;         /* class */
  gint rival;        /* ahead of best without a break; -1: none */
  gdouble lead_time; /* so long, s */
  GstClockTime pts;  /* of the newest */
} GstMobilenetSmooth;

void gst_mobilenet_smooth_init (GstMobilenetSmooth *smooth);
void gst_mobilenet_smooth_clear (GstMobilenetSmooth *smooth);
/* What comes next has nothing to do with what was. */
void gst_mobilenet_smooth_reset (GstMobilenetSmooth *smooth);
/* Takes the n values of the frame at pts (of any clock), tau in seconds, above
 * 0. Another n, no pts or one that goes back is a reset. */
void gst_mobilenet_smooth_add (GstMobilenetSmooth *smooth, const gfloat *values,
    guint n, GstClockTime pts, gdouble tau);
/* The k first classes of at least threshold: the best, then the others by
 * value; returns how many. */
guint gst_mobilenet_smooth_top_k (const GstMobilenetSmooth *smooth, guint k,
    gfloat threshold, MnClass *classes);

G_END_DECLS

#endif /* GST_MOBILENET_SMOOTH_H */
