/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elements tell the application: errors and warnings. */

#ifndef GST_MOBILENET_POST_H
#define GST_MOBILENET_POST_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Posts error as the element's error message, in the engine's words. */
void gst_mobilenet_post_error (GstElement *element, const GError *error);
/* Posts a warning message. Like the other one it takes texts with any bytes in
 * them, such as a file's name, and makes them valid UTF-8. */
void gst_mobilenet_post_warning (GstElement *element, GQuark domain, gint code,
    const gchar *text);

G_END_DECLS

#endif /* GST_MOBILENET_POST_H */
