/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading a whole file that a user named. */

#ifndef MN_FILE_H
#define MN_FILE_H

#include "engine/mn.h"

G_BEGIN_DECLS
/* A model file's largest size. */
#define MN_FILE_MAX_MODEL ((gsize) 1 << 30)
/* The contents of a regular file of at most max_size bytes, in memory of
 * its own (so that a file that is overwritten while playing does no harm),
 * aligned to 16 bytes; an empty file gives no bytes. In messages: path.
 * MN_ERROR_NOT_FOUND: no such file; MN_ERROR_READ: no permission, too big,
 * an I/O error, a device or pipe; MN_ERROR_FORMAT: a folder (says so when it
 * is a TensorFlow SavedModel). */
    GBytes * mn_file_read (const gchar * path, gsize max_size, GError ** error);

G_END_DECLS
#endif /* MN_FILE_H */
