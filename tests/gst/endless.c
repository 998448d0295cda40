/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Metadata and labels without end: names of megabytes, thousands of classes,
 * results and boxes. What comes of them has bounds. */

#include "tests/gst/forgedutil.h"
#include "tests/gst/textutil.h"

#include <string.h>

#include "engine/mn.h"
#include "gst/text/newness.h"
#ifdef HAVE_OVERLAY
#include "gst/overlay/objects.h"
#include "tests/gst/overlayutil.h"
#endif

#define LONG (8 << 20)

/* ---- labels ------------------------------------------------------------ */

static gchar *
long_text (void)
{
  GString *text = g_string_new (NULL);

  while (text->len < LONG)
    g_string_append (text, "h\xc3\xbctte ");
  return g_string_free (text, FALSE);
}

GST_START_TEST (test_long_labels_told)
{
  g_autofree gchar *label = long_text ();
  g_autofree gchar *line = NULL;
  GstBus *bus;
  GstHarness *h = test_forged_open ("mobilenettext", "application/x-ndjson",
      &bus);
  guint i;

  for (i = 0; i < 3; i++) {
    GstBuffer *buffer = test_forged_frame_new ();

    test_forged_add_result (buffer, label, label, 2);
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    g_free (line);
    buffer = gst_harness_pull (h);
    line = get_text (buffer);
    gst_buffer_unref (buffer);
    fail_unless (strlen (line) < 6 * MN_LABEL_MAX_BYTES);
    fail_unless (g_utf8_validate (line, -1, NULL));
    fail_unless (strstr (line, "h\xc3\xbctte h")
        && strstr (line, "\xe2\x80\xa6"));
  }
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      1);
  test_close (h, bus);
}

GST_END_TEST;

/* Never within a character, and what is no text ends as well. */
GST_START_TEST (test_cut)
{
  gchar label[4 * MN_LABEL_MAX_BYTES];
  guint n, i;

  for (n = 0; n < 8; n++) {
    g_autofree gchar *cut = NULL;

    memset (label, 0, sizeof (label));
    memset (label, 'a', MN_LABEL_MAX_BYTES - 8 + n);
    while (strlen (label) < MN_LABEL_MAX_BYTES + 40)
      strcat (label, "\xf0\x9f\x90\x88");
    cut = mn_label_cut (label);
    fail_unless (strlen (cut) <= MN_LABEL_MAX_BYTES);
    fail_unless (strlen (cut) > MN_LABEL_MAX_BYTES - 8);
    fail_unless (g_utf8_validate (cut, -1, NULL));
    fail_unless (g_str_has_suffix (cut, "\xe2\x80\xa6"));
  }
  for (i = MN_LABEL_MAX_BYTES; i <= MN_LABEL_MAX_BYTES + 1; i++) {
    g_autofree gchar *cut = NULL;

    memset (label, 0x80, sizeof (label));
    label[i] = '\0';
    cut = mn_label_cut (label);
    fail_unless_equals_int (cut != NULL, i > MN_LABEL_MAX_BYTES);
    fail_unless (!cut || strlen (cut) <= MN_LABEL_MAX_BYTES);
  }
}

GST_END_TEST;

/* Those of a file, which is told once. */
GST_START_TEST (test_labels_file)
{
  g_autofree gchar *label = long_text ();
  g_autofree gchar *path = NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *element;
  GstMessage *message;
  GstBuffer *buffer;
  GstHarness *h;
  GstBus *bus;

  /* Lines of a file have to fit in its bounds, too. */
  label[LONG - 100] = '\0';
  text = g_strdup_printf ("%s\ngreen\nblue\n", label);
  path = test_write ("long.txt", text, -1);
  element = test_element_new (&bus);
  g_object_set (element, "labels-file", path, NULL);
  h = test_open_rgb (element);
  buffer = test_run (h, RGB_CAPS, 0xff0000, 0);
  fail_unless (strlen (test_get_label (buffer)) <= MN_LABEL_MAX_BYTES);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING,
                              &message),
      1);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, "bytes are cut: 1"), "%s",
      error->message);
  gst_message_unref (message);
  test_close (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_many_labels)
{
  GString *text = g_string_new (NULL);
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;
  gchar **names;
  guint i;

  for (i = 0; i < MN_LABELS_MAX_COUNT; i++)
    g_string_append_printf (text, "class %u\n", i);
  path = test_write ("many.txt", text->str, text->len);
  names = mn_labels_load (path, &error);
  fail_unless (names && g_strv_length (names) == MN_LABELS_MAX_COUNT);
  g_strfreev (names);
  g_string_append (text, "one more\n");
  g_free (test_write ("many.txt", text->str, text->len));
  names = mn_labels_load (path, &error);
  fail_unless (!names && g_error_matches (error, MN_ERROR, MN_ERROR_FORMAT));
  g_string_free (text, TRUE);
}

GST_END_TEST;

/* ---- results ----------------------------------------------------------- */

GST_START_TEST (test_many_results)
{
  GstBus *bus;
  GstHarness *h = test_forged_open ("mobilenettext", "application/x-ndjson",
      &bus);
  GstBuffer *buffer = test_forged_frame_new (), *line;
  guint i, n = 0;

  for (i = 0; i < 1000; i++) {
    g_autofree gchar *name = g_strdup_printf ("element %u", i);

    test_forged_add_result (buffer, name, "label", i == 0 ? 5000 : 1);
  }
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  gst_harness_push_event (h, gst_event_new_eos ());
  while (gst_harness_buffers_received (h) < GST_MOBILENET_MAX_RESULTS)
    g_usleep (1000);
  while ((line = gst_harness_try_pull (h))) {
    fail_unless (gst_buffer_get_size (line) < GST_MOBILENET_MAX_CLASSES * 64);
    gst_buffer_unref (line);
    n++;
  }
  fail_unless_equals_int (n, GST_MOBILENET_MAX_RESULTS);
  test_close (h, bus);
}

