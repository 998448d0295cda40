/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Random sequences of all that can happen to the element at once: states,
 * seeks, caps, properties, models, the end. Whatever goes in comes out, in
 * order, events among the frames where they were, and what is attached is
 * true. A sequence that hangs is ended by its time limit. MOBILENET_FULL=1
 * makes 200 sequences of it and 1000 starts, MOBILENET_TEST_SEED repeats the
 * first of them. */

#include "tests/gst/testutil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_OPERATIONS 40

typedef struct
{
  gboolean is_event;
  guint id; /* seqnum, or what the buffer has as offset */
} Item;

typedef struct
{
  GRand *rand;
  gboolean live;
  GstElement *pipeline, *source, *filter, *element, *sink;
  GstBus *bus;
  gboolean model_is_bad;

  GMutex lock;   /* of what follows */
  GQueue inside; /* Item * */
  guint n_buffers;
  gboolean flushing;
  gboolean end_in, end_out; /* EOS passed: pads refuse what follows */
  guint last_event;         /* id of the last that came out; 0: none */
  GstClockTime last_time;   /* pts of the newest buffer in the segment */
  gboolean went_back;       /* a later one had an earlier pts: the source
                             * does so when its frame rate changes */
} Run;

static const gchar *const english[] = {"red", "green", "blue", ""};
static const gchar *const german[] = {"rot", "gruen", "blau", ""};

static void
setup (void)
{
  g_autofree gchar *from = NULL;
  g_autofree gchar *labels = NULL;
  g_autofree gchar *broken = NULL;
  g_autofree gchar *path = NULL;
  g_autofree gchar *data = NULL;
  gsize size;

  test_setup ();
  from = test_path (RGB_MODEL);
  fail_unless (g_file_get_contents (from, &data, &size, NULL));
  path = test_write ("other.tflite", data, size);
  labels = test_write ("other.labels", "rot\ngruen\nblau\n", -1);
  broken = test_write ("broken.tflite", "no", -1);
}

/* ---- what goes through -------------------------------------------------- */

static void
check_result (GstBuffer *buffer, gboolean in_order)
{
  const GstStructure *r = test_get_result (buffer);
  const gchar *label = gst_structure_get_string (r, "label");
  const gchar *const *labels = g_str_equal (gst_structure_get_string (r,
                                                "model"),
                                   RGB_MODEL)
      ? english
      : german;
  GstClockTime pts = test_get_uint64 (r, "pts");
  gboolean fresh = FALSE;
  guint i;

  gst_structure_get_boolean (r, "fresh", &fresh);
  if (in_order) {
    fail_unless (pts <= GST_BUFFER_PTS (buffer), "a result of a later frame");
    fail_unless_equals_int (fresh, pts == GST_BUFFER_PTS (buffer));
    fail_unless_equals_uint64 (test_get_uint64 (r, "age"),
        GST_BUFFER_PTS (buffer) - pts);
  }
  for (i = 0; i < 4 && !g_str_equal (labels[i], label); i++)
    ;
  fail_unless (i < 4, "%s says %s", gst_structure_get_string (r, "model"),
      label);
}

static gboolean
is_watched (GstEvent *event)
{
  return GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT
      || GST_EVENT_TYPE (event) == GST_EVENT_EOS;
}

static void
clear_inside (Run *run)
{
  run->flushing = run->end_in = run->end_out = FALSE;
  run->last_event = 0;
  run->last_time = 0;
  run->went_back = FALSE;
  g_queue_clear_full (&run->inside, g_free);
}

static GstPadProbeReturn
probe_in (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Run *run = data;
  Item *item = g_new0 (Item, 1);

  g_mutex_lock (&run->lock);
  if (GST_IS_BUFFER (info->data)) {
    GstBuffer *buffer = gst_buffer_make_writable (info->data);

    info->data = buffer;
    GST_BUFFER_OFFSET (buffer) = item->id = ++run->n_buffers;
    run->went_back |= GST_BUFFER_PTS (buffer) < run->last_time;
    run->last_time = GST_BUFFER_PTS (buffer);
    if (!run->end_in)
      g_queue_push_tail (&run->inside, g_steal_pointer (&item));
  } else if (GST_EVENT_TYPE (info->data) == GST_EVENT_FLUSH_START) {
    run->flushing = TRUE;
  } else if (GST_EVENT_TYPE (info->data) == GST_EVENT_STREAM_START) {
    clear_inside (run);
  } else if (is_watched (info->data)) {
    item->is_event = TRUE;
    item->id = gst_event_get_seqnum (info->data)
        + 16 * GST_EVENT_TYPE (info->data);
    if (!run->end_in)
      g_queue_push_tail (&run->inside, g_steal_pointer (&item));
    run->last_time = 0;
    run->end_in |= GST_EVENT_TYPE (info->data) == GST_EVENT_EOS;
  }
  g_mutex_unlock (&run->lock);
  g_free (item);
  return GST_PAD_PROBE_OK;
}

