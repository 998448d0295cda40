/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a process has once: the backends, the threads, the device thread. */

#include "engine/core/internal.h"
#include "engine/base/pool.h"

struct _MnContext
{
  gint refcount;
  GMutex lock;
  GPtrArray *backends; /* const MnBackend * */
  MnPool *pool;
  MnDeviceThread *device_thread; /* made when first needed */
  MnRegistry *models, *plans;
};

MnContext *
mn_context_new (void)
{
  MnContext *self = g_new0 (MnContext, 1);

  self->refcount = 1;
  g_mutex_init (&self->lock);
  self->backends = g_ptr_array_new ();
  self->pool = mn_pool_new ();
  self->models = mn_registry_new (G_STRUCT_OFFSET (MnModel, refcount));
  self->plans = mn_registry_new (G_STRUCT_OFFSET (MnPlan, refcount));
  mn_context_add_backend (self, &mn_backend_cpu);
  mn_context_add_backend (self, &mn_backend_reference);
  return self;
}

MnContext *
mn_context_get_default (void)
{
  static MnContext *context;

  if (g_once_init_enter (&context))
    g_once_init_leave (&context, mn_context_new ());
  return context;
}

MnContext *
mn_context_ref (MnContext *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

void
mn_context_unref (MnContext *self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  mn_device_thread_free (self->device_thread);
  mn_pool_free (self->pool);
  mn_registry_free (self->plans);
  mn_registry_free (self->models);
  g_ptr_array_unref (self->backends);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
mn_context_add_backend (MnContext *self, const MnBackend *backend)
{
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->backends->len; i++) {
    const MnBackend *other = g_ptr_array_index (self->backends, i);

    if (g_str_equal (other->name, backend->name))
      break;
  }
  if (i < self->backends->len)
    self->backends->pdata[i] = (gpointer) backend;
  else
    g_ptr_array_add (self->backends, (gpointer) backend);
  g_mutex_unlock (&self->lock);
}

const MnBackend *
mn_context_get_backend (MnContext *self, const gchar *name)
{
  const MnBackend *found = NULL;
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < self->backends->len && !found; i++) {
    const MnBackend *backend = g_ptr_array_index (self->backends, i);

    if (g_str_equal (backend->name, name))
      found = backend;
  }
  g_mutex_unlock (&self->lock);
  return found;
}

MnPool *
mn_context_get_pool (MnContext *self)
{
  return self->pool;
}

MnRegistry *
mn_context_get_models (MnContext *self)
{
  return self->models;
}

MnRegistry *
mn_context_get_plans (MnContext *self)
{
  return self->plans;
}

MnDeviceThread *
mn_context_get_device_thread (MnContext *self, const MnBackend *backend)
{
  MnDeviceThread *thread;

  if (!backend->may_hang)
    return NULL;
  g_mutex_lock (&self->lock);
  thread = self->device_thread;
  g_mutex_unlock (&self->lock);
  return thread;
}

gboolean
mn_context_start_device_thread (MnContext *self, const MnBackend *backend,
    GError **error)
{
  gboolean ok;

  if (!backend->may_hang)
    return TRUE;
  g_mutex_lock (&self->lock);
  if (!self->device_thread)
    self->device_thread = mn_device_thread_new ("mn-device", error);
  ok = self->device_thread != NULL;
  g_mutex_unlock (&self->lock);
  return ok;
}
