/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The elements in every raw format of the GStreamer that runs: results and
 * drawings are as in others, sources that can give anything give what costs
 * least, and what cannot be taken is refused in words. */

#include "tests/gst/testutil.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gst/allformats.h"
#ifdef HAVE_OVERLAY
#include "gst/overlay/blend.h"
#include "tests/gst/overlayutil.h"
#endif

/* ---- the elements ------------------------------------------------------ */

static GstCaps *
caps_new (GstVideoFormat format, gint width, gint height)
{
  return gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING,
      gst_video_format_to_string (format), "width", G_TYPE_INT, width, "height",
      G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 25, 1, NULL);
}

static gboolean
accepts (const gchar *name, GstCaps *caps)
{
  GstElement *element = gst_element_factory_make (name, NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  gboolean answer = gst_pad_query_accept_caps (pad, caps);

  gst_object_unref (pad);
  gst_object_unref (element);
  return answer;
}

GST_START_TEST (test_accepted)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;

  while (test_next_format (&format)) {
    GstCaps *caps = caps_new (format, 64, 48);

    fail_unless (accepts ("mobilenet", caps), "%s",
        gst_video_format_to_string (format));
#ifdef HAVE_OVERLAY
    fail_unless (accepts ("mobilenetoverlay", caps), "%s",
        gst_video_format_to_string (format));
#endif
    fail_unless (accepts ("mobilenettext", caps), "%s",
        gst_video_format_to_string (format));
    gst_caps_unref (caps);
  }
}

GST_END_TEST;

/* As test_frame_new; with the palette that it was packed for. */
static GstBuffer *
frame_new (const gchar *text, guint rgb)
{
  GstBuffer *buffer = test_frame_new_for_caps (text, rgb, 0);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  gconstpointer palette;
  GstVideoInfo info;
  gsize size;

  gst_video_info_from_caps (&info, caps);
  palette = gst_video_format_get_palette (GST_VIDEO_INFO_FORMAT (&info), &size);
  if (palette)
    gst_buffer_fill (buffer, info.offset[1], palette, size);
  return buffer;
}

/* A grey format has as much of all three, and a palette six steps of each. */
static void
check_answer (const GstStructure *s, const GstVideoFormatInfo *finfo, guint rgb)
{
  const GValue *classes = gst_structure_get_value (s, "classes");
  gdouble want[3], confidence;
  gint index;
  guint i;

  test_expected (GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo) ? 0x808080 : rgb, want);
  fail_unless_equals_int (gst_value_array_get_size (classes), 3);
  for (i = 0; i < 3; i++) {
    const GstStructure *class =
        gst_value_get_structure (gst_value_array_get_value (classes, i));

    gst_structure_get (class, "index", G_TYPE_INT, &index, "confidence",
        G_TYPE_DOUBLE, &confidence, NULL);
    fail_unless (fabs (confidence - want[index])
            < (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo) ? 0.1 : 0.03),
        "%s: class %d has %g, not %g", GST_VIDEO_FORMAT_INFO_NAME (finfo),
        index, confidence, want[index]);
  }
}

/* Each by itself. */
GST_START_TEST (test_classified)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));

  g_object_set (h->element, "threshold", 0.0, NULL);
  while ((finfo = test_next_format (&format))) {
    g_autofree gchar *caps = test_caps (finfo->name, 17, 13);
    GstBuffer *buffer;

    gst_harness_set_src_caps_str (h, caps);
    buffer = test_pass (h, frame_new (caps, 0xc06030));
    check_answer (test_get_result (buffer), finfo, 0xc06030);
    gst_buffer_unref (buffer);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* In the background, and from pools in which buffers are missed. */
static GstBuffer *
take_from_pool (GstBufferPool *pool, GstBuffer *frame)
{
  GstBuffer *buffer;
  GstMapInfo map;

  fail_unless_equals_int (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL),
      GST_FLOW_OK);
  gst_buffer_map (frame, &map, GST_MAP_READ);
  gst_buffer_fill (buffer, 0, map.data, map.size);
  gst_buffer_unmap (frame, &map);
  GST_BUFFER_PTS (buffer) = 0;
  gst_buffer_unref (frame);
  return buffer;
}

