/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/video/formats.h"

#include "gst/video/desc.h"

/* Read where they lie. A plane of alpha is left out, it is the last one. */
typedef struct
{
  GstVideoFormat gst;
  MnFormat mn;
} Direct;

static const Direct usual[] = {
  {GST_VIDEO_FORMAT_NV12, MN_FORMAT_NV12},
  {GST_VIDEO_FORMAT_NV21, MN_FORMAT_NV21},
  {GST_VIDEO_FORMAT_I420, MN_FORMAT_I420},
  {GST_VIDEO_FORMAT_YV12, MN_FORMAT_I420},
  {GST_VIDEO_FORMAT_YUY2, MN_FORMAT_YUY2},
  {GST_VIDEO_FORMAT_UYVY, MN_FORMAT_UYVY},
  {GST_VIDEO_FORMAT_RGB, MN_FORMAT_RGB},
  {GST_VIDEO_FORMAT_BGR, MN_FORMAT_BGR},
  {GST_VIDEO_FORMAT_RGBA, MN_FORMAT_RGBX},
  {GST_VIDEO_FORMAT_BGRA, MN_FORMAT_BGRX},
  {GST_VIDEO_FORMAT_RGBx, MN_FORMAT_RGBX},
  {GST_VIDEO_FORMAT_BGRx, MN_FORMAT_BGRX},
  {GST_VIDEO_FORMAT_GRAY8, MN_FORMAT_GRAY8},
  {GST_VIDEO_FORMAT_P010_10LE, MN_FORMAT_P010_LE},
  {GST_VIDEO_FORMAT_I420_10LE, MN_FORMAT_I420_10LE},
  {GST_VIDEO_FORMAT_I422_10LE, MN_FORMAT_I422_10LE},
  {GST_VIDEO_FORMAT_Y444_10LE, MN_FORMAT_Y444_10LE},
  {GST_VIDEO_FORMAT_P010_10BE, MN_FORMAT_P010_BE},
  {GST_VIDEO_FORMAT_I420_10BE, MN_FORMAT_I420_10BE},
  {GST_VIDEO_FORMAT_YVYU, MN_FORMAT_YVYU},
  {GST_VIDEO_FORMAT_NV16, MN_FORMAT_NV16},
  {GST_VIDEO_FORMAT_NV24, MN_FORMAT_NV24},
  {GST_VIDEO_FORMAT_Y42B, MN_FORMAT_Y42B},
  {GST_VIDEO_FORMAT_Y444, MN_FORMAT_Y444},
  {GST_VIDEO_FORMAT_ARGB, MN_FORMAT_XRGB},
  {GST_VIDEO_FORMAT_ABGR, MN_FORMAT_XBGR},
  {GST_VIDEO_FORMAT_xRGB, MN_FORMAT_XRGB},
  {GST_VIDEO_FORMAT_xBGR, MN_FORMAT_XBGR},
  {GST_VIDEO_FORMAT_GRAY16_LE, MN_FORMAT_GRAY16_LE},
  {GST_VIDEO_FORMAT_NV12_4L4, MN_FORMAT_NV12_4L4},
  {GST_VIDEO_FORMAT_NV12_32L32, MN_FORMAT_NV12_32L32},
  {GST_VIDEO_FORMAT_NV12_64Z32, MN_FORMAT_NV12_64Z32},
};

/* More bytes a pixel, or a sign that something went wrong: what can give
 * anything should not give these. */
