/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "engine/base/bell.h"

struct _MnBell
{
  gint refcount; /* the owner's, and the ringer's while it is due */
  GMutex lock;
  GCond rang;
  gboolean due;
};

MnBell *
mn_bell_new (void)
{
  MnBell *self = g_new0 (MnBell, 1);

  self->refcount = 1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->rang);
  return self;
}

void
mn_bell_unref (MnBell *self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->refcount))
    return;
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->rang);
  g_free (self);
}

void
mn_bell_arm (MnBell *self)
{
  g_atomic_int_inc (&self->refcount);
  g_mutex_lock (&self->lock);
  g_assert (!self->due);
  self->due = TRUE;
  g_mutex_unlock (&self->lock);
}

void
mn_bell_ring (MnBell *self)
{
  g_mutex_lock (&self->lock);
  self->due = FALSE;
  g_cond_broadcast (&self->rang);
  g_mutex_unlock (&self->lock);
  mn_bell_unref (self);
}

gboolean
mn_bell_is_due (MnBell *self)
{
  gboolean due;

  g_mutex_lock (&self->lock);
  due = self->due;
  g_mutex_unlock (&self->lock);
  return due;
}

gboolean
mn_bell_wait (MnBell *self, gint64 deadline)
{
  gboolean due;

  g_mutex_lock (&self->lock);
  while (self->due) {
    if (deadline == G_MAXINT64)
      g_cond_wait (&self->rang, &self->lock);
    else if (!g_cond_wait_until (&self->rang, &self->lock, deadline))
      break;
  }
  due = self->due;
  g_mutex_unlock (&self->lock);
  return !due;
}
