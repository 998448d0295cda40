/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of class names. */

#include "engine/model/labels.h"
#include "engine/model/file.h"

#include <string.h>

/* The text as UTF-8 without a byte order mark; Latin-1 where it is not
 * UTF-8. */
static gchar *
to_utf8 (const gchar * text, gsize size)
{
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0) {
    text += 3;
    size -= 3;
  }
  if (g_utf8_validate (text, size, NULL))
    return g_strndup (text, size);
  return g_convert (text, size, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

/* Cuts a line's trailing blanks; a label's leading ones as well. */
static void
strip_lines (gchar ** lines)
{
  for (; *lines; lines++)
    g_strstrip (*lines);
}

gchar **
mn_labels_parse (const gchar * text, gsize size, const gchar * name,
    GError ** error)
{
  g_autofree gchar *utf8 = NULL;
  g_auto (GStrv) lines = NULL;
  guint n;

  if (size > MN_LABELS_MAX_SIZE) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: %" G_GSIZE_FORMAT " bytes are too many for a list of labels",
        name, size);
    return NULL;
  }
  if (size >= 2 && (memcmp (text, "\xff\xfe", 2) == 0
          || memcmp (text, "\xfe\xff", 2) == 0)) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this list of labels is UTF-16: save it as UTF-8", name);
    return NULL;
  }
  if (size > 0 && memchr (text, '\0', size)) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this is no list of labels: it has NUL bytes in it (a model file "
        "instead of a text?)", name);
    return NULL;
  }
  utf8 = to_utf8 (text, size);
  if (!utf8) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this is no list of labels: neither UTF-8 nor Latin-1", name);
    return NULL;
  }
  lines = g_strsplit (utf8, "\n", -1);
  strip_lines (lines);
  n = g_strv_length (lines);
  while (n > 0 && *lines[n - 1] == '\0')
    g_clear_pointer (&lines[--n], g_free);
  if (n == 0) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: there is no label in it", name);
    return NULL;
  }
  return g_steal_pointer (&lines);
}

gchar **
mn_labels_load (const gchar * path, GError ** error)
{
  g_autoptr (GBytes) bytes = mn_file_read (path, MN_LABELS_MAX_SIZE, error);
  const gchar *text;
  gsize size;

  if (!bytes)
    return NULL;
  text = g_bytes_get_data (bytes, &size);
  return mn_labels_parse (text, size, path, error);
}

gboolean
mn_labels_offset (guint n_labels, guint n_classes, gint * offset)
{
  *offset = 0;
  if (n_labels == n_classes)
    return TRUE;
  if (n_labels == 1001 && n_classes == 1000) {
    *offset = 1;
    return TRUE;
  }
  if (n_labels == 1000 && n_classes == 1001) {
    *offset = -1;
    return TRUE;
  }
  return FALSE;
}

gchar *
mn_labels_find (const gchar * model_path)
{
  g_autofree gchar *folder = g_path_get_dirname (model_path);
  g_autofree gchar *base = g_path_get_basename (model_path);
  g_autofree gchar *stem = g_strdup (base);
  gchar *dot = strrchr (stem, '.');
  g_autofree gchar *full_name = g_strconcat (base, ".labels", NULL);
  g_autofree gchar *stem_name = NULL;
  const gchar *names[3];
  guint i;

  if (dot && dot != stem)
    *dot = '\0';
  stem_name = g_strconcat (stem, ".labels", NULL);
  names[0] = full_name;
  names[1] = stem_name;
  names[2] = "labels.txt";
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = g_build_filename (folder, names[i], NULL);

    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return g_steal_pointer (&path);
  }
  return NULL;
}
