/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file: magic, version, length of the content (little endian), SHA-256 of
 * the name and the content, the content. */

#include "engine/cache.h"

#include "engine/backend.h"

#include <string.h>

#define FOLDER "gst-mobilenet"
#define MAGIC "MNCA"
#define VERSION 1
#define DIGEST 32
#define HEADER (4 + 4 + 8 + DIGEST)
/* Nothing of ours comes near; whatever is longer is not read. */
#define MOST (256 * 1024 * 1024)

void
mn_cache_add_text (GChecksum * sum, const gchar * text)
{
  /* The zero ends it: "ab", "c" is not "a", "bc". */
  g_checksum_update (sum, (const guchar *) (text ? text : ""),
      text ? strlen (text) + 1 : 1);
}

gchar *
mn_cache_path (const gchar * name)
{
  /* The folder is the environment's choice. */
  if (mn_is_secure ())
    return NULL;
  return g_build_filename (g_get_user_cache_dir (), FOLDER, name, NULL);
}

static void
digest (const gchar * name, const guint8 * data, gsize size, guint8 * out)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = DIGEST;

  mn_cache_add_text (sum, name);
  g_checksum_update (sum, data, size);
  g_checksum_get_digest (sum, out, &length);
}

static void
write_header (const gchar * name, const guint8 * data, guint64 size,
    guint8 * header)
{
  guint32 version = GUINT32_TO_LE (VERSION);
  guint64 length = GUINT64_TO_LE (size);

  memcpy (header, MAGIC, 4);
  memcpy (header + 4, &version, 4);
  memcpy (header + 8, &length, 8);
  digest (name, data, size, header + 16);
}

GBytes *
mn_cache_load (const gchar * name)
{
  g_autofree gchar *path = mn_cache_path (name);
  g_autoptr (GMappedFile) file = NULL;
  guint8 header[HEADER];
  const guint8 *data;
  gsize size;

  if (!path)
    return NULL;
  file = g_mapped_file_new (path, FALSE, NULL);
  if (!file)
    return NULL;
  size = g_mapped_file_get_length (file);
  data = (const guint8 *) g_mapped_file_get_contents (file);
  if (size <= HEADER || size > MOST)
    return NULL;
  write_header (name, data + HEADER, size - HEADER, header);
  if (memcmp (header, data, HEADER) != 0)
    return NULL;
  return g_bytes_new (data + HEADER, size - HEADER);
}

void
mn_cache_store (const gchar * name, GBytes * content)
{
  g_autofree gchar *path = mn_cache_path (name);
  g_autofree gchar *folder = NULL;
  g_autofree guint8 *contents = NULL;
  const guint8 *data;
  gsize size;

  if (!path)
    return;
  folder = g_path_get_dirname (path);
  data = g_bytes_get_data (content, &size);
  if (size == 0 || size > MOST - HEADER || g_mkdir_with_parents (folder, 0700))
    return;
  contents = g_try_malloc (HEADER + size);
  if (!contents)
    return;
  write_header (name, data, size, contents);
  memcpy (contents + HEADER, data, size);
  /* Writes a temporary file beside it and renames it. */
  g_file_set_contents_full (path, (const gchar *) contents, HEADER + size,
      G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}
