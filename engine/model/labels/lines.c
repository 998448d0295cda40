/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines that say of which class they are: with its number in front, or in
 * the columns of a table. */

#include "engine/model/labels/forms.h"

#include <string.h>

/* Digits of a number in front. */
#define MAX_DIGITS 7

/* ---- numbers in front --------------------------------------------------- */

typedef struct
{
  gint32 number;
  gboolean set_off; /* by more than one blank */
  const gchar *rest;
} Line;

/* "0 tench", "0  tench", "0: tench", "0,tench", "0. tench", "0) tench",
 * "0 - tench"; neither "8-ball", "3D printer", "1.5 litres" nor "007". */
static gboolean
read_line (const gchar *text, Line *line)
{
  gsize digits = strspn (text, "0123456789"), blanks;
  const gchar *at = text + digits;

  if (digits == 0 || digits > MAX_DIGITS)
    return FALSE;
  line->number = (gint32) g_ascii_strtoll (text, NULL, 10);
  blanks = strspn (at, " \t");
  line->set_off = blanks > 1 || *at == '\t';
  at += blanks;
  if (*at
      && (strchr (":,;=|)", *at) || (*at == '.' && g_ascii_isspace (at[1]))
          || (*at == '-' && blanks && g_ascii_isspace (at[1])))) {
    line->set_off = TRUE;
    at++;
  } else if (blanks == 0) {
    return FALSE;
  }
  line->rest = at + strspn (at, " \t");
  return *line->rest != '\0';
}

typedef struct
{
  guint n, n_names; /* lines, and how many names differ */
  gint32 low, high;
  gboolean in_order; /* one after another */
  gboolean set_off;  /* all are */
} Numbers;

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

/* How many differ. Not by a table: texts can be made to fall on one place of
 * it. */
static guint
count_names (GPtrArray *names)
{
  guint n = 0, i;

  g_ptr_array_sort (names, compare_names);
  for (i = 0; i < names->len; i++)
    n += i == 0
        || strcmp (g_ptr_array_index (names, i - 1),
               g_ptr_array_index (names, i))
            != 0;
  return n;
}

/* FALSE: there is a line without a number. */
static gboolean
look_at_lines (gchar **lines, Numbers *all)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  gint32 last = -1;
  Line line;

  *all = (Numbers) {0, 0, G_MAXINT32, -1, TRUE, TRUE};
  for (; *lines; lines++) {
    if (!**lines || **lines == '#')
      continue;
    if (!read_line (*lines, &line))
      return FALSE;
    all->in_order &= all->n == 0 || line.number == last + 1;
    all->set_off &= line.set_off;
    all->low = MIN (all->low, line.number);
    all->high = MAX (all->high, line.number);
    all->n++;
    last = line.number;
    g_ptr_array_add (names, (gpointer) line.rest);
  }
  all->n_names = count_names (names);
  return all->n > 0;
}

/* Whether the numbers are those of classes, rather than what the labels
 * begin with: "1 euro coin", "2 euro coin". */
static gboolean
are_classes (const Numbers *all)
{
  if (all->low > 1 || (all->n == 1 && all->low == 1))
    return FALSE;
  if (all->set_off || (all->in_order && all->low == 0))
    return TRUE;
  if (all->n_names * 4 < all->n * 3)
    return FALSE;
  return all->in_order || (gint64) all->high < 2 * (gint64) all->n;
}

/* A heading as YAML has it. */
static gboolean
is_heading (const gchar *line)
{
  gsize n = strlen (line);

  return n > 1 && line[n - 1] == ':' && !strpbrk (line, " \t")
      && !g_ascii_isdigit (*line);
}

gchar **
mn_labels_from_numbered (gchar **lines, MnLabelsNote *note)
{
  g_auto (MnLabelPairs) pairs = {NULL};
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  gchar **names = NULL;
  Numbers all;
  Line line;

  while (*lines && (!**lines || is_heading (*lines)))
    lines++;
  if (!look_at_lines (lines, &all))
    return NULL;
  mn_label_pairs_init (&pairs);
  for (; *lines; lines++) {
    if (!read_line (*lines, &line))
      continue;
    g_ptr_array_add (kept, mn_labels_unquote (line.rest));
    mn_label_pairs_add (&pairs, line.number,
        g_ptr_array_index (kept, kept->len - 1));
  }
  if (are_classes (&all))
    names = mn_label_pairs_finish (&pairs, &note->first);
  if (names)
    note->form = "a line a class, its number in front";
  if (!names && (all.set_off || all.low <= 1) && all.n > 1)
    note->doubt =
        g_strdup ("each line starts with a number, but these do not "
                  "count classes; they are taken for a part of the labels");
  else if (names && !all.set_off && all.low == 1)
    note->doubt = g_strdup ("the numbers in front are taken for those of "
                            "classes that are counted from 1, not for a part "
                            "of the labels");
  return names;
}

/* ---- numbers behind ----------------------------------------------------- */

/* "tench 0", "tench\t0", "tench, 0", "tench: 0", "tench=0"; neither "tench0"
 * nor "0". name is a copy. */
static gboolean
read_tail (const gchar *text, Line *line, gchar **name)
{
  gsize n = strlen (text), at = n;

  while (at > 0 && g_ascii_isdigit (text[at - 1]))
    at--;
  if (at == n || n - at > MAX_DIGITS)
    return FALSE;
  line->number = (gint32) g_ascii_strtoll (text + at, NULL, 10);
  n = at;
  while (at > 0 && strchr (" \t", text[at - 1]))
    at--;
  line->set_off = n - at > 1 || (n > at && text[at] == '\t');
  if (at > 0 && strchr (":,;=|", text[at - 1])) {
    line->set_off = TRUE;
    at--;
  } else if (n == at) {
    return FALSE;
  }
  *name = g_strchomp (g_strndup (text, at));
  if (**name)
    return TRUE;
  g_clear_pointer (name, g_free);
  return FALSE;
}

