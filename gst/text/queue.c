/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/queue.h"

#define MAX_PIECES 16384
#define MAX_BYTES (16 * 1024 * 1024)
#define MAX_GAPS 1024

struct _GstMobilenetTextQueue
{
  GstPad *srcpad;

  GMutex lock; /* of what follows */
  GCond added, removed;
  GQueue items; /* GstMiniObject: buffers and events */
  guint n_buffers, n_gaps;
  gsize n_bytes;
  GstFlowReturn flow;
  gboolean ended;   /* EOS was added */
  gboolean refused; /* downstream wants no more of this segment */
};

GstMobilenetTextQueue *
gst_mobilenet_textqueue_new (GstPad *srcpad)
{
  GstMobilenetTextQueue *self = g_new0 (GstMobilenetTextQueue, 1);

  self->srcpad = srcpad;
  self->flow = GST_FLOW_FLUSHING;
  g_mutex_init (&self->lock);
  g_cond_init (&self->added);
  g_cond_init (&self->removed);
  g_queue_init (&self->items);
  return self;
}

static void
account (GstMobilenetTextQueue *self, GstMiniObject *item, gboolean added)
{
  gsize size;

  if (!GST_IS_BUFFER (item)) {
    if (GST_EVENT_TYPE (item) == GST_EVENT_GAP)
      self->n_gaps += added ? 1 : -1;
    return;
  }
  size = gst_buffer_get_size (GST_BUFFER_CAST (item));
  self->n_buffers += added ? 1 : -1;
  self->n_bytes += added ? size : -size;
}

static GstMiniObject *
pop (GstMobilenetTextQueue *self)
{
  GstMiniObject *item = g_queue_pop_head (&self->items);

  if (item)
    account (self, item, FALSE);
  return item;
}

/* What stays valid behind a flush is kept at the pad. */
static void
clear (GstMobilenetTextQueue *self, gboolean keep_sticky)
{
  GstMiniObject *item;

  while ((item = pop (self))) {
    if (keep_sticky && GST_IS_EVENT (item) && GST_EVENT_IS_STICKY (item)
        && GST_EVENT_TYPE (item) != GST_EVENT_SEGMENT
        && GST_EVENT_TYPE (item) != GST_EVENT_EOS)
      gst_pad_store_sticky_event (self->srcpad, GST_EVENT_CAST (item));
    gst_mini_object_unref (item);
  }
  g_cond_broadcast (&self->removed);
}

void
gst_mobilenet_textqueue_free (GstMobilenetTextQueue *self)
{
  if (!self)
    return;
  clear (self, FALSE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->added);
  g_cond_clear (&self->removed);
  g_free (self);
}

/* ---- out ------------------------------------------------------------- */

/* Both with the lock held. */
static void
set_flow (GstMobilenetTextQueue *self, GstFlowReturn flow)
{
  self->flow = flow;
  g_cond_broadcast (&self->added);
  g_cond_broadcast (&self->removed);
}

static GstFlowReturn
wait_for_item (GstMobilenetTextQueue *self, GstMiniObject **item)
{
  while (self->flow == GST_FLOW_OK || self->refused) {
    *item = pop (self);
    if (*item) {
      g_cond_broadcast (&self->removed);
      return GST_FLOW_OK;
    }
    g_cond_wait (&self->added, &self->lock);
  }
  return self->flow;
}

/* Downstream has said that it wants no more: data that waits is for nobody,
 * and none is taken until a segment begins; events still go. */
static void
refuse (GstMobilenetTextQueue *self)
{
  GList *link = self->items.head;

  self->refused = TRUE;
  while (link) {
    GList *next = link->next;
    GstMiniObject *item = link->data;

    if (GST_IS_BUFFER (item) || GST_EVENT_TYPE (item) == GST_EVENT_GAP) {
      account (self, item, FALSE);
      g_queue_delete_link (&self->items, link);
      gst_mini_object_unref (item);
    }
    link = next;
  }
  set_flow (self, GST_FLOW_EOS);
}

static GstFlowReturn
push_item (GstMobilenetTextQueue *self, GstMiniObject *item)
{
  gboolean is_end;

  if (GST_IS_BUFFER (item))
    return gst_pad_push (self->srcpad, GST_BUFFER_CAST (item));
  is_end = GST_EVENT_TYPE (item) == GST_EVENT_EOS;
  gst_pad_push_event (self->srcpad, GST_EVENT_CAST (item));
  return is_end ? GST_FLOW_EOS : GST_FLOW_OK;
}

