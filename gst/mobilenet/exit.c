/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/mobilenet/exit.h"

#define NEVER G_MAXINT64
/* While frames follow each other faster, a device is left alone: whoever asks
 * it keeps its thread from the next frame. */
#define ASK_AFTER (3 * G_TIME_SPAN_MILLISECOND)
#define ASK_AGAIN (1 * G_TIME_SPAN_MILLISECOND)

struct _GstMobilenetExit
{
  GstBaseTransform *trans;
  GstMobilenetStream *stream;

  /* Stream lock. */
  GstFlowReturn flow; /* of what left by itself; OK: all is told */
  gboolean probe;     /* the next buffer finds out about flow */

  GMutex lock; /* of what follows */
  GCond changed;
  GThread *thread; /* NULL: not needed so far */
  gint64 due;      /* when it is to look */
  gint64 asleep_until;
  gboolean stop;
};

/* ---- buffers --------------------------------------------------------- */

static GstFlowReturn
push_one (GstMobilenetExit *self, GstBuffer *buffer)
{
  GstSegment *segment = &self->trans->segment;
  GstClockTime end = GST_BUFFER_PTS (buffer);

  if (GST_CLOCK_TIME_IS_VALID (end)) {
    if (GST_BUFFER_DURATION_IS_VALID (buffer))
      end += GST_BUFFER_DURATION (buffer);
    segment->position = end;
  }
  return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self->trans), buffer);
}

static GstFlowReturn
push_which (GstMobilenetExit *self, GstMobilenetPull which)
{
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *buffer;

  while (flow == GST_FLOW_OK
      && (buffer = gst_mobilenet_stream_pull (self->stream, which)))
    flow = push_one (self, buffer);
  return flow;
}

/* Nobody hears of the flow before the next buffer comes; until then what is
 * left inside would go the same way. */
static void
push_unheard (GstMobilenetExit *self, GstMobilenetPull which)
{
  GstBuffer *buffer;

  while (self->flow == GST_FLOW_OK || self->flow == GST_FLOW_NOT_LINKED) {
    buffer = gst_mobilenet_stream_pull (self->stream, which);
    if (!buffer)
      return;
    self->flow = push_one (self, buffer);
  }
  while ((buffer = gst_mobilenet_stream_pull (self->stream, which)))
    gst_buffer_unref (buffer);
}

/* ---- a thread of our own --------------------------------------------- */

/* When to look again. */
static gint64
look (GstMobilenetExit *self)
{
  gint64 due;

  g_mutex_lock (&self->lock);
  due = self->due;
  g_mutex_unlock (&self->lock);
  /* The streaming thread was here meanwhile. */
  if (due != NEVER && due > g_get_monotonic_time ())
    return due;
  push_unheard (self, GST_MOBILENET_PULL_ASK);
  return gst_mobilenet_stream_awaits_device (self->stream)
      ? g_get_monotonic_time () + ASK_AGAIN
      : NEVER;
}

/* With the lock. FALSE: it is time to stop. */
static gboolean
sleep_until_due (GstMobilenetExit *self)
{
  while (!self->stop && self->due > g_get_monotonic_time ()) {
    self->asleep_until = self->due;
    if (self->due == NEVER)
      g_cond_wait (&self->changed, &self->lock);
    else
      g_cond_wait_until (&self->changed, &self->lock, self->due);
    self->asleep_until = 0;
  }
  return !self->stop;
}

static gpointer
thread_main (gpointer data)
{
  GstMobilenetExit *self = data;
  GstPad *pad = GST_BASE_TRANSFORM_SINK_PAD (self->trans);

  g_mutex_lock (&self->lock);
  while (sleep_until_due (self)) {
    gint64 again;

    self->due = NEVER;
    g_mutex_unlock (&self->lock);
    GST_PAD_STREAM_LOCK (pad);
    again = look (self);
    GST_PAD_STREAM_UNLOCK (pad);
    g_mutex_lock (&self->lock);
    self->due = MIN (self->due, again);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* With the lock. */
static void
set_due (GstMobilenetExit *self, gint64 due)
{
  self->due = due;
  if (due < self->asleep_until)
    g_cond_signal (&self->changed);
}

/* Any thread. */
static void
wake (gpointer user_data)
{
  GstMobilenetExit *self = user_data;

  g_mutex_lock (&self->lock);
  set_due (self, 0);
  g_mutex_unlock (&self->lock);
}

/* The streaming thread goes, and may be long in coming back. FALSE: there is
 * nobody to look after what is inside. */
static gboolean
leave (GstMobilenetExit *self)
{
  gboolean ok;

  if (gst_mobilenet_stream_is_empty (self->stream))
    return TRUE;
  g_mutex_lock (&self->lock);
  if (!self->thread && !self->stop)
    self->thread = g_thread_try_new ("mobilenet-exit", thread_main, self, NULL);
  if (gst_mobilenet_stream_awaits_device (self->stream))
    set_due (self, g_get_monotonic_time () + ASK_AFTER);
  ok = self->thread || self->stop;
  g_mutex_unlock (&self->lock);
  return ok;
}

/* ---- public ---------------------------------------------------------- */

GstMobilenetExit *
gst_mobilenet_exit_new (GstBaseTransform *trans, GstMobilenetStream *stream)
{
  GstMobilenetExit *self = g_new0 (GstMobilenetExit, 1);

  self->trans = trans;
  self->stream = stream;
  self->flow = GST_FLOW_OK;
  self->due = NEVER;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  gst_mobilenet_stream_set_wake (stream, wake, self);
  return self;
}

void
gst_mobilenet_exit_stop (GstMobilenetExit *self)
{
  GThread *thread;

  if (!self)
    return;
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  thread = g_steal_pointer (&self->thread);
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  if (thread)
    g_thread_join (thread);
}

void
gst_mobilenet_exit_free (GstMobilenetExit *self)
{
  if (!self)
    return;
  gst_mobilenet_exit_stop (self);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

GstFlowReturn
gst_mobilenet_exit_push (GstMobilenetExit *self)
{
  GstFlowReturn flow = push_which (self,
      self->probe ? GST_MOBILENET_PULL_ALL : GST_MOBILENET_PULL_DONE);

  self->probe = FALSE;
  /* Without a thread frames wait for no other one. */
  if (!leave (self) && flow == GST_FLOW_OK)
    flow = push_which (self, GST_MOBILENET_PULL_ALL);
  return flow;
}

void
gst_mobilenet_exit_drain (GstMobilenetExit *self)
{
  push_unheard (self, GST_MOBILENET_PULL_ALL);
}

GstFlowReturn
gst_mobilenet_exit_take_flow (GstMobilenetExit *self)
{
  GstFlowReturn flow = self->flow;

  self->flow = GST_FLOW_OK;
  /* It may be linked by now. */
  self->probe = flow == GST_FLOW_NOT_LINKED;
  return self->probe ? GST_FLOW_OK : flow;
}

void
gst_mobilenet_exit_begin (GstMobilenetExit *self, gboolean flush)
{
  if (flush || self->flow == GST_FLOW_EOS)
    self->flow = GST_FLOW_OK;
}
