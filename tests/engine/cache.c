/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cache's folder: what is stored is found again, and whatever others may
 * have had a hand in counts as absent. */

#include "engine/base/cache.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "0123.clbin"

typedef struct
{
  gchar *folder, *path;
} Fixture;

static void
store (const gchar *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  mn_cache_store (NAME, bytes);
}

static gboolean
is_there (void)
{
  g_autoptr (GBytes) bytes = mn_cache_load (NAME);

  if (!bytes)
    return FALSE;
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
      "program", 7);
  return TRUE;
}

static guint
mode_of (const gchar *path)
{
  struct stat info;

  g_assert_cmpint (lstat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->path = mn_cache_path (NAME);
  f->folder = g_path_get_dirname (f->path);
  store ("program");
  g_assert_true (is_there ());
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const gchar *name;

  g_chmod (f->folder, 0700);
  dir = g_dir_open (f->folder, 0, NULL);
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (f->folder, name, NULL);

    g_remove (path);
  }
  g_remove (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

static void
test_modes (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;

  g_assert_cmphex (mode_of (f->folder), ==, 0700);
  g_assert_cmphex (mode_of (f->path), ==, 0600);
  /* Again over the old one; nothing else is left lying about. */
  store ("something else");
  store ("program");
  g_assert_true (is_there ());
  dir = g_dir_open (f->folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, NAME);
  g_assert_null (g_dir_read_name (dir));
}

static void
test_entry_of_others (Fixture *f, gconstpointer data)
{
  static const guint modes[] = {0620, 0602, 0666};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_assert_cmpint (g_chmod (f->path, modes[i]), ==, 0);
    g_assert_false (is_there ());
  }
  g_assert_cmpint (g_chmod (f->path, 0644), ==, 0);
  g_assert_true (is_there ());
  if (geteuid () != 0)
    return;
  g_assert_cmpint (chown (f->path, 1, 1), ==, 0);
  g_assert_false (is_there ());
}

static void
test_folder_of_others (Fixture *f, gconstpointer data)
{
  static const guint modes[] = {0770, 0707, 0777, 01777};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_assert_cmpint (g_chmod (f->folder, modes[i]), ==, 0);
    g_assert_false (is_there ());
    /* Nor is anything put there. */
    store ("something else");
    g_assert_cmpint (g_chmod (f->folder, 0700), ==, 0);
    g_assert_true (is_there ());
  }
  if (geteuid () != 0)
    return;
  g_assert_cmpint (chown (f->folder, 1, 1), ==, 0);
  g_assert_false (is_there ());
}

static void
test_links (Fixture *f, gconstpointer data)
{
  g_autofree gchar *other = g_strconcat (f->path, ".other", NULL);
  g_autofree gchar *elsewhere = g_strconcat (f->folder, ".other", NULL);

  g_assert_cmpint (g_rename (f->path, other), ==, 0);
  g_assert_cmpint (symlink (other, f->path), ==, 0);
  g_assert_false (is_there ());
  /* The link goes, what it leads to stays. */
  store ("program");
  g_assert_true (is_there ());
  g_assert_true (g_file_test (other, G_FILE_TEST_IS_REGULAR));

  g_assert_cmpint (g_rename (f->folder, elsewhere), ==, 0);
  g_assert_cmpint (symlink (elsewhere, f->folder), ==, 0);
  g_assert_false (is_there ());
  g_assert_cmpint (g_unlink (f->folder), ==, 0);
  g_assert_cmpint (g_rename (elsewhere, f->folder), ==, 0);
}

/* A pipe, which nobody writes to, keeps nobody waiting. */
static void
test_no_files (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
  g_assert_false (is_there ());
  store ("program");
  g_assert_true (is_there ());
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (g_mkdir (f->path, 0700), ==, 0);
  g_assert_false (is_there ());
  store ("program");
  g_assert_false (is_there ());
}

static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autofree gchar *contents = NULL;
  gsize size, i;

  g_assert_true (g_file_get_contents (f->path, &contents, &size, NULL));
  for (i = 0; i < size; i++) {
    contents[i] ^= 1;
    g_assert_true (g_file_set_contents (f->path, contents, size, NULL));
    g_assert_false (is_there ());
    contents[i] ^= 1;
  }
  for (i = 0; i < size; i++) {
    g_assert_true (g_file_set_contents (f->path, contents, i, NULL));
    g_assert_false (is_there ());
  }
  /* Beyond what is read: it takes no room on the disk. */
  g_assert_cmpint (truncate (f->path, (goffset) 1 << 40), ==, 0);
  g_assert_false (is_there ());
}

#define TEST(path, func) \
  g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_autofree gchar *home = g_dir_make_tmp ("mobilenet-XXXXXX", NULL);
  int result;

  g_assert_nonnull (home);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  TEST ("/cache/modes", test_modes);
  TEST ("/cache/entry-of-others", test_entry_of_others);
  TEST ("/cache/folder-of-others", test_folder_of_others);
  TEST ("/cache/links", test_links);
  TEST ("/cache/no-files", test_no_files);
  TEST ("/cache/damaged", test_damaged);
  result = g_test_run ();
  g_rmdir (home);
  return result;
}
