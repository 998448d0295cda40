/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/subtitle.h"

#include <string.h>

/* Frames further apart than this do not belong together. */
#define MAX_HOLE GST_SECOND
/* What a frame without a duration and without a successor lasts. */
#define ALONE GST_SECOND

struct _GstMobilenetSubtitle
{
  GstMobilenetSubtitleFunc func;
  gpointer user_data;

  gboolean open;
  GString *text;
  GstClockTime start, end;
  GstClockTime last; /* start of the newest frame */
  gboolean end_known;
  GstClockTime step; /* between the newest two; 0: not known */
};

GstMobilenetSubtitle *
gst_mobilenet_subtitle_new (GstMobilenetSubtitleFunc func, gpointer user_data)
{
  GstMobilenetSubtitle *self = g_new0 (GstMobilenetSubtitle, 1);

  self->func = func;
  self->user_data = user_data;
  self->text = g_string_new (NULL);
  return self;
}

void
gst_mobilenet_subtitle_free (GstMobilenetSubtitle *self)
{
  if (!self)
    return;
  g_string_free (self->text, TRUE);
  g_free (self);
}

static void
emit (GstMobilenetSubtitle *self)
{
  if (self->end <= self->start)
    return;
  self->func (self->text->str, self->start, self->end, self->user_data);
}

static void
set_frame (GstMobilenetSubtitle *self, GstClockTime start, GstClockTime end)
{
  self->last = start;
  self->end_known = GST_CLOCK_TIME_IS_VALID (end) && end > start;
  self->end = self->end_known ? end : start;
}

static void
open_piece (GstMobilenetSubtitle *self, const gchar *text, GstClockTime start,
    GstClockTime end)
{
  self->open = TRUE;
  g_string_assign (self->text, text);
  self->start = start;
  set_frame (self, start, end);
}

/* Whether a frame at start goes on where the piece ends. */
static gboolean
follows (const GstMobilenetSubtitle *self, GstClockTime start)
{
  if (start < self->last)
    return FALSE;
  return !self->end_known || start <= self->end + MAX_HOLE;
}

static void
add_backwards (GstMobilenetSubtitle *self, const gchar *text,
    GstClockTime start, GstClockTime end, GstClockTime max_length)
{
  if (!GST_CLOCK_TIME_IS_VALID (end))
    end = self->open && start < self->start ? self->start : start + ALONE;
  if (self->open && start < self->start && self->start <= end + MAX_HOLE
      && strcmp (text, self->text->str) == 0) {
    self->start = start;
  } else {
    gst_mobilenet_subtitle_finish (self);
    open_piece (self, text, start, end);
  }
  if (max_length > 0 && self->end - self->start >= max_length) {
    emit (self);
    self->open = FALSE;
  }
}

void
gst_mobilenet_subtitle_add (GstMobilenetSubtitle *self, const gchar *text,
    GstClockTime start, GstClockTime end, GstClockTime max_length,
    gboolean backwards)
{
  if (backwards) {
    add_backwards (self, text, start, end, max_length);
    return;
  }
  if (self->open && !follows (self, start))
    gst_mobilenet_subtitle_finish (self);
  if (self->open) {
    if (start > self->last)
      self->step = start - self->last;
    /* The frame before lasted until this one. */
    self->end = start;
    if (strcmp (text, self->text->str) != 0) {
      emit (self);
      open_piece (self, text, MAX (start, self->start), end);
      self->last = start;
    } else {
      if (max_length > 0 && start >= self->start + max_length) {
        emit (self);
        self->start = start;
      }
      set_frame (self, start, end);
    }
  } else {
    open_piece (self, text, start, end);
  }
  /* One more frame, and it would be too long. */
  if (max_length > 0 && self->end_known
      && 2 * self->end - self->last > self->start + max_length) {
    emit (self);
    self->start = self->end;
  }
}

void
gst_mobilenet_subtitle_finish (GstMobilenetSubtitle *self)
{
  if (!self->open)
    return;
  if (!self->end_known)
    self->end = MAX (self->end,
        self->last + (self->step > 0 ? self->step : ALONE));
  emit (self);
  self->open = FALSE;
}

void
gst_mobilenet_subtitle_discard (GstMobilenetSubtitle *self)
{
  self->open = FALSE;
  self->step = 0;
}
