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
/* The formats that gst_mobilenet_frame_desc_init takes, for pad templates. */
#define GST_MOBILENET_FORMATS \
    "{ NV12, NV21, I420, YV12, YUY2, UYVY, RGB, BGR, RGBA, BGRA, RGBx, " \
    "BGRx, GRAY8, P010_10LE, I420_10LE, I422_10LE, Y444_10LE, P010_10BE, " \
    "I420_10BE, YVYU, NV16, NV24, Y42B, Y444, ARGB, ABGR, xRGB, xBGR, " \
    "GRAY16_LE, NV12_4L4, NV12_32L32, NV12_64Z32 }"
#define GST_MOBILENET_CAPS \
    GST_VIDEO_CAPS_MAKE (GST_MOBILENET_FORMATS) ";" \
    GST_VIDEO_CAPS_MAKE_WITH_FEATURES (GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY \
        ", " GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION, \
        GST_MOBILENET_FORMATS)
/* What is looked at only may lie in other ways, too: fields in turns, and
 * from 1.24 on DMABufs that say how they lie, as long as that is plain. (Before
 * that nothing said so, and memory that is mapped could be in tiles.) */
#if GST_CHECK_VERSION (1, 24, 0)
#define GST_MOBILENET_DRM_CAPS ";" \
    "video/x-raw(memory:DMABuf), format=DMA_DRM, " \
    "drm-format={ NV12, NV21, YU12, YV12, YUYV, UYVY, YVYU, BG24, RG24, " \
    "AB24, AR24, XB24, XR24, BA24, RA24, BX24, RX24, P010, NV16, NV24, " \
    "YU16, YU24 }, width=" GST_VIDEO_SIZE_RANGE ", height=" \
    GST_VIDEO_SIZE_RANGE ", framerate=" GST_VIDEO_FPS_RANGE
#else
#define GST_MOBILENET_DRM_CAPS
#endif
#define GST_MOBILENET_READ_CAPS \
    GST_MOBILENET_CAPS ";" \
    GST_VIDEO_CAPS_MAKE_WITH_FEATURES (GST_CAPS_FEATURE_FORMAT_INTERLACED, \
        GST_MOBILENET_FORMATS) ", interlace-mode=alternate" \
    GST_MOBILENET_DRM_CAPS
/* gst_video_info_from_caps, for these caps. */
    gboolean gst_mobilenet_video_info_from_caps (GstVideoInfo * info,
    const GstCaps * caps);

/* Fills desc: format, size, matrix, range, chroma site, pixel aspect ratio.
 * What caps leave open: BT.601 up to 576 lines, else BT.709; chroma as in
 * JPEG when the range is full, else as in MPEG-2. No crop, upright. FALSE: a
 * format that the engine does not take. */
gboolean gst_mobilenet_frame_desc_init (MnFrameDesc * desc,
    const GstVideoInfo * info);

MnOrientation gst_mobilenet_orientation (GstVideoOrientationMethod method);

/* Which of an interlaced buffer's rows are read: those of one moment. */
typedef enum
{
  GST_MOBILENET_FIELD_NONE,     /* all: it is progressive */
  GST_MOBILENET_FIELD_TOP,      /* every other one, from the first one on */
  GST_MOBILENET_FIELD_BOTTOM,   /* or the second one: there is nothing else */
  GST_MOBILENET_FIELD_FIRST,    /* the first of two that lie apart */
  GST_MOBILENET_FIELD_ALONE     /* all, which are a field */
} GstMobilenetField;

GstMobilenetField gst_mobilenet_buffer_get_field (GstBuffer * buffer,
    const GstVideoInfo * info);

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
gboolean gst_mobilenet_buffer_get_visible (GstBuffer * buffer,
    const GstVideoInfo * info, guint * width, guint * height,
    MnRect * visible);

/* Sets what may change with each buffer: the picture's size and its visible
 * part, the size of a field and the shape of its pixels, and the
 * orientation: that of a GstVideoAffineTransformationMeta, if it is a turn or
 * a reflection, followed by the one that a tag names. */
void gst_mobilenet_frame_desc_set_buffer (MnFrameDesc * desc,
    const GstVideoInfo * info, GstBuffer * buffer, MnOrientation tagged);

/* Whether the buffer's GstVideoMeta, if any, is one for such frames:
 * gst_video_frame_map asserts it. */
gboolean gst_mobilenet_buffer_fits (GstBuffer * buffer,
    const GstVideoInfo * info);

G_END_DECLS
#endif /* GST_MOBILENET_DESC_H */
