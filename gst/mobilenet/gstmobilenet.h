/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifndef GST_MOBILENET_H
#define GST_MOBILENET_H

#include <gst/gst.h>
#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_MOBILENET (gst_mobilenet_get_type ())
G_DECLARE_FINAL_TYPE (GstMobilenet, gst_mobilenet, GST, MOBILENET,
    GstBaseTransform)
GST_ELEMENT_REGISTER_DECLARE (mobilenet);

/* What tests turn and users need not; before the element starts. depth:
 * frames in flight. The times: as in MnRunnerOptions. */
void gst_mobilenet_set_tuning (GstMobilenet *self, guint depth,
    gint64 start_timeout, gint64 frame_timeout, gint64 retry_delay);

G_END_DECLS

#endif /* GST_MOBILENET_H */
