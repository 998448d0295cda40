/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How large the cache is that a core has for itself. */

#ifndef MN_CPU_CACHE_H
#define MN_CPU_CACHE_H

#include <glib.h>

G_BEGIN_DECLS

#define MN_CACHE_LINE 64 /* bytes */
/* Bytes of the second cache, as the system tells, else 512 KB; or what
 * MOBILENET_CPU_CACHE says, in KB (not in setuid programs). */
gsize mn_cpu_cache_get (void);

G_END_DECLS

#endif /* MN_CPU_CACHE_H */
