/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages for a bus that perhaps nobody reads: it must not grow for ever.
 * Of each kind (element, QOS and warning messages) an element has only so
 * many out that nobody has read and freed; beyond that only the newest one is
 * kept, and goes out, in its place, as soon as one is freed. Who reads
 * in time gets them all, and who reads late gets the last one. */

#ifndef GST_MOBILENET_BUS_H
#define GST_MOBILENET_BUS_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* Of element messages; of the others fewer. */
#define GST_MOBILENET_BUS_MAX_UNREAD 256
/* As gst_element_post_message. Any thread, with no lock held. */
void gst_mobilenet_bus_post (GstElement *element, GstMessage *message);
/* Posts what is kept all the same: the stream ends here. */
void gst_mobilenet_bus_flush (GstElement *element);

G_END_DECLS

#endif /* GST_MOBILENET_BUS_H */
