/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* region=objects: each object gets the class of its own part of the frame. */

#include "tests/gst/testutil.h"

#include <string.h>

#include "gst/meta/analytics.h"

#ifdef HAVE_GST_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

#define WIDTH 64
#define HEIGHT 48
#define CAPS \
  "video/x-raw, format=RGB, width=64, height=48, " \
  "framerate=25/1, colorimetry=1:1:5:1"

/* Three parts: the left half, and the upper and the lower right quarter. */
static GstBuffer *
scene_new (guint left, guint upper, guint lower, guint n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 3 * WIDTH * HEIGHT, NULL);
  GstMapInfo map;
  guint x, y;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (y = 0; y < HEIGHT; y++) {
    for (x = 0; x < WIDTH; x++) {
      guint c = x < WIDTH / 2 ? left : y < HEIGHT / 2 ? upper : lower;
      guint8 *pixel = map.data + 3 * (WIDTH * y + x);

      pixel[0] = c >> 16;
      pixel[1] = c >> 8 & 255;
      pixel[2] = c & 255;
    }
  }
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = n * DURATION;
  return buffer;
}

static GstVideoRegionOfInterestMeta *
add_roi (GstBuffer *buffer, gint id, guint x, guint y, guint w, guint h)
{
  GstVideoRegionOfInterestMeta
      *meta = gst_buffer_add_video_region_of_interest_meta (buffer, "thing", x,
          y, w, h);

  meta->id = id;
  return meta;
}

/* What the element of this name said of the nth object; "": nothing. */
static const gchar *
nth_label_of (GstBuffer *buffer, guint n, const gchar *element)
{
  GstVideoRegionOfInterestMeta *meta = NULL;
  gpointer state = NULL;
  const gchar *label = "";
  GList *l;
  guint i;

  for (i = 0; i <= n; i++)
    meta = (GstVideoRegionOfInterestMeta *)
        gst_buffer_iterate_meta_filtered (buffer, &state,
            GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
  fail_unless (meta != NULL);
  for (l = meta->params; l; l = l->next) {
    if (!gst_structure_has_name (l->data, "mobilenet")
        || g_strcmp0 (gst_structure_get_string (l->data, "element"), element))
      continue;
    fail_unless_equals_string (label, "");
    label = gst_structure_get_string (l->data, "label");
  }
  return label;
}

static const gchar *
nth_label (GstBuffer *buffer, guint n)
{
  return nth_label_of (buffer, n, "mobilenet0");
}

static GstHarness *
open_objects (GstBus **bus, guint depth)
{
  GstElement *element = test_element_new (bus);
  GstHarness *h;

  gst_util_set_object_arg (G_OBJECT (element), "region", "objects");
  /* The CPU computes while the frame comes in; nothing is inside then. */
  if (depth > 1)
    gst_util_set_object_arg (G_OBJECT (element), "backend", "opencl");
  gst_mobilenet_set_tuning (GST_MOBILENET (element), depth, 0, 0, 0);
  h = test_harness_new (element);
  gst_harness_set_src_caps_str (h, CAPS);
  return h;
}

static void
set (GstHarness *h, const gchar *property, guint value)
{
  g_object_set (h->element, property, value, NULL);
}

static void
close_quietly (GstHarness *h, GstBus *bus)
{
  fail_unless_equals_int (test_pop_messages (bus,
                              GST_MESSAGE_WARNING | GST_MESSAGE_ERROR, NULL),
      0);
  test_close (h, bus);
}

GST_START_TEST (test_classes)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  GstBuffer *buffer = scene_new (RED, GREEN, BLUE, 0);
  GstStructure *param;
  gdouble confidence, want[3];
  gint index;

  add_roi (buffer, 0, 0, 0, 20, 20);
  add_roi (buffer, 0, 40, 2, 10, 20);
  add_roi (buffer, 0, 33, 25, 31, 23);
  buffer = test_pass (h, buffer);
  fail_unless_equals_string (nth_label (buffer, 0), "red");
  fail_unless_equals_string (nth_label (buffer, 1), "green");
  fail_unless_equals_string (nth_label (buffer, 2), "blue");
  param = gst_video_region_of_interest_meta_get_param (
      gst_buffer_get_video_region_of_interest_meta_id (buffer, 0), "mobilenet");
  fail_unless (gst_structure_get_double (param, "confidence", &confidence));
  fail_unless (gst_structure_get_int (param, "index", &index));
  fail_unless_equals_int (index, 0);
  test_expected (RED, want);
  fail_unless (ABS (confidence - want[0]) < 0.001);
  /* Nothing is said of the frame. */
  fail_unless_equals_int (test_count_results (buffer), 0);
  gst_buffer_unref (buffer);
  close_quietly (h, bus);
}