static void
check_latest (const GstVideoFormatInfo *finfo, gboolean scarce)
{
  g_autofree gchar *text = test_caps (finfo->name, 34, 26);
  GstBuffer *frame = frame_new (text, 0x2040e0);
  gsize size = gst_buffer_get_size (frame);
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstCaps *caps = gst_caps_from_string (text);
  GstMessage *message;
  GstHarness *h;
  GstBus *bus;

  gst_buffer_pool_config_set_params (config, caps, size, 1, scarce ? 1 : 0);
  fail_unless (gst_buffer_pool_set_config (pool, config));
  fail_unless (gst_buffer_pool_set_active (pool, TRUE));
  h = test_harness_new (test_element_new (&bus));
  gst_util_set_object_arg (G_OBJECT (h->element), "schedule", "latest");
  g_object_set (h->element, "threshold", 0.0, NULL);
  gst_harness_set_src_caps (h, caps);
  gst_buffer_unref (test_pass (h, take_from_pool (pool, frame)));
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
      GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
  check_answer (gst_message_get_structure (message), finfo, 0x2040e0);
  gst_message_unref (message);
  test_close (h, bus);
  gst_buffer_pool_set_active (pool, FALSE);
  gst_object_unref (pool);
}

GST_START_TEST (test_latest)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format)))
    check_latest (finfo, format % 2);
}

GST_END_TEST;

/* Objects may be anywhere: all is unpacked. */
GST_START_TEST (test_objects)
{
  static const gchar *const names[] = {"Y41B", "v210", "ARGB64", "RGB16"};
  g_autofree gchar *caps = test_caps (names[__i__], 200, 20);
  GstBuffer *buffer = test_frame_new_for_caps (caps, 0x3080d0, 0);
  GstVideoRegionOfInterestMeta
      *meta = gst_buffer_add_video_region_of_interest_meta (buffer, "dog", 180,
          1, 19, 18);
  GstStructure *s;
  GstBus *bus;
  GstHarness *h = test_harness_new (test_element_new (&bus));

  gst_util_set_object_arg (G_OBJECT (h->element), "region", "objects");
  g_object_set (h->element, "threshold", 0.0, NULL);
  gst_harness_set_src_caps_str (h, caps);
  buffer = test_pass (h, buffer);
  meta = gst_buffer_get_video_region_of_interest_meta_id (buffer, meta->id);
  s = gst_video_region_of_interest_meta_get_param (meta, "mobilenet");
  fail_unless (s != NULL, "%s", names[__i__]);
  fail_unless_equals_string (gst_structure_get_string (s, "label"), "blue");
  gst_buffer_unref (buffer);
  test_close (h, bus);
}

GST_END_TEST;

/* ---- negotiation ------------------------------------------------------- */

