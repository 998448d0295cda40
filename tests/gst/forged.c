/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Metadata that is not what elements attach: structures that are NULL or of
 * other types, numbers that are none, boxes from anywhere. Nothing complains,
 * and what comes of it has bounds. */

#include "tests/gst/forgedutil.h"
#include "tests/gst/randomutil.h"

#include <math.h>
#include <stdlib.h>

#ifdef HAVE_OVERLAY
#include "gst/overlay/objects.h"
#endif

static GstStructure *
forge (GstBuffer *buffer)
{
  gst_mobilenet_meta_get_info ();
  return gst_custom_meta_get_structure (gst_buffer_add_custom_meta (buffer,
      GST_MOBILENET_META_NAME));
}

/* ---- segments ---------------------------------------------------------- */

static const struct
{
  const gchar *name, *downstream;
} elements[] = {
  {"mobilenet", NULL},
  {"mobilenettext", "text/x-raw, format=utf8"},
  {"mobilenettext", "application/x-ndjson"},
#ifdef HAVE_OVERLAY
  {"mobilenetoverlay", NULL},
#endif
};

/* Backwards from nobody knows where. */
GST_START_TEST (test_segments)
{
  static const gdouble rates[][2] = {{-1, 1}, {-1, -1}, {1, -1}, {-2.5, 1}};
  guint i, k;

  for (i = 0; i < 2 * G_N_ELEMENTS (rates); i++) {
    GstBus *bus;
    GstHarness *h;
    GstSegment segment;

    if (g_str_equal (elements[__i__].name, "mobilenet"))
      h = test_harness_new (test_element_new (&bus));
    else
      h = test_forged_open (elements[__i__].name, elements[__i__].downstream,
          &bus);
    gst_harness_set_src_caps_str (h, TEST_FORGED_CAPS);
    gst_segment_init (&segment, GST_FORMAT_TIME);
    segment.rate = rates[i / 2][0];
    segment.applied_rate = rates[i / 2][1];
    if (i % 2) {
      segment.offset = 5 * GST_SECOND;
      segment.stop = rates[i / 2][0] < 0 ? GST_SECOND : GST_CLOCK_TIME_NONE;
    }
    fail_unless (gst_harness_push_event (h, gst_event_new_segment (&segment)));
    for (k = 0; k < 3; k++) {
      GstBuffer *buffer = test_forged_frame_new ();

      test_forged_add_result (buffer, "a", "label", 1);
      GST_BUFFER_PTS (buffer) = k == 2 ? GST_CLOCK_TIME_NONE
                                       : (2 - k) * DURATION;
      fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    }
    gst_harness_push_event (h, gst_event_new_eos ());
    test_close (h, bus);
  }
}

GST_END_TEST;

/* ---- structures of any kind -------------------------------------------- */

static gdouble
any_double (void)
{
  static const gdouble numbers[] = {
    NAN, INFINITY, -INFINITY, 0, -0.0, -1, 1e308, -1e308, 1e-320, 0.5, 1, 2};

  return numbers[test_pick (0, G_N_ELEMENTS (numbers) - 1)];
}

static const gchar *
any_text (void)
{
  static const gchar *const texts[] = {
    "", "cat", "\xe2\x80\xa8", "a\nb\\\"{label}\x01", NULL, "%s%n", "<b>"};

  return texts[test_pick (0, G_N_ELEMENTS (texts) - 1)];
}

static void set_anything (GstStructure *s, guint depth);

/* kind: as below. */
static void
set_value (GValue *value, guint kind, guint depth)
{
  guint i, n = test_pick (0, 6), items = test_pick (0, depth > 1 ? 5 : 7);

  switch (kind) {
    case 0:
      g_value_init (value, G_TYPE_DOUBLE);
      g_value_set_double (value, any_double ());
      break;
    case 1:
      g_value_init (value, G_TYPE_STRING);
      g_value_set_string (value, any_text ());
      break;
    case 2:
      g_value_init (value, G_TYPE_INT);
      g_value_set_int (value, (gint) g_rand_int (test_rand));
      break;
    case 3:
      g_value_init (value, G_TYPE_UINT64);
      g_value_set_uint64 (value,
          (guint64) g_rand_int (test_rand) << 32 >> test_pick (0, 63));
      break;
    case 4:
      g_value_init (value, GST_TYPE_STRUCTURE);
      break;
    case 5:
      g_value_init (value, GST_TYPE_BUFFER);
      break;
    case 6:
    case 7:
      g_value_init (value, GST_TYPE_STRUCTURE);
      g_value_take_boxed (value, gst_structure_new_empty ("class"));
      set_anything ((GstStructure *) gst_value_get_structure (value),
          depth + 1);
      break;
    default:
      gst_value_array_init (value, n);
      for (i = 0; i < n; i++) {
        GValue item = G_VALUE_INIT;

        set_value (&item, items, depth + 1);
        gst_value_array_append_and_take_value (value, &item);
      }
      break;
  }
}

static void
any_value (GValue *value, guint depth)
{
  set_value (value, depth > 2 ? test_pick (0, 5) : test_pick (0, 9), depth);
}

