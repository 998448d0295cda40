/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file: magic, version, length of the content (little endian), SHA-256 of
 * the name and the content, the content. */

#include "engine/base/cache.h"

#include "engine/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "gst-mobilenet"
#define MAGIC "MNCA"
#define VERSION 1
#define DIGEST 32
#define HEADER (4 + 4 + 8 + DIGEST)
/* Nothing of ours comes near; whatever is longer is not read. */
#define MOST (256 * 1024 * 1024)

void
mn_cache_add_text (GChecksum *sum, const gchar *text)
{
  /* The zero ends it: "ab", "c" is not "a", "bc". */
  g_checksum_update (sum, (const guchar *) (text ? text : ""),
      text ? strlen (text) + 1 : 1);
}

gchar *
mn_cache_path (const gchar *name)
{
  /* The folder is the environment's choice. */
  if (mn_is_secure ())
    return NULL;
  return g_build_filename (g_get_user_cache_dir (), FOLDER, name, NULL);
}

static void
digest (const gchar *name, const guint8 *data, gsize size, guint8 *out)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = DIGEST;

  mn_cache_add_text (sum, name);
  g_checksum_update (sum, data, size);
  g_checksum_get_digest (sum, out, &length);
}

static void
write_header (const gchar *name, const guint8 *data, guint64 size,
    guint8 *header)
{
  guint32 version = GUINT32_TO_LE (VERSION);
  guint64 length = GUINT64_TO_LE (size);

  memcpy (header, MAGIC, 4);
  memcpy (header + 4, &version, 4);
  memcpy (header + 8, &length, 8);
  digest (name, data, size, header + 16);
}

/* ---- what is ours ------------------------------------------------------ */

/* The checksum holds no secret: whoever can write an entry can write one that
 * fits. So nobody else may. */
static gboolean
is_ours (const struct stat *info)
{
  return info->st_uid == geteuid ()
      && (info->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* -1: there is no folder, or one that others can write to. */
static int
open_folder (const gchar *path)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info;

  if (fd >= 0 && (fstat (fd, &info) != 0 || !is_ours (&info))) {
    close (fd);
    fd = -1;
  }
  return fd;
}

/* Fills in from the file, or else writes out to it: all of size bytes, in
 * however many calls that takes. */
static gboolean
move_all (int fd, guint8 *in, const guint8 *out, gsize size)
{
  gsize done = 0;

  while (done < size) {
    gssize n = in ? read (fd, in + done, size - done)
                  : write (fd, out + done, size - done);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    done += n;
  }
  return TRUE;
}

/* ---- load -------------------------------------------------------------- */

/* Not blocking: or else opening a pipe waits for its writer. */
static int
open_entry (int folder, const gchar *name, gsize *size)
{
  int fd = openat (folder, name,
      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat info;

  if (fd >= 0
      && (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || !is_ours (&info)
          || info.st_size <= HEADER || info.st_size > MOST)) {
    close (fd);
    return -1;
  }
  *size = fd >= 0 ? info.st_size : 0;
  return fd;
}

/* The whole entry; NULL: there is none to be trusted. */
static GBytes *
read_entry (const gchar *path, const gchar *name)
{
  int folder = open_folder (path), fd;
  g_autofree guint8 *data = NULL;
  gsize size;
  gboolean ok;

  if (folder < 0)
    return NULL;
  fd = open_entry (folder, name, &size);
  close (folder);
  if (fd < 0)
    return NULL;
  data = g_try_malloc (size);
  ok = data && move_all (fd, data, NULL, size);
  close (fd);
  return ok ? g_bytes_new_take (g_steal_pointer (&data), size) : NULL;
}

GBytes *
mn_cache_load (const gchar *name)
{
  g_autofree gchar *path = mn_cache_path (name);
  g_autoptr (GBytes) entry = path ? read_entry (path, name) : NULL;
  guint8 header[HEADER];
  const guint8 *data;
  gsize size;

  if (!entry)
    return NULL;
  data = g_bytes_get_data (entry, &size);
  write_header (name, data + HEADER, size - HEADER, header);
  if (memcmp (header, data, HEADER) != 0)
    return NULL;
  return g_bytes_new_from_bytes (entry, HEADER, size - HEADER);
}

/* ---- store ------------------------------------------------------------- */

/* Beside it, then renamed: a reader sees all of it or nothing. */
static void
write_entry (int folder, const gchar *name, const guint8 *header,
    const guint8 *data, gsize size)
{
  g_autofree gchar *temporary = g_strdup_printf ("%s.%08x", name,
      g_random_int ());
  int fd = openat (folder, temporary,
      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return;
  ok = move_all (fd, NULL, header, HEADER) && move_all (fd, NULL, data, size)
      && fsync (fd) == 0;
  ok = close (fd) == 0 && ok;
  if (!ok || renameat (folder, temporary, folder, name) != 0)
    unlinkat (folder, temporary, 0);
}

void
mn_cache_store (const gchar *name, GBytes *content)
{
  g_autofree gchar *path = mn_cache_path (name);
  g_autofree gchar *parent = NULL;
  guint8 header[HEADER];
  const guint8 *data;
  gsize size;
  int folder;

  if (!path)
    return;
  parent = g_path_get_dirname (path);
  data = g_bytes_get_data (content, &size);
  if (size == 0 || size > MOST - HEADER || g_mkdir_with_parents (parent, 0700))
    return;
  folder = open_folder (path);
  if (folder < 0)
    return;
  write_header (name, data, size, header);
  write_entry (folder, name, header, data, size);
  close (folder);
}
