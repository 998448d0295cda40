/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The forms in which people keep class names, each read by a file of its
 * own: values in brackets, tables, lines with numbers in front. */

#ifndef MN_LABELS_FORMS_H
#define MN_LABELS_FORMS_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* Names with the numbers that a file gives them. */
typedef struct
{
  GArray *pairs; /* of MnLabelPair */
} MnLabelPairs;

typedef struct
{
  gint32 number;
  const gchar *name; /* whoever was read; NULL: it has none */
} MnLabelPair;

void mn_label_pairs_init (MnLabelPairs *self);
void mn_label_pairs_clear (MnLabelPairs *self);
void mn_label_pairs_add (MnLabelPairs *self, gint32 number, const gchar *name);
/* A list by number, where what has no name is called by its number. *first:
 * the number of the first, 0 or 1. NULL: one is there twice, or nearly all
 * are missing. Free with g_strfreev. */
gchar **mn_label_pairs_finish (MnLabelPairs *self, guint *first);

/* Each takes UTF-8 that ends with a NUL, and returns names (g_strfreev) with
 * first and form of note set, or NULL: it is not of that form. */

/* Values in brackets. NULL with doubt set: it looks like that, but cannot be
 * read so. */
gchar **mn_labels_from_tree (const gchar *text, MnLabelsNote *note);
/* A table with a line of headings, in lines without blanks around. */
gchar **mn_labels_from_table (gchar **lines, MnLabelsNote *note);
/* Lines that start with numbers, but for blank ones and comments. May set
 * doubt. */
gchar **mn_labels_from_numbered (gchar **lines, MnLabelsNote *note);
/* Lines that end with numbers, the same. May set doubt. */
gchar **mn_labels_from_tails (gchar **lines, MnLabelsNote *note);

/* A copy of a field without the quotes around it. */
gchar *mn_labels_unquote (const gchar *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MnLabelPairs, mn_label_pairs_clear)

G_END_DECLS

#endif /* MN_LABELS_FORMS_H */
