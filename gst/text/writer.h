/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is said of frames, in either format, into a queue. One thread at a
 * time: that of the frames. */

#ifndef GST_MOBILENET_TEXT_WRITER_H
#define GST_MOBILENET_TEXT_WRITER_H

#include "gst/text/consumer.h"
#include "gst/text/props.h"
#include "gst/text/queue.h"

G_BEGIN_DECLS

typedef enum
{
  GST_MOBILENET_TEXT_FORMAT_NONE, /* not agreed on yet */
  GST_MOBILENET_TEXT_FORMAT_TEXT, /* a subtitle track */
  GST_MOBILENET_TEXT_FORMAT_NDJSON
} GstMobilenetTextFormat;

typedef struct _GstMobilenetTextWriter GstMobilenetTextWriter;

/* All of them have to outlive the writer; frames come from sinkpad, a pad of
 * element. */
GstMobilenetTextWriter *gst_mobilenet_textwriter_new (GstElement *element,
    GstPad *sinkpad, GstMobilenetTextQueue *queue);
void gst_mobilenet_textwriter_free (GstMobilenetTextWriter *writer);

/* From the next frame on. What was begun in another format is finished. */
void gst_mobilenet_textwriter_set_format (GstMobilenetTextWriter *writer,
    GstMobilenetTextFormat format);
void gst_mobilenet_textwriter_set_way (GstMobilenetTextWriter *writer,
    GstMobilenetTextWay way);

/* How long frames last that do not say so. */
void gst_mobilenet_textwriter_set_video_caps (GstMobilenetTextWriter *writer,
    const GstCaps *caps);

/* A segment event: what comes from now on is measured in it. */
void gst_mobilenet_textwriter_set_segment (GstMobilenetTextWriter *writer,
    GstEvent *event);

/* What is on buffer. props: the caller's copy. Returns what downstream said
 * to something earlier. */
GstFlowReturn gst_mobilenet_textwriter_write (GstMobilenetTextWriter *writer,
    GstBuffer *buffer, const GstMobilenetTextProps *props);

/* A gap event: upstream has no frames for a while. FALSE: the event itself
 * has to go on; else it is taken. */
gboolean
gst_mobilenet_textwriter_skip (GstMobilenetTextWriter *writer, GstEvent *event);

/* No frame follows that belongs to the newest; at_end: none at all. */
void gst_mobilenet_textwriter_finish (GstMobilenetTextWriter *writer,
    gboolean at_end);

/* After a flush: what has not gone out is dropped, and a segment follows. */
void gst_mobilenet_textwriter_flush (GstMobilenetTextWriter *writer);

/* As new, but for the way. */
void gst_mobilenet_textwriter_reset (GstMobilenetTextWriter *writer);

G_END_DECLS

#endif /* GST_MOBILENET_TEXT_WRITER_H */
