/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Masks in colours. */

#ifndef GST_MOBILENET_OVERLAY_MASK_H
#define GST_MOBILENET_OVERLAY_MASK_H

#include "gst/meta/analytics.h"

G_BEGIN_DECLS

/* A colour that is told apart from others by everybody, on light and on dark;
 * it comes again after some. */
guint gst_mobilenet_overlay_colour (guint n);

/* The mask's regions, each in a colour of its own, region 0 transparent: a
 * half transparent picture of the mask's size with a GstVideoMeta. NULL: the
 * mask is not what its metadata says, or there is no memory. */
GstBuffer *gst_mobilenet_overlay_mask_draw (const GstMobilenetMask *mask);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_MASK_H */
