/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element costs a live stream on a busy machine: a live 1080p60
 * source into a sink that keeps time, with `mobilenet schedule=latest` between
 * the two and, in turns, `identity` in its place, while as many processes as
 * there are cores compute.
 *
 * Lateness: the clock at the sink's pad against the buffer's time with the
 * latency that the pipeline has agreed on; what is above 0 a display would
 * show too late. CPU: of the streaming thread, from the element's
 * sink pad to its source pad. Skipped: frames that went on with an older
 * result. */

#include <gst/base/gstbasesink.h>
#include <gst/gst.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/mn.h"
#include "gst/mobilenet/gstmobilenet.h"

static gint seconds = 10, rounds = 2, load = -1;
static gchar *model_file, *extra;
static gchar *caps = "video/x-raw,format=NV12,width=1920,height=1080,"
                     "framerate=60/1";

static const GOptionEntry entries[] = {
  {"seconds", 's', 0, G_OPTION_ARG_INT, &seconds, "of each run", "S"},
  {"rounds", 'r', 0, G_OPTION_ARG_INT, &rounds, "pairs of runs", "N"},
  {"load", 'l', 0, G_OPTION_ARG_INT, &load,
    "processes that compute beside (default: one a core)", "N"},
  {"model", 'm', 0, G_OPTION_ARG_FILENAME, &model_file, "model file", "FILE"},
  {"caps", 'c', 0, G_OPTION_ARG_STRING, &caps, "of the source", "CAPS"},
  {"properties", 'p', 0, G_OPTION_ARG_STRING, &extra, "of mobilenet", "TEXT"},
  {NULL}};

typedef struct
{
  GstElement *pipeline, *sink;
  GstClockTime first; /* running times of frames that count */
  GArray *lateness;   /* gint64, ns */
  GArray *cpu;        /* gint64, ns */
  gint64 cpu_before;
} Run;

typedef struct
{
  guint frames, late;
  guint64 skipped;
  gdouble lateness50, lateness99, cpu50, cpu99; /* ms */
} Result;

static gint64
thread_cpu (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (gint64) t.tv_sec * GST_SECOND + t.tv_nsec;
}

static GstPadProbeReturn
enter (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Run *run = data;

  run->cpu_before = thread_cpu ();
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
leave (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Run *run = data;
  gint64 cpu = thread_cpu () - run->cpu_before;

  if (GST_BUFFER_PTS (info->data) >= run->first)
    g_array_append_val (run->cpu, cpu);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
arrive (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Run *run = data;
  GstClock *clock = gst_element_get_clock (run->pipeline);
  gint64 lateness;

  if (!clock)
    return GST_PAD_PROBE_OK;
  lateness = (gint64) (gst_clock_get_time (clock)
                 - gst_element_get_base_time (run->pipeline))
      - (gint64) GST_BUFFER_PTS (info->data)
      - (gint64) gst_base_sink_get_latency (GST_BASE_SINK (run->sink));
  if (GST_BUFFER_PTS (info->data) >= run->first)
    g_array_append_val (run->lateness, lateness);
  gst_object_unref (clock);
  return GST_PAD_PROBE_OK;
}

static void
probe (GstElement *pipeline, const gchar *name, const gchar *pad_name,
    GstPadProbeCallback callback, Run *run)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstPad *pad = gst_element_get_static_pad (element, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, run, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static gdouble
percentile (GArray *values, guint percent)
{
  g_array_sort (values, compare);
  return values->len == 0
      ? 0.0
      : g_array_index (values, gint64, (values->len * percent + 99) / 100 - 1)
          / 1e6;
}

/* 0 for an element that does not count them. */
static guint64
get_skipped (GstElement *pipeline)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), "e");
  g_autoptr (GstStructure) stats = NULL;
  guint64 skipped = 0;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), "stats"))
    g_object_get (element, "stats", &stats, NULL);
  if (stats)
    gst_structure_get_uint64 (stats, "skipped", &skipped);
  gst_object_unref (element);
  return skipped;
}

