/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of class names; what is in mn.h of them is public. */

#ifndef MN_LABELS_H
#define MN_LABELS_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* A labels file's largest size in bytes. */
#define MN_LABELS_MAX_SIZE ((gsize) 8 << 20)
/* Splits a text into labels as mn_labels_load does; name stands for the file
 * in messages. MN_ERROR_FORMAT: not a text, or no label in it. g_strfreev. */
gchar **mn_labels_parse (const gchar *text, gsize size, const gchar *name,
    GError **error);
/* The same as mn_labels_read does it; note: the caller's to clear. */
gchar **mn_labels_parse_form (const gchar *text, gsize size, const gchar *name,
    MnLabelsNote *note, GError **error);

/* The labels file that belongs to a model: <model>.labels (with and without
 * the model's own ending), else labels.txt, labelmap.txt or another of the
 * usual names beside it; NULL: there is none. g_free. */
gchar *mn_labels_find (const gchar *model_path);
/* <model>.txt, .json, .pbtxt or .csv, which may be its labels or not; the
 * same. */
gchar *mn_labels_find_text (const gchar *model_path);

G_END_DECLS

#endif /* MN_LABELS_H */
