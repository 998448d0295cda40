/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What caps and a buffer's metadata say about a frame, in the engine's
 * words. */

#ifndef GST_MOBILENET_DESC_H
#define GST_MOBILENET_DESC_H

#include <gst/gst.h>
#include <gst/allocators/gstdmabuf.h>
#include <gst/video/video.h>

#include "engine/mn.h"

G_BEGIN_DECLS

/* gst_video_info_from_caps, for caps of formats.h. */
gboolean
gst_mobilenet_video_info_from_caps (GstVideoInfo *info, const GstCaps *caps);

/* Whether they are of textures that only shaders can read, as cameras and
 * decoders of phones make them: nobody can download those. */
gboolean gst_mobilenet_caps_are_external (const GstCaps *caps);

/* Fills desc: format, size, matrix, range, chroma site, pixel aspect ratio.
 * What caps leave open: BT.601 up to 576 lines, else BT.709; chroma as in
 * JPEG when the range is full, else as in MPEG-2. No crop, upright. FALSE: a
 * format that is not taken. */
gboolean
gst_mobilenet_frame_desc_init (MnFrameDesc *desc, const GstVideoInfo *info);

MnOrientation gst_mobilenet_orientation (GstVideoOrientationMethod method);

/* Which of an interlaced buffer's rows are read: those of one moment. */
typedef enum
{
  GST_MOBILENET_FIELD_NONE,   /* all: it is progressive */
  GST_MOBILENET_FIELD_TOP,    /* every other one, from the first one on */
  GST_MOBILENET_FIELD_BOTTOM, /* or the second one: there is nothing else */
  GST_MOBILENET_FIELD_FIRST,  /* the first of two that lie apart */
  GST_MOBILENET_FIELD_ALONE   /* all, which are a field */
} GstMobilenetField;

GstMobilenetField
gst_mobilenet_buffer_get_field (GstBuffer *buffer, const GstVideoInfo *info);

/* A part of the frame as a part of a field. */
MnRect gst_mobilenet_rect_in_field (MnRect rect);

/* The visible part of the buffer's picture, and the picture's own size. By
 * GStreamer's convention (videocrop, decoders) caps tell the size of what is
 * visible, the GstVideoMeta that of the whole, and the GstVideoCropMeta which
 * part of the whole it is; what reaches beyond the whole is cut off. Without
 * a GstVideoMeta the whole is as large as caps say, without a
 * GstVideoCropMeta all of that is visible. Coordinates of objects in metadata
 * are those of the whole, for nobody moves them when a GstVideoCropMeta is
 * added. FALSE: the part lies outside, and all is said to be visible. */
gboolean gst_mobilenet_buffer_get_visible (GstBuffer *buffer,
    const GstVideoInfo *info, guint *width, guint *height, MnRect *visible);

/* Sets what may change with each buffer: the picture's size and its visible
 * part, the size of a field and the shape of its pixels, and the
 * orientation: that of a GstVideoAffineTransformationMeta, if it is a turn or
 * a reflection, followed by the one that a tag names. */
void gst_mobilenet_frame_desc_set_buffer (MnFrameDesc *desc,
    const GstVideoInfo *info, GstBuffer *buffer, MnOrientation tagged);

G_END_DECLS

#endif /* GST_MOBILENET_DESC_H */
