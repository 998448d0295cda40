/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text of others for a terminal: labels, names of files, messages. */

#ifndef PRINTABLE_H
#define PRINTABLE_H

#include <glib.h>

/* One line of valid UTF-8 in which nothing moves the cursor, changes the
 * terminal or turns the order of letters round: such characters are "?".
 * NULL is "". Free with g_free. */
gchar *printable (const gchar * text);

#endif /* PRINTABLE_H */