static const Direct unusual[] = {
  {GST_VIDEO_FORMAT_NV61, MN_FORMAT_NV61},
  {GST_VIDEO_FORMAT_Y41B, MN_FORMAT_Y41B},
  {GST_VIDEO_FORMAT_YUV9, MN_FORMAT_YUV9},
  {GST_VIDEO_FORMAT_YVU9, MN_FORMAT_YUV9},
  {GST_VIDEO_FORMAT_AYUV, MN_FORMAT_XYUV},
  {GST_VIDEO_FORMAT_VUYA, MN_FORMAT_VUYX},
  {GST_VIDEO_FORMAT_A420, MN_FORMAT_I420},
  {GST_VIDEO_FORMAT_AV12, MN_FORMAT_NV12},
  {GST_VIDEO_FORMAT_GBR, MN_FORMAT_RGBP},
  {GST_VIDEO_FORMAT_GBRA, MN_FORMAT_RGBP},
  {GST_VIDEO_FORMAT_RGBP, MN_FORMAT_RGBP},
  {GST_VIDEO_FORMAT_BGRP, MN_FORMAT_RGBP},
  {GST_VIDEO_FORMAT_A420_10LE, MN_FORMAT_I420_10LE},
  {GST_VIDEO_FORMAT_A422_10LE, MN_FORMAT_I422_10LE},
  {GST_VIDEO_FORMAT_A444_10LE, MN_FORMAT_Y444_10LE},
  {GST_VIDEO_FORMAT_P012_LE, MN_FORMAT_P012_LE},
  {GST_VIDEO_FORMAT_P016_LE, MN_FORMAT_P016_LE},
  {GST_VIDEO_FORMAT_I420_12LE, MN_FORMAT_I420_12LE},
  {GST_VIDEO_FORMAT_I422_12LE, MN_FORMAT_I422_12LE},
  {GST_VIDEO_FORMAT_Y444_12LE, MN_FORMAT_Y444_12LE},
  {GST_VIDEO_FORMAT_Y444_16LE, MN_FORMAT_Y444_16LE},
  {GST_VIDEO_FORMAT_GRAY16_BE, MN_FORMAT_GRAY16_BE},
  {GST_VIDEO_FORMAT_ARGB64_LE, MN_FORMAT_XRGB64_LE},
};

gboolean
gst_mobilenet_format_find (const GstVideoFormatInfo *finfo, MnFormat *format,
    const GstMobilenetLayout **layout)
{
  GstVideoFormat wanted = GST_VIDEO_FORMAT_INFO_FORMAT (finfo);
  guint i;

  *layout = NULL;
  for (i = 0; i < G_N_ELEMENTS (usual); i++) {
    *format = usual[i].mn;
    if (usual[i].gst == wanted)
      return TRUE;
  }
  for (i = 0; i < G_N_ELEMENTS (unusual); i++) {
    *format = unusual[i].mn;
    if (unusual[i].gst == wanted)
      return TRUE;
  }
  *layout = gst_mobilenet_unpack_find (finfo);
  if (*layout)
    *format = (*layout)->format;
  return *layout != NULL;
}

/* ---- caps ------------------------------------------------------------ */

/* Appends a format that can be read, unless it is there. draw: and written. */
static void
add_format (GArray *formats, GstVideoFormat format, gboolean draw)
{
  const GstVideoFormatInfo *finfo = gst_video_format_get_info (format);
  const GstMobilenetLayout *layout;
  MnFormat mn;
  guint i;

  if (!finfo || !gst_mobilenet_format_find (finfo, &mn, &layout)
      || (draw && !finfo->pack_func))
    return;
  for (i = 0; i < formats->len; i++) {
    if (g_array_index (formats, GstVideoFormat, i) == format)
      return;
  }
  g_array_append_val (formats, format);
}

/* In the order of what they cost. */
static GArray *
list_formats (gboolean draw)
{
  GArray *formats = g_array_new (FALSE, FALSE, sizeof (GstVideoFormat));
  GEnumClass *all = g_type_class_ref (GST_TYPE_VIDEO_FORMAT);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (usual); i++)
    add_format (formats, usual[i].gst, draw);
  for (i = 0; i < G_N_ELEMENTS (unusual); i++)
    add_format (formats, unusual[i].gst, draw);
  /* Not all are in GST_VIDEO_FORMATS_ALL. The first are no formats. */
  for (i = 0; i < all->n_values; i++) {
    if (all->values[i].value > GST_VIDEO_FORMAT_ENCODED)
      add_format (formats, all->values[i].value, draw);
  }
  g_type_class_unref (all);
  return formats;
}

