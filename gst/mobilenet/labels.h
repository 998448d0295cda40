/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a model's classes are called. */

#ifndef GST_MOBILENET_LABELS_H
#define GST_MOBILENET_LABELS_H

#include <gst/gst.h>

#include "engine/mn.h"

G_BEGIN_DECLS

/* One label a class (g_strfreev): of file, or where that is NULL the model's
 * own; a class without one has its number. *model is exchanged for the model
 * as it is with the labels of file. To warnings (gchar *, g_free) comes what
 * the user is to know of them. NULL: a file that cannot be read, or no
 * memory. */
gchar **gst_mobilenet_labels_load (MnModel **model, const gchar *file,
    GPtrArray *warnings, GError **error);

G_END_DECLS

#endif /* GST_MOBILENET_LABELS_H */
