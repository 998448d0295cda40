/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Models that change while frames flow. The second model is the first one
 * under another name, with labels of its own: a label under the wrong model's
 * name would show. */

#include "tests/gst/testutil.h"
#include "tests/support/fake_backend.h"

#define OTHER_MODEL "other.tflite"

static const gchar *const german[] = {"rot", "gruen", "blau"};

typedef struct
{
  GstHarness *h;
  GstElement *element;
  GstBus *bus;
  guint n;         /* frames so far */
  GQueue warnings; /* texts, not looked at so far */
} Stream;

static void
copy_model (const gchar *name)
{
  g_autofree gchar *from = test_path (RGB_MODEL);
  g_autofree gchar *data = NULL;
  gsize size;

  fail_unless (g_file_get_contents (from, &data, &size, NULL));
  g_free (test_write (name, data, size));
}

static void
setup (void)
{
  g_autofree gchar *labels = NULL;

  test_setup ();
  copy_model (OTHER_MODEL);
  labels = test_write ("other.labels", "rot\ngruen\nblau\n", -1);
}

static void
stream_open (Stream *s, const gchar *schedule)
{
  s->element = test_element_new (&s->bus);
  gst_util_set_object_arg (G_OBJECT (s->element), "schedule", schedule);
  gst_util_set_object_arg (G_OBJECT (s->element), "post-messages", "all");
  gst_mobilenet_set_tuning (GST_MOBILENET (s->element), 0, 0, PATIENT, 1);
  g_object_set (s->element, "max-age", (guint64) 0, NULL);
  s->h = test_open_rgb (s->element);
  s->n = 0;
  g_queue_init (&s->warnings);
}

static void
stream_close (Stream *s)
{
  fake_backend_release ();
  test_close (s->h, s->bus);
  g_queue_clear_full (&s->warnings, g_free);
}

static void
set_file (Stream *s, const gchar *property, const gchar *name)
{
  g_autofree gchar *path = name ? test_path (name) : NULL;

  g_object_set (s->element, property, path, NULL);
}

/* The label is that of the model which the result names, and of the frame
 * that it is of. */
static void
check_truth (const GstStructure *r)
{
  const gchar *model = gst_structure_get_string (r, "model");
  const gchar *const *labels = g_str_equal (model, RGB_MODEL) ? test_rgb_labels
                                                              : german;
  guint of = test_get_uint64 (r, "pts") / DURATION;

  fail_unless_equals_string (gst_structure_get_string (r, "label"),
      labels[of % 3]);
}

static void
check_messages (Stream *s)
{
  GstMessage *message;

  while ((message = gst_bus_pop (s->bus))) {
    fail_if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT) {
      check_truth (gst_message_get_structure (message));
    } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
      g_autoptr (GError) error = NULL;

      gst_message_parse_warning (message, &error, NULL);
      g_queue_push_tail (&s->warnings, g_strdup (error->message));
    }
    gst_message_unref (message);
  }
}

/* The model that its result is of; NULL: it has none. Interned. */
static const gchar *
stream_step (Stream *s)
{
  guint n = s->n++;
  const gchar *model = NULL;
  GstBuffer *buffer;

  fail_unless_equals_int (gst_harness_push (s->h,
                              test_frame_new_for_caps (RGB_CAPS,
                                  test_rgb_colours[n % 3], n * DURATION)),
      GST_FLOW_OK);
  buffer = gst_harness_try_pull (s->h);
  fail_unless (buffer != NULL);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), n * DURATION);
  if (test_count_results (buffer) > 0) {
    check_truth (test_get_result (buffer));
    model = g_intern_string (gst_structure_get_string (test_get_result (buffer),
        "model"));
  }
  gst_buffer_unref (buffer);
  check_messages (s);
  return model;
}

static void
stream_until_model (Stream *s, const gchar *name)
{
  while (g_strcmp0 (stream_step (s), name) != 0)
    g_usleep (500);
}

static const gchar *const schedules[] = {"every-frame", "latest"};