GST_END_TEST;

/* Boxes that reach out of the frame are cut, others left alone. */
GST_START_TEST (test_outside)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  GstBuffer *buffer = scene_new (RED, GREEN, BLUE, 0);

  add_roi (buffer, 0, 60, 40, 1000, G_MAXUINT);
  add_roi (buffer, 0, 64, 0, 10, 10);
  add_roi (buffer, 0, 10, 10, 0, 10);
  add_roi (buffer, 0, 0, 47, 1, 1);
  add_roi (buffer, 0, G_MAXUINT, G_MAXUINT, G_MAXUINT, G_MAXUINT);
  buffer = test_pass (h, buffer);
  fail_unless_equals_string (nth_label (buffer, 0), "blue");
  fail_unless_equals_string (nth_label (buffer, 1), "");
  fail_unless_equals_string (nth_label (buffer, 2), "");
  fail_unless_equals_string (nth_label (buffer, 3), "red");
  fail_unless_equals_string (nth_label (buffer, 4), "");
  gst_buffer_unref (buffer);
  close_quietly (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_largest_first)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  GstBuffer *buffer = scene_new (RED, GREEN, BLUE, 0);
  guint i;

  set (h, "max-regions", 2);
  add_roi (buffer, 0, 0, 0, 5, 5);
  add_roi (buffer, 0, 40, 0, 10, 20);
  add_roi (buffer, 0, 40, 30, 10, 10);
  buffer = test_pass (h, buffer);
  fail_unless_equals_string (nth_label (buffer, 0), "");
  fail_unless_equals_string (nth_label (buffer, 1), "green");
  fail_unless_equals_string (nth_label (buffer, 2), "blue");
  gst_buffer_unref (buffer);

  set (h, "max-regions", 16);
  buffer = scene_new (RED, GREEN, BLUE, 1);
  for (i = 0; i < 40; i++)
    add_roi (buffer, 0, 32, 0, 1 + i / 2, 1 + i / 2);
  buffer = test_pass (h, buffer);
  for (i = 0; i < 40; i++)
    fail_unless_equals_string (nth_label (buffer, i), i < 24 ? "" : "green");
  gst_buffer_unref (buffer);
  close_quietly (h, bus);
}

GST_END_TEST;

/* Pictures change, the box stays: its class as well, for a while. */
GST_START_TEST (test_kept)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  guint i;

  set (h, "reclassify-interval", 3);
  for (i = 0; i < 9; i++) {
    GstBuffer *buffer = scene_new (i == 0 ? RED : GREEN, BLUE, BLUE, i);

    add_roi (buffer, 7, i % 2, 1, 20, 20);
    add_roi (buffer, 0, 0, 1, 20, 20);
    buffer = test_pass (h, buffer);
    fail_unless_equals_string (nth_label (buffer, 0), i < 4 ? "red" : "green");
    /* Nobody knows whether this is the one of before. */
    fail_unless_equals_string (nth_label (buffer, 1), i == 0 ? "red" : "green");
    gst_buffer_unref (buffer);
  }
  close_quietly (h, bus);
}

GST_END_TEST;

