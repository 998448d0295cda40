/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models in the background: new ones are loaded, and old ones let go, which
 * both may take long, on a thread that starts when it is first needed. */

#ifndef GST_MOBILENET_LOADER_H
#define GST_MOBILENET_LOADER_H

#include "gst/mobilenet/model.h"

G_BEGIN_DECLS

typedef struct _GstMobilenetLoader GstMobilenetLoader;

/* Failures and warnings are posted for element, in the background, with no
 * lock held. */
GstMobilenetLoader *gst_mobilenet_loader_new (GstElement *element);
/* A load that goes on is given a moment; after that its thread is left
 * behind, and ends by itself with all that it has. */
void gst_mobilenet_loader_free (GstMobilenetLoader *loader);

/* Loads by a copy of options, soon: a request that follows at once takes its
 * place, and so does any that comes before it is done; of those before
 * nothing is heard. Any thread. */
void gst_mobilenet_loader_request (GstMobilenetLoader *loader,
    const GstMobilenetModelOptions *options);
/* The model that is ready; the caller's. NULL: none since the last call. */
GstMobilenetModel *gst_mobilenet_loader_take (GstMobilenetLoader *loader);
/* Takes the reference, and lets it go once it is the last one. */
void gst_mobilenet_loader_dispose (GstMobilenetLoader *loader,
    GstMobilenetModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstMobilenetLoader, gst_mobilenet_loader_free)

G_END_DECLS

#endif /* GST_MOBILENET_LOADER_H */