GST_END_TEST;

/* Names without end are forgotten, those that are seen are not. */
GST_START_TEST (test_newness)
{
  GstMobilenetNewness *newness = gst_mobilenet_newness_new ();
  GstBuffer *buffer = gst_buffer_new ();
  guint round, i;

  for (round = 0; round < 2; round++) {
    GstMobilenetResult often = {.element = round ? NULL : "often",
      .instance = round ? G_MAXUINT64 : 0,
      .number = 7,
      .pts = 7};
    GstMobilenetResult once = often;

    once.element = round ? NULL : "once";
    once.instance = round ? G_MAXUINT64 - 1 : 0;
    fail_unless (gst_mobilenet_newness_take (newness, &often, buffer));
    fail_unless (gst_mobilenet_newness_take (newness, &once, buffer));
    fail_if (gst_mobilenet_newness_take (newness, &once, buffer));
    for (i = 0; i < 3000; i++) {
      g_autofree gchar *name = g_strdup_printf ("%u", i);
      GstMobilenetResult forged = often;

      forged.element = round ? NULL : name;
      forged.instance = round ? i + 1 : 0;
      fail_unless (gst_mobilenet_newness_take (newness, &forged, buffer));
      fail_if (gst_mobilenet_newness_take (newness, &often, buffer));
    }
    fail_unless (gst_mobilenet_newness_take (newness, &once, buffer));
  }
  gst_buffer_unref (buffer);
  gst_mobilenet_newness_free (newness);
}

GST_END_TEST;

/* ---- boxes ------------------------------------------------------------- */

#ifdef HAVE_OVERLAY

/* The most opaque that is drawn there. */
static guint8
get_alpha (GstBuffer *buffer, gint x, gint y)
{
  GstVideoOverlayComposition *all = test_overlay_get_composition (buffer);
  guint i, n = gst_video_overlay_composition_n_rectangles (all);
  guint8 alpha = 0;

  fail_unless (n <= 5 * GST_MOBILENET_OVERLAY_MAX_BOXES);
  for (i = 0; i < n; i++) {
    GstVideoOverlayRectangle
        *r = gst_video_overlay_composition_get_rectangle (all, i);
    GstBuffer *pixels = gst_video_overlay_rectangle_get_pixels_unscaled_argb (r,
        GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA);
    gint left, top, stride = gst_buffer_get_video_meta (pixels)->stride[0];
    guint width, height;
    guint8 pixel[4];

    gst_video_overlay_rectangle_get_render_rectangle (r, &left, &top, &width,
        &height);
    if (x < left || y < top || x >= left + (gint) width
        || y >= top + (gint) height)
      continue;
    gst_buffer_extract (pixels, (y - top) * stride + 4 * (x - left), pixel, 4);
    alpha = MAX (alpha, pixel[G_BYTE_ORDER == G_LITTLE_ENDIAN ? 3 : 0]);
  }
  return alpha;
}

/* The largest are drawn, whether each by itself or all on one sheet; labels
 * without end are cut. */
GST_START_TEST (test_many_boxes)
{
  static const guint counts[] = {9, 100, 101, 10000};
  g_autofree gchar *label = long_text ();
  GstHarness *h = test_overlay_open ("video/x-raw, format=NV12, width=1280, "
                                     "height=720, framerate=25/1",
      TRUE);
  guint i, k;

  for (k = 0; k < G_N_ELEMENTS (counts); k++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 1280 * 720 * 3 / 2,
        NULL);

    gst_buffer_memset (buffer, 0, 0x80, -1);
    for (i = 0; i < counts[k]; i++)
      gst_buffer_add_video_region_of_interest_meta (buffer,
          i == 0 ? label : "dog", 300 + i % 500, 200 + i / 500, 60, 40);
    /* One that is smaller, one that is larger, far from them. */
    gst_buffer_add_video_region_of_interest_meta (buffer, "", 1100, 600, 30,
        30);
    gst_buffer_add_video_region_of_interest_meta (buffer, "", 900, 100, 300,
        100);
    buffer = test_pass (h, buffer);
    fail_unless (get_alpha (buffer, 1050, 100) == 255);
    fail_unless_equals_int (get_alpha (buffer, 1115, 600),
        counts[k] + 2 <= GST_MOBILENET_OVERLAY_MAX_BOXES ? 255 : 0);
    gst_buffer_unref (buffer);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

#endif /* HAVE_OVERLAY */

static Suite *
endless_suite (void)
{
  Suite *suite = suite_create ("endless");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, test_setup, test_teardown);
  tcase_add_test (tcase, test_long_labels_told);
  tcase_add_test (tcase, test_cut);
  tcase_add_test (tcase, test_labels_file);
  tcase_add_test (tcase, test_many_labels);
  tcase_add_test (tcase, test_many_results);
  tcase_add_test (tcase, test_newness);
#ifdef HAVE_OVERLAY
  tcase_add_test (tcase, test_many_boxes);
#endif
  return suite;
}

GST_CHECK_MAIN (endless);
