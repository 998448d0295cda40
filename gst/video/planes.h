/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether a buffer holds the picture that caps and its metadata speak of. One
 * check for all who read pixels or write them: gst_video_frame_map takes the
 * word of a GstVideoMeta for where planes lie, and anybody can attach one. */

#ifndef GST_MOBILENET_PLANES_H
#define GST_MOBILENET_PLANES_H

#include "gst/video/desc.h"

G_BEGIN_DECLS

/* Whether all pixels of the picture, as gst_mobilenet_buffer_get_visible tells
 * its size, lie in the buffer's memory: the GstVideoMeta is one for such
 * frames, rows do not overlap and each plane lies in one memory as a whole,
 * but for what the last row is padded with. The visible part must lie in it.
 * field FIRST, ALONE: the picture is a field, and has half as many rows.
 * Nothing is mapped; what a map function of the meta's own does shows only
 * then. FALSE with MN_ERROR_ARGUMENT. */
gboolean gst_mobilenet_planes_check (GstBuffer *buffer,
    const GstVideoInfo *info, GstMobilenetField field, GError **error);

/* Whether planes are where the buffer's metadata says, and not where a map
 * function of its GstVideoMeta's own does. */
gboolean gst_mobilenet_planes_are_plain (GstBuffer *buffer);

/* Checks that, maps the buffer and checks what came of it. The frame's size
 * is that of the picture, whatever more there may be. FALSE with
 * MN_ERROR_ARGUMENT: nothing is mapped. */
gboolean gst_mobilenet_planes_map (GstVideoFrame *frame, GstBuffer *buffer,
    const GstVideoInfo *info, GstMobilenetField field, GstMapFlags flags,
    GError **error);

/* Rows of the plane, of a picture so high. */
guint gst_mobilenet_planes_count_rows (const GstVideoFormatInfo *finfo,
    guint plane, guint height);
/* Bytes from the lowest address of n_rows rows, of which the first begins at
 * data, to the end of what is mapped of a plane. */
gsize gst_mobilenet_planes_get_size (const GstVideoFrame *frame, guint plane,
    const guint8 *data, gssize stride, guint n_rows);
/* Bytes of a row of the plane, of a picture of that size, without padding. */
gsize gst_mobilenet_planes_row_bytes (const GstVideoFormatInfo *finfo,
    guint plane, guint width, guint height);
/* Bytes of a row of formats whose pixels share bytes, as it is read: in whole
 * groups, which may be more than rows have by default; else 0. */
gsize gst_mobilenet_planes_grouped_row (const GstVideoFormatInfo *finfo,
    guint plane, gsize width);

G_END_DECLS

#endif /* GST_MOBILENET_PLANES_H */
