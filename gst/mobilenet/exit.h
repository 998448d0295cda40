/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How buffers leave: pushed by the streaming thread while it is there, and
 * by a thread of our own once they are done while it is away, so that none
 * waits for the one after it. That thread holds the sink pad's stream lock as
 * the streaming thread would: what it pushes keeps its place among buffers and
 * serialized events, and a flush or a change of state ends it as it would end
 * the other. */

#ifndef GST_MOBILENET_EXIT_H
#define GST_MOBILENET_EXIT_H

#include <gst/base/gstbasetransform.h>

#include "gst/mobilenet/stream.h"

G_BEGIN_DECLS

typedef struct _GstMobilenetExit GstMobilenetExit;

/* Of trans, for what stream gives; both must outlive it, but for
 * gst_mobilenet_exit_stop. */
GstMobilenetExit *
gst_mobilenet_exit_new (GstBaseTransform *trans, GstMobilenetStream *stream);
/* Nothing is pushed any more, and no thread runs. Without the stream lock;
 * then the stream may go, and the exit after it. */
void gst_mobilenet_exit_stop (GstMobilenetExit *exit);
void gst_mobilenet_exit_free (GstMobilenetExit *exit);

/* The rest with the stream lock. */

/* Pushes what may leave by now. The flow downstream. */
GstFlowReturn gst_mobilenet_exit_push (GstMobilenetExit *exit);
/* Pushes all that is inside; what comes of it is told as below. */
void gst_mobilenet_exit_drain (GstMobilenetExit *exit);
/* What came of buffers that left by themselves, to be told upstream, once.
 * GST_FLOW_OK also where that is to be found out with the next one. */
GstFlowReturn gst_mobilenet_exit_take_flow (GstMobilenetExit *exit);
/* Something new begins: an end of before says nothing about it, nor, with
 * flush, does an error. */
void gst_mobilenet_exit_begin (GstMobilenetExit *exit, gboolean flush);

G_END_DECLS

#endif /* GST_MOBILENET_EXIT_H */
