/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tools/gpu_table.h"

#include <string.h>

/* Words that both have, first ones the same; 0: the kernels differ. */
static guint
likeness (gchar *const *a, const gchar *form)
{
  g_auto (GStrv) b = g_strsplit (form, " ", -1);
  guint n = 0, i;

  if (!a[0] || !b[0] || !g_str_equal (a[0], b[0]))
    return 0;
  for (i = 0; a[i]; i++)
    n += g_strv_contains ((const gchar *const *) b, a[i]);
  return n;
}

const MnGpuProgram *
mn_gpu_table_find (const gchar *gpu, const gchar *form, gboolean *exact)
{
  g_auto (GStrv) words = g_strsplit (form, " ", -1);
  const MnGpuProgram *p, *best = NULL;
  guint most = 0;

  *exact = FALSE;
  for (p = mn_gpu_programs; p->gpu; p++) {
    guint n;

    if (!g_str_equal (p->gpu, gpu))
      continue;
    *exact = g_str_equal (p->form, form);
    if (*exact)
      return p;
    n = likeness (words, p->form);
    if (n > most) {
      most = n;
      best = p;
    }
  }
  return best;
}
