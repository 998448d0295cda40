/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/props.h"

#include "gst/base/params.h"
#include "gst/text/labeltext.h"

#define DEFAULT_LINE_FORMAT "{label}"

#define KEPT_IN(member) \
  .flags = GST_MOBILENET_ANY_TIME, \
  .value = G_STRUCT_OFFSET (GstMobilenetTextProps, member)

static gchar *
keep_line_format (const gchar *text)
{
  return text ? g_utf8_make_valid (text, -1) : g_strdup (DEFAULT_LINE_FORMAT);
}

static const GstMobilenetParam params[] = {
  {"top-k", "Top k",
    "How many classes of a result are told at most (0: one in text, "
    "all of them in NDJSON)",
    GST_MOBILENET_UINT (0, G_MAXINT, 0), KEPT_IN (top_k)},
  {"threshold", "Threshold", "From what confidence on a class is told",
    GST_MOBILENET_FLOAT (0.0f, 1.0f, 0.0f), KEPT_IN (threshold)},
  {"line-format", "Line format",
    "The line of a class in text; replaced are " GST_MOBILENET_LABELTEXT_WORDS,
    GST_MOBILENET_STRING (DEFAULT_LINE_FORMAT), .keep = keep_line_format,
    KEPT_IN (line_format)},
  {"max-interval", "Maximal interval",
    "Text: ns that a buffer lasts at most where it can be given when "
    "it is over, as to sinks; muxers and overlays get one a frame, "
    "mp4mux one a scene; 0: one a scene for all of them, which makes "
    "muxers wait for it",
    GST_MOBILENET_UINT64 (0, G_MAXINT64, 500 * GST_MSECOND),
    KEPT_IN (max_interval)},
  {"use-gaps", "Use gaps",
    "Text: say with gap events where there is none, instead of with "
    "empty buffers, also to consumers not known to take them",
    GST_MOBILENET_BOOLEAN (FALSE), KEPT_IN (use_gaps)},
  {"empty-results", "Empty results",
    "NDJSON: a line also for a result without a class",
    GST_MOBILENET_BOOLEAN (FALSE), KEPT_IN (empty_results)},
  {"repeat-results", "Repeat results",
    "NDJSON: a line also for each further frame that carries the same "
    "result",
    GST_MOBILENET_BOOLEAN (FALSE), KEPT_IN (repeat_results)},
};

void
gst_mobilenet_text_props_install (GObjectClass *class)
{
  gst_mobilenet_params_install (params, G_N_ELEMENTS (params), class);
}

void
gst_mobilenet_text_props_init (GstMobilenetTextProps *props)
{
  gst_mobilenet_params_init (params, G_N_ELEMENTS (params), props);
}

void
gst_mobilenet_text_props_clear (GstMobilenetTextProps *props)
{
  gst_mobilenet_params_clear (params, G_N_ELEMENTS (params), props);
}

gboolean
gst_mobilenet_text_props_set (GstMobilenetTextProps *props, guint id,
    const GValue *value)
{
  return gst_mobilenet_params_set (params, G_N_ELEMENTS (params), props, id,
      value);
}

gboolean
gst_mobilenet_text_props_get (const GstMobilenetTextProps *props, guint id,
    GValue *value)
{
  return gst_mobilenet_params_get (params, G_N_ELEMENTS (params), props, id,
      value);
}
