/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What took long to find out, on disk in the user's cache folder: programs
 * of a device, and which of device and CPU is the faster. A file is named
 * for a digest of everything that its content depends on, and carries a
 * checksum; whatever is doubtful about it, it counts as absent. So does one
 * that is no regular file, and one that others can write to, or whose folder
 * (no link either) they can write to or own. Any thread; several processes may
 * share the folder. */

#ifndef MN_CACHE_H
#define MN_CACHE_H

#include <glib.h>

G_BEGIN_DECLS

/* One more text, which may be NULL, of those that a name is made of. */
void mn_cache_add_text (GChecksum *sum, const gchar *text);

/* name: the file's own, without a folder. NULL: not there. */
GBytes *mn_cache_load (const gchar *name);
/* A temporary file, renamed. Failure is no error: next time it is found out
 * anew. */
void mn_cache_store (const gchar *name, GBytes *content);
/* The file's path; NULL where no cache is kept. Free with g_free. */
gchar *mn_cache_path (const gchar *name);

G_END_DECLS

#endif /* MN_CACHE_H */