static GstCaps *
make_caps (const GArray *formats, GstCapsFeatures *features)
{
  return gst_video_make_raw_caps_with_features ((const GstVideoFormat
                                                        *) (gpointer)
                                                    formats->data,
      formats->len, features);
}

static GstCaps *
make_plain_caps (const GArray *formats)
{
  GstCaps *caps = make_caps (formats, NULL);

  gst_caps_append (caps,
      make_caps (formats,
          gst_caps_features_new (GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY,
              GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION, NULL)));
  return caps;
}

#if GST_CHECK_VERSION(1, 24, 0)
#define DRM_CAPS \
  "video/x-raw(memory:DMABuf), format=DMA_DRM, " \
  "drm-format={ NV12, NV21, YU12, YV12, YUYV, UYVY, YVYU, BG24, RG24, " \
  "AB24, AR24, XB24, XR24, BA24, RA24, BX24, RX24, P010, NV16, NV24, " \
  "YU16, YU24 }, width=" GST_VIDEO_SIZE_RANGE ", height=" GST_VIDEO_SIZE_RANGE \
  ", framerate=" GST_VIDEO_FPS_RANGE
#endif

static GArray *
list_usual (void)
{
  GArray *formats = g_array_new (FALSE, FALSE, sizeof (GstVideoFormat));
  guint i;

  for (i = 0; i < G_N_ELEMENTS (usual); i++)
    g_array_append_val (formats, usual[i].gst);
  return formats;
}

/* Textures, which are downloaded when they are mapped. */
static void
append_textures (GstCaps *caps)
{
  g_autoptr (GArray) formats = list_usual ();

  gst_caps_append (caps,
      make_caps (formats,
          gst_caps_features_new (GST_MOBILENET_FEATURE_GL, NULL)));
  gst_caps_append (caps,
      make_caps (formats,
          gst_caps_features_new (GST_MOBILENET_FEATURE_GL,
              GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION, NULL)));
}

GstCaps *
gst_mobilenet_formats_read_caps (void)
{
  g_autoptr (GArray) formats = list_formats (FALSE);
  GstCaps *caps = make_plain_caps (formats);
  GstCaps *fields = make_caps (formats,
      gst_caps_features_new (GST_CAPS_FEATURE_FORMAT_INTERLACED, NULL));

  gst_caps_set_simple (fields, "interlace-mode", G_TYPE_STRING, "alternate",
      NULL);
  gst_caps_append (caps, fields);
#ifdef DRM_CAPS
  gst_caps_append (caps, gst_caps_from_string (DRM_CAPS));
#endif
  append_textures (caps);
  return caps;
}

GstCaps *
gst_mobilenet_formats_draw_caps (void)
{
  g_autoptr (GArray) formats = list_formats (TRUE);

  return make_plain_caps (formats);
}

static GstCaps *
make_usual_caps (void)
{
  g_autoptr (GArray) formats = list_usual ();

  return make_caps (formats, gst_caps_features_new_any ());
}

void
gst_mobilenet_formats_sort_answer (GstQuery *query)
{
  g_autoptr (GstCaps) first = NULL;
  GstCaps *answer, *sorted;

  gst_query_parse_caps_result (query, &answer);
  if (!answer || gst_caps_is_any (answer) || gst_caps_is_empty (answer)
      || gst_caps_is_fixed (answer))
    return;
  first = make_usual_caps ();
  sorted = gst_caps_intersect_full (answer, first, GST_CAPS_INTERSECT_FIRST);
  sorted = gst_caps_merge (sorted, gst_caps_ref (answer));
  gst_query_set_caps_result (query, sorted);
  gst_caps_unref (sorted);
}

/* ---- refusals -------------------------------------------------------- */

