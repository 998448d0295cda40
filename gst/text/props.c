/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/props.h"

#include "gst/text/labeltext.h"

enum
{
  PROP_0,
  PROP_TOP_K,
  PROP_THRESHOLD,
  PROP_LINE_FORMAT,
  PROP_MAX_INTERVAL,
  PROP_USE_GAPS,
  PROP_EMPTY_RESULTS,
  PROP_REPEAT_RESULTS
};

#define DEFAULT_TOP_K 0
#define DEFAULT_THRESHOLD 0.0f
#define DEFAULT_LINE_FORMAT "{label}"
#define DEFAULT_MAX_INTERVAL (500 * GST_MSECOND)
#define DEFAULT_USE_GAPS FALSE
#define DEFAULT_EMPTY_RESULTS FALSE
#define DEFAULT_REPEAT_RESULTS FALSE

void
gst_mobilenet_text_props_init (GstMobilenetTextProps *props)
{
  props->top_k = DEFAULT_TOP_K;
  props->threshold = DEFAULT_THRESHOLD;
  props->max_interval = DEFAULT_MAX_INTERVAL;
  props->use_gaps = DEFAULT_USE_GAPS;
  props->empty_results = DEFAULT_EMPTY_RESULTS;
  props->repeat_results = DEFAULT_REPEAT_RESULTS;
  props->line_format = g_strdup (DEFAULT_LINE_FORMAT);
}

void
gst_mobilenet_text_props_clear (GstMobilenetTextProps *props)
{
  g_clear_pointer (&props->line_format, g_free);
}

#define ANY_TIME \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)

void
gst_mobilenet_text_props_install (GObjectClass *class)
{
  g_object_class_install_property (class, PROP_TOP_K,
      g_param_spec_uint ("top-k", "Top k",
          "How many classes of a result are told at most (0: one in text, "
          "all of them in NDJSON)",
          0, G_MAXINT, DEFAULT_TOP_K, ANY_TIME));
  g_object_class_install_property (class, PROP_THRESHOLD,
      g_param_spec_float ("threshold", "Threshold",
          "From what confidence on a class is told", 0.0f, 1.0f,
          DEFAULT_THRESHOLD, ANY_TIME));
  g_object_class_install_property (class, PROP_LINE_FORMAT,
      g_param_spec_string ("line-format", "Line format",
          "The line of a class in text; replaced "
          "are " GST_MOBILENET_LABELTEXT_WORDS,
          DEFAULT_LINE_FORMAT, ANY_TIME));
  g_object_class_install_property (class, PROP_MAX_INTERVAL,
      g_param_spec_uint64 ("max-interval", "Maximal interval",
          "Text: ns that a buffer lasts at most where it can be given when "
          "it is over, as to sinks; muxers and overlays get one a frame, "
          "mp4mux one a scene; 0: one a scene for all of them, which makes "
          "muxers wait for it",
          0, G_MAXINT64, DEFAULT_MAX_INTERVAL, ANY_TIME));
  g_object_class_install_property (class, PROP_USE_GAPS,
      g_param_spec_boolean ("use-gaps", "Use gaps",
          "Text: say with gap events where there is none, instead of with "
          "empty buffers, also to consumers not known to take them",
          DEFAULT_USE_GAPS, ANY_TIME));
  g_object_class_install_property (class, PROP_EMPTY_RESULTS,
      g_param_spec_boolean ("empty-results", "Empty results",
          "NDJSON: a line also for a result without a class",
          DEFAULT_EMPTY_RESULTS, ANY_TIME));
  g_object_class_install_property (class, PROP_REPEAT_RESULTS,
      g_param_spec_boolean ("repeat-results", "Repeat results",
          "NDJSON: a line also for each further frame that carries the same "
          "result",
          DEFAULT_REPEAT_RESULTS, ANY_TIME));
}

static void
take_line_format (GstMobilenetTextProps *props, const GValue *value)
{
  const gchar *text = g_value_get_string (value);

  g_free (props->line_format);
  props->line_format = text ? g_utf8_make_valid (text, -1)
                            : g_strdup (DEFAULT_LINE_FORMAT);
}

gboolean
gst_mobilenet_text_props_set (GstMobilenetTextProps *props, guint id,
    const GValue *value)
{
  switch (id) {
    case PROP_LINE_FORMAT:
      take_line_format (props, value);
      return TRUE;
    case PROP_TOP_K:
      props->top_k = g_value_get_uint (value);
      return TRUE;
    case PROP_THRESHOLD:
      props->threshold = g_value_get_float (value);
      return TRUE;
    case PROP_MAX_INTERVAL:
      props->max_interval = g_value_get_uint64 (value);
      return TRUE;
    case PROP_USE_GAPS:
      props->use_gaps = g_value_get_boolean (value);
      return TRUE;
    case PROP_EMPTY_RESULTS:
      props->empty_results = g_value_get_boolean (value);
      return TRUE;
    case PROP_REPEAT_RESULTS:
      props->repeat_results = g_value_get_boolean (value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_mobilenet_text_props_get (const GstMobilenetTextProps *props, guint id,
    GValue *value)
{
  switch (id) {
    case PROP_LINE_FORMAT:
      g_value_set_string (value, props->line_format);
      return TRUE;
    case PROP_TOP_K:
      g_value_set_uint (value, props->top_k);
      return TRUE;
    case PROP_THRESHOLD:
      g_value_set_float (value, props->threshold);
      return TRUE;
    case PROP_MAX_INTERVAL:
      g_value_set_uint64 (value, props->max_interval);
      return TRUE;
    case PROP_USE_GAPS:
      g_value_set_boolean (value, props->use_gaps);
      return TRUE;
    case PROP_EMPTY_RESULTS:
      g_value_set_boolean (value, props->empty_results);
      return TRUE;
    case PROP_REPEAT_RESULTS:
      g_value_set_boolean (value, props->repeat_results);
      return TRUE;
    default:
      return FALSE;
  }
}
