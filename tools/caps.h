/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Raw video frames as GStreamer's filesink writes them: what a caps string
 * says about one, read without GStreamer, and where its planes lie (every
 * row 4-byte aligned, planes one after the other). */

#ifndef MN_CAPS_H
#define MN_CAPS_H

#include "engine/mn.h"

G_BEGIN_DECLS

typedef struct
{
  MnFrameDesc desc;
  guint n_planes;
  gsize offset[MN_MAX_PLANES]; /* from the frame's first byte; in the order
                                * of MnFormat: YV12's planes are exchanged */
  gsize stride[MN_MAX_PLANES];
  gsize size; /* bytes of a whole frame */
} MnRawFrame;

/* Fixed video/x-raw caps of one structure in system memory. What they leave
 * out gets GStreamer's defaults: BT.709 above 576 lines, else BT.601; limited
 * range for YUV, full range for RGB and grey; square pixels. Fields that do
 * not bear on the picture (framerate, ...) may hold anything. */
gboolean mn_caps_parse (const gchar *caps, MnRawFrame *frame, GError **error);

/* Fills planes for a frame that starts at data. */
void mn_raw_frame_set_planes (const MnRawFrame *frame, const guint8 *data,
    MnPlane planes[MN_MAX_PLANES]);

G_END_DECLS

#endif /* MN_CAPS_H */
