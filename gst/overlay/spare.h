/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames for libgstvideo's own blending, which writes rows as vectors of whole
 * pixels and as whole groups of them: it wants rows to begin at multiples of a
 * pixel's size, and memory to go on behind the last one. */

#ifndef GST_MOBILENET_OVERLAY_SPARE_H
#define GST_MOBILENET_OVERLAY_SPARE_H

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Whether frame is not like that. */
gboolean gst_mobilenet_overlay_spare_needed (const GstVideoFrame *frame);

/* A copy of frame's pixels in memory that is; *copy is mapped to it. g_free.
 * NULL: there is no memory. */
gpointer gst_mobilenet_overlay_spare_new (const GstVideoFrame *frame,
    GstVideoFrame *copy);
/* Brings what became of them back. */
void gst_mobilenet_overlay_spare_bring (const GstVideoFrame *copy,
    GstVideoFrame *frame);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_SPARE_H */
