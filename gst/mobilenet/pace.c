/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/pace.h"

/* Timestamps are rounded, in some files to a millisecond: so much too early
 * is in time, but no more than a part of the period. The sum stays bounded,
 * since due does not move. */
#define EARLY (2.0 * GST_MSECOND)
#define EARLY_PART 0.1

void
gst_mobilenet_pace_reset (GstMobilenetPace *self)
{
  self->until_next = 0;
  self->due = -1.0;
}

static gboolean
is_due (GstMobilenetPace *self, gdouble max_rate, GstClockTime time)
{
  gdouble period, now = (gdouble) time;

  if (max_rate <= 0.0 || !GST_CLOCK_TIME_IS_VALID (time)) {
    self->due = -1.0;
    return TRUE;
  }
  period = GST_SECOND / max_rate;
  /* The rate was changed, or time went back: nothing is due that late. */
  if (self->due > now + 2.0 * period)
    self->due = -1.0;
  if (self->due >= 0.0 && now < self->due - MIN (EARLY, EARLY_PART * period))
    return FALSE;
  self->due = self->due >= 0.0 && self->due + period > now ? self->due + period
                                                           : now + period;
  return TRUE;
}

GstMobilenetVerdict
gst_mobilenet_pace_next (GstMobilenetPace *self,
    const GstMobilenetPaceFrame *frame)
{
  if (self->until_next > 0 && self->until_next < frame->interval) {
    self->until_next--;
    return GST_MOBILENET_PACE_PASS;
  }
  self->until_next = frame->interval - 1;
  if (!frame->needed && GST_CLOCK_TIME_IS_VALID (frame->earliest)
      && GST_CLOCK_TIME_IS_VALID (frame->running_time)
      && frame->running_time < frame->earliest)
    return GST_MOBILENET_PACE_LATE;
  return is_due (self, frame->max_rate, frame->running_time)
      ? GST_MOBILENET_PACE_CLASSIFY
      : GST_MOBILENET_PACE_PASS;
}