/* The first of the formats that the element would like to have. */
static void
check_first (const gchar *name)
{
  GstElement *element = gst_element_factory_make (name, NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  GstCaps *any = gst_caps_from_string ("video/x-raw, format={ AYUV64, RGB8P, "
                                       "v210, ARGB64, NV12, Y41B }, "
                                       "width=64, height=48, framerate=25/1");
  GstCaps *caps = gst_pad_query_caps (pad, any);
  GstStructure *s;

  fail_unless (gst_caps_is_subset (any, caps));
  s = gst_caps_get_structure (caps, 0);
  gst_structure_fixate_field (s, "format");
  fail_unless_equals_string (gst_structure_get_string (s, "format"), "NV12");
  gst_caps_unref (any);
  gst_caps_unref (caps);
  gst_object_unref (pad);
  gst_object_unref (element);
}

GST_START_TEST (test_first)
{
  check_first ("mobilenet");
#ifdef HAVE_OVERLAY
  check_first ("mobilenetoverlay");
#endif
}

GST_END_TEST;

static const struct
{
  const gchar *caps, *says;
  gboolean text_takes;
} refused[] = {
  {"video/x-raw(memory:GLMemory), format=RGBA, width=64, height=48, "
   "framerate=25/1",
    "memory:GLMemory", TRUE},
  {"video/x-raw, format=ENCODED, width=64, height=48, framerate=25/1",
    "ENCODED", TRUE},
  {"video/x-raw, format=NEWEST, width=64, height=48, framerate=25/1", "NEWEST",
    TRUE},
  {"video/x-raw(memory:DMABuf), format=DMA_DRM, width=64, height=48, "
   "drm-format=NV12:0x0100000000000002, framerate=25/1",
    "memory:DMABuf", TRUE},
  {"video/x-raw, width=64, height=48, framerate=25/1", "(none)", TRUE},
  {"image/jpeg, width=64, height=48, framerate=25/1", "image/jpeg", FALSE},
};

/* Asking does no harm; an event that brings such caps does. */
static void
check_refused (const gchar *name, guint i)
{
  GstBus *bus = NULL;
  GstElement *element = g_str_equal (name, "mobilenet")
      ? test_element_new (&bus)
      : gst_element_factory_make (name, NULL);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  GstCaps *caps = gst_caps_from_string (refused[i].caps);
  g_autoptr (GError) error = NULL;
  GstMessage *message;
  GstSegment segment;
  GstHarness *h;

  if (!bus) {
    bus = gst_bus_new ();
    gst_element_set_bus (element, bus);
  }
  h = test_harness_new (element);
  gst_pad_query_accept_caps (pad, caps);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ERROR, NULL), 0);
  gst_pad_push_event (h->srcpad, gst_event_new_stream_start ("s"));
  gst_pad_push_event (h->srcpad, gst_event_new_caps (caps));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (h->srcpad, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (h, gst_buffer_new ()),
      GST_FLOW_NOT_NEGOTIATED);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_ERROR, &message),
      1);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "videoconvert")
          && strstr (error->message, refused[i].says)
          && g_str_has_prefix (error->message, name),
      "%s", error->message);
  gst_message_unref (message);
  gst_caps_unref (caps);
  gst_object_unref (pad);
  test_close (h, bus);
}

GST_START_TEST (test_refused)
{
  check_refused ("mobilenet", __i__);
#ifdef HAVE_OVERLAY
  check_refused ("mobilenetoverlay", __i__);
#endif
  if (!refused[__i__].text_takes)
    check_refused ("mobilenettext", __i__);
}

GST_END_TEST;

/* ---- decoders ---------------------------------------------------------- */

static const struct
{
  const gchar *needs, *source;
} decoded[] = {
  /* Digital video of 525 lines. */
  {"videotestsrc",
    "videotestsrc num-buffers=1 ! video/x-raw, format=Y41B, "
    "width=720, height=480, framerate=30000/1001, "
    "interlace-mode=interleaved"},
  {"pngenc",
    "videotestsrc num-buffers=1 ! video/x-raw, format=GRAY16_BE, "
    "width=64, height=48 ! pngenc ! pngdec"},
  {"pngenc",
    "videotestsrc num-buffers=1 ! video/x-raw, format=ARGB64 ! "
    "videoconvert ! video/x-raw, format=RGB16 ! identity"},
};

