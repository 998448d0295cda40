/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mean and std as people write them: elements and tool read them alike. */

#include "engine/mn.h"

#include <math.h>

static gboolean
read_values (const gchar *text, guint channels, gfloat values[4])
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  guint n = g_strv_length (parts);
  guint i;

  if (n != 1 && n != channels)
    return FALSE;
  for (i = 0; i < channels; i++) {
    gchar *part = g_strstrip (parts[n == 1 ? 0 : i]);
    gchar *end;

    values[i] = (gfloat) g_ascii_strtod (part, &end);
    if (end == part || *end != '\0' || !isfinite (values[i]))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_values (const gchar *text, const gchar *what, guint channels,
    gfloat values[4], GError **error)
{
  if (read_values (text, channels, values))
    return TRUE;
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
      "%s=\"%s\" is not one "
      "number, nor one for each of the model's %u channels, separated by "
      "commas",
      what, text, channels);
  return FALSE;
}

gboolean
mn_input_set_norm (MnInput *input, const MnModelInfo *info, const gchar *mean,
    const gchar *std, GError **error)
{
  guint i;

  for (i = 0; i < 4; i++) {
    input->mean[i] = info->mean[i];
    input->std[i] = info->std[i];
  }
  input->has_norm = mean || std;
  if (mean && !parse_values (mean, "mean", info->channels, input->mean, error))
    return FALSE;
  if (std && !parse_values (std, "std", info->channels, input->std, error))
    return FALSE;
  for (i = 0; std && i < info->channels; i++) {
    if (input->std[i] == 0.0f) {
      g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT,
          "std=\"%s\": pixels cannot be divided by 0", std);
      return FALSE;
    }
  }
  return TRUE;
}