static void
set_anything (GstStructure *s, guint depth)
{
  static const gchar *const fields[] = {"element", "model", "instance",
    "number", "pts", "task", "backend", "latency", "age", "fresh", "index",
    "label", "confidence", "classes", "x"};
  guint i;

  for (i = 0; i < G_N_ELEMENTS (fields); i++) {
    GValue value = G_VALUE_INIT;

    if (test_pick (0, 3) == 0)
      continue;
    /* Often what it should be. */
    if (test_pick (0, 1) && (i == 11 || i == 12)) {
      g_value_init (&value, i == 11 ? G_TYPE_STRING : G_TYPE_DOUBLE);
      if (i == 11)
        g_value_set_string (&value, any_text ());
      else
        g_value_set_double (&value, any_double ());
    } else if (test_pick (0, 1) && i == 13) {
      set_value (&value, 9, depth);
    } else {
      any_value (&value, depth);
    }
    gst_structure_take_value (s, fields[i], &value);
  }
}

static guint
any_size (void)
{
  static const guint sizes[] = {0, 1, 20, 159, 160, G_MAXINT16, 65536, 1 << 28,
    G_MAXINT, 1u << 31, G_MAXUINT - 3, G_MAXUINT};

  return test_pick (0, 2) ? (guint) test_pick (0, 200)
                          : sizes[test_pick (0, G_N_ELEMENTS (sizes) - 1)];
}

static void
add_any_roi (GstBuffer *buffer)
{
  GstVideoRegionOfInterestMeta
      *meta = gst_buffer_add_video_region_of_interest_meta_id (buffer,
          test_pick (0, 5) ? g_quark_from_static_string ("dog")
                           : g_rand_int (test_rand),
          any_size (), any_size (), any_size (), any_size ());
  guint i, n = test_pick (0, 3);

  meta->id = (gint) g_rand_int (test_rand);
  for (i = 0; i < n; i++) {
    GstStructure *s = gst_structure_new_empty (test_pick (0, 1) ? "mobilenet"
                                                                : "detection");

    set_anything (s, 3);
    meta->params = g_list_append (meta->params, s);
  }
}

/* MOBILENET_TEST_FORGED: how many. */
GST_START_TEST (test_any)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_FORGED");
  guint n = text ? strtoul (text, NULL, 0) : 200, i, k;
  gboolean classifies = g_str_equal (elements[__i__].name, "mobilenet");
  GstBus *bus;
  GstHarness *h;

  if (classifies)
    h = test_harness_new (test_element_new (&bus));
  else
    h = test_forged_open (elements[__i__].name, elements[__i__].downstream,
        &bus);
  if (classifies)
    gst_util_set_object_arg (G_OBJECT (h->element), "region", "objects");
  gst_harness_set_src_caps_str (h, TEST_FORGED_CAPS);
  for (i = 0; i < n; i++) {
    GstBuffer *buffer = test_forged_frame_new (), *out;

    for (k = test_pick (0, 4); k > 0; k--)
      set_anything (forge (buffer), 0);
    for (k = test_pick (0, 12); k > 0; k--)
      add_any_roi (buffer);
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    while ((out = gst_harness_try_pull (h)))
      gst_buffer_unref (out);
  }
  test_close (h, bus);
}

GST_END_TEST;

/* ---- boxes ------------------------------------------------------------- */

#ifdef HAVE_OVERLAY

/* Corners so far away that sums of them are no integers any more. */
GST_START_TEST (test_far_boxes)
{
  static const guint far[] = {0, 100, G_MAXINT - 1, G_MAXUINT};
  GstMobilenetOverlayObjects *finder = gst_mobilenet_overlay_objects_new ();
  GstMobilenetReader *reader = gst_mobilenet_reader_new (NULL);
  GArray *objects = g_array_new (FALSE, FALSE, sizeof (GstMobilenetObject));
  GstBuffer *buffer = gst_buffer_new ();
  guint i;

  for (i = 0; i < 256; i++)
    gst_buffer_add_video_region_of_interest_meta (buffer, "dog", far[i & 3],
        far[i >> 2 & 3], far[i >> 4 & 3], far[i >> 6]);
  gst_mobilenet_reader_read (reader, buffer, 1, 0.0);
  gst_mobilenet_overlay_objects_read (finder, reader, buffer, objects);
  fail_unless (objects->len > 0
      && objects->len <= GST_MOBILENET_OVERLAY_MAX_BOXES);
  for (i = 0; i < objects->len; i++) {
    GstMobilenetObject *o = &g_array_index (objects, GstMobilenetObject, i);

    fail_unless (o->x >= 0 && o->y >= 0 && o->width >= 0 && o->height >= 0);
    fail_unless ((gint64) o->x + o->width < G_MAXINT / 2);
    fail_unless ((gint64) o->y + o->height < G_MAXINT / 2);
  }
  gst_buffer_unref (buffer);
  g_array_unref (objects);
  gst_mobilenet_reader_free (reader);
  gst_mobilenet_overlay_objects_free (finder);
}

GST_END_TEST;

#endif /* HAVE_OVERLAY */

static Suite *
forged_suite (void)
{
  Suite *suite = suite_create ("forged");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, test_setup_random, test_teardown_random);
  tcase_add_loop_test (tcase, test_segments, 0, G_N_ELEMENTS (elements));
  tcase_add_loop_test (tcase, test_any, 0, G_N_ELEMENTS (elements));
#ifdef HAVE_OVERLAY
  tcase_add_test (tcase, test_far_boxes);
#endif
  return suite;
}

GST_CHECK_MAIN (forged);
