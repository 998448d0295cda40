/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Caps strings: media type, features in parentheses, then fields
 * name=(type)value with values that may stand in quotes, brackets or
 * braces. Colorimetry is a name or range:matrix:transfer:primaries, in the
 * numbers of GstVideoColorRange and GstVideoColorMatrix. */

#include "tools/caps.h"

#include "engine/preprocess/formats.h"

#include <string.h>

static const struct
{
  const gchar *name;
  MnFormat format;
} formats[] = {
  {"NV12", MN_FORMAT_NV12},
  {"NV21", MN_FORMAT_NV21},
  {"I420", MN_FORMAT_I420},
  {"YV12", MN_FORMAT_I420},
  {"YUY2", MN_FORMAT_YUY2},
  {"UYVY", MN_FORMAT_UYVY},
  {"RGB", MN_FORMAT_RGB},
  {"BGR", MN_FORMAT_BGR},
  {"RGBA", MN_FORMAT_RGBX},
  {"RGBx", MN_FORMAT_RGBX},
  {"BGRA", MN_FORMAT_BGRX},
  {"BGRx", MN_FORMAT_BGRX},
  {"GRAY8", MN_FORMAT_GRAY8},
  {"xRGB", MN_FORMAT_XRGB},
  {"ARGB", MN_FORMAT_XRGB},
  {"xBGR", MN_FORMAT_XBGR},
  {"ABGR", MN_FORMAT_XBGR},
  {"YVYU", MN_FORMAT_YVYU},
  {"NV16", MN_FORMAT_NV16},
  {"NV24", MN_FORMAT_NV24},
  {"Y42B", MN_FORMAT_Y42B},
  {"Y444", MN_FORMAT_Y444},
  {"P010_10LE", MN_FORMAT_P010_LE},
  {"P010_10BE", MN_FORMAT_P010_BE},
  {"I420_10LE", MN_FORMAT_I420_10LE},
  {"I420_10BE", MN_FORMAT_I420_10BE},
  {"I422_10LE", MN_FORMAT_I422_10LE},
  {"Y444_10LE", MN_FORMAT_Y444_10LE},
  {"GRAY16_LE", MN_FORMAT_GRAY16_LE},
};

typedef enum
{
  RANGE_UNKNOWN = 0,
  RANGE_FULL = 1,
  RANGE_LIMITED = 2
} Range;

/* GstVideoColorMatrix. */
#define MATRIX_RGB 1
#define MATRIX_BT601 4

static const struct
{
  const gchar *name;
  guint range, matrix;
} colorimetries[] = {
  {"bt601", RANGE_LIMITED, 4},
  {"bt709", RANGE_LIMITED, 3},
  {"smpte240m", RANGE_LIMITED, 5},
  {"sRGB", RANGE_FULL, MATRIX_RGB},
  {"bt2020", RANGE_LIMITED, 6},
  {"bt2020-10", RANGE_LIMITED, 6},
  {"bt2100-pq", RANGE_LIMITED, 6},
  {"bt2100-hlg", RANGE_LIMITED, 6},
};

static const struct
{
  const gchar *name;
  guint site;
} sites[] = {
  {"jpeg", MN_SITE_CENTRE},
  {"none", MN_SITE_CENTRE},
  {"mpeg2", MN_SITE_H_COSITED},
  {"h-cosited", MN_SITE_H_COSITED},
  {"v-cosited", MN_SITE_V_COSITED},
  {"cosited", MN_SITE_H_COSITED | MN_SITE_V_COSITED},
  {"alt-line", MN_SITE_CENTRE},
  {"dv", MN_SITE_H_COSITED | MN_SITE_V_COSITED},
};

static gboolean
fail (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const gchar *format, ...)
{
  g_autofree gchar *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MN_ERROR, MN_ERROR_ARGUMENT, "caps: %s", reason);
  return FALSE;
}

/* Where the item that starts at p ends: the next comma outside quotes and
 * brackets, or the end of the text; NULL: something stays open. */
static const gchar *
item_end (const gchar *p)
{
  gboolean quoted = FALSE;
  guint depth = 0;

  for (; *p; p++) {
    if (quoted && *p == '\\' && p[1])
      p++;
    else if (*p == '"')
      quoted = !quoted;
    else if (quoted)
      continue;
    else if (strchr ("([{<", *p))
      depth++;
    else if (strchr (")]}>", *p) && depth > 0)
      depth--;
    else if ((*p == ',' || *p == ';') && depth == 0)
      break;
  }
  return quoted || depth ? NULL : p;
}

