/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/base/bus.h"
#include "gst/base/post.h"
#include "gst/meta/tensors.h"
#include "gst/mobilenet/element.h"
#include "gst/mobilenet/latency.h"
#include "gst/video/desc.h"
#include "gst/video/formats.h"

/* ---- caps ------------------------------------------------------------ */

GstCaps *
gst_mobilenet_transform_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  g_autoptr (GstCaps) result = NULL;
  gboolean tensors;
  guint n_classes;

  GST_OBJECT_LOCK (self);
  tensors = self->props.live.show.tensors;
  n_classes = self->n_classes;
  GST_OBJECT_UNLOCK (self);
  result = tensors
      ? gst_mobilenet_tensors_transform_caps (direction, caps, n_classes)
      : gst_caps_ref (caps);
  return filter
      ? gst_caps_intersect_full (filter, result, GST_CAPS_INTERSECT_FIRST)
      : g_steal_pointer (&result);
}

gboolean
gst_mobilenet_set_caps (GstBaseTransform *trans, GstCaps *incaps,
    GstCaps *outcaps)
{
  GstMobilenet *self = GST_MOBILENET (trans);
  g_autoptr (GError) error = NULL;
  GstVideoInfo info;

  if (!gst_mobilenet_video_info_from_caps (&info, incaps)) {
    gst_mobilenet_formats_refuse (GST_ELEMENT (self), incaps);
    return FALSE;
  }
  self->asked_upstream = FALSE;
  GST_OBJECT_LOCK (self);
  self->frame_duration = gst_mobilenet_frame_duration (&info);
  GST_OBJECT_UNLOCK (self);
  gst_mobilenet_stream_set_info (self->stream, &info);
  if (self->live.enabled
      && !gst_mobilenet_stream_prepare (self->stream, &error)) {
    gst_mobilenet_post_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  return TRUE;
}

/* ---- events ---------------------------------------------------------- */

void
gst_mobilenet_interrupt (GstMobilenet *self, gboolean interrupt)
{
  GST_OBJECT_LOCK (self);
  if (self->stream)
    gst_mobilenet_stream_interrupt (self->stream, interrupt);
  GST_OBJECT_UNLOCK (self);
}

/* What was late before says nothing about what comes now. */
static void
begin_anew (GstMobilenet *self, gboolean flush)
{
  gst_mobilenet_stream_forget (self->stream);
  gst_mobilenet_exit_begin (self->exit, flush);
  self->asked_upstream = FALSE;
  GST_OBJECT_LOCK (self);
  gst_mobilenet_qos_reset (&self->qos);
  GST_OBJECT_UNLOCK (self);
}

void
gst_mobilenet_take_event (GstMobilenet *self, GstEvent *event)
{
  GstMobilenetView *view = gst_mobilenet_stream_get_view (self->stream);

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    gst_mobilenet_interrupt (self, FALSE);
    gst_mobilenet_stream_discard (self->stream);
  } else {
    gst_mobilenet_exit_drain (self->exit);
  }
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      gst_mobilenet_view_forget_tags (view);
      begin_anew (self, FALSE);
      break;
    case GST_EVENT_FLUSH_STOP:
    case GST_EVENT_SEGMENT:
      begin_anew (self, GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP);
      break;
    case GST_EVENT_EOS:
      gst_mobilenet_stream_finish (self->stream);
      gst_mobilenet_bus_flush (GST_ELEMENT (self));
      break;
    case GST_EVENT_TAG:
      gst_mobilenet_view_read_tags (view, event);
      break;
    default:
      break;
  }
}

/* ---- queries --------------------------------------------------------- */

void
gst_mobilenet_add_latency (GstMobilenet *self, GstQuery *query)
{
  GstClockTime duration;
  gboolean live;
  guint depth;

  gst_query_parse_latency (query, &live, NULL, NULL);
  GST_OBJECT_LOCK (self);
  depth = live ? 1 : self->depth;
  if (self->props.live.depth > 0)
    depth = self->props.live.depth;
  if (self->props.schedule == GST_MOBILENET_SCHEDULE_LATEST
      || (self->props.schedule == GST_MOBILENET_SCHEDULE_AUTO && live))
    depth = 1;
  duration = self->frame_duration;
  GST_OBJECT_UNLOCK (self);
  gst_mobilenet_latency_add (query, depth, duration);
}
