/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading a whole file that a user named. */

#ifndef MN_FILE_H
#define MN_FILE_H

#include "engine/mn.h"

G_BEGIN_DECLS

/* The contents of a regular file of at most max_size bytes, in memory of
 * its own (so that a file that is overwritten while playing does no harm),
 * aligned to 16 bytes; an empty file gives no bytes. In messages: path.
 * MN_ERROR_NOT_FOUND: no such file; MN_ERROR_READ: no permission, too big,
 * an I/O error, a device or pipe; MN_ERROR_FORMAT: a folder (says so when it
 * is a TensorFlow SavedModel). */
GBytes *mn_file_read (const gchar *path, gsize max_size, GError **error);

/* A file whose contents may be given back while nobody reads them. */
typedef struct _MnFile MnFile;

/* As mn_file_read; the file stays open where its contents are worth giving
 * back. Free with mn_file_unref; what mn_file_get_bytes gave holds a
 * reference. */
MnFile *mn_file_open (const gchar *path, gsize max_size, GError **error);
MnFile *mn_file_ref (MnFile *file);
void mn_file_unref (MnFile *file);
/* Always the same bytes, at the same place: to be read between mn_file_open
 * or mn_file_hold and the last mn_file_release only, or while kept. Free with
 * g_bytes_unref. */
GBytes *mn_file_get_bytes (MnFile *file);
/* Holds the contents, of several holders each for itself, on any thread.
 * They are there from mn_file_open on to the first time that nobody holds
 * them; after that they are read again, but for what is kept. FALSE, and
 * nothing held, when that fails: MN_ERROR_READ, also when the file has changed
 * since. */
gboolean mn_file_hold (MnFile *file, GError **error);
void mn_file_release (MnFile *file);
/* What a holder keeps of the contents stays, held or not, until unkeep is
 * called for the same part; counted, on any thread. */
void mn_file_keep (MnFile *file, gconstpointer data, gsize size);
void mn_file_unkeep (MnFile *file, gconstpointer data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnFile, mn_file_unref)

G_END_DECLS

#endif /* MN_FILE_H */
