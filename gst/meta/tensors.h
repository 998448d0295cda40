/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The output as GstTensorMeta, for GStreamer's tensor decoders: from 1.26 on.
 * From 1.28 on they link only where caps name the tensors. Without all that
 * the functions are there and do nothing. */

#ifndef GST_MOBILENET_TENSORS_H
#define GST_MOBILENET_TENSORS_H

#include <gst/gst.h>

#include "engine/mn.h"

G_BEGIN_DECLS

/* Two tensors of 1 x classes floats: the probabilities, and what a softmax
 * makes them of. The decoder of 1.28 knows both ids, but where caps name one
 * alone it takes the other to be there as well. */
#define GST_MOBILENET_TENSOR_SCORES "classification-generic-softmaxed-out"
#define GST_MOBILENET_TENSOR_LOGITS "classification-generic-out"
/* Of a network with several outputs also each of these as it is, of its own
 * type and shape, by its number. */
#define GST_MOBILENET_TENSOR_OUTPUT "mobilenet-output-%u"
/* Whether this build has them. */
gboolean gst_mobilenet_tensors_are_known (void);
/* Adds a GstTensorMeta with them to the writable buffer. Probabilities and
 * outputs are not copied: the meta holds the result. */
void gst_mobilenet_tensors_attach (GstBuffer *buffer, MnResult *result);

/* As GstBaseTransformClass.transform_caps, less its filter: our tensors added
 * to what upstream's caps name, or taken off what downstream's ask for.
 * n_classes: 0 while it is not known. */
GstCaps *gst_mobilenet_tensors_transform_caps (GstPadDirection direction,
    GstCaps *caps, guint n_classes);

G_END_DECLS

#endif /* GST_MOBILENET_TENSORS_H */