/* Nobody else hears of a failure once upstream has said all. */
static void
tell_failure (GstMobilenetTextQueue *self, GstFlowReturn flow)
{
  GstElement *element = gst_pad_get_parent_element (self->srcpad);

  if (element) {
    GST_ELEMENT_FLOW_ERROR (element, flow);
    gst_object_unref (element);
  }
  gst_pad_push_event (self->srcpad, gst_event_new_eos ());
}

static gboolean
is_failure (GstFlowReturn flow)
{
  return flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS;
}

static void
loop (gpointer user_data)
{
  GstMobilenetTextQueue *self = user_data;
  GstMiniObject *item = NULL;
  gboolean is_buffer, ended;
  GstFlowReturn flow;

  g_mutex_lock (&self->lock);
  flow = wait_for_item (self, &item);
  if (flow == GST_FLOW_OK) {
    is_buffer = GST_IS_BUFFER (item);
    g_mutex_unlock (&self->lock);
    flow = push_item (self, item);
    g_mutex_lock (&self->lock);
    if (flow != GST_FLOW_OK && self->flow != GST_FLOW_FLUSHING) {
      if (flow == GST_FLOW_EOS && is_buffer) {
        flow = GST_FLOW_OK;
        refuse (self);
      } else {
        self->refused = FALSE;
        set_flow (self, flow);
      }
    }
  }
  if (flow != GST_FLOW_OK)
    gst_pad_pause_task (self->srcpad);
  ended = self->ended;
  g_mutex_unlock (&self->lock);
  if (ended && is_failure (flow))
    tell_failure (self, flow);
}

static void
start (GstMobilenetTextQueue *self)
{
  self->ended = self->refused = FALSE;
  set_flow (self, GST_FLOW_OK);
  gst_pad_start_task (self->srcpad, loop, self, NULL);
}

/* ---- in -------------------------------------------------------------- */

static void
append (GstMobilenetTextQueue *self, GstMiniObject *item)
{
  account (self, item, TRUE);
  g_queue_push_tail (&self->items, item);
  g_cond_signal (&self->added);
}

GstFlowReturn
gst_mobilenet_textqueue_add (GstMobilenetTextQueue *self, GstBuffer *buffer)
{
  GstFlowReturn flow;

  g_mutex_lock (&self->lock);
  while (self->flow == GST_FLOW_OK
      && (self->n_buffers >= MAX_PIECES || self->n_bytes >= MAX_BYTES))
    g_cond_wait (&self->removed, &self->lock);
  flow = self->ended ? GST_FLOW_EOS : self->flow;
  if (flow == GST_FLOW_OK)
    append (self, GST_MINI_OBJECT_CAST (buffer));
  else
    gst_buffer_unref (buffer);
  g_mutex_unlock (&self->lock);
  return flow;
}

/* Muxers go on from where a gap begins, not to where it ends, so each comes by
 * itself; only where nobody takes them for long does the last one grow. The
 * beginning of the gap to add; the last one is taken off then. */
static GstClockTime
take_gap (GstMobilenetTextQueue *self, GstClockTime start)
{
  GstMiniObject *last = g_queue_peek_tail (&self->items);
  GstClockTime from, duration;

  if (self->n_gaps < MAX_GAPS || !last || !GST_IS_EVENT (last)
      || GST_EVENT_TYPE (last) != GST_EVENT_GAP)
    return start;
  gst_event_parse_gap (GST_EVENT_CAST (last), &from, &duration);
  if (from > start)
    return start;
  self->n_gaps--;
  gst_mini_object_unref (g_queue_pop_tail (&self->items));
  return from;
}

GstFlowReturn
gst_mobilenet_textqueue_add_gap (GstMobilenetTextQueue *self,
    GstClockTime start, GstClockTime end)
{
  GstFlowReturn flow;

  g_mutex_lock (&self->lock);
  flow = self->ended ? GST_FLOW_EOS : self->flow;
  if (flow == GST_FLOW_OK) {
    start = take_gap (self, start);
    append (self,
        GST_MINI_OBJECT_CAST (gst_event_new_gap (start,
            GST_CLOCK_TIME_IS_VALID (end) ? end - start : end)));
  }
  g_mutex_unlock (&self->lock);
  return flow;
}

