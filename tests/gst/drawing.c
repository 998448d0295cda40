/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How `mobilenetoverlay` draws: style, boxes and masks, and nothing done
 * twice for a picture that stays the same. */

#include "tests/gst/overlayutil.h"

#include <stdlib.h>
#include <string.h>

#include "gst/overlay/blend.h"
#include "gst/overlay/draw.h"

/* ---- nothing done twice ---------------------------------------------- */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) \
    && !defined(__SANITIZE_THREAD__)
#define COUNTS_MALLOC 1
extern void *__libc_malloc (size_t size);
/* This thread's: Pango and fontconfig have threads of their own. */
static __thread guint n_malloc;

__attribute__ ((visibility ("default"))) void *
malloc (size_t size)
{
  n_malloc++;
  return __libc_malloc (size);
}
#endif

/* While nothing changes: read, compared and blended without any memory. */
GST_START_TEST (test_allocates_nothing)
{
#ifdef COUNTS_MALLOC
  g_autofree gchar *text = test_caps (test_overlay_formats[__i__], 640, 480);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstBuffer *buffer = test_frame_new_for_caps (text, 0x3080ff, 0);
  GstMobilenetOverlayDraw *draw = gst_mobilenet_overlay_draw_new ();
  GstMobilenetOverlayBlend *blend = gst_mobilenet_overlay_blend_new ();
  GstMobilenetOverlayScene scene;
  GstVideoFrame frame;
  GstVideoInfo info;
  guint i, before = 0, after, found = 0;

  gst_mobilenet_overlay_scene_init (&scene, NULL);
  test_overlay_attach (buffer, "one", 3);
  test_overlay_attach (buffer, "two", 2);
  gst_buffer_add_video_region_of_interest_meta (buffer, "dog", 99, 99, 99, 99);
  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READWRITE));
  gst_mobilenet_overlay_draw_set_size (draw, &info);
  for (i = 0; i < 10; i++) {
    if (i == 3)
      before = n_malloc;
    found += gst_mobilenet_overlay_scene_read (&scene, buffer, 0, 0);
    gst_mobilenet_overlay_blend_apply (blend,
        gst_mobilenet_overlay_draw_update (draw, &scene), 0, 0, &frame);
  }
  after = n_malloc;
  fail_unless_equals_int (found, 10);
  fail_unless (before > 0, "nothing was counted");
  fail_unless (after == before || GST_VIDEO_INFO_HAS_ALPHA (&info),
      "%u allocations", after - before);
  gst_video_frame_unmap (&frame);
  gst_buffer_unref (buffer);
  gst_mobilenet_overlay_scene_clear (&scene);
  gst_mobilenet_overlay_blend_free (blend);
  gst_mobilenet_overlay_draw_free (draw);
#else
  g_print ("# allocations are not counted in this build\n");
#endif
}

GST_END_TEST;

/* The third frame is blended in another way than the first: it looks the
 * same, to a step of rounding. */