GST_START_TEST (test_decoded)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line =
      g_strdup_printf ("%s ! mobilenet model-file=%s "
                       "backend=cpu threshold=0 post-messages=all ! fakesink",
          decoded[__i__].source, model);
  GstElement *pipeline;
  GstMessage *message;
  GstBus *bus;

  if (!test_have_element (decoded[__i__].needs))
    return;
  pipeline = gst_parse_launch (line, NULL);
  fail_unless (pipeline != NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

GST_END_TEST;

#ifdef HAVE_OVERLAY
/* ---- drawing ----------------------------------------------------------- */

#define WIDTH 53
#define HEIGHT 37

/* One colour (0xrrggbb), at a place that suits no samples of chroma. */
static GstVideoOverlayComposition *
rectangle_new (gint x, gint y, guint width, guint height, guint rgb,
    guint alpha)
{
  GstBuffer *pixels = gst_buffer_new_allocate (NULL, width * height * 4, NULL);
  GstVideoOverlayRectangle *rectangle;
  GstVideoOverlayComposition *result;
  guint32 word = alpha << 24 | ((rgb >> 16 & 255) * alpha / 255) << 16
      | ((rgb >> 8 & 255) * alpha / 255) << 8 | (rgb & 255) * alpha / 255;
  guint i;

  for (i = 0; i < width * height; i++)
    gst_buffer_fill (pixels, 4 * i, &word, 4);
  gst_buffer_add_video_meta (pixels, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, width, height);
  rectangle = gst_video_overlay_rectangle_new_raw (pixels, x, y, width, height,
      GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA);
  result = gst_video_overlay_composition_new (rectangle);
  gst_video_overlay_rectangle_unref (rectangle);
  gst_buffer_unref (pixels);
  return result;
}

/* What its pixels are unpacked to, of 8 bits or 16; WIDTH to a row. Free with
 * g_free. */
static gpointer
unpack (GstVideoFrame *frame, gsize *size)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  gsize pixel = finfo->unpack_format == GST_VIDEO_FORMAT_AYUV64
          || finfo->unpack_format == GST_VIDEO_FORMAT_ARGB64
      ? 8
      : 4;
  g_autofree guint8 *line = g_malloc0 ((WIDTH + 128) * pixel);
  guint8 *all = g_malloc (WIDTH * HEIGHT * pixel);
  gint y;

  for (y = 0; y < HEIGHT; y++) {
    finfo->unpack_func (finfo, GST_VIDEO_PACK_FLAG_NONE, line, frame->data,
        frame->info.stride, 0, y, WIDTH);
    memcpy (all + y * WIDTH * pixel, line, WIDTH * pixel);
  }
  *size = pixel;
  return all;
}

/* Whether a sample at x, y has to do with the rectangle. */
static gboolean
is_near (const GstVideoFormatInfo *finfo, const GstVideoRectangle *r, gint x,
    gint y)
{
  gint step_x = 1 << GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 1);
  gint step_y = 1 << GST_VIDEO_FORMAT_INFO_H_SUB (finfo, 1);

  return x / step_x >= r->x / step_x && y / step_y >= r->y / step_y
      && x / step_x <= (r->x + r->w - 1) / step_x
      && y / step_y <= (r->y + r->h - 1) / step_y;
}

/* Bits of no use may be lost. */
static gboolean
is_same (const GstVideoFormatInfo *finfo, const guint8 *a, const guint8 *b,
    gsize size)
{
  guint lost = 16 - GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 0), c;

  if (size == 4)
    return memcmp (a, b, size) == 0;
  for (c = 0; c < 4; c++) {
    if (((const guint16 *) a)[c] >> lost != ((const guint16 *) b)[c] >> lost)
      return FALSE;
  }
  return TRUE;
}

static const GstVideoRectangle places[] = {{5, 7, 21, 11}, {40, 3, 13, 34},
  {0, 0, 53, 37}, {-3, 30, 20, 20}, {52, 36, 1, 1}};

/* Noise stays noise around a drawing, the first time and the second. */
GST_START_TEST (test_around)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoRectangle *r = &places[__i__];
  GstVideoOverlayComposition *drawing = rectangle_new (r->x, r->y, r->w, r->h,
      0xc83c14, 200);
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format))) {
    GstMobilenetOverlayBlend *blend = gst_mobilenet_overlay_blend_new ();
    GstVideoFrame frame;
    GstVideoInfo info;
    GstBuffer *buffer;
    guint turn;
    gsize i;

    gst_video_info_set_format (&info, format, WIDTH, HEIGHT);
    buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
    fail_unless (gst_video_frame_map (&frame, &info, buffer,
        GST_MAP_READWRITE));
    for (i = 0; i < info.size; i++)
      frame.map[0].data[i] = g_random_int () >> 24;
    for (turn = 0; turn < 3; turn++) {
      g_autofree guint8 *before = NULL, *after = NULL;
      gsize pixel;

      before = unpack (&frame, &pixel);
      gst_mobilenet_overlay_blend_apply (blend, drawing, 0, 0, &frame);
      after = unpack (&frame, &pixel);
      for (i = 0; i < WIDTH * HEIGHT; i++)
        fail_unless (is_near (finfo, r, i % WIDTH, i / WIDTH)
                || is_same (finfo, before + i * pixel, after + i * pixel,
                    pixel),
            "%s: %d, %d has changed", finfo->name, (gint) i % WIDTH,
            (gint) i / WIDTH);
    }
    gst_video_frame_unmap (&frame);
    gst_buffer_unref (buffer);
    gst_mobilenet_overlay_blend_free (blend);
  }
  gst_video_overlay_composition_unref (drawing);
}

