/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Large blocks of memory straight from the system: in huge pages where it
 * has them, since the first touch of so many small ones takes longer than
 * what is done with them. Every size is possible, small ones waste most of a
 * page. */

#ifndef MN_PAGES_H
#define MN_PAGES_H

#include <glib.h>

G_BEGIN_DECLS

/* size bytes of zeros, aligned to a page; NULL when there is no memory. Free
 * with mn_pages_free, of the same size. */
gpointer mn_pages_new (gsize size);
/* Accepts NULL. */
void mn_pages_free (gpointer pages, gsize size);
/* How many bytes are taken for so many. */
gsize mn_pages_taken (gsize size);
/* What a part of them has to begin and to end at a multiple of. */
gsize mn_pages_unit (void);
/* Gives such a part of mn_pages_new's memory back until it is touched again,
 * when it is zeros. */
void mn_pages_drop (gpointer part, gsize size);

G_END_DECLS

#endif /* MN_PAGES_H */
