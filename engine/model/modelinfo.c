/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GStreamer's .modelinfo files: a key file with a group a tensor. Of it: the
 * ranges of the input, as min,max pairs with semicolons between channels,
 * that pixels 0..255 are mapped to. */

#include "engine/model/modelinfo.h"

#include "engine/base/file.h"

#include <math.h>
#include <string.h>

#define MAX_SIZE ((gsize) 1 << 20)

static gboolean
parse_number (const gchar *text, gdouble *value)
{
  gchar *end;

  *value = g_ascii_strtod (text, &end);
  while (g_ascii_isspace (*end))
    end++;
  return end != text && *end == '\0' && isfinite (*value);
}

/* (pixel - mean) / std is min at 0 and max at 255. */
static gboolean
parse_range (const gchar *text, gfloat *mean, gfloat *std)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", 3);
  gdouble low, high;

  if (g_strv_length (parts) != 2 || !parse_number (parts[0], &low)
      || !parse_number (parts[1], &high) || high <= low)
    return FALSE;
  *std = 255 / (high - low);
  *mean = -low * 255 / (high - low);
  return isfinite (*std) && isfinite (*mean) && *std > 0;
}

static gboolean
parse_ranges (const gchar *text, MnMetadata *metadata)
{
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);
  guint n = g_strv_length (parts), i;

  if (n > 0 && *g_strstrip (parts[n - 1]) == '\0')
    n--;
  if (n == 0 || n > 4)
    return FALSE;
  for (i = 0; i < 4; i++) {
    if (!parse_range (parts[MIN (i, n - 1)], &metadata->mean[i],
            &metadata->std[i]))
      return FALSE;
  }
  return TRUE;
}

/* The value of `ranges` in the first group with dir=input. */
static gchar *
find_ranges (GKeyFile *file)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  guint i;

  for (i = 0; groups[i]; i++) {
    g_autofree gchar *dir = g_key_file_get_string (file, groups[i], "dir",
        NULL);

    if (dir && strcmp (g_strstrip (dir), "input") == 0)
      return g_key_file_get_string (file, groups[i], "ranges", NULL);
  }
  return NULL;
}

gboolean
mn_modelinfo_read (const gchar *path, MnMetadata *metadata, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) bytes = mn_file_read (path, MAX_SIZE, &local);
  g_autofree gchar *ranges = NULL;
  const gchar *data;
  gsize size;

  if (!bytes) {
    if (g_error_matches (local, MN_ERROR, MN_ERROR_NOT_FOUND))
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  data = g_bytes_get_data (bytes, &size);
  if (size == 0)
    return TRUE;
  if (!g_key_file_load_from_data (file, data, size, G_KEY_FILE_NONE, &local)) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: not a .modelinfo file: %s", path, local->message);
    return FALSE;
  }
  ranges = find_ranges (file);
  if (!ranges)
    return TRUE;
  if (!parse_ranges (ranges, metadata)) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: ranges=%s is not min,max with min below max for each channel",
        path, ranges);
    return FALSE;
  }
  metadata->has_norm = TRUE;
  return TRUE;
}

gchar *
mn_modelinfo_find (const gchar *model_path)
{
  g_autofree gchar *full = g_strconcat (model_path, ".modelinfo", NULL);
  g_autofree gchar *stem = g_strdup (model_path);
  gchar *slash = strrchr (stem, G_DIR_SEPARATOR);
  gchar *dot = strrchr (slash ? slash : stem, '.');
  g_autofree gchar *replaced = NULL;

  if (g_file_test (full, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&full);
  if (!dot)
    return NULL;
  *dot = '\0';
  replaced = g_strconcat (stem, ".modelinfo", NULL);
  if (g_file_test (replaced, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&replaced);
  return NULL;
}
