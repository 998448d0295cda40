/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An object that somebody found on a frame, whatever metadata holds it. */

#ifndef GST_MOBILENET_OBJECT_H
#define GST_MOBILENET_OBJECT_H

#include <gst/gst.h>

G_BEGIN_DECLS

/* How far away from the frame's corner anything reaches, so that sums do not
 * overflow. */
#define GST_MOBILENET_FAR (1 << 28)

typedef struct
{
  guint id;                 /* by which a result is attached to it */
  guint64 track;            /* what stays with it; 0: it is not tracked */
  gint x, y, width, height; /* pixels, not cut to the frame */
  const gchar *label;       /* the buffer's, or interned; NULL: not known */
  gdouble confidence;       /* of the label; below 0: not known */
} GstMobilenetObject;

/* Sets the box, cut to GST_MOBILENET_FAR in each direction. */
void gst_mobilenet_object_set_box (GstMobilenetObject *object, gint64 x,
    gint64 y, gint64 width, gint64 height);

G_END_DECLS

#endif /* GST_MOBILENET_OBJECT_H */
