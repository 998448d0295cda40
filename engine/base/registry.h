/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Counted objects that several users share while any of them has one: under
 * a key, without a reference of its own. */

#ifndef MN_REGISTRY_H
#define MN_REGISTRY_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MnRegistry MnRegistry;

/* Where the reference count lies in the objects. */
MnRegistry *mn_registry_new (gsize refcount_offset);
/* No object may be in it. */
void mn_registry_free (MnRegistry *registry);
/* A new reference on the object under the key; NULL: there is none. */
gpointer mn_registry_find (MnRegistry *registry, const gchar *key);
/* Puts the caller's object, which nobody else knows yet, under the key, and
 * returns it; or returns a new reference on one that is there already, and
 * the caller's own stays alone. */
gpointer
mn_registry_add (MnRegistry *registry, const gchar *key, gpointer object);
/* Drops a reference on an object that was added under the key. TRUE: it was
 * the last one, nobody finds it any more, and it is the caller's to free. */
gboolean
mn_registry_drop (MnRegistry *registry, const gchar *key, gpointer object);

G_END_DECLS

#endif /* MN_REGISTRY_H */
