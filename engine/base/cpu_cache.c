/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/cpu_cache.h"

#include "engine/base/process.h"

#define USUAL (512 * 1024)
/* Of the first core: a little one where there are two kinds. The C library
 * does not know it on Arm. */
#define SYSTEM "/sys/devices/system/cpu/cpu0/cache/index2/size"

/* "512", "512K" or "2M"; 0: something else. */
static gsize
parse (const gchar *text, gsize unit)
{
  gchar *end;
  guint64 n = g_ascii_strtoull (text, &end, 10);

  if (*end == 'K')
    unit = 1024;
  else if (*end == 'M')
    unit = 1024 * 1024;
  return n > 0 && n <= G_MAXSIZE / 4 / unit ? n * unit : 0;
}

gsize
mn_cpu_cache_get (void)
{
  const gchar *forced = mn_is_secure () ? NULL
                                        : g_getenv ("MOBILENET_CPU_CACHE");
  g_autofree gchar *text = NULL;
  gsize size = 0;

  if (forced && forced[0])
    size = parse (forced, 1024);
  else if (g_file_get_contents (SYSTEM, &text, NULL, NULL))
    size = parse (text, 1);
  return size > 0 ? size : USUAL;
}
