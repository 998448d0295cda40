/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What values in brackets say about classes. */

#include "engine/graph/budget.h"
#include "engine/model/labels/forms.h"
#include "engine/model/labels/tree.h"

#include <string.h>

/* Numbers above this, or of which so few have a name, are no classes. */
#define MAX_NUMBER MN_MAX_CLASSES
#define MAX_HOLES(n) (16 * (n) + 1024)

/* ---- pairs -------------------------------------------------------------- */

void
mn_label_pairs_init (MnLabelPairs *self)
{
  self->pairs = g_array_new (FALSE, FALSE, sizeof (MnLabelPair));
}

void
mn_label_pairs_clear (MnLabelPairs *self)
{
  g_clear_pointer (&self->pairs, g_array_unref);
}

void
mn_label_pairs_add (MnLabelPairs *self, gint32 number, const gchar *name)
{
  MnLabelPair pair = {number, name};

  g_array_append_val (self->pairs, pair);
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  const MnLabelPair *x = a, *y = b;

  return (x->number > y->number) - (x->number < y->number);
}

gchar **
mn_label_pairs_finish (MnLabelPairs *self, guint *first)
{
  const MnLabelPair *pairs = (const MnLabelPair *) self->pairs->data;
  guint n = self->pairs->len, i, k = 0;
  gint32 number, low, high;
  gchar **names;

  if (n == 0)
    return NULL;
  g_array_sort (self->pairs, compare_numbers);
  for (i = 1; i < n; i++) {
    if (pairs[i].number == pairs[i - 1].number)
      return NULL;
  }
  low = pairs[0].number == 1;
  high = pairs[n - 1].number;
  if (pairs[0].number < 0 || high > MAX_NUMBER || high > MAX_HOLES ((gint64) n))
    return NULL;
  names = g_try_new0 (gchar *, high - low + 2);
  if (!names)
    return NULL;
  for (number = low; number <= high; number++) {
    const MnLabelPair *pair = &pairs[k];

    k += pair->number == number;
    names[number - low] = pair->number == number && pair->name
        ? g_strdup (pair->name)
        : g_strdup_printf ("%d", number);
  }
  *first = (guint) low;
  return names;
}

/* ---- trees -------------------------------------------------------------- */

/* TRUE: a number, with quotes or without. */
static gboolean
get_number (const MnTreeNode *node, gint32 *number)
{
  gchar *end;
  gint64 value;

  *number = node->number;
  if (node->kind == MN_TREE_NUMBER)
    return TRUE;
  if (node->kind != MN_TREE_STRING || !g_ascii_isdigit (node->text[0]))
    return FALSE;
  value = g_ascii_strtoll (node->text, &end, 10);
  *number = (gint32) MIN (value, G_MAXINT32);
  return *end == '\0';
}

static gint32
find_any (const MnTree *tree, gint32 dict, const gchar *const *names)
{
  gint32 found = -1;

  for (; *names && found < 0; names++)
    found = mn_tree_find (tree, dict, *names);
  return found;
}

/* The name in a value: itself, the last string of a list such as
 * ["n01440764", "tench"], or what a dictionary calls so. NULL: none. */
static const gchar *
get_name (const MnTree *tree, gint32 value)
{
  static const gchar *const keys[] = {
    "display_name", "name", "label", "class_name", "title", NULL};
  const MnTreeNode *node = mn_tree_get (tree, value);
  const gchar *name = NULL;
  gint32 child;

  switch (node->kind) {
    case MN_TREE_STRING:
      return node->text;
    case MN_TREE_DICT:
      child = find_any (tree, value, keys);
      if (child < 0 || mn_tree_get (tree, child)->kind != MN_TREE_STRING)
        return NULL;
      return mn_tree_get (tree, child)->text;
    case MN_TREE_LIST:
      for (child = node->first; child >= 0;
          child = mn_tree_get (tree, child)->next) {
        if (mn_tree_get (tree, child)->kind == MN_TREE_STRING)
          name = mn_tree_get (tree, child)->text;
      }
      return name;
    default:
      return NULL;
  }
}

/* The number in a value: what a dictionary calls so, or the first of a list.
 * FALSE: none. */
static gboolean
get_own_number (const MnTree *tree, gint32 value, gint32 *number)
{
  static const gchar *const keys[] = {
    "id", "index", "class_id", "class_index", "label_id", "idx", NULL};
  const MnTreeNode *node = mn_tree_get (tree, value);
  gint32 child = -1;

  if (node->kind == MN_TREE_DICT)
    child = find_any (tree, value, keys);
  else if (node->kind == MN_TREE_LIST && node->n_children == 2)
    child = node->first;
  return child >= 0 && get_number (mn_tree_get (tree, child), number);
}

/* Values one after another, which are all of keys named item, or of a list:
 * by their own numbers, where all have one, else by their place. step: from
 * one value to the next. */
static gboolean
take_values (const MnTree *tree, gint32 value, gboolean in_dict,
    MnLabelPairs *pairs)
{
  gboolean numbered = TRUE;
  gint32 v, number, place = 0;

  for (v = value; v >= 0; v = mn_tree_get (tree, v)->next) {
    if (in_dict)
      v = mn_tree_get (tree, v)->next;
    numbered = numbered && get_own_number (tree, v, &number);
  }
  for (v = value; v >= 0; v = mn_tree_get (tree, v)->next, place++) {
    const gchar *name;

    if (in_dict)
      v = mn_tree_get (tree, v)->next;
    name = get_name (tree, v);
    if (!name && mn_tree_get (tree, v)->kind != MN_TREE_WORD
        && !(numbered && mn_tree_get (tree, v)->kind == MN_TREE_DICT))
      return FALSE;
    number = place;
    if (numbered)
      get_own_number (tree, v, &number);
    mn_label_pairs_add (pairs, number, name);
  }
  return TRUE;
}