static gchar *
wait_for_warning (Stream *s)
{
  while (g_queue_is_empty (&s->warnings)) {
    stream_step (s);
    g_usleep (500);
  }
  return g_queue_pop_head (&s->warnings);
}

/* ---- swaps that work --------------------------------------------------- */

GST_START_TEST (test_good)
{
  gchar *file;
  Stream s;
  guint i;

  stream_open (&s, schedules[__i__]);
  stream_until_model (&s, RGB_MODEL);
  for (i = 0; i < 5; i++) {
    set_file (&s, "model-file", i % 2 ? RGB_MODEL : OTHER_MODEL);
    stream_until_model (&s, i % 2 ? RGB_MODEL : OTHER_MODEL);
  }
  /* The old model serves until the new one does: no frame goes without. */
  set_file (&s, "model-file", RGB_MODEL);
  for (i = 0; i < 100; i++) {
    fail_unless (stream_step (&s) != NULL);
    g_usleep (1000);
  }
  g_object_get (s.element, "model-file", &file, NULL);
  fail_unless (g_str_has_suffix (file, RGB_MODEL));
  g_free (file);
  check_messages (&s);
  fail_unless (g_queue_is_empty (&s.warnings));
  stream_close (&s);
}

GST_END_TEST;

GST_START_TEST (test_quick_series)
{
  Stream s;
  guint i, round;

  for (i = 0; i < 10; i++) {
    g_autofree gchar *name = g_strdup_printf ("m%u.tflite", i);
    g_autofree gchar *labels = g_strdup_printf ("m%u.labels", i);

    g_free (test_write (labels, "rot\ngruen\nblau\n", -1));
    copy_model (name);
  }
  stream_open (&s, schedules[__i__]);
  for (round = 0; round < 5; round++) {
    for (i = 0; i < 10; i++) {
      g_autofree gchar *name = g_strdup_printf ("m%u.tflite", (i + round) % 10);

      set_file (&s, "model-file", name);
      if (round % 2)
        stream_step (&s);
      if (i == 9)
        stream_until_model (&s, name);
    }
    /* The last one stays. */
    for (i = 0; i < 30; i++) {
      g_autofree gchar *name = g_strdup_printf ("m%u.tflite", (9 + round) % 10);

      fail_unless_equals_string (stream_step (&s), name);
      g_usleep (1000);
    }
  }
  stream_close (&s);
}

GST_END_TEST;

/* Labels alone, and back to the model's own. */
GST_START_TEST (test_labels)
{
  const gchar *label = NULL;
  Stream s;

  g_free (test_write ("more.txt", "R\nG\nB\n", -1));
  stream_open (&s, schedules[__i__]);
  set_file (&s, "labels-file", "more.txt");
  while (g_strcmp0 (label, "B") != 0) {
    GstBuffer *buffer;

    gst_harness_push (s.h,
        test_frame_new_for_caps (RGB_CAPS, 0x0000ff, s.n++ * DURATION));
    buffer = gst_harness_pull (s.h);
    if (test_count_results (buffer) > 0)
      label = g_intern_string (test_get_label (buffer));
    gst_buffer_unref (buffer);
    fail_unless (!label || g_str_equal (label, "blue")
        || g_str_equal (label, "B"));
    g_usleep (500);
  }
  stream_close (&s);
}

GST_END_TEST;

/* What computes may change as well. */
GST_START_TEST (test_backend)
{
  gchar *backend = NULL;
  Stream s;

  stream_open (&s, schedules[__i__]);
  stream_step (&s);
  gst_util_set_object_arg (G_OBJECT (s.element), "backend", "opencl");
  while (g_strcmp0 (backend, "opencl") != 0) {
    stream_step (&s);
    g_usleep (500);
    g_free (backend);
    g_object_get (s.element, "active-backend", &backend, NULL);
  }
  g_object_set (s.element, "threads", 2, NULL);
  gst_util_set_object_arg (G_OBJECT (s.element), "backend", "cpu");
  while (g_strcmp0 (backend, "cpu") != 0) {
    stream_step (&s);
    g_usleep (500);
    g_free (backend);
    g_object_get (s.element, "active-backend", &backend, NULL);
  }
  g_free (backend);
  check_messages (&s);
  fail_unless (g_queue_is_empty (&s.warnings));
  stream_close (&s);
}