/* An event that a sink on its way to READY did not take is sent once more,
 * ahead of the next buffer. */
static gboolean
is_repeated (Run *run, const Item *got)
{
  return got->is_event && got->id == run->last_event;
}

static GstPadProbeReturn
probe_out (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Run *run = data;
  g_autofree Item *item = NULL;
  Item got = {FALSE, 0};
  gboolean in_order;

  if (GST_IS_BUFFER (info->data)) {
    got.id = GST_BUFFER_OFFSET (info->data);
    g_mutex_lock (&run->lock);
    in_order = !run->went_back;
    g_mutex_unlock (&run->lock);
    if (test_count_results (info->data) > 0)
      check_result (info->data, in_order);
  } else if (is_watched (info->data)) {
    got.is_event = TRUE;
    got.id = gst_event_get_seqnum (info->data)
        + 16 * GST_EVENT_TYPE (info->data);
  }
  g_mutex_lock (&run->lock);
  if (GST_IS_EVENT (info->data)
      && GST_EVENT_TYPE (info->data) == GST_EVENT_FLUSH_STOP) {
    clear_inside (run);
  } else if (got.id != 0 && !run->flushing && !run->end_out
      && !is_repeated (run, &got)) {
    item = g_queue_pop_head (&run->inside);
    fail_unless (item && item->is_event == got.is_event && item->id == got.id,
        "%s %u comes out instead of %s %u", got.is_event ? "event" : "buffer",
        got.id,
        !item                ? "nothing"
            : item->is_event ? "event"
                             : "buffer",
        item ? item->id : 0);
    if (got.is_event)
      run->last_event = got.id;
    run->end_out = GST_IS_EVENT (info->data)
        && GST_EVENT_TYPE (info->data) == GST_EVENT_EOS;
  }
  g_mutex_unlock (&run->lock);
  return GST_PAD_PROBE_OK;
}

static void
add_probe (Run *run, const gchar *name, GstPadProbeCallback callback)
{
  GstPad *pad = gst_element_get_static_pad (run->element, name);

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
          | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
      callback, run, NULL);
  gst_object_unref (pad);
}

/* ---- what happens ------------------------------------------------------- */

static void
set_caps (Run *run)
{
  static const gchar *const formats[] = {"RGB", "NV12", "I420", "GRAY8"};
  g_autofree gchar
      *text = g_strdup_printf ("video/x-raw, format=%s, width=%d, height=%d, "
                               "framerate=%d/1",
          formats[g_rand_int_range (run->rand, 0, 4)],
          g_rand_int_range (run->rand, 8, 64),
          g_rand_int_range (run->rand, 8, 64),
          g_rand_boolean (run->rand) ? 500 : 200);
  GstCaps *caps = gst_caps_from_string (text);

  g_object_set (run->filter, "caps", caps, NULL);
  gst_caps_unref (caps);
}

static void
set_model (Run *run)
{
  static const gchar *const names[] = {RGB_MODEL, "other.tflite", RGB_MODEL,
    "other.tflite", "broken.tflite", "none.tflite"};
  guint i = g_rand_int_range (run->rand, 0, G_N_ELEMENTS (names));
  g_autofree gchar *path = test_path (names[i]);

  run->model_is_bad = i >= 4;
  g_object_set (run->element, "model-file", path, NULL);
}

static void
set_property (Run *run)
{
  GRand *rand = run->rand;
  GstElement *e = run->element;

  switch (g_rand_int_range (rand, 0, 12)) {
    case 0:
    case 1:
      g_object_set (e, "schedule", g_rand_int_range (rand, 0, 3), NULL);
      break;
    case 2:
      g_object_set (e, "interval", g_rand_int_range (rand, 1, 4), NULL);
      break;
    case 3:
      g_object_set (e, "max-rate", g_rand_double_range (rand, 0, 300), NULL);
      break;
    case 4:
      g_object_set (e, "smoothing", g_rand_double_range (rand, 0, 0.1), NULL);
      break;
    case 5:
      g_object_set (e, "enabled", g_rand_boolean (rand), NULL);
      break;
    case 6:
      g_object_set (e, "top-k", g_rand_int_range (rand, 1, 5), "threshold",
          g_rand_double_range (rand, 0, 0.5), NULL);
      break;
    case 7:
      g_object_set (e, "max-age",
          (guint64) g_rand_int_range (rand, 0, 100 * GST_MSECOND), NULL);
      break;
    case 8:
      g_object_set (e, "fit", g_rand_int_range (rand, 0, 3), NULL);
      break;
    case 9:
      g_object_set (e, "mean", g_rand_boolean (rand) ? "100" : "1,2,3", NULL);
      break;
    case 10:
      g_object_set (e, "threads", g_rand_int_range (rand, 1, 4), NULL);
      break;
    default:
      g_object_set (e, "post-messages", g_rand_int_range (rand, 0, 3), NULL);
      break;
  }
}

