/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known to be odd. A device that answers wrongly needs no row here:
 * the self-test finds it. */

#include "opencl/device/device.h"

#include <string.h>

static const MnClQuirks table[] = {
  /* Mesa drives GPUs of all vendors: what is known of the vendors' own
   * drivers does not hold for it. Its llvmpipe's devices and answers vary from
   * version to version, and a binary is checked by neither. */
  {"rusticl", NULL, "llvmpipe", 0, 64, TRUE, NULL, 0, FALSE},
  /* Adreno: waves of 128. */
  {"rusticl", NULL, "FD", 0, 128, FALSE, NULL, 0, FALSE},
  {"rusticl", NULL, "V3D", 0, 64, FALSE, NULL, 64, FALSE},
  {"rusticl", NULL, NULL, 0, 64, FALSE, NULL, 0, FALSE},
  /* Its compiler crashes in two threads. */
  {"Oclgrind", NULL, NULL, 0, 64, FALSE, NULL, 0, TRUE},
  /* PowerVR holds launches back until somebody flushes; the small ones can
   * keep few in flight. Optimised reads of constants are wrong on GE8320. */
  {NULL, "Imagination", "GE8320", 4, 32, FALSE, "-cl-opt-disable", 0, FALSE},
  {NULL, "Imagination", "GE8", 4, 32, FALSE, NULL, 0, FALSE},
  {NULL, "Imagination", NULL, 16, 32, FALSE, NULL, 0, FALSE},
  {NULL, NULL, "PowerVR", 16, 32, FALSE, NULL, 0, FALSE},
  {NULL, "ARM", "Mali", 24, 64, FALSE, NULL, 0, FALSE},
  {NULL, "QUALCOMM", NULL, 0, 128, FALSE, NULL, 0, FALSE},
  {NULL, NULL, "Adreno", 0, 128, FALSE, NULL, 0, FALSE},
  /* Tiny groups, on which it is slower than the CPU beside it. */
  {NULL, NULL, "VideoCore", 0, 12, FALSE, NULL, 0, FALSE},
  {NULL, NULL, "llvmpipe", 0, 64, TRUE, NULL, 0, FALSE},
  {NULL, NULL, NULL, 0, 64, FALSE, NULL, 0, FALSE},
};

static gboolean
contains (const gchar *text, const gchar *part)
{
  g_autofree gchar *a = NULL, *b = NULL;

  if (!part)
    return TRUE;
  if (!text)
    return FALSE;
  a = g_ascii_strdown (text, -1);
  b = g_ascii_strdown (part, -1);
  return strstr (a, b) != NULL;
}

const MnClQuirks *
mn_cl_quirks_find (const gchar *platform, const gchar *vendor,
    const gchar *name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (table) - 1; i++) {
    if (contains (platform, table[i].platform)
        && contains (vendor, table[i].vendor) && contains (name, table[i].name))
      break;
  }
  return &table[i];
}
