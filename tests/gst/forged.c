/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Metadata that is not what elements attach: structures that are NULL or of
 * other types, labels and lists without end, thousands of boxes, numbers that
 * are none. Nothing complains, and what comes of it has bounds. */

#include "tests/gst/randomutil.h"
#include "tests/gst/testutil.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mn.h"
#include "gst/text/newness.h"
#ifdef HAVE_OVERLAY
#include "gst/overlay/objects.h"
#include "tests/gst/overlayutil.h"
#endif

#define LONG (8 << 20)
#define CAPS \
  "video/x-raw, format=RGB, width=160, height=120, " \
  "framerate=25/1, colorimetry=1:1:5:1"

/* ---- elements ---------------------------------------------------------- */

/* name: an element that reads metadata; caps: what is downstream, or NULL. */
static GstHarness *
open_reader (const gchar *name, const gchar *caps, GstBus **bus)
{
  GstHarness *h = gst_harness_new (name);

  if (caps)
    gst_harness_set_sink_caps_str (h, caps);
  *bus = gst_bus_new ();
  gst_element_set_bus (h->element, *bus);
  gst_harness_set_src_caps_str (h, CAPS);
  return h;
}

static GstBuffer *
frame_new (void)
{
  return test_frame_new_for_caps (CAPS, 0x808080, 0);
}

static GstStructure *
forge (GstBuffer *buffer)
{
  gst_mobilenet_meta_get_info ();
  return gst_custom_meta_get_structure (gst_buffer_add_custom_meta (buffer,
      GST_MOBILENET_META_NAME));
}

static gchar *
long_text (void)
{
  GString *text = g_string_new (NULL);

  while (text->len < LONG)
    g_string_append (text, "h\xc3\xbctte ");
  return g_string_free (text, FALSE);
}

/* A result with n classes of that label. */
static void
add_result (GstBuffer *buffer, const gchar *element, const gchar *label,
    guint n)
{
  g_autofree GstMobilenetScore *scores = g_new0 (GstMobilenetScore, n);
  GstMobilenetResult result = {
    element, "m", "classification", "cpu", 0, 0, n, scores};
  guint i;

  for (i = 0; i < n; i++) {
    scores[i].confidence = 0.9;
    scores[i].label = label;
  }
  gst_mobilenet_meta_attach (buffer, &result, 0, TRUE);
}

/* ---- labels ------------------------------------------------------------ */

/* As text; g_free. */
static gchar *
pull_text (GstHarness *h)
{
  GstBuffer *buffer = gst_harness_pull (h);
  gsize size = gst_buffer_get_size (buffer);
  gchar *text = g_malloc0 (size + 1);

  gst_buffer_extract (buffer, 0, text, size);
  gst_buffer_unref (buffer);
  return text;
}

GST_START_TEST (test_long_labels_told)
{
  g_autofree gchar *label = long_text ();
  g_autofree gchar *line = NULL;
  GstBus *bus;
  GstHarness *h = open_reader ("mobilenettext", "application/x-ndjson", &bus);
  guint i;

  for (i = 0; i < 3; i++) {
    GstBuffer *buffer = frame_new ();

    add_result (buffer, label, label, 2);
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    g_free (line);
    line = pull_text (h);
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

/* ---- results without end ----------------------------------------------- */

GST_START_TEST (test_many_results)
{
  GstBus *bus;
  GstHarness *h = open_reader ("mobilenettext", "application/x-ndjson", &bus);
  GstBuffer *buffer = frame_new (), *line;
  guint i, n = 0;

  for (i = 0; i < 1000; i++) {
    g_autofree gchar *name = g_strdup_printf ("element %u", i);

    add_result (buffer, name, "label", i == 0 ? 5000 : 1);
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
    GstMobilenetSeen often = {.element = round ? NULL : "often",
      .instance = round ? G_MAXUINT64 : 0,
      .number = 7,
      .pts = 7};
    GstMobilenetSeen once = often;

    once.element = round ? NULL : "once";
    once.instance = round ? G_MAXUINT64 - 1 : 0;
    fail_unless (gst_mobilenet_newness_take (newness, &often, buffer));
    fail_unless (gst_mobilenet_newness_take (newness, &once, buffer));
    fail_if (gst_mobilenet_newness_take (newness, &once, buffer));
    for (i = 0; i < 3000; i++) {
      g_autofree gchar *name = g_strdup_printf ("%u", i);
      GstMobilenetSeen forged = often;

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
      h = open_reader (elements[__i__].name, elements[__i__].downstream, &bus);
    gst_harness_set_src_caps_str (h, CAPS);
    gst_segment_init (&segment, GST_FORMAT_TIME);
    segment.rate = rates[i / 2][0];
    segment.applied_rate = rates[i / 2][1];
    if (i % 2) {
      segment.offset = 5 * GST_SECOND;
      segment.stop = rates[i / 2][0] < 0 ? GST_SECOND : GST_CLOCK_TIME_NONE;
    }
    fail_unless (gst_harness_push_event (h, gst_event_new_segment (&segment)));
    for (k = 0; k < 3; k++) {
      GstBuffer *buffer = frame_new ();

      add_result (buffer, "a", "label", 1);
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
    h = open_reader (elements[__i__].name, elements[__i__].downstream, &bus);
  if (classifies)
    gst_util_set_object_arg (G_OBJECT (h->element), "region", "objects");
  gst_harness_set_src_caps_str (h, CAPS);
  for (i = 0; i < n; i++) {
    GstBuffer *buffer = frame_new (), *out;

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
  tcase_add_test (tcase, test_long_labels_told);
  tcase_add_test (tcase, test_cut);
  tcase_add_test (tcase, test_labels_file);
  tcase_add_test (tcase, test_many_labels);
  tcase_add_test (tcase, test_many_results);
  tcase_add_test (tcase, test_newness);
  tcase_add_loop_test (tcase, test_segments, 0, G_N_ELEMENTS (elements));
  tcase_add_loop_test (tcase, test_any, 0, G_N_ELEMENTS (elements));
#ifdef HAVE_OVERLAY
  tcase_add_test (tcase, test_many_boxes);
  tcase_add_test (tcase, test_far_boxes);
#endif
  return suite;
}

GST_CHECK_MAIN (forged);