/* A value without its type, its quotes and blanks around it. */
static gchar *
clean_value (const gchar *text)
{
  g_autofree gchar *value = g_strstrip (g_strdup (text));
  gsize length;
  gchar *start = value;

  if (*start == '(' && strchr (start, ')'))
    start = g_strchug (strchr (start, ')') + 1);
  length = strlen (start);
  if (length >= 2 && *start == '"' && start[length - 1] == '"') {
    g_autofree gchar *inside = g_strndup (start + 1, length - 2);

    return g_strcompress (inside);
  }
  return g_strdup (start);
}

static gboolean
add_field (GHashTable *fields, const gchar *item, GError **error)
{
  const gchar *equals = strchr (item, '=');
  gchar *name;

  if (!equals)
    return fail (error, "\"%s\" is not of the form name=value", item);
  name = g_strstrip (g_strndup (item, equals - item));
  g_hash_table_replace (fields, name, clean_value (equals + 1));
  return TRUE;
}

static gboolean
check_media_type (const gchar *text, GError **error)
{
  const gchar *type = "video/x-raw";
  g_autofree gchar *copy = g_strstrip (g_strdup (text));
  const gchar *rest = copy + strlen (type);

  if (!g_str_has_prefix (copy, type) || (*rest && *rest != '('))
    return fail (error, "\"%s\" is not %s", copy, type);
  if (*rest && !g_str_equal (rest, "(memory:SystemMemory)"))
    return fail (error, "%s: only frames in system memory lie in a file", rest);
  return TRUE;
}

/* name -> value of all fields; NULL on an error. */
static GHashTable *
split_caps (const gchar *caps, GError **error)
{
  g_autoptr (GHashTable)
      fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const gchar *p = caps;
  gboolean first = TRUE;

  for (;; first = FALSE) {
    const gchar *end = item_end (p);
    g_autofree gchar *item = NULL;

    if (!end) {
      fail (error, "a quote or bracket is not closed in \"%s\"", caps);
      return NULL;
    }
    item = g_strstrip (g_strndup (p, end - p));
    if (first ? !check_media_type (item, error)
              : *item && !add_field (fields, item, error))
      return NULL;
    if (*end == ';' && end[1 + strspn (end + 1, " ")] != '\0') {
      fail (error, "one structure expected, \"%s\" holds more", caps);
      return NULL;
    }
    if (*end != ',')
      break;
    p = end + 1;
  }
  return g_steal_pointer (&fields);
}

static gboolean
get_size (GHashTable *fields, const gchar *name, guint *value, GError **error)
{
  const gchar *text = g_hash_table_lookup (fields, name);
  guint64 number;

  if (!text)
    return fail (error, "no %s given", name);
  if (!g_ascii_string_to_unsigned (text, 10, 1, 32768, &number, NULL))
    return fail (error, "%s=%s is not a number from 1 to 32768", name, text);
  *value = (guint) number;
  return TRUE;
}

static gboolean
get_format (GHashTable *fields, MnRawFrame *frame, gboolean *swap,
    GError **error)
{
  const gchar *text = g_hash_table_lookup (fields, "format");
  g_autoptr (GString) known = g_string_new (NULL);
  guint i;

  if (!text)
    return fail (error, "no format given");
  for (i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_string_append_printf (known, i ? ", %s" : "%s", formats[i].name);
    if (g_str_equal (text, formats[i].name)) {
      frame->desc.format = formats[i].format;
      *swap = g_str_equal (text, "YV12");
      return TRUE;
    }
  }
  return fail (error, "format=%s is not one of %s", text, known->str);
}

static gboolean
get_pixel_aspect_ratio (GHashTable *fields, MnFrameDesc *desc, GError **error)
{
  const gchar *text = g_hash_table_lookup (fields, "pixel-aspect-ratio");
  g_auto (GStrv) parts = NULL;
  guint64 n, d = 1;

  desc->par_n = desc->par_d = 1;
  if (!text)
    return TRUE;
  parts = g_strsplit (text, "/", 2);
  if (!parts[0]
      || !g_ascii_string_to_unsigned (parts[0], 10, 1, G_MAXINT32, &n, NULL)
      || (parts[1]
          && !g_ascii_string_to_unsigned (parts[1], 10, 1, G_MAXINT32, &d,
              NULL)))
    return fail (error, "pixel-aspect-ratio=%s is not a fraction above 0",
        text);
  desc->par_n = (guint) n;
  desc->par_d = (guint) d;
  return TRUE;
}

/* ---- colour ---------------------------------------------------------- */

static gboolean
is_yuv (MnFormat format)
{
  return mn_format_get_info (format)->kind == MN_COLOUR_YUV;
}

static gboolean
parse_colorimetry (const gchar *text, guint *range, guint *matrix)
{
  g_auto (GStrv) parts = NULL;
  guint64 numbers[4];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (colorimetries); i++) {
    if (g_str_equal (text, colorimetries[i].name)) {
      *range = colorimetries[i].range;
      *matrix = colorimetries[i].matrix;
      return TRUE;
    }
  }
  parts = g_strsplit (text, ":", -1);
  if (g_strv_length (parts) != 4)
    return FALSE;
  for (i = 0; i < 4; i++) {
    if (!g_ascii_string_to_unsigned (parts[i], 10, 0, 255, &numbers[i], NULL))
      return FALSE;
  }
  *range = (guint) numbers[0];
  *matrix = (guint) numbers[1];
  return TRUE;
}

