/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading a whole file that a user named. */

#include "engine/base/file.h"

#include "engine/base/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_errno (const gchar *path, int code, GError **error)
{
  if (code == ENOENT || code == ENOTDIR)
    g_set_error (error, MN_ERROR, MN_ERROR_NOT_FOUND, "%s: no such file", path);
  else
    g_set_error (error, MN_ERROR, MN_ERROR_READ, "%s: cannot be read: %s", path,
        g_strerror (code));
}

static void
set_folder (const gchar *path, GError **error)
{
  g_autofree gchar *saved = g_build_filename (path, "saved_model.pb", NULL);

  if (g_file_test (saved, G_FILE_TEST_EXISTS))
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this is a TensorFlow SavedModel folder: convert it to a .tflite "
        "file with TensorFlow's TFLiteConverter",
        path);
  else
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this is a folder: name the .tflite file in it", path);
}

static gboolean
check_kind (const gchar *path, int fd, gsize max_size, struct stat *info,
    GError **error)
{
  if (fstat (fd, info) != 0) {
    set_errno (path, errno, error);
    return FALSE;
  }
  if (S_ISDIR (info->st_mode)) {
    set_folder (path, error);
    return FALSE;
  }
  if (!S_ISREG (info->st_mode)) {
    g_set_error (error, MN_ERROR, MN_ERROR_READ,
        "%s: this is a device or a pipe, not a file", path);
    return FALSE;
  }
  if ((guint64) info->st_size > max_size) {
    g_set_error (error, MN_ERROR, MN_ERROR_READ,
        "%s: %" G_GINT64_FORMAT " bytes are more than the %" G_GSIZE_FORMAT
        " that are read",
        path, (gint64) info->st_size, max_size);
    return FALSE;
  }
  return TRUE;
}

/* Opens a file that may be read; -1 with error. */
static int
open_file (const gchar *path, gsize max_size, struct stat *info, GError **error)
{
  /* Not blocking: or else opening a pipe waits for its writer. */
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);

  if (fd < 0) {
    set_errno (path, errno, error);
    return -1;
  }
  if (!check_kind (path, fd, max_size, info, error)) {
    close (fd);
    return -1;
  }
  return fd;
}

/* Reads bytes first .. end - 1 to where they belong in data: fewer when the
 * file shrinks meanwhile. */
static gboolean
read_part (const gchar *path, int fd, guint8 *data, gsize first, gsize end,
    gsize *n_read, GError **error)
{
  gsize at = first;

  *n_read = 0;
  while (at < end) {
    gssize n = pread (fd, data + at, end - at, at);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      set_errno (path, errno, error);
      return FALSE;
    }
    if (n == 0)
      break;
    at += n;
  }
  *n_read = at - first;
  return TRUE;
}

static void
set_no_memory (const gchar *path, gsize size, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_NO_MEMORY,
      "%s: no memory for its %" G_GSIZE_FORMAT " bytes", path, size);
}

GBytes *
mn_file_read (const gchar *path, gsize max_size, GError **error)
{
  struct stat info;
  int fd = open_file (path, max_size, &info, error);
  GBytes *bytes = NULL;
  guint8 *data;
  gsize n_read;

  if (fd < 0)
    return NULL;
  data = g_try_malloc (MAX (info.st_size, 1));
  if (!data)
    set_no_memory (path, info.st_size, error);
  else if (read_part (path, fd, data, 0, info.st_size, &n_read, error))
    bytes = g_bytes_new_take (g_steal_pointer (&data), n_read);
  g_free (data);
  close (fd);
  return bytes;
}

/* ---- contents that can be given back ---------------------------------- */

/* Less is not worth an open file. */
#define WORTH_GIVING_BACK (256 << 10)

/* A part that stays: whole pages. */
typedef struct
{
  gsize first, end;
} Part;

struct _MnFile
{
  gint refcount;
  gchar *path;
  int fd;           /* -1: the contents stay */
  struct stat info; /* when they were read first */
  gchar *name;      /* of the file then; NULL: not known */
  guint8 *data;
  gsize size;  /* of them, and of their memory */
  GMutex lock; /* of what follows */
  guint n_holders;
  gboolean gone; /* all but what is kept */
  GArray *kept;  /* Part, by first; they may overlap */
};

/* Where the open file is now, under whatever name. */
static gchar *
name_of (int fd)
{
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);

  return g_file_read_link (link, NULL);
}

MnFile *
mn_file_open (const gchar *path, gsize max_size, GError **error)
{
  g_autoptr (MnFile) self = g_new0 (MnFile, 1);
  gsize n_read;

  self->refcount = 1;
  self->path = g_strdup (path);
  g_mutex_init (&self->lock);
  self->kept = g_array_new (FALSE, FALSE, sizeof (Part));
  self->fd = open_file (path, max_size, &self->info, error);
  if (self->fd < 0)
    return NULL;
  self->size = self->info.st_size;
  self->data = mn_pages_new (self->size);
  if (!self->data) {
    set_no_memory (path, self->size, error);
    return NULL;
  }
  if (!read_part (path, self->fd, self->data, 0, self->size, &n_read, error))
    return NULL;
  /* A file that shrank under the reader is never asked again. */
  if (n_read < WORTH_GIVING_BACK || n_read < self->size) {
    close (self->fd);
    self->fd = -1;
  } else {
    self->name = name_of (self->fd);
  }
  if (n_read < self->size)
    memset (self->data + n_read, 0, self->size - n_read);
  self->info.st_size = n_read;
  return g_steal_pointer (&self);
}