/* What ends that: another box, another id, a break, no interval. */
GST_START_TEST (test_not_kept)
{
  guint way;

  for (way = 0; way < 5; way++) {
    GstBus *bus;
    GstHarness *h = open_objects (&bus, 1);
    GstBuffer *buffer = scene_new (RED, BLUE, BLUE, 0);
    GstSegment segment;

    set (h, "reclassify-interval", way == 3 ? 0 : 100);
    add_roi (buffer, 7, 0, 0, 16, 16);
    gst_buffer_unref (test_pass (h, buffer));
    if (way == 2) {
      gst_harness_push_event (h, gst_event_new_flush_start ());
      gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
      gst_segment_init (&segment, GST_FORMAT_TIME);
      gst_harness_push_event (h, gst_event_new_segment (&segment));
    }
    buffer = scene_new (GREEN, BLUE, BLUE, 1);
    add_roi (buffer, way == 1 ? 8 : 7, way == 0 ? 10 : 0, 0, 16, 16);
    buffer = test_pass (h, buffer);
    fail_unless_equals_string (nth_label (buffer, 0),
        way == 4 ? "red" : "green");
    gst_buffer_unref (buffer);
    close_quietly (h, bus);
  }
}

GST_END_TEST;

/* Several frames inside: a class that is on its way counts. */
GST_START_TEST (test_depth)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 3);
  guint i;

  set (h, "reclassify-interval", 2);
  for (i = 0; i < 12; i++) {
    GstBuffer *buffer = scene_new (i % 3 ? GREEN : RED, i % 2 ? BLUE : RED,
        BLUE, i);

    add_roi (buffer, 7, 0, 0, 20, 20);
    add_roi (buffer, 0, 40, 0, 20, 20);
    gst_harness_push (h, buffer);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  for (i = 0; i < 12; i++) {
    GstBuffer *buffer = gst_harness_pull (h);

    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), i * DURATION);
    fail_unless_equals_string (nth_label (buffer, 0), "red");
    fail_unless_equals_string (nth_label (buffer, 1), i % 2 ? "blue" : "red");
    gst_buffer_unref (buffer);
  }
  close_quietly (h, bus);
}

GST_END_TEST;

/* Frames without objects pass as they are; shared ones are not changed. */
GST_START_TEST (test_untouched)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  GstBuffer *in = scene_new (RED, GREEN, BLUE, 0), *out = test_pass (h, in);

  fail_unless (in == out);
  gst_buffer_unref (out);
  in = scene_new (RED, GREEN, BLUE, 1);
  add_roi (in, 0, 0, 0, 20, 20);
  out = test_pass (h, gst_buffer_ref (in));
  fail_unless (in != out);
  fail_unless (gst_buffer_peek_memory (in, 0)
      == gst_buffer_peek_memory (out, 0));
  fail_unless_equals_string (nth_label (out, 0), "red");
  fail_unless_equals_string (nth_label (in, 0), "");
  gst_buffer_unref (out);
  ASSERT_BUFFER_REFCOUNT (in, "in", 1);
  gst_buffer_unref (in);
  close_quietly (h, bus);
}

GST_END_TEST;

/* Each element's word, once, however often it is said. */
GST_START_TEST (test_two_elements)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "mobilenet name=a backend=cpu "
      "region=objects model-file=\"%s\" ! mobilenet name=b backend=cpu "
      "region=objects model-file=\"%s\" ! mobilenet name=c backend=cpu "
      "schedule=every-frame model-file=\"%s\"",
      model, model, model);
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *buffer = scene_new (RED, GREEN, BLUE, 0);
  GstVideoRegionOfInterestMeta *meta = add_roi (buffer, 0, 0, 0, 20, 20);

  gst_video_region_of_interest_meta_add_param (meta,
      gst_structure_new ("mobilenet", "element", G_TYPE_STRING, "b", "label",
          G_TYPE_STRING, "of old", NULL));
  gst_video_region_of_interest_meta_add_param (meta,
      gst_structure_new ("other", "element", G_TYPE_STRING, "b", NULL));
  gst_harness_set_src_caps_str (h, CAPS);
  buffer = test_pass (h, buffer);
  fail_unless_equals_string (nth_label_of (buffer, 0, "a"), "red");
  fail_unless_equals_string (nth_label_of (buffer, 0, "b"), "red");
  fail_unless_equals_int (test_count_results (buffer), 1);
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Boxes are of the frame, also where one field is read; and the visible part
 * does not bear on them. */