GST_END_TEST;

/* ---- swaps that do not ------------------------------------------------- */

GST_START_TEST (test_broken)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *text2 = NULL;
  g_autofree gchar *text3 = NULL;
  Stream s;
  guint i;

  g_free (test_write ("broken.tflite", "not a model", -1));
  stream_open (&s, schedules[__i__]);
  stream_until_model (&s, RGB_MODEL);
  set_file (&s, "model-file", "broken.tflite");
  text = wait_for_warning (&s);
  fail_unless (strstr (text, "broken.tflite") != NULL, "%s", text);
  set_file (&s, "model-file", "no-such.tflite");
  text2 = wait_for_warning (&s);
  fail_unless (strstr (text2, "no-such.tflite") != NULL, "%s", text2);
  /* A device that is asked for and does not start. */
  fake_backend_fail (FAKE_COMPILE, 0, FAKE_ALWAYS);
  set_file (&s, "model-file", OTHER_MODEL);
  gst_util_set_object_arg (G_OBJECT (s.element), "backend", "opencl");
  text3 = wait_for_warning (&s);
  fail_unless (strstr (text3, "fake: ") != NULL, "%s", text3);
  for (i = 0; i < 20; i++)
    fail_unless_equals_string (stream_step (&s), RGB_MODEL);
  fail_unless (g_queue_is_empty (&s.warnings));
  /* And then one that works. */
  gst_util_set_object_arg (G_OBJECT (s.element), "backend", "cpu");
  stream_until_model (&s, OTHER_MODEL);
  stream_close (&s);
}

GST_END_TEST;

/* A mean that the new model cannot use is found before the exchange. */
GST_START_TEST (test_unfit_mean)
{
  g_autofree gchar *text = NULL;
  Stream s;

  stream_open (&s, schedules[__i__]);
  stream_until_model (&s, RGB_MODEL);
  g_object_set (s.element, "mean", "1,2", NULL);
  g_free (wait_for_warning (&s));
  set_file (&s, "model-file", OTHER_MODEL);
  text = wait_for_warning (&s);
  fail_unless (strstr (text, "stays as it is") != NULL, "%s", text);
  fail_unless_equals_string (stream_step (&s), RGB_MODEL);
  stream_close (&s);
}

GST_END_TEST;

/* ---- swaps at a bad time ----------------------------------------------- */

/* The result that was under way is the old model's, and says so. */
GST_START_TEST (test_while_held)
{
  GstStructure *stats;
  const gchar *model = "";
  Stream s;

  fake_backend_fail (FAKE_SUBMIT, 0, FAKE_HANG);
  s.element = test_element_new (&s.bus);
  gst_util_set_object_arg (G_OBJECT (s.element), "schedule", "latest");
  gst_util_set_object_arg (G_OBJECT (s.element), "backend", "opencl");
  gst_util_set_object_arg (G_OBJECT (s.element), "post-messages", "all");
  gst_mobilenet_set_tuning (GST_MOBILENET (s.element), 0, 0, PATIENT, 1);
  s.h = test_open_rgb (s.element);
  s.n = 0;
  g_queue_init (&s.warnings);
  stream_step (&s);
  while (fake_backend_get_calls (FAKE_SUBMIT) == 0)
    g_usleep (500);
  gst_util_set_object_arg (G_OBJECT (s.element), "backend", "cpu");
  set_file (&s, "model-file", OTHER_MODEL);
  while (!g_str_equal (model, OTHER_MODEL)) {
    fail_unless (stream_step (&s) == NULL);
    g_usleep (1000);
    g_object_get (s.element, "stats", &stats, NULL);
    model = g_intern_string (gst_structure_get_string (stats, "model"));
    gst_structure_free (stats);
  }
  fake_backend_release ();
  {
    GstMessage *message = gst_bus_timed_pop_filtered (s.bus,
        GST_CLOCK_TIME_NONE, GST_MESSAGE_ELEMENT);
    const GstStructure *r = gst_message_get_structure (message);

    fail_unless_equals_string (gst_structure_get_string (r, "model"),
        RGB_MODEL);
    check_truth (r);
    gst_message_unref (message);
  }
  stream_until_model (&s, OTHER_MODEL);
  stream_close (&s);
}