typedef struct
{
  gboolean keys_are_numbers, keys_are_strings, keys_are_items;
  gboolean values_are_numbers, values_are_numbers_bare;
} Shape;

static Shape
look_at_dict (const MnTree *tree, gint32 dict)
{
  Shape shape = {TRUE, TRUE, TRUE, TRUE, TRUE};
  gint32 key, number;

  for (key = mn_tree_get (tree, dict)->first; key >= 0;) {
    const MnTreeNode *k = mn_tree_get (tree, key);
    const MnTreeNode *v = mn_tree_get (tree, k->next);

    shape.keys_are_numbers &= get_number (k, &number);
    shape.keys_are_strings &= k->kind == MN_TREE_STRING;
    shape.keys_are_items &= k->kind == MN_TREE_WORD && v->kind == MN_TREE_DICT
        && g_str_equal (k->text,
            mn_tree_get (tree, mn_tree_get (tree, dict)->first)->text);
    shape.values_are_numbers &= get_number (v, &number);
    shape.values_are_numbers_bare &= v->kind == MN_TREE_NUMBER;
    key = v->next;
  }
  return shape;
}

/* Number to name, or name to number. */
static gboolean
take_entries (const MnTree *tree, gint32 dict, gboolean by_name,
    MnLabelPairs *pairs)
{
  gint32 key, number;

  for (key = mn_tree_get (tree, dict)->first; key >= 0;) {
    const MnTreeNode *k = mn_tree_get (tree, key);
    const MnTreeNode *v = mn_tree_get (tree, k->next);
    const gchar *name = by_name ? k->text : get_name (tree, k->next);

    if (!name && v->kind != MN_TREE_WORD)
      return FALSE;
    get_number (by_name ? v : k, &number);
    mn_label_pairs_add (pairs, number, name);
    key = v->next;
  }
  return TRUE;
}

static gboolean take_any (const MnTree *tree, gint32 node, MnLabelPairs *pairs);

static gboolean
take_dict (const MnTree *tree, gint32 dict, MnLabelPairs *pairs)
{
  static const gchar *const keys[] = {"id2label", "labels", "names",
    "class_names", "classes", "categories", "class_indices", "label_map", NULL};
  const MnTreeNode *node = mn_tree_get (tree, dict);
  Shape shape = look_at_dict (tree, dict);
  gint32 inner;

  if (node->n_children == 0)
    return FALSE;
  if (shape.keys_are_items)
    return take_values (tree, node->first, TRUE, pairs);
  if (shape.keys_are_strings && shape.values_are_numbers_bare)
    return take_entries (tree, dict, TRUE, pairs);
  if (shape.keys_are_numbers)
    return take_entries (tree, dict, FALSE, pairs);
  if (shape.values_are_numbers)
    return take_entries (tree, dict, TRUE, pairs);
  inner = find_any (tree, dict, keys);
  if (inner < 0 && node->n_children == 2)
    inner = mn_tree_get (tree, node->first)->next;
  return inner >= 0 && take_any (tree, inner, pairs);
}

static gboolean
take_any (const MnTree *tree, gint32 node, MnLabelPairs *pairs)
{
  switch (mn_tree_get (tree, node)->kind) {
    case MN_TREE_DICT:
      return take_dict (tree, node, pairs);
    case MN_TREE_LIST:
      return take_values (tree, mn_tree_get (tree, node)->first, FALSE, pairs);
    default:
      return FALSE;
  }
}

/* Whether it starts as such a text does, and ends as one does. */
static gboolean
looks_like_tree (const gchar *text)
{
  const gchar *at = text, *end = text + strlen (text);
  gboolean named;

  while (end > at && strchr (" \t\r\n;", end[-1]))
    end--;
  if (end == at || !strchr ("}])", end[-1]))
    return FALSE;
  /* Lines of comment. */
  while (at += strspn (at, " \t\r\n"),
      *at == '#' || g_str_has_prefix (at, "//"))
    at += strcspn (at, "\n");
  if (*at == '{' || *at == '[')
    return TRUE;
  while (g_ascii_isalnum (*at) || *at == '_' || *at == '.' || *at == ' ')
    at++;
  at += strspn (at, "\r\n");
  named = *at == ':' || *at == '=';
  at += named;
  at += strspn (at, " \t\r\n");
  return *at == '{' || (named && *at == '[');
}

gchar **
mn_labels_from_tree (const gchar *text, MnLabelsNote *note)
{
  g_auto (MnLabelPairs) pairs = {NULL};
  g_autoptr (MnTree) tree = NULL;
  gchar **names = NULL;
  guint line = 0;

  if (!looks_like_tree (text))
    return NULL;
  mn_label_pairs_init (&pairs);
  tree = mn_tree_parse (text, &line);
  if (tree && take_any (tree, 0, &pairs))
    names = mn_label_pairs_finish (&pairs, &note->first);
  if (names)
    note->form = "values in brackets (JSON, Python or a label map)";
  else if (tree)
    note->doubt =
        g_strdup ("it looks like JSON or a label map, but tells no "
                  "classes by their numbers; it is taken for a label a line");
  else
    note->doubt = g_strdup_printf ("it looks like JSON or a label map, but "
                                   "cannot be read as one (line %u); it is "
                                   "taken for a label a line",
        line);
  return names;
}