static MnMatrix
matrix_of (guint matrix, guint height)
{
  static const MnMatrix known[] = {MN_MATRIX_FCC, MN_MATRIX_BT709,
    MN_MATRIX_BT601, MN_MATRIX_SMPTE240M, MN_MATRIX_BT2020};

  if (matrix >= 2 && matrix < 2 + G_N_ELEMENTS (known))
    return known[matrix - 2];
  return height > 576 ? MN_MATRIX_BT709 : MN_MATRIX_BT601;
}

static gboolean
get_colour (GHashTable *fields, MnFrameDesc *desc, GError **error)
{
  const gchar *text = g_hash_table_lookup (fields, "colorimetry");
  gboolean yuv = is_yuv (desc->format);
  gboolean grey = mn_format_get_info (desc->format)->kind == MN_COLOUR_GREY;
  guint range = RANGE_UNKNOWN, matrix = 0;

  if (text && !parse_colorimetry (text, &range, &matrix))
    return fail (error,
        "colorimetry=%s is neither a known name nor four "
        "numbers range:matrix:transfer:primaries",
        text);
  /* A YUV picture with the matrix of RGB, or with none: as if the caps said
   * nothing about it. */
  if (yuv && matrix <= MATRIX_RGB) {
    range = RANGE_UNKNOWN;
    text = NULL;
  }
  if (grey && !matrix)
    matrix = MATRIX_BT601;
  desc->matrix = matrix_of (matrix, desc->height);
  desc->full_range = range == RANGE_FULL || (range == RANGE_UNKNOWN && !yuv);
  if (yuv)
    desc->chroma_site = desc->full_range || (!text && desc->height <= 576)
        ? MN_SITE_CENTRE
        : MN_SITE_H_COSITED;
  return TRUE;
}

static gboolean
get_chroma_site (GHashTable *fields, MnFrameDesc *desc, GError **error)
{
  const gchar *text = g_hash_table_lookup (fields, "chroma-site");
  guint i;

  if (!text || !is_yuv (desc->format))
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (sites); i++) {
    if (g_str_equal (text, sites[i].name)) {
      desc->chroma_site = sites[i].site;
      return TRUE;
    }
  }
  return fail (error, "chroma-site=%s is not known", text);
}

/* ---- planes ---------------------------------------------------------- */

static gsize
round_up (gsize value, gsize to)
{
  return (value + to - 1) / to * to;
}

/* Chroma planes cover whole groups of pixels, and luma as many rows; of
 * I422_10LE, too, there is an even number of rows. */
static void
set_layout (MnRawFrame *frame, gboolean swap)
{
  const MnFormatInfo *info = mn_format_get_info (frame->desc.format);
  gboolean even = info->chroma_y_shift > 0
      || frame->desc.format == MN_FORMAT_I422_10LE;
  gsize rows = round_up (frame->desc.height, even ? 2 : 1);
  guint i;

  frame->n_planes = info->n_planes;
  for (i = 0; i < info->n_planes; i++) {
    guint p = swap && i > 0 ? info->n_planes - i : i;

    frame->stride[p] = round_up (mn_plane_row_bytes (&info->planes[p],
                                     frame->desc.width),
        4);
    frame->offset[p] = frame->size;
    frame->size += frame->stride[p] * (rows >> info->planes[p].y_shift);
  }
}

gboolean
mn_caps_parse (const gchar *caps, MnRawFrame *frame, GError **error)
{
  g_autoptr (GHashTable) fields = split_caps (caps, error);
  gboolean swap = FALSE;

  memset (frame, 0, sizeof (*frame));
  if (!fields || !get_format (fields, frame, &swap, error)
      || !get_size (fields, "width", &frame->desc.width, error)
      || !get_size (fields, "height", &frame->desc.height, error)
      || !get_pixel_aspect_ratio (fields, &frame->desc, error)
      || !get_colour (fields, &frame->desc, error)
      || !get_chroma_site (fields, &frame->desc, error))
    return FALSE;
  set_layout (frame, swap);
  return TRUE;
}

void
mn_raw_frame_set_planes (const MnRawFrame *frame, const guint8 *data,
    MnPlane planes[MN_MAX_PLANES])
{
  guint i;

  for (i = 0; i < frame->n_planes; i++) {
    planes[i].data = data + frame->offset[i];
    planes[i].stride = (gssize) frame->stride[i];
    planes[i].size = frame->size - frame->offset[i];
    planes[i].offset = 0;
  }
}
