/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of class names. */

#include "engine/model/labels/labels.h"
#include "engine/graph/budget.h"
#include "engine/base/file.h"
#include "engine/model/labels/forms.h"

#include <string.h>

#define MAX_LINES (8 * MN_LABELS_MAX_COUNT)

/* The text as UTF-8 without a byte order mark; Latin-1 where it is not
 * UTF-8. NULL: it is not a text. Free with g_free. */
static gchar *
to_utf8 (const gchar *text, gsize size)
{
  gchar *utf8;

  /* Either byte order: the mark says which. */
  if (size >= 2
      && (memcmp (text, "\xff\xfe", 2) == 0
          || memcmp (text, "\xfe\xff", 2) == 0)) {
    gsize written;

    utf8 = g_convert (text, size, "UTF-8", "UTF-16", NULL, &written, NULL);
    if (utf8 && strlen (utf8) < written)
      g_clear_pointer (&utf8, g_free);
    return utf8;
  }
  if (memchr (text, '\0', size))
    return NULL;
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
strip_lines (gchar **lines)
{
  for (; *lines; lines++)
    g_strstrip (*lines);
}

/* "# like this". What starts with a hash and goes on at once may be a label,
 * but for the lines on top. */
static gboolean
is_comment (const gchar *line, gboolean on_top)
{
  if (*line != '#')
    return FALSE;
  return line[1] == '\0' || g_ascii_isspace (line[1])
      || (on_top && !g_ascii_isdigit (line[1]));
}

/* With the blank lines behind those on top. Where nothing else is there,
 * comments are no comments. */
static void
drop_comments (gchar **lines)
{
  gboolean on_top = TRUE, headed = FALSE;
  gchar **from, **to = lines;

  for (from = lines; *from && (!**from || is_comment (*from, TRUE)); from++)
    ;
  if (!*from)
    return;
  for (from = lines; *from; from++) {
    if (is_comment (*from, on_top) || (on_top && headed && !**from)) {
      headed = TRUE;
      g_free (*from);
      continue;
    }
    on_top = on_top && !**from;
    *to++ = *from;
  }
  *to = NULL;
}

static gboolean
has_synset (const gchar *name)
{
  gsize i;

  for (i = 1; i <= 8 && *name == 'n'; i++) {
    if (!g_ascii_isdigit (name[i]))
      return FALSE;
  }
  i = *name == 'n' ? 9 : 0;
  return i && strspn (name + i, " \t,:")
      && name[i + strspn (name + i, " \t,:")];
}

/* ImageNet's "n01440764 tench": where each line has such a number. */
static void
drop_synsets (gchar **names)
{
  gchar **name;

  for (name = names; *name; name++) {
    if (!has_synset (*name))
      return;
  }
  for (name = names; *name; name++)
    memmove (*name, *name + 9, strlen (*name + 9) + 1);
  for (name = names; *name; name++) {
    gsize blanks = strspn (*name, " \t,:");

    memmove (*name, *name + blanks, strlen (*name + blanks) + 1);
  }
}

static gboolean
is_quoted (const gchar *line)
{
  gsize n = strlen (line);

  return n >= 2 && (*line == '"' || *line == '\'') && line[n - 1] == *line;
}

/* Takes lines, without the quotes where all have them. */
static gchar **
take_lines (gchar **lines)
{
  guint n = g_strv_length (lines), n_quoted = 0, i;

  while (n > 0 && *lines[n - 1] == '\0')
    g_clear_pointer (&lines[--n], g_free);
  for (i = 0; i < n; i++)
    n_quoted += is_quoted (lines[i]);
  for (i = 0; i < n && n_quoted == n; i++) {
    gchar *quoted = lines[i];

    lines[i] = mn_labels_unquote (quoted);
    g_free (quoted);
  }
  return lines;
}

static gsize
count_lines (const gchar *text, const gchar *end)
{
  gsize n = 1;

  for (; *text; text++)
    n += *text == *end;
  return n;
}

/* As whatever form the text has. Empty: there is no label. NULL: there are too
 * many lines. */
static gchar **
read_text (const gchar *text, MnLabelsNote *note)
{
  gchar **names = mn_labels_from_tree (text, note);
  const gchar *end = strchr (text, '\n') ? "\n" : "\r";
  g_auto (GStrv) lines = NULL;

  if (names)
    return names;
  if (count_lines (text, end) > MN_MAX_LABEL_LINES)
    return NULL;
  /* Lines may end as on old Macs, too. */
  lines = g_strsplit (text, end, -1);
  strip_lines (lines);
  drop_comments (lines);
  names = mn_labels_from_table (lines, note);
  if (!names && !note->doubt)
    names = mn_labels_from_numbered (lines, note);
  if (!names && !note->doubt)
    names = mn_labels_from_tails (lines, note);
  if (names)
    return names;
  note->form = "a label a line";
  return take_lines (g_steal_pointer (&lines));
}

gchar *
mn_label_cut (const gchar *label)
{
  static const gchar ellipsis[] = "\xe2\x80\xa6";
  gsize n = MN_LABEL_MAX_BYTES - strlen (ellipsis);
  gchar *cut;

  if (!memchr (label, '\0', MN_LABEL_MAX_BYTES + 1)) {
    cut = g_malloc (MN_LABEL_MAX_BYTES + 1);
    /* Bytes that go on with a character: of what is no UTF-8, too, but not
     * without end. */
    while (n > MN_LABEL_MAX_BYTES / 2 && (label[n] & 0xc0) == 0x80)
      n--;
    memcpy (cut, label, n);
    strcpy (cut + n, ellipsis);
    return cut;
  }
  return NULL;
}

static void
cut_long (gchar **names, MnLabelsNote *note)
{
  g_autofree gchar *doubt = g_steal_pointer (&note->doubt);
  guint n = 0;

  for (; *names; names++) {
    gchar *cut = mn_label_cut (*names);

    if (!cut)
      continue;
    g_free (*names);
    *names = cut;
    n++;
  }
  if (n > 0)
    note->doubt = g_strdup_printf ("%s%slabels of more than %d bytes are "
                                   "cut: %u",
        doubt ? doubt : "", doubt ? "; " : "", MN_LABEL_MAX_BYTES, n);
  else
    note->doubt = g_steal_pointer (&doubt);
}

/* Before there is memory for each: a label map has some lines a label. */
static gboolean
has_too_many_lines (const gchar *text)
{
  guint n = 0;

  for (; *text && n <= MAX_LINES; text++)
    n += *text == '\n' || *text == '\r';
  return n > MAX_LINES;
}

static void
refuse_many (const gchar *name, GError **error)
{
  g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
      "%s: these are more than %d labels", name, MN_LABELS_MAX_COUNT);
}

