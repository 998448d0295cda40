/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/newness.h"

struct _GstMobilenetNewness
{
  GHashTable *numbers;          /* instance -> newest number */
  GHashTable *times;            /* element -> pts of the newest */
};

GstMobilenetNewness *
gst_mobilenet_newness_new (void)
{
  GstMobilenetNewness *self = g_new0 (GstMobilenetNewness, 1);

  self->numbers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      g_free);
  self->times = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  return self;
}

void
gst_mobilenet_newness_free (GstMobilenetNewness * self)
{
  if (!self)
    return;
  g_hash_table_unref (self->numbers);
  g_hash_table_unref (self->times);
  g_free (self);
}

static gboolean
is_new_number (GstMobilenetNewness * self, guint64 instance, guint64 number)
{
  guint64 *newest = g_hash_table_lookup (self->numbers, &instance);

  if (newest && number <= *newest)
    return FALSE;
  if (!newest) {
    newest = g_new (guint64, 1);
    g_hash_table_insert (self->numbers, g_memdup2 (&instance,
            sizeof (instance)), newest);
  }
  *newest = number;
  return TRUE;
}

static gboolean
is_new_time (GstMobilenetNewness * self, const gchar * element,
    GstClockTime pts)
{
  GstClockTime *newest = g_hash_table_lookup (self->times, element);

  if (newest && *newest == pts)
    return FALSE;
  if (!newest) {
    newest = g_new (GstClockTime, 1);
    g_hash_table_insert (self->times, g_strdup (element), newest);
  }
  *newest = pts;
  return TRUE;
}

gboolean
gst_mobilenet_newness_take (GstMobilenetNewness * self,
    const GstMobilenetSeen * seen, GstBuffer * buffer)
{
  gboolean is_new;

  if (seen->instance != 0 && seen->number != 0)
    return is_new_number (self, seen->instance, seen->number);
  if (!seen->element || !GST_CLOCK_TIME_IS_VALID (seen->pts))
    return seen->fresh;
  is_new = is_new_time (self, seen->element, seen->pts);
  /* Of this very frame, not of one that this is a copy of. */
  return is_new || (seen->fresh && GST_BUFFER_PTS (buffer) == seen->pts);
}

void
gst_mobilenet_newness_restart (GstMobilenetNewness * self)
{
  g_hash_table_remove_all (self->times);
}

void
gst_mobilenet_newness_forget (GstMobilenetNewness * self)
{
  g_hash_table_remove_all (self->times);
  g_hash_table_remove_all (self->numbers);
}
