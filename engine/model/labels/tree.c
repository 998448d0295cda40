/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values in brackets as a tree of nodes in one array. */

#include "engine/model/labels/tree.h"

#include <string.h>

#define MAX_DEPTH 32
#define MAX_NODES (1 << 20)

typedef struct
{
  MnTree *tree;
  const gchar *at; /* ends with a NUL */
  guint depth;
} Reader;

static gint32 read_value (Reader *self);

static gint32
add_node (Reader *self, MnTreeKind kind)
{
  MnTreeNode node = {kind, NULL, 0, 0, -1, -1};

  if (self->tree->nodes->len >= MAX_NODES)
    return -1;
  g_array_append_val (self->tree->nodes, node);
  return (gint32) self->tree->nodes->len - 1;
}

static MnTreeNode *
get_node (const MnTree *tree, gint32 node)
{
  return &g_array_index (tree->nodes, MnTreeNode, node);
}

/* last: the child before it, or -1. */
static void
add_child (Reader *self, gint32 parent, gint32 last, gint32 child)
{
  if (last < 0)
    get_node (self->tree, parent)->first = child;
  else
    get_node (self->tree, last)->next = child;
  get_node (self->tree, parent)->n_children++;
}

/* Blanks, and comments as Python and C++ have them. */
static void
skip_blanks (Reader *self)
{
  for (;;) {
    while (*self->at && strchr (" \t\r\n\f\v", *self->at))
      self->at++;
    if (self->at[0] != '#' && !(self->at[0] == '/' && self->at[1] == '/'))
      return;
    while (*self->at && *self->at != '\n')
      self->at++;
  }
}

static gboolean
skip_char (Reader *self, const gchar *which)
{
  skip_blanks (self);
  if (!*self->at || !strchr (which, *self->at))
    return FALSE;
  self->at++;
  return TRUE;
}

/* So many digits at most; *n: how many there were. */
static guint32
read_digits (Reader *self, guint base, guint most, guint *n)
{
  guint32 value = 0;

  for (*n = 0; *n < most; (*n)++) {
    gint digit = g_ascii_xdigit_value (*self->at);

    if (digit < 0 || digit >= (gint) base)
      break;
    value = value * base + (guint) digit;
    self->at++;
  }
  return value;
}

/* Behind "\u". */
static void
read_unicode (Reader *self, GString *text)
{
  guint n;
  guint32 c = read_digits (self, 16, 4, &n);

  if (c >= 0xd800 && c < 0xdc00 && self->at[0] == '\\' && self->at[1] == 'u') {
    self->at += 2;
    c = 0x10000 + ((c - 0xd800) << 10)
        + ((read_digits (self, 16, 4, &n) - 0xdc00) & 0x3ff);
  }
  g_string_append_unichar (text, c && g_unichar_validate (c) ? c : 0xfffd);
}

/* Behind a backslash. What is no escape stands for itself. */
static void
read_escape (Reader *self, GString *text)
{
  guint n;

  if (*self->at >= '0' && *self->at <= '7') {
    g_string_append_c (text, (gchar) read_digits (self, 8, 3, &n));
    return;
  }
  switch (*self->at) {
    case '\0':
      return;
    case 'u':
      self->at++;
      read_unicode (self, text);
      return;
    case 'x':
      self->at++;
      g_string_append_c (text, (gchar) read_digits (self, 16, 2, &n));
      return;
    case 'a':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case 'v':
      g_string_append_c (text, ' ');
      break;
    default:
      g_string_append_c (text, *self->at);
      break;
  }
  self->at++;
}

/* Keeps a text: of any bytes, as a line of valid UTF-8. */
static void
set_text (Reader *self, gint32 node, const gchar *text, gsize length)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, length);
  gchar *c;

  for (c = valid; *c; c++) {
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  }
  get_node (self->tree, node)
      ->text = g_string_chunk_insert (self->tree->strings, g_strstrip (valid));
}

static gint32
read_string (Reader *self)
{
  gint32 node = add_node (self, MN_TREE_STRING);
  GString *text = g_string_new (NULL);
  gchar quote = *self->at++;

  while (*self->at && *self->at != quote) {
    if (*self->at == '\\') {
      self->at++;
      read_escape (self, text);
    } else {
      g_string_append_c (text, *self->at++);
    }
  }
  if (*self->at != quote || node < 0) {
    g_string_free (text, TRUE);
    return -1;
  }
  self->at++;
  set_text (self, node, text->str, text->len);
  g_string_free (text, TRUE);
  return node;
}

static gboolean
is_word_char (gchar c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '.' || c == '-' || c == '+';
}