gchar **
mn_labels_parse_form (const gchar *text, gsize size, const gchar *name,
    MnLabelsNote *note, GError **error)
{
  g_autofree gchar *utf8 = NULL;
  g_auto (GStrv) names = NULL;

  memset (note, 0, sizeof (*note));
  if (size > MN_LABELS_MAX_SIZE) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: %" G_GSIZE_FORMAT " bytes are too many for a list of labels", name,
        size);
    return NULL;
  }
  utf8 = size > 0 ? to_utf8 (text, size) : g_strdup ("");
  if (!utf8) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: this is no list of labels: it has NUL bytes in it (a model file "
        "instead of a text?)",
        name);
    return NULL;
  }
  if (has_too_many_lines (utf8)) {
    refuse_many (name, error);
    return NULL;
  }
  names = read_text (utf8, note);
  if (!names) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: more than %d lines are too many for a list of labels", name,
        MN_MAX_LABEL_LINES);
    mn_labels_note_clear (note);
    return NULL;
  }
  if (!*names) {
    g_set_error (error, MN_ERROR, MN_ERROR_FORMAT,
        "%s: there is no label in it", name);
    mn_labels_note_clear (note);
    return NULL;
  }
  if (g_strv_length (names) > MN_LABELS_MAX_COUNT) {
    refuse_many (name, error);
    mn_labels_note_clear (note);
    return NULL;
  }
  drop_synsets (names);
  cut_long (names, note);
  return g_steal_pointer (&names);
}

