/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/support/own_cache.h"

#include <glib/gstdio.h>

static gchar *folder;

void
own_cache_make (void)
{
  folder = g_dir_make_tmp ("mobilenet-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
}

void
own_cache_remove (void)
{
  g_autofree gchar *cache = g_build_filename (folder, "gst-mobilenet", NULL);
  g_autoptr (GDir) dir = g_dir_open (cache, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (cache, name, NULL);

    g_unlink (path);
  }
  g_rmdir (cache);
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}
