/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A frame for another thread, which may take its time, while the buffer goes
 * on downstream: a reference on the memory where nobody misses it meanwhile,
 * else a copy of the pixels that will be read. */

#ifndef GST_MOBILENET_HANDOVER_H
#define GST_MOBILENET_HANDOVER_H

#include "gst/video/frame.h"

G_BEGIN_DECLS

typedef struct _GstMobilenetHandover GstMobilenetHandover;

GstMobilenetHandover *gst_mobilenet_handover_new (void);
/* The frames that are out may come back later, from whatever thread. */
void gst_mobilenet_handover_free (GstMobilenetHandover *handover);

/* Whether somebody waits for buffer: it is of a pool that has no more than
 * so many. */
gboolean gst_mobilenet_handover_is_scarce (GstMobilenetHandover *handover,
    GstBuffer *buffer);
/* Whether buffer's memory may be held: nobody waits for it, and it is system
 * memory, or a DMABuf that is imported. */
gboolean gst_mobilenet_handover_can_hold (GstMobilenetHandover *handover,
    GstBuffer *buffer, gboolean import);
/* The frame, held or copied, as can_hold says; buffer itself stays the
 * caller's alone, and writable if it was. Of a copy only what input makes a
 * network of width x height pixels read is there. import: what computes
 * imports DMABufs. NULL with MN_ERROR_ARGUMENT: the buffer holds no such
 * frame. */
MnFrame *gst_mobilenet_handover_take (GstMobilenetHandover *handover,
    GstMobilenetFramePool *pool, GstBuffer *buffer, const GstVideoInfo *info,
    const MnInput *input, guint width, guint height, gboolean import,
    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetHandover,
    gst_mobilenet_handover_free)

G_END_DECLS

#endif /* GST_MOBILENET_HANDOVER_H */