GST_START_TEST (test_field_and_crop)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  GstBuffer *buffer = scene_new (RED, GREEN, BLUE, 0);
  GstVideoCropMeta *crop;

  gst_harness_set_src_caps_str (h, CAPS ", interlace-mode=interleaved");
  add_roi (buffer, 0, 40, 26, 20, 20);
  add_roi (buffer, 0, 40, 4, 10, 18);
  crop = gst_buffer_add_video_crop_meta (buffer);
  crop->width = 8;
  crop->height = 8;
  buffer = test_pass (h, buffer);
  fail_unless_equals_string (nth_label (buffer, 0), "blue");
  fail_unless_equals_string (nth_label (buffer, 1), "green");
  gst_buffer_unref (buffer);
  close_quietly (h, bus);
}

GST_END_TEST;

/* A buffer that ends early passes. */
GST_START_TEST (test_short_buffer)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  GstBuffer *buffer = scene_new (RED, GREEN, BLUE, 0);

  add_roi (buffer, 0, 0, 0, 20, 20);
  gst_buffer_set_size (buffer, 100);
  buffer = test_pass (h, buffer);
  fail_unless_equals_string (nth_label (buffer, 0), "");
  gst_buffer_unref (buffer);
  fail_unless_equals_int (test_pop_messages (bus, GST_MESSAGE_WARNING, NULL),
      1);
  test_close (h, bus);
}

GST_END_TEST;

#ifdef HAVE_GST_ANALYTICS
static guint
add_od (GstBuffer *buffer, gint x, gint y, gint w, gint h, gint64 track)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsTrackingMtd tracking;
  GstAnalyticsODMtd od;

  if (!meta)
    meta = gst_buffer_add_analytics_relation_meta (buffer);
  fail_unless (gst_analytics_relation_meta_add_od_mtd (meta,
      g_quark_from_static_string ("thing"), x, y, w, h, 0.9f, &od));
  if (track >= 0) {
    fail_unless (gst_analytics_relation_meta_add_tracking_mtd (meta, track, 0,
        &tracking));
    fail_unless (gst_analytics_relation_meta_set_relation (meta,
        GST_ANALYTICS_REL_TYPE_RELATE_TO, od.id, tracking.id));
  }
  return od.id;
}

/* The best class that is related to the object, both ways; "": none. */
static const gchar *
od_label (GstBuffer *buffer, guint id)
{
  GstAnalyticsRelationMeta
      *meta = gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsMtd cls, back;
  gpointer state = NULL;

  if (!gst_analytics_relation_meta_get_direct_related (meta, id,
          GST_ANALYTICS_REL_TYPE_CONTAIN, gst_analytics_cls_mtd_get_mtd_type (),
          &state, &cls))
    return "";
  fail_unless (gst_analytics_relation_meta_get_relation (meta, id, cls.id)
      & GST_ANALYTICS_REL_TYPE_RELATE_TO);
  state = NULL;
  fail_unless (gst_analytics_relation_meta_get_direct_related (meta, cls.id,
      GST_ANALYTICS_REL_TYPE_IS_PART_OF, gst_analytics_od_mtd_get_mtd_type (),
      &state, &back));
  fail_unless_equals_int (back.id, id);
  return g_quark_to_string (gst_analytics_cls_mtd_get_quark ((GstAnalyticsClsMtd
                                                                     *) &cls,
      0));
}

