/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drawing where libgstvideo's own blending does it wrong: a picture with a
 * palette would need another one; where alpha has two bits, or none at all,
 * nothing is opaque; and up to 1.26 the sums run over where RGB of more than
 * 8 bits is not. */

#ifndef GST_MOBILENET_OVERLAY_WIDE_H
#define GST_MOBILENET_OVERLAY_WIDE_H

#include <gst/video/video.h>

G_BEGIN_DECLS

/* Whether frames of the format are for this. */
gboolean gst_mobilenet_overlay_wide_takes (const GstVideoFormatInfo *finfo);

/* Blends composition into such a frame, mapped for reading and writing.
 * Colours become the nearest ones of a palette, which stays as it is. */
void gst_mobilenet_overlay_wide_blend (GstVideoOverlayComposition *composition,
    GstVideoFrame *frame);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_WIDE_H */
