/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where in a DMABuf a buffer's planes lie. */

#ifndef GST_MOBILENET_DMABUF_H
#define GST_MOBILENET_DMABUF_H

#include "gst/video/desc.h"

G_BEGIN_DECLS

typedef struct
{
  gint fd;    /* the memory's */
  gsize size; /* of the DMABuf, as the kernel says */
  GstMemory *memory;
  gsize offset[GST_VIDEO_MAX_PLANES]; /* in the DMABuf */
  gint stride[GST_VIDEO_MAX_PLANES];
} GstMobilenetDmabuf;

/* FALSE: the buffer, which gst_mobilenet_planes_check let pass, does not lie
 * in one DMABuf, or not as its metadata alone tells. Nothing is mapped. */
gboolean gst_mobilenet_dmabuf_find (GstBuffer *buffer, const GstVideoInfo *info,
    GstMobilenetDmabuf *found);
/* The memory's key, or that of the memory it is a part of: the same for as
 * long as that lives, and retired then. The caller's to unref. Any thread. */
MnMemoryKey *gst_mobilenet_dmabuf_get_key (GstMemory *memory);

G_END_DECLS

#endif /* GST_MOBILENET_DMABUF_H */