GST_START_TEST (test_blended_alike)
{
  static const guint grounds[] = {0x000000, 0xffffff, 0x3080ff, 0xc08040};
  g_autofree gchar *caps = test_caps (test_overlay_formats[__i__], 323, 243);
  GstHarness *h = test_overlay_open (caps, FALSE);
  guint i, j;

  for (i = 0; i < 3 * G_N_ELEMENTS (grounds); i++) {
    GstHarness *fresh = i % 3 == 2 ? test_overlay_open (caps, FALSE) : NULL;
    GstBuffer *in = test_frame_new_for_caps (caps, grounds[i / 3], 0);
    GstBuffer *a, *b;
    GstMapInfo map_a, map_b;

    test_overlay_attach (in, "e", 3);
    gst_buffer_add_video_region_of_interest_meta (in, "dog", 99, 151, 181, 77);
    a = gst_buffer_copy_deep (in);
    b = test_pass (h, in);
    if (!fresh) {
      gst_buffer_unref (a);
      gst_buffer_unref (b);
      continue;
    }
    a = test_pass (fresh, a);
    gst_buffer_map (a, &map_a, GST_MAP_READ);
    gst_buffer_map (b, &map_b, GST_MAP_READ);
    for (j = 0; j < map_a.size && ABS (map_a.data[j] - map_b.data[j]) <= 2; j++)
      ;
    fail_unless (j == map_a.size, "%s, frame %u, byte %u",
        test_overlay_formats[__i__], i, j);
    gst_buffer_unmap (a, &map_a);
    gst_buffer_unmap (b, &map_b);
    gst_buffer_unref (a);
    gst_buffer_unref (b);
    gst_harness_teardown (fresh);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Style: each property shows, also while it plays. */
GST_START_TEST (test_style)
{
  g_autofree gchar *caps = test_caps ("RGB", 640, 480);
  GstHarness *h = test_overlay_open (caps, TRUE);
  GstVideoRectangle home, r;
  GstBuffer *buffer;
  guint i;

  for (i = 0; i < 6; i++) {
    static const gchar *corners[] = {"top-left", "top-right", "bottom-left",
      "bottom-right", "top-left", "top-left"};

    gst_util_set_object_arg (G_OBJECT (h->element), "position", corners[i]);
    if (i == 4)
      g_object_set (h->element, "font-desc", "Sans 24", NULL);
    if (i == 5)
      g_object_set (h->element, "boxes", FALSE, "font-desc", NULL, NULL);
    buffer = test_frame_new_for_caps (caps, 0, 0);
    test_overlay_attach (buffer, "e", 3);
    if (i == 5)
      gst_buffer_add_video_region_of_interest_meta (buffer, "dog", 99, 99, 99,
          99);
    buffer = test_pass (h, buffer);
    fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                                test_overlay_get_composition (buffer)),
        1);
    test_overlay_get_rectangle (buffer, 0, i == 0 ? &home : &r);
    if (i > 0 && i < 4) {
      fail_unless_equals_int (r.x, i & 1 ? 640 - home.x - home.w : home.x);
      fail_unless_equals_int (r.y, i & 2 ? 480 - home.y - home.h : home.y);
    }
    if (i == 4)
      fail_unless (r.h > 3 * home.h / 2);
    if (i == 5)
      fail_unless_equals_int (r.h, home.h);
    gst_buffer_unref (buffer);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A ground of full colour is that colour. */
GST_START_TEST (test_colours)
{
  g_autofree gchar *caps = test_caps ("RGB", 640, 480);
  GstHarness *h = test_overlay_open (caps, FALSE);
  GstBuffer *buffer = test_frame_new_for_caps (caps, 0x102030, 0);
  guint8 pixel[3];

  g_object_set (h->element, "background-color", 0xff11aa55, NULL);
  test_overlay_attach (buffer, "e", 3);
  buffer = test_pass (h, buffer);
  gst_buffer_extract (buffer, 14 * 640 * 3 + 14 * 3, pixel, 3);
  fail_unless (pixel[0] == 0x11 && pixel[1] == 0xaa && pixel[2] == 0x55,
      "%02x%02x%02x", pixel[0], pixel[1], pixel[2]);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Boxes: four lines and a tag, inside the frame, for whatever boxes. */
GST_START_TEST (test_boxes)
{
  static const gint boxes[][5] = {{100, 100, 200, 150, 5}, {0, 0, 640, 480, 5},
    {600, 440, 400, 400, 5}, {5, 5, 1, 1, 0}, {700, 500, 50, 50, 0},
    {200, 200, 0, 0, 0}};
  g_autofree gchar *caps = test_caps ("NV12", 640, 480);
  GstHarness *h = test_overlay_open (caps, TRUE);
  guint i, j, n;

  for (i = 0; i < G_N_ELEMENTS (boxes); i++) {
    GstBuffer *buffer = test_frame_new_for_caps (caps, 0, 0);

    gst_buffer_add_video_region_of_interest_meta (buffer, "a d\"g", boxes[i][0],
        boxes[i][1], boxes[i][2], boxes[i][3]);
    buffer = test_pass (h, buffer);
    n = test_overlay_get_composition (buffer)
        ? gst_video_overlay_composition_n_rectangles (
              test_overlay_get_composition (buffer))
        : 0;
    fail_unless_equals_int (n, boxes[i][4]);
    for (j = 0; j < n; j++) {
      GstVideoRectangle r;

      test_overlay_get_rectangle (buffer, j, &r);
      fail_unless (r.x >= 0 && r.y >= 0 && r.x + r.w <= 640
          && r.y + r.h <= 480);
    }
    gst_buffer_unref (buffer);
  }
  gst_harness_teardown (h);
}

GST_END_TEST;

#ifdef HAVE_GST_ANALYTICS
#include <gst/analytics/analytics.h>

/* Objects with their class; it is not that of the whole frame. Masks. */
GST_START_TEST (test_analytics)
{
  g_autofree gchar *caps = test_caps ("NV12", 640, 480);
  GstHarness *h = test_overlay_open (caps, TRUE);
  GstBuffer *buffer = test_frame_new_for_caps (caps, 0, 0);
  GstAnalyticsRelationMeta
      *meta = gst_buffer_add_analytics_relation_meta (buffer);
  GstAnalyticsMtd object, class;
  GQuark cat = g_quark_from_string ("cat");
  gfloat level = 0.5;
  guint expected = 5;

  gst_analytics_relation_meta_add_od_mtd (meta, g_quark_from_string ("animal"),
      50, 50, 100, 100, 0.9, &object);
  gst_analytics_relation_meta_add_cls_mtd (meta, 1, &level, &cat, &class);
  gst_analytics_relation_meta_set_relation (meta,
      GST_ANALYTICS_REL_TYPE_RELATE_TO | GST_ANALYTICS_REL_TYPE_CONTAIN,
      object.id, class.id);
  gst_analytics_relation_meta_set_relation (meta,
      GST_ANALYTICS_REL_TYPE_IS_PART_OF, class.id, object.id);
#if GST_CHECK_VERSION(1, 26, 0)
  {
    GstBuffer *mask = gst_buffer_new_allocate (NULL, 16 * 16, NULL);
    guint ids[2] = {0, 1};
    GstAnalyticsMtd mtd;

    gst_buffer_memset (mask, 0, 1, 256);
    gst_buffer_add_video_meta (mask, GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_FORMAT_GRAY8, 16, 16);
    fail_unless (gst_analytics_relation_meta_add_segmentation_mtd (meta, mask,
        GST_SEGMENTATION_TYPE_SEMANTIC, 2, ids, 320, 0, 320, 480, &mtd));
    expected = 6;
  }
#endif
  buffer = test_pass (h, buffer);
  fail_unless_equals_int (gst_video_overlay_composition_n_rectangles (
                              test_overlay_get_composition (buffer)),
      expected);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;
#endif

static Suite *
overlay_drawing_suite (void)
{
  Suite *suite = suite_create ("overlay-drawing");
  TCase *tc = tcase_create ("drawing");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_allocates_nothing, 0,
      G_N_ELEMENTS (test_overlay_formats));
  tcase_add_loop_test (tc, test_blended_alike, 0,
      G_N_ELEMENTS (test_overlay_formats));
  tcase_add_test (tc, test_style);
  tcase_add_test (tc, test_colours);
  tcase_add_test (tc, test_boxes);
#ifdef HAVE_GST_ANALYTICS
  tcase_add_test (tc, test_analytics);
#endif
  return suite;
}

GST_CHECK_MAIN (overlay_drawing);