/* A number, or a name. */
static gint32
read_word (Reader *self)
{
  const gchar *start = self->at;
  gint32 node;
  gint64 value;
  gchar *end;

  while (is_word_char (*self->at))
    self->at++;
  /* Python's strings may have a letter in front. */
  if (self->at - start == 1 && strchr ("bru", *start)
      && (*self->at == '"' || *self->at == '\''))
    return read_string (self);
  if (self->at == start)
    return -1;
  node = add_node (self, MN_TREE_WORD);
  if (node < 0)
    return -1;
  set_text (self, node, start, self->at - start);
  value = g_ascii_strtoll (start, &end, 10);
  if (g_ascii_isdigit (*start) && end == self->at && value <= G_MAXINT32) {
    get_node (self->tree, node)->kind = MN_TREE_NUMBER;
    get_node (self->tree, node)->number = (gint32) value;
  }
  return node;
}

static gint32
read_list (Reader *self, const gchar *close)
{
  gint32 list = add_node (self, MN_TREE_LIST), last = -1;

  while (list >= 0 && !skip_char (self, close)) {
    gint32 value = read_value (self);

    if (value < 0)
      return -1;
    add_child (self, list, last, value);
    last = value;
    skip_char (self, ",");
  }
  return list;
}

static gboolean
is_scalar (Reader *self, gint32 node)
{
  return node >= 0 && get_node (self->tree, node)->kind < MN_TREE_LIST;
}

/* Up to close, or to the end of the text where that is "". */
static gint32
read_dict (Reader *self, const gchar *close)
{
  gint32 dict = add_node (self, MN_TREE_DICT), last = -1;

  while (dict >= 0) {
    gint32 key, value;

    if (*close ? skip_char (self, close) : (skip_blanks (self), !*self->at))
      return dict;
    key = read_value (self);
    if (!is_scalar (self, key))
      return -1;
    if (!skip_char (self, ":") && *self->at != '{')
      return -1;
    value = read_value (self);
    if (value < 0)
      return -1;
    add_child (self, dict, last, key);
    add_child (self, dict, key, value);
    last = value;
    skip_char (self, ",;");
  }
  return dict;
}

static gint32
read_value (Reader *self)
{
  gint32 node;

  if (self->depth >= MAX_DEPTH)
    return -1;
  self->depth++;
  skip_blanks (self);
  if (skip_char (self, "{"))
    node = read_dict (self, "}");
  else if (skip_char (self, "["))
    node = read_list (self, "]");
  else if (skip_char (self, "("))
    node = read_list (self, ")");
  else if (*self->at == '"' || *self->at == '\'')
    node = read_string (self);
  else
    node = read_word (self);
  self->depth--;
  return node;
}

/* `labels = [` and the like; not "item {", whose name is a key. */
static void
skip_assignment (Reader *self)
{
  const gchar *at = self->at;

  while (is_word_char (*at) || *at == ' ')
    at++;
  if (at == self->at || *at != '=')
    return;
  for (at++; *at == ' '; at++)
    ;
  if (*at == '{' || *at == '[')
    self->at = at;
}

static guint
count_lines (const gchar *text, const gchar *end)
{
  guint n = 1;

  for (; text < end; text++)
    n += *text == '\n';
  return n;
}

MnTree *
mn_tree_parse (const gchar *text, guint *line)
{
  MnTree *tree = g_new0 (MnTree, 1);
  Reader self = {tree, text, 0};
  gint32 root;

  tree->nodes = g_array_new (FALSE, FALSE, sizeof (MnTreeNode));
  tree->strings = g_string_chunk_new (4096);
  skip_blanks (&self);
  skip_assignment (&self);
  if (*self.at == '{' || *self.at == '[') {
    root = read_value (&self);
    skip_char (&self, ";");
    skip_blanks (&self);
  } else {
    root = read_dict (&self, "");
  }
  if (root == 0 && !*self.at)
    return tree;
  *line = count_lines (text, self.at);
  mn_tree_free (tree);
  return NULL;
}

void
mn_tree_free (MnTree *tree)
{
  if (!tree)
    return;
  g_array_unref (tree->nodes);
  g_string_chunk_free (tree->strings);
  g_free (tree);
}

const MnTreeNode *
mn_tree_get (const MnTree *tree, gint32 node)
{
  return get_node (tree, node);
}

gint32
mn_tree_find (const MnTree *tree, gint32 dict, const gchar *name)
{
  gint32 key = get_node (tree, dict)->first;

  while (key >= 0) {
    gint32 value = get_node (tree, key)->next;

    if (g_str_equal (get_node (tree, key)->text, name))
      return value;
    key = get_node (tree, value)->next;
  }
  return -1;
}
