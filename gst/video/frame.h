/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GstBuffer to MnFrame: a pool of mapped frames. */

#ifndef GST_MOBILENET_FRAME_H
#define GST_MOBILENET_FRAME_H

#include "gst/video/desc.h"

G_BEGIN_DECLS

/* Frames for reuse, so that no memory is taken in the steady state. Lives
 * until the last of its frames came back, from whatever thread. */
typedef struct _GstMobilenetFramePool GstMobilenetFramePool;

GstMobilenetFramePool *gst_mobilenet_frame_pool_new (void);
void gst_mobilenet_frame_pool_unref (GstMobilenetFramePool *pool);

/* Maps buffer for reading; the frame holds a reference on it until it is
 * released. Pixels are not copied; strides and offsets are those of the
 * GstVideoMeta, if there is one. desc: as gst_mobilenet_frame_desc_set_buffer
 * made it for this buffer. A packed frame is not for the engine yet. NULL
 * with MN_ERROR_ARGUMENT: the buffer holds no such frame. */
MnFrame *
gst_mobilenet_frame_pool_map (GstMobilenetFramePool *pool, GstBuffer *buffer,
    const GstVideoInfo *info, const MnFrameDesc *desc, GError **error);

/* The same without mapping: for what imports a DMABuf; the frame's prepare
 * maps it. NULL: it does not lie in one, as rows that are read where they
 * are. */
MnFrame *gst_mobilenet_frame_pool_import (GstMobilenetFramePool *pool,
    GstBuffer *buffer, const GstVideoInfo *info, const MnFrameDesc *desc);

/* Whether it is one of a format that has to be unpacked first. */
gboolean gst_mobilenet_frame_is_packed (const MnFrame *frame);
/* Does that, of as much as input makes a network of width x height pixels
 * read, or of all where input is NULL, and lets go of the buffer; nothing for
 * other frames. Any thread, as long as nobody else uses the frame; it takes
 * some ms. */
gboolean gst_mobilenet_frame_unpack (MnFrame *frame, const MnInput *input,
    guint width, guint height, GError **error);

/* The same, when a runner is about to read it. */
void gst_mobilenet_frame_unpack_later (MnFrame *frame, const MnInput *input,
    guint width, guint height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MnFrame, mn_frame_unref)

G_END_DECLS

#endif /* GST_MOBILENET_FRAME_H */
