/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The zip archive at the end of a file: just enough to get one small member
 * out. Single-disk, no encryption, no zip64. */

#ifndef MN_ZIP_H
#define MN_ZIP_H

#include "engine/mn.h"

G_BEGIN_DECLS

typedef struct
{
  const guint8 *data; /* the whole file */
  gsize size;
  gsize directory; /* where the central directory starts */
  gsize directory_size;
  gsize start; /* what member offsets are counted from */
  guint n_members;
} MnZip;

/* Finds the archive that ends the file; FALSE: there is none. */
gboolean mn_zip_open (MnZip *zip, const guint8 *data, gsize size);
/* The contents of a member of at most max_size bytes, checked by its CRC.
 * NULL with an error: it is there and cannot be read; NULL without: it is not
 * there. name stands for the file in messages. */
GBytes *mn_zip_read (const MnZip *zip, const gchar *member, gsize max_size,
    const gchar *name, GError **error);

G_END_DECLS

#endif /* MN_ZIP_H */
