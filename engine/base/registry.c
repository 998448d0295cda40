/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/registry.h"

struct _MnRegistry
{
  gsize refcount_offset;
  GMutex lock;         /* of what follows, and of a last reference */
  GHashTable *objects; /* gchar *, gpointer */
};

static gint *
refcount (MnRegistry *self, gpointer object)
{
  return (gint *) ((guint8 *) object + self->refcount_offset);
}

MnRegistry *
mn_registry_new (gsize refcount_offset)
{
  MnRegistry *self = g_new0 (MnRegistry, 1);

  self->refcount_offset = refcount_offset;
  g_mutex_init (&self->lock);
  self->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
mn_registry_free (MnRegistry *self)
{
  if (!self)
    return;
  g_assert (g_hash_table_size (self->objects) == 0);
  g_hash_table_unref (self->objects);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gpointer
mn_registry_find (MnRegistry *self, const gchar *key)
{
  gpointer object;

  g_mutex_lock (&self->lock);
  object = g_hash_table_lookup (self->objects, key);
  if (object)
    g_atomic_int_inc (refcount (self, object));
  g_mutex_unlock (&self->lock);
  return object;
}

gpointer
mn_registry_add (MnRegistry *self, const gchar *key, gpointer object)
{
  gpointer other;

  g_mutex_lock (&self->lock);
  other = g_hash_table_lookup (self->objects, key);
  if (other)
    g_atomic_int_inc (refcount (self, other));
  else
    g_hash_table_insert (self->objects, g_strdup (key), object);
  g_mutex_unlock (&self->lock);
  return other ? other : object;
}

gboolean
mn_registry_drop (MnRegistry *self, const gchar *key, gpointer object)
{
  gboolean last;

  /* Under the lock: between the count of 0 and the removal nobody finds it. */
  g_mutex_lock (&self->lock);
  last = g_atomic_int_dec_and_test (refcount (self, object));
  if (last)
    g_hash_table_remove (self->objects, key);
  g_mutex_unlock (&self->lock);
  return last;
}
