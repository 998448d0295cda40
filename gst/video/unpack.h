/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pixels of formats that the engine does not know, as libgstvideo unpacks
 * them, in one that it does. Nothing is lost on the way: there are as many
 * bits, and the samples of chroma are where they were. */

#ifndef GST_MOBILENET_UNPACK_H
#define GST_MOBILENET_UNPACK_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "engine/mn.h"

G_BEGIN_DECLS

/* What the copy is like. */
typedef struct
{
  MnFormat format;
  guint n_planes;
  guint bytes;            /* of a value */
  guint values;           /* of a pixel, in the first plane */
  guint bits;             /* of a value, the lower ones */
  guint x_shift, y_shift; /* of the other planes */
} GstMobilenetLayout;

/* What there is, in GStreamer's order of planes. A stride of tiles is as in
 * GstVideoInfo. size: bytes from the lowest address of the rows on. All of it
 * was checked (planes.h). */
typedef struct
{
  const GstVideoFormatInfo *finfo;
  guint n_planes;
  MnPlane planes[GST_VIDEO_MAX_PLANES];
} GstMobilenetPacked;

/* NULL: it cannot be unpacked. */
const GstMobilenetLayout *
gst_mobilenet_unpack_find (const GstVideoFormatInfo *finfo);

/* Bytes that the copy takes, with some to work in; 0: too many. */
gsize gst_mobilenet_unpack_size (const GstMobilenetPacked *packed,
    const GstMobilenetLayout *layout, guint width, guint height);
/* Sets planes, which lie in so much memory then, and fills in the pixels of
 * rect. packed holds a picture of the size of desc. */
void gst_mobilenet_unpack (const GstMobilenetPacked *packed,
    const GstMobilenetLayout *layout, const MnFrameDesc *desc,
    const MnRect *rect, gpointer memory, MnPlane *planes);

G_END_DECLS

#endif /* GST_MOBILENET_UNPACK_H */
