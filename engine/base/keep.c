/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/keep.h"

G_LOCK_DEFINE_STATIC (kept);
static GPtrArray *kept;

void
mn_keep_for_good (gpointer memory)
{
  G_LOCK (kept);
  if (!kept)
    kept = g_ptr_array_new ();
  g_ptr_array_add (kept, memory);
  G_UNLOCK (kept);
}
