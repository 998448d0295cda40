/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known to be odd. A device that answers wrongly needs no row here:
 * the self-test finds it. */

#include "opencl/device/device.h"

#include <string.h>

static const MnClQuirks table[] = {
  /* PowerVR holds launches back until somebody flushes; the small ones can
   * keep few in flight. Optimised reads of constants are wrong on GE8320. */
  {"Imagination", "GE8320", NULL, 4, 32, FALSE, "-cl-opt-disable"},
  {"Imagination", "GE8", NULL, 4, 32, FALSE, NULL},
  {"Imagination", NULL, NULL, 16, 32, FALSE, NULL},
  {NULL, "PowerVR", NULL, 16, 32, FALSE, NULL},
  {"ARM", "Mali", NULL, 24, 64, FALSE, NULL},
  {"QUALCOMM", NULL, NULL, 0, 128, FALSE, NULL},
  {NULL, "Adreno", NULL, 0, 128, FALSE, NULL},
  /* Tiny groups, on which it is slower than the CPU beside it. */
  {NULL, "VideoCore", NULL, 0, 12, FALSE, NULL},
  /* The device list and the drivers' answers vary from version to version of
   * Mesa, and a binary is checked by neither. */
  {NULL, "llvmpipe", NULL, 0, 64, TRUE, NULL},
  {NULL, NULL, NULL, 0, 64, FALSE, NULL},
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
mn_cl_quirks_find (const gchar *vendor, const gchar *name, const gchar *driver)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (table) - 1; i++) {
    if (contains (vendor, table[i].vendor) && contains (name, table[i].name)
        && contains (driver, table[i].driver))
      break;
  }
  return &table[i];
}
