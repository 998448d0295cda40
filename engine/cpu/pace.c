/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/cpu/pace.h"

/* Of what is known of the work, a new frame changes one part in so many: one
 * that was held up says little. */
#define INERTIA 4

guint
mn_pace_begin (MnPace *self, gint64 now, guint threads)
{
  gboolean leisurely = self->start > 0 && self->work > 0
      && now - self->start > self->work * MN_PACE_PARTS;

  self->start = now;
  self->threads = leisurely ? 1 : threads;
  return self->threads;
}

void
mn_pace_end (MnPace *self, gint64 now)
{
  /* Threads halve the time at best: this is the most that it can have been,
   * and the first frame on one thread tells what it is. */
  gint64 work = (now - self->start) * self->threads;

  if (self->work == 0 || work < self->work)
    self->work = MAX (work, 1);
  else
    self->work += (work - self->work) / INERTIA;
}
