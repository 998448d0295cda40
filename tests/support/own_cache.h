/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A cache folder (engine/base/cache.h) that is this process's alone. */

#ifndef OWN_CACHE_H
#define OWN_CACHE_H

#include <glib.h>

/* Makes it, empty; to be called before anything asks for the user's. */
void own_cache_make (void);
/* Removes it with what is in it. */
void own_cache_remove (void);

#endif /* OWN_CACHE_H */
