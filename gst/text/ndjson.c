/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/text/ndjson.h"

#include <math.h>
#include <string.h>

static void
append_escape (GString *out, guchar c)
{
  static const gchar plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
  const gchar *known = strchr (plain, c);

  if (known)
    g_string_append_printf (out, "\\%c", letters[known - plain]);
  else
    g_string_append_printf (out, "\\u%04x", c);
}

void
gst_mobilenet_json_string (GString *out, const gchar *string)
{
  g_autofree gchar *valid = NULL;
  const gchar *p, *start;

  if (!string) {
    g_string_append (out, "null");
    return;
  }
  if (!g_utf8_validate (string, -1, NULL))
    string = valid = g_utf8_make_valid (string, -1);
  g_string_append_c (out, '"');
  for (p = start = string; *p; p++) {
    guchar c = *p;

    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
      continue;
    g_string_append_len (out, start, p - start);
    append_escape (out, c);
    start = p + 1;
  }
  g_string_append_len (out, start, p - start);
  g_string_append_c (out, '"');
}

void
gst_mobilenet_json_number (GString *out, gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (number))
    g_string_append (out,
        g_ascii_formatd (text, sizeof (text), "%.9g", number));
  else
    g_string_append (out, "null");
}

static void
append_time (GString *out, GstClockTime time)
{
  if (GST_CLOCK_TIME_IS_VALID (time))
    g_string_append_printf (out, "%" G_GUINT64_FORMAT, time);
  else
    g_string_append (out, "null");
}

void
gst_mobilenet_json_utc (GString *out, GstClockTime time)
{
  g_autoptr (GDateTime) date = NULL;
  g_autofree gchar *text = NULL;

  if (GST_CLOCK_TIME_IS_VALID (time))
    date = g_date_time_new_from_unix_utc (time / GST_SECOND);
  if (!date || g_date_time_get_year (date) > 9999) {
    g_string_append (out, "null");
    return;
  }
  text = g_date_time_format (date, "%Y-%m-%dT%H:%M:%S");
  g_string_append_printf (out, "\"%s.%06uZ\"", text,
      (guint) (time % GST_SECOND / GST_USECOND));
}

static void
append_class (GString *out, const GstMobilenetScore *class)
{
  g_string_append_printf (out, "\"index\":%d,\"label\":", class->index);
  gst_mobilenet_json_string (out, class->label);
  g_string_append (out, ",\"confidence\":");
  gst_mobilenet_json_number (out, class->confidence);
}

static void
append_text (GString *out, const gchar *name, const gchar *text)
{
  g_string_append_printf (out, "\"%s\":", name);
  gst_mobilenet_json_string (out, text);
  g_string_append_c (out, ',');
}

static void
append_named_time (GString *out, const gchar *name, GstClockTime time)
{
  g_string_append_printf (out, "\"%s\":", name);
  append_time (out, time);
  g_string_append_c (out, ',');
}

void
gst_mobilenet_ndjson_line (GString *out, const GstMobilenetResult *result,
    const GstMobilenetMoment *moment)
{
  guint i;

  g_string_append_c (out, '{');
  append_named_time (out, "pts", moment->pts);
  append_named_time (out, "running_time", moment->running_time);
  append_named_time (out, "stream_time", moment->stream_time);
  g_string_append (out, "\"utc\":");
  gst_mobilenet_json_utc (out, moment->utc);
  g_string_append_c (out, ',');
  append_text (out, "element", result->element);
  append_text (out, "model", result->model);
  append_text (out, "task", result->task);
  append_text (out, "backend", result->backend);
  append_named_time (out, "latency", result->latency);
  append_named_time (out, "age", result->age);
  g_string_append_printf (out, "\"fresh\":%s,",
      result->fresh ? "true" : "false");
  append_class (out, gst_mobilenet_result_get_best (result));
  g_string_append (out, ",\"classes\":[");
  for (i = 0; i < result->n_classes; i++) {
    g_string_append (out, i > 0 ? ",{" : "{");
    append_class (out, &result->classes[i]);
    g_string_append_c (out, '}');
  }
  g_string_append (out, "]}\n");
}
