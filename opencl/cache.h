/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Built programs on disk, in the user's cache folder. A file is named for
 * the SHA-256 of everything that its content depends on, and carries a
 * checksum; whatever is doubtful about it, it counts as absent. */

#ifndef MN_CL_CACHE_H
#define MN_CL_CACHE_H

#include "opencl/device.h"

G_BEGIN_DECLS
/* Source, options, device, driver and platform. Free with g_free. */
    gchar * mn_cl_cache_key (const MnClDevice * device, const gchar * source,
    const gchar * options);
/* NULL: not there. */
GBytes *mn_cl_cache_load (const gchar * key);
/* A temporary file, renamed. Failure is no error: the next start builds. */
void mn_cl_cache_store (const gchar * key, GBytes * binary);
/* Deletes it, since it did not build. */
void mn_cl_cache_drop (const gchar * key);
/* The file's path; NULL where no cache is kept. For tests. */
gchar *mn_cl_cache_path (const gchar * key);

G_END_DECLS
#endif /* MN_CL_CACHE_H */
