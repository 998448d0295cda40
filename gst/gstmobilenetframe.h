/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GstBuffer to MnFrame: what caps and metadata say in the engine's words,
 * and a pool of mapped frames. */

#ifndef GST_MOBILENET_FRAME_H
#define GST_MOBILENET_FRAME_H

#include <gst/gst.h>
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
/* Fills desc: format, size, matrix, range, chroma site, pixel aspect ratio.
 * What caps leave open: BT.601 up to 576 lines, else BT.709; chroma as in
 * JPEG when the range is full, else as in MPEG-2. No crop, upright. FALSE: a
 * format that the engine does not take. */
    gboolean gst_mobilenet_frame_desc_init (MnFrameDesc * desc,
    const GstVideoInfo * info);

/* The visible part that the buffer's GstVideoCropMeta names, cut to the
 * frame; all zero without one, or when nothing would be left. */
MnRect gst_mobilenet_buffer_get_crop (GstBuffer * buffer,
    const GstVideoInfo * info);

MnOrientation gst_mobilenet_orientation (GstVideoOrientationMethod method);

/* Whether the buffer's GstVideoMeta, if any, is one for such frames:
 * gst_video_frame_map asserts it. */
gboolean gst_mobilenet_buffer_fits (GstBuffer * buffer,
    const GstVideoInfo * info);

/* Frames for reuse, so that no memory is taken in the steady state. Lives
 * until the last of its frames came back, from whatever thread. */
typedef struct _GstMobilenetFramePool GstMobilenetFramePool;

GstMobilenetFramePool *gst_mobilenet_frame_pool_new (void);
void gst_mobilenet_frame_pool_unref (GstMobilenetFramePool * pool);

/* Maps buffer for reading; the frame holds a reference on it until it is
 * released. Pixels are not copied; strides and offsets are those of the
 * GstVideoMeta, if there is one. NULL with MN_ERROR_ARGUMENT: the buffer
 * holds no such frame. */
MnFrame *gst_mobilenet_frame_pool_map (GstMobilenetFramePool * pool,
    GstBuffer * buffer, const GstVideoInfo * info, const MnFrameDesc * desc,
    GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnFrame, mn_frame_unref)
    G_END_DECLS
#endif /* GST_MOBILENET_FRAME_H */