gchar **
mn_labels_parse (const gchar *text, gsize size, const gchar *name,
    GError **error)
{
  g_auto (MnLabelsNote) note = {
    0,
  };

  return mn_labels_parse_form (text, size, name, &note, error);
}

gchar **
mn_labels_read (const gchar *path, MnLabelsNote *note, GError **error)
{
  g_autoptr (GBytes) bytes = mn_file_read (path, MN_LABELS_MAX_SIZE, error);
  const gchar *text;
  gsize size;

  memset (note, 0, sizeof (*note));
  if (!bytes)
    return NULL;
  text = g_bytes_get_data (bytes, &size);
  return mn_labels_parse_form (text, size, path, note, error);
}

gchar **
mn_labels_load (const gchar *path, GError **error)
{
  g_auto (MnLabelsNote) note = {
    0,
  };

  return mn_labels_read (path, &note, error);
}

void
mn_labels_note_clear (MnLabelsNote *note)
{
  g_free (note->doubt);
  memset (note, 0, sizeof (*note));
}

gboolean
mn_labels_fit (const MnLabelsNote *note, guint n_labels, guint n_classes,
    gint *offset)
{
  /* Counted from 1, for a network whose class 0 is none of them. */
  if (note->first == 1 && n_classes == n_labels + 1) {
    *offset = -1;
    return TRUE;
  }
  return mn_labels_offset (n_labels, n_classes, offset);
}

gboolean
mn_labels_fit_model (const MnLabelsNote *note, guint n_labels,
    const MnModelInfo *info, gint *offset)
{
  if (n_labels == 1
      && (info->values == MN_VALUES_ONE_PROBABILITY
          || info->values == MN_VALUES_ONE_LOGIT)) {
    *offset = -1;
    return TRUE;
  }
  return mn_labels_fit (note, n_labels, info->n_classes, offset);
}

gboolean
mn_labels_offset (guint n_labels, guint n_classes, gint *offset)
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

/* The file of that name in the model's folder; NULL: there is none. A star
 * stands for the model's own name, a plus for that without its ending. */
static gchar *
find_beside (const gchar *model_path, const gchar *pattern)
{
  g_autofree gchar *folder = g_path_get_dirname (model_path);
  g_autofree gchar *base = g_path_get_basename (model_path);
  g_autofree gchar *name = NULL;
  g_autofree gchar *path = NULL;
  gchar *dot = strrchr (base, '.');

  if (*pattern == '+' && dot && dot != base)
    *dot = '\0';
  name = *pattern == '+' || *pattern == '*'
      ? g_strconcat (base, pattern + 1, NULL)
      : g_strdup (pattern);
  path = g_build_filename (folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path)
                                                    : NULL;
}

static gchar *
find_first (const gchar *model_path, const gchar *const *patterns, guint n)
{
  gchar *path = NULL;
  guint i;

  for (i = 0; i < n && !path; i++)
    path = find_beside (model_path, patterns[i]);
  return path;
}

gchar *
mn_labels_find (const gchar *model_path)
{
  static const gchar *const patterns[] = {"*.labels", "+.labels",
    "+.labels.txt", "+_labels.txt", "+-labels.txt", "+_labelmap.txt", "+.names",
    "labels.txt", "labelmap.txt", "label_map.txt", "class_names.txt",
    "classes.txt", "labels.json", "class_indices.json",
    "imagenet_class_index.json", "labelmap.pbtxt", "label_map.pbtxt",
    "labels.csv"};

  return find_first (model_path, patterns, G_N_ELEMENTS (patterns));
}

gchar *
mn_labels_find_text (const gchar *model_path)
{
  static const gchar *const patterns[] = {
    "+.txt", "+.json", "+.pbtxt", "+.csv"};

  return find_first (model_path, patterns, G_N_ELEMENTS (patterns));
}