MnFile *
mn_file_ref (MnFile *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

void
mn_file_unref (MnFile *self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  mn_pages_free (self->data, self->size);
  if (self->fd >= 0)
    close (self->fd);
  g_mutex_clear (&self->lock);
  g_array_unref (self->kept);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

GBytes *
mn_file_get_bytes (MnFile *self)
{
  return g_bytes_new_with_free_func (self->data, self->info.st_size,
      (GDestroyNotify) mn_file_unref, mn_file_ref (self));
}

static gboolean
is_same_time (const struct timespec *a, const struct timespec *b)
{
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Whoever writes may set the time of that back, but not the time of the last
 * change of any kind. That also moves when the file gets another name or mode,
 * or when a new file takes its name. */
static gboolean
was_written (MnFile *self, const struct stat *now)
{
  const struct stat *old = &self->info;
  g_autofree gchar *name = NULL;

  if (is_same_time (&now->st_ctim, &old->st_ctim)
      || now->st_nlink != old->st_nlink || now->st_mode != old->st_mode
      || now->st_uid != old->st_uid || now->st_gid != old->st_gid)
    return FALSE;
  name = name_of (self->fd);
  return g_strcmp0 (name, self->name) == 0;
}

static gboolean
has_changed (MnFile *self)
{
  const struct stat *old = &self->info;
  struct stat now;

  return fstat (self->fd, &now) != 0 || now.st_size != old->st_size
      || !is_same_time (&now.st_mtim, &old->st_mtim)
      || was_written (self, &now);
}

/* The next part from *at on that nobody keeps; FALSE: none before end. */
static gboolean
next_gap (MnFile *self, gsize *at, gsize end, Part *gap)
{
  guint i;

  gap->first = *at;
  gap->end = end;
  for (i = 0; i < self->kept->len; i++) {
    const Part *part = &g_array_index (self->kept, Part, i);

    if (part->first > gap->first) {
      gap->end = MIN (part->first, end);
      break;
    }
    gap->first = MAX (gap->first, part->end);
  }
  *at = gap->end;
  return gap->first < gap->end;
}

/* What nobody keeps of a part. */
static void
drop (MnFile *self, Part part)
{
  gsize at = part.first;
  Part gap;

  while (next_gap (self, &at, part.end, &gap))
    mn_pages_drop (self->data + gap.first, gap.end - gap.first);
}

static void
drop_all (MnFile *self)
{
  drop (self, (Part) {0, mn_pages_taken (self->size)});
}

static gboolean
read_again (MnFile *self, GError **error)
{
  gboolean whole = !has_changed (self);
  gsize n_read, at = 0;
  Part gap;

  while (whole && next_gap (self, &at, self->size, &gap)) {
    if (!read_part (self->path, self->fd, self->data, gap.first, gap.end,
            &n_read, error))
      return FALSE;
    whole = n_read == gap.end - gap.first;
  }
  if (whole && !has_changed (self))
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_READ,
      "%s: the file has changed since it was loaded; load it anew", self->path);
  return FALSE;
}

gboolean
mn_file_hold (MnFile *self, GError **error)
{
  gboolean ok = TRUE;

  g_mutex_lock (&self->lock);
  if (self->gone) {
    ok = read_again (self, error);
    self->gone = !ok;
  }
  if (ok)
    self->n_holders++;
  else
    drop_all (self);
  g_mutex_unlock (&self->lock);
  return ok;
}

void
mn_file_release (MnFile *self)
{
  g_mutex_lock (&self->lock);
  if (--self->n_holders == 0 && self->fd >= 0) {
    drop_all (self);
    self->gone = TRUE;
  }
  g_mutex_unlock (&self->lock);
}

static Part
pages_of (MnFile *self, gconstpointer data, gsize size)
{
  gsize unit = mn_pages_unit (), first = (const guint8 *) data - self->data;
  const Part part = {
    first / unit * unit, (first + size + unit - 1) / unit * unit};

  return part;
}

void
mn_file_keep (MnFile *self, gconstpointer data, gsize size)
{
  const Part part = pages_of (self, data, size);
  guint i = 0;

  g_mutex_lock (&self->lock);
  while (i < self->kept->len
      && g_array_index (self->kept, Part, i).first < part.first)
    i++;
  g_array_insert_val (self->kept, i, part);
  g_mutex_unlock (&self->lock);
}

void
mn_file_unkeep (MnFile *self, gconstpointer data, gsize size)
{
  const Part part = pages_of (self, data, size);
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->kept->len; i++) {
    const Part *other = &g_array_index (self->kept, Part, i);

    if (other->first == part.first && other->end == part.end)
      break;
  }
  g_assert (i < self->kept->len);
  g_array_remove_index (self->kept, i);
  if (self->gone)
    drop (self, part);
  g_mutex_unlock (&self->lock);
}
