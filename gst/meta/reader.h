/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All results on a buffer, from whichever metadata holds them: the custom
 * metas of each mobilenet first, then classification metadata of GstAnalytics
 * that is not the same once more. Nothing is allocated in the steady state.
 * One thread at a time. */

#ifndef GST_MOBILENET_READER_H
#define GST_MOBILENET_READER_H

#include "gst/meta/result.h"

G_BEGIN_DECLS

typedef struct _GstMobilenetReader GstMobilenetReader;

/* So many results of a buffer at most. */
#define GST_MOBILENET_MAX_RESULTS 64

/* Labels and names that are too long (MN_LABEL_MAX_BYTES) are cut, which
 * element (not referenced; NULL: nobody) says once, as a warning. */
GstMobilenetReader *gst_mobilenet_reader_new (GstElement *element);
void gst_mobilenet_reader_free (GstMobilenetReader *reader);

/* Reads the results of buffer, and says how many there are. What an earlier
 * call gave is gone. At most max_classes of each result, and none below
 * threshold. */
guint gst_mobilenet_reader_read (GstMobilenetReader *reader, GstBuffer *buffer,
    guint max_classes, gdouble threshold);

/* text, if it is not too long, else what is left of it; until the next call
 * of gst_mobilenet_reader_read. */
const gchar *
gst_mobilenet_reader_bound (GstMobilenetReader *reader, const gchar *text);

/* The n-th of them, as the metadata says it: texts are the buffer's, interned,
 * or what is left of them. */
const GstMobilenetResult *
gst_mobilenet_reader_get (GstMobilenetReader *reader, guint n);

G_END_DECLS

#endif /* GST_MOBILENET_READER_H */
