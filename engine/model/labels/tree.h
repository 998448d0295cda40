/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Texts that are values in brackets: JSON, what Python prints of lists and
 * dictionaries, and protocol buffers' text format. One tolerant reader for
 * all of them: a comma may be missing or be one too many, a colon may be
 * missing in front of a brace, strings have either quotes. */

#ifndef MN_LABELS_TREE_H
#define MN_LABELS_TREE_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MN_TREE_STRING,
  MN_TREE_NUMBER, /* a whole one, 0 to 2^31 - 1 */
  MN_TREE_WORD,   /* anything else without quotes: null, -1 */
  MN_TREE_LIST,
  MN_TREE_DICT /* children: key, value, key, value... */
} MnTreeKind;

/* Nodes are known by their place; 0 is the root. -1: none. */
typedef struct
{
  MnTreeKind kind;
  const gchar *text; /* valid UTF-8, no control characters; lists
                      * and dictionaries: NULL */
  gint32 number;
  guint32 n_children;
  gint32 first, next; /* child, sibling */
} MnTreeNode;

typedef struct
{
  GArray *nodes; /* MnTreeNode */
  GStringChunk *strings;
} MnTree;

/* Reads a text, UTF-8 that ends with a NUL. What stands in front of the first
 * bracket may be a name and an equals sign. NULL: it is none of these, or has
 * too many levels or values; *line (from 1): where. */
MnTree *mn_tree_parse (const gchar *text, guint *line);
void mn_tree_free (MnTree *tree);
const MnTreeNode *mn_tree_get (const MnTree *tree, gint32 node);
/* The value of the first of a dictionary's keys that is named so; -1: it is
 * not there. */
gint32 mn_tree_find (const MnTree *tree, gint32 dict, const gchar *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnTree, mn_tree_free)

G_END_DECLS

#endif /* MN_LABELS_TREE_H */
