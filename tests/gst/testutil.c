/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/gst/testutil.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "gst/text/gstmobilenettext.h"
#include "tests/gst/tinymodel.h"
#include "tests/support/fake_backend.h"
#ifdef HAVE_OVERLAY
#include "gst/overlay/gstmobilenetoverlay.h"
#endif

const guint test_rgb_colours[] = {RED, GREEN, BLUE};
const gchar *const test_rgb_labels[] = {"red", "green", "blue"};

static gchar *folder;

void
test_setup (void)
{
  g_autoptr (GBytes) model = tiny_model_new (RGB_SIZE);
  g_autofree gchar *path = NULL;
  g_autofree gchar *labels = NULL;
  GError *error = NULL;

  folder = g_dir_make_tmp ("mobilenet-XXXXXX", &error);
  g_assert_no_error (error);
  path = test_write (RGB_MODEL, g_bytes_get_data (model, NULL),
      g_bytes_get_size (model));
  labels = test_write ("labels.txt", "red\ngreen\nblue\n", -1);
  /* Who is the faster of two tiny networks is up to chance. */
  g_setenv ("MOBILENET_AUTO", "device", TRUE);
  fake_backend_reset ();
  mn_context_add_backend (mn_context_get_default (), &fake_backend);
  GST_ELEMENT_REGISTER (mobilenet, NULL);
  GST_ELEMENT_REGISTER (mobilenettext, NULL);
#ifdef HAVE_OVERLAY
  GST_ELEMENT_REGISTER (mobilenetoverlay, NULL);
#endif
}

void
test_teardown (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = test_path (name);

    g_unlink (path);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

gboolean
test_have_element (const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  if (!factory)
    g_print ("skipped: no %s\n", name);
  return factory != NULL;
}

gchar *
test_path (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

gchar *
test_write (const gchar *name, const gchar *text, gssize length)
{
  gchar *path = test_path (name);

  fail_unless (g_file_set_contents (path, text, length, NULL));
  return path;
}

GstElement *
test_element_new (GstBus **bus)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  GstElement *element = gst_element_factory_make ("mobilenet", "mobilenet0");

  fail_unless (element != NULL);
  gst_util_set_object_arg (G_OBJECT (element), "backend", "cpu");
  /* A harness is a live source. */
  gst_util_set_object_arg (G_OBJECT (element), "schedule", "every-frame");
  g_object_set (element, "model-file", model, "threads", 1, NULL);
  *bus = gst_bus_new ();
  gst_element_set_bus (element, *bus);
  return element;
}

GstHarness *
test_harness_new (GstElement *element)
{
  GstHarness *h;

  gst_object_ref_sink (element);
  h = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  return h;
}

gchar *
test_caps (const gchar *format, gint width, gint height)
{
  const GstVideoFormatInfo *finfo =
      gst_video_format_get_info (gst_video_format_from_string (format));

  return g_strdup_printf ("video/x-raw, format=%s, width=%d, height=%d, "
                          "framerate=25/1, colorimetry=%s",
      format, width, height,
      GST_VIDEO_FORMAT_INFO_IS_RGB (finfo) ? "1:1:5:1" : "1:4:0:0");
}

/* Full range BT.601. */
static void
rgb_to_ayuv (guint rgb, guint8 out[4])
{
  gdouble r = (rgb >> 16) & 255, g = (rgb >> 8) & 255, b = rgb & 255;
  gdouble y = 0.299 * r + 0.587 * g + 0.114 * b;

  out[0] = 255;
  out[1] = (guint8) CLAMP (y + 0.5, 0.0, 255.0);
  out[2] = (guint8) CLAMP ((b - y) / 1.772 + 128.5, 0.0, 255.0);
  out[3] = (guint8) CLAMP ((r - y) / 1.402 + 128.5, 0.0, 255.0);
}

/* What a format is packed from: 8 or 16 bits a component. */
static void
fill_line (const GstVideoFormatInfo *finfo, const guint8 pixel[4], gint width,
    gpointer line)
{
  gboolean wide = finfo->unpack_format == GST_VIDEO_FORMAT_AYUV64
      || finfo->unpack_format == GST_VIDEO_FORMAT_ARGB64;
  gint i;

  for (i = 0; i < 4 * width; i++) {
    if (wide)
      ((guint16 *) line)[i] = 257 * pixel[i % 4];
    else
      ((guint8 *) line)[i] = pixel[i % 4];
  }
}

static void
fill_frame (GstVideoFrame *frame, guint rgb)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  gint width = GST_VIDEO_FRAME_WIDTH (frame);
  g_autofree gpointer line = g_malloc (8 * (width + 8));
  guint8 pixel[4] = {255, (rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255};
  gint y;

  if (!GST_VIDEO_FORMAT_INFO_IS_RGB (finfo))
    rgb_to_ayuv (rgb, pixel);
  fill_line (finfo, pixel, width, line);
  for (y = 0; y < GST_VIDEO_FRAME_HEIGHT (frame); y++)
    finfo->pack_func (finfo, GST_VIDEO_PACK_FLAG_NONE, line, 0, frame->data,
        frame->info.stride, GST_VIDEO_CHROMA_SITE_NONE, y, width);
}

GstBuffer *
test_frame_new (const GstVideoInfo *info, guint rgb, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info),
      NULL);
  GstVideoFrame frame;

  gst_buffer_memset (buffer, 0, 0x5a, -1);
  fail_unless (gst_video_frame_map (&frame, (GstVideoInfo *) info, buffer,
      GST_MAP_READWRITE));
  fill_frame (&frame, rgb);
  gst_video_frame_unmap (&frame);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = 40 * GST_MSECOND;
  return buffer;
}

