/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The result of a network as GstStructure: in the GstCustomMeta
 * `mobilenet-result` of a buffer, and in the element message of that name.
 *
 *   element     string    the object's name
 *   model       string    base name of the model file
 *   instance    guint64   tells element objects apart, whatever their names
 *                         and processes; never 0
 *   number      guint64   of the frame that was classified, from 1: the element
 *                         object counts all that it gets, and never anew
 *   pts         guint64   of that frame
 *   task        string    "classification"
 *   backend     string    what computed it
 *   latency     guint64   ns from submit to done
 *   age         guint64   ns of running time from that frame to this buffer;
 *                         where timestamps are missing or go back, as long as
 *                         the frames last; GST_CLOCK_TIME_NONE: not known
 *   fresh       boolean   computed from this very frame
 *
 * and of the task classification:
 *
 *   index       int       best class; -1: none reached the threshold
 *   label       string    of it; "" for none
 *   confidence  double    of it; 0 for none
 *   classes     GstValueArray of structures `class` with index, label and
 *               confidence, best first
 */

#ifndef GST_MOBILENET_META_H
#define GST_MOBILENET_META_H

#include "gst/meta/result.h"

G_BEGIN_DECLS

#define GST_MOBILENET_META_NAME "mobilenet-result"

/* Registers the meta at the first call. */
const GstMetaInfo *gst_mobilenet_meta_get_info (void);

/* A structure `mobilenet-result` that holds result. */
GstStructure *
gst_mobilenet_result_to_structure (const GstMobilenetResult *result);
/* What such a structure says, whoever filled it. Of the classes at most max
 * that are not below threshold: they are appended to scores (of
 * GstMobilenetScore), of which the last n_classes are the result's, and
 * classes is not set. Texts are the structure's. */
void gst_mobilenet_result_from_structure (GstMobilenetResult *result,
    const GstStructure *structure, guint max, gdouble threshold,
    GArray *scores);

/* Whether structure, which has the fields instance and element, is what the
 * element object of this instance and name says. */
gboolean gst_mobilenet_is_of_element (const GstStructure *structure,
    guint64 instance, const gchar *element);

/* Attaches result to a writable buffer, in place of an earlier one of the
 * same element object; those of others stay, also of others by that name. */
void
gst_mobilenet_meta_attach (GstBuffer *buffer, const GstMobilenetResult *result);

/* The buffer's next `mobilenet-result`, oldest first; NULL: no more. *state
 * starts as NULL. The structure belongs to the buffer. */
const GstStructure *
gst_mobilenet_meta_iterate (GstBuffer *buffer, gpointer *state);

G_END_DECLS

#endif /* GST_MOBILENET_META_H */
