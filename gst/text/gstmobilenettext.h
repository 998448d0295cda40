/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef GST_MOBILENET_TEXT_H
#define GST_MOBILENET_TEXT_H

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_MOBILENET_TEXT (gst_mobilenet_text_get_type ())
G_DECLARE_FINAL_TYPE (GstMobilenetText, gst_mobilenet_text, GST, MOBILENET_TEXT,
    GstElement)
GST_ELEMENT_REGISTER_DECLARE (mobilenettext);

G_END_DECLS

#endif /* GST_MOBILENET_TEXT_H */
