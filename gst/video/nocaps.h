/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Buffers of which nobody says what they are: a file's bytes, most often. */

#ifndef GST_MOBILENET_NO_CAPS_H
#define GST_MOBILENET_NO_CAPS_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Whether a buffer on pad, a sink pad of element, came without caps. An error
 * message then says what it looks like and what is missing in front. */
gboolean
gst_mobilenet_lacks_caps (GstElement *element, GstPad *pad, GstBuffer *buffer);

G_END_DECLS

#endif /* GST_MOBILENET_NO_CAPS_H */
