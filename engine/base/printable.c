/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/printable.h"

static gboolean
is_harmless (gunichar c)
{
  return !g_unichar_iscntrl (c)
      && !(c >= 0x2028 && c <= 0x202e) /* separators, order of letters */
      && !(c >= 0x2066 && c <= 0x2069);
}

gchar *
mn_printable (const gchar *text)
{
  g_autofree gchar *valid = g_utf8_make_valid (text ? text : "", -1);
  GString *out = g_string_new (NULL);
  const gchar *p;

  for (p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    g_string_append_unichar (out, is_harmless (c) ? c : '?');
  }
  return g_string_free (out, FALSE);
}
