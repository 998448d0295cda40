/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* By which memory is known again. */

#include "engine/mn.h"

struct _MnMemoryKey
{
  gint retired;
};

MnMemoryKey *
mn_memory_key_new (void)
{
  return g_atomic_rc_box_new0 (MnMemoryKey);
}

MnMemoryKey *
mn_memory_key_ref (MnMemoryKey *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
mn_memory_key_unref (MnMemoryKey *self)
{
  if (self)
    g_atomic_rc_box_release (self);
}

void
mn_memory_key_retire (MnMemoryKey *self)
{
  g_atomic_int_set (&self->retired, TRUE);
}

gboolean
mn_memory_key_is_retired (const MnMemoryKey *self)
{
  return g_atomic_int_get (&self->retired);
}
