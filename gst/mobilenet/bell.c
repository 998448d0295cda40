/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/bell.h"

struct _GstMobilenetBell
{
  gint refcount;
  gint listens; /* atomic */
  GMutex lock;  /* of what follows */
  GstMobilenetWakeFunc wake;
  gpointer user_data;
};

GstMobilenetBell *
gst_mobilenet_bell_new (void)
{
  GstMobilenetBell *self = g_new0 (GstMobilenetBell, 1);

  self->refcount = 1;
  g_mutex_init (&self->lock);
  return self;
}

GstMobilenetBell *
gst_mobilenet_bell_ref (GstMobilenetBell *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

void
gst_mobilenet_bell_unref (GstMobilenetBell *self)
{
  if (!g_atomic_int_dec_and_test (&self->refcount))
    return;
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_mobilenet_bell_set_wake (GstMobilenetBell *self, GstMobilenetWakeFunc wake,
    gpointer user_data)
{
  g_mutex_lock (&self->lock);
  self->wake = wake;
  self->user_data = user_data;
  g_mutex_unlock (&self->lock);
}

void
gst_mobilenet_bell_listen (GstMobilenetBell *self, gboolean listen)
{
  g_atomic_int_set (&self->listens, listen);
}

void
gst_mobilenet_bell_ring (GstMobilenetBell *self)
{
  if (!g_atomic_int_get (&self->listens))
    return;
  g_mutex_lock (&self->lock);
  if (self->wake)
    self->wake (self->user_data);
  g_mutex_unlock (&self->lock);
}
