/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program cache: what it holds is used, what is doubtful is not. */

#include "opencl/cache.h"
#include "opencl/program.h"
#include "tests/opencl/graphs.h"

#include <glib/gstdio.h>
#include <string.h>

#define KEY "0123456789abcdef"

static void
flip_byte (const gchar * path, gsize at)
{
  g_autofree gchar *contents = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpuint (at, <, size);
  contents[at] ^= 0x20;
  g_assert_true (g_file_set_contents (path, contents, size, NULL));
}

static void
cut (const gchar * path, gsize size)
{
  g_autofree gchar *contents = NULL;
  gsize old;

  g_assert_true (g_file_get_contents (path, &contents, &old, NULL));
  g_assert_cmpuint (size, <, old);
  g_assert_true (g_file_set_contents (path, contents, size, NULL));
}

static void
test_files (void)
{
  g_autofree gchar *path = mn_cl_cache_path (KEY);
  g_autofree gchar *other = mn_cl_cache_path ("other");
  g_autofree gchar *contents = NULL;
  g_autoptr (GBytes) data = g_bytes_new ("some binary", 11);
  g_autoptr (GBytes) got = NULL;
  gsize size, i;

  g_assert_null (mn_cl_cache_load (KEY));
  mn_cl_cache_store (KEY, data);
  got = mn_cl_cache_load (KEY);
  g_assert_nonnull (got);
  g_assert_true (g_bytes_equal (got, data));
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  for (i = 0; i < size; i++) {
    flip_byte (path, i);
    g_assert_null (mn_cl_cache_load (KEY));
    flip_byte (path, i);
  }
  for (i = 0; i < size; i++) {
    cut (path, i);
    g_assert_null (mn_cl_cache_load (KEY));
    g_assert_true (g_file_set_contents (path, contents, size, NULL));
  }
  /* The right bytes under another name. */
  g_assert_true (g_file_set_contents (other, contents, size, NULL));
  g_assert_null (mn_cl_cache_load ("other"));
  g_unlink (other);
  mn_cl_cache_drop (KEY);
  g_assert_null (mn_cl_cache_load (KEY));
}

static void
test_keys (void)
{
  MnClDevice a = {.name = (gchar *) "name",.driver = (gchar *) "1" };
  MnClDevice b = a;
  g_autofree gchar *key = mn_cl_cache_key (&a, "source", "-DA");
  g_autofree gchar *same = mn_cl_cache_key (&b, "source", "-DA");
  gchar *others[5];
  guint i, j;

  g_assert_cmpstr (key, ==, same);
  others[0] = mn_cl_cache_key (&a, "source2", "-DA");
  others[1] = mn_cl_cache_key (&a, "source", "-DB");
  b.driver = (gchar *) "2";
  others[2] = mn_cl_cache_key (&b, "source", "-DA");
  b = a;
  b.name = (gchar *) "name2";
  others[3] = mn_cl_cache_key (&b, "source", "-DA");
  b = a;
  b.platform_version = (gchar *) "3";
  others[4] = mn_cl_cache_key (&b, "source", "-DA");
  for (i = 0; i < 5; i++) {
    g_assert_cmpstr (others[i], !=, key);
    for (j = 0; j < i; j++)
      g_assert_cmpstr (others[i], !=, others[j]);
  }
  for (i = 0; i < 5; i++)
    g_free (others[i]);
}

static gchar *
path_of (const MnClDevice * device, const MnClProgram * program)
{
  const MnClSource *s = mn_cl_sources;
  g_autofree gchar *key = NULL;

  while (!g_str_equal (s->name, program->name))
    s++;
  key = mn_cl_cache_key (device, s->text, program->options);
  return mn_cl_cache_path (key);
}

static MnClProgram *
build (const MnClDevice * device)
{
  GError *error = NULL;
  MnClProgram *program = mn_cl_program_new (device, "reshape", "", &error);

  g_assert_no_error (error);
  mn_cl_program_store (program);
  return program;
}

/* A file that passes every check of ours and is no program: built anew and
 * written again. */
static void
test_rebuild (void)
{
  g_autoptr (MnClDevice) device = NULL;
  g_autoptr (GBytes) nonsense = g_bytes_new ("no program", 10);
  g_autoptr (GBytes) got = NULL;
  g_autofree gchar *path = NULL, *key = NULL;
  MnClProgram *program;

  if (!have_device ())
    return;
  device = mn_cl_device_open (NULL, NULL);
  g_assert_nonnull (device);
  program = build (device);
  path = path_of (device, program);
  mn_cl_program_free (program);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("the driver gives no binaries");
    return;
  }
  key = g_path_get_basename (path);
  *strchr (key, '.') = '\0';
  mn_cl_program_free (build (device));
  mn_cl_cache_store (key, nonsense);
  mn_cl_program_free (build (device));
  got = mn_cl_cache_load (key);
  g_assert_nonnull (got);
  g_assert_false (g_bytes_equal (got, nonsense));
  g_unlink (path);
}

static void
test_build_error (void)
{
  g_autoptr (MnClDevice) device = NULL;
  g_autoptr (GError) error = NULL;

  if (!have_device ())
    return;
  device = mn_cl_device_open (NULL, NULL);
  g_assert_nonnull (device);
  g_assert_null (mn_cl_program_new (device, "pointwise", "-DV=nonsense",
          &error));
  g_assert_error (error, MN_ERROR, MN_ERROR_COMPILE);
  g_assert_nonnull (strstr (error->message, "pointwise"));
}

void
add_cache_tests (void)
{
  g_test_add_func ("/opencl/cache/files", test_files);
  g_test_add_func ("/opencl/cache/keys", test_keys);
  g_test_add_func ("/opencl/cache/rebuild", test_rebuild);
  g_test_add_func ("/opencl/cache/build-error", test_build_error);
}
