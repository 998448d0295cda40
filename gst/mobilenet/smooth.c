/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/smooth.h"

#include <math.h>
#include <string.h>

#define NONE (-1)

void
gst_mobilenet_smooth_init (GstMobilenetSmooth *self)
{
  memset (self, 0, sizeof (*self));
  self->rival = NONE;
}

void
gst_mobilenet_smooth_clear (GstMobilenetSmooth *self)
{
  g_free (self->values);
  gst_mobilenet_smooth_init (self);
}

void
gst_mobilenet_smooth_reset (GstMobilenetSmooth *self)
{
  self->n = 0;
}

static gint
find_best (const gfloat *values, guint n)
{
  guint best = 0, i;

  for (i = 1; i < n; i++) {
    if (values[i] > values[best])
      best = i;
  }
  return (gint) best;
}

static void
restart (GstMobilenetSmooth *self, const gfloat *values, guint n)
{
  gfloat *room = g_try_renew (gfloat, self->values, n);

  self->n = room ? n : 0;
  if (!room)
    return;
  self->values = room;
  memcpy (self->values, values, n * sizeof (*values));
  self->best = find_best (values, n);
  self->rival = NONE;
  self->lead_time = 0.0;
}

static void
choose_best (GstMobilenetSmooth *self, gdouble dt, gdouble tau)
{
  gint first = find_best (self->values, self->n);
  gdouble lead = self->values[first] - self->values[self->best];
  gdouble sum = self->values[first] + self->values[self->best];
  gdouble patience;

  if (first == self->best || lead <= 0.0) {
    self->rival = NONE;
    self->lead_time = 0.0;
    return;
  }
  /* Whoever leads: what counts is that the best does not. */
  if (self->rival != NONE)
    self->lead_time += dt;
  self->rival = first;
  patience = 1.0 - self->lead_time / (GST_MOBILENET_SMOOTH_PATIENCE * tau);
  if (lead >= GST_MOBILENET_SMOOTH_LEAD * sum * patience) {
    self->best = first;
    self->rival = NONE;
    self->lead_time = 0.0;
  }
}

void
gst_mobilenet_smooth_add (GstMobilenetSmooth *self, const gfloat *values,
    guint n, GstClockTime pts, gdouble tau)
{
  gboolean goes_on = self->n == n && GST_CLOCK_TIME_IS_VALID (pts)
      && GST_CLOCK_TIME_IS_VALID (self->pts) && pts >= self->pts;
  gdouble dt;
  gfloat alpha;
  guint i;

  if (!goes_on) {
    restart (self, values, n);
    self->pts = pts;
    return;
  }
  dt = (gdouble) (pts - self->pts) / GST_SECOND;
  alpha = (gfloat) -expm1 (-dt / tau);
  self->pts = pts;
  for (i = 0; i < n; i++)
    self->values[i] += alpha * (values[i] - self->values[i]);
  choose_best (self, dt, tau);
}

/* Puts class where it belongs among the *n sorted ones; k is the room. */
static void
insert (MnClass *classes, guint *n, guint k, MnClass class)
{
  guint i;

  if (*n == k && (k == 0 || class.confidence <= classes[k - 1].confidence))
    return;
  for (i = *n < k ? (*n)++ : k - 1;
      i > 0 && classes[i - 1].confidence < class.confidence; i--)
    classes[i] = classes[i - 1];
  classes[i] = class;
}

guint
gst_mobilenet_smooth_top_k (const GstMobilenetSmooth *self, guint k,
    gfloat threshold, MnClass *classes)
{
  guint n_first = 0, n = 0, i;

  if (self->n == 0 || k == 0)
    return 0;
  if (self->values[self->best] >= threshold) {
    classes[0].index = self->best;
    classes[0].confidence = self->values[self->best];
    n_first = 1;
  }
  for (i = 0; i < self->n; i++) {
    MnClass class = {(gint) i, self->values[i]};

    if (self->values[i] >= threshold
        && (n_first == 0 || class.index != self->best))
      insert (classes + n_first, &n, k - n_first, class);
  }
  return n_first + n;
}
