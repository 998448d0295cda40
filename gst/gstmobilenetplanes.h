/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What gst_video_frame_map leaves unchecked: it takes the word of a
 * GstVideoMeta for where planes lie. */

#ifndef GST_MOBILENET_PLANES_H
#define GST_MOBILENET_PLANES_H

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS
/* Whether all rows of the mapped frame lie in the memory that is mapped. */
    gboolean gst_mobilenet_planes_hold (const GstVideoFrame * frame);

G_END_DECLS
#endif /* GST_MOBILENET_PLANES_H */
