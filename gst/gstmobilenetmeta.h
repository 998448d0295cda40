/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The result of a network as GstStructure: in the GstCustomMeta
 * `mobilenet-result` of a buffer, and in the element message of that name.
 *
 *   element     string    the object's name
 *   model       string    base name of the model file
 *   pts         guint64   of the frame that was classified
 *   task        string    "classification"
 *   backend     string    what computed it
 *   latency     guint64   ns from submit to done
 *   age         guint64   ns from that frame to this buffer;
 *                         GST_CLOCK_TIME_NONE where timestamps are missing
 *   fresh       boolean   computed from this very frame
 *   index       int       best class; -1: none reached the threshold
 *   label       string    of it; "" for none
 *   confidence  double    of it; 0 for none
 *   classes     GstValueArray of structures `class` with index, label and
 *               confidence, best first
 */

#ifndef GST_MOBILENET_META_H
#define GST_MOBILENET_META_H

#include <gst/gst.h>

G_BEGIN_DECLS
#define GST_MOBILENET_META_NAME "mobilenet-result"
    typedef struct
{
  gint index;
  gdouble confidence;           /* 0..1 */
  const gchar *label;
} GstMobilenetScore;

/* Strings and classes belong to whoever fills it. */
typedef struct
{
  const gchar *element;
  const gchar *model;
  const gchar *task;
  const gchar *backend;
  GstClockTime pts;
  GstClockTime latency;
  guint n_classes;
  const GstMobilenetScore *classes;     /* best first */
} GstMobilenetResult;

/* Registers the meta at the first call. */
const GstMetaInfo *gst_mobilenet_meta_get_info (void);

/* A structure `mobilenet-result` that holds result. */
GstStructure *gst_mobilenet_result_to_structure (const GstMobilenetResult *
    result, GstClockTime age, gboolean fresh);

/* Attaches result to a writable buffer, in place of an earlier one of the
 * same element; those of other elements stay. */
void gst_mobilenet_meta_attach (GstBuffer * buffer,
    const GstMobilenetResult * result, GstClockTime age, gboolean fresh);

/* The buffer's next `mobilenet-result`, oldest first; NULL: no more. *state
 * starts as NULL. The structure belongs to the buffer. */
const GstStructure *gst_mobilenet_meta_iterate (GstBuffer * buffer,
    gpointer * state);

G_END_DECLS
#endif /* GST_MOBILENET_META_H */
