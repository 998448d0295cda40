/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What `mobilenet` answers to an ALLOCATION query. */

#ifndef GST_MOBILENET_ALLOC_H
#define GST_MOBILENET_ALLOC_H

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* GstBaseTransformClass.propose_allocation: downstream's answer, which stays
 * as it is, for the buffers go on to it; and where downstream has no pool of
 * its own, one whose rows start where vectors like them to. */
gboolean gst_mobilenet_propose_allocation (GstBaseTransform *trans,
    GstQuery *decide_query, GstQuery *query);

G_END_DECLS

#endif /* GST_MOBILENET_ALLOC_H */
