/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the files of the element `mobilenet` itself share: gstmobilenet.c, which
 * GStreamer calls, settings.c and events.c. */

#ifndef GST_MOBILENET_ELEMENT_H
#define GST_MOBILENET_ELEMENT_H

#include <gst/base/gstbasetransform.h>

#include "gst/mobilenet/exit.h"
#include "gst/mobilenet/gstmobilenet.h"
#include "gst/mobilenet/loader.h"
#include "gst/mobilenet/props.h"
#include "gst/mobilenet/qos.h"
#include "gst/mobilenet/stream.h"

G_BEGIN_DECLS

struct _GstMobilenet
{
  GstBaseTransform parent;

  /* Object lock. */
  GstMobilenetProps props;
  GstMobilenetStatus status;
  GstMobilenetLoader *loader;  /* from start to stop */
  GstMobilenetStream *stream;  /* the same; the streaming thread's, but for
                                * interrupt */
  GstMobilenetExit *exit;      /* of it */
  GstClockTime frame_duration; /* NONE: not known */
  guint depth;                 /* frames inside, as of the newest frame */
  guint n_classes;             /* of the model; 0: not loaded */
  GstMobilenetQos qos;

  /* Streaming thread. */
  gboolean told_of_tensors; /* that there are none, since the start */
  GstMobilenetLive live;    /* as of the newest frame */
  gboolean asked_upstream;  /* whether it is live, since caps or segment */
  gboolean upstream_is_live;
};

/* ---- settings.c: what the properties are for the frames to come ------- */

/* Has the loader load what the properties name. With the object lock. */
void gst_mobilenet_request_model (GstMobilenet *self);
/* Warns once where tensors are wanted and GStreamer is too old. */
void gst_mobilenet_tell_of_tensors (GstMobilenet *self, gboolean wanted);
/* Copies what holds for the frames to come, a new model included. */
void gst_mobilenet_read_settings (GstMobilenet *self);
/* Whether upstream is live; a source cannot say before data flows. */
void gst_mobilenet_ask_upstream (GstMobilenet *self);

/* ---- events.c: caps, events, queries; none calls the base class ------- */

/* As those of GstBaseTransformClass. */
GstCaps *gst_mobilenet_transform_caps (GstBaseTransform *trans,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter);
gboolean gst_mobilenet_set_caps (GstBaseTransform *trans, GstCaps *incaps,
    GstCaps *outcaps);
/* TRUE: the streaming thread waits for no inference, until FALSE. */
void gst_mobilenet_interrupt (GstMobilenet *self, gboolean interrupt);
/* A serialized event for a stream that is there, before it goes on. */
void gst_mobilenet_take_event (GstMobilenet *self, GstEvent *event);
/* Adds the element's latency to upstream's answer. */
void gst_mobilenet_add_latency (GstMobilenet *self, GstQuery *query);

G_END_DECLS

#endif /* GST_MOBILENET_ELEMENT_H */