gboolean
gst_mobilenet_textqueue_add_event (GstMobilenetTextQueue *self, GstEvent *event)
{
  GstEventType type = GST_EVENT_TYPE (event);
  GstFlowReturn flow;
  gboolean ok;

  g_mutex_lock (&self->lock);
  if ((self->ended || self->refused) && self->flow != GST_FLOW_FLUSHING
      && (type == GST_EVENT_STREAM_START || type == GST_EVENT_SEGMENT))
    start (self);
  flow = self->flow;
  /* What sticks is not lost, and data that follows tells of the failure. */
  ok = !self->ended
      && (flow == GST_FLOW_OK || self->refused
          || (flow != GST_FLOW_FLUSHING && type != GST_EVENT_EOS
              && GST_EVENT_IS_STICKY (event)));
  if (ok) {
    self->ended = type == GST_EVENT_EOS;
    append (self, GST_MINI_OBJECT_CAST (event));
  } else {
    gst_event_unref (event);
  }
  g_mutex_unlock (&self->lock);
  if (!ok && type == GST_EVENT_EOS && is_failure (flow)) {
    GstElement *element = gst_pad_get_parent_element (self->srcpad);

    if (element) {
      GST_ELEMENT_FLOW_ERROR (element, flow);
      gst_object_unref (element);
    }
  }
  return ok;
}

GstFlowReturn
gst_mobilenet_textqueue_get_flow (GstMobilenetTextQueue *self)
{
  GstFlowReturn flow;

  g_mutex_lock (&self->lock);
  flow = self->ended ? GST_FLOW_EOS : self->flow;
  g_mutex_unlock (&self->lock);
  return flow;
}

/* ---- state ----------------------------------------------------------- */

void
gst_mobilenet_textqueue_start_flush (GstMobilenetTextQueue *self)
{
  g_mutex_lock (&self->lock);
  self->refused = FALSE;
  set_flow (self, GST_FLOW_FLUSHING);
  g_mutex_unlock (&self->lock);
  /* Waits for a push that the flush has ended. */
  gst_pad_pause_task (self->srcpad);
}

void
gst_mobilenet_textqueue_stop_flush (GstMobilenetTextQueue *self)
{
  g_mutex_lock (&self->lock);
  clear (self, TRUE);
  if (GST_PAD_MODE (self->srcpad) == GST_PAD_MODE_PUSH)
    start (self);
  g_mutex_unlock (&self->lock);
}

void
gst_mobilenet_textqueue_reconfigure (GstMobilenetTextQueue *self)
{
  g_mutex_lock (&self->lock);
  if (self->flow == GST_FLOW_NOT_LINKED && !self->ended)
    start (self);
  g_mutex_unlock (&self->lock);
}

void
gst_mobilenet_textqueue_activate_sink (GstMobilenetTextQueue *self,
    GstPad *sinkpad, gboolean active)
{
  g_mutex_lock (&self->lock);
  self->ended = self->refused = FALSE;
  set_flow (self, active ? GST_FLOW_OK : GST_FLOW_FLUSHING);
  g_mutex_unlock (&self->lock);
  if (active)
    return;
  GST_PAD_STREAM_LOCK (sinkpad); /* Nobody adds any more. */
  g_mutex_lock (&self->lock);
  clear (self, FALSE);
  g_mutex_unlock (&self->lock);
  GST_PAD_STREAM_UNLOCK (sinkpad);
}

static gpointer
do_nothing (gpointer data)
{
  return NULL;
}

/* A GstTask that there was no thread for could never be stopped again. */
static gboolean
can_make_thread (void)
{
  GThread *thread = g_thread_try_new ("mobilenet-text", do_nothing, NULL, NULL);

  if (thread)
    g_thread_join (thread);
  return thread != NULL;
}

static void
tell_no_thread (GstMobilenetTextQueue *self)
{
  g_autoptr (GstElement) element = gst_pad_get_parent_element (self->srcpad);

  if (element)
    GST_ELEMENT_ERROR (element, RESOURCE, FAILED,
        ("No thread can be made for the text"), (NULL));
}

gboolean
gst_mobilenet_textqueue_activate_src (GstMobilenetTextQueue *self,
    gboolean active)
{
  gboolean ok;

  if (active && !can_make_thread ()) {
    tell_no_thread (self);
    return FALSE;
  }
  g_mutex_lock (&self->lock);
  self->ended = self->refused = FALSE;
  set_flow (self, active ? GST_FLOW_OK : GST_FLOW_FLUSHING);
  if (active) {
    ok = gst_pad_start_task (self->srcpad, loop, self, NULL);
    g_mutex_unlock (&self->lock);
    return ok;
  }
  g_mutex_unlock (&self->lock);
  return gst_pad_stop_task (self->srcpad);
}
