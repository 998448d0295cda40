/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What became of a stream's orientation tag before it came here. */

#ifndef GST_MOBILENET_TURNED_H
#define GST_MOBILENET_TURNED_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Whether an element before sinkpad turns the picture as the tag says, and
 * leaves the tag as it is (videoflip video-direction=auto of GStreamer 1.22
 * does, that of 1.26 does not), so that it must not be followed once more.
 * Looks at all elements up to the sources, each time: what they are set to
 * may change while playing. For the streaming thread, with no lock held. */
gboolean gst_mobilenet_turned_upstream (GstPad *sinkpad);

G_END_DECLS

#endif /* GST_MOBILENET_TURNED_H */
