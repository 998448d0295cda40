/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tools/json.h"

void
mn_json_string (GString *text, const gchar *key, const gchar *value)
{
  g_autofree gchar *valid = g_utf8_make_valid (value, -1);
  const gchar *p;

  g_string_append_printf (text, "\"%s\": \"", key);
  for (p = valid; *p; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf (text, "\\%c", *p);
    else if (g_ascii_iscntrl (*p))
      g_string_append_printf (text, "\\u%04x", *p);
    else
      g_string_append_c (text, *p);
  }
  g_string_append (text, "\"");
}

void
mn_json_number (GString *text, const gchar *key, gdouble value)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, ", \"%s\": %s", key,
      g_ascii_formatd (buffer, sizeof (buffer), "%.6g", value));
}