/* All lines count, from 0 or 1 and in order, and their names differ: what
 * counts "class 1", "class 2" is a part of the labels. */
gchar **
mn_labels_from_tails (gchar **lines, MnLabelsNote *note)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  gboolean set_off = TRUE;
  guint first = 0, i;

  for (; *lines; lines++) {
    gchar *name;
    Line line;

    if (!**lines || **lines == '#')
      continue;
    if (!read_tail (*lines, &line, &name))
      return NULL;
    g_ptr_array_add (kept, name);
    g_hash_table_add (names, name);
    if (kept->len == 1)
      first = line.number;
    if (first > 1 || line.number != (gint32) (first + kept->len - 1))
      return NULL;
    set_off &= line.set_off;
  }
  if (kept->len < 2 || g_hash_table_size (names) < kept->len)
    return NULL;
  note->first = first;
  note->form = "a line a class, its number behind";
  if (first == 1 && !set_off)
    note->doubt = g_strdup ("the numbers behind are taken for those of "
                            "classes that are counted from 1, not for a part "
                            "of the labels");
  for (i = 0; i < kept->len; i++) {
    gchar *quoted = g_ptr_array_index (kept, i);

    kept->pdata[i] = mn_labels_unquote (quoted);
    g_free (quoted);
  }
  g_ptr_array_set_free_func (kept, NULL);
  g_ptr_array_add (kept, NULL);
  return (gchar **) g_ptr_array_free (g_steal_pointer (&kept), FALSE);
}

/* ---- tables ------------------------------------------------------------- */

gchar *
mn_labels_unquote (const gchar *text)
{
  gsize n = strlen (text);
  gchar *copy, *to;
  const gchar *from;

  if (n < 2 || (*text != '"' && *text != '\'') || text[n - 1] != *text)
    return g_strdup (text);
  copy = to = g_malloc (n);
  for (from = text + 1; from < text + n - 1; from++) {
    *to++ = *from;
    /* A doubled quote is one. */
    if (from[0] == *text && from[1] == *text && from + 1 < text + n - 1)
      from++;
  }
  *to = '\0';
  return copy;
}

/* The fields of a row, unquoted and without blanks around. */
static gchar **
split_row (const gchar *row, gchar separator)
{
  GPtrArray *fields = g_ptr_array_new ();
  const gchar *start = row, *at = row;
  gboolean quoted = FALSE;

  for (;; at++) {
    if (*at == '"')
      quoted = !quoted;
    if (*at == '\0' || (*at == separator && !quoted)) {
      g_autofree gchar *field = g_strndup (start, at - start);

      g_ptr_array_add (fields, mn_labels_unquote (g_strstrip (field)));
      start = at + 1;
      if (*at == '\0')
        break;
    }
  }
  g_ptr_array_add (fields, NULL);
  return (gchar **) g_ptr_array_free (fields, FALSE);
}

/* Headings in the order in which they are looked for. -1: there is none. */
static gint
find_column (gchar **headings, const gchar *const *wanted)
{
  gint column;

  for (; *wanted; wanted++) {
    for (column = 0; headings[column]; column++) {
      g_autofree gchar *plain = g_ascii_strdown (headings[column], -1);

      g_strdelimit (plain, " -", '_');
      if (g_str_equal (plain, *wanted))
        return column;
    }
  }
  return -1;
}

/* As a column is found, so is the separator. */
static gboolean
read_headings (const gchar *row, gchar *separator, gint *number, gint *name)
{
  static const gchar *const numbers[] = {"index", "class_index", "class_id",
    "classid", "label_id", "id", "idx", "number", "", "class", "label", NULL};
  static const gchar *const names[] = {"display_name", "class_name",
    "classname", "label_name", "name", "names", "label", "labels", "signname",
    "class", "description", NULL};
  const gchar *s;

  for (s = "\t;,"; *s; s++) {
    g_auto (GStrv) headings = split_row (row, *s);

    if (g_strv_length (headings) < 2)
      continue;
    *separator = *s;
    *number = find_column (headings, numbers);
    *name = find_column (headings, names);
    return *number >= 0 && *name >= 0 && *number != *name;
  }
  return FALSE;
}

gchar **
mn_labels_from_table (gchar **lines, MnLabelsNote *note)
{
  g_auto (MnLabelPairs) pairs = {NULL};
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  gint number_column, name_column;
  gchar **names, separator;

  while (*lines && !**lines)
    lines++;
  if (!*lines
      || !read_headings (*lines, &separator, &number_column, &name_column))
    return NULL;
  mn_label_pairs_init (&pairs);
  while (*++lines) {
    g_auto (GStrv) row = NULL;
    guint64 number;

    if (!**lines)
      continue;
    row = split_row (*lines, separator);
    if ((gint) g_strv_length (row) <= MAX (number_column, name_column)
        || !g_ascii_string_to_unsigned (row[number_column], 10, 0, G_MAXINT32,
            &number, NULL))
      return NULL;
    g_ptr_array_add (kept, g_strdup (row[name_column]));
    mn_label_pairs_add (&pairs, (gint32) number,
        g_ptr_array_index (kept, kept->len - 1));
  }
  names = mn_label_pairs_finish (&pairs, &note->first);
  if (names)
    note->form = "a table with a line of headings";
  return names;
}
