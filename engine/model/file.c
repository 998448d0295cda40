/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading a whole file that a user named. */

#include "engine/model/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_errno (const gchar * path, int code, GError ** error)
{
  if (code == ENOENT || code == ENOTDIR)
    g_set_error (error, MN_ERROR, MN_ERROR_NOT_FOUND, "%s: no such file", path);
  else
    g_set_error (error, MN_ERROR, MN_ERROR_READ, "%s: cannot be read: %s",
        path, g_strerror (code));
}

static void
set_folder (const gchar * path, GError ** error)
{
  g_autofree gchar *saved = g_build_filename (path, "saved_model.pb", NULL);

  if (g_file_test (saved, G_FILE_TEST_EXISTS))
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this is a TensorFlow SavedModel folder: convert it to a .tflite "
        "file with TensorFlow's TFLiteConverter", path);
  else
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this is a folder: name the .tflite file in it", path);
}

static gboolean
check_kind (const gchar * path, int fd, gsize max_size, gsize * size,
    GError ** error)
{
  struct stat info;

  if (fstat (fd, &info) != 0) {
    set_errno (path, errno, error);
    return FALSE;
  }
  if (S_ISDIR (info.st_mode)) {
    set_folder (path, error);
    return FALSE;
  }
  if (!S_ISREG (info.st_mode)) {
    g_set_error (error, MN_ERROR, MN_ERROR_READ,
        "%s: this is a device or a pipe, not a file", path);
    return FALSE;
  }
  if ((guint64) info.st_size > max_size) {
    g_set_error (error, MN_ERROR, MN_ERROR_READ,
        "%s: %" G_GINT64_FORMAT " bytes are more than the %" G_GSIZE_FORMAT
        " that are read", path, (gint64) info.st_size, max_size);
    return FALSE;
  }
  *size = info.st_size;
  return TRUE;
}

/* Reads up to size bytes: fewer when the file shrinks meanwhile. */
static gboolean
read_all (const gchar * path, int fd, guint8 * data, gsize size,
    gsize * n_read, GError ** error)
{
  *n_read = 0;
  while (*n_read < size) {
    gssize n = read (fd, data + *n_read, size - *n_read);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      set_errno (path, errno, error);
      return FALSE;
    }
    if (n == 0)
      break;
    *n_read += n;
  }
  return TRUE;
}

GBytes *
mn_file_read (const gchar * path, gsize max_size, GError ** error)
{
  /* Not blocking: or else opening a pipe waits for its writer. */
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  GBytes *bytes = NULL;
  guint8 *data = NULL;
  gsize size, n_read;

  if (fd < 0) {
    set_errno (path, errno, error);
    return NULL;
  }
  if (!check_kind (path, fd, max_size, &size, error))
    goto done;
  data = g_try_malloc (MAX (size, 1));
  if (!data) {
    g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
        "%s: no memory for its %" G_GSIZE_FORMAT " bytes", path, size);
    goto done;
  }
  if (read_all (path, fd, data, size, &n_read, error))
    bytes = g_bytes_new_take (g_steal_pointer (&data), n_read);

done:
  g_free (data);
  close (fd);
  return bytes;
}
