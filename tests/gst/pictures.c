/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `mobilenetoverlay` as it looks: pictures of 240, 1080 and 2160 lines are
 * kept in pictures/ and compared, with room for other versions of the font
 * and of what draws it. MOBILENET_WRITE_PICTURES=FOLDER writes them anew. */

#include "tests/gst/testutil.h"

#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#define FONT "DejaVu Sans"

static const struct
{
  const gchar *name;
  gint width, height;
  GstVideoRectangle crop, box;
  const gchar *position;
} views[] = {
  {"240p", 426, 240, {0, 0, 312, 144}, {60, 100, 180, 30}, "top-left"},
  {"1080p", 1920, 1080, {1040, 560, 880, 520}, {1330, 730, 440, 100},
    "bottom-right"},
  {"2160p", 3840, 2160, {0, 0, 1200, 640}, {390, 560, 600, 60}, "top-left"}};

static const GstMobilenetScore scores[] = {
  {1, 0.874, "Ägyptische Katze · γάτα"},
  {2, 0.0713, "a very long label that goes on, and on, and on, up to its end"},
  {3, 0.0402, "кошка (قطة)"}};

/* White, then grey, then black. */
static GstBuffer *
make_frame (gint width, gint height)
{
  gsize size = (gsize) width * height * 4;
  guint8 *pixels = g_malloc (size);
  GstBuffer *buffer;
  gint x, y;

  for (y = 0; y < height; y++) {
    for (x = 0; x < width; x++) {
      gint shade = (x * 4 / height + 1) % 3;

      memset (pixels + 4 * ((gsize) y * width + x), 255 - shade * 127, 4);
    }
  }
  buffer = gst_buffer_new_wrapped (pixels, size);
  GST_BUFFER_PTS (buffer) = 0;
  return buffer;
}

static GstBuffer *
draw (guint n)
{
  gint width = views[n].width, height = views[n].height;
  const GstVideoRectangle *box = &views[n].box;
  GstMobilenetResult result = {.element = "e",
    .model = "m",
    .task = "classification",
    .backend = "cpu",
    .fresh = TRUE,
    .n_classes = G_N_ELEMENTS (scores),
    .classes = scores};
  g_autofree gchar
      *caps = g_strdup_printf ("video/x-raw, format=BGRx, "
                               "width=%d, height=%d, framerate=25/1",
          width, height);
  GstHarness *h = gst_harness_new ("mobilenetoverlay");
  GstBuffer *buffer = make_frame (width, height);

  g_object_set (h->element, "font-desc", FONT, NULL);
  gst_util_set_object_arg (G_OBJECT (h->element), "position",
      views[n].position);
  gst_harness_set_src_caps_str (h, caps);
  gst_mobilenet_meta_attach (buffer, &result);
  gst_buffer_add_video_region_of_interest_meta (buffer, "person", box->x,
      box->y, box->w, box->h);
  gst_harness_push (h, buffer);
  buffer = gst_harness_pull (h);
  gst_harness_teardown (h);
  return buffer;
}

static cairo_surface_t *
crop_to_surface (GstBuffer *buffer, guint n)
{
  const GstVideoRectangle *crop = &views[n].crop;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
      crop->w, crop->h);
  gint stride = cairo_image_surface_get_stride (surface), y;
  guint8 *out = cairo_image_surface_get_data (surface);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (y = 0; y < crop->h; y++)
    memcpy (out + y * stride,
        map.data + 4 * ((gsize) (crop->y + y) * views[n].width + crop->x),
        4 * crop->w);
  gst_buffer_unmap (buffer, &map);
  cairo_surface_mark_dirty (surface);
  return surface;
}

/* The mean of a channel over 4x4 pixels: glyphs may move a little. */
static gint
block (cairo_surface_t *surface, gint x, gint y, gint channel)
{
  const guint8 *data = cairo_image_surface_get_data (surface);
  gint stride = cairo_image_surface_get_stride (surface), sum = 0, i;

  for (i = 0; i < 16; i++)
    sum += data[(4 * y + i / 4) * stride + 4 * (4 * x + i % 4) + channel];
  return sum / 16;
}

static void
compare (cairo_surface_t *a, cairo_surface_t *b, const gchar *name)
{
  gint width = cairo_image_surface_get_width (a) / 4;
  gint height = cairo_image_surface_get_height (a) / 4;
  gdouble sum = 0.0, mean, far_off;
  gint x, y, c, n_far = 0;

  fail_unless_equals_int (cairo_image_surface_get_width (b) / 4, width);
  fail_unless_equals_int (cairo_image_surface_get_height (b) / 4, height);
  for (y = 0; y < height; y++) {
    for (x = 0; x < width; x++) {
      for (c = 0; c < 3; c++) {
        gint off = abs (block (a, x, y, c) - block (b, x, y, c));

        sum += off;
        n_far += off > 40;
      }
    }
  }
  mean = sum / (3.0 * width * height);
  far_off = n_far / (3.0 * width * height);
  g_print ("# %s: %.2f off in the mean, %.2f %% of it far off\n", name, mean,
      100.0 * far_off);
  fail_unless (mean < 2.5 && far_off < 0.02,
      "%s looks different; MOBILENET_WRITE_PICTURES=FOLDER writes how", name);
}

GST_START_TEST (test_picture)
{
  const gchar *folder = g_getenv ("MOBILENET_WRITE_PICTURES");
  g_autofree gchar *path = g_strdup_printf ("%s/overlay-%s.png",
      folder ? folder : PICTURES, views[__i__].name);
  GstBuffer *buffer = draw (__i__);
  cairo_surface_t *drawn = crop_to_surface (buffer, __i__), *kept;

  if (folder) {
    fail_unless_equals_int (cairo_surface_write_to_png (drawn, path),
        CAIRO_STATUS_SUCCESS);
  } else {
    kept = cairo_image_surface_create_from_png (path);
    fail_unless_equals_int (cairo_surface_status (kept), CAIRO_STATUS_SUCCESS);
    compare (drawn, kept, views[__i__].name);
    cairo_surface_destroy (kept);
  }
  cairo_surface_destroy (drawn);
  gst_buffer_unref (buffer);
}

GST_END_TEST;

static gboolean
have_font (void)
{
  PangoFontMap *map = pango_cairo_font_map_get_default ();
  PangoFontFamily **families;
  gboolean found = FALSE;
  gint i, n;

  pango_font_map_list_families (map, &families, &n);
  for (i = 0; i < n; i++)
    found |= strcmp (pango_font_family_get_name (families[i]), FONT) == 0;
  g_free (families);
  return found;
}

static Suite *
overlay_pictures_suite (void)
{
  Suite *suite = suite_create ("overlay-pictures");
  TCase *tc = tcase_create ("pictures");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_picture, 0, G_N_ELEMENTS (views));
  return suite;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  if (!have_font ()) {
    g_print ("skipped: the font %s is not installed\n", FONT);
    return 77;
  }
  return gst_check_run_suite (overlay_pictures_suite (), "overlay_pictures",
      __FILE__);
}
