/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Blends the same composition into frame after frame. GStreamer's own
 * blending converts colours each time; here each byte of the frame gets a
 * weight and an addend, once, and 8-bit formats are done with those, where
 * they are opaque. Others, and what is drawn once only, go GStreamer's way.
 * One thread at a time. */

#ifndef GST_MOBILENET_OVERLAY_BLEND_H
#define GST_MOBILENET_OVERLAY_BLEND_H

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct _GstMobilenetOverlayBlend GstMobilenetOverlayBlend;

GstMobilenetOverlayBlend *gst_mobilenet_overlay_blend_new (void);
void gst_mobilenet_overlay_blend_free (GstMobilenetOverlayBlend *blend);

/* Blends composition, whose origin is the frame's pixel x, y, into the frame,
 * which is mapped for both reading and writing. A composition that comes a
 * second time is taken to be unchanged; a reference is held on it. */
void gst_mobilenet_overlay_blend_apply (GstMobilenetOverlayBlend *blend,
    GstVideoOverlayComposition *composition, gint x, gint y,
    GstVideoFrame *frame);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_BLEND_H */
