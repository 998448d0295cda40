/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* JSON as text: members of an object, one after another. */

#ifndef MN_TOOL_JSON_H
#define MN_TOOL_JSON_H

#include <glib.h>

G_BEGIN_DECLS

/* "key": "value"; no comma. What is no UTF-8 is replaced. */
void mn_json_string (GString *text, const gchar *key, const gchar *value);
/* , "key": value; six digits. */
void mn_json_number (GString *text, const gchar *key, gdouble value);

G_END_DECLS

#endif /* MN_TOOL_JSON_H */
