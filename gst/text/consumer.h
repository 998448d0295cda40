/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How text has to come for those who take it. A muxer waits for text before
 * it takes video of the same time, so text must not lie behind the video by
 * more than the queues in front of the encoder hold: one frame of 4K, three
 * of 1080p. docs/label-tracks.md says what each consumer was seen to do. */

#ifndef GST_MOBILENET_TEXT_CONSUMER_H
#define GST_MOBILENET_TEXT_CONSUMER_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  /* A piece for each frame, with it; silence too. All take this. matroskamux
   * takes gap events, but writes them, from 1.26 on, and what came late would
   * stand behind them, where players miss it. */
  GST_MOBILENET_TEXT_FRAMES,
  /* Longer pieces, each when it is over; gap events say how far it is. */
  GST_MOBILENET_TEXT_PIECES,
  /* Gap events, and all pieces at the end of the stream. */
  GST_MOBILENET_TEXT_AT_END
} GstMobilenetTextWay;

/* Finds out who takes what srcpad gives, behind queues, tees and bins. */
GstMobilenetTextWay gst_mobilenet_textconsumer_find (GstPad *srcpad);

G_END_DECLS

#endif /* GST_MOBILENET_TEXT_CONSUMER_H */
