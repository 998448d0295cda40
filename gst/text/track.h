/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The text of frames as a subtitle track, the way that its consumer takes it
 * (consumer.h), into a queue. One thread at a time: that of the frames. */

#ifndef GST_MOBILENET_TEXT_TRACK_H
#define GST_MOBILENET_TEXT_TRACK_H

#include "gst/text/consumer.h"
#include "gst/text/queue.h"

G_BEGIN_DECLS

typedef struct _GstMobilenetTextTrack GstMobilenetTextTrack;

/* A frame: start and end in ns of the segment, end may be NONE. */
typedef struct
{
  const gchar *text; /* "": none */
  GstClockTime start, end;
  GstClockTime max_interval; /* that a piece lasts; 0: however long */
  gboolean use_gaps;         /* for silence, whoever takes it */
  gboolean backwards;        /* frames come in the order of rate < 0 */
} GstMobilenetTextFrame;

GstMobilenetTextTrack *
gst_mobilenet_texttrack_new (GstMobilenetTextQueue *queue);
void gst_mobilenet_texttrack_free (GstMobilenetTextTrack *track);

/* From the next frame on. */
void gst_mobilenet_texttrack_set_way (GstMobilenetTextTrack *track,
    GstMobilenetTextWay way);

GstFlowReturn gst_mobilenet_texttrack_add (GstMobilenetTextTrack *track,
    const GstMobilenetTextFrame *frame);

/* Takes a gap event: upstream has no frames for a while. */
GstFlowReturn
gst_mobilenet_texttrack_skip (GstMobilenetTextTrack *track, GstEvent *event);

/* No frame follows that belongs to the newest; at_end: none at all. */
GstFlowReturn
gst_mobilenet_texttrack_finish (GstMobilenetTextTrack *track, gboolean at_end);

/* What has not gone out is dropped. */
void gst_mobilenet_texttrack_discard (GstMobilenetTextTrack *track);

G_END_DECLS

#endif /* GST_MOBILENET_TEXT_TRACK_H */
