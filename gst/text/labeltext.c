/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/labeltext.h"

#include <string.h>

static void
append_valid (GString *out, const gchar *text)
{
  g_autofree gchar *valid = NULL;

  if (!text)
    return;
  if (!g_utf8_validate (text, -1, NULL))
    text = valid = g_utf8_make_valid (text, -1);
  g_string_append (out, text);
}

/* Appends what a word stands for; FALSE: it is not one of ours. */
static gboolean
append_word (GString *out, const gchar *word, gsize length,
    const GstMobilenetResult *result, const GstMobilenetScore *score)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];
#define IS(name) (length == strlen (name) && strncmp (word, name, length) == 0)

  if (IS ("label"))
    append_valid (out, score->label);
  else if (IS ("percent"))
    g_string_append_printf (out, "%.0f", score->confidence * 100.0);
  else if (IS ("confidence"))
    g_string_append (out,
        g_ascii_formatd (number, sizeof (number), "%.2f", score->confidence));
  else if (IS ("index"))
    g_string_append_printf (out, "%d", score->index);
  else if (IS ("element"))
    append_valid (out, result->element);
  else if (IS ("model"))
    append_valid (out, result->model);
  else
    return FALSE;
  return TRUE;
#undef IS
}

void
gst_mobilenet_labeltext_append (GString *out, const gchar *pattern,
    const GstMobilenetResult *result, const GstMobilenetScore *score)
{
  const gchar *p = pattern;

  while (*p) {
    const gchar *close = *p == '{' ? strchr (p, '}') : NULL;

    if (close && append_word (out, p + 1, close - p - 1, result, score)) {
      p = close + 1;
    } else if (p[0] == '\\' && p[1] == 'n') {
      g_string_append_c (out, '\n');
      p += 2;
    } else {
      g_string_append_c (out, *p++);
    }
  }
}
