/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef GST_MOBILENET_OVERLAY_H
#define GST_MOBILENET_OVERLAY_H

#include <gst/gst.h>
#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_MOBILENET_OVERLAY (gst_mobilenet_overlay_get_type ())
G_DECLARE_FINAL_TYPE (GstMobilenetOverlay, gst_mobilenet_overlay, GST,
    MOBILENET_OVERLAY, GstBaseTransform)
GST_ELEMENT_REGISTER_DECLARE (mobilenetoverlay);

G_END_DECLS

#endif /* GST_MOBILENET_OVERLAY_H */
