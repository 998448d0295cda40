/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties of `mobilenettext`. Whoever holds them locks. */

#ifndef GST_MOBILENET_TEXT_PROPS_H
#define GST_MOBILENET_TEXT_PROPS_H

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  guint top_k; /* 0: one in text, all in NDJSON */
  gfloat threshold;
  gchar *line_format;
  guint64 max_interval;
  gboolean use_gaps;
  gboolean empty_results;
  gboolean repeat_results;
} GstMobilenetTextProps;

void gst_mobilenet_text_props_install (GObjectClass *class);

void gst_mobilenet_text_props_init (GstMobilenetTextProps *props);
void gst_mobilenet_text_props_clear (GstMobilenetTextProps *props);

/* FALSE: no such property. */
gboolean gst_mobilenet_text_props_set (GstMobilenetTextProps *props, guint id,
    const GValue *value);
gboolean gst_mobilenet_text_props_get (const GstMobilenetTextProps *props,
    guint id, GValue *value);

G_END_DECLS

#endif /* GST_MOBILENET_TEXT_PROPS_H */