GST_END_TEST;

/* One pixel of a frame as videoconvert shows it. */
static void
show_pixel (GstBuffer *buffer, const GstVideoInfo *info, gint x, gint y,
    guint8 argb[4])
{
  GstVideoConverter *converter;
  GstVideoFrame in, out;
  GstBuffer *shown;
  GstVideoInfo to;

  gst_video_info_set_format (&to, GST_VIDEO_FORMAT_ARGB, WIDTH, HEIGHT);
  shown = gst_buffer_new_allocate (NULL, to.size, NULL);
  converter = gst_video_converter_new (info, &to, NULL);
  fail_unless (gst_video_frame_map (&in, info, buffer, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&out, &to, shown, GST_MAP_WRITE));
  gst_video_converter_frame (converter, &in, &out);
  memcpy (argb, (guint8 *) out.data[0] + y * out.info.stride[0] + 4 * x, 4);
  gst_video_frame_unmap (&out);
  gst_video_frame_unmap (&in);
  gst_video_converter_free (converter);
  gst_buffer_unref (shown);
}

/* A frame of one colour, made by videoconvert. */
static GstBuffer *
ground_new (const GstVideoInfo *info, guint rgb)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, info->size, NULL), *plain;
  GstVideoConverter *converter;
  GstVideoFrame in, out;
  GstVideoInfo from;

  gst_video_info_set_format (&from, GST_VIDEO_FORMAT_ARGB, WIDTH, HEIGHT);
  plain = test_frame_new (&from, rgb, 0);
  converter = gst_video_converter_new (&from, info, NULL);
  fail_unless (gst_video_frame_map (&in, &from, plain, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&out, info, buffer, GST_MAP_WRITE));
  gst_video_converter_frame (converter, &in, &out);
  gst_video_frame_unmap (&out);
  gst_video_frame_unmap (&in);
  gst_video_converter_free (converter);
  gst_buffer_unref (plain);
  return buffer;
}

/* Rounding to few bits is not ours, nor that GStreamer draws with BT.709, and
 * onto grey as if it were of a limited range: which may be 16 steps off. */
static void
check_pixel (const GstVideoFormatInfo *finfo, const guint8 argb[4], guint alpha,
    guint picture)
{
  static const gint ground[3] = {0x30, 0x80, 0xff},
                    over[3] = {0xc8, 0x3c, 0x14};
  gboolean grey = GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo);
  gint want[3], c;

  for (c = 0; c < 3; c++)
    want[c] = (over[c] * (gint) alpha + ground[c] * (255 - (gint) alpha)) / 255;
  if (grey)
    want[0] = want[1] = want[2] = (213 * want[0] + 715 * want[1] + 72 * want[2])
        / 1000;
  for (c = 0; c < 3; c++)
    fail_unless (ABS (argb[1 + c] - want[c]) <= (grey ? 16 : 10),
        "%s, alpha %u, picture %u: colour %u is %d, not %d", finfo->name, alpha,
        picture, c, argb[1 + c], want[c]);
}

/* The first picture with a drawing, and the third, which is drawn in another
 * way. */
static void
check_drawn (const GstVideoFormatInfo *finfo, guint alpha)
{
  GstMobilenetOverlayBlend *blend = gst_mobilenet_overlay_blend_new ();
  GstVideoOverlayComposition *drawing = rectangle_new (5, 7, 31, 21, 0xc83c14,
      alpha);
  GstVideoInfo info;
  guint i;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_INFO_FORMAT (finfo), WIDTH,
      HEIGHT);
  if (GST_VIDEO_FORMAT_INFO_IS_YUV (finfo))
    gst_video_colorimetry_from_string (&info.colorimetry, "bt709");
  for (i = 0; i < 3; i++) {
    GstBuffer *buffer = ground_new (&info, 0x3080ff);
    GstVideoFrame frame;
    guint8 argb[4];

    fail_unless (gst_video_frame_map (&frame, &info, buffer,
        GST_MAP_READWRITE));
    gst_mobilenet_overlay_blend_apply (blend, drawing, 0, 0, &frame);
    gst_video_frame_unmap (&frame);
    show_pixel (buffer, &info, 20, 18, argb);
    check_pixel (finfo, argb, alpha, i);
    gst_buffer_unref (buffer);
  }
  gst_video_overlay_composition_unref (drawing);
  gst_mobilenet_overlay_blend_free (blend);
}

