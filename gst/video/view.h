/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a stream's frames are to be looked at: what the engine's input is made
 * of. Caps and tags say a part of it, each buffer another, properties the
 * rest. Belongs to the streaming thread. */

#ifndef GST_MOBILENET_VIEW_H
#define GST_MOBILENET_VIEW_H

#include <gst/gst.h>
#include <gst/video/video.h>

#include "engine/mn.h"

G_BEGIN_DECLS

typedef struct
{
  GstVideoInfo info;
  gboolean has_info; /* it is one of frames that can be read */
  MnInput input;
  /* What tags named last, the container's and the stream's own. */
  MnOrientation tagged[2]; /* by GstTagScope */
  gboolean is_tagged[2];
  gboolean trusts_tag, trusts_meta;
  guint serial; /* another one whenever input changes */
} GstMobilenetView;

void gst_mobilenet_view_init (GstMobilenetView *view);

/* They cost nothing when they change nothing. FALSE: nothing changed. */
gboolean
gst_mobilenet_view_set_info (GstMobilenetView *view, const GstVideoInfo *info);
/* The orientation that a tag event names, if it does. */
void gst_mobilenet_view_read_tags (GstMobilenetView *view, GstEvent *event);
void gst_mobilenet_view_forget_tags (GstMobilenetView *view);
/* What they say: that of the stream before that of the container. */
MnOrientation gst_mobilenet_view_get_tagged (const GstMobilenetView *view);
/* From the next buffer on: whether a tag counts, and whether what buffers
 * say of themselves does. First both do. */
void gst_mobilenet_view_set_trust (GstMobilenetView *view, gboolean tag,
    gboolean meta);
void gst_mobilenet_view_set_fit (GstMobilenetView *view, MnFit fit);
/* NULL: the model's own. Values as in mn_input_set_norm; std not 0.
 * FALSE: a text is wrong, and nothing changed. */
gboolean
gst_mobilenet_view_set_norm (GstMobilenetView *view, const MnModelInfo *model,
    const gchar *mean, const gchar *std, GError **error);
/* What this buffer has of its own: its visible part, fields, a turn. FALSE
 * with MN_ERROR_ARGUMENT: its metadata is not true, and nothing changed. */
gboolean gst_mobilenet_view_look_at (GstMobilenetView *view, GstBuffer *buffer,
    GError **error);

G_END_DECLS

#endif /* GST_MOBILENET_VIEW_H */