GST_START_TEST (test_analytics)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  GstBuffer *buffer = scene_new (RED, GREEN, BLUE, 0);
  guint a = add_od (buffer, -10, -10, 30, 30, -1);
  guint b = add_od (buffer, 40, 2, 10, 20, -1);
  guint c = add_od (buffer, 100, 100, 10, 20, -1);
  GstMobilenetScore scores[3];
  GstMobilenetResult result;
  gpointer state = NULL;

  add_roi (buffer, 0, 40, 30, 10, 10);
  buffer = test_pass (h, buffer);
  fail_unless_equals_string (od_label (buffer, a), "red");
  fail_unless_equals_string (od_label (buffer, b), "green");
  fail_unless_equals_string (od_label (buffer, c), "");
  fail_unless_equals_string (nth_label (buffer, 0), "blue");
  /* None of that is about the frame. */
  fail_if (gst_mobilenet_analytics_iterate (buffer, &state, scores, 3,
      &result));
  gst_buffer_unref (buffer);
  close_quietly (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_analytics_tracked)
{
  GstBus *bus;
  GstHarness *h = open_objects (&bus, 1);
  guint i;

  set (h, "reclassify-interval", 3);
  for (i = 0; i < 9; i++) {
    GstBuffer *buffer = scene_new (i == 0 ? RED : GREEN, BLUE, BLUE, i);
    guint tracked = add_od (buffer, i % 2, 1, 20, 20, 0);
    guint other = add_od (buffer, 0, 1, 20, 20, -1);

    buffer = test_pass (h, buffer);
    fail_unless_equals_string (od_label (buffer, tracked),
        i < 4 ? "red" : "green");
    fail_unless_equals_string (od_label (buffer, other),
        i == 0 ? "red" : "green");
    gst_buffer_unref (buffer);
  }
  close_quietly (h, bus);
}

GST_END_TEST;

#if GST_CHECK_VERSION(1, 28, 0)
#define LARGE_CAPS \
  "video/x-raw, format=RGB, width=320, height=240, " \
  "framerate=25/1, colorimetry=1:1:5:1"

/* What GStreamer's own overlay draws with these properties of ours. */
static GstBuffer *
draw (const gchar *properties)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar
      *line = g_strdup_printf ("mobilenet backend=cpu "
                               "model-file=\"%s\" %s ! objectdetectionoverlay",
          model, properties);
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *buffer;

  gst_harness_set_src_caps_str (h, LARGE_CAPS);
  buffer = test_frame_new_for_caps (LARGE_CAPS, RED, 0);
  add_od (buffer, 60, 60, 150, 100, -1);
  buffer = test_pass (h, buffer);
  gst_harness_teardown (h);
  return buffer;
}

/* It reads our classes: the picture is another one with them. */
GST_START_TEST (test_others_overlay)
{
  GstElementFactory
      *factory = gst_element_factory_find ("objectdetectionoverlay");
  GstBuffer *plain, *again, *classified;

  if (!factory) {
    g_printerr ("skipped: no objectdetectionoverlay "
                "(gstreamer1.0-plugins-bad)\n");
    return;
  }
  gst_object_unref (factory);
  plain = draw ("enabled=false");
  again = draw ("enabled=false");
  classified = draw ("region=objects");
  fail_unless (test_same_bytes (again, plain));
  fail_if (test_same_bytes (classified, plain));
  gst_buffer_unref (plain);
  gst_buffer_unref (again);
  gst_buffer_unref (classified);
}

GST_END_TEST;
#endif
#endif

static Suite *
mobilenet_regions_suite (void)
{
  Suite *suite = suite_create ("mobilenet-regions");
  TCase *tc = tcase_create ("regions");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_classes);
  tcase_add_test (tc, test_outside);
  tcase_add_test (tc, test_largest_first);
  tcase_add_test (tc, test_kept);
  tcase_add_test (tc, test_not_kept);
  tcase_add_test (tc, test_depth);
  tcase_add_test (tc, test_untouched);
  tcase_add_test (tc, test_two_elements);
  tcase_add_test (tc, test_field_and_crop);
  tcase_add_test (tc, test_short_buffer);
#ifdef HAVE_GST_ANALYTICS
  tcase_add_test (tc, test_analytics);
  tcase_add_test (tc, test_analytics_tracked);
#if GST_CHECK_VERSION(1, 28, 0)
  tcase_add_test (tc, test_others_overlay);
#endif
#endif
  return suite;
}

GST_CHECK_MAIN (mobilenet_regions);