static void
set_state (Run *run)
{
  /* Mostly those in which things happen. */
  static const GstState states[] = {GST_STATE_NULL, GST_STATE_READY,
    GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PLAYING, GST_STATE_PLAYING};
  GstState state = states[g_rand_int_range (run->rand, 0, 6)];

  if (gst_element_set_state (run->pipeline, state)
      == GST_STATE_CHANGE_FAILURE) {
    fail_unless (run->model_is_bad, "no start, and the model is good");
    gst_element_set_state (run->pipeline, GST_STATE_NULL);
    while (run->model_is_bad)
      set_model (run);
  } else if (g_rand_boolean (run->rand)) {
    gst_element_get_state (run->pipeline, NULL, NULL, 50 * GST_MSECOND);
  }
}

/* A seek without a flush, and an end, wait for the stream, which stands in
 * PAUSED. */
static gboolean
is_playing (Run *run)
{
  return gst_element_get_state (run->pipeline, NULL, NULL, 0)
      == GST_STATE_CHANGE_SUCCESS
      && GST_STATE (run->pipeline) == GST_STATE_PLAYING;
}

static void
seek (Run *run)
{
  gboolean flush = g_rand_int_range (run->rand, 0, 4) != 0 || !is_playing (run);
  GstSeekFlags flags = flush ? GST_SEEK_FLAG_FLUSH : GST_SEEK_FLAG_NONE;

  gst_element_seek_simple (run->pipeline, GST_FORMAT_TIME, flags,
      g_rand_int_range (run->rand, 0, 1000) * GST_MSECOND);
}

static void
send_qos (Run *run)
{
  GstPad *pad = gst_element_get_static_pad (run->sink, "sink");

  gst_pad_push_event (pad,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 1.0,
          g_rand_int_range (run->rand, -100, 100) * GST_MSECOND,
          g_rand_int_range (run->rand, 200, 1000) * GST_MSECOND));
  gst_object_unref (pad);
}

static void
read_messages (Run *run)
{
  GstMessage *message;

  while ((message = gst_bus_pop (run->bus))) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *debug = NULL;

      gst_message_parse_error (message, &error, &debug);
      /* Of a start, and only then; and capsfilter's when its caps change
       * while upstream asks for them. */
      fail_unless (strstr (error->message, "broken.tflite")
              || strstr (error->message, "none.tflite")
              || strstr (debug, "reason not-negotiated"),
          "%s (%s)", error->message, debug);
    }
    gst_message_unref (message);
  }
}

static void
happen (Run *run)
{
  switch (g_rand_int_range (run->rand, 0, 12)) {
    case 0:
      set_state (run);
      break;
    case 1:
    case 2:
      seek (run);
      break;
    case 3:
      set_caps (run);
      break;
    case 4:
    case 5:
      set_model (run);
      break;
    case 6:
      if (g_rand_int_range (run->rand, 0, 4) == 0 && is_playing (run))
        gst_element_send_event (run->pipeline, gst_event_new_eos ());
      break;
    case 7:
      send_qos (run);
      break;
    case 8:
      read_messages (run);
      break;
    default:
      set_property (run);
      break;
  }
  if (g_rand_boolean (run->rand))
    g_usleep (g_rand_int_range (run->rand, 0, 20000));
}

/* ---- sequences ---------------------------------------------------------- */

static void
run_open (Run *run, guint32 seed)
{
  g_autofree gchar *model = test_path (RGB_MODEL);
  g_autofree gchar *line = NULL;

  memset (run, 0, sizeof (*run));
  run->rand = g_rand_new_with_seed (seed);
  g_mutex_init (&run->lock);
  g_queue_init (&run->inside);
  run->live = g_rand_boolean (run->rand);
  line = g_strdup_printf (
      "videotestsrc name=s is-live=%s pattern=blink ! "
      "capsfilter name=c ! mobilenet name=m backend=cpu threads=%d "
      "threshold=0 model-file=\"%s\" ! fakesink name=k sync=%s",
      run->live ? "true" : "false", g_rand_int_range (run->rand, 1, 4), model,
      g_rand_boolean (run->rand) ? "true" : "false");
  run->pipeline = gst_parse_launch (line, NULL);
  fail_unless (run->pipeline != NULL);
  run->bus = gst_pipeline_get_bus (GST_PIPELINE (run->pipeline));
  run->source = gst_bin_get_by_name (GST_BIN (run->pipeline), "s");
  run->filter = gst_bin_get_by_name (GST_BIN (run->pipeline), "c");
  run->element = gst_bin_get_by_name (GST_BIN (run->pipeline), "m");
  run->sink = gst_bin_get_by_name (GST_BIN (run->pipeline), "k");
  add_probe (run, "sink", probe_in);
  add_probe (run, "src", probe_out);
  set_caps (run);
}

