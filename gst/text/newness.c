/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/newness.h"

/* So many elements are remembered, those that were seen last: anybody can
 * attach results under any name. */
#define MAX_KNOWN 256

/* What an element said last. */
typedef struct
{
  guint64 instance; /* 0: told apart by its name */
  gchar *name;      /* NULL: by its instance */
  guint64 newest;   /* number, or timestamp */
  guint64 seen;     /* when */
} Known;

struct _GstMobilenetNewness
{
  GArray *known;
  guint64 now; /* counts what is seen */
};

static void
clear_known (gpointer data)
{
  g_free (((Known *) data)->name);
}

GstMobilenetNewness *
gst_mobilenet_newness_new (void)
{
  GstMobilenetNewness *self = g_new0 (GstMobilenetNewness, 1);

  self->known = g_array_new (FALSE, FALSE, sizeof (Known));
  g_array_set_clear_func (self->known, clear_known);
  return self;
}

void
gst_mobilenet_newness_free (GstMobilenetNewness *self)
{
  if (!self)
    return;
  g_array_unref (self->known);
  g_free (self);
}

static void
forget_oldest (GstMobilenetNewness *self)
{
  guint i, oldest = 0;

  for (i = 1; i < self->known->len; i++) {
    if (g_array_index (self->known, Known, i).seen
        < g_array_index (self->known, Known, oldest).seen)
      oldest = i;
  }
  g_array_remove_index_fast (self->known, oldest);
}

/* name: NULL where there is an instance. *is_first: it is not known so far.
 */
static Known *
find (GstMobilenetNewness *self, guint64 instance, const gchar *name,
    gboolean *is_first)
{
  Known fresh = {instance, NULL, 0, ++self->now};
  guint i;

  *is_first = FALSE;
  for (i = 0; i < self->known->len; i++) {
    Known *known = &g_array_index (self->known, Known, i);

    if (known->instance == instance && g_strcmp0 (known->name, name) == 0) {
      known->seen = self->now;
      return known;
    }
  }
  *is_first = TRUE;
  if (self->known->len >= MAX_KNOWN)
    forget_oldest (self);
  fresh.name = g_strdup (name);
  g_array_append_val (self->known, fresh);
  return &g_array_index (self->known, Known, self->known->len - 1);
}

gboolean
gst_mobilenet_newness_take (GstMobilenetNewness *self,
    const GstMobilenetResult *result, GstBuffer *buffer)
{
  gboolean is_new;
  Known *known;

  if (result->instance != 0 && result->number != 0) {
    known = find (self, result->instance, NULL, &is_new);
    is_new |= result->number > known->newest;
    known->newest = MAX (known->newest, result->number);
    return is_new;
  }
  if (!result->element || !GST_CLOCK_TIME_IS_VALID (result->pts))
    return result->fresh;
  known = find (self, 0, result->element, &is_new);
  is_new |= known->newest != result->pts;
  known->newest = result->pts;
  /* Of this very frame, not of one that this is a copy of. */
  return is_new || (result->fresh && GST_BUFFER_PTS (buffer) == result->pts);
}

void
gst_mobilenet_newness_restart (GstMobilenetNewness *self)
{
  guint i = 0;

  while (i < self->known->len) {
    if (g_array_index (self->known, Known, i).instance == 0)
      g_array_remove_index_fast (self->known, i);
    else
      i++;
  }
}

void
gst_mobilenet_newness_forget (GstMobilenetNewness *self)
{
  g_array_set_size (self->known, 0);
}
