/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text of others for a terminal: labels, names of files and of layers. Needs
 * nothing but GLib, so that programs without the engine have it as well. */

#ifndef MN_PRINTABLE_H
#define MN_PRINTABLE_H

#include <glib.h>

G_BEGIN_DECLS

/* One line of valid UTF-8 in which nothing moves the cursor, changes the
 * terminal or turns the order of letters round: such characters are "?".
 * NULL is "". Free with g_free. */
gchar *mn_printable (const gchar *text);

G_END_DECLS

#endif /* MN_PRINTABLE_H */
