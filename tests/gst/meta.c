/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The metadata behind the element: what it survives, and how it is read. */

#include "tests/gst/testutil.h"

#include <string.h>

#include "gst/meta/analytics.h"

#define CAPS \
  "video/x-raw, format=I420, width=64, height=48, " \
  "framerate=25/1, colorimetry=1:4:0:0"

static const gchar *paths[] = {"queue",
  "tee name=t ! queue ! fakesink async=false sync=false t. ! queue",
  "videoscale ! capsfilter caps=\"video/x-raw, width=32, height=50\"",
  "videoconvert ! capsfilter caps=\"video/x-raw, format=RGB\"",
  "videoconvert ! capsfilter caps=\"video/x-raw, format=NV12\" ! "
  "videoscale ! capsfilter caps=\"video/x-raw, width=20, height=20\"",
  "videorate ! capsfilter caps=\"video/x-raw, framerate=50/1\"",
  "identity drop-allocation=true ! queue ! videoscale ! videoconvert",
  "videoconvertscale ! capsfilter caps=\"video/x-raw, format=RGB, width=32\"",
  "videobalance saturation=0.5 ! gamma gamma=1.2", "deinterlace mode=disabled"};

/* Elements that change what the picture shows: only what is about no place in
 * it is sure to come through. */
static const gchar *cutting[] = {"videocrop left=4", "videobox left=-4",
  "videoflip method=clockwise", "alpha"};

static GstHarness *
open_path (const gchar *properties, const gchar *path)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf ("mobilenet name=m backend=cpu "
                                            "schedule=every-frame "
                                            "model-file=\"%s\" %s ! %s",
      model, properties, path);
  GstHarness *h = gst_harness_new_parse (line);

  gst_harness_set_src_caps_str (h, CAPS);
  return h;
}

/* What others read, where GStreamer has it. */
static void
check_analytics (GstBuffer *buffer)
{
#ifdef HAVE_GST_ANALYTICS
  GstMobilenetScore scores[3];
  GstMobilenetResult result;
  gpointer state = NULL;

  fail_unless (gst_mobilenet_analytics_iterate (buffer, &state, scores, 3,
      &result));
  fail_unless_equals_string (scores[0].label, "red");
#endif
}

static void
check_path (const gchar *path, gboolean analytics)
{
  GstHarness *h = open_path ("", path);
  guint i;

  for (i = 0; i < 5; i++)
    fail_unless_equals_int (gst_harness_push (h,
                                test_frame_new_for_caps (CAPS, 0xff0000,
                                    i * DURATION)),
        GST_FLOW_OK);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  for (i = 0; i < 5; i++) {
    GstBuffer *buffer = gst_harness_pull (h);

    fail_unless (buffer != NULL);
    fail_unless_equals_string (test_get_label (buffer), "red");
    if (analytics)
      check_analytics (buffer);
    gst_buffer_unref (buffer);
  }
  gst_harness_teardown (h);
}

GST_START_TEST (test_survives)
{
  check_path (paths[__i__], TRUE);
}

GST_END_TEST;

GST_START_TEST (test_survives_cutting)
{
  check_path (cutting[__i__], FALSE);
}

GST_END_TEST;