static gboolean
is_in_system_memory (const GstCapsFeatures *features)
{
  guint i, n = features ? gst_caps_features_get_size (features) : 0;

  for (i = 0; i < n; i++) {
    const gchar *feature = gst_caps_features_get_nth (features, i);

    if (g_str_has_prefix (feature, "memory:")
        && !g_str_equal (feature, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY))
      return FALSE;
  }
  return TRUE;
}

static void
post_refusal (GstElement *element, const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_size (caps) > 0
      ? gst_caps_get_structure (caps, 0)
      : NULL;
  GstCapsFeatures *features = s ? gst_caps_get_features (caps, 0) : NULL;
  const gchar *format = s ? gst_structure_get_string (s, "format") : NULL;
  GstElementFactory *factory = gst_element_get_factory (element);
  const gchar *name = factory ? GST_OBJECT_NAME (factory)
                              : GST_OBJECT_NAME (element);
  g_autofree gchar *where = features ? gst_caps_features_to_string (features)
                                     : NULL;

  if (!s || !gst_structure_has_name (s, "video/x-raw"))
    GST_ELEMENT_ERROR (element, STREAM, WRONG_TYPE,
        ("%s takes raw video, not %s: put a decoder (decodebin) and "
         "videoconvert in front of it",
            name, s ? gst_structure_get_name (s) : "this"),
        ("caps %" GST_PTR_FORMAT, caps));
  else if (gst_mobilenet_caps_are_external (caps))
    GST_ELEMENT_ERROR (element, STREAM, FORMAT,
        ("%s cannot read external textures (%s): put glcolorconvert, "
         "gldownload and videoconvert in front of it",
            name, where),
        ("caps %" GST_PTR_FORMAT, caps));
  else if (!is_in_system_memory (features))
    GST_ELEMENT_ERROR (element, STREAM, FORMAT,
        ("%s cannot read %s frames that lie in %s: put an element that "
         "brings them into system memory (such as gldownload) and "
         "videoconvert in front of it",
            name, format ? format : "raw", where),
        ("caps %" GST_PTR_FORMAT, caps));
  else
    GST_ELEMENT_ERROR (element, STREAM, FORMAT,
        ("%s cannot read raw video of the format %s with these caps: put "
         "videoconvert in front of it",
            name, format ? format : "(none)"),
        ("caps %" GST_PTR_FORMAT, caps));
}

/* The last caps that the element refused: they come again with each buffer.
 * The streaming thread's. */
static GQuark
refused_quark (void)
{
  return g_quark_from_static_string ("mobilenet-refused-caps");
}

void
gst_mobilenet_formats_refuse (GstElement *element, const GstCaps *caps)
{
  GstCaps *last = g_object_get_qdata (G_OBJECT (element), refused_quark ());

  if (last && gst_caps_is_equal (last, caps))
    return;
  g_object_set_qdata_full (G_OBJECT (element), refused_quark (),
      gst_caps_copy (caps), (GDestroyNotify) gst_caps_unref);
  post_refusal (element, caps);
}

static GstPadProbeReturn
look_at_event (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GstCaps) taken = NULL;
  GstCaps *caps, *last;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS
      && GST_EVENT_TYPE (event) != GST_EVENT_STREAM_START)
    return GST_PAD_PROBE_OK;
  element = gst_pad_get_parent_element (pad);
  if (element && GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    g_object_set_qdata (G_OBJECT (element), refused_quark (), NULL);
  if (!element || GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  last = g_object_get_qdata (G_OBJECT (element), refused_quark ());
  taken = gst_pad_get_pad_template_caps (pad);
  if (!gst_caps_is_subset (caps, taken))
    gst_mobilenet_formats_refuse (element, caps);
  else if (last && !gst_caps_is_equal (last, caps))
    g_object_set_qdata (G_OBJECT (element), refused_quark (), NULL);
  return GST_PAD_PROBE_OK;
}

/* The pad itself refuses them before its event function is asked. */
void
gst_mobilenet_formats_explain (GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, look_at_event,
      NULL, NULL);
}
