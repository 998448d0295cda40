/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/base/bus.h"

#define MAX_UNREAD_OTHERS 16

typedef enum
{
  KIND_ELEMENT,
  KIND_QOS,
  KIND_WARNING,
  N_KINDS
} Kind;

typedef struct
{
  guint unread;     /* posted, and not freed yet */
  GQueue waiting;   /* GstMessage * */
  gboolean posting; /* somebody is, and will post the rest */
  gboolean called;  /* somebody will soon */
} Box;

/* Messages may outlive the element: each that is out has a reference. */
typedef struct
{
  gint refcount;
  GWeakRef element;
  GMutex lock; /* of what follows */
  Box boxes[N_KINDS];
} Boxes;

static Boxes *
boxes_ref (Boxes *self)
{
  g_atomic_int_inc (&self->refcount);
  return self;
}

static void
boxes_unref (gpointer data)
{
  Boxes *self = data;
  guint i;

  if (!g_atomic_int_dec_and_test (&self->refcount))
    return;
  for (i = 0; i < N_KINDS; i++)
    g_queue_clear_full (&self->boxes[i].waiting,
        (GDestroyNotify) gst_message_unref);
  g_weak_ref_clear (&self->element);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* The element's; a reference for the caller. */
static Boxes *
boxes_get (GstElement *element)
{
  static GMutex making;
  static GQuark quark;
  Boxes *self;
  guint i;

  g_mutex_lock (&making);
  if (!quark)
    quark = g_quark_from_static_string ("gst-mobilenet-bus");
  self = g_object_get_qdata (G_OBJECT (element), quark);
  if (!self) {
    self = g_new0 (Boxes, 1);
    self->refcount = 1;
    g_weak_ref_init (&self->element, element);
    g_mutex_init (&self->lock);
    for (i = 0; i < N_KINDS; i++)
      g_queue_init (&self->boxes[i].waiting);
    g_object_set_qdata_full (G_OBJECT (element), quark, self, boxes_unref);
  }
  boxes_ref (self);
  g_mutex_unlock (&making);
  return self;
}

static Kind
kind_of (GstMessage *message)
{
  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_QOS:
      return KIND_QOS;
    case GST_MESSAGE_WARNING:
      return KIND_WARNING;
    default:
      return KIND_ELEMENT;
  }
}

static guint
most_unread (Kind kind)
{
  return kind == KIND_ELEMENT ? GST_MOBILENET_BUS_MAX_UNREAD
                              : MAX_UNREAD_OTHERS;
}

/* ---- posting ------------------------------------------------------------ */

static void message_freed (gpointer data, GstMiniObject *object);

/* With the lock, which is given up meanwhile: a handler on the bus may do
 * anything. all: however many are out. */
static void
post_waiting (Boxes *self, GstElement *element, Kind kind, gboolean all)
{
  Box *box = &self->boxes[kind];

  if (box->posting)
    return;
  box->posting = TRUE;
  while ((all || box->unread < most_unread (kind)) && box->waiting.length > 0) {
    GstMessage *message = g_queue_pop_head (&box->waiting);

    box->unread++;
    boxes_ref (self);
    g_mutex_unlock (&self->lock);
    gst_mini_object_weak_ref (GST_MINI_OBJECT_CAST (message), message_freed,
        self);
    gst_element_post_message (element, message);
    g_mutex_lock (&self->lock);
  }
  box->posting = FALSE;
}

/* Takes data, a reference. */
static void
#if GST_CHECK_VERSION(1, 28, 0)
post_later (GstObject *element, gpointer data)
#else
post_later (GstElement *element, gpointer data)
#endif
{
  Boxes *self = data;
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < N_KINDS; i++) {
    self->boxes[i].called = FALSE;
    post_waiting (self, GST_ELEMENT_CAST (element), i, FALSE);
  }
  g_mutex_unlock (&self->lock);
  boxes_unref (self);
}

static void
call_later (Boxes *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (!element)
    return;
#if GST_CHECK_VERSION(1, 28, 0)
  gst_object_call_async (GST_OBJECT_CAST (element), post_later,
      boxes_ref (self));
#else
  gst_element_call_async (element, post_later, boxes_ref (self), NULL);
#endif
}

/* On whatever thread lets a message go, under whatever locks that has: what
 * waits is posted on another one. */
static void
message_freed (gpointer data, GstMiniObject *object)
{
  Boxes *self = data;
  Kind kind = kind_of (GST_MESSAGE_CAST (object));
  Box *box = &self->boxes[kind];
  gboolean call;

  g_mutex_lock (&self->lock);
  box->unread--;
  call = box->waiting.length > 0 && !box->posting && !box->called;
  box->called |= call;
  g_mutex_unlock (&self->lock);
  if (call)
    call_later (self);
  boxes_unref (self);
}

void
gst_mobilenet_bus_post (GstElement *element, GstMessage *message)
{
  Boxes *self = boxes_get (element);
  Kind kind = kind_of (message);
  Box *box = &self->boxes[kind];
  GQueue old = G_QUEUE_INIT;

  g_mutex_lock (&self->lock);
  if (box->unread >= most_unread (kind)) {
    old = box->waiting;
    g_queue_init (&box->waiting);
  }
  g_queue_push_tail (&box->waiting, message);
  post_waiting (self, element, kind, FALSE);
  g_mutex_unlock (&self->lock);
  g_queue_clear_full (&old, (GDestroyNotify) gst_message_unref);
  boxes_unref (self);
}

void
gst_mobilenet_bus_flush (GstElement *element)
{
  Boxes *self = boxes_get (element);
  guint i;

  g_mutex_lock (&self->lock);
  for (i = 0; i < N_KINDS; i++)
    post_waiting (self, element, i, TRUE);
  g_mutex_unlock (&self->lock);
  boxes_unref (self);
}