/* Fewer frames: each keeps its own. */
GST_START_TEST (test_survives_rate)
{
  GstHarness *h = open_path ("",
      "videorate ! "
      "capsfilter caps=\"video/x-raw, framerate=10/1\"");
  GstBuffer *buffer;
  guint i, n = 0;

  for (i = 0; i < 10; i++)
    gst_harness_push (h,
        test_frame_new_for_caps (CAPS, 0xff0000, i * DURATION));
  gst_harness_push_event (h, gst_event_new_eos ());
  while ((buffer = gst_harness_try_pull (h))) {
    fail_unless_equals_string (test_get_label (buffer), "red");
    check_analytics (buffer);
    gst_buffer_unref (buffer);
    n++;
  }
  fail_unless (n >= 4 && n <= 6);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* What is said of an object goes where the object's box goes, but for
 * elements that convert: of a GstVideoRegionOfInterestMeta they take the box
 * alone. */
static const gchar *keeping[] = {"queue",
  "tee name=t ! queue ! fakesink async=false sync=false t. ! queue",
  "videorate ! capsfilter caps=\"video/x-raw, framerate=50/1\"",
  "videobalance saturation=0.5 ! gamma gamma=1.2"};

GST_START_TEST (test_object_survives)
{
  GstHarness *h = open_path ("region=objects", keeping[__i__]);
  GstVideoRegionOfInterestMeta *roi;
  GstStructure *param;
  GstBuffer *buffer;
  guint i;

  for (i = 0; i < 2; i++) {
    buffer = test_frame_new_for_caps (CAPS, 0xff0000, i * DURATION);
    gst_buffer_add_video_region_of_interest_meta (buffer, "thing", 0, 0, 20,
        20);
    gst_harness_push (h, buffer);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  buffer = gst_harness_pull (h);
  roi = gst_buffer_get_video_region_of_interest_meta_id (buffer, 0);
  fail_unless (roi != NULL);
  param = gst_video_region_of_interest_meta_get_param (roi, "mobilenet");
  fail_unless (param != NULL);
  fail_unless_equals_string (gst_structure_get_string (param, "label"), "red");
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Two networks on one stream: both answers arrive, in order. */
GST_START_TEST (test_two_in_a_row)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf (
      "mobilenet name=a backend=cpu "
      "schedule=every-frame "
      "model-file=\"%s\" ! queue ! mobilenet name=b backend=cpu top-k=1 "
      "schedule=every-frame "
      "model-file=\"%s\"",
      model, model);
  GstHarness *h = gst_harness_new_parse (line);
  gpointer state = NULL;
  GstBuffer *buffer;

  gst_harness_set_src_caps_str (h, CAPS);
  gst_harness_push (h, test_frame_new_for_caps (CAPS, 0x0000ff, 0));
  buffer = gst_harness_pull (h);
  fail_unless_equals_int (test_count_results (buffer), 2);
  fail_unless_equals_string (
      gst_structure_get_string (gst_mobilenet_meta_iterate (buffer, &state),
          "element"),
      "a");
  fail_unless_equals_string (
      gst_structure_get_string (gst_mobilenet_meta_iterate (buffer, &state),
          "element"),
      "b");
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

static guint64
get_instance (GstBuffer *buffer, guint n)
{
  const GstStructure *s = NULL;
  gpointer state = NULL;
  guint i;

  for (i = 0; i <= n; i++)
    s = gst_mobilenet_meta_iterate (buffer, &state);
  return test_get_uint64 (s, "instance");
}

/* Names are unique only within a bin: elements of one name leave each other's
 * results alone, and replace their own. */
GST_START_TEST (test_same_name)
{
  GstHarness *h[2];
  GstBus *bus[2];
  GstBuffer *buffer;
  guint64 a, b;
  guint i;

  for (i = 0; i < 2; i++)
    h[i] = test_open_rgb (test_element_new (&bus[i]));
  buffer = test_run (h[0], RGB_CAPS, 0x0000ff, 0);
  buffer = test_pass (h[1], buffer);
  fail_unless_equals_int (test_count_results (buffer), 2);
  a = get_instance (buffer, 0);
  b = get_instance (buffer, 1);
  fail_unless (a != 0 && b != 0 && a != b);
  /* Once more through the first one. */
  buffer = test_pass (h[0], buffer);
  fail_unless_equals_int (test_count_results (buffer), 2);
  fail_unless (get_instance (buffer, 0) == b);
  fail_unless (get_instance (buffer, 1) == a);
  gst_buffer_unref (buffer);
  for (i = 0; i < 2; i++)
    test_close (h[i], bus[i]);
}

GST_END_TEST;

/* The same for what is said of an object. */
GST_START_TEST (test_same_name_of_object)
{
  GstBuffer *buffer = test_frame_new_for_caps (RGB_CAPS, 0x0000ff, 0);
  GstVideoRegionOfInterestMeta *meta;
  guint64 instances[2];
  GstHarness *h[2];
  GstBus *bus[2];
  GList *l;
  guint i, n = 0;

  gst_buffer_add_video_region_of_interest_meta (buffer, "thing", 0, 0, 9, 9);
  for (i = 0; i < 2; i++) {
    h[i] = test_open_rgb (test_element_new (&bus[i]));
    gst_util_set_object_arg (G_OBJECT (h[i]->element), "region", "objects");
  }
  for (i = 0; i < 4; i++)
    buffer = test_pass (h[i % 2], buffer);
  meta = gst_buffer_get_video_region_of_interest_meta_id (buffer, 0);
  for (l = meta->params; l; l = l->next) {
    fail_unless (n < 2);
    fail_unless_equals_string (gst_structure_get_string (l->data, "element"),
        "mobilenet0");
    instances[n++] = test_get_uint64 (l->data, "instance");
  }
  fail_unless_equals_int (n, 2);
  fail_unless (instances[0] != instances[1]);
  gst_buffer_unref (buffer);
  for (i = 0; i < 2; i++)
    test_close (h[i], bus[i]);
}

GST_END_TEST;

/* Frames are counted for as long as the element lives, also those without a
 * result: through flushes and stops. */
GST_START_TEST (test_number)
{
  GstBus *bus;
  GstHarness *h = test_open_rgb (test_element_new (&bus));
  guint64 instance = 0;
  guint i;

  for (i = 0; i < 12; i++) {
    GstSegment segment;
    GstBuffer *buffer;

    g_object_set (h->element, "enabled", i % 4 != 3, NULL);
    buffer = test_run (h, RGB_CAPS, 0x0000ff, 0);
    if (i % 4 != 3) {
      const GstStructure *s = test_get_result (buffer);

      fail_unless_equals_uint64 (test_get_uint64 (s, "number"), i + 1);
      if (i == 0)
        instance = test_get_uint64 (s, "instance");
      fail_unless_equals_uint64 (test_get_uint64 (s, "instance"), instance);
    }
    gst_buffer_unref (buffer);
    if (i % 3 == 1) {
      gst_harness_push_event (h, gst_event_new_flush_start ());
      gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
      gst_segment_init (&segment, GST_FORMAT_TIME);
      gst_harness_push_event (h, gst_event_new_segment (&segment));
    } else if (i % 3 == 2) {
      gst_element_set_state (h->element, GST_STATE_NULL);
      gst_element_set_state (h->element, GST_STATE_PLAYING);
      gst_harness_play (h);
      gst_harness_push_event (h, gst_event_new_stream_start ("again"));
      gst_harness_set_src_caps_str (h, RGB_CAPS);
    }
  }
  test_close (h, bus);
}

GST_END_TEST;

/* Applications read it with GStreamer's own functions. */
GST_START_TEST (test_public_reader)
{
  GstMobilenetScore score = {4, 0.25, "four"};
  GstMobilenetResult result = {.element = "e",
    .model = "m",
    .task = "classification",
    .backend = "cpu",
    .pts = 7,
    .latency = 8,
    .age = GST_SECOND,
    .n_classes = 1,
    .classes = &score};
  GstBuffer *buffer = gst_buffer_new (), *copy;
  GstCustomMeta *meta;
  GstStructure *s;

  gst_mobilenet_meta_attach (buffer, &result);
  copy = gst_buffer_copy (buffer);
  gst_buffer_unref (buffer);
  meta = gst_buffer_get_custom_meta (copy, "mobilenet-result");
  fail_unless (meta != NULL);
  fail_unless (gst_meta_api_type_get_tags (meta->meta.info->api) == NULL
      || gst_meta_api_type_get_tags (meta->meta.info->api)[0] == NULL);
  s = gst_custom_meta_get_structure (meta);
  fail_unless_equals_uint64 (test_get_uint64 (s, "age"), GST_SECOND);
  fail_unless_equals_uint64 (test_get_uint64 (s, "pts"), 7);
  fail_unless_equals_uint64 (test_get_uint64 (s, "latency"), 8);
  fail_unless_equals_string (gst_structure_get_string (s, "label"), "four");
  gst_buffer_unref (copy);
}

GST_END_TEST;

/* Many buffers with many metas: every copy is freed. */
GST_START_TEST (test_attach_and_copy)
{
  GstMobilenetResult result = {
    .model = "m", .task = "classification", .backend = "cpu", .fresh = TRUE};
  GstBuffer *buffer = gst_buffer_new (), *copy;
  gchar name[16];
  guint i;

  for (i = 0; i < 100; i++) {
    g_snprintf (name, sizeof (name), "e%u", i % 10);
    result.element = name;
    result.pts = i;
    gst_mobilenet_meta_attach (buffer, &result);
    copy = gst_buffer_copy (buffer);
    fail_unless_equals_int (test_count_results (copy), MIN (i + 1, 10));
    gst_buffer_unref (copy);
  }
  gst_buffer_unref (buffer);
}

GST_END_TEST;

#ifdef HAVE_GST_ANALYTICS
#include <gst/analytics/analytics.h>

/* One relation meta a buffer, with a Cls mtd of each element. */
GST_START_TEST (test_analytics)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = g_strdup_printf ("mobilenet name=a backend=cpu "
                                            "schedule=every-frame "
                                            "model-file=\"%s\" ! mobilenet "
                                            "name=b backend=cpu top-k=1 "
                                            "schedule=every-frame "
                                            "model-file=\"%s\"",
      model, model);
  GstHarness *h = gst_harness_new_parse (line);
  GstAnalyticsRelationMeta *meta;
  GstMobilenetScore scores[5];
  GstMobilenetResult result;
  gpointer state = NULL;
  GstBuffer *buffer;

  gst_harness_set_src_caps_str (h, CAPS);
  gst_harness_push (h, test_frame_new_for_caps (CAPS, 0x0000ff, 0));
  buffer = gst_harness_pull (h);
  fail_unless_equals_int (gst_buffer_get_n_meta (buffer,
                              GST_ANALYTICS_RELATION_META_API_TYPE),
      1);
  meta = gst_buffer_get_analytics_relation_meta (buffer);
  fail_unless_equals_int (gst_analytics_relation_get_length (meta), 2);
  fail_unless (gst_mobilenet_analytics_iterate (buffer, &state, scores, 5,
      &result));
  fail_unless_equals_int (result.n_classes, 3);
  fail_unless_equals_string (scores[0].label, "blue");
  fail_unless (scores[0].confidence > scores[1].confidence);
  fail_unless (gst_mobilenet_analytics_iterate (buffer, &state, scores, 5,
      &result));
  fail_unless_equals_int (result.n_classes, 1);
  fail_if (gst_mobilenet_analytics_iterate (buffer, &state, scores, 5,
      &result));
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;
#endif

static Suite *
mobilenet_meta_suite (void)
{
  Suite *suite = suite_create ("mobilenet-meta");
  TCase *tc = tcase_create ("meta");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, test_setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_survives, 0, G_N_ELEMENTS (paths));
  tcase_add_loop_test (tc, test_survives_cutting, 0, G_N_ELEMENTS (cutting));
  tcase_add_test (tc, test_survives_rate);
  tcase_add_loop_test (tc, test_object_survives, 0, G_N_ELEMENTS (keeping));
  tcase_add_test (tc, test_two_in_a_row);
  tcase_add_test (tc, test_same_name);
  tcase_add_test (tc, test_same_name_of_object);
  tcase_add_test (tc, test_number);
  tcase_add_test (tc, test_public_reader);
  tcase_add_test (tc, test_attach_and_copy);
#ifdef HAVE_GST_ANALYTICS
  tcase_add_test (tc, test_analytics);
#endif
  return suite;
}

GST_CHECK_MAIN (mobilenet_meta);