static void
run_close (Run *run)
{
  GstElement *left;
  GWeakRef element;
  guint i;

  g_weak_ref_init (&element, run->element);
  gst_element_set_state (run->pipeline, GST_STATE_NULL);
  read_messages (run);
  gst_object_unref (run->source);
  gst_object_unref (run->filter);
  gst_object_unref (run->sink);
  gst_object_unref (run->pipeline);
  gst_object_unref (run->bus);
  gst_object_unref (run->element);
  /* GStreamer's threads for changes of state may be on their way home. */
  for (i = 0; (left = g_weak_ref_get (&element)); i++) {
    gst_object_unref (left);
    fail_unless (i < 1000, "somebody keeps the element");
    g_usleep (10000);
  }
  g_weak_ref_clear (&element);
  clear_inside (run);
  g_mutex_clear (&run->lock);
  g_rand_free (run->rand);
}

static guint32
get_seed (void)
{
  const gchar *text = g_getenv ("MOBILENET_TEST_SEED");

  return text ? (guint32) g_ascii_strtoull (text, NULL, 10) : g_random_int ();
}

GST_START_TEST (test_sequence)
{
  guint32 seed = get_seed () + __i__;
  Run run;
  guint i;

  g_print ("# MOBILENET_TEST_SEED=%u\n", seed);
  run_open (&run, seed);
  gst_element_set_state (run.pipeline, GST_STATE_PLAYING);
  for (i = 0; i < N_OPERATIONS; i++)
    happen (&run);
  run_close (&run);
}

GST_END_TEST;

/* ---- memory ------------------------------------------------------------- */

static gsize
get_memory (void)
{
  gulong pages = 0;
  FILE *file = fopen ("/proc/self/statm", "r");

  if (file && fscanf (file, "%*u %lu", &pages) != 1)
    pages = 0;
  if (file)
    fclose (file);
  return pages * 4096;
}

static gboolean
memory_can_be_measured (void)
{
  /* What is freed stays with a sanitizer for a while. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return FALSE;
#else
  return get_memory () > 0;
#endif
}

static void
cycle (GstElement *pipeline, GstElement *element, gboolean fails)
{
  g_autofree gchar *path = test_path (fails ? "broken.tflite" : RGB_MODEL);
  GstStateChangeReturn ret;

  g_object_set (element, "model-file", path, NULL);
  ret = gst_element_set_state (pipeline, GST_STATE_PLAYING);
  if (!fails)
    ret = gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  fail_unless_equals_int (ret,
      fails ? GST_STATE_CHANGE_FAILURE : GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_START_TEST (test_cycles)
{
  guint n = g_getenv ("MOBILENET_FULL") ? 1000 : 100, i;
  GstElement *pipeline = gst_parse_launch ("videotestsrc ! video/x-raw, "
                                           "width=32, height=32 ! mobilenet "
                                           "name=m backend=cpu ! fakesink",
      NULL);
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "m");
  GstBus *bus = gst_pipeline_get_bus (GST_PIPELINE (pipeline));
  gsize before = 0, after;

  /* Where a start failed, a message says so on a bus that flushes in NULL. */
  for (i = 0; i < n; i++) {
    gst_util_set_object_arg (G_OBJECT (element), "schedule",
        i % 2 ? "latest" : "every-frame");
    cycle (pipeline, element, i < n / 10);
    if (i == n / 5)
      before = get_memory ();
  }
  after = get_memory ();
  if (memory_can_be_measured ())
    fail_unless (after < before + 4 * 1024 * 1024,
        "from %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT " bytes", before, after);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
mobilenet_chaos_suite (void)
{
  Suite *suite = suite_create ("mobilenet-chaos");
  TCase *tc = tcase_create ("chaos");

  tcase_set_timeout (tc, 180);
  tcase_add_checked_fixture (tc, setup, test_teardown);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_sequence, 0,
      g_getenv ("MOBILENET_FULL") ? 200 : 10);
  tcase_add_test (tc, test_cycles);
  return suite;
}

GST_CHECK_MAIN (mobilenet_chaos);
