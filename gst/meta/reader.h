/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All results on a buffer, from whichever metadata holds them: the custom
 * metas of each mobilenet first, then classification metadata of GstAnalytics
 * that is not the same once more. Nothing is allocated in the steady state.
 * One thread at a time. */

#ifndef GST_MOBILENET_READER_H
#define GST_MOBILENET_READER_H

#include "gst/meta/custom.h"

G_BEGIN_DECLS

/* As the metadata says it. Strings and structures are the buffer's, or
 * interned; NULL: not told. */
typedef struct
{
  const gchar *element;
  const gchar *model;
  const gchar *task;
  const gchar *backend;
  GstClockTime pts; /* of the frame that was classified */
  GstClockTime latency;
  GstClockTime age;
  gboolean fresh;
  guint64 instance; /* the object it comes from; 0: not told */
  guint64 number;   /* of its frame there; 0: not told */
  guint n_classes;
  const GstMobilenetScore *classes; /* best first */
} GstMobilenetSeen;

typedef struct _GstMobilenetReader GstMobilenetReader;

/* What is bounded: results of a buffer, and classes of one. */
#define GST_MOBILENET_MAX_RESULTS 64
#define GST_MOBILENET_MAX_CLASSES 1000

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

/* The n-th of them. */
const GstMobilenetSeen *
gst_mobilenet_reader_get (GstMobilenetReader *reader, guint n);

G_END_DECLS

#endif /* GST_MOBILENET_READER_H */