GST_END_TEST;

GST_START_TEST (test_during_flush)
{
  GstSegment segment;
  Stream s;
  guint i;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  stream_open (&s, schedules[__i__]);
  for (i = 0; i < 10; i++) {
    stream_step (&s);
    set_file (&s, "model-file", i % 2 ? RGB_MODEL : OTHER_MODEL);
    gst_harness_push_event (s.h, gst_event_new_flush_start ());
    g_usleep (i * 5000);
    gst_harness_push_event (s.h, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (s.h, gst_event_new_segment (&segment));
  }
  stream_until_model (&s, RGB_MODEL);
  stream_close (&s);
}

GST_END_TEST;

/* The end does not wait for a load, nor does a load for the end. */
GST_START_TEST (test_end_while_loading)
{
  guint i;

  for (i = 0; i < 20; i++) {
    Stream s;

    stream_open (&s, schedules[__i__]);
    stream_step (&s);
    set_file (&s, "model-file", OTHER_MODEL);
    g_usleep (i * 2000);
    if (i % 3 == 0)
      set_file (&s, "model-file", NULL);
    stream_close (&s);
  }
}

GST_END_TEST;

/* The next start uses what was set last. */
GST_START_TEST (test_restart)
{
  Stream s;

  stream_open (&s, "every-frame");
  stream_step (&s);
  gst_element_set_state (s.element, GST_STATE_NULL);
  set_file (&s, "model-file", OTHER_MODEL);
  gst_element_set_state (s.element, GST_STATE_PLAYING);
  gst_harness_set_src_caps_str (s.h, RGB_CAPS);
  stream_until_model (&s, OTHER_MODEL);
  stream_close (&s);
}

GST_END_TEST;

/* What another network said is no past of this one. */
GST_START_TEST (test_smoothing_starts_anew)
{
  const gchar *model = RGB_MODEL;
  Stream s;
  guint i;

  stream_open (&s, "every-frame");
  g_object_set (s.element, "smoothing", 100.0, NULL);
  for (i = 0; i < 10; i++)
    gst_buffer_unref (test_run (s.h, RGB_CAPS, 0xff0000, i * DURATION));
  set_file (&s, "model-file", OTHER_MODEL);
  while (g_str_equal (model, RGB_MODEL)) {
    GstBuffer *buffer = test_run (s.h, RGB_CAPS, 0x0000ff, i++ * DURATION);
    const GstStructure *r = test_get_result (buffer);

    model = g_intern_string (gst_structure_get_string (r, "model"));
    fail_unless_equals_string (gst_structure_get_string (r, "label"),
        g_str_equal (model, RGB_MODEL) ? "red" : "blau");
    gst_buffer_unref (buffer);
    g_usleep (500);
  }
  stream_close (&s);
}

GST_END_TEST;

static Suite *
mobilenet_swap_suite (void)
{
  Suite *suite = suite_create ("mobilenet-swap");
  TCase *tc = tcase_create ("swap");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_good, 0, 2);
  tcase_add_loop_test (tc, test_quick_series, 0, 2);
  tcase_add_loop_test (tc, test_labels, 0, 2);
  tcase_add_loop_test (tc, test_backend, 0, 2);
  tcase_add_loop_test (tc, test_broken, 0, 2);
  tcase_add_loop_test (tc, test_unfit_mean, 0, 2);
  tcase_add_test (tc, test_while_held);
  tcase_add_loop_test (tc, test_during_flush, 0, 2);
  tcase_add_loop_test (tc, test_end_while_loading, 0, 2);
  tcase_add_test (tc, test_restart);
  tcase_add_test (tc, test_smoothing_starts_anew);
  return suite;
}

GST_CHECK_MAIN (mobilenet_swap);
