/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What goes from the thread that brings frames to the thread that pushes
 * text: buffers, gaps and serialized events, in order. Flow returns, flushes,
 * EOS and pads that are not linked are treated as `queue` treats them.
 *
 * Full is more than 16384 pieces, or 16 MB: many minutes of text. Whoever
 * adds waits then, as in front of a `queue`; events and gaps never wait.
 *
 * gst_mobilenet_textqueue_add(), _add_gap() and _add_event() are for the
 * thread of the sink pad; the others for whoever calls the pads' functions. */

#ifndef GST_MOBILENET_TEXT_QUEUE_H
#define GST_MOBILENET_TEXT_QUEUE_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstMobilenetTextQueue GstMobilenetTextQueue;

/* srcpad is where all of it goes, and has to outlive the queue. */
GstMobilenetTextQueue *gst_mobilenet_textqueue_new (GstPad *srcpad);
void gst_mobilenet_textqueue_free (GstMobilenetTextQueue *queue);

/* Takes buffer. Returns what downstream said to an earlier one. */
GstFlowReturn
gst_mobilenet_textqueue_add (GstMobilenetTextQueue *queue, GstBuffer *buffer);

/* Nothing before end any more. end may be NONE. Of more than 1024 gaps that
 * wait, those that follow each other are joined. */
GstFlowReturn gst_mobilenet_textqueue_add_gap (GstMobilenetTextQueue *queue,
    GstClockTime start, GstClockTime end);

/* Takes a serialized event. FALSE: it was refused. */
gboolean gst_mobilenet_textqueue_add_event (GstMobilenetTextQueue *queue,
    GstEvent *event);

/* What downstream said last. */
GstFlowReturn gst_mobilenet_textqueue_get_flow (GstMobilenetTextQueue *queue);

/* A flush begins: nothing waits any more. It ends: all is dropped, and text
 * flows again. The events themselves are pushed by the caller, before. */
void gst_mobilenet_textqueue_start_flush (GstMobilenetTextQueue *queue);
void gst_mobilenet_textqueue_stop_flush (GstMobilenetTextQueue *queue);

/* Downstream may be linked again. */
void gst_mobilenet_textqueue_reconfigure (GstMobilenetTextQueue *queue);

/* For the pads' activation in push mode. */
void gst_mobilenet_textqueue_activate_sink (GstMobilenetTextQueue *queue,
    GstPad *sinkpad, gboolean active);
gboolean gst_mobilenet_textqueue_activate_src (GstMobilenetTextQueue *queue,
    gboolean active);

G_END_DECLS

#endif /* GST_MOBILENET_TEXT_QUEUE_H */