GstBuffer *
test_frame_new_for_caps (const gchar *text, guint rgb, GstClockTime pts)
{
  GstCaps *caps = gst_caps_from_string (text);
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, caps));
  gst_caps_unref (caps);
  return test_frame_new (&info, rgb, pts);
}

gboolean
test_same_bytes (GstBuffer *a, GstBuffer *b)
{
  GstMapInfo map;
  gboolean same;

  fail_unless (gst_buffer_map (a, &map, GST_MAP_READ));
  fail_unless_equals_int (gst_buffer_get_size (b), map.size);
  same = gst_buffer_memcmp (b, 0, map.data, map.size) == 0;
  gst_buffer_unmap (a, &map);
  return same;
}

void
test_expected (guint rgb, gdouble probabilities[3])
{
  gdouble sum = 0.0;
  gint i;

  for (i = 0; i < 3; i++) {
    gdouble value = (rgb >> (16 - 8 * i)) & 255;

    probabilities[i] = exp ((value - 127.5) / 127.5);
    sum += probabilities[i];
  }
  for (i = 0; i < 3; i++)
    probabilities[i] /= sum;
}

guint
test_count_results (GstBuffer *buffer)
{
  gpointer state = NULL;
  guint n = 0;

  while (gst_mobilenet_meta_iterate (buffer, &state))
    n++;
  return n;
}

const GstStructure *
test_get_result (GstBuffer *buffer)
{
  gpointer state = NULL;

  fail_unless_equals_int (test_count_results (buffer), 1);
  return gst_mobilenet_meta_iterate (buffer, &state);
}

guint64
test_get_uint64 (const GstStructure *s, const gchar *field)
{
  guint64 value;

  fail_unless (gst_structure_get_uint64 (s, field, &value), "no field %s",
      field);
  return value;
}

guint64
test_get_stat (GstHarness *h, const gchar *name)
{
  GstStructure *stats;
  guint64 value;

  g_object_get (h->element, "stats", &stats, NULL);
  value = test_get_uint64 (stats, name);
  gst_structure_free (stats);
  return value;
}

void
test_wait_for_inferences (GstHarness *h, guint64 n)
{
  while (test_get_stat (h, "inferences") < n)
    g_usleep (1000);
}

const gchar *
test_get_label (GstBuffer *buffer)
{
  return gst_structure_get_string (test_get_result (buffer), "label");
}

guint
test_pop_messages (GstBus *bus, GstMessageType type, GstMessage **last)
{
  GstMessage *message;
  guint n = 0;

  if (last)
    *last = NULL;
  while ((message = gst_bus_pop_filtered (bus, type))) {
    n++;
    if (last)
      gst_clear_message (last);
    if (last)
      *last = message;
    else
      gst_message_unref (message);
  }
  return n;
}

void
test_close (GstHarness *h, GstBus *bus)
{
  gst_harness_teardown (h);
  gst_object_unref (bus);
}

GstBuffer *
test_pass (GstHarness *h, GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  return gst_harness_pull (h);
}

GstBuffer *
test_run (GstHarness *h, const gchar *caps, guint rgb, GstClockTime pts)
{
  return test_pass (h, test_frame_new_for_caps (caps, rgb, pts));
}

GstHarness *
test_open_rgb (GstElement *element)
{
  GstHarness *h = test_harness_new (element);

  gst_harness_set_src_caps_str (h, RGB_CAPS);
  return h;
}
