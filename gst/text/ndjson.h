/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Results as JSON, one object a line; ndjson.schema.json says what is in
 * them. */

#ifndef GST_MOBILENET_NDJSON_H
#define GST_MOBILENET_NDJSON_H

#include "gst/meta/result.h"

G_BEGIN_DECLS

/* The moment of the frame that was classified, in ns; NONE: not known. */
typedef struct
{
  GstClockTime pts;
  GstClockTime running_time;
  GstClockTime stream_time;
  GstClockTime utc; /* since 1970 */
} GstMobilenetMoment;

/* Appends a string with its quotes. NULL: null. Bytes that are not UTF-8
 * become U+FFFD. */
void gst_mobilenet_json_string (GString *out, const gchar *string);

/* Appends a number that reads back as the same float; what JSON has no word
 * for becomes null. */
void gst_mobilenet_json_number (GString *out, gdouble number);

/* Appends a time of day as a string in RFC 3339, UTC with microseconds;
 * NONE, or past the year 9999: null. */
void gst_mobilenet_json_utc (GString *out, GstClockTime time);

/* Appends the line of one result, with its line feed. */
void gst_mobilenet_ndjson_line (GString *out, const GstMobilenetResult *result,
    const GstMobilenetMoment *moment);

G_END_DECLS

#endif /* GST_MOBILENET_NDJSON_H */