static Result
measure (const gchar *element)
{
  g_autofree gchar *line = g_strdup_printf ("videotestsrc is-live=true "
                                            "pattern=blue num-buffers=%d ! %s "
                                            "! %s name=e ! fakesink name=k "
                                            "sync=true",
      (seconds + 1) * 60, caps, element);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  Run run = {pipeline, NULL, GST_SECOND, NULL, NULL, 0};
  Result result = {
    0,
  };
  GstMessage *message;
  GstBus *bus;
  guint i;

  if (!pipeline || error) {
    g_printerr ("%s\n", error->message);
    exit (2);
  }
  run.lateness = g_array_new (FALSE, FALSE, sizeof (gint64));
  run.sink = gst_bin_get_by_name (GST_BIN (pipeline), "k");
  run.cpu = g_array_new (FALSE, FALSE, sizeof (gint64));
  probe (pipeline, "e", "sink", enter, &run);
  probe (pipeline, "e", "src", leave, &run);
  probe (pipeline, "k", "sink", arrive, &run);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_pipeline_get_bus (GST_PIPELINE (pipeline));
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_printerr ("%s\n", error->message);
    exit (2);
  }
  gst_message_unref (message);
  result.skipped = get_skipped (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  for (i = 0; i < run.lateness->len; i++)
    result.late += g_array_index (run.lateness, gint64, i) > 0;
  result.frames = run.lateness->len;
  result.lateness50 = percentile (run.lateness, 50);
  result.lateness99 = percentile (run.lateness, 99);
  result.cpu50 = percentile (run.cpu, 50);
  result.cpu99 = percentile (run.cpu, 99);
  gst_object_unref (bus);
  gst_object_unref (run.sink);
  gst_object_unref (pipeline);
  g_array_unref (run.lateness);
  g_array_unref (run.cpu);
  return result;
}

static void
print (const gchar *name, const Result *r)
{
  g_print ("%-10s %5u frames, %u late, %" G_GUINT64_FORMAT " skipped; "
           "lateness ms: median %.3f p99 %.3f; "
           "CPU in the streaming thread ms: median %.3f p99 %.3f\n",
      name, r->frames, r->late, r->skipped, r->lateness50, r->lateness99,
      r->cpu50, r->cpu99);
}

static void
start_load (GArray *children)
{
  gint i;

  for (i = 0; i < load; i++) {
    pid_t pid = fork ();

    if (pid == 0) {
      volatile guint64 x = 1;

      /* Not longer than we do, whatever becomes of us. */
      alarm ((guint) (2 * rounds * (seconds + 2) + 5));
      for (;;)
        x = x * 6364136223846793005u + 1442695040888963407u;
    }
    g_array_append_val (children, pid);
  }
}

int
main (int argc, char **argv)
{
  GOptionContext *context = g_option_context_new (NULL);
  GArray *children = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autofree gchar *element = NULL;
  GError *error = NULL;
  gint i;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  g_option_context_free (context);
  if (load < 0)
    load = (gint) g_get_num_processors ();
  start_load (children);
  gst_init (&argc, &argv);
  GST_ELEMENT_REGISTER (mobilenet, NULL);
  element = g_strdup_printf ("mobilenet backend=cpu schedule=latest %s%s %s",
      model_file ? "model-file=" : "", model_file ? model_file : "",
      extra ? extra : "");
  for (i = 0; i < rounds; i++) {
    Result with, without = measure ("identity");

    with = measure (element);
    print ("identity", &without);
    print ("mobilenet", &with);
    g_print ("p99 lateness rises by %.3f ms\n",
        with.lateness99 - without.lateness99);
  }
  for (i = 0; i < load; i++) {
    kill (g_array_index (children, pid_t, i), SIGKILL);
    waitpid (g_array_index (children, pid_t, i), NULL, 0);
  }
  g_array_unref (children);
  return 0;
}