GST_START_TEST (test_drawn)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format))) {
    if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
      continue;
    check_drawn (finfo, 255);
    check_drawn (finfo, 128);
  }
}

GST_END_TEST;

/* A palette stays, and gives the nearest of its colours. */
GST_START_TEST (test_palette)
{
  GstVideoOverlayComposition *drawing = rectangle_new (5, 7, 31, 21, 0x000000,
      128);
  GstMobilenetOverlayBlend *blend = gst_mobilenet_overlay_blend_new ();
  GstBuffer *buffer;
  GstVideoFrame frame;
  GstVideoInfo info;
  guint8 *pixels;
  guint i;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB8P, WIDTH, HEIGHT);
  buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
  gst_buffer_memset (buffer, 0, 100, -1);
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READWRITE));
  for (i = 0; i < 256; i++)
    ((guint32 *) frame.data[1])[i] = 0xff000000u + i * 0x010101u;
  gst_mobilenet_overlay_blend_apply (blend, drawing, 0, 0, &frame);
  pixels = frame.data[0];
  fail_unless_equals_int (pixels[3 * info.stride[0] + 3], 100);
  fail_unless (ABS (pixels[18 * info.stride[0] + 20] - 50) <= 1);
  for (i = 0; i < 256; i++)
    fail_unless_equals_int (((guint32 *) frame.data[1])[i],
        0xff000000u + i * 0x010101u);
  gst_video_frame_unmap (&frame);
  gst_buffer_unref (buffer);
  gst_video_overlay_composition_unref (drawing);
  gst_mobilenet_overlay_blend_free (blend);
}

GST_END_TEST;

/* By the element. */
GST_START_TEST (test_labelled)
{
  GstVideoFormat format = GST_VIDEO_FORMAT_UNKNOWN;
  const GstVideoFormatInfo *finfo;

  while ((finfo = test_next_format (&format))) {
    g_autofree gchar *caps = test_caps (finfo->name, 163, 121);
    GstHarness *h = test_overlay_open (caps, FALSE);
    GstBuffer *buffer = test_frame_new_for_caps (caps, 0x3080ff, 0), *before;
    GstMapInfo map;

    test_overlay_attach (buffer, "e", 2);
    before = gst_buffer_copy_deep (buffer);
    buffer = test_pass (h, buffer);
    gst_buffer_map (before, &map, GST_MAP_READ);
    fail_if (gst_buffer_memcmp (buffer, 0, map.data, map.size) == 0, "%s",
        finfo->name);
    gst_buffer_unmap (before, &map);
    gst_buffer_unref (before);
    gst_buffer_unref (buffer);
    gst_harness_teardown (h);
  }
}

GST_END_TEST;
#endif

static Suite *
mobilenet_any_format_suite (void)
{
  Suite *suite = suite_create ("mobilenet-any-format");
  TCase *tc = tcase_create ("any-format");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_accepted);
  tcase_add_test (tc, test_classified);
  tcase_add_test (tc, test_latest);
  tcase_add_loop_test (tc, test_objects, 0, 4);
  tcase_add_test (tc, test_first);
  tcase_add_loop_test (tc, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_loop_test (tc, test_decoded, 0, G_N_ELEMENTS (decoded));
#ifdef HAVE_OVERLAY
  tcase_add_loop_test (tc, test_around, 0, G_N_ELEMENTS (places));
  tcase_add_test (tc, test_drawn);
  tcase_add_test (tc, test_palette);
  tcase_add_test (tc, test_labelled);
#endif
  return suite;
}

GST_CHECK_MAIN (mobilenet_any_format);
